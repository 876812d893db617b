import Foundation
import Testing

/// `casework chart …` as a program: what it prints, how it ends, and the keys that scripts rely on.
@Suite("Commands for charts")
struct ChartCommandTests {
    private static let good = """
        chart: example
        label: { zh: 例, en: Example }
        variables: { rounds: { value: 0, source: Notice 1 } }
        states:
          a:
            label: { zh: 甲, en: First }
            tasks: [{ id: t, role: r, label: { zh: 办, en: Do } }]
            transitions:
              - { event: e, by: [r], if: isFit, do: [settle, { log: settled }], to: z, source: Notice 1 }
              - { event: e, by: [r], to: b }
          b: { label: { zh: 乙, en: Second }, transitions: [{ after: 120s, to: z, source: Notice 1 }] }
          z: { label: { zh: 完, en: End }, final: true }

        """

    /// Four variants of one chart, a script and lists of names.
    private static func files() throws -> Program {
        let program = try Program()
        let end = "transitions: [{ after: 120s, to: z, source: Notice 1 }]"
        let files = [
            "good.yaml": good,
            "wrong.yaml": good.replacing(end, with: "transitions: []"),
            "unread.yaml": good.replacing("final: true", with: "final: perhaps, colour: red"),
            "warned.yaml": good.replacing(end, with: end.replacing(", source: Notice 1", with: "")),
            "longer.yaml": good + "  y: { label: { zh: 外, en: Extra }, settled: true }\n",
            "renamed.yaml": good.replacing("  b:", with: "  c:").replacing("to: b", with: "to: c")
                .replacing("乙, en: Second", with: "丙, en: Third"),
            "both.names": "guard isFit\naction settle\n", "one.names": "guard isFit\n", "bad.names": "guards isFit\n",
            "late.json": """
                {"events":[{"event":{"name":"e"},"guards":{"isFit":"no"}},{"after":120000}]}
                """,
            "soon.json": "{\"events\":[{\"event\":{\"name\":\"e\"}}]}",
            "other.json": "{\"guards\":{\"isTall\":\"no\"},\"events\":[]}",
        ]
        for (name, text) in files { try program.write(text, name) }
        for form in ["json", "scxml"] {
            let result = try program.run(["chart", "export", "good.yaml", "--to", form])
            try #require(result.code == 0, "\(result.errors)")
            try program.write(result.output, "good.\(form)")
        }
        return program
    }

    /// A command line, its exit code, and what it must say, on either stream.
    struct Row: CustomTestStringConvertible {
        var line: String
        var code: Int32
        var texts: [String]
        var testDescription: String { line }

        init(_ line: String, _ code: Int32, _ texts: String...) {
            (self.line, self.code, self.texts) = (line, code, texts)
        }
    }

