extension Kernel {
    private static var scanLimit: Int { 512 }

    /// Finds the cases whose timers have run out. Each fires its own, merged with its queue by time; a timer fires once
    /// its moment has passed, so that an event stamped with the very same moment goes first.
    func fireTimers() {
        guard mode.isTrying(at: clock) else { return }
        do throws(StoreFault) {
            if timersAreStale {
                nextTimer = try store.nextTimer()
                timersAreStale = false
            }
            guard let due = nextTimer, due < clock else { return }
            let limit = Self.scanLimit + (stranded.count + postponed.cases.count) * TapeLimits.timers
            let entries = try store.timers(until: clock.advanced(milliseconds: -1), limit: limit)
            var isFiring = false
            for entry in entries where !rests(entry.caseID) { isFiring = fire(entry) || isFiring }
            // What fires now is looked for again after its commit; where nothing can, the next one is to come.
            nextTimer = isFiring ? nil : try store.timers(until: .max, limit: limit + 1).first { $0.due >= clock }?.due
        } catch .damaged(let why) {
            // Cases are served all the same, and their timers fire with their next event.
            tell(.damaged("no deadline is found any more: \(why)"))
            (timersAreStale, nextTimer) = (false, nil)
        } catch {
            storeIsDown(error)
        }
    }

    /// True when the case is busy, with the timer or with an event before it.
    private func fire(_ entry: DueEntry) -> Bool {
        guard let live = findOrRest(entry.caseID) else { return false }
        pump(live)
        // Neither busy nor with anything to do: its row and its body disagree.
        if live.isIdle, (live.standing.nextAlarm?.due ?? .max) >= clock {
            strand(entry.caseID, because: "a timer is due by its row in the store, and not by the case itself")
        }
        return !live.isIdle
    }

    /// Gives money to the head of each queue in which something has moved: strictly first come, once each.
    func grantWaiters() {
        guard mode.isTrying(at: clock) else { return }
        for pool in ledger.stirred.sorted() {
            ledger.settle(pool)
            guard let head = ledger.affordableHead(of: pool), !granting.contains(head.caseID) else { continue }
            if postponed.cases.contains(head.caseID) { postponed.pools.insert(pool) }
            guard !rests(head.caseID) else { continue }
            guard let live = findOrRest(head.caseID) else {
                postponed.pools.insert(pool)
                continue
            }
            granting.insert(head.caseID)
            live.append(Work(.granted(pool), stamp: stamp()))
            pump(live)
        }
    }
}

// MARK: - Cases left in peace for a while, or until someone helps

extension Kernel {
    private static var pause: Int64 { 1000 }

    private func rests(_ id: CaseID) -> Bool { stranded.contains(id) || postponed.cases.contains(id) }

    /// The case, or nil when nothing can be done with it: what may pass is tried again, the rest needs an operator.
    private func findOrRest(_ id: CaseID) -> LiveCase? {
        switch find(id) {
        case .live(let live): return live
        case .unusable(let rejection) where rejection == .storeDown: postpone(id)
        case .unusable(let rejection): strand(id, because: rejection.en)
        case .absent: strand(id, because: "it is due or waits for money, and there is no such case")
        }
        return nil
    }

    func postpone(_ id: CaseID) {
        postponed.cases.insert(id)
        postponed.until = postponed.until ?? clock.advanced(milliseconds: Self.pause)
        statistics.postponed = postponed.cases.count
    }

    /// The pause is over: timers and grants that waited are looked for again.
    func resumePostponed() {
        guard let until = postponed.until, clock >= until else { return }
        for pool in postponed.pools { ledger.stir(pool) }
        postponed = Postponed()
        statistics.postponed = 0
        timersAreStale = true
    }
}
