import Foundation
import Testing

@testable import ChartFiles

/// Judges documents by `Schemas/chart.schema.json` as an editor would: with a validator nobody here wrote.
private enum SchemaJudge {
    private static let program = """
        import json, sys, yaml, jsonschema
        schema = json.load(open(sys.argv[1], encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        for path in sys.argv[2:]:
            error = next(validator.iter_errors(yaml.safe_load(open(path, encoding="utf-8"))), None)
            print("accepted" if error is None else "refused: " + error.message.replace("\\n", " ")[:300])
        """

    static let python: ForeignTool? = {
        guard let python = ForeignTool("python3"),
            (try? python.run(["-c", "import yaml, jsonschema; jsonschema.Draft202012Validator"]))?.status == 0
        else { return nil }
        return python
    }()

    /// One verdict for each document, in their order: `accepted`, or `refused:` and why.
    static func verdicts(_ documents: [String]) throws -> [String] {
        let folder = try TemporaryFolder()
        let paths = try documents.enumerated().map { try folder.write($0.element, "\($0.offset).yaml") }
        let schema = Package.root.appending(path: "Schemas/chart.schema.json").path
        let result = try #require(python).run(["-c", program, schema] + paths)
        try #require(result.status == 0, "\(result.output)")
        let lines = result.output.split(separator: "\n").map(String.init)
        try #require(lines.count == documents.count, "\(result.output)")
        return lines
    }
}

@Suite(
    "The chart's schema, judged by a validator",
    .enabled(if: SchemaJudge.python != nil, "python3-jsonschema or python3-yaml is not installed"))
