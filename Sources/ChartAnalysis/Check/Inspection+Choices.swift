import Statechart

// Transitions that meet: of one state, of a state and those inside, of two regions.

extension Inspection {
    /// Earlier transitions a later one is compared with, at most.
    private static let maximumCompared = 8

    private struct Earlier {
        var always: Int?
        var guarded: [Int] = []
    }

    /// Conditions that never hold, and transitions of one state that wait for the same.
    mutating func inspectChoices() {
        for state in definition.states {
            var seen: [TriggerKey: Earlier] = [:]
            for index in state.transitions { inspect(index, after: &seen) }
        }
    }

    private mutating func inspect(_ index: Int, after seen: inout [TriggerKey: Earlier]) {
        let transition = definition.transitions[index]
        let condition = conditions.condition(of: index)
        if transition.guardText != nil, conditions.canHold([condition], in: transition.source) == false {
            isNever[index] = true
            let text = transition.guardText ?? ""
            report(
                .neverTrue, transition: index, "\(path(transition.source)) 的条件“\(text)”不可能成立",
                "the condition “\(text)” of \(path(transition.source)) can never hold")
            return
        }
        let keys = definition.triggerKeys(of: index)
        if let first = taker(of: keys, before: index, seen) {
            isNever[index] = true
            let what = trigger(index)
            let rank = ordinal(first)
            report(
                .shadowed, transition: index, "\(path(transition.source)) 对\(what.zh)的这条转换永远轮不到：第 \(rank) 条总是先走",
                "on \(what.en) \(path(transition.source)) never takes this transition: number \(rank) always does"
            )
            return
        }
        reportOverlap(of: index, condition, keys, seen)
        note(index, keys, &seen)
    }

    /// The place of a transition among those of its state, from 1.
    private func ordinal(_ transition: Int) -> Int {
        transition - definition.states[definition.transitions[transition].source].transitions.lowerBound + 1
    }

    private mutating func note(_ index: Int, _ keys: [TriggerKey], _ seen: inout [TriggerKey: Earlier]) {
        let isAlways = conditions.isExhaustive([index], in: definition.transitions[index].source)
        for key in keys {
            if isAlways, seen[key]?.always == nil { seen[key, default: Earlier()].always = index }
            guard !isAlways else { continue }
            let count = seen[key]?.guarded.count ?? 0
            if count < Inspection.maximumCompared { seen[key, default: Earlier()].guarded.append(index) }
        }
    }

    /// The earlier transition that leaves nothing to this one: for each of its events there are such.
    private mutating func taker(
        of keys: [TriggerKey], before index: Int, _ seen: [TriggerKey: Earlier]
    ) -> Int? {
        var first: Int?
        for key in keys {
            let met = key.wider.compactMap { seen[$0] }
            if let always = met.compactMap(\.always).min() {
                first = min(first ?? always, always)
                continue
            }
            let guarded = met.flatMap(\.guarded).prefix(Inspection.maximumCompared)
            guard let earliest = guarded.min() else { return nil }
            let rest = guarded.map { Conditions.Formula.not(conditions.condition(of: $0)) }
            let all = [conditions.condition(of: index)] + rest
            guard conditions.canHold(all, in: definition.transitions[index].source) == false else { return nil }
            first = min(first ?? earliest, earliest)
        }
        return first
    }

    private mutating func reportOverlap(
        of index: Int, _ condition: Conditions.Formula, _ keys: [TriggerKey], _ seen: [TriggerKey: Earlier]
    ) {
        let transition = definition.transitions[index]
        // Without condition it is the else of those before.
        guard !conditions.isExhaustive([index], in: transition.source) else { return }
        for earlier in keys.flatMap({ seen[$0]?.guarded ?? [] }) where leadsElsewhere(earlier, index) {
            let both = [conditions.condition(of: earlier), condition]
            guard conditions.canHold(both, in: transition.source) != false else { continue }
            let what = trigger(index)
            let texts = [earlier, index].map { definition.transitions[$0].guardText ?? "" }
            report(
                .overlapping, transition: index,
                "\(path(transition.source)) 对\(what.zh)：“\(texts[0])”与“\(texts[1])”可能同时成立，这时只走前一条",
                "\(path(transition.source)), \(what.en): when “\(texts[0])” and “\(texts[1])” both hold, the first wins"
            )
            return
        }
    }

    private func leadsElsewhere(_ a: Int, _ b: Int) -> Bool {
        definition.transitions[a].targets != definition.transitions[b].targets
            || places.transitionJSON(a)?["do"] != places.transitionJSON(b)?["do"]
    }
}

// MARK: - A state and those inside

extension Inspection {
    /// Events a state keeps in mind when it asks what all its inner states take; more are forgotten, which only makes
    /// fewer findings.
    private static let maximumEvents = 256

    /// A transition of an outer state that every state inside takes first.
    mutating func inspectInnerChoices() {
        // By state: what some transition of it, or of those inside, takes whatever is active there.
        var taken: [Set<TriggerKey>] = Array(repeating: [], count: definition.states.count)
        for state in definition.states.reversed() where reached.isActive[state.index] && !state.kind.isHistory {
            let inside = commonEvents(of: state, taken)
            var own = inside
            for index in state.transitions where !isNever[index] {
                let keys = definition.triggerKeys(of: index).filter(Inspection.isEvent)
                guard !keys.isEmpty else { continue }
                if keys.allSatisfy({ Inspection.covers(inside, $0) }) {
                    isNever[index] = true
                    let what = trigger(index)
                    report(
                        .shadowed, transition: index, "\(path(state.index)) 对\(what.zh)的这条转换永远轮不到：里面每个状态都先接走了",
                        "\(path(state.index)) never takes this transition: every state inside takes \(what.en) first")
                } else if conditions.isExhaustive([index], in: state.index) {
                    own.formUnion(keys)
                }
            }
            taken[state.index] = own.count > Inspection.maximumEvents ? [] : own
        }
    }

