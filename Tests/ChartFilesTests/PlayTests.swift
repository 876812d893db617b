import ChartAnalysis
import Statechart
import Testing

@testable import ChartFiles

@Suite("What a player does with decisions that come to nothing, and with what waits")
struct PlayTests {
    /// `x` leads to an own send on whose way something may go wrong.
    static let sending = """
        chart: c
        variables: { n: 0, s: "'x'" }
        states:
          a:
            transitions:
              - { event: x, do: [{ assign: n, value: n + 1 }, { log: going }], to: b }
              - { after: 2s, to: b }
              - { event: y, do: [{ log: there }] }
          b:
            entry: [{ send: go }, { send: late, delay: 1s }]
            exit: left
            transitions:
              - { event: go, do: [{ assign: n, value: n * s }], to: c }
              - { event: late, to: d }
          c:
          d:
        """

    private func player(
        _ yaml: String, _ change: (inout ChartPlayer.Options) -> Void = { _ in }
    ) throws -> ChartPlayer {
        var options = ChartPlayer.Options()
        change(&options)
        return ChartPlayer(try ChartFile.definition(yaml: yaml, file: "c.yaml"), options: options)
    }

    private func lines(_ player: inout ChartPlayer, _ entries: [ChartPlayer.Script.Entry]) -> [ChartPlayer.Line] {
        var lines: [ChartPlayer.Line] = []
        player.play(.init(entries: entries)) { lines.append($0) }
        return lines
    }

    @Test("When an own send fails or is refused, the event it came from did not happen", arguments: [false, true])
    func ownSends(restores: Bool) throws {
        let mended = Self.sending.replacing("n * s", with: "n * 2")
        for (chart, reason) in [
            (Self.sending, ChartPlayer.Drop.Reason.unhandled("error.execution")), (mended, .refused),
        ] {
            var player = try player(chart) { options in
                options.restoresEveryStep = restores
                if reason == .refused { options.actions["left"] = .refused }
            }
            let lines = lines(&player, [.init(event: "x"), .init(event: "y"), .init(after: 5_000, event: "y")])
            #expect(player.failure == nil)
            #expect(lines.map(\.configuration) == [["a"], ["a"], ["a"], ["a"]])
            #expect(lines.map(\.log) == [[], [], ["there"], ["there"]])
            #expect(lines.allSatisfy { $0.variables.first?.value == .integer(0) })
            // The timer has fired all the same; what was sent on the way is never due.
            let dropped = [("x", Int64(0)), ("a#0", 2_000)].map {
                ChartPlayer.Drop(event: $0.0, moment: $0.1, reason: reason)
            }
            #expect(lines.map(\.dropped) == [[], [dropped[0]], [], [dropped[1]]])
            #expect(player.coverage.goals.filter { $0.hits > 0 }.map(\.id) == ["a#2"])
        }
        var player = try player(mended)
        #expect(lines(&player, [.init(event: "x")]).map(\.configuration) == [["a"], ["c"]])
    }

    @Test("A start that comes to nothing ends the play, and says why")
    func starts() throws {
        let failing = "chart: c\nvariables: { s: \"'x'\" }\nstates: { a: { entry: [{ log: s, value: -s }] } }\n"
        let sending = Self.sending.replacing("states:", with: "initial: b\nstates:")
        let refusing = "chart: c\nstates: { a: { entry: left } }\n"
        let refusals = [(failing, false), (sending, false), (refusing, true)]
        for (chart, isRefused) in refusals {
            var player = try player(chart) { $0.actions["left"] = isRefused ? .refused : .done(raised: []) }
            let reason: ChartPlayer.Drop.Reason = isRefused ? .refused : .unhandled("error.execution")
            let played = lines(&player, [.init(event: "x")])
            #expect(player.failure == .neverBegins(.init(event: "", moment: 0, reason: reason)))
            #expect(played == [.init(configuration: [], variables: [], log: [])])
        }
    }

