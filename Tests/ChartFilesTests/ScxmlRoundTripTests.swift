import ChartFiles
import Foundation
import Statechart
import Testing

@Suite("SCXML, written and read again")
struct ScxmlRoundTripTests {
    private func again(_ definition: Definition) throws -> Definition {
        try ChartFile.definition(scxml: try ChartFile.scxml(of: definition), file: "again.scxml")
    }

    @Test(
        "Each chart of others comes back the same", .enabled(if: Suites.isThere, "no suites/statecharts"),
        arguments: Suites.entries)
    func suites(entry: Suites.Index.Entry) throws {
        let text = try String(contentsOf: Suites.folder.appending(path: entry.file), encoding: .utf8)
        let definition = try ChartFile.definition(scxml: text, file: entry.file)
        let copy = try again(definition)
        #expect(copy.canonicalJSON == definition.canonicalJSON)
        #expect(copy.identity == definition.identity)
        #expect(try Suites.difference(copy, entry, restores: true) == nil)
    }

    @Test("Of two of a name the last counts, whether namelist or <param> gives them")
    func repeatedNames() throws {
        let scxml = """
            <scxml><datamodel><data id="n" expr="1"/><data id="m" expr="2"/></datamodel><state id="a"><onentry>
              <send event="e" namelist="n m n  n"/><send event="f" namelist="n m"><param name="n" expr="3"/></send>
            </onentry></state></scxml>
            """
        let definition = try ChartFile.definition(scxml: scxml, file: "c.scxml")
        let json = String(decoding: definition.canonicalJSON, as: UTF8.self)
        #expect(json.contains(#"{"data":{"m":"m","n":"n"},"send":"e"}"#), "\(json)")
        #expect(json.contains(#"{"data":{"m":"m","n":"3"},"send":"f"}"#), "\(json)")
    }

    @Test("A chart in use comes back the same, labels, roles, tasks and sources included")
    func transport() throws {
        let definition = try ChartFile.definition(
            yaml: try Package.text("Plugins/TransportSubsidy/chart.yaml"), file: "chart.yaml")
        let copy = try again(definition)
        #expect(copy.canonicalJSON == definition.canonicalJSON)
        #expect(copy.tasks.map(\.label) == definition.tasks.map(\.label))
        #expect(copy.transitions.map(\.by) == definition.transitions.map(\.by))
    }

    /// Each is a chart's inside, with something that SCXML has no words for, or others for.
    static let oddities = [
        #"{"id":"a","transitions":[{"event":"x","by":["one role","b"],"to":["/a"]}]}"#,
        #"{"id":"a","label":{"zh":" \u0000\r\n\t<&>\"' ","en":"x"},"source":"\u0001"}"#,
        #"{"id":"a","label":{"zh":" \r\n\t<&>\"']]> ","en":""}}"#,
        #"{"id":"a","states":[{"id":"b","transitions":[{"event":"done.state.a/b","to":["b"]}]}],"#
            + #""transitions":[{"event":"done","if":"g","to":["b"]},{"event":"done.state.a","to":["/a/b"]}]}"#,
        #"{"id":"a","transitions":[{"event":" x   y.*  * ","to":["a"]},{"after":"5wd","firstDay":"counted"},"#
            + #"{"timer":"t"},{"event":"e","internal":true,"distinctFrom":["x"]}]}"#,
        #"{"id":"a","initialDo":["act"],"states":[{"id":"b"},{"id":"h","history":"deep","to":["b"],"do":["act"]}]}"#,
        #"{"id":"a","initial":["b/c"],"initialDo":["act"],"states":[{"id":"b","states":[{"id":"c"}]}]}"#,
        #"{"id":"a","entry":[{"block":[]},{"block":["x"]}],"exit":[{"block":[{"block":[]}]},"x"]}"#,
        #"{"id":"a","entry":[{"raise":"e","data":{"":"1","k":"v"}},{"raise":"e","content":"1"},{"start":"t"},"#
            + #"{"stop":"t"},{"pause":"t"},{"resume":"t"}]}"#,
        #"{"id":"a","entry":[{"send":"e","delay":"5m","id":"i","data":{"k":"1"}},{"cancel":"i"},{"log":"\u0002"},"#
            + #"{"send":"e","delay":"250ms"},{"log":""},{"if":"g","then":[],"else":[{"if":"g","then":["x"]}]}]}"#,
        #"{"id":"a","settled":true,"tasks":[{"id":"t","role":"r r","due":"5wd","label":{"en":"T"},"source":"s"}],"#
            + #""jobs":[{"id":"j","worker":"w","attempts":7,"wait":"30s","label":{"en":"J"}}]}"#,
        #"{"id":"a","regions":[{"id":"b","states":[{"id":"f","final":true,"data":{"x":"1"},"content":"2"}]}]}"#,
    ]