    static let rows = [
        Row("check good.yaml", 0, "good.yaml: 3 states, 3 transitions, nothing wrong\n"),
        Row("check good.json", 0, "good.json: 3 states, 3 transitions, nothing wrong\n"),
        Row("check good.scxml --lang zh", 0, "good.scxml：3 个状态，3 条转换，没有问题\n"),
        Row("check wrong.yaml", 1, "wrong.yaml:11:3  error C203\n", "casework: wrong.yaml: 1 error, 0 warnings\n"),
        Row("check unread.yaml", 1, "unread.yaml:12:35  error C105\n", "unread.yaml:12:51  error C103\n", "2 errors"),
        Row("check warned.yaml", 0, "warned.yaml:11:52  warning C701\n", "\nwarned.yaml: 0 errors, 1 warning\n"),
        Row("check warned.yaml --strict", 1, "warning C701", "casework: warned.yaml: 0 errors, 1 warning\n"),
        Row("check good.yaml --strict --names both.names", 0, "nothing wrong"),
        Row("check good.yaml --names one.names", 1, "error C601\n  nobody wrote the action settle\n"),
        Row("check good.yaml --names bad.names", 2, "bad.names:1:1: expected guard, action or event and a name\n"),
        Row("check good.yaml --against good.scxml --strict", 0, "nothing wrong"),
        Row("check renamed.yaml --against good.json", 1, "renamed.yaml:11:3  error C802\n"),
        Row("check nothing.yaml", 2, "casework: cannot read the file nothing.yaml\n"),
        Row("diff good.yaml good.scxml", 0, "The process is the same.\n"),
        Row("diff good.json longer.yaml", 0, "  + "),
        Row("diff good.json renamed.yaml", 1, "  ! “Second” (b) is now called “Third” (c)  C802\n", ": 1\n"),
        Row("diff good.json renamed.yaml --lang zh", 1, "  ! “乙”（b）改名为“丙”（c）  C802\n", "影响在办案件的变动：1 处"),
        Row("diff good.json unread.yaml", 1, "casework: unread.yaml has 2 problems\n  unread.yaml:12:35: "),
        Row("coverage good.yaml", 2, "Give a record or a --script."),
        Row("coverage good.scxml --script late.json --at-least 66", 0, "4   6   66", "a  e [isFit] → z: never taken\n"),
        Row("coverage good.yaml --script late.json", 0, "\n  a  e [isFit] → z: guard isFit never yes\n"),
        Row("coverage good.yaml --script late.json --lang zh", 0, "\n  a  e [isFit] → z 条件 isFit 从未回答“是”\n"),
        Row("coverage good.yaml --script late.json --at-least 67", 1, "casework: 66 % covered, less than 67 %\n"),
        Row("coverage good.yaml --script late.json --script soon.json --at-least 100", 0, "6   6  100"),
        Row("coverage good.yaml --script late.json --at-least 101", 2, "--at-least is a percentage."),
        Row("coverage good.yaml --script other.json", 2, "other.json: the chart has no guard “isTall”\n"),
        Row("show good.json", 0, "├─ ○ First (a)\n"),
        Row("show good.scxml --lang zh", 0, "├─ ○ 甲 (a)\n"),
        Row("generate good.yaml --type-name Example", 0, "protocol ExampleHandlers: CaseType {\n    func isFit("),
        Row("generate good.yaml", 2, "--type-name"),
        Row("play good.yaml --no isTall", 2, "casework: the chart has no guard “isTall”\n"),
        Row("play unread.yaml", 1, "unread.yaml:12:51: "),
    ]

