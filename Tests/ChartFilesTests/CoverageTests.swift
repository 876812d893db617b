@testable import ChartAnalysis
import ChartFiles
import Statechart
import Testing

@Suite("What tests have touched of a chart")
struct CoverageTests {
    private let definition: Definition

    init() throws {
        definition = try ChartFile.definition(
            yaml: """
                chart: example
                timers: { limit: 30d }
                states:
                  a:
                    entry: [{ start: limit }]
                    transitions:
                      - { event: hold, do: [{ pause: limit }] }
                      - { event: on, do: [{ resume: limit }] }
                      - { event: go, if: isFit, do: [{ stop: limit }], to: b }
                      - { event: go, to: c }
                      - { timer: limit, to: c }
                  b: { transitions: [{ after: 5d, to: c }] }
                  c: { final: true }
                """, file: "c.yaml")
    }

    private func play(_ entries: [ChartPlayer.Script.Entry], guards: [String: GuardAnswer] = [:]) -> ChartCoverage {
        var player = ChartPlayer(definition)
        player.play(.init(entries: entries, guards: guards)) { _ in }
        return player.coverage
    }

    private func seen(_ coverage: ChartCoverage) -> [String] {
        coverage.goals.filter { $0.hits > 0 }.map { "\($0.kind) \($0.id)" }
    }

