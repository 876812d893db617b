@testable import Statechart

// Executable content and expressions of the naive evaluator, on the trees the chart was made of.

extension NaiveMachine {
    /// Something failed, and the chart hears `error.execution`.
    struct Failure: Error {}

    mutating func execute(_ content: [RandomContent]) {
        do {
            try perform(content)
        } catch {
            enqueue("error.execution")
        }
    }

    private mutating func perform(_ content: [RandomContent]) throws(Failure) {
        for element in content {
            countContent()
            if isStopped { return }
            try perform(element)
        }
    }

    private mutating func countContent() {
        contentSteps += 1
        if contentSteps > ChartLimits.contentSteps { isOverLimit = true }
    }

    private mutating func perform(_ element: RandomContent) throws(Failure) {
        switch element {
        case .call(let action): try call(action)
        case .raise(let event, let data): enqueue(event, try payload(data))
        case .send(let event, let delay, let id, let data):
            try send(event, after: delay, id: id, data: try payload(data))
        case .cancel(let id):
            externalQueue.removeAll { $0.sendID == id }
            doings.intents.append("cancel \(id)")
        case .assign(let variable, let value): values[variable] = try limited(evaluate(value))
        case .branch(let condition, let then, let otherwise):
            try perform(holds(condition) ? then : otherwise)
        case .loop(let list, let body):
            guard case .list(let elements) = try evaluate(list) else { throw Failure() }
            for (offset, element) in elements.enumerated() where !isStopped {
                countContent()
                values["item"] = element
                values["i"] = .integer(Int64(offset))
                try perform(body)
            }
        case .log(let value): doings.log.append(try evaluate(value).text)
        case .timer(let operation, let name): doings.intents.append("\(operation) \(name)")
        case .block(let content): execute(content)
        }
    }

    private mutating func call(_ action: String) throws(Failure) {
        defer { doings.trace.append(action) }
        switch oracle.action(action, after: doings.trace.count) {
        case .nothing: break
        case .raise(let event): enqueue(event)
        case .fail: throw Failure()
        case .refuse: isRefused = true
        }
    }

    /// A condition that fails is false, and the chart hears of it.
    mutating func holds(_ condition: RandomExpression) -> Bool {
        do {
            return try test(condition)
        } catch {
            enqueue("error.execution")
            return false
        }
    }

    private mutating func send(_ event: String, after delay: Int64?, id: String?, data: ChartValue?) throws(Failure) {
        guard let delay else {
            if externalQueue.count >= ChartLimits.queuedEvents { isOverLimit = true }
            externalQueue.append(Event(name: event, data: data, sendID: id))
            return
        }
        if id == nil { sendCount += 1 }
        let name = id ?? "send-\(sendCount)"
        doings.intents.append("send \(name) \(event) \(delay) \(data?.text ?? "-") \(id != nil)")
    }

    mutating func payload(_ data: RandomExpression?) throws(Failure) -> ChartValue? {
        guard let data else { return nil }
        return try limited(.map([.init("v", try evaluate(data))]))
    }

    /// Data of a done event: what fails is left out, and the chart hears of it.
    mutating func doneData(of state: RandomState) -> ChartValue? {
        guard let data = state.doneData else { return nil }
        do {
            return .map([.init("v", try limited(evaluate(data)))])
        } catch {
            enqueue("error.execution")
            return nil
        }
    }

    /// The bound on values is the product's own: `ExpressionTests` judges it.
    private func limited(_ value: ChartValue) throws(Failure) -> ChartValue {
        guard value.isWithinLimits else { throw Failure() }
        return value
    }

    mutating func bind(_ name: String, _ value: RandomExpression?) {
        guard let value else { return }
        do {
            values[name] = try limited(evaluate(value))
        } catch {
            enqueue("error.execution")
        }
    }

    mutating func enqueue(_ name: String, _ data: ChartValue? = nil) {
        if internalQueue.count >= ChartLimits.queuedEvents { isOverLimit = true }
        internalQueue.append(Event(name: name, data: data))
    }

    // MARK: Expressions

    private mutating func test(_ expression: RandomExpression) throws(Failure) -> Bool {
        guard case .boolean(let value) = try evaluate(expression) else { throw Failure() }
        return value
    }

    private mutating func evaluate(_ expression: RandomExpression) throws(Failure) -> ChartValue {
        switch expression {
        case .number(let value): return .integer(value)
        case .variable(let name):
            guard let value = values[name] else { throw Failure() }
            return value
        case .list(let elements):
            var result: [ChartValue] = []
            for element in elements { result.append(try evaluate(element)) }
            return try limited(.list(result))
        case .eventData:
            guard case .map(let entries)? = event?.data, let entry = entries.first else { throw Failure() }
            return entry.value
        case .sum(let a, let b): return try calculate(a, b) { $0.addingReportingOverflow($1) }
        case .difference(let a, let b): return try calculate(a, b) { $0.subtractingReportingOverflow($1) }
        case .product(let a, let b): return try calculate(a, b) { $0.multipliedReportingOverflow(by: $1) }
        case .less(let a, let b):
            let (a, b) = (try integer(a), try integer(b))
            return .boolean(a < b)
        case .equal(let a, let b): return .boolean(try evaluate(a) == evaluate(b))
        case .both(let a, let b): return .boolean(try test(a) ? test(b) : false)
        case .either(let a, let b): return .boolean(try test(a) ? true : test(b))
        case .not(let a): return .boolean(try !test(a))
        case .isIn(let path): return .boolean(configuration.contains { $0.path == path })
        case .bound(let a):
            do {
                _ = try evaluate(a)
                return .boolean(true)
            } catch {
                return .boolean(false)
            }
        case .eventIs(let name):
            guard let event else { throw Failure() }
            return .boolean(event.name == name)
        case .ask(let name):
            doings.asked.append(name)
            switch oracle.answer(name, after: doings.trace.count) {
            case .yes: return .boolean(true)
            case .no: return .boolean(false)
            case .failed, .needsPayload: throw Failure()
            }
        }
    }

    private mutating func integer(_ expression: RandomExpression) throws(Failure) -> Int64 {
        guard case .integer(let value) = try evaluate(expression) else { throw Failure() }
        return value
    }

    private mutating func calculate(
        _ a: RandomExpression, _ b: RandomExpression,
        _ operation: (Int64, Int64) -> (partialValue: Int64, overflow: Bool)
    ) throws(Failure) -> ChartValue {
        let (a, b) = (try evaluate(a), try evaluate(b))
        guard case .integer(let x) = a, case .integer(let y) = b else { throw Failure() }
        let result = operation(x, y)
        guard !result.overflow else { throw Failure() }
        return .integer(result.partialValue)
    }
}