    @Test("Of what comes to nothing both languages say what it was and what to do")
    func sentences() {
        let reasons: [(ChartPlayer.Drop.Reason, String, String)] = [
            (.refused, "拒绝", "refused"), (.unhandled("error.x"), "error.x", "error.x"),
        ]
        for (reason, zh, en) in reasons {
            for event in ["", "pay"] {
                let sentence = ChartPlayer.Drop(event: event, moment: 7, reason: reason).sentence
                for (text, word) in [(sentence.zh, zh), (sentence.en, en)] {
                    #expect(text.contains(event) && text.contains(word) && text.contains("--trace"))
                    #expect(text.contains("7") == !event.isEmpty)
                }
            }
        }
    }

    @Test("What comes from outside is opaque to a chart, unless it is an imported one")
    func payloads() throws {
        let entry = ChartPlayer.Script.Entry(event: "x", data: .map([.init("k", .integer(1))]))
        let condition = "bound(_event.data)"
        var player = try player("chart: c\nstates: { a: { transitions: [{ event: x, if: \(condition), to: b }] }, b: }")
        #expect(lines(&player, [entry]).last?.configuration == ["a"])
        let scxml = """
            <scxml><state id="a"><transition event="x" cond="_event.data.k == 1" target="b"/></state>
            <state id="b"/></scxml>
            """
        var imported = ChartPlayer(try ChartFile.definition(scxml: scxml, file: "c.scxml"))
        #expect(lines(&imported, [entry]).last?.configuration == ["b"])
    }

    @Test("Restored after every macrostep and every tenth of a second, no more and no less")
    func restores() throws {
        let chart = """
            chart: c
            states:
              a:
                entry: [{ send: go }, { send: late, delay: 250ms }]
                transitions: [{ event: "*" }, { after: 950ms, to: a }]
            """
        let table: [(Int64, Int, Int)] = [(0, 2, 0), (99, 2, 0), (100, 2, 1), (900, 3, 9), (1_000, 5, 10)]
        for (milliseconds, macrosteps, tenths) in table {
            var player = try player(chart) { $0.restoresEveryStep = true }
            _ = player.play(milliseconds: milliseconds)
            #expect(player.restores == macrosteps + tenths, "\(milliseconds) ms")
            player = try self.player(chart)
            _ = player.play(milliseconds: milliseconds)
            #expect(player.restores == 0)
        }
    }

    private static let list = "[" + Array(repeating: "1", count: 32).joined(separator: ",") + "]"

    /// Sends `count` times 32 events, each with `data`.
    private static func crowd(_ count: Int, _ data: String) -> String {
        """
        chart: c
        variables: { l: "\(list)", s: "'\(String(repeating: "字", count: 1_000))'" }
        states:
          a: { transitions: [{ event: x, do: [\(Array(repeating: "more", count: count).joined(separator: ", "))] }] }
        """.replacing(
            "more", with: "{ foreach: l, as: i, do: [{ send: late, delay: 1h, content: \"\(data)\" }] }")
    }

    @Test("What waits is bounded in number and in size", arguments: [false, true])
    func bounds(restores: Bool) throws {
        let heavy = "[" + Array(repeating: "s", count: 21).joined(separator: ",") + "]"
        for (count, data, isKept) in [(32, "1", true), (33, "1", false), (1, heavy, true), (2, heavy, false)] {
            var player = try player(Self.crowd(count, data)) { $0.restoresEveryStep = restores }
            let last = lines(&player, [.init(event: "x")]).last
            #expect(player.failure == (isKept ? nil : .waitsForTooMuch), "\(count) times 32")
            #expect(last?.configuration == ["a"])
        }
        let sentence = ChartPlayer.Failure.waitsForTooMuch.sentence
        for text in [sentence.zh, sentence.en] { #expect(text.contains("1024") && text.contains("cancel")) }
    }

    @Test("What is taken back, or has come, waits no longer")
    func emptied() throws {
        let chart = """
            chart: c
            variables: { l: "\(Self.list)" }
            states:
              a:
                transitions:
                  - event: x
                    do:
                      - { foreach: l, as: i, do: [{ send: late, delay: 1h, id: k }, { send: soon, delay: 1s }] }
                      - { cancel: k }
            """
        var player = try player(chart)
        let entries = Array(repeating: ChartPlayer.Script.Entry(after: 1_000, event: "x"), count: 100)
        #expect(lines(&player, entries).count == 101)
        #expect(player.failure == nil)
    }
}
