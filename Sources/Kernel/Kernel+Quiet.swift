extension Kernel {
    /// True when nothing more happens by itself before the time moves on: nothing is being decided or committed, and no
    /// timer is due. Also true while nothing can happen because the store is full or cannot be read.
    public var isQuiet: Bool {
        guard mode == .serving else { return true }
        guard tickets.isEmpty, gathering.isEmpty, committing == nil else { return false }
        guard !timersAreStale, ledger.stirred.isEmpty else { return false }
        return nextTimer.map { $0 >= clock } ?? true
    }
}
