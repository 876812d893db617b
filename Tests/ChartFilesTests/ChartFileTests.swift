import ChartFiles
import Statechart
import Testing

@Suite("chart.yaml, as people write it wrongly")
struct ChartFileTests {
    private func problems(_ yaml: String) -> [String] {
        do {
            _ = try ChartFile.load(yaml: yaml, file: "c.yaml")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test("All problems of a file at once, each with line and column")
    func together() {
        let found = problems(
            """
            chart: test
            label: { zh: 测试 }
            states:
              a:
                colour: red
                transitions:
                  - { event: x, to: nowhere }
                  - { event: y, if: "1 +", to: b }
              b:
                tasks: [{ id: t }]
                entry: [{ raise: x, log: y }]
              c: { final: yes }
            """)
        #expect(
            found.map { $0.split(separator: " ").prefix(4).joined(separator: " ") } == [
                "c.yaml:2:8: label: en is", "c.yaml:5:5: unknown key colour;", "c.yaml:7:25: to nowhere: there",
                "c.yaml:8:25: at column 4:", "c.yaml:10:13: role is missing", "c.yaml:11:13: expected exactly one",
                "c.yaml:12:8: final: expected true",
            ])
    }

    @Test(
        "What YAML itself forbids, and what it allows but a chart does not",
        arguments: [
            ("", "c.yaml: the file is empty"),
            ("chart: [", "c.yaml:2:1: YAML:"),
            ("chart: test\nchart: test\n", "c.yaml:1:1: YAML: the key chart stands twice"),
            ("- a", "c.yaml:1:1: expected a map, found a list"),
            ("chart: test\nstates: [a]\n", "c.yaml:2:9: expected a map from id to description, found a list"),
            ("chart: test\nstates: { a: { transitions: { x: y } } }\n", "c.yaml:2:29: expected a list, found a map"),
            ("a: &x 1\nb: *x\n", "c.yaml:1:4: anchors and aliases are not read"),
            ("a: [1, *x]\n", "c.yaml:1:8: anchors and aliases are not read"),
            ("*x : 1\n", "c.yaml:1:1: anchors and aliases are not read"),
            ("- - &x [1]\n", "c.yaml:1:5: anchors and aliases are not read"),
            ("chart: a\n---\nchart: b\n", "c.yaml:"),
            ("a: \u{7}\n", "c.yaml: YAML:"),
        ])
    func refused(yaml: String, expected: String) {
        let found = problems(yaml)
        #expect(found.first?.hasPrefix(expected) == true, "\(found)")
    }

    @Test(
        "What exists only in SCXML import is refused at its place, with what to write instead",
        arguments: [
            ("", "dialect: scxml\n", "2:1", "dialect"), ("", "binding: late\n", "2:1", "binding"),
            ("variables: { n: { value: 1 } }", "", "4:19", "variables"),
            ("entry: [{ sendOf: \"'x'\" }]", "", "4:26", "sendOf"),
            ("entry: [{ cancelOf: \"'x'\" }]", "", "4:28", "cancelOf"),
            ("entry: [{ send: x, delay: 1s, idTo: v }]", "", "4:44", "idTo"),
            ("entry: [{ send: x, target: y }]", "", "4:35", "target"),
            ("entry: [{ if: a, then: { send: x, targetOf: y } }]", "", "4:52", "targetOf"),
            ("transitions: [{ event: e, do: { send: x, type: y } }]", "", "4:55", "type"),
            ("exit: [{ send: x, typeOf: y }]", "", "4:34", "typeOf"),
        ])
    func importOnly(inState: String, atTop: String, place: String, key: String) {
        let top = atTop.isEmpty ? "variables: { v: 0 }\n" : atTop
        let found = problems("chart: test\n\(top)states:\n  a: { \(inState) }\n")
        #expect(found.count == 1)
        let expected = "c.yaml:\(place): \(key) exists only in charts imported from SCXML: "
        #expect(found.first?.hasPrefix(expected) == true, "\(found)")
        #expect((found.first?.count ?? 0) > expected.count, "what to do instead")
    }

    @Test("Where keys are listed, those of SCXML import are not; in a chart imported from SCXML they are kept")
    func importedKeys() throws {
        let found = problems("chart: test\nzz: 1\nstates:\n  a: { zz: 1, entry: { raise: x, log: y } }\n")
        #expect(found.count == 3)
        #expect(!found.contains { $0.contains("dialect") || $0.contains("sendOf") }, "\(found)")
        #expect(found.last?.contains("variables") == false)
        let imported = try ChartFile.definition(
            scxml: """
                <scxml binding="late"><datamodel><data id="v"/></datamodel><state id="a">
                  <datamodel><data id="n" expr="1"/></datamodel>
                  <onentry><send eventexpr="'x'" idlocation="v" targetexpr="'y'"/></onentry></state></scxml>
                """, file: "c.scxml")
        #expect(imported.isImported)
        let json = String(decoding: imported.canonicalJSON, as: UTF8.self)
        let again = try ChartFile.definition(json: json, file: "c.json")
        #expect(again.canonicalJSON == imported.canonicalJSON)
        #expect(again.isImported)
        #expect(try ChartFile.definition(yaml: "chart: t\nstates: { a: }", file: "c.yaml").isImported == false)
    }

    @Test("Ampersands and asterisks elsewhere are plain text")
    func ampersands() throws {
        let definition = try ChartFile.definition(
            yaml: """
                chart: test
                states:
                  a:
                    transitions:
                      - { event: "*", if: one && two, to: b, source: a *b & c }
                      - event: x.*
                        if: one
                          && two
                        to: [b]
                  b:
                """, file: "c.yaml")
        #expect(definition.transitions.map(\.event) == [.named("*"), .named("x.*")])
        #expect(definition.transitions.map(\.guardText) == ["one && two", "one && two"])
    }

    @Test(
        "What looks like an alias or an anchor in a comment or a text is neither",
        arguments: [
            "# note: *important", "# &x", "label: { zh: 费, en: \"Fees, *see note\" }", "label: { zh: '费, &c', en: x }",
            "label: { zh: 费, en: x } # - *see", "source: \"Notice 83, &c\"", "source: Notice 83, &c",
            "source: 'it''s: &c'",
            "source: \"a \\\" [&c\"", "source: |\n  *one\n  - &two", "source: >-\n\n  &c", "source: \"a\n  *b\"",
            "source: 'a\n\n  &b'", "source: a\n  'b # - *c", "\u{FEFF}# *c",
        ])
    func textsWithMarks(line: String) throws {
        let found = problems("chart: test\nstates: { a: { final: true } }\n\(line)\n")
        let isMarkless = line.hasPrefix("\u{FEFF}")
        #expect(isMarkless || found.isEmpty, "\(found)")
        // What stands in the text is kept as it is.
        guard line.hasPrefix("source: "), !line.contains("#"), found.isEmpty else { return }
        let definition = try ChartFile.definition(
            yaml: "chart: test\nstates: { a: { final: true } }\n\(line)\n", file: "c.yaml")
        #expect(definition.source?.contains { $0 == "&" || $0 == "*" } == true)
        #expect(definition.source?.unicodeScalars.allSatisfy { !(0xE000...0xF8FF).contains($0.value) } == true)
    }

    @Test(
        "An alias or an anchor is found behind texts and comments that look like more than they are",
        arguments: [
            // A quote in a plain text opens nothing, and one text may end where another seems to begin.
            ("a: it's\nb: &x [1]\nc: [*x] # '", "2:4"), ("a: foo\n  'bar\nb: &x 1\nc: 1 # '", "3:4"),
            ("a: \"first\n  '\", b: c\nd: [*x, '']", "2:"), ("a: [foo\n  'b, &x 1, c']", "2:7"),
            ("foo, 'bar: &x 1 # '", "1:12"), ("a: 'x' # '\nb: *x # '", "2:4"), ("a: b#c\nd: *x", "2:4"),
            ("# *y\na: &x\n  b: 1\n", "2:4"), ("# *y\na: [&x [1]]\n", "2:5"), ("a: |\n  *y\nb: *x\n", "3:4"),
            ("a: \u{E000}b\nc: *x\n", "2:4"), ("a: 中文 # 文\nb: [中, *x]\n", "2:8"),
            ("a: \"b\"\r\nc: &x\r\n  - *x\r\n", "2:4"),
        ])
    func marksBehindTexts(yaml: String, place: String) {
        let found = problems(yaml)
        #expect(found.count == 1 && found.first?.hasPrefix("c.yaml:\(place)") == true, "\(found)")
        #expect(found.first?.contains("anchors and aliases are not read") == true || place == "2:", "\(found)")
    }

    @Test("A text that is no YAML is told so, whatever stands in its comments")
    func unreadable() {
        #expect(problems("# note: *important\nchart: [\n").first?.hasPrefix("c.yaml:3:1: YAML:") == true)
    }

    @Test(
        "A bomb is refused before it can go off",
        arguments: [
            String(repeating: "[", count: 10_000), String(repeating: "{a: ", count: 10_000),
            String(repeating: "- ", count: 10_000) + "a",
            (0..<500).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
            "a: &a [x, x]\n" + (1..<40).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined(),
            String(repeating: "a", count: ChartFile.maximumBytes + 1),
        ])
    func bombs(yaml: String) { #expect(problems(yaml).count == 1) }

    @Test("The short forms mean the same as the long ones")
    func forms() throws {
        let short = try ChartFile.load(
            yaml: """
                chart: test
                variables: { n: 0, s: "'x'" }
                timers: { late: 30d }
                states:
                  a:
                    entry: greet
                    transitions: [{ event: [x, y], by: clerk, to: b, do: { assign: n, value: n + 1 } }]
                  b: { final: true, settled: false, entry: { block: farewell } }
                """, file: "c.yaml")
        let long = try ChartFile.load(
            yaml: """
                states:
                  a:
                    transitions:
                      - to: [b]
                        by: [clerk]
                        do: [{ value: n + 1, assign: n }]
                        event: x y
                    entry: [greet]
                  b:
                    final: true
                    entry: [{ block: [farewell] }]
                timers:
                  late: { duration: 30d }
                variables:
                  n: { value: 0 }
                  s: { value: "'x'" }
                format: 1
                chart: test
                """, file: "c.yaml")
        #expect(short == long)
        #expect(try ChartFile.definition(canonicalJSON: short, file: "c.json").canonicalJSON == short)
    }
}

@Suite("SCXML, as people write it wrongly")
struct ScxmlTests {
    private func problems(_ body: String) -> [String] {
        do {
            _ = try ChartFile.definition(scxml: body, file: "c.scxml")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test(
        "Refused with its place",
        arguments: [
            ("", "c.scxml:1:1: XML: expected an element"),
            ("<scxml>", "c.scxml:1:8: XML: expected the end of scxml"),
            ("<scxml><state id='a'></scxml>", "c.scxml:1:29: XML: expected the end of state"),
            ("<scxml a='1' a='2'/>", "c.scxml:1:19: XML: the attribute a stands twice"),
            ("<scxml a=1/>", "c.scxml:1:10: XML: expected a value in quotes"),
            ("<!DOCTYPE x [<!ENTITY a 'b'>]><scxml/>", "c.scxml:1:1: XML: a document type is not read"),
            ("<scxml>&a;</scxml>", "c.scxml:1:8: XML: an entity nobody declared"),
            ("<scxml>&#xD800;</scxml>", "c.scxml:1:15: XML: a character that does not exist"),
            ("<a/>", "c.scxml:1:1: expected <scxml>, found <a>"),
            ("<scxml><state id='a'/><script/></scxml>", "c.scxml:1:23: <script> has no place here"),
            ("<scxml><state id='a'>\n <invoke/></state></scxml>", "c.scxml:2:2: <invoke> has no place here"),
            (
                "<scxml><state id='a'>\n <transition target='b'/></state></scxml>",
                "c.scxml:2:2: to b: there is no such state"
            ),
            ("<scxml><state id='a'/></scxml><x/>", "c.scxml:1:31: XML: expected the end of the document"),
        ])
    func refused(scxml: String, expected: String) {
        let found = problems(scxml)
        #expect(found.first == expected, "\(found)")
    }

    @Test("All problems of a file at once, each with line and column, in the order of the file")
    func together() {
        let found = problems(
            """
            <scxml name="a b">
              <datamodel><data id="n" src="n.txt"/><data id="n"/></datamodel>
              <state id="a" initial="z">
                <onentry><script/><send event="e" delay="soon"/><log expr="1 +"/></onentry>
                <transition event="x" target="nowhere"/>
                <transition event="y" cond="((" target="b"/>
                <state id="inner"/>
              </state>
              <state id="b"><onexit><if cond="true"><else/><elseif cond="n"/></if></onexit></state>
              <state id="b"/><history id="h"/>
              <invoke/>
            </scxml>
            """)
        #expect(
            found.map { $0.split(separator: " ").prefix(4).joined(separator: " ") } == [
                "c.scxml:1:1: the chart's name", "c.scxml:2:14: data from elsewhere", "c.scxml:2:40: the variable n",
                "c.scxml:3:3: initial z: there", "c.scxml:4:14: <script> has no", "c.scxml:4:23: delay: expected a",
                "c.scxml:4:53: at column 4:", "c.scxml:5:5: to nowhere: there", "c.scxml:6:5: at column 3:",
                "c.scxml:9:25: <else> must come", "c.scxml:10:3: the state b", "c.scxml:10:18: a history lies",
                "c.scxml:10:18: a history needs", "c.scxml:11:3: <invoke> has no",
            ])
    }

    @Test("Depth is bounded")
    func deep() {
        let found = problems(String(repeating: "<scxml>", count: 100_000))
        #expect(found.count == 1)
        #expect(found.first?.contains("nested more than") == true)
    }
}

@Suite("The player")
struct PlayerTests {
    @Test("Lines as promised: configuration, variables, log; time that passes belongs to the event after it")
    func lines() throws {
        let definition = try ChartFile.definition(
            yaml: """
                chart: test
                variables: { n: 0, list: "[1, 'a']" }
                states:
                  a:
                    entry: [{ log: hello }, { send: tick, delay: 2s }]
                    transitions:
                      - { event: tick, do: [{ assign: n, value: n + 1 }, { log: n, value: n }] }
                      - { after: 5wd, to: b }
                      - { event: go, to: c }
                  b: { transitions: [{ event: go, to: c }] }
                  c: { final: true }
                """, file: "c.yaml")
        let script = try ChartPlayer.Script(
            json: Array(
                """
                {"note":"ignored","events":[{"event":{"name":"nothing"}},{"after":3000,"event":{"name":"nothing"}},
                 {"after":604800000,"event":"nothing"},{"event":{"name":"go"}},{"event":{"name":"never seen"}}]}
                """.utf8))
        for restores in [false, true] {
            var options = ChartPlayer.Options()
            // A week in tenths of a second is long; an hour is enough to see that it changes nothing.
            options.restoresEveryStep = restores
            var entries = script.entries
            if restores { entries[2].after = 3_600_000 }
            var player = ChartPlayer(definition, options: options)
            var lines: [String] = []
            player.play(ChartPlayer.Script(entries: entries)) { lines.append($0.text) }
            #expect(
                lines == [
                    #"{"configuration":["a"],"log":["hello"],"variables":{"list":[1,"a"],"n":0}}"#,
                    #"{"configuration":["a"],"log":[],"variables":{"list":[1,"a"],"n":0}}"#,
                    #"{"configuration":["a"],"log":["n: 1"],"variables":{"list":[1,"a"],"n":1}}"#,
                    #"{"configuration":["\#(restores ? "a" : "b")"],"log":[],"variables":{"list":[1,"a"],"n":1}}"#,
                    #"{"configuration":["c"],"log":[],"variables":{"list":[1,"a"],"n":1}}"#,
                ])
        }
    }

    @Test(
        "Working days from a Monday",
        arguments: [("5wd", false, 7), ("5wd", true, 4), ("1wd", true, 0), ("1wd", false, 1), ("6wd", false, 8)])
    func workingDays(duration: String, counted: Bool, days: Int64) throws {
        let definition = try ChartFile.definition(
            yaml: """
                chart: test
                states:
                  a: { transitions: [{ after: \(duration), \(counted ? "firstDay: counted, " : "")to: b }] }
                  b:
                """, file: "c.yaml")
        var player = ChartPlayer(definition)
        if days > 0 { #expect(player.play(milliseconds: days * 86_400_000 - 1).configuration == ["a"]) }
        player = ChartPlayer(definition)
        #expect(player.play(milliseconds: days * 86_400_000).configuration == ["b"])
    }

    @Test("Guards and actions answer what they were told")
    func answers() throws {
        let definition = try ChartFile.definition(
            yaml: """
                chart: test
                states:
                  a:
                    transitions:
                      - { event: x, if: open, do: pay, to: b }
                      - { event: x, to: c }
                  b:
                  c: { transitions: [{ event: x, do: pay, to: b }] }
                """, file: "c.yaml")
        var options = ChartPlayer.Options()
        options.guards = ["open": .no]
        options.actions = ["pay": .refused]
        var player = ChartPlayer(definition, options: options)
        var last: [String] = []
        player.play(.init(entries: [.init(event: "x"), .init(event: "x")])) { last = $0.configuration }
        #expect(last == ["c"])
    }

    @Test(
        "A script that is none is refused",
        arguments: ["", "{}", "{\"events\":[{\"after\":-1}]}", "{\"events\":[{\"event\":{}}]}"])
    func scripts(text: String) {
        #expect(throws: ChartError.self) { try ChartPlayer.Script(json: Array(text.utf8)) }
    }
}
