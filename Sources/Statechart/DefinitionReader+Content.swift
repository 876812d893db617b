// Expressions and executable content.

extension DefinitionReader {
    /// - Returns: index of the expression's node, or -1 after a problem.
    mutating func expression(_ text: String, at pointer: String) -> Int32 {
        do {
            return try ExpressionParser.parse(text, scope: &names, program: &parts.tables.program)
        } catch {
            report(error.code, error.message, at: pointer)
            return -1
        }
    }

    /// The expression under `key`, or -1 when there is none.
    mutating func expression(_ fields: Fields, _ key: String) -> Int32 {
        guard let text = text(fields, key) else { return -1 }
        return expression(text, at: "\(fields.pointer)/\(key)")
    }

    mutating func payload(_ fields: Fields) -> Int32 {
        var payload = Program.Payload()
        if fields.members["content"] != nil { payload.content = expression(fields, "content") }
        if let data = fields.members["data"] {
            guard case .object(let members) = data else {
                report(.invalid, "data: expected a map from name to expression", at: "\(fields.pointer)/data")
                return -1
            }
            for member in members {
                let pointer = "\(fields.pointer)/data/\(member.key)"
                guard case .string(let text) = member.value else {
                    report(.invalid, "expected an expression", at: pointer)
                    continue
                }
                payload.parameters.append(.init(name: member.key, expression: expression(text, at: pointer)))
            }
        }
        guard payload != Program.Payload() else { return -1 }
        parts.tables.program.payloads.append(payload)
        return Int32(parts.tables.program.payloads.count - 1)
    }

    /// - Returns: index of the block, or -1 for no content.
    mutating func block(_ fields: Fields, _ key: String, depth: Int = 0) -> Int32 {
        guard depth <= ChartLimits.contentDepth else {
            report(.limit, "content is nested more than \(ChartLimits.contentDepth) deep", at: fields.pointer)
            return -1
        }
        var steps: [Program.Step] = []
        for (offset, element) in elements(fields, key).enumerated() {
            let pointer = "\(fields.pointer)/\(key)/\(offset)"
            if let step = step(element, at: pointer, depth: depth) { steps.append(step) }
        }
        return steps.isEmpty ? -1 : parts.tables.program.block(steps)
    }

    private mutating func step(_ json: JSON, at pointer: String, depth: Int) -> Program.Step? {
        if case .string(let name) = json {
            guard ExpressionLexer.isName(name) else {
                report(.invalid, "\(name): an action's name has letters, digits and '_', first a letter", at: pointer)
                return nil
            }
            return .call(action: names.actionIndex(name))
        }
        guard case .object(let members) = json else {
            report(.invalid, "expected an action's name or a map, found \(json.kindName)", at: pointer)
            return nil
        }
        let kinds = members.map(\.key).filter { DefinitionReader.stepKeys[$0] != nil }
        guard kinds.count == 1, let kind = kinds.first, let allowed = DefinitionReader.stepKeys[kind] else {
            let steps = DefinitionReader.stepKeys.keys.filter { !isAuthored || Keys.importedStep[$0] == nil }
            let known = steps.sorted().joined(separator: ", ")
            report(.invalid, "expected exactly one of \(known)", at: pointer)
            return nil
        }
        let keys = allowed.union([kind])
        guard let fields = fields(json, pointer, allowed: keys, imported: Keys.importedStep) else { return nil }
        return step(kind, fields, depth: depth)
    }

    /// The keys that make a step, each with those that may stand beside it.
    static let stepKeys: [String: Set<String>] = [
        "raise": ["data", "content"],
        "send": ["delay", "delayOf", "id", "idTo", "target", "targetOf", "type", "typeOf", "data", "content"],
        "sendOf": ["delay", "delayOf", "id", "idTo", "target", "targetOf", "type", "typeOf", "data", "content"],
        "cancel": [], "cancelOf": [], "assign": ["value"], "if": ["then", "else"], "foreach": ["as", "index", "do"],
        "log": ["value"], "start": [], "pause": [], "resume": [], "stop": [], "block": [],
    ]

