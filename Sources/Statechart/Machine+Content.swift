// Executable content.

extension Machine {
    /// Runs a block. What fails in it raises an error and ends the block, nothing else.
    mutating func execute(_ block: Int32, _ run: inout Run, _ responder: inout some Responder) {
        do {
            try perform(block, &run, &responder)
        } catch {
            raiseError(error.event, sendID: error.sendID, &run)
        }
    }

    private mutating func perform(
        _ block: Int32, _ run: inout Run, _ responder: inout some Responder
    ) throws(EvaluationFailure) {
        guard block >= 0 else { return }
        for position in definition.tables.program.blocks[Int(block)].range {
            run.contentSteps += 1
            if run.contentSteps > ChartLimits.contentSteps { run.isOverLimit = true }
            if run.isStopped { return }
            try perform(definition.tables.program.steps[position], &run, &responder)
        }
    }

    private mutating func perform(
        _ step: Program.Step, _ run: inout Run, _ responder: inout some Responder
    ) throws(EvaluationFailure) {
        switch step {
        case .call(let action): try call(Int(action), &run, &responder)
        case .raise(let event, let payload):
            let data = try self.data(payload, &responder)
            enqueue(queued(id: event, .internal, data: data), &run)
        case .send(let index): try send(definition.tables.program.sends[Int(index)], &run, &responder)
        case .cancel(let expression):
            guard case .string(let id) = try evaluate(expression, &responder) else { throw EvaluationFailure() }
            externalQueue.remove { $0.sendID?.isExactly(id) ?? false }
            run.macrostep.intents.append(.cancelDelayed(id))
        case .assign(let variable, let expression):
            values[Int(variable)] = try limited(try evaluate(expression, &responder))
        case .branch(let condition, let then, let otherwise):
            // A condition that fails is false, and the error is raised; the other branch is run.
            try perform(isTrue(condition, &run, &responder) ? then : otherwise, &run, &responder)
        case .loop(let list, let item, let index, let body):
            guard case .list(let elements) = try evaluate(list, &responder) else { throw EvaluationFailure() }
            for (offset, element) in elements.enumerated() where !run.isStopped {
                run.contentSteps += 1
                if run.contentSteps > ChartLimits.contentSteps { run.isOverLimit = true }
                values[Int(item)] = element
                if index >= 0 { values[Int(index)] = .integer(Int64(offset)) }
                try perform(body, &run, &responder)
            }
        case .log(let label, let expression): try log(label, expression, &run, &responder)
        case .timer(let operation, let index): run.macrostep.intents.append(operation.intent(Int(index)))
        case .block(let inner): execute(inner, &run, &responder)
        case .fail: throw EvaluationFailure()
        }
    }

    private mutating func call(
        _ action: Int, _ run: inout Run, _ responder: inout some Responder
    ) throws(EvaluationFailure) {
        switch responder.perform(action: action) {
        case .done(let raised):
            for name in raised { enqueue(queued(name, .internal), &run) }
        case .failed: throw EvaluationFailure()
        case .refused: run.isRefused = true
        }
    }

    private func log(
        _ label: Int32, _ expression: Int32, _ run: inout Run, _ responder: inout some Responder
    ) throws(EvaluationFailure) {
        let value = expression >= 0 ? try evaluate(expression, &responder).text : nil
        let name = label >= 0 ? definition.tables.program.names[Int(label)] : ""
        responder.log(label: name, value: value)
        run.macrostep.log.append(.init(label: name, value: value))
    }
}

extension Program.TimerOperation {
    fileprivate func intent(_ index: Int) -> Intent {
        switch self {
        case .start: .startTimer(index)
        case .pause: .pauseTimer(index)
        case .resume: .resumeTimer(index)
        case .stop: .cancelTimer(index)
        }
    }
}

// MARK: - Variables and data

extension Machine {
    mutating func bindVariables(owner: Int32, _ run: inout Run, _ responder: inout some Responder) {
        for index in definition.tables.variables.indices where definition.tables.variables[index].owner == owner {
            bind(index, &run, &responder)
        }
    }

    mutating func bindAllOwned(_ run: inout Run, _ responder: inout some Responder) {
        for index in definition.tables.variables.indices where definition.tables.variables[index].owner >= 0 {
            bind(index, &run, &responder)
        }
    }

    private mutating func bind(_ index: Int, _ run: inout Run, _ responder: inout some Responder) {
        let initial = definition.tables.variables[index].initial
        guard initial >= 0 else { return }
        do {
            values[index] = try limited(try evaluate(initial, &responder))
        } catch {
            raiseError(error.event, &run)
        }
    }

    /// What an event carries; nil for nothing.
    private func data(
        _ payload: Int32, _ responder: inout some Responder
    ) throws(EvaluationFailure) -> ChartValue? {
        guard payload >= 0 else { return nil }
        let spec = definition.tables.program.payloads[Int(payload)]
        if spec.content >= 0 { return try limited(try evaluate(spec.content, &responder)) }
        var entries: [ChartValue.Entry] = []
        for parameter in spec.parameters {
            entries.append(.init(parameter.name, try evaluate(parameter.expression, &responder)))
        }
        return try limited(.map(entries))
    }

