import ChartFiles
import Statechart
import Testing

@Suite("Timers and delayed sends on a virtual clock")
struct TimerPlayTests {
    static let chart = """
        chart: test
        timers: { deadline: 10s }
        states:
          a:
            entry: [{ start: deadline }]
            transitions:
              - { event: pause, do: [{ pause: deadline }] }
              - { event: resume, do: [{ resume: deadline }] }
              - { event: stop, do: [{ stop: deadline }] }
              - { event: start, do: [{ start: deadline }] }
              - { event: move, to: b }
              - { timer: deadline, to: late }
          b: { transitions: [{ timer: deadline, to: late }, { after: 3s, to: a }] }
          late:
        """

    /// - Parameter steps: seconds that pass before each event; nil for an event only lets them pass.
    private func end(_ steps: [(Int64, String?)], chart: String, restores: Bool) throws -> [String] {
        var options = ChartPlayer.Options()
        options.restoresEveryStep = restores
        var player = ChartPlayer(try ChartFile.definition(yaml: chart, file: "c.yaml"), options: options)
        var last: [String] = []
        let entries = steps.map { ChartPlayer.Script.Entry(after: $0.0 * 1_000, event: $0.1) }
        player.play(.init(entries: entries)) { last = $0.configuration }
        #expect((player.restores > 0) == restores)
        return last
    }

    @Test("A named timer starts, pauses, goes on and stops", arguments: [false, true])
    func named(restores: Bool) throws {
        let table: [([(Int64, String?)], String)] = [
            ([(9, nil)], "a"), ([(10, nil)], "late"),
            // Paused for an hour after four seconds, it has six left.
            ([(4, "pause"), (3_600, "resume"), (5, nil)], "a"), ([(4, "pause"), (3_600, "resume"), (6, nil)], "late"),
            ([(4, "pause"), (3_600, nil)], "a"), ([(4, "stop"), (3_600, nil)], "a"),
            ([(4, "stop"), (1, "resume"), (3_600, nil)], "a"),
            // A start begins anew, whether it runs, is paused or was stopped.
            ([(9, "start"), (9, nil)], "a"), ([(9, "start"), (10, nil)], "late"),
            ([(9, "stop"), (5, "start"), (10, nil)], "late"), ([(9, "pause"), (5, "start"), (10, nil)], "late"),
            // It belongs to the case: leaving the state that started it changes nothing.
            ([(8, "move"), (2, nil)], "late"),
        ]
        for (steps, expected) in table {
            #expect(try end(steps, chart: Self.chart, restores: restores) == [expected], "\(steps)")
        }
    }

    @Test("'after' ends with its state, is not paused by others, and begins anew", arguments: [false, true])
    func after(restores: Bool) throws {
        // Back in a after three seconds: its entry starts the deadline anew.
        #expect(try end([(8, "move"), (1, nil)], chart: Self.chart, restores: restores) == ["b"])
        let short = Self.chart.replacing("deadline: 10s", with: "deadline: 5s")
        #expect(try end([(1, "move"), (3, nil)], chart: short, restores: restores) == ["a"])
        #expect(try end([(1, "move"), (3, nil), (4, nil)], chart: short, restores: restores) == ["a"])
        #expect(try end([(1, "move"), (3, nil), (5, nil)], chart: short, restores: restores) == ["late"])
    }

    @Test("Delayed sends come when they are due; cancel takes back every one of its id", arguments: [false, true])
    func delayed(restores: Bool) throws {
        let chart = """
            chart: test
            variables: { got: "[]" }
            states:
              a:
                entry:
                  - { send: second, delay: 2s, id: keep }
                  - { send: first, delay: 1s, id: keep }
                  - { send: third, delay: 3s, id: drop }
                  - { send: fourth, delay: 4s, id: drop }
                transitions:
                  - { event: cancel, do: [{ cancel: drop }] }
                  - { event: "*", do: [{ assign: got, value: "[got, _event.name]" }] }
            """
        for (cancels, expected) in [(true, "[[[],first],second]"), (false, "[[[[[],first],second],third],fourth]")] {
            var options = ChartPlayer.Options()
            options.restoresEveryStep = restores
            var player = ChartPlayer(try ChartFile.definition(yaml: chart, file: "c.yaml"), options: options)
            var last: String?
            player.play(.init(entries: [.init(event: cancels ? "cancel" : nil), .init(after: 9_000, event: nil)])) {
                last = $0.variables.first?.value.text
            }
            #expect(last == expected)
            #expect((player.restores > 0) == restores)
        }
    }
}