    private mutating func step(_ kind: String, _ fields: Fields, depth: Int) -> Program.Step? {
        switch kind {
        case "raise": return raise(fields)
        case "send", "sendOf": return send(fields)
        case "cancel":
            return .cancel(parts.tables.program.constant(.string(requiredText(fields, kind))))
        case "cancelOf": return .cancel(expression(fields, kind))
        case "assign": return assign(fields)
        case "if":
            let condition = expression(fields, "if")
            let then = block(fields, "then", depth: depth + 1)
            return .branch(condition: condition, then: then, otherwise: block(fields, "else", depth: depth + 1))
        case "foreach": return loop(fields, depth: depth)
        case "log":
            let label = text(fields, "log") ?? ""
            let name = label.isEmpty ? -1 : parts.tables.program.name(label)
            return .log(label: name, expression: expression(fields, "value"))
        case "block": return .block(block(fields, "block", depth: depth + 1))
        default: return timer(kind, fields)
        }
    }

    private mutating func raise(_ fields: Fields) -> Program.Step? {
        let event = requiredText(fields, "raise")
        checkEventName(event, at: "\(fields.pointer)/raise")
        return .raise(event: parts.tables.events.id(of: event), payload: payload(fields))
    }

    func isEventName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= ChartLimits.nameBytes
            && name.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
    }

    private mutating func checkEventName(_ name: String, at pointer: String) {
        guard !name.isEmpty, !isEventName(name) || name.contains("*") else { return }
        report(.invalid, "\(name): an event's name has no blank and no '*'", at: pointer)
    }

    private mutating func assign(_ fields: Fields) -> Program.Step? {
        let name = requiredText(fields, "assign")
        if fields.members["value"] == nil { report(.missing, "value is missing", at: fields.pointer) }
        let value = expression(fields, "value")
        guard let variable = names.variables[name] else {
            if parts.tables.isScxml { return .fail }
            report(.unknownName, "there is no variable \(name)", at: "\(fields.pointer)/assign")
            return nil
        }
        return .assign(variable: variable, expression: value)
    }

    private mutating func loop(_ fields: Fields, depth: Int) -> Program.Step? {
        let list = expression(fields, "foreach")
        let item = requiredText(fields, "as")
        let index = text(fields, "index")
        let body = block(fields, "do", depth: depth + 1)
        checkLoopName(item.isEmpty ? nil : item, "as", fields)
        checkLoopName(index, "index", fields)
        // In imported charts a name that can be no variable, such as 'continue' elsewhere, fails when it is run.
        guard let itemVariable = names.variables[item] else { return .fail }
        var indexVariable: Int32 = -1
        if let index {
            guard let variable = names.variables[index] else { return .fail }
            indexVariable = variable
        }
        return .loop(list: list, item: itemVariable, index: indexVariable, body: body)
    }

    private mutating func checkLoopName(_ name: String?, _ key: String, _ fields: Fields) {
        guard let name, !parts.tables.isScxml, !ExpressionLexer.isName(name) else { return }
        report(
            .invalid, "\(key) \(name): expected letters, digits and '_', first a letter",
            at: "\(fields.pointer)/\(key)")
    }

    private mutating func timer(_ kind: String, _ fields: Fields) -> Program.Step? {
        let name = requiredText(fields, kind)
        guard let index = parts.tables.timerOfNamed[name] else {
            report(.unknownName, "there is no timer \(name)", at: "\(fields.pointer)/\(kind)")
            return nil
        }
        let operations: [String: Program.TimerOperation] = [
            "start": .start, "pause": .pause, "resume": .resume, "stop": .stop,
        ]
        return operations[kind].map { .timer($0, Int32(index)) }
    }

    private mutating func send(_ fields: Fields) -> Program.Step? {
        var send = Program.Send()
        send.event = literalOrExpression(fields, "send", "sendOf")
        if let name = fields.members["send"], case .string(let event) = name {
            checkEventName(event, at: "\(fields.pointer)/send")
            send.eventID = parts.tables.events.id(of: event)
        }
        if let delay = duration(fields, "delay") {
            guard case .milliseconds(let length) = delay else {
                report(.invalid, "delay: expected ms, s, m or h; days are for timers", at: "\(fields.pointer)/delay")
                return nil
            }
            send.delay = parts.tables.program.constant(.integer(length))
        } else {
            send.delay = expression(fields, "delayOf")
        }
        send.target = literalOrExpression(fields, "target", "targetOf")
        send.type = literalOrExpression(fields, "type", "typeOf")
        send.id = literalOrExpression(fields, "id", nil)
        if let variable = text(fields, "idTo") {
            guard let index = names.variables[variable] else {
                report(.unknownName, "there is no variable \(variable)", at: "\(fields.pointer)/idTo")
                return nil
            }
            send.idLocation = index
        }
        send.payload = payload(fields)
        parts.tables.program.sends.append(send)
        return .send(Int32(parts.tables.program.sends.count - 1))
    }

    private mutating func literalOrExpression(_ fields: Fields, _ literal: String, _ computed: String?) -> Int32 {
        if let text = text(fields, literal) { return parts.tables.program.constant(.string(text)) }
        guard let computed else { return -1 }
        return expression(fields, computed)
    }
}

