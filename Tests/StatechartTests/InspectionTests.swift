import Testing

@testable import Statechart

@Suite("The check of charts, at random and at the edges")
struct InspectionTests {
    @Test("Random charts are looked through, and what is called unreachable is never reached", arguments: 0..<8)
    func random(part: Int) throws {
        for number in stride(from: part, to: RandomChartTests.count / 2, by: 8) {
            let seed = RandomChartTests.firstSeed + UInt64(number)
            let definition = try Definition(canonicalJSON: RandomChart(seed: seed).json.canonicalBytes())
            let findings = definition.findings()
            let unreachable = Set(findings.filter { $0.code == .unreachable }.map(\.pointer))
            let never = Set(
                findings.filter { [.shadowed, .neverTrue].contains($0.code) }.map(\.pointer))
            var walk = RandomWalk(definition, seed: seed)
            walk.run()
            let places = ChartPlaces(definition)
            for state in walk.visited { #expect(!unreachable.contains(places.state(state)), "seed \(seed)") }
            for transition in walk.taken {
                #expect(!never.contains(places.transition(transition)), "seed \(seed), transition \(transition)")
            }
            guard walk.isDone else { continue }
            // The walk came to an end, so nothing it went through leads nowhere.
            let traps = Set(findings.filter { [.noEnd, .deadEnd].contains($0.code) }.map(\.pointer))
            #expect(!traps.contains(""), "seed \(seed)")
            for state in walk.visited { #expect(!traps.contains(places.state(state)), "seed \(seed)") }
        }
    }

    @Test("A chart compared with itself has no differences; with another chart it does not trap", arguments: 0..<4)
    func compare(block: Int) throws {
        for seed in UInt64(block * 10)..<UInt64(block * 10 + 10) {
            let one = try Definition(canonicalJSON: RandomChart(seed: seed).json.canonicalBytes())
            let other = try Definition(canonicalJSON: RandomChart(seed: seed + 1).json.canonicalBytes())
            #expect(ChartComparison(from: one, to: one).changes.isEmpty, "seed \(seed)")
            #expect(!ChartComparison(from: one, to: other).changes.isEmpty, "seed \(seed)")
        }
    }
}

/// Sends events at random, guards answering at random, and notes where the chart went.
private struct RandomWalk: Responder {
    private var random: Seeded
    private var interpreter: Interpreter
    private let definition: Definition
    private(set) var visited: Set<Int> = []
    private(set) var taken: Set<Int> = []
    private(set) var isDone = false

    init(_ definition: Definition, seed: UInt64) {
        self.definition = definition
        random = Seeded(seed: seed)
        interpreter = Interpreter(definition)
    }

    mutating func answer(guard index: Int) -> GuardAnswer { random.chance(50) ? .yes : .no }
    mutating func perform(action index: Int) -> ActionAnswer { .done(raised: []) }

    mutating func run() {
        var copy = interpreter
        guard note(copy.start(&self), copy) else { return }
        for _ in 0..<60 where !isDone {
            guard let event = RandomChart.events.randomElement(using: &random) else { return }
            copy = interpreter
            _ = note(copy.send(.external(event), &self), copy)
        }
    }

    private mutating func note(_ macrostep: Macrostep, _ copy: Interpreter) -> Bool {
        taken.formUnion(macrostep.taken)
        guard macrostep.outcome == .completed || macrostep.outcome == .unmatched else { return false }
        interpreter = copy
        visited.formUnion(copy.configuration)
        isDone = copy.isDone
        return true
    }
}
