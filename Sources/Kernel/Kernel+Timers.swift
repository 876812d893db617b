extension Kernel {
    private static var scanLimit: Int { 512 }

    /// Finds the cases whose timers have run out. Each fires its own, merged with its queue by time; a timer fires once
    /// its moment has passed, so that an event stamped with the very same moment goes first.
    func fireTimers() {
        guard mode.isTrying(at: clock) else { return }
        do {
            if timersAreStale {
                nextTimer = try store.nextTimer()
                timersAreStale = false
            }
            guard let due = nextTimer, due < clock else { return }
            let limit = Self.scanLimit + stranded.count * TapeLimits.timers
            let entries = try store.timers(until: clock.advanced(milliseconds: -1), limit: limit)
            var isFiring = false
            for entry in entries where !stranded.contains(entry.caseID) { isFiring = fire(entry) || isFiring }
            // What fires now is looked for again after its commit; where nothing can, the next one is to come.
            nextTimer = isFiring ? nil : try store.timers(until: .max, limit: limit + 1).first { $0.due >= clock }?.due
        } catch {
            restart(.down(until: clock.advanced(milliseconds: 1000)), .storeDown)
        }
    }

    /// True when the case is busy, with the timer or with an event before it.
    private func fire(_ entry: DueEntry) -> Bool {
        guard case .live(let live) = find(entry.caseID) else {
            strand(entry.caseID)
            return false
        }
        pump(live)
        // Neither busy nor with anything to do: its row and its body disagree.
        if live.isIdle, (live.body.nextTimer?.due ?? .max) >= clock { strand(entry.caseID) }
        return !live.isIdle
    }

    /// Gives money to the head of each queue in which something has moved: strictly first come, once each.
    func grantWaiters() {
        guard mode.isTrying(at: clock) else { return }
        for pool in ledger.stirred.sorted() {
            ledger.settle(pool)
            guard let head = ledger.affordableHead(of: pool), !stranded.contains(head.caseID) else { continue }
            guard !granting.contains(head.caseID) else { continue }
            guard case .live(let live) = find(head.caseID) else {
                strand(head.caseID)
                continue
            }
            granting.insert(head.caseID)
            live.append(Work(.granted(pool), stamp: stamp()))
            pump(live)
        }
    }
}
