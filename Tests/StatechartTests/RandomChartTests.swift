import Testing

@testable import Statechart

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Answers by name and by how far the macrostep has come, so that it does not matter how often or in which order one is
/// asked. It is another one for each event. A long macrostep hears no more surprises, so that most come to an end.
struct Oracle {
    enum Effect {
        case nothing, fail
        case raise(String)
    }

    var seed: UInt64

    private func number(_ name: String) -> UInt64 {
        var hash = seed ^ 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var random = Seeded(seed: hash)
        return random.next() % 100
    }

    /// - Parameter actions: performed so far in the macrostep.
    func answer(_ name: String, after actions: Int) -> GuardAnswer {
        switch number(name) {
        case _ where actions > 24: .no
        case 0..<48: .yes
        case 48..<95: .no
        default: .failed
        }
    }

    func action(_ name: String, after actions: Int) -> Effect {
        switch number(name) {
        case _ where actions > 12: .nothing
        case 0..<5: .fail
        case 5..<11: .raise(RandomChart.events[Int(number(name + "!")) % RandomChart.events.count])
        default: .nothing
        }
    }
}

/// The oracle as the fast interpreter asks it, with a tape of all answers.
struct OracleResponder: Responder, Equatable {
    enum Answer: Equatable {
        case verdict(Int, GuardAnswer)
        case done(Int, ActionAnswer)
    }

    let definition: Definition
    let oracle: Oracle
    var trace: [String] = []
    var tape: [Answer] = []

    init(_ definition: Definition, _ oracle: Oracle) {
        self.definition = definition
        self.oracle = oracle
    }

    static func == (a: OracleResponder, b: OracleResponder) -> Bool { a.trace == b.trace && a.tape == b.tape }

    mutating func answer(guard index: Int) -> GuardAnswer {
        let answer = oracle.answer(definition.guards[index], after: trace.count)
        tape.append(.verdict(index, answer))
        return answer
    }

    mutating func perform(action index: Int) -> ActionAnswer {
        let answer: ActionAnswer
        switch oracle.action(definition.actions[index], after: trace.count) {
        case .fail: answer = .failed
        case .raise(let event): answer = .done(raised: [event])
        case .nothing: answer = .done(raised: [])
        }
        trace.append(definition.actions[index])
        tape.append(.done(index, answer))
        return answer
    }
}

/// Reads a tape back; anything that does not fit is noted.
struct TapeResponder: Responder {
    var tape: ArraySlice<OracleResponder.Answer>
    var isMisread = false

    mutating func answer(guard index: Int) -> GuardAnswer {
        guard case .verdict(index, let answer)? = tape.popFirst() else {
            isMisread = true
            return .no
        }
        return answer
    }

    mutating func perform(action index: Int) -> ActionAnswer {
        guard case .done(index, let answer)? = tape.popFirst() else {
            isMisread = true
            return .failed
        }
        return answer
    }
}

@Suite("Random charts, against a naive evaluator")
struct RandomChartTests {
    /// `CASEWORK_CHARTS` in the environment asks for more, or fewer.
    static let count: Int = getenv("CASEWORK_CHARTS").flatMap { Int(String(cString: $0)) } ?? 500
    static let firstSeed: UInt64 = getenv("CASEWORK_SEED").flatMap { UInt64(String(cString: $0)) } ?? 1

    @Test("Both do the same, legally, and again from a snapshot and from a tape", arguments: 0..<8)
    func compare(part: Int) throws {
        for number in stride(from: part, to: Self.count, by: 8) {
            let seed = Self.firstSeed &+ UInt64(number)
            let difference = try difference(seed: seed)
            #expect(difference == nil, "seed \(seed) (CASEWORK_SEED=\(seed) CASEWORK_CHARTS=1)")
            if difference != nil { return }
        }
    }

    /// - Returns: what went wrong first, or nil.
    private func difference(seed: UInt64) throws -> String? {
        let chart = RandomChart(seed: seed)
        let definition = try Definition(canonicalJSON: chart.json.canonicalBytes())
        var random = Seeded(seed: seed &* 31)
        var fast = Interpreter(definition)
        var naive = NaiveMachine(root: chart.root, oracle: Oracle(seed: random.next()))
        for round in 0..<24 {
            let event = round == 0 ? nil : RandomChart.events.randomElement(using: &random)
            naive = naive.asking(Oracle(seed: random.next()))
            let before = fast
            var responder = OracleResponder(definition, naive.oracle)
            let macrostep = run(&fast, event, &responder)
            if let event { naive.send(event) } else { naive.start() }
            if naive.isOverLimit || macrostep.outcome == .microstepLimit {
                return naive.isOverLimit == (macrostep.outcome == .microstepLimit)
                    ? nil : "\(round): only one is endless"
            }
            if responder.trace != naive.trace { return "\(round) \(event ?? ""): \(responder.trace) ≠ \(naive.trace)" }
            if fast.activeAtomicPaths != naive.atomicPaths {
                return "\(round) \(event ?? ""): \(fast.activeAtomicPaths) ≠ \(naive.atomicPaths)"
            }
            if fast.isDone == naive.running { return "\(round): only one is done" }
            let isUnhandled = macrostep.outcome == .unhandledError("error.execution")
            if isUnhandled != naive.unhandled { return "\(round): unhandled errors differ" }
            if let fault = try fault(before, fast, event, responder) { return "\(round): \(fault)" }
        }
        return nil
    }

    private func run(_ interpreter: inout Interpreter, _ event: String?, _ responder: inout some Responder) -> Macrostep
    {
        guard let event else { return interpreter.start(&responder) }
        return interpreter.send(.external(event), &responder)
    }

    /// What holds for any chart: the configuration is legal, and snapshot and tape lead to the same place.
    private func fault(
        _ before: Interpreter, _ after: Interpreter, _ event: String?, _ responder: OracleResponder
    ) throws -> String? {
        let definition = after.definition
        let active = Set(after.configuration)
        for index in active {
            let state = definition.states[index]
            if let parent = state.parent, !active.contains(parent) { return "\(state.path) is active, its parent not" }
            let inside = state.children.filter { active.contains($0) }
            let regions = state.children.filter { !definition.states[$0].kind.isHistory }
            let wanted = state.kind == .compound ? 1 : state.kind == .parallel ? regions.count : 0
            if inside.count != wanted { return "\(state.path) has \(inside.count) active states inside" }
        }
        let bytes = after.snapshot()
        let restored = try Interpreter(definition, restoring: bytes)
        if restored.snapshot() != bytes || restored.configuration != after.configuration { return "snapshots differ" }
        var again = try Interpreter(definition, restoring: before.snapshot())
        var tape = TapeResponder(tape: responder.tape[...])
        _ = run(&again, event, &tape)
        if tape.isMisread || !tape.tape.isEmpty { return "the tape does not fit" }
        return again.snapshot() == bytes ? nil : "the tape leads elsewhere"
    }
}

extension NaiveMachine {
    fileprivate func asking(_ oracle: Oracle) -> NaiveMachine {
        var result = NaiveMachine(root: root, oracle: oracle)
        (result.configuration, result.historyValue, result.running) = (configuration, historyValue, running)
        return result
    }
}