    @Test("What SCXML has no words for comes back the same", arguments: oddities)
    func oddity(state: String) throws {
        let text =
            #"{"chart":"c","format":1,"initialDo":["act"],"states":[\#(state)],"#
            + #""timers":[{"duration":"6mo","id":"t","label":{"en":"T"}}],"variables":[{"id":"v","value":"'&'"}]}"#
        let definition = try Definition(canonicalJSON: Array(text.utf8))
        let scxml = try ChartFile.scxml(of: definition)
        let copy = try ChartFile.definition(scxml: scxml, file: "again.scxml")
        #expect(
            String(decoding: copy.canonicalJSON, as: UTF8.self)
                == String(decoding: definition.canonicalJSON, as: UTF8.self), "\(scxml)")
    }

    @Test("Other tools read states, targets and the events of completion and time by their names")
    func words() throws {
        let definition = try ChartFile.definition(
            yaml: """
                chart: office
                states:
                  a:
                    states:
                      b: { transitions: [{ event: go, by: clerk, to: c }, { after: 3d, to: /d }] }
                      c: { final: true }
                    transitions: [{ event: done, to: d }]
                  d:
                """, file: "c.yaml")
        let lines = try ChartFile.scxml(of: definition).split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        #expect(
            lines.dropFirst(2) == [
                #"<state id="a">"#,
                #"<transition event="done.state.a" target="d" casework:to="d"/>"#,
                #"<state id="a.b">"#,
                #"<transition event="go" target="a.c" casework:to="c" casework:by="clerk"/>"#,
                #"<transition event="casework.after.a.b" casework:after="3d" target="d"/>"#,
                "</state>",
                #"<final id="a.c"/>"#,
                "</state>",
                #"<state id="d"/>"#,
                "</scxml>",
            ])
    }

    @Test(
        "What other tools made of it is read by its ids, and contradictions are told",
        arguments: [
            (#"<state id="a"><state id="q"/><transition event="e" target="q"/></state>"#, nil as String?),
            (#"<state id="a"/><state id="b"><transition event="e" target="a" casework:to="b"/></state>"#, "different"),
            (#"<state id="a"><transition target="zz"/></state>"#, "there is no such state"),
            (#"<state id="a"><casework:more>[]</casework:more></state>"#, "expected a JSON object"),
            (#"<state id="a"><casework:more>{</casework:more></state>"#, "expected a key in quotes"),
            (#"<state id="a"><casework:task id="t" role="r" colour="red"/></state>"#, "unknown key colour"),
            (#"<state id="a"><datamodel/><datamodel><data id="x"/></datamodel></state>"#, "says twice"),
            (#"<state id="a" xmlns:o="urn:other" o:by="x"><transition o:after="1d" event="e"/></state>"#, nil),
            (#"<state id="a" xmlns:k="https://casework.example/chart" k:settled="true"/>"#, nil),
            (#"<state id="a" xmlns:k="https://casework.example/chart" k:source="" casework:source=""/>"#, "twice"),
        ])
    func foreign(body: String, complaint: String?) throws {
        let head = #"<scxml xmlns:casework="https://casework.example/chart" casework:form="chart" name="c">"#
        do {
            _ = try ChartFile.definition(scxml: "\(head)\n\(body)</scxml>", file: "c.scxml")
            #expect(complaint == nil)
        } catch {
            let wanted = try #require(complaint, "\(error)")
            #expect(error.problems.count == 1, "\(error)")
            #expect(error.problems.first?.message.contains(wanted) == true, "\(error)")
            #expect(error.problems.first?.line == 2)
        }
    }
}
