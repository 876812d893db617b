@testable import ChartAnalysis
import ChartFiles
import Statechart
import Testing

@Suite("A chart made of a shell and what fills its places")
struct CompositionTests {
    static let shell = """
        chart: shell
        label: { zh: 壳, en: Shell }
        source: rule 1
        initial: intake
        variables: { n: 0 }
        timers: { late: 30d }
        states:
          intake: { transitions: [{ event: case.open, by: clerk, to: open }] }
          open:
            label: { zh: 办, en: Open }
            transitions:
              - { event: withdraw, to: gone }
              - { event: done, to: settled }
            place: body
          settled: { settled: true }
          gone: { final: true }
        """

    static let body = """
        chart: benefit
        label: { zh: 补, en: Benefit }
        shell: ../shell.yaml
        variables: { m: 1 }
        timers: { rest: 5wd }
        places:
          body:
            initial: check
            initialDo: greet
            states:
              check:
                tasks: [{ id: look, role: clerk }]
                transitions:
                  - { event: ok, if: n == 0 && m == 1, to: finish }
                  - { event: bad, do: [{ start: rest }, { start: late }], to: /gone }
              finish: { final: true }
        """

    /// The same, written by hand.
    private static let whole = """
        chart: benefit
        label: { zh: 补, en: Benefit }
        source: rule 1
        initial: intake
        variables: { n: 0, m: 1 }
        timers: { late: 30d, rest: 5wd }
        states:
          intake: { transitions: [{ event: case.open, by: clerk, to: open }] }
          open:
            label: { zh: 办, en: Open }
            initial: check
            initialDo: greet
            transitions:
              - { event: withdraw, to: gone }
              - { event: done, to: settled }
            states:
              check:
                tasks: [{ id: look, role: clerk }]
                transitions:
                  - { event: ok, if: n == 0 && m == 1, to: finish }
                  - { event: bad, do: [{ start: rest }, { start: late }], to: /gone }
              finish: { final: true }
          settled: { settled: true }
          gone: { final: true }
        """

    private func load(_ files: [String: String], _ path: String = "benefits/body.yaml") throws(ChartFileError)
        -> Definition
    {
        let folder = ChartFolder(name: "charts/") { (path) throws(ChartFolder.Failure) in
            guard let text = files[path] else { throw ChartFolder.Failure(message: "there is no such file") }
            return Array(text.utf8)
        }
        return try ChartFile.definition(at: path, in: folder)
    }

