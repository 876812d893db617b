import Statechart

// Who holds a case while it waits: task, job, timer, place in a fund queue, child. Incidents are what this prevents.

extension Inspection {
    mutating func inspectOwners() {
        let holding = HoldingEvents(traffic, definition, opens: opens)
        var owns = definition.states.map { state in !reached.isActive[state.index] || isHeld(state, holding) }
        for state in definition.states where state.kind == .atomic && isPassedThrough(state) {
            owns[state.index] = true
        }
        let waits = waiting(owns)
        for state in definition.states where state.kind == .atomic && waits.atWork[state.index] {
            // What a state around it holds, or another region, is held.
            guard definition.upwards(from: state.index).allSatisfy({ waits.atAll[$0] }) else { continue }
            if !stuck.contains(state.index) { reportOwnerless(state) }
        }
    }

    /// What makes a state wait for something that comes by itself.
    struct HoldingEvents {
        var events: Set<String>
        var timers: Set<String>
        /// By state: `case.open`, which follows the start at once, finds a case there.
        var opens: [Bool]

        init(_ traffic: EventTraffic, _ definition: Definition, opens: [Bool]) {
            let sent = traffic.sent.filter(\.isDelayed).map(\.name)
            events = ServerEvents.names.subtracting([ServerEvents.opening]).union(sent)
            timers = traffic.timers["start"] ?? []
            self.opens = opens
        }
    }

    /// Someone or something holds the case as long as the state is active, or it needs nobody.
    private mutating func isHeld(_ state: State, _ holding: HoldingEvents) -> Bool {
        if state.isSettled || !state.tasks.isEmpty || !state.jobs.isEmpty { return true }
        var timed: [Int: [Int]] = [:]
        for index in state.transitions where !isNever[index] {
            switch definition.transitions[index].event {
            case .timer(let timer): timed[timer, default: []].append(index)
            case .named(let text):
                let keys = text.split(separator: " ").map { TriggerKey(descriptor: $0) }
                if keys.contains(where: { isComing($0, to: state, holding) }) { return true }
            case .done, .eventless: break
            }
        }
        for (timer, transitions) in timed {
            let spec = definition.timers[timer]
            guard !spec.isNamed || holding.timers.contains(spec.id) else { continue }
            // A time that may pass without effect holds nobody.
            if conditions.isExhaustive(transitions, in: state.index) { return true }
        }
        return false
    }

    private func isComing(_ key: TriggerKey, to state: State, _ holding: HoldingEvents) -> Bool {
        if holding.opens[state.index], TriggerKey.event(ServerEvents.opening).wider.contains(key) { return true }
        return switch key {
        case .event(let name): holding.events.contains(name) || name.hasPrefix("child.")
        case .prefix(let name): holding.events.contains { $0.hasPrefix("\(name).") } || name == "child"
        case .timer, .done, .eventless: false
        }
    }

    /// A case does not rest in a state that always leads on.
    private mutating func isPassedThrough(_ state: State) -> Bool {
        let eventless = state.transitions.filter { definition.transitions[$0].event == .eventless && !isNever[$0] }
        return !eventless.isEmpty && conditions.isExhaustive(Array(eventless), in: state.index)
    }

    /// By state: whether the case can rest inside with nobody there, and whether in a state that is not final.
    private func waiting(_ owns: [Bool]) -> (atAll: [Bool], atWork: [Bool]) {
        var atAll = Array(repeating: false, count: owns.count)
        var atWork = atAll
        for state in definition.states.reversed() where !owns[state.index] && !state.kind.isHistory {
            let inner = state.children.filter { !definition.states[$0].kind.isHistory }
            switch state.kind {
            case .atomic: (atAll[state.index], atWork[state.index]) = (true, true)
            case .final: atAll[state.index] = state.parent.map { !isFollowedByDone($0) } ?? false
            case .parallel:
                atAll[state.index] = inner.allSatisfy { atAll[$0] }
                atWork[state.index] = atAll[state.index] && inner.contains { atWork[$0] }
            default:
                atAll[state.index] = inner.contains { atAll[$0] }
                atWork[state.index] = inner.contains { atWork[$0] }
            }
        }
        return (atAll, atWork)
    }

    private func isFollowedByDone(_ state: Int) -> Bool {
        definition.states[state].transitions.contains { definition.transitions[$0].event == .done && !isNever[$0] }
    }

    private mutating func reportOwnerless(_ state: State) {
        var awaited: [String] = []
        for index in state.transitions {
            guard case .named(let text) = definition.transitions[index].event, !awaited.contains(text) else { continue }
            awaited.append(text)
        }
        guard !awaited.isEmpty else {
            return report(
                .ownerless, state: state.index, "案件在 \(state.path) 等待时没有任务、时限或资金排队",
                "while a case waits in \(state.path) there is no task, timer or place in a fund queue")
        }
        let list = awaited.prefix(3).joined(separator: ", ") + (awaited.count > 3 ? ", …" : "")
        report(
            .ownerless, state: state.index, "案件在 \(state.path) 等 \(list)，但没有任务、时限或资金排队",
            "a case waits in \(state.path) for \(list), with no task, timer or place in a fund queue")
    }

    // MARK: Tasks

    /// A task is done by sending an event; someone whose worklist shows it must be able to.
    mutating func inspectTasks() {
        for task in definition.tasks where reached.isActive[task.state] {
            let last = Int(definition.tables.states[task.state].last)
            let inside =
                definition.states[task.state].transitions.lowerBound..<definition.states[last].transitions.upperBound
            let around = definition.upwards(from: task.state).flatMap { definition.states[$0].transitions }
            let transitions = definition.transitions
            func isForRole(_ index: Int) -> Bool { transitions[index].by.contains(task.role) }
            if inside.contains(where: isForRole) || around.contains(where: isForRole) { continue }
            report(
                .powerless, "任务 \(task.id) 交给 \(task.role)，但该角色在 \(path(task.state)) 不能发送任何事件",
                "the task \(task.id) is for \(task.role), who may send no event in \(path(task.state))",
                at: places.task(task.index))
        }
    }
}
