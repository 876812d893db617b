import Testing

@testable import Statechart

@Suite("Definitions")
struct DefinitionTests {
    private func problems(_ members: String) throws -> [ChartError] {
        Definition.problems(of: try JSON(reading: Array("{\"chart\":\"test\",\"format\":1,\(members)}".utf8)))
    }

    @Test("Canonical JSON does not depend on how the chart was written; identity not on labels")
    func canonical() throws {
        let plain = try Definition(chart: "\"states\":[{\"id\":\"a\",\"label\":{\"zh\":\"甲\",\"en\":\"A\"}}]")
        let wordy = try Definition(
            chart: """
                 "states" : [ { "settled": false, "tasks": [], "transitions":[], "label":{"en":"A","zh":"\\u7532"},
                   "initial": [], "id":"a" } ], "source": null
                """)
        let renamed = try Definition(chart: "\"states\":[{\"id\":\"a\",\"label\":{\"zh\":\"乙\",\"en\":\"B\"}}]")
        #expect(plain.canonicalJSON == wordy.canonicalJSON)
        #expect(plain.identity == renamed.identity)
        #expect(plain.canonicalJSON != renamed.canonicalJSON)
        #expect(
            String(decoding: plain.identity, as: UTF8.self) == #"{"chart":"test","format":1,"states":[{"id":"a"}]}"#)
        #expect(try Definition(canonicalJSON: plain.canonicalJSON).canonicalJSON == plain.canonicalJSON)
    }

    @Test("Paths resolve in the nearest enclosing scope, then outward")
    func resolution() throws {
        let definition = try Definition(
            chart: """
                "states":[{"id":"x"},{"id":"c","states":[
                  {"id":"d","states":[{"id":"e","transitions":[{"event":"1","to":["x"]},{"event":"2","to":["/x"]},
                      {"event":"3","to":["d/f"]},{"event":"4","to":["c/x"]},{"event":"5","to":["f"]},
                      {"event":"6","to":["g"]}]},{"id":"f"}]},
                  {"id":"x"},{"id":"g","states":[{"id":"g"}]}]}]
                """)
        let targets = definition.transitions.map { definition.states[$0.targets[0]].path }
        #expect(targets == ["c/x", "x", "c/d/f", "c/x", "c/d/f", "c/g"])
    }

    @Test("Guards and actions are numbered by name")
    func names() throws {
        let definition = try Definition(
            chart: """
                "states":[{"id":"a","entry":["zeta"],"transitions":[{"event":"e","if":"second && first",
                  "do":["alpha",{"if":"third","then":["zeta"],"else":[{"block":["beta"]}]}]}]}]
                """)
        #expect(definition.guards == ["first", "second", "third"])
        #expect(definition.actions == ["alpha", "beta", "zeta"])
        #expect(definition.transitions[0].guardIndices == [1, 0])
        #expect(definition.transitions[0].actionIndices == [0, 2, 1])
    }

    @Test(
        "What is refused, and where",
        arguments: [
            ("\"states\":[]", "MISSING", "/states"),
            ("\"states\":[{}]", "MISSING", "/states/0"),
            ("\"states\":[{\"id\":\"a\"},{\"id\":\"a\"}]", "DUPLICATE", "/states/1/id"),
            ("\"states\":[{\"id\":\"a b\"}]", "INVALID", "/states/0/id"),
            ("\"states\":[{\"id\":\"a\",\"colour\":\"red\"}]", "UNKNOWN_KEY", "/states/0/colour"),
            ("\"states\":[{\"id\":\"a\",\"states\":[{\"id\":\"b\"}],\"final\":true}]", "INVALID", "/states/0"),
            (
                "\"states\":[{\"id\":\"a\",\"regions\":[{\"id\":\"b\",\"final\":true}]}]", "INVALID",
                "/states/0/regions/0"
            ),
            ("\"states\":[{\"id\":\"a\",\"final\":true,\"transitions\":[{}]}]", "INVALID", "/states/0/transitions"),
            ("\"states\":[{\"id\":\"a\",\"history\":\"deep\",\"to\":[\"b\"]},{\"id\":\"b\"}]", "INVALID", "/states/0"),
            ("\"states\":[{\"id\":\"a\",\"settled\":\"yes\"}]", "INVALID", "/states/0/settled"),
            ("\"initial\":[\"b\"],\"states\":[{\"id\":\"a\"}]", "UNKNOWN_NAME", "/initial/0"),
            (
                "\"states\":[{\"id\":\"a\",\"transitions\":[{\"to\":[\"b\"]}]}]", "UNKNOWN_NAME",
                "/states/0/transitions/0/to/0"
            ),
            (
                "\"states\":[{\"id\":\"a\",\"transitions\":[{\"to\":[\"b\",\"c\"]}]},{\"id\":\"b\"},{\"id\":\"c\"}]",
                "INVALID", "/states/0/transitions/0/to"
            ),
            (
                "\"states\":[{\"id\":\"a\",\"transitions\":[{\"event\":\"done\"}]}]", "INVALID",
                "/states/0/transitions/0/event"
            ),
            (
                "\"states\":[{\"id\":\"a\",\"transitions\":[{\"event\":\"a*\"}]}]", "INVALID",
                "/states/0/transitions/0/event"
            ),
            (
                "\"states\":[{\"id\":\"a\",\"transitions\":[{\"event\":\"x\",\"after\":\"5d\"}]}]", "INVALID",
                "/states/0/transitions/0"
            ),
            (
                "\"states\":[{\"id\":\"a\",\"transitions\":[{\"after\":\"soon\"}]}]", "INVALID",
                "/states/0/transitions/0/after"
            ),
            (
                "\"states\":[{\"id\":\"a\",\"transitions\":[{\"timer\":\"t\"}]}]", "UNKNOWN_NAME",
                "/states/0/transitions/0/timer"
            ),
            (
                "\"states\":[{\"id\":\"a\",\"entry\":[{\"assign\":\"v\",\"value\":\"1\"}]}]", "UNKNOWN_NAME",
                "/states/0/entry/0/assign"
            ),
            ("\"states\":[{\"id\":\"a\",\"entry\":[{\"raise\":\"x\",\"log\":\"y\"}]}]", "INVALID", "/states/0/entry/0"),
            (
                "\"states\":[{\"id\":\"a\",\"entry\":[{\"raise\":\"x\",\"soon\":\"y\"}]}]", "UNKNOWN_KEY",
                "/states/0/entry/0/soon"
            ),
            (
                "\"states\":[{\"id\":\"a\",\"entry\":[{\"send\":\"x\",\"delay\":\"5d\"}]}]", "INVALID",
                "/states/0/entry/0/delay"
            ),
            ("\"states\":[{\"id\":\"a\",\"tasks\":[{\"id\":\"t\"}]}]", "MISSING", "/states/0/tasks/0"),
            ("\"states\":[{\"id\":\"a\",\"label\":\"A\"}]", "INVALID", "/states/0/label"),
            (
                "\"variables\":[{\"id\":\"v\"},{\"id\":\"v\"}],\"states\":[{\"id\":\"a\"}]", "DUPLICATE",
                "/variables/1/id"
            ),
        ])
    func refused(members: String, code: String, pointer: String) throws {
        let found = try problems(members)
        #expect(found.map(\.code.rawValue) == [code])
        #expect(found.map(\.pointer) == [pointer])
        #expect(throws: ChartError(ChartError.Code(rawValue: code), "")) { try Definition(chart: members) }
    }

