extension DefinitionReader {
    mutating func readTransition(_ json: JSON, at pointer: String, of state: Int, firstTimer: Int) {
        guard let fields = fields(json, pointer, allowed: Keys.transition) else { return }
        guard parts.transitions.count < ChartLimits.transitions else {
            if problems.last?.code != .limit {
                report(.limit, "more than \(ChartLimits.transitions) transitions", at: pointer)
            }
            return
        }
        let index = parts.transitions.count
        var row = Tables.TransitionRow(source: Int32(state), trigger: .eventless)
        let event = trigger(fields, of: state, firstTimer: firstTimer, &row)
        let firstNode = parts.tables.program.nodes.count
        let guardText = text(fields, "if")
        row.condition = expression(fields, "if")
        let guards = parts.tables.program.nodes[firstNode...].filter { $0.operation == .ask }.map { Int($0.a) }
        row.block = block(fields, "do")
        row.isInternal = flag(fields, "internal")
        let targets = targets(fields, of: state)
        row.targets = slice(targets)
        row.hasHistoryTarget = targets.contains { outline[$0].kind.isHistory }
        if !row.hasHistoryTarget { row.domain = Int32(domain(of: state, targets, isInternal: row.isInternal)) }
        parts.tables.hasEventless = parts.tables.hasEventless || row.trigger == .eventless
        parts.tables.transitions.append(row)
        parts.transitions.append(
            Transition(
                index: index, source: state, event: event, by: texts(fields, "by"),
                distinctFrom: texts(fields, "distinctFrom"), guardText: guardText, guardIndices: guards,
                actionIndices: actions(inBlock: row.block), targets: targets, isInternal: row.isInternal,
                label: labels(fields), sourceText: text(fields, "source")))
    }

    private mutating func targets(_ fields: Fields, of state: Int) -> [Int] {
        var targets: [Int] = []
        for (offset, path) in texts(fields, "to").enumerated() {
            guard let target = resolve(path, from: state) else {
                report(.unknownName, "to \(path): there is no such state", at: "\(fields.pointer)/to/\(offset)")
                continue
            }
            targets.append(target)
        }
        checkTogether(targets, at: "\(fields.pointer)/to")
        return targets
    }

    /// SCXML Appendix D, getTransitionDomain, for targets that are no histories.
    private func domain(of source: Int, _ targets: [Int], isInternal: Bool) -> Int {
        if isInternal, outline[source].kind == .compound, targets.allSatisfy({ isInside($0, source) }) { return source }
        var candidate = outline[source].parent
        while candidate >= 0 {
            if outline[candidate].kind == .compound, targets.allSatisfy({ isInside($0, candidate) }) { break }
            candidate = outline[candidate].parent
        }
        return candidate
    }

    private func actions(inBlock block: Int32) -> [Int] {
        guard block >= 0 else { return [] }
        var result: [Int] = []
        for step in parts.tables.program.steps[parts.tables.program.blocks[Int(block)].range] {
            switch step {
            case .call(let action): result.append(Int(action))
            case .branch(_, let then, let otherwise): result += actions(inBlock: then) + actions(inBlock: otherwise)
            case .loop(_, _, _, let body): result += actions(inBlock: body)
            case .block(let inner): result += actions(inBlock: inner)
            default: break
            }
        }
        return result
    }
}

// MARK: - What starts a transition

extension DefinitionReader {
    private mutating func trigger(
        _ fields: Fields, of state: Int, firstTimer: Int, _ row: inout Tables.TransitionRow
    ) -> EventSpec {
        let given = ["event", "after", "timer"].filter { fields.members[$0] != nil }
        if given.count > 1 {
            report(.invalid, "expected only one of event, after and timer", at: fields.pointer)
        }
        if fields.members["firstDay"] != nil, fields.members["after"] == nil {
            report(.invalid, "firstDay belongs to after", at: "\(fields.pointer)/firstDay")
        }
        switch given.first {
        case "event": return named(fields, of: state, &row)
        case "after":
            guard let duration = duration(fields, "after") else { return .eventless }
            return .timer(ownTimer(fields, duration, of: state, firstTimer: firstTimer, &row))
        case "timer":
            let name = requiredText(fields, "timer")
            guard let index = parts.tables.timerOfNamed[name] else {
                report(.unknownName, "there is no timer \(name)", at: "\(fields.pointer)/timer")
                return .eventless
            }
            row.trigger = .timer
            row.timer = Int32(index)
            return .timer(index)
        default: return .eventless
        }
    }

