@testable import ChartAnalysis
import Testing

@testable import Statechart

@Suite("The check of charts, at random and at the edges")
struct InspectionTests {
    @Test("Random charts are looked through, and what is called unreachable is never reached", arguments: 0..<8)
    func random(part: Int) throws {
        for number in stride(from: part, to: RandomChartTests.count / 2, by: 8) {
            let seed = RandomChartTests.firstSeed + UInt64(number)
            let definition = try Definition(canonicalJSON: RandomChart(seed: seed).json.canonicalBytes())
            let names = ImplementedNames(guards: Set(definition.guards), actions: Set(definition.actions))
            let findings = definition.findings(names: names)
            let unreachable = Set(findings.filter { $0.code == .unreachable }.map(\.pointer))
            let never = Set(
                findings.filter { [.shadowed, .neverTrue].contains($0.code) }.map(\.pointer))
            var walk = RandomWalk(definition, seed: seed)
            walk.run()
            let places = ChartPlaces(definition)
            for state in walk.visited { #expect(!unreachable.contains(places.state(state)), "seed \(seed)") }
            let endless = Set(findings.filter(\.saysEndless).map(\.pointer))
            for transition in walk.ended {
                #expect(!endless.contains(places.transition(transition)), "seed \(seed), transition \(transition)")
            }
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

    @Test("What a shallow history remembers comes back with its default states, a deep one's with those it had")
    func remembered() throws {
        func unreachable(_ kind: String) throws -> [String] {
            let definition = try Definition(
                chart: """
                    "states":[{"id":"a","initial":["b/d"],"transitions":[{"event":"x","to":["away"]}],"states":[
                        {"id":"b","states":[{"id":"c"},{"id":"d"}]},{"id":"h","history":"\(kind)","to":["b/d"]}]},
                      {"id":"away","transitions":[{"event":"x","to":["a/h"]}]}]
                    """)
            return definition.findings().filter { $0.code == .unreachable }.map(\.pointer)
        }
        #expect(try unreachable("shallow").isEmpty)
        #expect(try unreachable("deep") == ["/states/0/states/0/states/0"])
    }

    /// A few states, nested or in regions, with transitions that raise what others listen to.
    private func raising(_ random: inout Seeded) -> String {
        let events = ["a", "b", "c", "a.b"]
        func transition(_ random: inout Seeded) -> String {
            let event = (events + ["a.*"]).randomElement(using: &random) ?? ""
            let raised = (0..<Int.random(in: 0...2, using: &random)).compactMap { _ in
                events.randomElement(using: &random).map { "{\"raise\":\"\($0)\"}" }
            }
            let targets = ["/s0", "/s1", "/s1/i", "/s1/j", "/s2", "/s2/i/x", "/s2/j"]
            let target = targets.randomElement(using: &random) ?? ""
            let to = random.chance(75) ? ",\"to\":[\"\(target)\"]" : ""
            return "{\"event\":\"\(event)\",\"do\":[\(raised.joined(separator: ","))]\(to)}"
        }
        func state(_ id: String, _ random: inout Seeded, _ inner: String = "") -> String {
            let transitions = (0..<Int.random(in: 0...2, using: &random)).map { _ in transition(&random) }
            let entry = random.chance(10) ? ",\"entry\":[{\"raise\":\"b\"}]" : ""
            let exit = random.chance(5) ? ",\"exit\":[{\"raise\":\"c\"}]" : ""
            let own = transitions.joined(separator: ",")
            return "{\"id\":\"\(id)\",\"transitions\":[\(own)]\(entry)\(exit)\(inner)}"
        }
        let inside = [state("i", &random), state("j", &random)].joined(separator: ",")
        let innermost = state("x", &random)
        let regions = [
            state("i", &random, ",\"states\":[\(innermost)]"), state("j", &random),
        ].joined(separator: ",")
        let states = [
            state("s0", &random), state("s1", &random, ",\"states\":[\(inside)]"),
            state("s2", &random, ",\"regions\":[\(regions)]"),
        ]
        return "{\"format\":1,\"chart\":\"c\",\"states\":[\(states.joined(separator: ","))]}"
    }

    @Test("What is said to raise itself for ever never comes to rest")
    func raises() throws {
        var (charts, loops) = (0, 0)
        for seed in UInt64(0)..<400 {
            var random = Seeded(seed: seed)
            let definition = try Definition(canonicalJSON: Array(raising(&random).utf8))
            let endless = Set(definition.findings().filter(\.saysEndless).map(\.pointer))
            guard !endless.isEmpty else { continue }
            charts += 1
            let places = ChartPlaces(definition)
            for walk in UInt64(0)..<5 {
                var walk = RandomWalk(definition, seed: walk)
                walk.run()
                loops += walk.isEndless ? 1 : 0
                for index in walk.ended { #expect(!endless.contains(places.transition(index)), "seed \(seed)") }
            }
        }
        #expect(charts > 15 && loops > 50, "there are \(charts) with such a loop, and \(loops) walks met it")
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

extension ChartFinding {
    /// Who takes the transition comes to no end, whatever guards answer: no macrostep that ended has taken it.
    fileprivate var saysEndless: Bool { code == .endless && !sentence.en.hasPrefix("once its conditions hold") }
}

/// Sends events at random, guards answering at random, and notes where the chart went.
private struct RandomWalk: Responder {
    private var random: Seeded
    private var interpreter: Interpreter
    private let definition: Definition
    private(set) var visited: Set<Int> = []
    private(set) var taken: Set<Int> = []
    /// Those of `taken` after which the chart came to rest.
    private(set) var ended: Set<Int> = []
    private(set) var isEndless = false
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
        for _ in 0..<60 where !isDone && !isEndless {
            guard let event = RandomChart.events.randomElement(using: &random) else { return }
            copy = interpreter
            _ = note(copy.send(.external(event), &self), copy)
        }
    }

    private mutating func note(_ macrostep: Macrostep, _ copy: Interpreter) -> Bool {
        taken.formUnion(macrostep.taken)
        isEndless = isEndless || macrostep.outcome == .microstepLimit
        guard macrostep.outcome == .completed || macrostep.outcome == .unmatched else { return false }
        interpreter = copy
        ended.formUnion(macrostep.taken)
        visited.formUnion(copy.configuration)
        isDone = copy.isDone
        return true
    }
}
