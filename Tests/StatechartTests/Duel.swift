@testable import Statechart

/// One random chart, run by the interpreter and by the naive evaluator with the same events and answers.
struct Duel {
    let chart: RandomChart
    let definition: Definition
    var fast: Interpreter
    /// What the interpreter did, call by call.
    private(set) var transcript: [Doings] = []
    private var naive: NaiveMachine
    private var order: OrderJudge
    private var random: Seeded
    /// Delayed sends that were asked for and not cancelled.
    private var pending: [DelayedSend] = []

    static let rounds = 12

    init(seed: UInt64) throws {
        chart = RandomChart(seed: seed)
        definition = try Definition(canonicalJSON: chart.json.canonicalBytes())
        random = Seeded(seed: seed &* 31)
        fast = Interpreter(definition)
        naive = NaiveMachine(chart, oracle: Oracle(seed: 0))
        order = OrderJudge(chart)
    }

    /// - Returns: what went wrong first, or nil.
    mutating func play() throws -> String? {
        for round in 0..<Self.rounds {
            let event = round == 0 ? nil : nextEvent()
            if let fault = try take(event) { return "round \(round), \(event.map { "\($0)" } ?? "start"): \(fault)" }
            // What did not even begin cannot go on.
            guard fast.snapshot() != Interpreter(definition).snapshot() else { return nil }
        }
        return nil
    }

    private mutating func nextEvent() -> ChartEvent {
        let name = RandomChart.events.randomElement(using: &random) ?? "a"
        switch Int.random(in: 0..<20, using: &random) {
        case 0: return .internal(name)
        case 1: return .withData(name, .map([.init("v", .integer(Int64.random(in: 0...9, using: &random)))]))
        case 2...4: return .timer(definition.timers.indices.randomElement(using: &random) ?? 0)
        case 5, 6:
            guard let index = pending.indices.randomElement(using: &random) else { return .external(name) }
            return .delayed(pending.remove(at: index))
        // As the platform names its own.
        case 7: return .external(random.chance(50) ? "error.execution" : "error.communication")
        case 8: return .external("done.state.\(definition.states.randomElement(using: &random)?.path ?? "")")
        default: return .external(name)
        }
    }

    private mutating func take(_ event: ChartEvent?) throws -> String? {
        let before = (fast, naive, order)
        if case .external(let name)? = event, let fault = candidates(name) { return fault }
        naive.oracle = Oracle(seed: random.next())
        var responder = OracleResponder(definition, naive.oracle)
        let macrostep = run(&fast, event, &responder)
        let slow = event.map { naive.send(NaiveMachine.Cause($0, definition)) } ?? naive.start()
        let doings = self.doings(macrostep, responder)
        transcript.append(doings)
        if let difference = doings.difference(from: slow) { return difference }
        if let fault = order.fault(in: doings.trace) { return fault }
        // A copy that ended badly is dropped.
        guard doings.outcome == .completed || doings.outcome == .unmatched else {
            (fast, naive, order) = before
            return nil
        }
        follow(macrostep.intents)
        return try legality() ?? order.fault(inside: fast) ?? again(from: before.0, event, responder)
            ?? (doings.isDone ? afterlife() : nil)
    }

    private func run(
        _ interpreter: inout Interpreter, _ event: ChartEvent?, _ responder: inout some Responder
    ) -> Macrostep {
        guard let event else { return interpreter.start(&responder) }
        return interpreter.send(event, &responder)
    }

    private mutating func follow(_ intents: [Intent]) {
        for intent in intents {
            switch intent {
            case .sendDelayed(let send): pending.append(send)
            case .cancelDelayed(let id): pending.removeAll { $0.id == id }
            default: break
            }
        }
    }

    private func candidates(_ event: String) -> String? {
        let found = fast.candidates(for: event).map(name(ofTransition:))
        let expected = naive.candidates(for: event)
        return found == expected ? nil : "candidates: \(found) ≠ \(expected)"
    }
}

// MARK: - In words

extension Duel {
    private func name(ofTransition index: Int) -> String {
        let source = definition.states[definition.transitions[index].source]
        return "\(source.path) \(index - source.transitions.lowerBound)"
    }

    private func doings(_ macrostep: Macrostep, _ responder: OracleResponder) -> Doings {
        var result = Doings(outcome: macrostep.outcome, trace: responder.trace, asked: responder.asked)
        result.intents = macrostep.intents.map(describe)
        result.log = macrostep.log.map { $0.value ?? "" }
        result.taken = macrostep.taken.map(name(ofTransition:))
        result.triggered = macrostep.triggered.map(name(ofTransition:))
        result.leaves = fast.activeAtomicPaths
        for name in definition.variables { result.values[name] = fast.value(of: name) }
        result.isDone = fast.isDone
        result.isSettled = fast.isSettled
        return result
    }