    @Test("Answers and exit codes")
    func answers() throws {
        let program = try Self.files()
        defer { program.remove() }
        for row in Self.rows {
            let words = row.line.split(separator: " ").map(String.init)
            let result = try program.run(["chart"] + words)
            #expect(result.code == row.code, "\(row.line)\n\(result.text)")
            for text in row.texts { #expect(result.text.contains(text), "\(row.line) lacks \(text)\n\(result.text)") }
            #expect((result.code == 0) == result.errors.isEmpty, "\(row.line): errors go to standard error")
        }
    }

    /// Keys of an object, of the first elements of its lists and of the objects in it: `findings.message.zh`.
    private static func keys(_ value: Any, _ path: String = "") -> [String] {
        if let list = value as? [Any] { return list.first.map { keys($0, path) } ?? [] }
        guard let object = value as? [String: Any] else { return [] }
        return object.sorted { $0.key < $1.key }.flatMap { key, value in
            let name = path.isEmpty ? key : "\(path).\(key)"
            return [name] + keys(value, name)
        }
    }

    @Test("The keys of --json are those the help names")
    func keys() throws {
        let program = try Self.files()
        defer { program.remove() }
        let finding = ["code", "severity", "file", "line", "column", "pointer", "message.zh", "advice.en"]
        let change = ["kind", "before", "after", "danger", "pointer", "message.zh", "message.en"]
        let table: [(line: String, code: Int32, keys: [String])] = [
            ("check wrong.yaml", 1, ["file", "errors", "warnings"] + finding.map { "findings.\($0)" }),
            ("check good.yaml", 0, ["file", "errors", "warnings", "findings"]),
            ("diff good.yaml renamed.yaml", 1, ["old", "new", "endangering"] + change.map { "changes.\($0)" }),
            ("diff good.yaml good.json", 0, ["old", "new", "endangering", "changes"]),
            (
                "coverage good.yaml --script late.json", 0,
                ["chart", "covered", "of", "percent", "goals.kind", "goals.id", "goals.hits"]
            ),
        ]
        for (line, code, expected) in table {
            let result = try program.run(["chart"] + line.split(separator: " ").map(String.init) + ["--json"])
            #expect(result.code == code, "\(line)\n\(result.text)")
            let keys = Self.keys(try JSONSerialization.jsonObject(with: Data(result.output.utf8)))
            #expect(Set(expected).isSubset(of: keys), "\(line): \(keys)")
        }
    }

    @Test("Every pointer of --json leads to something in the canonical JSON, whatever the keys are called")
    func pointers() throws {
        let program = try Program()
        defer { program.remove() }
        let rows: [(yaml: String, pointers: [String: String])] = [
            (
                "states: { a: { colour: red, transitions: [{ event: e, to: nowhere }] } }",
                ["C103": "/states/0/colour", "C107": "/states/0/transitions/0/to/0"]
            ),
            (
                "roles: { a/b~c: { label: { zh: 甲, en: A } } }\nstates: { a: { final: true } }",
                ["C703": "/roles/a~1b~0c"]
            ),
            (
                "states: { a: { entry: [{ raise: e, data: { a/b: \"1 +\" } }] } }",
                ["C108": "/states/0/entry/0/data/a~1b"]
            ),
        ]
        for (yaml, pointers) in rows {
            try program.write("chart: c\n\(yaml)\n", "c.yaml")
            let result = try program.run(["chart", "check", "c.yaml", "--json"])
            let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
            let findings = try #require(object?["findings"] as? [[String: Any]])
            let found = findings.map { ["\($0["code"] ?? "")": "\($0["pointer"] ?? "")"] }
            for (code, pointer) in pointers { #expect(found.contains([code: pointer]), "\(found)") }
        }
    }

    @Test("A chart plays the same in every form, restored after every step or not")
    func play() throws {
        let program = try Self.files()
        defer { program.remove() }
        let end = "{\"configuration\":[\"b\"],\"log\":[],\"variables\":{\"rounds\":0}}\n"
        let lines = [
            "{\"configuration\":[\"a\"],\"log\":[],\"variables\":{\"rounds\":0}}\n", end,
            end.replacing("[\"b\"]", with: "[\"z\"]"),
        ]
        for form in ["yaml", "json", "scxml"] {
            for flags in [[], ["--restore-every-step"]] {
                let result = try program.run(["chart", "play", "good.\(form)", "--script", "late.json"] + flags)
                #expect(result.code == 0 && result.output == lines.joined(), "\(form) \(flags): \(result.text)")
            }
        }
        let traced = try program.run(["chart", "play", "good.yaml", "--script", "late.json", "--trace"])
        #expect(traced.output.contains("\"trace\":[\"0 e: completed a→b\"]"), "\(traced.text)")
        let yes = try program.run(["chart", "play", "good.yaml", "--script", "soon.json"])
        #expect(yes.output.contains("{\"configuration\":[\"z\"],\"log\":[\"settled\"]"), "\(yes.text)")
        let no = try program.run(["chart", "play", "good.yaml", "--script", "soon.json", "--no", "isFit"])
        #expect(no.output.hasSuffix(end), "\(no.text)")
    }

    @Test("Without a script 120 s pass", arguments: [(119, "z"), (120, "z"), (121, "b")])
    func twoMinutes(seconds: Int, end: String) throws {
        let program = try Program()
        defer { program.remove() }
        let chart = Self.good.replacing("120s", with: "\(seconds)s")
        try program.write(chart.replacing("states:", with: "initial: b\nstates:"), "chart.yaml")
        let result = try program.run(["chart", "play", "chart.yaml"])
        #expect(result.code == 0 && result.output.hasPrefix("{\"configuration\":[\"\(end)\"]"), "\(result.text)")
    }

    @Test("A chart that comes to no rest is stopped, and the sentence says what to do", arguments: ["en", "zh"])
    func restless(language: String) throws {
        let program = try Program()
        defer { program.remove() }
        let states = [
            "turning": "a: { entry: [{ raise: go }], transitions: [{ event: go, to: a }] }",
            "busy": "a: { entry: [{ send: go }], transitions: [{ event: go, to: a }] }",
        ]
        let words = [
            "turning": ["en": "one event led to more than 1000 microsteps", "zh": "一个事件引起的转换超过 1000 次"],
            "busy": ["en": "what it sends itself, or its timers", "zh": "它发给自己的事件和时限"],
        ]
        for (name, state) in states {
            try program.write("chart: c\nstates:\n  \(state)\n", "\(name).yaml")
            let result = try program.run(["chart", "play", "\(name).yaml", "--trace", "--lang", language])
            let text = words[name]?[language] ?? ""
            #expect(result.code == 1 && result.errors.contains(text), "\(result.text)")
        }
    }

    @Test("An event that comes to nothing is named beside the lines; a start that does so ends with 1")
    func dropped() throws {
        let program = try Program()
        defer { program.remove() }
        let failing = "[{ log: n, value: -s }]"
        let states = [
            "event": "a: { transitions: [{ event: e, do: \(failing), to: b }] }\n  b:",
            "start": "a: { entry: \(failing) }",
        ]
        try program.write("{\"events\":[{\"event\":\"e\"}]}", "script.json")
        for (name, state) in states {
            try program.write("chart: c\nvariables: { s: \"'x'\" }\nstates:\n  \(state)\n", "\(name).yaml")
            for (language, words) in [("en", "the event “e” after 0 ms"), ("zh", "事件“e”（第 0 毫秒）")] {
                let arguments = ["chart", "play", "\(name).yaml", "--script", "script.json", "--lang", language]
                let result = try program.run(arguments)
                let isStart = name == "start"
                #expect(result.code == (isStart ? 1 : 0), "\(result.text)")
                #expect(result.errors.hasPrefix("casework: ") && result.errors.contains("error.execution"))
                #expect(result.errors.contains(words) != isStart, "\(result.errors)")
                #expect(result.errors.split(separator: "\n").count == 1)
                let lines = result.output.split(separator: "\n")
                #expect(lines.count == (isStart ? 1 : 2))
                #expect(lines.allSatisfy { $0.hasPrefix("{\"configuration\":[\(isStart ? "" : "\"a\"")]") })
                guard !isStart else { continue }
                let coverage = ["chart", "coverage", "event.yaml", "--script", "script.json", "--lang", language]
                let covered = try program.run(coverage)
                #expect(covered.code == 0 && covered.errors.contains("script.json"), "\(covered.text)")
                #expect(covered.errors.contains(words))
            }
        }
    }

    /// Files that would take a careless reader's time or memory, and how the answer begins.
    private static var heavy: [(name: String, text: String, answer: String)] {
        let many = (0..<100_000).map { "  s\($0): { final: true }\n" }.joined()
        let deep = String(repeating: "{ states: { a: ", count: 1_000) + String(repeating: "} }", count: 1_000)
        let bomb = (1...9).map { level in
            "x\(level): &x\(level) [\(Array(repeating: "*x\(level - 1)", count: 9).joined(separator: ","))]\n"
        }
        let long = String(repeating: "e", count: 1 << 20)
        return [
            ("many.yaml", "chart: c\nstates:\n\(many)", "many.yaml:"),
            ("deep.yaml", "chart: c\nstates: { a: \(deep) }\n", "deep.yaml:"),
            ("bomb.yaml", "x0: &x0 [a,a,a,a,a,a,a,a,a]\n\(bomb.joined())chart: c\n", "bomb.yaml:"),
            ("long.yaml", "chart: c\nstates: { a: { transitions: [{ event: \(long) }] } }\n", "long.yaml:"),
        ]
    }

    @Test("A heavy file is refused at a place, within a gigabyte and a minute", arguments: heavy.indices)
    func heavyFiles(index: Int) throws {
        let (name, text, answer) = Self.heavy[index]
        let program = try Program()
        defer { program.remove() }
        try program.write(text, name)
        let bounds = ["prlimit", "--data=\(1 << 30)", "--cpu=60"]
        let result = try program.run(["chart", "check", name], within: bounds)
        #expect(result.code == 1 && result.output.hasPrefix(answer), "\(result.code) \(result.text.prefix(500))")
        #expect(result.output.contains("  error C10"), "\(result.text.prefix(500))")
        #expect(result.text.utf8.count < 100_000)
    }

    /// Files without end, or longer than memory, and how the answer to them ends.
    static let endless: [(line: String, code: Int32, text: String)] = [
        ("check sparse.yaml", 1, "sparse.yaml  error C102\n  the file has more than 4194304 bytes\n"),
        ("check sparse.json", 1, "the file has more than 8388608 bytes\n"),
        ("show sparse.scxml", 1, "  sparse.scxml: the file has more than 4194304 bytes\n"),
        ("check zero.yaml", 1, "the file has more than 4194304 bytes\n"),
        ("check folder.yaml", 1, "folder.yaml  error C107\n  the file cannot be read\n"),
        ("check pipe.yaml", 1, "pipe.yaml  error C101\n  the file is empty\n"),
        ("check good.yaml --names /dev/zero", 2, "the file /dev/zero has more than 67108864 bytes\n"),
        ("play good.yaml --script sparse.json", 2, "the file sparse.json has more than 67108864 bytes\n"),
        ("play good.yaml --script folder.yaml", 2, "cannot read the file folder.yaml\n"),
        ("play good.yaml --script pipe.yaml", 2, "pipe.yaml: "),
        ("check shelled.yaml", 1, "shelled.yaml:2:8  error C102\n  shell sparse.yaml: the file has more than"),
    ]

    @Test("No more of a file is read than it may be long", arguments: endless.indices)
    func endlessFiles(index: Int) throws {
        let (line, code, text) = Self.endless[index]
        let program = try Self.files()
        defer { program.remove() }
        for form in ["yaml", "json", "scxml"] {
            try program.write("", "sparse.\(form)")
            // Eight gigabytes, none of them on the disk.
            let file = try FileHandle(forWritingTo: program.folder.appendingPathComponent("sparse.\(form)"))
            try file.truncate(atOffset: 8 << 30)
            try file.close()
        }
        let zero = program.folder.appendingPathComponent("zero.yaml").path
        try FileManager.default.createSymbolicLink(atPath: zero, withDestinationPath: "/dev/zero")
        try FileManager.default.createDirectory(
            at: program.folder.appendingPathComponent("folder.yaml"), withIntermediateDirectories: true)
        try #require(mkfifo(program.folder.appendingPathComponent("pipe.yaml").path, 0o600) == 0)
        try program.write("chart: c\nshell: sparse.yaml\n", "shelled.yaml")
        let bounds = ["prlimit", "--data=\(1 << 30)", "--cpu=20"]
        let result = try program.run(["chart"] + line.split(separator: " ").map(String.init), within: bounds)
        #expect(result.code == code && result.text.contains(text), "\(result.code) \(result.text.prefix(500))")
    }

    @Test("What one command records another counts")
    func records() throws {
        let program = try Self.files()
        defer { program.remove() }
        for script in ["late.json", "soon.json"] {
            let played = try program.run(
                ["chart", "play", "good.yaml", "--script", script, "--cover", "runs.cover"])
            #expect(played.code == 0, "\(played.text)")
        }
        let all = try program.run(["chart", "coverage", "good.json", "runs.cover", "--at-least", "100"])
        #expect(all.code == 0, "\(all.text)")
        let other = try program.run(["chart", "coverage", "longer.yaml", "runs.cover"])
        #expect(other.code == 1 && other.errors.hasPrefix("casework: runs.cover:1: "), "\(other.text)")
    }
}