    private static func isEvent(_ key: TriggerKey) -> Bool {
        switch key {
        case .event, .prefix: true
        case .timer, .done, .eventless: false
        }
    }

    private static func covers(_ events: Set<TriggerKey>, _ key: TriggerKey) -> Bool {
        !events.isEmpty && key.wider.contains(where: events.contains)
    }

    private func commonEvents(of state: State, _ taken: [Set<TriggerKey>]) -> Set<TriggerKey> {
        var common: Set<TriggerKey>?
        for child in state.children where reached.isActive[child] && !definition.states[child].kind.isHistory {
            guard let known = common else {
                common = taken[child]
                continue
            }
            let first = known.filter { Inspection.covers(taken[child], $0) }
            common = first.union(taken[child].filter { Inspection.covers(known, $0) })
            if common?.isEmpty == true || common?.count ?? 0 > Inspection.maximumEvents { return [] }
        }
        return common ?? []
    }
}

// MARK: - Two regions

extension Inspection {
    private struct Meeting: Hashable {
        var parallel: Int
        var key: TriggerKey
    }

    /// Regions that take the same event, when one of them thereby leaves the parallel state.
    mutating func inspectRegions() {
        var seen: [Meeting: [(region: Int, transition: Int)]] = [:]
        var told: Set<Meeting> = []
        for transition in definition.transitions where isLive(transition.index) {
            let keys = definition.triggerKeys(of: transition.index).filter(Inspection.isEvent)
            var region = transition.source
            while !keys.isEmpty, let parallel = definition.states[region].parent {
                defer { region = parallel }
                guard definition.states[parallel].kind == .parallel else { continue }
                for key in keys {
                    let meeting = Meeting(parallel: parallel, key: key)
                    let others = seen[meeting] ?? []
                    if !told.contains(meeting), reportContention(transition, region, others, meeting) {
                        told.insert(meeting)
                    }
                    if others.count < Inspection.maximumCompared {
                        seen[meeting, default: []].append((region, transition.index))
                    }
                }
            }
        }
    }

    private func isLive(_ transition: Int) -> Bool {
        !isNever[transition] && reached.isActive[definition.transitions[transition].source]
    }

    private mutating func reportContention(
        _ transition: Transition, _ region: Int, _ others: [(region: Int, transition: Int)], _ meeting: Meeting
    ) -> Bool {
        for other in others where other.region != region {
            guard leaves(transition.index, region) || leaves(other.transition, other.region),
                !transition.targets.isEmpty, !definition.transitions[other.transition].targets.isEmpty,
                leadsElsewhere(other.transition, transition.index)
            else { continue }
            let both = [conditions.condition(of: other.transition), conditions.condition(of: transition.index)]
            guard conditions.canHold(both) != false else { continue }
            let what = trigger(transition.index)
            report(
                .conflictingRegions, transition: transition.index,
                "\(path(meeting.parallel)) 的两个分支 \(path(other.region)) 与 \(path(region)) 都接\(what.zh)，离开的那条会使另一条落空",
                "\(path(other.region)) and \(path(region)) both take \(what.en); only the first does, as one leaves "
                    + path(meeting.parallel))
            return true
        }
        return false
    }

    private func leaves(_ transition: Int, _ region: Int) -> Bool {
        definition.transitions[transition].targets.contains { $0 != region && !definition.isInside($0, region) }
    }
}

// MARK: - Completion and choices

extension Inspection {
    /// `done` that cannot come or may lead nowhere, and choices that may lead nowhere.
    mutating func inspectCompletion() {
        for state in definition.states where reached.isActive[state.index] {
            inspectDone(state)
            if state.kind == .atomic { inspectChoice(state) }
        }
    }

    private mutating func inspectDone(_ state: State) {
        let done = state.transitions.filter { definition.transitions[$0].event == .done && !isNever[$0] }
        guard let first = done.first, let last = done.last else { return }
        if !reached.canBeDone[state.index] {
            report(
                .neverDone, transition: first, "\(path(state.index)) 永远不会完成：里面没有可到达的 final 状态，或有的分支没有",
                "\(path(state.index)) is never done: no final state inside can be reached, or not in each region")
        } else if !conditions.isExhaustive(done, in: state.index) {
            report(
                .doneWithoutElse, transition: last, "\(path(state.index)) 完成时若条件都不成立，案件就停在那里",
                "when \(path(state.index)) is done and no condition holds, the case stays there")
        }
    }

    private mutating func inspectChoice(_ state: State) {
        let open = state.transitions.filter { !isNever[$0] }
        guard let last = open.last, state.tasks.isEmpty, state.jobs.isEmpty,
            open.allSatisfy({ definition.transitions[$0].event == .eventless }),
            !open.contains(where: asksForOtherStates), !conditions.isExhaustive(Array(open), in: state.index)
        else { return }
        stuck.insert(state.index)
        report(
            .choiceWithoutElse, transition: last, "\(path(state.index)) 只按条件分流，若都不成立，案件就停在那里",
            "\(path(state.index)) only chooses; when no condition holds, the case stays there")
    }

    /// It waits for another region, rather than choosing.
    private func asksForOtherStates(_ transition: Int) -> Bool {
        definition.transitions[transition].guardText?.contains("In(") ?? false
    }
}