    /// Transitions of one state with the same `after` share its timer: one may be guarded and the next its else.
    private mutating func ownTimer(
        _ fields: Fields, _ duration: ChartDuration, of state: Int, firstTimer: Int, _ row: inout Tables.TransitionRow
    ) -> Int {
        row.trigger = .timer
        let counted = firstDayCounted(fields)
        let shared = parts.timers[firstTimer...].first { $0.duration == duration && $0.firstDayCounted == counted }
        let index = shared?.index ?? parts.timers.count
        row.timer = Int32(index)
        guard shared == nil else { return index }
        parts.timers.append(
            TimerSpec(
                index: index, id: "\(outline[state].path)#\(index - firstTimer)", duration: duration,
                firstDayCounted: counted, isNamed: false, state: state, label: labels(fields),
                source: text(fields, "source")))
        return index
    }

    private mutating func named(_ fields: Fields, of state: Int, _ row: inout Tables.TransitionRow) -> EventSpec {
        row.trigger = .named
        let event = requiredText(fields, "event")
        let start = parts.tables.descriptors.count
        defer { row.descriptors = .init(start: Int32(start), count: Int32(parts.tables.descriptors.count - start)) }
        if event == "done", !parts.tables.isScxml {
            if outline[state].kind.isLeaf {
                report(.invalid, "done: a state without states inside is never done", at: "\(fields.pointer)/event")
            }
            let id = parts.tables.events.id(of: "done.state.\(outline[state].path)")
            parts.tables.descriptors.append(.init(event: id, isPrefix: false))
            return .done
        }
        for descriptor in event.split(separator: " ") {
            addDescriptor(String(descriptor), at: "\(fields.pointer)/event")
        }
        return .named(event)
    }

    private mutating func addDescriptor(_ text: String, at pointer: String) {
        var base = text[...]
        let isPrefix = base == "*" || base.hasSuffix(".*")
        if isPrefix { base = base == "*" ? "" : base.dropLast(2) }
        guard (isPrefix && text == "*") || isEventName(String(base)), !base.contains("*"),
            base != "done" || parts.tables.isScxml
        else {
            report(.invalid, "event \(text): expected a name, or a name and '.*'", at: pointer)
            return
        }
        let id = isPrefix ? parts.tables.events.base(String(base)) : parts.tables.events.id(of: text)
        parts.tables.descriptors.append(.init(event: id, isPrefix: isPrefix))
        eventNames.insert(ExactText(text))
    }
}

// MARK: - The end

extension DefinitionReader {
    /// Sorts the names of guards and actions and gives every mention its final index.
    mutating func finish() {
        let guardOrder = names.guards.indices.sorted { names.guards[$0] < names.guards[$1] }
        let actionOrder = names.actions.indices.sorted { names.actions[$0] < names.actions[$1] }
        parts.guards = guardOrder.map { names.guards[$0] }
        parts.actions = actionOrder.map { names.actions[$0] }
        let newGuard = DefinitionReader.inverse(guardOrder)
        let newAction = DefinitionReader.inverse(actionOrder)
        for index in parts.tables.program.nodes.indices where parts.tables.program.nodes[index].operation == .ask {
            parts.tables.program.nodes[index].a = Int32(newGuard[Int(parts.tables.program.nodes[index].a)])
        }
        for index in parts.tables.program.steps.indices {
            guard case .call(let action) = parts.tables.program.steps[index] else { continue }
            parts.tables.program.steps[index] = .call(action: Int32(newAction[Int(action)]))
        }
        parts.transitions = parts.transitions.map { $0.renumbered(guards: newGuard, actions: newAction) }
        parts.events = eventNames.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        parts.tables.events.link()
    }

    private static func inverse(_ order: [Int]) -> [Int] {
        var result = Array(repeating: 0, count: order.count)
        for (new, old) in order.enumerated() { result[old] = new }
        return result
    }
}

extension Transition {
    fileprivate func renumbered(guards: [Int], actions: [Int]) -> Transition {
        Transition(
            index: index, source: source, event: event, by: by, distinctFrom: distinctFrom, guardText: guardText,
            guardIndices: guardIndices.map { guards[$0] }, actionIndices: actionIndices.map { actions[$0] },
            targets: targets, isInternal: isInternal, label: label, sourceText: sourceText)
    }
}
