import Wire

extension CaseStore {
    /// The newest moment the store knows of: no row has a later stamp. A clock must not start before it.
    public func latestMoment() throws(StoreFault) -> Instant {
        try latestMoment(recover())
    }

    func latestMoment(_ recovery: Recovery) throws(StoreFault) -> Instant {
        guard let row = try history(at: recovery.lastPosition) else { return recovery.lastStamp }
        do throws(WireError) {
            let envelope = try Envelope(decoding: row.envelope)
            return max(recovery.lastStamp, row.stamp, envelope.recorded ?? row.stamp)
        } catch {
            throw .damaged("history row \(row.position) cannot be read: \(error)")
        }
    }
}

extension Kernel {
    /// Reads everything anew from the store.
    func recover() throws(StoreFault) {
        let recovery = try store.recover()
        lastPosition = recovery.lastPosition
        lastStamp = max(lastStamp, try store.latestMoment(recovery))
        ledger = Ledger(recovery)
        if let imbalance = ledger.imbalance { stop(imbalance) }
        numbers = CaseNumbers(counters: recovery.counters)
        ids = CaseIDSequence(node: recovery.node)
        idsProbedUntil = lastStamp.advanced(milliseconds: 60_000)
        // What this kernel has taken in itself it knows better than the store.
        recentKeys.merge(recovery.newestKeys.mapValues(RecentKeys.init(after:))) { known, _ in known }
        timersAreStale = true
        nextTimer = nil
    }

    /// Drops all memory and begins again from the store; whoever waits is told to come again with the same key.
    func restart(_ next: KernelMode, _ rejection: Rejection) {
        let (waiting, asked) = (inFlight, tickets)
        (cases, ring, ringStart, inFlight, tickets) = ([:], [], 0, [:], [:])
        (budgets, budgetIsBusy, gathering, committing) = ([], false, Gathering(), nil)
        (granting, stranded, claimsTaken) = ([], [], [:])
        postponed = Postponed()
        (statistics.stranded, statistics.postponed) = (0, 0)
        mode = next
        do throws(StoreFault) {
            try recover()
        } catch {
            tell(error)
            mode = down
        }
        let order = waiting.keys.sorted { ($0.agency, $0.key) < ($1.agency, $1.key) }
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
        do throws(StoreFault) {
            try recover()
            mode = .serving
        } catch {
            tell(error)
            mode = down
        }
    }

    private var down: KernelMode { .down(until: clock.advanced(milliseconds: 1000)) }

    /// The store could not be read: what was going on is found in it again when it can be.
    func storeIsDown(_ fault: StoreFault) {
        tell(fault)
        restart(down, .storeDown)
    }
}
