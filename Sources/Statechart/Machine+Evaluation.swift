/// An expression or a piece of content failed; `event` is the id of what the chart gets to hear.
struct EvaluationFailure: Error {
    var event = EventTable.executionError
    var sendID: String?
}

// Expressions. Whole numbers only; what does not fit 64 bits fails.

extension Machine {
    /// A condition's verdict; a failing one counts as false and raises `error.execution`.
    mutating func isTrue(_ node: Int32, _ run: inout Run, _ responder: inout some Responder) -> Bool {
        do {
            return try test(node, &responder)
        } catch {
            raiseError(error.event, &run)
            return false
        }
    }

    /// As `evaluate`, for what must be true or false; conditions rarely need more than this.
    func test(_ index: Int32, _ responder: inout some Responder) throws(EvaluationFailure) -> Bool {
        guard index >= 0 else { throw EvaluationFailure() }
        let node = definition.tables.program.nodes[Int(index)]
        switch node.operation {
        // The right side is asked only when the left leaves it open.
        case .and:
            guard try test(node.a, &responder) else { return false }
            return try test(node.b, &responder)
        case .or:
            if try test(node.a, &responder) { return true }
            return try test(node.b, &responder)
        case .not: return try !test(node.a, &responder)
        case .isIn: return activeBits.contains(node.a)
        case .ask:
            switch responder.answer(guard: Int(node.a), askedAt: Int(index)) {
            case .yes: return true
            case .no: return false
            case .failed, .needsPayload: throw EvaluationFailure()
            }
        case .bound: return isBound(node.a, &responder)
        case .equal: return try evaluate(node.a, &responder) == evaluate(node.b, &responder)
        case .notEqual: return try evaluate(node.a, &responder) != evaluate(node.b, &responder)
        case .less, .lessEqual, .greater, .greaterEqual: return try compare(node, &responder)
        case .startsWith:
            guard case .string(let text) = try evaluate(node.a, &responder),
                case .string(let prefix) = try evaluate(node.b, &responder)
            else { throw EvaluationFailure() }
            return text.utf8.starts(with: prefix.utf8)
        default:
            guard case .boolean(let value) = try evaluate(index, &responder) else { throw EvaluationFailure() }
            return value
        }
    }

    private func isBound(_ node: Int32, _ responder: inout some Responder) -> Bool {
        do {
            _ = try evaluate(node, &responder)
            return true
        } catch {
            return false
        }
    }

    private func compare(_ node: Program.Node, _ responder: inout some Responder) throws(EvaluationFailure) -> Bool {
        switch (try evaluate(node.a, &responder), try evaluate(node.b, &responder)) {
        case (.integer(let a), .integer(let b)): return order(a, b, node.operation)
        case (.string(let a), .string(let b)):
            // By UTF-8 bytes: the same everywhere, whatever the language.
            if a.utf8.elementsEqual(b.utf8) { return node.operation == .lessEqual || node.operation == .greaterEqual }
            let isLess = a.utf8.lexicographicallyPrecedes(b.utf8)
            return isLess == (node.operation == .less || node.operation == .lessEqual)
        default: throw EvaluationFailure()
        }
    }

    private func order(_ a: Int64, _ b: Int64, _ operation: Program.Node.Operation) -> Bool {
        switch operation {
        case .less: a < b
        case .lessEqual: a <= b
        case .greater: a > b
        default: a >= b
        }
    }

    func evaluate(_ index: Int32, _ responder: inout some Responder) throws(EvaluationFailure) -> ChartValue {
        guard index >= 0 else { throw EvaluationFailure() }
        let program = definition.tables.program
        let node = program.nodes[Int(index)]
        switch node.operation {
        case .constant: return program.constants[Int(node.a)]
        case .variable:
            guard let value = values[Int(node.a)] else { throw EvaluationFailure() }
            return value
        case .add, .subtract, .multiply: return try calculate(node, &responder)
        case .negate:
            guard case .integer(let value) = try evaluate(node.a, &responder) else { throw EvaluationFailure() }
            return .integer(try checked(Int64(0).subtractingReportingOverflow(value)))
        case .event: return try eventField(node.a)
        case .member:
            guard let value = try evaluate(node.a, &responder)[program.names[Int(node.b)]] else {
                throw EvaluationFailure()
            }
            return value
        case .list:
            var elements: [ChartValue] = []
            for position in node.a..<node.a + node.b {
                elements.append(try evaluate(program.operands[Int(position)], &responder))
            }
            return try limited(.list(elements))
        case .extend:
            guard case .list(let elements) = try evaluate(node.a, &responder) else { throw EvaluationFailure() }
            return try limited(.list(elements + [.integer(Int64(elements.count))]))
        case .failing: throw EvaluationFailure()
        default: return .boolean(try test(index, &responder))
        }
    }

    private func checked(_ result: (partialValue: Int64, overflow: Bool)) throws(EvaluationFailure) -> Int64 {
        guard !result.overflow else { throw EvaluationFailure() }
        return result.partialValue
    }

    func limited(_ value: ChartValue) throws(EvaluationFailure) -> ChartValue {
        guard value.isWithinLimits else { throw EvaluationFailure() }
        return value
    }

    private func calculate(
        _ node: Program.Node, _ responder: inout some Responder
    ) throws(EvaluationFailure) -> ChartValue {
        let operands = (try evaluate(node.a, &responder), try evaluate(node.b, &responder))
        if case (.integer(let a), .integer(let b)) = operands {
            switch node.operation {
            case .add: return .integer(try checked(a.addingReportingOverflow(b)))
            case .subtract: return .integer(try checked(a.subtractingReportingOverflow(b)))
            default: return .integer(try checked(a.multipliedReportingOverflow(by: b)))
            }
        }
        guard definition.tables.isScxml, node.operation == .add else { throw EvaluationFailure() }
        switch operands {
        case (.string(let a), let b): return try limited(.string(a + b.text))
        case (let a, .string(let b)): return try limited(.string(a.text + b))
        default: throw EvaluationFailure()
        }
    }

    private func eventField(_ field: Int32) throws(EvaluationFailure) -> ChartValue {
        guard let event, let field = Program.EventField(rawValue: field) else { throw EvaluationFailure() }
        let value: ChartValue? =
            switch field {
            case .whole: .map(wholeEvent(event))
            case .name: .string(event.name(in: definition))
            case .data: event.data
            case .type: .string(event.kind.text)
            case .sendID: event.sendID.map { .string($0) }
            case .origin: event.hasOrigin ? .string("#_scxml_session") : nil
            case .originType: event.hasOrigin ? .string(Machine.processorType) : nil
            case .invokeID: nil
            }
        guard let value else { throw EvaluationFailure() }
        return value
    }

    private func wholeEvent(_ event: QueuedEvent) -> [ChartValue.Entry] {
        [.init("name", .string(event.name(in: definition))), .init("type", .string(event.kind.text))]
    }

    /// The type of event processor that SCXML requires of everyone.
    static let processorType = "http://www.w3.org/TR/scxml/#SCXMLEventProcessor"
}

extension QueuedEvent.Kind {
    var text: String {
        switch self {
        case .external: "external"
        case .internal: "internal"
        case .platform: "platform"
        }
    }
}
