extension Kernel {
    /// Reads everything anew from the store.
    func recover() throws {
        let recovery = try store.recover()
        lastPosition = recovery.lastPosition
        lastStamp = max(lastStamp, recovery.lastStamp)
        ledger = Ledger(recovery)
        numbers = CaseNumbers(counters: recovery.counters)
        ids = CaseIDSequence(node: recovery.node)
        idsProbedUntil = lastStamp.advanced(milliseconds: 60_000)
        timersAreStale = true
        nextTimer = nil
    }

    /// Drops all memory and begins again from the store; whoever waits is told to come again with the same key.
    func restart(_ next: Mode, _ rejection: Rejection) {
        let (waiting, asked) = (inFlight, tickets)
        (cases, ring, inFlight, tickets) = ([:], [], [:], [:])
        (budgets, budgetIsBusy, gathering, committing) = ([], false, [], nil)
        (granting, stranded, claimsTaken) = ([], [], [:])
        statistics.stranded = 0
        mode = next
        do {
            try recover()
        } catch {
            mode = .down(until: clock.advanced(milliseconds: 1000))
        }
        let order = waiting.keys.sorted { ($0.agency, $0.key.high, $0.key.low) < ($1.agency, $1.key.high, $1.key.low) }
        for scope in order {
            statistics.rejections += 1
            for reply in waiting[scope]?.replies ?? [] { reply(.failure(rejection)) }
        }
        for case .explanation(let question) in asked.keys.sorted().compactMap({ asked[$0] }) {
            question.reply(.failure(rejection))
        }
    }

    /// A store that could not be read is tried again from time to time.
    func retryStore() {
        guard case .down(let until) = mode, clock >= until else { return }
        do {
            try recover()
            mode = .serving
        } catch {
            mode = .down(until: clock.advanced(milliseconds: 1000))
        }
    }
}
