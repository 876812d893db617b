// Leaving and entering states: SCXML Appendix D, exitStates and enterStates.

extension Machine {
    mutating func exitStates(_ run: inout Run, _ responder: inout some Responder) {
        scratch.exits.removeAll(keepingCapacity: true)
        for position in active.indices.reversed() where isLeft(active[position]) {
            scratch.exits.append(active[position])
        }
        guard !scratch.exits.isEmpty else { return }
        for position in scratch.exits.indices { remember(leaving: scratch.exits[position]) }
        for position in scratch.exits.indices {
            let state = scratch.exits[position]
            let row = definition.tables.states[Int(state)]
            if row.onExit >= 0 {
                execute(row.onExit, &run, &responder)
                if run.isStopped { return }
            }
            for timer in row.timers.range { run.macrostep.intents.append(.cancelTimer(timer)) }
            for task in row.tasks.range { run.macrostep.intents.append(.withdrawTask(task)) }
            for job in row.jobs.range { run.macrostep.intents.append(.withdrawJob(job)) }
            activeBits.remove(state)
        }
        let bits = activeBits
        active.removeAll { !bits.contains($0) }
    }

    private func isLeft(_ state: Int32) -> Bool {
        for (position, domain) in scratch.domains.enumerated() where isDescendant(state, of: domain) {
            if !definition.tables.transitions[Int(scratch.enabled[position])].targets.isEmpty { return true }
        }
        return false
    }

    private mutating func remember(leaving state: Int32) {
        for position in definition.tables.states[Int(state)].histories.range {
            let history = definition.tables.states[Int(definition.tables.stateLists[position])]
            let isDeep = history.kind == .deepHistory
            remembered[Int(history.historySlot)] = active.filter { member in
                let row = definition.tables.states[Int(member)]
                return isDeep ? row.kind.isLeaf && isDescendant(member, of: state) : row.parent == state
            }
        }
    }
}

// MARK: - Entering

extension Machine {
    mutating func enterStates(_ run: inout Run, _ responder: inout some Responder) {
        for position in scratch.enabled.indices {
            let row = definition.tables.transitions[Int(scratch.enabled[position])]
            guard !row.targets.isEmpty else { continue }
            addEntries(row.targets, domain: scratch.domains[position])
        }
        enterCollected(&run, &responder)
    }

    mutating func enterInitial(_ run: inout Run, _ responder: inout some Responder) {
        let start = definition.tables.start
        if start.block >= 0 { execute(start.block, &run, &responder) }
        addEntries(start.targets, domain: -1)
        enterCollected(&run, &responder)
    }

    private mutating func addEntries(_ targets: Tables.Slice, domain: Int32) {
        for position in targets.range { addDescendants(definition.tables.stateLists[position]) }
        for position in targets.range { addAncestors(of: definition.tables.stateLists[position], below: domain) }
    }

    private mutating func add(_ state: Int32) {
        guard !scratch.entering.contains(state) else { return }
        scratch.entering.insert(state)
        scratch.entries.append(state)
        var above = definition.tables.states[Int(state)].parent
        while above >= 0, !scratch.above.contains(above) {
            scratch.above.insert(above)
            scratch.raisedAbove.append(above)
            above = definition.tables.states[Int(above)].parent
        }
    }

    /// The state with what is entered inside it by default.
    private mutating func addDescendants(_ state: Int32) {
        let row = definition.tables.states[Int(state)]
        switch row.kind {
        case .atomic, .final: add(state)
        case .shallowHistory, .deepHistory: addHistory(row)
        case .compound:
            add(state)
            scratch.defaultEntries.append(state)
            let targets = row.entrance.targets
            for position in targets.range { addDescendants(definition.tables.stateLists[position]) }
            for position in targets.range { addAncestors(of: definition.tables.stateLists[position], below: state) }
        case .parallel:
            add(state)
            addMissingRegions(row)
        }
    }

    private mutating func addMissingRegions(_ row: Tables.StateRow) {
        for position in row.children.range {
            let region = definition.tables.stateLists[position]
            if !scratch.entering.contains(region), !scratch.above.contains(region) { addDescendants(region) }
        }
    }

    private mutating func addHistory(_ row: Tables.StateRow) {
        let memory = remembered[Int(row.historySlot)]
        guard memory.isEmpty else {
            for state in memory { addDescendants(state) }
            for state in memory {
                addAncestors(of: state, below: row.parent)
                markThroughHistory(from: state, to: row.parent)
            }
            return
        }
        if row.entrance.block >= 0 { scratch.historyBlocks.append((row.parent, row.entrance.block)) }
        let targets = row.entrance.targets
        for position in targets.range { addDescendants(definition.tables.stateLists[position]) }
        for position in targets.range { addAncestors(of: definition.tables.stateLists[position], below: row.parent) }
    }

    /// What is remembered, what lies between, and the history's own parent were all left together, and come back so.
    private mutating func markThroughHistory(from state: Int32, to parent: Int32) {
        var current = state
        while current >= parent, current >= 0 {
            if !scratch.throughHistory.contains(current) { scratch.throughHistory.append(current) }
            current = definition.tables.states[Int(current)].parent
        }
    }