    /// Data of a done event: a parameter that fails raises an error and is left out.
    mutating func doneData(_ payload: Int32, _ run: inout Run, _ responder: inout some Responder) -> ChartValue? {
        guard payload >= 0 else { return nil }
        let spec = definition.tables.program.payloads[Int(payload)]
        do {
            if spec.content >= 0 { return try limited(try evaluate(spec.content, &responder)) }
        } catch {
            raiseError(error.event, &run)
            return nil
        }
        var entries: [ChartValue.Entry] = []
        for parameter in spec.parameters {
            do {
                entries.append(.init(parameter.name, try limited(try evaluate(parameter.expression, &responder))))
            } catch {
                raiseError(error.event, &run)
            }
        }
        return entries.isEmpty ? nil : .map(entries)
    }
}

// MARK: - Sending

extension Machine {
    private mutating func send(
        _ spec: Program.Send, _ run: inout Run, _ responder: inout some Responder
    ) throws(EvaluationFailure) {
        var id: String?
        if spec.id >= 0 { id = try text(spec.id, &responder) }
        if spec.idLocation >= 0 {
            sendCount += 1
            let made = "send-\(sendCount)"
            values[Int(spec.idLocation)] = .string(made)
            id = made
        }
        let message: QueuedEvent
        let delay: Int64
        do {
            var queued = try named(spec, &responder)
            queued.data = try data(spec.payload, &responder)
            queued.sendID = id
            queued.hasOrigin = true
            message = queued
            delay = spec.delay >= 0 ? try milliseconds(try evaluate(spec.delay, &responder)) : 0
            if spec.type >= 0 { try checkProcessor(try text(spec.type, &responder)) }
        } catch {
            throw EvaluationFailure(event: error.event, sendID: id)
        }
        let target = spec.target >= 0 ? try text(spec.target, &responder) : ""
        switch target {
        case "#_internal":
            var inner = message
            inner.kind = .internal
            inner.hasOrigin = false
            enqueue(inner, &run)
        case "", "#_scxml_session": deliver(message, after: delay, id: id, &run)
        default:
            let isSession = target.hasPrefix("#_")
            throw EvaluationFailure(
                event: isSession ? EventTable.communicationError : EventTable.executionError, sendID: id)
        }
    }

    /// Only a name that is itself worked out has to be looked for.
    private func named(
        _ spec: Program.Send, _ responder: inout some Responder
    ) throws(EvaluationFailure) -> QueuedEvent {
        guard spec.eventID < 0 else { return queued(id: spec.eventID, .external) }
        return queued(try text(spec.event, &responder), .external)
    }

    private mutating func deliver(_ message: QueuedEvent, after delay: Int64, id: String?, _ run: inout Run) {
        guard delay > 0 else {
            guard externalQueue.count < ChartLimits.queuedEvents else {
                run.isOverLimit = true
                return
            }
            externalQueue.append(message)
            return
        }
        if id == nil { sendCount += 1 }
        run.macrostep.intents.append(
            .sendDelayed(
                DelayedSend(
                    id: id ?? "send-\(sendCount)", event: message.name(in: definition), delayMilliseconds: delay,
                    data: message.data, isNamed: id != nil)))
    }

    private func text(_ node: Int32, _ responder: inout some Responder) throws(EvaluationFailure) -> String {
        guard case .string(let text) = try evaluate(node, &responder) else { throw EvaluationFailure() }
        return text
    }

    private func checkProcessor(_ type: String) throws(EvaluationFailure) {
        guard type == Machine.processorType || type == "scxml" || type.isEmpty else { throw EvaluationFailure() }
    }

    /// A number of milliseconds, or a time of CSS2 such as `1.5s`, `.5s`, `200ms`.
    private func milliseconds(_ value: ChartValue) throws(EvaluationFailure) -> Int64 {
        switch value {
        case .integer(let number) where number >= 0: return number
        case .string(let text):
            guard let number = ChartDuration.milliseconds(ofTime: text) else { throw EvaluationFailure() }
            return number
        default: throw EvaluationFailure()
        }
    }
}

extension ChartDuration {
    /// Reads a time of CSS2; nil for anything else. Fractions of a millisecond are dropped.
    package static func milliseconds(ofTime text: String) -> Int64? {
        let scale: Int64
        let digits: Substring
        if text.hasSuffix("ms") {
            (scale, digits) = (1, text.dropLast(2))
        } else if text.hasSuffix("s") {
            (scale, digits) = (1_000, text.dropLast(1))
        } else {
            return nil
        }
        let halves = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = halves.first, digits.utf8.count <= 12, digits.utf8.contains(where: ExpressionLexer.isDigit),
            halves.allSatisfy({ $0.utf8.allSatisfy(ExpressionLexer.isDigit) }),
            let whole = Int64(first.isEmpty ? "0" : first)
        else { return nil }
        var result = whole * scale
        var place = scale / 10
        for digit in (halves.count > 1 ? halves[1] : "").utf8 {
            result += Int64(digit - UInt8(ascii: "0")) * place
            place /= 10
        }
        return result
    }
}