    private func describe(_ intent: Intent) -> String {
        func task(_ index: Int) -> String { definition.states[definition.tasks[index].state].path }
        return switch intent {
        case .startTimer(let timer): "start \(definition.timers[timer].id)"
        case .cancelTimer(let timer): "stop \(definition.timers[timer].id)"
        case .pauseTimer(let timer): "pause \(definition.timers[timer].id)"
        case .resumeTimer(let timer): "resume \(definition.timers[timer].id)"
        case .openTask(let index): "open \(task(index))"
        case .reopenTask(let index): "reopen \(task(index))"
        case .withdrawTask(let index): "withdraw \(task(index))"
        case .openJob(let index): "open job of \(definition.states[definition.jobs[index].state].path)"
        case .withdrawJob(let index): "withdraw job of \(definition.states[definition.jobs[index].state].path)"
        case .sendDelayed(let send):
            "send \(send.id) \(send.event) \(send.delayMilliseconds) \(send.data?.text ?? "-") \(send.isNamed)"
        case .cancelDelayed(let id): "cancel \(id)"
        }
    }
}

extension NaiveMachine.Cause {
    fileprivate init(_ event: ChartEvent, _ definition: Definition) {
        switch event {
        case .external(let name), .internal(let name): self = .event(.init(name: name))
        case .withData(let name, let data): self = .event(.init(name: name, data: data))
        case .timer(let index): self = .timer(definition.timers[index].id)
        case .delayed(let send):
            self = .event(.init(name: send.event, data: send.data, sendID: send.isNamed ? send.id : nil))
        }
    }
}

// MARK: - What holds for any chart

extension Duel {
    private func legality() -> String? {
        let active = Set(fast.configuration)
        if !active.contains(where: { definition.states[$0].parent == nil }) { return "nothing is active" }
        for index in active {
            let state = definition.states[index]
            if state.kind.isHistory { return "\(state.path) is a history and active" }
            if let parent = state.parent, !active.contains(parent) { return "\(state.path) is active, its parent not" }
            let inside = state.children.filter { active.contains($0) }
            let regions = state.children.filter { !definition.states[$0].kind.isHistory }
            let wanted = state.kind == .compound ? 1 : state.kind == .parallel ? regions.count : 0
            if inside.count != wanted { return "\(state.path) has \(inside.count) active states inside" }
        }
        return nil
    }

    /// A snapshot round trip changes nothing, and a tape leads from the state before to the state after.
    private func again(from before: Interpreter, _ event: ChartEvent?, _ responder: OracleResponder) throws -> String? {
        let bytes = fast.snapshot()
        let restored = try Interpreter(definition, restoring: bytes)
        if restored.snapshot() != bytes || restored.configuration != fast.configuration { return "snapshots differ" }
        for name in definition.variables where restored.value(of: name) != fast.value(of: name) {
            return "\(name) was lost"
        }
        var copy = try Interpreter(definition, restoring: before.snapshot())
        var tape = TapeResponder(tape: responder.tape[...])
        _ = run(&copy, event, &tape)
        if tape.isMisread || !tape.tape.isEmpty { return "the tape does not fit" }
        return copy.snapshot() == bytes ? nil : "the tape leads elsewhere"
    }

    /// Nothing runs in a machine that is done.
    private func afterlife() -> String? {
        let end = fast.snapshot()
        var copy = fast
        let names = RandomChart.events + ["done.state.s1", "error.execution"]
        let events = names.map(ChartEvent.external) + definition.timers.indices.map(ChartEvent.timer)
        for event in events {
            var responder = OracleResponder(definition, Oracle(seed: 7))
            let macrostep = copy.send(event, &responder)
            guard macrostep.outcome == .unmatched, macrostep.intents.isEmpty, macrostep.taken.isEmpty,
                responder.tape.isEmpty, copy.snapshot() == end, copy.candidates().isEmpty
            else { return "\(event) after the end" }
        }
        return nil
    }
}

/// Watches entries and exits as the charts' own actions tell them: a state is entered after its parent and left before
/// it, entries go in document order and exits against it.
struct OrderJudge {
    private let places: [String: (order: Int, parent: String)]
    private var inside: Set<String> = []

    init(_ chart: RandomChart) {
        let pairs = chart.states.map { ($0.id, ($0.order, $0.parent?.id ?? "")) }
        places = Dictionary(uniqueKeysWithValues: pairs)
    }

    mutating func fault(in trace: [String]) -> String? {
        var last = (isEntry: false, order: Int.max)
        for action in trace {
            guard let (verb, id) = OrderJudge.parts(of: action), let place = places[id] else { continue }
            let isEntry = verb == "enter"
            if isEntry == last.isEntry, isEntry != (place.order > last.order) { return "\(action) comes too late" }
            last = (isEntry, place.order)
            if isEntry {
                guard place.parent.isEmpty || inside.contains(place.parent) else {
                    return "\(action) before its parent"
                }
                guard inside.insert(id).inserted else { return "\(action) twice" }
            } else {
                guard inside.remove(id) != nil else { return "\(action) but it was not entered" }
                if inside.contains(where: { places[$0]?.parent == id }) { return "\(action) before a state inside" }
            }
        }
        return nil
    }

    private static func parts(of action: String) -> (Substring, String)? {
        let parts = action.split(separator: "_", maxSplits: 1)
        guard parts.count == 2, parts[0] == "enter" || parts[0] == "exit" else { return nil }
        return (parts[0], String(parts[1]))
    }

    /// What was entered and not left is what is active; of a chart that is done, the final state was left.
    func fault(inside interpreter: Interpreter) -> String? {
        guard !interpreter.isDone else { return inside.isEmpty ? nil : "\(inside) outlive the chart" }
        let active = Set(interpreter.configuration.map { interpreter.definition.states[$0].id })
        return active == inside ? nil : "active \(active) ≠ entered \(inside)"
    }
}
