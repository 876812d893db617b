import ChartFiles
import Testing

@Suite("A chart's JSON, as people write it wrongly")
struct JSONPlaceTests {
    private func problems(_ json: String) -> [String] {
        do {
            _ = try ChartFile.definition(json: json, file: "c.json")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test("All problems of a file at once, each with line and column")
    func together() {
        let found = problems(
            """
            { "format": 1, "chart": "c",
              "label": { "zh": "村\\"}", "en": 1 },
              "states": [
                { "id": "a", "colour" : "red",
                  "transitions": [{ "event": "x", "to": [ "村", "nowhere" ] },
                                  {"event": "y", "if": "1 +", "to": ["b"]}] },
                { "id": "b", "tasks": [{ "id": "t" } ], "entry": [ {"raise":"x","log":"y"} ]},
                { "id": "c", "final" : 1 } ] }
            """)
        #expect(
            found.map { $0.split(separator: " ").prefix(4).joined(separator: " ") } == [
                "c.json:2:28: label: expected a", "c.json:4:18: unknown key colour;", "c.json:5:47: to 村: there",
                "c.json:5:52: to nowhere: there", "c.json:6:38: at column 4:", "c.json:7:28: role is missing",
                "c.json:7:56: expected exactly one", "c.json:8:18: final: expected true",
            ])
    }

    @Test(
        "What is no JSON, and where",
        arguments: [
            ("", "c.json:1:1: JSON, byte 0: expected a value"),
            ("{\n\"村\": tru }", "c.json:2:9: JSON, byte 12: expected true"),
            ("{} {}", "c.json:1:4: JSON, byte 3: expected the end"),
            ("{\"a\":1,\"a\":1}", "c.json:1:11: JSON, byte 10: the key a stands twice"),
            ("[]", "c.json:1:1: expected a map, found a list"),
            ("{\"format\":99999999999999999999}", "c.json:1:31: JSON, byte 30: "),
            (String(repeating: "[", count: 1_000), "c.json:1:257: JSON, byte 256: nested more than 256 deep"),
        ])
    func syntax(json: String, expected: String) {
        let found = problems(json)
        #expect(found.count == 1 || json == "[]")
        #expect(found.first?.hasPrefix(expected) == true, "\(found)")
    }
}
