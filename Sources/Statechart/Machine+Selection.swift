// Which transitions an event takes: SCXML Appendix D, selectTransitions and removeConflictingTransitions.

extension Machine {
    enum Selector {
        case eventless
        case named(id: Int32, base: Int32)
        case timer(Int32)
    }

    /// Fills `scratch.enabled`, in the document order of the leaves that chose.
    ///
    /// For each leaf it walks up until a transition is found. The leaf before may have walked part of the same way; by
    /// depth, `memo` tells what it found there, so that no condition is asked twice.
    mutating func select(_ selector: Selector, _ run: inout Run, _ responder: inout some Responder) {
        scratch.enabled.removeAll(keepingCapacity: true)
        var previous: Int32 = -1
        for position in active.indices {
            let leaf = active[position]
            guard definition.tables.states[Int(leaf)].kind.isLeaf else { continue }
            selectUpwards(from: leaf, after: previous, selector, &run, &responder)
            if run.isStopped { return }
            previous = leaf
        }
        if scratch.enabled.count > 1 { removeConflicts() }
        scratch.domains.removeAll(keepingCapacity: true)
        for transition in scratch.enabled { scratch.domains.append(domain(of: transition)) }
    }

    private mutating func selectUpwards(
        from leaf: Int32, after previous: Int32, _ selector: Selector, _ run: inout Run,
        _ responder: inout some Responder
    ) {
        var state = leaf
        var isFound = false
        while state >= 0 {
            let depth = Int(definition.tables.states[Int(state)].depth)
            let isShared = previous >= state && previous <= definition.tables.states[Int(state)].last
            if isShared, isFound || scratch.memo[depth] != .unseen { return }
            if isFound {
                scratch.memo[depth] = .unseen
            } else {
                let transition = firstEnabled(of: state, selector, &run, &responder)
                isFound = transition >= 0
                scratch.memo[depth] = isFound ? .found : .nothing
                if isFound { scratch.enabled.append(transition) }
            }
            state = definition.tables.states[Int(state)].parent
        }
    }

    private mutating func firstEnabled(
        of state: Int32, _ selector: Selector, _ run: inout Run, _ responder: inout some Responder
    ) -> Int32 {
        for index in definition.tables.states[Int(state)].transitions.range {
            let row = definition.tables.transitions[index]
            guard definition.tables.matches(row, selector) else { continue }
            guard row.condition < 0 || isTrue(row.condition, &run, &responder) else { continue }
            return Int32(index)
        }
        return -1
    }

    /// Two transitions conflict when they would leave a common state, which is so when one domain lies in the other.
    private mutating func removeConflicts() {
        scratch.kept.removeAll(keepingCapacity: true)
        for position in scratch.enabled.indices { keepUnlessPreempted(scratch.enabled[position]) }
        swap(&scratch.enabled, &scratch.kept)
    }

    private mutating func keepUnlessPreempted(_ candidate: Int32) {
        scratch.beaten.removeAll(keepingCapacity: true)
        for position in scratch.kept.indices {
            let other = scratch.kept[position]
            guard conflicts(candidate, other) else { continue }
            guard isDescendant(source(of: candidate), of: source(of: other)) else { return }
            scratch.beaten.append(position)
        }
        for position in scratch.beaten.reversed() { scratch.kept.remove(at: position) }
        scratch.kept.append(candidate)
    }

    private func conflicts(_ a: Int32, _ b: Int32) -> Bool {
        let rows = definition.tables.transitions
        guard !rows[Int(a)].targets.isEmpty, !rows[Int(b)].targets.isEmpty else { return false }
        let domains = (domain(of: a), domain(of: b))
        return domains.0 == domains.1 || isDescendant(domains.0, of: domains.1)
            || isDescendant(domains.1, of: domains.0)
    }

    private func source(of transition: Int32) -> Int32 { definition.tables.transitions[Int(transition)].source }

    func isDescendant(_ state: Int32, of ancestor: Int32) -> Bool {
        guard ancestor >= 0 else { return state >= 0 }
        return state > ancestor && state <= definition.tables.states[Int(ancestor)].last
    }

    /// The state whose descendants the transition leaves and enters; -1 is the chart. Known beforehand unless a history
    /// has to say what it remembers.
    func domain(of transition: Int32) -> Int32 {
        let row = definition.tables.transitions[Int(transition)]
        guard row.hasHistoryTarget else { return row.domain }
        var targets: [Int32] = []
        addEffectiveTargets(row.targets, to: &targets)
        let rows = definition.tables.states
        if row.isInternal, rows[Int(row.source)].kind == .compound,
            targets.allSatisfy({ isDescendant($0, of: row.source) })
        {
            return row.source
        }
        var candidate = rows[Int(row.source)].parent
        while candidate >= 0 {
            if rows[Int(candidate)].kind == .compound, targets.allSatisfy({ isDescendant($0, of: candidate) }) { break }
            candidate = rows[Int(candidate)].parent
        }
        return candidate
    }

    private func addEffectiveTargets(_ slice: Tables.Slice, to targets: inout [Int32]) {
        for position in slice.range {
            let target = definition.tables.stateLists[position]
            let row = definition.tables.states[Int(target)]
            guard row.kind.isHistory else {
                targets.append(target)
                continue
            }
            let memory = remembered[Int(row.historySlot)]
            if memory.isEmpty {
                addEffectiveTargets(row.entrance.targets, to: &targets)
            } else {
                targets += memory
            }
        }
    }
}

extension Tables {
    func matches(_ row: TransitionRow, _ selector: Machine.Selector) -> Bool {
        switch selector {
        case .eventless: row.trigger == .eventless
        case .timer(let index): row.trigger == .timer && row.timer == index
        case .named(let id, let base): listens(row, id: id, base: base)
        }
    }

    private func listens(_ row: TransitionRow, id: Int32, base: Int32) -> Bool {
        guard row.trigger == .named else { return false }
        for position in row.descriptors.range {
            let descriptor = descriptors[position]
            if descriptor.event == id, id >= 0 { return true }
            guard descriptor.isPrefix else { continue }
            var prefix = base
            while prefix >= 0 {
                if prefix == descriptor.event { return true }
                prefix = events.parents[Int(prefix)]
            }
        }
        return false
    }

    func depth(ofTransition index: Int) -> Int32 { states[Int(transitions[index].source)].depth }
}
