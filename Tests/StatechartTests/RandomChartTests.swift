import Synchronization
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
        case nothing, fail, refuse
        case raise(String)
    }

    var seed: UInt64

    private func number(_ name: String) -> UInt64 {
        var hash = seed ^ 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var random = Seeded(seed: hash)
        return random.next() % 1_000
    }

    /// - Parameter actions: performed so far in the macrostep.
    func answer(_ name: String, after actions: Int) -> GuardAnswer {
        switch number(name) {
        case _ where actions > 40: .no
        case let number where name.hasPrefix("sure"): number < 500 ? .yes : .no
        case 0..<480: .yes
        case 480..<950: .no
        case 950..<990: .failed
        default: .needsPayload
        }
    }

    func action(_ name: String, after actions: Int) -> Effect {
        switch number(name) {
        case _ where actions > 20: .nothing
        case 0..<30: .fail
        case 30..<70: .raise(RandomChart.events[Int(number(name + "!")) % RandomChart.events.count])
        case 70..<73: .refuse
        default: .nothing
        }
    }
}

/// The oracle as the fast interpreter asks it, with a tape of all answers.
struct OracleResponder: Responder {
    enum Answer: Equatable {
        case verdict(Int, GuardAnswer)
        case done(Int, ActionAnswer)
    }

    let definition: Definition
    let oracle: Oracle
    var trace: [String] = []
    var asked: [String] = []
    var tape: [Answer] = []

    init(_ definition: Definition, _ oracle: Oracle) {
        self.definition = definition
        self.oracle = oracle
    }

    mutating func answer(guard index: Int) -> GuardAnswer {
        let answer = oracle.answer(definition.guards[index], after: trace.count)
        asked.append(definition.guards[index])
        tape.append(.verdict(index, answer))
        return answer
    }

    mutating func perform(action index: Int) -> ActionAnswer {
        let answer: ActionAnswer =
            switch oracle.action(definition.actions[index], after: trace.count) {
            case .fail: .failed
            case .refuse: .refused
            case .raise(let event): .done(raised: [event])
            case .nothing: .done(raised: [])
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

/// 2,000 charts; `CASEWORK_CHARTS` in the environment asks for another number, `CASEWORK_SEED` for another first seed.
/// The long run is `CASEWORK_CHARTS=100000 swift test -c release -Xswiftc -enable-testing --filter RandomChartTests`.
@Suite("Random charts, against a naive evaluator")
struct RandomChartTests {
    static let count: Int = getenv("CASEWORK_CHARTS").flatMap { Int(String(cString: $0)) } ?? 2_000
    static let firstSeed: UInt64 = getenv("CASEWORK_SEED").flatMap { UInt64(String(cString: $0)) } ?? 1
    static let parts = 16

    /// What all parts did, for the line that tells it.
    struct Tally {
        var parts = 0
        var charts = 0
        var macrosteps = 0
        var microsteps = 0
        var bounded = 0
    }

    static let tally = Mutex(Tally())

    @Test("Both do the same, legally, and again from a snapshot and from a tape", arguments: 0..<parts)
    func compare(part: Int) throws {
        var total = Tally(parts: 1)
        for number in stride(from: part, to: Self.count, by: Self.parts) {
            let seed = Self.firstSeed &+ UInt64(number)
            var duel = try Duel(seed: seed)
            let difference = try duel.play()
            duel.chart.dissolve()
            #expect(difference == nil, "seed \(seed) (CASEWORK_SEED=\(seed) CASEWORK_CHARTS=1)")
            if difference != nil { return }
            total.charts += 1
            total.macrosteps += duel.transcript.count
            for doings in duel.transcript {
                total.microsteps += doings.taken.count
                total.bounded += doings.outcome == .microstepLimit ? 1 : 0
            }
        }
        Self.report(total)
    }

    @Test("The same seed gives the same chart and the same run", arguments: 1...32 as ClosedRange<UInt64>)
    func repeated(seed: UInt64) throws {
        var duels = [try Duel(seed: seed), try Duel(seed: seed)]
        for index in duels.indices { #expect(try duels[index].play() == nil) }
        #expect(duels[0].definition.canonicalJSON == duels[1].definition.canonicalJSON)
        #expect(duels[0].transcript == duels[1].transcript)
        #expect(duels[0].fast.snapshot() == duels[1].fast.snapshot())
    }

    private static func report(_ part: Tally) {
        tally.withLock { total in
            total.parts += 1
            total.charts += part.charts
            total.macrosteps += part.macrosteps
            total.microsteps += part.microsteps
            total.bounded += part.bounded
            guard total.parts == parts else { return }
            print(
                """
                random charts: \(total.charts) from seed \(firstSeed), \(total.macrosteps) macrosteps with \
                \(total.microsteps) transitions, \(total.bounded) stopped at the bound
                """)
        }
    }
}
