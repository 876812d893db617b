/// The newest keys of one agency, so that a fresh command costs no look into the store as long as its key is among an
/// agency's two thousand newest: keys rise with time, but several clients of one agency send theirs in no order.
///
/// Never wrong about a fresh key: every key taken in lies at or below `floor` or is among `recent`.
struct RecentKeys {
    /// Most keys remembered, 16 bytes each; the older half is dropped when there are more.
    static let limit = 4096

    /// Nil when no key was dropped or committed before the kernel began.
    private var floor: IdempotencyKey?
    /// Rising.
    private var recent: [IdempotencyKey] = []

    /// - Parameter newest: no key above it was committed before; nil when none was.
    init(after newest: IdempotencyKey? = nil) { floor = newest }

    /// False only for a key that was never taken in; of others the store knows more.
    func mayHold(_ key: IdempotencyKey) -> Bool {
        if let floor, key <= floor { return true }
        let index = place(of: key)
        return index < recent.count && recent[index] == key
    }

    mutating func insert(_ key: IdempotencyKey) {
        if recent.count == Self.limit {
            let dropped = Self.limit / 2
            floor = recent[dropped - 1]
            recent.removeFirst(dropped)
        }
        guard !mayHold(key) else { return }
        recent.insert(key, at: place(of: key))
    }

    /// The index of the first key that is not below `key`.
    private func place(of key: IdempotencyKey) -> Int {
        guard let last = recent.last, key <= last else { return recent.count }
        var (low, high) = (0, recent.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if recent[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