// MARK: - Variables and named timers

extension DefinitionReader {
    /// Variables of the chart, of its states, and those a loop brings.
    mutating func readVariables(_ chart: Fields) {
        names.states = stateOfPath
        var pending: [(index: Int, text: String?, pointer: String)] = []
        func isNew(_ name: String) -> Bool { names.variables[name] == nil }
        declare(chart, owner: -1, &pending)
        for index in outline.indices { declare(outline[index].fields, owner: Int32(index), &pending) }
        for name in DefinitionReader.loopVariables(chart.members.values)
        where isNew(name) && ExpressionLexer.isName(name) {
            add(variable: name, owner: -1, pointer: "")
        }
        for (index, text, pointer) in pending {
            guard let text else { continue }
            parts.tables.variables[index].initial = expression(text, at: pointer)
        }
    }

    private mutating func add(variable name: String, owner: Int32, pointer: String) {
        names.variables[name] = Int32(parts.tables.variables.count)
        parts.tables.variables.append(.init(name: name, initial: -1, owner: owner, pointer: pointer))
    }

    private mutating func declare(
        _ fields: Fields, owner: Int32, _ pending: inout [(index: Int, text: String?, pointer: String)]
    ) {
        for (offset, element) in elements(fields, "variables").enumerated() {
            let pointer = "\(fields.pointer)/variables/\(offset)"
            guard let variable = self.fields(element, pointer, allowed: Keys.variable) else { continue }
            let name = requiredText(variable, "id")
            if !name.isEmpty, !ExpressionLexer.isName(name) {
                report(.invalid, "id \(name): expected letters, digits and '_', first a letter", at: "\(pointer)/id")
            }
            if names.variables[name] != nil {
                report(.duplicate, "the variable \(name) stands twice", at: "\(pointer)/id")
            }
            pending.append((parts.tables.variables.count, text(variable, "value"), "\(pointer)/value"))
            add(variable: name, owner: owner, pointer: pointer)
        }
    }

    private static func loopVariables(_ values: some Sequence<JSON>) -> [String] {
        var result: [String] = []
        for value in values {
            switch value {
            case .array(let elements): result += loopVariables(elements)
            case .object(let members):
                if value["foreach"] != nil {
                    for key in ["as", "index"] {
                        if case .string(let name) = value[key] { result.append(name) }
                    }
                }
                result += loopVariables(members.lazy.map(\.value))
            default: break
            }
        }
        return result
    }

    mutating func readNamedTimers(_ chart: Fields) {
        for (offset, element) in elements(chart, "timers").enumerated() {
            let pointer = "/timers/\(offset)"
            guard let fields = fields(element, pointer, allowed: Keys.timer) else { continue }
            let name = requiredText(fields, "id")
            if !name.isEmpty, !ExpressionLexer.isName(name) {
                report(.invalid, "id \(name): expected letters, digits and '_', first a letter", at: "\(pointer)/id")
            }
            if fields.members["duration"] == nil { report(.missing, "duration is missing", at: pointer) }
            let index = parts.timers.count
            if parts.tables.timerOfNamed.updateValue(index, forKey: name) != nil {
                report(.duplicate, "the timer \(name) stands twice", at: "\(pointer)/id")
            }
            parts.timers.append(
                TimerSpec(
                    index: index, id: name, duration: duration(fields, "duration") ?? .milliseconds(0),
                    firstDayCounted: firstDayCounted(fields), isNamed: true, state: nil, label: labels(fields),
                    source: text(fields, "source")))
        }
    }
}