struct SchemaJudgementTests {
    private static func files(in folder: String, _ isWanted: (String) -> Bool) throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: Package.root.appending(path: folder).path)
        return names.filter { $0.hasSuffix(".yaml") && isWanted($0) }.sorted().map { "\(folder)/\($0)" }
    }

    @Test("It accepts the charts there are")
    func accepted() throws {
        let files =
            try Package.plugins.map { "Plugins/\($0)/chart.yaml" }
            + Self.files(in: "Tests/ChartFilesTests/Golden") { _ in true }
            + Self.files(in: "Tests/ChartFilesTests/Corpus/yaml") { _ in true }
            + Self.files(in: Example.folder) { !$0.contains("-yes") }
        #expect(files.count > 40)
        let texts = try files.map(Package.text) + [CompositionTests.shell, CompositionTests.body, Self.everything]
        for (file, verdict) in zip(files + ["shell", "body", "everything"], try SchemaJudge.verdicts(texts)) {
            #expect(verdict == "accepted", "\(file): \(verdict)")
        }
        _ = try ChartFile.load(yaml: Self.everything, file: "c.yaml")
    }

    /// Every key and every form of a value.
    private static let everything = """
        format: 1
        chart: every-thing.2
        label: { zh: 全, en: All, ko: 모두 }
        source: "domain §1 [P]"
        initial: [a]
        initialDo: greet
        variables: { n: 0, s: "'x'", yes1: true, l: { value: "[1, 2]", source: rule 1 }, u: {} }
        roles: { r: { label: { zh: 员, en: Clerk } }, hrss.checker: {} }
        guards: { isOpen: { label: { zh: 开, en: open } } }
        timers: { late: 30d, short: { duration: 250ms, label: { zh: 短, en: Short }, source: rule 2 },
                  week: { duration: 5wd, firstDay: counted } }
        states:
          a:
            label: { zh: 甲, en: A }
            source: rule 3
            settled: true
            tasks: [{ id: t, role: r, due: 6mo, label: { zh: 看, en: Look }, source: rule 4 }]
            jobs: [{ id: j, worker: w, attempts: 3, wait: 30s, longest: 5m, timeout: 72h,
                     label: { zh: 付, en: Pay }, source: rule 5 }, { id: k, worker: w }]
            entry:
              - act
              - { raise: e, data: { x: n + 1, y: 2 } }
              - { raise: e, content: "'x'" }
              - { send: e, delay: 1s, id: i, data: { x: true } }
              - { send: e, delayOf: n, content: 5 }
              - { cancel: i }
              - { assign: n, value: 5 }
              - { if: n > 1, then: act, else: [{ if: true, then: [act, act] }] }
              - { foreach: l, as: it, index: at, do: [{ log: it, value: it }] }
              - { log: text }
              - { start: late }
              - { pause: late }
              - { resume: late }
              - { stop: late }
              - { block: [act, { block: act }] }
            exit: { raise: e }
            transitions:
              - { event: [e, "x.*"], by: [r, q], distinctFrom: e, if: isOpen && n == 1, do: act, to: [b],
                  internal: false, label: { zh: 去, en: Go }, source: rule 6 }
              - { event: "*", by: r, to: /b }
              - { after: 5wd, firstDay: counted, to: b }
              - { timer: late, to: b }
              - { if: true, to: b }
          b:
            initial: c
            initialDo: [act]
            transitions: [{ event: done, to: p }]
            states:
              c: { transitions: [{ event: e, to: f }] }
              f: { final: true, data: { x: 1 }, entry: act }
              g: { final: true, content: "'x'" }
              h: { history: shallow, to: c, do: act }
              i: { history: deep, to: [c] }
          p: { regions: { r1: , r2: { states: { z: { final: true } } } } }
        """

    private static let states = "states: { a: }"

    /// What is wrong in its form, after the chart's name and label.
    private static let wrong: [String] =
        [
            "zz: 1\n\(states)", "format: 2\n\(states)", "source: [a]\n\(states)", "initial: { a: b }\n\(states)",
            "states: [a]", "states: a", "states: {}", "states: { a b: }", "states: { 1a: }", "states: { a: 5 }",
            "regions: { a: }", "variables: [n]\n\(states)", "variables: { n: [1] }\n\(states)",
            "variables: { a-b: 1 }\n\(states)", "variables: { n: { of: 1 } }\n\(states)",
            "timers: { t: soon }\n\(states)", "timers: { t: 5 }\n\(states)", "timers: { t: { source: x } }\n\(states)",
            "timers: { t: { duration: 5wd, firstDay: true } }\n\(states)", "timers: { 1t: 5d }\n\(states)",
            "places: { p: { states: { a: } } }\n\(states)", "shell: a.json\nplaces: { p: { states: { a: } } }",
            "shell: a.yaml", "shell: a.yaml\nplaces: {}", "shell: a.yaml\nplaces: { p: { states: { a: } } }\n\(states)",
            "shell: a.yaml\nplaces: { p: { settled: true, states: { a: } } }", "shell: a.yaml\nplaces: { p: {} }",
            "roles: [r]\n\(states)", "roles: { r: Clerk }\n\(states)", "guards: { g: { label: open } }\n\(states)",
            "guards: { g: { source: x } }\n\(states)", "timers: { t: { id: u, duration: 5d } }\n\(states)",
            "dialect: scxml\n\(states)", "binding: late\n\(states)",
        ]
        + [
            "colour: red", "id: b", "label: A", "label: { zh: 甲 }", "label: { zh: 甲, en: [A] }", "final: 1",
            "final: 'true'", "settled: often", "history: both", "tasks: { id: t, role: r }", "tasks: [{ id: t }]",
            "tasks: [{ role: r }]",
            "tasks: [{ id: t, role: r, due: soon }]", "tasks: [{ id: t, role: r, zz: 1 }]", "tasks: [t]",
            "jobs: [{ id: j }]", "jobs: [{ id: j, worker: w, attempts: 1, wait: 1s }]",
            "jobs: [{ id: j, worker: w, attempts: 3 }]", "jobs: [{ id: j, worker: w, wait: 1s }]",
            "jobs: [{ id: j, worker: w, attempts: 2, wait: 5d }]", "jobs: [{ id: j, worker: w, zz: 1 }]",
            "variables: { v: 1 }", "data: [a]", "transitions: { event: e }", "transitions: [e]",
            "states: { b: { zz: 1 } }", "regions: { b: { zz: 1 } }", "place: 1a",
        ].map { "states: { a: { \($0) } }" }
        + [
            "after: soon", "after: 5", "event: { a: b }", "firstDay: counted, after: 5", "after: 5d, firstDay: true",
            "by: { r: q }", "internal: 1", "to: { a: b }", "if: [a]", "zz: 1", "event: e, label: A",
        ].map { "states: { a: { transitions: [{ \($0) }] } }" }
        + [
            "[[act]]", "5", "{ raise: e, log: x }", "{ raise: e, zz: 1 }", "{ raise: [e] }", "{ data: { x: 1 } }", "{}",
            "{ send: e, delay: 5d }", "{ send: e, zz: 1 }", "{ send: e, idTo: n }", "{ sendOf: n }",
            "{ send: e, target: x }", "{ send: e, data: [x] }", "{ cancelOf: n }", "{ cancel: i, zz: 1 }",
            "{ assign: n }", "{ assign: n, value: [1] }", "{ assign: n, value: 1, zz: 1 }", "{ if: x, then: a, zz: 1 }",
            "{ foreach: l, as: a b, do: act }", "{ foreach: l, as: 1a, do: act }", "{ foreach: l, as: '', do: act }",
            "{ foreach: l, as: i, index: 'a-b', do: act }", "{ foreach: l, as: i, index: '', do: act }",
            "{ foreach: l, do: act }", "{ foreach: l, as: i, do: act, zz: 1 }", "{ log: x, zz: 1 }",
            "{ start: late, stop: late }", "{ start: late, zz: 1 }", "{ block: [act], zz: 1 }", "{ block: { zz: 1 } }",
        ].map {
            "variables: { n: 1, l: '[1]' }\ntimers: { late: 5d }\nstates: { a: { entry: \($0) } }"
        }

    @Test("What is wrong in its form it refuses, and so does the reader")
    func refused() throws {
        let label = "label: { zh: 甲, en: A }\n"
        let documents =
            Self.wrong.map { "chart: c\n\(label)\($0)\n" }
            + [label + Self.states, "chart: a b\n\(label)\(Self.states)", "- a"]
        for (document, verdict) in zip(documents, try SchemaJudge.verdicts(documents)) {
            #expect(verdict.hasPrefix("refused"), "the schema accepts\n\(document)")
            #expect(throws: ChartFileError.self, "the reader accepts\n\(document)") {
                try ChartFile.definition(at: "c.yaml", in: Self.folder(document))
            }
        }
    }

    @Test("It refuses each example of the check whose form is wrong", arguments: ["C103", "C104", "C105"])
    func examples(code: String) throws {
        let text = try Package.text("\(Example.folder)/\(code)-yes.yaml")
        #expect(try SchemaJudge.verdicts([text])[0].hasPrefix("refused"))
    }

    /// The document, and beside it a shell with one place.
    private static func folder(_ document: String) -> ChartFolder {
        ChartFolder(name: "") { (path) throws(ChartFolder.Failure) in
            switch path {
            case "c.yaml": Array(document.utf8)
            case "a.yaml", "a.json": Array("chart: s\nstates: { s: { place: p } }".utf8)
            default: throw ChartFolder.Failure(message: "there is no such file")
            }
        }
    }
}
