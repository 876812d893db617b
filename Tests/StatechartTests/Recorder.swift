@testable import Statechart

/// Answers guards and actions by name and notes actions and log entries in order.
struct Recorder: Responder {
    let definition: Definition
    var guards: [String: GuardAnswer] = [:]
    var actions: [String: ActionAnswer] = [:]
    /// Actions performed, `label` or `label: value` of logs, in order.
    var trace: [String] = []
    /// Guards asked, in order.
    var asked: [String] = []

    init(_ definition: Definition) { self.definition = definition }

    mutating func answer(guard index: Int) -> GuardAnswer {
        asked.append(definition.guards[index])
        return guards[definition.guards[index]] ?? .yes
    }

    mutating func perform(action index: Int) -> ActionAnswer {
        trace.append(definition.actions[index])
        return actions[definition.actions[index]] ?? .done(raised: [])
    }

    mutating func log(label: String, value: String?) {
        trace.append(value.map { label.isEmpty ? $0 : "\(label): \($0)" } ?? label)
    }
}

/// One chart running, with what it did.
struct Machine {
    let definition: Definition
    var recorder: Recorder
    var interpreter: Interpreter
    var last: Macrostep

    /// - Parameter text: the chart's members, without `chart` and `format`.
    init(_ text: String, guards: [String: GuardAnswer] = [:], actions: [String: ActionAnswer] = [:]) throws {
        definition = try Definition(chart: text)
        recorder = Recorder(definition)
        recorder.guards = guards
        recorder.actions = actions
        interpreter = Interpreter(definition)
        last = interpreter.start(&recorder)
    }

    var states: [String] { interpreter.activeAtomicPaths }

    @discardableResult
    mutating func send(_ event: String) -> Macrostep { send(.external(event)) }

    @discardableResult
    mutating func send(_ event: ChartEvent) -> Macrostep {
        recorder.trace = []
        recorder.asked = []
        last = interpreter.send(event, &recorder)
        return last
    }
}

extension Definition {
    convenience init(chart members: String) throws(ChartError) {
        try self.init(canonicalJSON: Array("{\"chart\":\"test\",\"format\":1,\(members)}".utf8))
    }
}
