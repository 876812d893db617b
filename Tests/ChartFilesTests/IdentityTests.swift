import ChartFiles
import Statechart
import Testing

/// The identity is stored with every case for ever: what it was made from must give the same bytes in every later
/// version.
@Suite("A chart's identity")
struct IdentityTests {
    private static let yaml = """
        chart: office
        label: { zh: 办事, en: Office }
        source: rule 1
        variables: { n: 0 }
        timers: { late: { duration: 30d, label: { zh: 迟, en: Late } } }
        states:
          desk:
            label: { zh: 台, en: Desk }
            tasks: [{ id: look, role: clerk, due: 5wd, label: { zh: 看, en: Look } }]
            jobs: [{ id: pay, worker: bank, attempts: 3, wait: 30s, label: { zh: 付, en: Pay } }]
            entry: [{ raise: e, data: { label: n + 1, other: n } }]
            transitions:
              - { event: go, by: clerk, if: ready, to: gone, label: { zh: 去, en: Go }, source: article 2 }
              - { after: 72h, to: gone }
          gone: { final: true }
        """

    /// As it was stored by the first version that had jobs; these bytes never change.
    private static let identity =
        #"{"chart":"office","format":1,"source":"rule 1","states":[{"entry":[{"data":{"label":"n + 1","other":"n"},"#
        + #""raise":"e"}],"id":"desk","jobs":[{"attempts":3,"id":"pay","wait":"30s","worker":"bank"}],"#
        + #""tasks":[{"due":"5wd","id":"look","role":"clerk"}],"transitions":[{"by":["clerk"],"event":"go","#
        + #""if":"ready","source":"article 2","to":["gone"]},{"after":"72h","to":["gone"]}]},"#
        + #"{"final":true,"id":"gone"}],"timers":[{"duration":"30d","id":"late"}],"#
        + #""variables":[{"id":"n","value":"0"}]}"#

    /// As it was stored by the first version of all, which knew fewer keys.
    private static let first =
        #"{"chart":"c","format":1,"states":[{"id":"a","tasks":[{"id":"t","role":"r"}],"transitions":[{"by":["r"],"#
        + #""event":"e","to":["b"]}]},{"final":true,"id":"b"}]}"#

    private func identity(_ yaml: String) throws -> String {
        String(decoding: try ChartFile.definition(yaml: yaml, file: "c.yaml").identity, as: UTF8.self)
    }

    @Test("These bytes, in this version and every later one")
    func bytes() throws {
        #expect(try identity(Self.yaml) == Self.identity)
        for stored in [Self.first, Self.identity] {
            let definition = try Definition(canonicalJSON: Array(stored.utf8))
            #expect(definition.canonicalJSON == Array(stored.utf8))
            #expect(definition.identity == Array(stored.utf8))
        }
    }

    @Test(
        "What does not change it",
        arguments: [
            ("zh: 办事, en: Office", "zh: 处, en: Bureau, ko: 사무소"), ("en: Late", "en: Too late"),
            ("en: Desk", "en: Table"),
            ("en: Look", "en: See"), ("en: Pay", "en: Transfer"), (", label: { zh: 去, en: Go }", ""),
            ("label: { zh: 台, en: Desk }", "settled: false"), ("{ n: 0 }", "\n  n: { value: \"0\" }  # none yet"),
            ("by: clerk", "by: [ 'clerk' ]"), ("- { after: 72h, to: gone }", "- to: [gone]\n        after: \"72h\""),
            ("gone: { final: true }", "gone: { final: true, entry: [], tasks: [], jobs: [], settled: false }"),
            ("chart: office", "format: 1\nchart: 'office'"),
            ("chart: office", "chart: office\nroles: { clerk: { label: { zh: 员, en: Clerk } } }"),
            ("chart: office", "chart: office\nguards: { ready: { label: { zh: 好, en: ready } } }"),
        ])
    func unchanged(old: String, new: String) throws {
        #expect(Self.yaml.contains(old))
        #expect(try identity(Self.yaml.replacing(old, with: new)) == Self.identity)
    }

    @Test(
        "What changes it",
        arguments: [
            ("article 2", "article 3"), ("label: n + 1", "label: n + 2"), ("label: n + 1, ", ""), ("72h", "73h"),
            ("role: clerk", "role: boss"), ("attempts: 3", "attempts: 4"), ("by: clerk", "by: [clerk, boss]"),
            ("if: ready", "if: '!ready'"), ("gone: { final: true }", "gone: { final: true }\n  more:"),
        ])
    func changed(old: String, new: String) throws {
        #expect(Self.yaml.contains(old))
        #expect(try identity(Self.yaml.replacing(old, with: new)) != Self.identity)
    }

    @Test(
        "Document order carries meaning: two that change places make another chart",
        arguments: [
            ("a: { tasks: [T] }", "b: { tasks: [T] }"), ("- { event: x, to: a }", "- { event: x, to: b }"),
            ("x: { }", "y: { }"), ("r1: { states: { p: } }", "r2: { states: { p: } }"),
            ("raise: m", "raise: n"), ("t1", "t2"), ("e.f", "e.g"),
        ])
    func order(first: String, second: String) throws {
        let yaml = """
            chart: order
            initial: a
            states:
              a: { tasks: [T] }
              b: { tasks: [T] }
              c:
                initial: x
                tasks: [{ id: t1, role: r }, { id: t2, role: r }]
                entry: [{ raise: m }, { raise: n }]
                transitions:
                  - { event: x, to: a }
                  - { event: x, to: b }
                  - { event: [e.f, e.g], to: d }
                states:
                  x: { }
                  y: { }
              d: { regions: { r1: { states: { p: } }, r2: { states: { p: } } } }
            """
        #expect(yaml.ranges(of: first).count == 1 && yaml.ranges(of: second).count == 1)
        let swapped = yaml.replacing(first, with: "\u{1}").replacing(second, with: first)
            .replacing("\u{1}", with: second)
        let task = "[{ id: t, role: r }]"
        #expect(try identity(swapped.replacing("[T]", with: task)) != identity(yaml.replacing("[T]", with: task)))
    }

    @Test("Through SCXML, and from JSON with blanks and in another order, it is the same")
    func forms() throws {
        let definition = try ChartFile.definition(yaml: Self.yaml, file: "c.yaml")
        let scxml = try ChartFile.scxml(of: definition)
        #expect(try ChartFile.definition(scxml: scxml, file: "c.scxml").identity == definition.identity)
        let json = """
            { "states" : [ { "id" : "a", "transitions" : [ {"to":["b"], "event":"e", "by": ["r"]} ],
                             "label": {}, "tasks" : [ { "role":"r", "id":"t", "source": null } ] },
                           { "id" : "b", "final" : true, "settled": false } ], "format" : 1, "chart" : "c" }
            """
        #expect(try ChartFile.definition(json: json, file: "c.json").identity == Array(Self.first.utf8))
    }
}