    private func problems(_ files: [String: String], _ path: String = "benefits/body.yaml") -> [String] {
        do {
            _ = try load(files, path)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test("Composed and written by hand are the same chart, with the same identity")
    func identity() throws {
        let composed = try load(["benefits/body.yaml": Self.body, "shell.yaml": Self.shell])
        let whole = try ChartFile.definition(yaml: Self.whole, file: "whole.yaml")
        #expect(
            String(decoding: composed.canonicalJSON, as: UTF8.self)
                == String(
                    decoding: whole.canonicalJSON, as: UTF8.self))
        #expect(composed.identity == whole.identity)
        #expect(composed.name == "benefit")
    }

    @Test("Labels of roles and guards: the shell's, and what the chart says itself wins")
    func labels() throws {
        let shell = "roles: { clerk: { label: { zh: 壳, en: Shell } }, boss: { label: { zh: 长, en: Boss } } }\n"
        let body = "roles: { clerk: { label: { zh: 员, en: Clerk } } }\n"
        let composed = try load(["benefits/body.yaml": body + Self.body, "shell.yaml": shell + Self.shell])
        #expect(composed.roleLabels.mapValues { $0["en"] } == ["clerk": "Clerk", "boss": "Boss"])
        #expect(composed.identity == (try load(["benefits/body.yaml": Self.body, "shell.yaml": Self.shell])).identity)
    }

    @Test("A shell of a shell, and two places, regions in one")
    func nested() throws {
        let middle = """
            chart: middle
            shell: shell.yaml
            places:
              body:
                states:
                  first: { place: first }
                  second: { place: second, transitions: [{ event: done, to: finish }] }
                  finish: { final: true }
            """
        let body = """
            chart: leaf
            shell: middle.yaml
            places:
              first: { states: { x: { transitions: [{ event: e, to: second }] } } }
              second: { regions: { a: { states: { b: { final: true } } }, c: } }
            """
        let files = ["leaf.yaml": body, "middle.yaml": middle, "shell.yaml": Self.shell]
        let chart = try load(files, "leaf.yaml")
        #expect(
            chart.states.map(\.path) == [
                "intake", "open", "open/first", "open/first/x", "open/second", "open/second/a", "open/second/a/b",
                "open/second/c", "open/finish", "settled", "gone",
            ])
        #expect(chart.states.first { $0.path == "open/second" }?.kind == .parallel)
        let half = files.merging(["leaf.yaml": body.replacing("  second:", with: "  third:")]) { $1 }
        #expect(
            problems(half, "leaf.yaml") == [
                "charts/leaf.yaml:5:3: the shell has no place third; open are first, second",
                "charts/middle.yaml:7:24: nothing fills the place second: a shell runs only as part of a chart that "
                    + "names it (shell:)",
            ])
    }

    @Test("Each problem stands in the file it is in, all at once")
    func files() {
        let shell = Self.shell.replacing("to: settled }", with: "to: nowhere }").replacing(", en: Open", with: "")
        let body = Self.body.replacing("to: finish }", with: "to: finnish }").replacing("{ m: 1 }", with: "{ m: 1 + }")
            .replacing("shell:", with: "initial: open\nshell:")
        let found = problems(["benefits/body.yaml": body, "shell.yaml": shell])
        #expect(
            found.map { $0.split(separator: " ").prefix(4).joined(separator: " ") } == [
                "charts/benefits/body.yaml:3:1: initial has no", "charts/benefits/body.yaml:5:17: at column 4:",
                "charts/benefits/body.yaml:15:52: to finnish: there", "charts/shell.yaml:10:12: label: en is",
                "charts/shell.yaml:13:28: to nowhere: there",
            ])
    }

    @Test("The composed chart is the one checked: what is remarked stands in its own file and line")
    func checked() throws {
        let shell = Self.shell.replacing("settled: true }", with: "transitions: [{ event: back, by: r, to: open }] }")
        let lost = "      lost: { transitions: [{ after: 5d, to: finish }] }\n      finish:"
        let body = Self.body.replacing("      finish:", with: lost)
        let files = ["benefits/body.yaml": body, "shell.yaml": shell]
        let folder = ChartFolder(name: "charts/") { (path) throws(ChartFolder.Failure) in
            guard let text = files[path] else { throw ChartFolder.Failure(message: "there is no such file") }
            return Array(text.utf8)
        }
        let review = ChartReview(at: "benefits/body.yaml", in: folder)
        let remarks = review.remarks.map {
            "\($0.file):\($0.line):\($0.column) \($0.finding.code.name) \($0.finding.pointer)"
        }
        #expect(remarks.contains("charts/shell.yaml:15:3 C501 /states/2"), "\(remarks)")
        #expect(remarks.contains("charts/benefits/body.yaml:16:7 C201 /states/1/states/1"), "\(remarks)")
        #expect(remarks.count { $0.contains("C501") } == 1 && remarks.count { $0.contains("C201") } == 1, "\(remarks)")
        #expect(review.definition?.states.map(\.path).contains("open/lost") == true)
    }

    @Test(
        "What is wrong with shells and places, and where it is told",
        arguments: [
            (
                "shell: ../shell.yaml", "shell: ../../shell.yaml",
                "3:8: shell ../../shell.yaml: expected a path relative"
            ),
            ("shell: ../shell.yaml", "shell: /shell.yaml", "3:8: shell /shell.yaml: expected a path relative"),
            ("shell: ../shell.yaml", "shell: ../shell.json", "3:8: shell ../shell.json: expected a name that ends"),
            ("shell: ../shell.yaml", "shell: ../shall.yaml", "3:8: shell ../shall.yaml: there is no such file"),
            ("shell: ../shell.yaml", "shell: body.yaml", "3:8: shell body.yaml: the shells lead in a circle: benefits"),
            ("shell: ../shell.yaml", "shell: [a]", "3:1: shell : expected a path relative"),
            ("shell: ../shell.yaml\n", "", "6:3: places: belongs to a chart that names its shell"),
            ("  body:\n", "  bode:\n", "7:3: the shell has no place bode; open are body"),
            ("    initial: check", "    settled: true", "8:5: unknown key settled; a place takes states, regions"),
            ("  body:\n", "  body: {}\n  body:\n", "7:3: YAML: the key body stands twice"),
        ])
    func wrong(old: String, new: String, expected: String) {
        let text = Self.body.replacing(old, with: new)
        #expect(text != Self.body)
        let found = problems(["benefits/body.yaml": text, "shell.yaml": Self.shell])
        #expect(found.contains { $0.hasPrefix("charts/benefits/body.yaml:\(expected)") }, "\(found)")
    }

    @Test(
        "What is wrong with the shell itself",
        arguments: [
            ("place: body", "place: 7", "14:12: place: expected letters, digits"),
            ("settled: { settled: true }", "settled: { place: body }", "15:21: the place body stands twice"),
            (
                "place: body", "place: body\n    states: { x: }",
                "15:13: states has no place in a state that others fill"
            ),
            ("settled: { settled: true }", "settled: { place: other }", "15:21: nothing fills the place other"),
            ("chart: shell", "chart: [", "3:1: YAML:"),
            ("n: 0", "m: 0", "none"),
        ])
    func shells(old: String, new: String, expected: String) {
        let text = Self.shell.replacing(old, with: new)
        #expect(text != Self.shell)
        let found = problems(["benefits/body.yaml": Self.body, "shell.yaml": text])
        if expected == "none" {
            #expect(found.first?.hasPrefix("charts/benefits/body.yaml:4:14: the variable m stands twice") == true)
        } else {
            #expect(found.contains { $0.hasPrefix("charts/shell.yaml:\(expected)") }, "\(found)")
        }
    }

    @Test("Circles and long chains of shells end")
    func chains() {
        var files: [String: String] = [:]
        for number in 0..<20 { files["\(number).yaml"] = "chart: c\nshell: \(number + 1).yaml\nplaces: { a: }\n" }
        #expect(
            problems(files, "0.yaml") == ["charts/8.yaml:2:8: shell 9.yaml: more than 8 shells in shells"])
        files["3.yaml"] = "chart: c\nshell: 1.yaml\nplaces: { a: }\n"
        #expect(
            problems(files, "0.yaml") == [
                "charts/3.yaml:2:8: shell 1.yaml: the shells lead in a circle: 1.yaml → 2.yaml → 3.yaml → 1.yaml"
            ])
    }

    @Test("A chart read by itself cannot have a shell, and a shell alone does not run")
    func alone() {
        for (text, expected) in [
            (Self.body, "c.yaml:3:8: shell ../shell.yaml: a shell is read only where"),
            (Self.shell, "c.yaml:14:12: nothing fills the place body"),
        ] {
            let error = #expect(throws: ChartFileError.self) { try ChartFile.load(yaml: text, file: "c.yaml") }
            #expect(error?.problems.contains { $0.description.hasPrefix(expected) } == true, "\(error?.problems ?? [])")
        }
    }
}