    @Test("What can be seen at all: a timer that alone leads out is never stopped")
    func goals() {
        let goals = ChartCoverage(definition).goals.map { "\($0.kind) \($0.id)" }
        #expect(
            goals == [
                "transition a#0", "transition a#1", "transition a#2", "transition a#3", "transition a#4",
                "transition b#0", "guardYes a#2 isFit", "guardNo a#2 isFit", "timerFired limit", "timerStopped limit",
                "timerPaused limit", "timerResumed limit", "timerFired b#0",
            ])
    }

    @Test("A run notes what it touches, and nothing else")
    func runs() {
        #expect(seen(play([])) == [])
        #expect(
            seen(play([.init(event: "go")])) == ["transition a#2", "guardYes a#2 isFit", "timerStopped limit"])
        #expect(
            seen(play([.init(event: "go", guards: ["isFit": .no])])) == ["transition a#3", "guardNo a#2 isFit"])
        // What failed is no answer, and an error that nobody takes undoes the event.
        #expect(seen(play([.init(event: "go")], guards: ["isFit": .failed])) == [])
        let day: Int64 = 86_400_000
        #expect(
            seen(play([.init(event: "hold"), .init(after: 40 * day, event: "on"), .init(after: 40 * day, event: nil)]))
                == [
                    "transition a#0", "transition a#1", "transition a#4", "timerFired limit", "timerPaused limit",
                    "timerResumed limit",
                ])
        #expect(
            seen(play([.init(event: "go"), .init(after: 5 * day, event: nil)])).contains("timerFired b#0"))
        // What does not run is neither paused a second time nor stopped.
        let twice = play([.init(event: "hold"), .init(event: "hold"), .init(event: "on"), .init(event: "on")])
        #expect(twice.goals.filter { $0.kind == .timerPaused || $0.kind == .timerResumed }.map(\.hits) == [1, 1])
    }

    @Test("A guard is counted wherever it is asked")
    func uses() throws {
        let definition = try ChartFile.definition(
            yaml: """
                chart: example
                variables: { first: "g || h" }
                states:
                  a:
                    entry: [{ if: g, then: [note] }]
                    transitions:
                      - { event: e, if: g && h, do: [{ if: g, then: [note], else: [{ if: h, then: [note] }] }] }
                      - { event: f, if: "!g && !g", to: b }
                  b: { final: true }
                """, file: "c.yaml")
        let ids = [
            "variable first g", "variable first h",
            "a entry g", "a#0 g", "a#0 h", "a#0 do g", "a#0 do h", "a#1 g", "a#1 g (2)",
        ]
        #expect(ChartCoverage(definition).guardUses.map(\.id) == ids)
        var player = ChartPlayer(definition)
        // The first says no at once: what stands after it in the condition, and the content, is not asked.
        let entries: [ChartPlayer.Script.Entry] = [
            .init(event: "e"), .init(event: "e", guards: ["g": .no]), .init(event: "f"),
        ]
        player.play(.init(entries: entries)) { _ in }
        let answers = player.coverage.goals.filter { $0.kind == .guardYes || $0.kind == .guardNo }
        #expect(
            answers.filter { $0.hits > 0 }.map { "\($0.kind) \($0.id) \($0.hits)" } == [
                "guardYes variable first g 1",
                "guardYes a entry g 1", "guardYes a#0 g 1", "guardNo a#0 g 1", "guardYes a#0 h 1",
                "guardYes a#0 do g 1", "guardYes a#1 g 1",
            ])
        var copy = ChartCoverage(definition)
        try copy.add(line: player.coverage.line)
        #expect(copy.goals == player.coverage.goals)
    }

    @Test("Lines add up, and come back as they were")
    func lines() throws {
        let one = play([.init(event: "go")])
        let other = play([.init(event: "go", guards: ["isFit": .no])])
        var sum = ChartCoverage(definition)
        try sum.add(line: one.line)
        #expect(sum.line == one.line)
        try sum.add(line: one.line)
        try sum.add(line: other.line)
        #expect(sum.goals.first { $0.id == "a#2" }?.hits == 2)
        #expect(seen(sum).count == 5)
        #expect(!one.line.contains("\n"))
    }

    @Test(
        "What is no line of this chart is refused",
        arguments: [
            "", "{}", "{\"coverage\":2,\"identity\":\"0\"}", "{\"coverage\":1}", "{\"coverage\":3}", "[",
        ])
    func refused(line: String) {
        var coverage = ChartCoverage(definition)
        #expect(throws: ChartError.self) { try coverage.add(line: line) }
    }

    @Test(
        "A damaged count, a name the chart has not, a sum too large", arguments: ["-1", "\"1\"", "9223372036854775807"])
    func damaged(count: String) throws {
        let line = play([.init(event: "go")]).line
        var coverage = ChartCoverage(definition)
        try coverage.add(line: line)
        let bad = line.replacing("\"a#2\":1", with: "\"a#2\":\(count)")
        #expect(bad != line)
        #expect(throws: ChartError.self) { try coverage.add(line: bad) }
        #expect(throws: ChartError.self) { try coverage.add(line: line.replacing("a#2", with: "z#2")) }
        #expect(throws: ChartError.self) { try coverage.add(line: line.replacing("isFit", with: "isFat")) }
    }

    @Test("Tests of a plugin note their own runs; what was refused did not happen")
    func responder() throws {
        var interpreter = Interpreter(definition)
        var answers = Script(definition)
        answers.guards = ["isFit": .no]
        var run = CoveringResponder(answers, ChartCoverage(definition))
        _ = run.start(&interpreter)
        #expect(run.send(.external("nothing"), to: &interpreter).outcome == .unmatched)
        #expect(run.send(.external("go"), to: &interpreter).outcome == .completed)
        #expect(seen(run.coverage) == ["transition a#3", "guardNo a#2 isFit"])
        #expect(run.answers.asked == ["isFit?"])
    }

    @Test("Answers in a script", arguments: ["yes", "no", "failed"])
    func scripts(answer: String) throws {
        let script = try ChartPlayer.Script(
            json: Array("{\"guards\":{\"isFit\":\"\(answer)\"},\"events\":[{\"event\":\"go\"}]}".utf8))
        var player = ChartPlayer(definition)
        var last: [String] = []
        player.play(script) { last = $0.configuration }
        #expect(last == ["yes": ["b"], "no": ["c"], "failed": ["a"]][answer])
        #expect(throws: ChartError.self) {
            try ChartPlayer.Script(json: Array("{\"guards\":{\"isFit\":true},\"events\":[]}".utf8))
        }
    }
}