    @Test("Every problem is told at once")
    func together() throws {
        let found = try problems(
            """
            "states":[{"id":"a","entry":[{"raise":5}],"transitions":[{"event":"x","to":["b"],"if":"1 +"},
              {"event":"y","to":["c"],"by":"clerk"}]}]
            """)
        #expect(
            found.map(\.pointer) == [
                "/states/0/entry/0/raise", "/states/0/transitions/0/if", "/states/0/transitions/0/to/0",
                "/states/0/transitions/1/to/0", "/states/0/transitions/1/by",
            ])
    }

    @Test("100 000 states, 1 000 levels, and a huge name are refused in bounded time")
    func limits() throws {
        let many = (0..<100_000).map { "{\"id\":\"s\($0)\"}" }.joined(separator: ",")
        #expect(throws: ChartError(.limit, "")) { try Definition(chart: "\"states\":[\(many)]") }
        let open = String(repeating: "{\"id\":\"s\",\"states\":[", count: 100)
        let close = String(repeating: "]}", count: 100)
        #expect(throws: ChartError(.limit, "")) { try Definition(chart: "\"states\":[\(open){\"id\":\"e\"}\(close)]") }
        let name = String(repeating: "x", count: 1 << 20)
        #expect(throws: ChartError(.invalid, "")) {
            try Definition(chart: "\"states\":[{\"id\":\"a\",\"transitions\":[{\"event\":\"\(name)\"}]}]")
        }
    }

    @Test(
        "Durations",
        arguments: [
            ("250ms", "250ms", ChartDuration.milliseconds(250)), ("30s", "30s", .milliseconds(30_000)),
            ("90s", "90s", .milliseconds(90_000)), ("5m", "5m", .milliseconds(300_000)),
            ("72h", "72h", .milliseconds(259_200_000)), ("90d", "90d", .days(90)), ("5wd", "5wd", .workingDays(5)),
            ("6mo", "6mo", .months(6)), ("0ms", "0ms", .milliseconds(0)), ("120m", "2h", .milliseconds(7_200_000)),
        ])
    func durations(text: String, canonical: String, expected: ChartDuration) {
        #expect(ChartDuration(parsing: text) == expected)
        #expect(expected.description == canonical)
    }

    @Test(
        "What is no duration",
        arguments: ["", "5", "d", "-5d", "5 d", "5w", "1.5s", "9999999999d", "99999999999999999999s", "5d ", "٥d"])
    func noDuration(text: String) { #expect(ChartDuration(parsing: text) == nil) }

    @Test(
        "Times of CSS2",
        arguments: [
            ("1s", 1_000), ("1.5s", 1_500), (".5s", 500), ("10ms", 10), ("0s", 0), ("1.2345s", 1_234), ("", nil),
            ("s", nil), ("1", nil), (".s", nil), ("1.2.3s", nil), ("-1s", nil), ("99999999999999s", nil),
        ] as [(String, Int64?)])
    func times(text: String, expected: Int64?) { #expect(ChartDuration.milliseconds(ofTime: text) == expected) }
}