    /// Up to `limit`, or to a state that stays active: what a history remembers may lie below the state that leads to
    /// it, and then the domain lies below the history's parent. The algorithm's text would enter such a state again.
    private mutating func addAncestors(of state: Int32, below limit: Int32) {
        var current = definition.tables.states[Int(state)].parent
        while current >= 0, current != limit, !activeBits.contains(current) {
            let row = definition.tables.states[Int(current)]
            add(current)
            if row.kind == .parallel { addMissingRegions(row) }
            current = row.parent
        }
    }

    private mutating func enterCollected(_ run: inout Run, _ responder: inout some Responder) {
        Machine.sort(&scratch.entries)
        insertEntriesIntoActive()
        for position in scratch.entries.indices where !run.isStopped {
            enter(scratch.entries[position], &run, &responder)
        }
        clearEntries()
    }

    private mutating func enter(_ state: Int32, _ run: inout Run, _ responder: inout some Responder) {
        let row = definition.tables.states[Int(state)]
        activeBits.insert(state)
        for timer in row.timers.range { run.macrostep.intents.append(.startTimer(timer)) }
        if !row.tasks.isEmpty {
            let isReopened = scratch.throughHistory.contains(state)
            for task in row.tasks.range {
                run.macrostep.intents.append(isReopened ? .reopenTask(task) : .openTask(task))
            }
        }
        for job in row.jobs.range { run.macrostep.intents.append(.openJob(job)) }
        if definition.tables.isLateBinding, row.hasVariables, !boundStates.contains(state) {
            boundStates.insert(state)
            bindVariables(owner: state, &run, &responder)
        }
        if row.onEntry >= 0 { execute(row.onEntry, &run, &responder) }
        if row.entrance.block >= 0, row.kind == .compound, scratch.defaultEntries.contains(state), !run.isStopped {
            execute(row.entrance.block, &run, &responder)
        }
        for position in scratch.historyBlocks.indices where scratch.historyBlocks[position].state == state {
            if !run.isStopped { execute(scratch.historyBlocks[position].block, &run, &responder) }
        }
        if row.kind == .final, !run.isStopped { complete(row, &run, &responder) }
    }

    private mutating func clearEntries() {
        for state in scratch.entries { scratch.entering.remove(state) }
        for state in scratch.raisedAbove { scratch.above.remove(state) }
        scratch.entries.removeAll(keepingCapacity: true)
        scratch.raisedAbove.removeAll(keepingCapacity: true)
        scratch.defaultEntries.removeAll(keepingCapacity: true)
        scratch.throughHistory.removeAll(keepingCapacity: true)
        scratch.historyBlocks.removeAll(keepingCapacity: true)
    }

    /// Merges two ascending lists from the back, in place.
    private mutating func insertEntriesIntoActive() {
        var kept = active.count - 1
        var added = scratch.entries.count - 1
        active.append(contentsOf: scratch.entries)
        var position = active.count - 1
        while added >= 0 {
            if kept >= 0, active[kept] > scratch.entries[added] {
                active[position] = active[kept]
                kept -= 1
            } else {
                active[position] = scratch.entries[added]
                added -= 1
            }
            position -= 1
        }
    }

    /// Short lists, nearly in order, are the rule.
    static func sort(_ list: inout [Int32]) {
        guard list.count <= 32 else { return list.sort() }
        for position in list.indices.dropFirst() {
            let element = list[position]
            var hole = position
            while hole > 0, list[hole - 1] > element {
                list[hole] = list[hole - 1]
                hole -= 1
            }
            list[hole] = element
        }
    }
}

// MARK: - Completion

extension Machine {
    /// A final state was entered: its parent is done, and with it perhaps the parallel states around.
    private mutating func complete(_ row: Tables.StateRow, _ run: inout Run, _ responder: inout some Responder) {
        guard row.parent >= 0 else {
            phase = .done
            if row.onExit >= 0 { execute(row.onExit, &run, &responder) }
            return
        }
        let data = doneData(row.doneData, &run, &responder)
        let parent = definition.tables.states[Int(row.parent)]
        enqueue(queued(id: parent.doneEvent, .platform, data: data), &run)
        var around = parent.parent
        while around >= 0 {
            let outer = definition.tables.states[Int(around)]
            guard outer.kind == .parallel, isInFinalState(around) else { return }
            enqueue(queued(id: outer.doneEvent, .platform), &run)
            around = outer.parent
        }
    }

    private func isInFinalState(_ state: Int32) -> Bool {
        let row = definition.tables.states[Int(state)]
        switch row.kind {
        case .compound:
            return row.children.range.contains { position in
                let child = definition.tables.stateLists[position]
                return definition.tables.states[Int(child)].kind == .final && activeBits.contains(child)
            }
        case .parallel:
            return row.children.range.allSatisfy { isInFinalState(definition.tables.stateLists[$0]) }
        default: return false
        }
    }
}
