@testable import ChartAnalysis
import Foundation
import Statechart
import Testing

@testable import ChartFiles

/// For each code the smallest charts that have it and some that just do not, as files that can be tried by hand:
/// `Golden/check/C201-yes.yaml`, `C201-no.yaml`, for another branch of the same check `C201-yes-history.yaml`, and
/// where needed `C801-old.yaml`, `C601-yes.names`. The lines that are remarked upon end with `# here`, or with
/// `# here: ` and words of what is said.
struct Example: CustomTestStringConvertible {
    static let folder = "Tests/ChartFilesTests/Golden/check"

    /// What small charts lack unless it is their topic: owners, senders, sources and labels.
    private static let unsaid: Set<String> = ["C402", "C501", "C701", "C702"]

    /// `C201-yes-history`.
    let name: String
    var code: String { String(name.prefix(4)) }
    var testDescription: String { name }

    static func all(_ kind: String) -> [Example] {
        let files = try? FileManager.default.contentsOfDirectory(atPath: Package.root.appending(path: folder).path)
        let names = (files ?? []).filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
        return names.filter { $0.dropFirst(5).split(separator: "-").first == kind[...] }.map(Example.init)
    }

    func review() throws -> ChartReview {
        let file = "\(Example.folder)/\(name).yaml"
        return ChartReview(
            of: try Package.text(file), file: file, names: try Example.names("\(Example.folder)/\(name).names"),
            against: try Example.old("\(Example.folder)/\(code)-old.yaml"))
    }

    private static func isThere(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: Package.root.appending(path: path).path)
    }

    private static func names(_ path: String) throws -> ImplementedNames? {
        guard isThere(path) else { return nil }
        return try ImplementedNames(reading: try Package.text(path), file: path)
    }

    private static func old(_ path: String) throws -> Definition? {
        guard isThere(path) else { return nil }
        return try ChartFile.definition(yaml: try Package.text(path), file: path)
    }

    /// Codes of a review that are not only there because the example is small.
    func codes(of review: ChartReview) -> Set<String> {
        Set(review.remarks.map(\.finding.code.name)).subtracting(Example.unsaid.subtracting([code]))
    }

    /// Lines with a mark, from 1, and the words after it.
    func marked() throws -> [(line: Int, words: String)] {
        let lines = try Package.text("\(Example.folder)/\(name).yaml").split(
            separator: "\n", omittingEmptySubsequences: false)
        return lines.enumerated().compactMap { offset, line in
            guard let mark = line.range(of: "# here") else { return nil }
            return (offset + 1, String(line[mark.upperBound...].trimmingPrefix(": ")))
        }
    }
}

@Suite("The check of charts")
struct CheckTests {
    static let codes = ChartFinding.Code.all

    @Test("The smallest chart that has it, at its line, and nothing else", arguments: Example.all("yes"))
    func yes(example: Example) throws {
        let review = try example.review()
        #expect(example.codes(of: review) == [example.code], "\(review.remarks)")
        let remarks = review.remarks.filter { $0.finding.code.name == example.code }
        let marked = try example.marked()
        #expect(Array(Set(remarks.map(\.line))).sorted() == (marked.isEmpty ? [1] : marked.map(\.line)))
        for (line, words) in marked where !words.isEmpty {
            let said = remarks.filter { $0.line == line }.map(\.finding.sentence.en)
            #expect(said.contains { $0.contains(words) }, "\(said)")
        }
        for remark in remarks {
            #expect(remark.column > 0)
            #expect(remark.finding.sentence.zh != remark.finding.sentence.en)
            #expect(remark.finding.sentence.zh.unicodeScalars.contains { $0.value > 0x2E80 })
        }
    }

    @Test("The smallest chart that just does not", arguments: Example.all("no"))
    func no(example: Example) throws {
        let review = try example.review()
        #expect(review.definition != nil)
        #expect(example.codes(of: review) == [], "\(review.remarks)")
    }

    @Test("Each code has both charts, and each chart is a code's")
    func complete() throws {
        for kind in ["yes", "no"] {
            #expect(Set(Example.all(kind).map(\.code)) == Set(Self.codes.map(\.name)))
        }
        #expect(Self.codes.map(\.name) == Self.codes.map(\.name).sorted())
        #expect(Set(Self.codes.map(\.name)).count == Self.codes.count)
    }

    @Test("The plugins' charts have nothing to remark", arguments: Package.plugins)
    func plugins(name: String) throws {
        let file = "Plugins/\(name)/chart.yaml"
        var names = ImplementedNames()
        let sources = Package.root.appending(path: "Plugins/\(name)/Sources")
        for source in try FileManager.default.contentsOfDirectory(atPath: sources.path) where source.hasSuffix(".swift")
        {
            let path = "Plugins/\(name)/Sources/\(source)"
            names.formUnion(try ImplementedNames(reading: try Package.text(path), file: path))
        }
        #expect(!names.guards.isEmpty)
        let review = ChartReview(of: try Package.text(file), file: file, names: names)
        #expect(review.remarks.map { "\($0.line) \($0.finding.code.name) \($0.finding.sentence.en)" } == [])
    }

    @Test("Nothing is missed where the chart is canonical JSON: lines and columns are those of the file")
    func canonical() throws {
        let definition = try ChartFile.definition(
            yaml: try Package.text("\(Example.folder)/C203-yes.yaml"), file: "c.yaml")
        let text = String(decoding: definition.canonicalJSON, as: UTF8.self)
        let remarks = ChartReview(of: text, file: "c.json").remarks
        #expect(remarks.first { $0.finding.code == .deadEnd }?.finding.pointer == "/states/1")
        #expect(remarks.allSatisfy { $0.line == 1 && $0.column > 1 }, "canonical JSON is one line")
        #expect(ChartReview(of: "{", file: "c.json").remarks.map(\.finding.code) == [.syntax])
    }

    @Test("Names are read from lists and from Swift")
    func names() throws {
        let list = try ImplementedNames(reading: "guard a\n\naction b # c\nevent d.e\n", file: "names")
        #expect(list == ImplementedNames(guards: ["a"], actions: ["b"], events: ["d.e"]))
        #expect(throws: ChartFileError.self) { try ImplementedNames(reading: "guards a", file: "names") }
        let swift = """
            extension T {
                func isA(_ decision: Decision<Record>) throws -> Verdict {
                func `do`(_ decision: inout Decision<Record>) throws {
                private func amount(_ decision: Decision<Record>) throws -> Fen {
                private func isB(_ decision: Decision<Record>) throws -> Verdict {
            """
        #expect(
            try ImplementedNames(reading: swift, file: "T.swift") == ImplementedNames(guards: ["isA"], actions: ["do"]))
    }

    @Test(
        "A handler is known by its signature, wherever its lines break",
        arguments: [
            ("func isA(\n    _ decision: Decision<Record>\n) throws -> Verdict {", "guard isA"),
            ("func isA(_ decision: Decision<Record>) throws\n    -> Verdict { .yes }", "guard isA"),
            ("func isA(_ it: Decision<Record>) -> Verdict { .yes }", "guard isA"),
            ("func isA(_: Decision<Record>) throws(Refusal) -> Kit.Verdict { .yes }", "guard isA"),
            ("public\nfunc\nisA\n(_ d\n: CaseworkPluginKit.Decision\n<Record>)\n->\nVerdict", "guard isA"),
            ("@inlinable func isA(_ d: Decision<Map<Int, [String]>>) -> Verdict", "guard isA"),
            ("func pay(\n    _ d: inout Decision<Record>,\n) throws {", "action pay"),
            ("func pay(_ d: inout Decision<R>) { let x = \"func b(_ d: Decision<R>) -> Verdict\" }", "action pay"),
            ("let s = \"\\(f(\"(\"))\"; func isA(_ d: Decision<R>) -> Verdict", "guard isA"),
            (
                "let s = #\"\"\"\n \" func no(_ d: Decision<R>) -> Verdict\n\"\"\"#\n"
                    + "func isA(_ d: Decision<R>) -> Verdict", "guard isA"
            ),
            ("// func isA(_ decision: Decision<Record>) throws -> Verdict", ""),
            ("/* /* */ func isA(_ decision: Decision<Record>) -> Verdict */", ""),
            ("private\n  func isA(_ decision: Decision<Record>) -> Verdict", ""),
            ("fileprivate func isA(_ decision: Decision<Record>) -> Verdict", ""),
            ("static func isA(_ decision: Decision<Record>) -> Verdict", ""),
            ("func isA(_ decision: Decision<Record>) throws -> Fen", ""),
            ("func isA(_ decision: Decision<Record>, at day: Day) throws -> Verdict", ""),
            ("func isA(of decision: Decision<Record>) throws -> Verdict", ""),
            ("func isA(_ decision: Decision<Record>", ""), ("func", ""), ("func isA(", ""), ("\"\\", ""), ("#\"", ""),
        ])
    func signatures(source: String, expected: String) throws {
        let names = try ImplementedNames(reading: source, file: "T.swift")
        let found = names.guards.map { "guard \($0)" } + names.actions.map { "action \($0)" }
        #expect(found == (expected.isEmpty ? [] : [expected]), "\(source)")
    }

    @Test(
        "Charts of others are read to the end", .enabled(if: Suites.isThere, "no suites/statecharts"),
        arguments: Suites.entries)
    func suites(entry: Suites.Index.Entry) throws {
        let text = try String(contentsOf: Suites.folder.appending(path: entry.file), encoding: .utf8)
        let review = ChartReview(of: text, file: entry.file)
        let definition = try #require(review.definition)
        #expect(ChartComparison(from: definition, to: definition).changes.isEmpty)
    }
}

@Suite("The check and large charts")
struct LargeChartTests {
    /// Shapes that make comparing everything with everything slow.
    static let shapes: [(name: String, yaml: @Sendable (Int) -> String)] = [
        (
            "a long row",
            { count in
                let states = (0..<count).map {
                    "  s\($0): { transitions: [{ event: e\($0), by: [r], to: s\($0 + 1) }] }"
                }
                return "states:\n" + states.joined(separator: "\n") + "\n  s\(count): { final: true }\n"
            }
        ),
        (
            "one event everywhere",
            { count in
                let states = (0..<count).map {
                    "  s\($0): { transitions: [{ event: e, by: [r], if: g\($0), to: s\($0 + 1) }] }"
                }
                return "states:\n" + states.joined(separator: "\n") + "\n  s\(count): { final: true }\n"
            }
        ),
        (
            "one state with all transitions",
            { count in
                let transitions = (0..<count).map { "      - { event: e, by: [r], if: g\($0) && h\($0), to: z }" }
                return "states:\n  a:\n    transitions:\n" + transitions.joined(separator: "\n")
                    + "\n  z: { final: true }\n"
            }
        ),
        (
            "all regions of one state",
            { count in
                let regions = (0..<count).map {
                    "      r\($0): { transitions: [{ event: e, by: [r], if: g\($0), to: /z }] }"
                }
                return "states:\n  p:\n    regions:\n" + regions.joined(separator: "\n") + "\n  z: { final: true }\n"
            }
        ),
        (
            "choices in a circle",
            { count in
                let states = (0..<count).map {
                    "  s\($0): { transitions: [{ if: g, to: s\(($0 + 1) % count) }, { event: e, to: s0 }] }"
                }
                return "states:\n" + states.joined(separator: "\n") + "\n"
            }
        ),
    ]

    @Test("2,000 states take seconds: nothing compares all with all", arguments: shapes.indices)
    func speed(shape: Int) throws {
        let text = "chart: large\nlabel: { zh: 大, en: Large }\n" + Self.shapes[shape].yaml(2_000)
        let definition = try ChartFile.definition(yaml: text, file: "c.yaml")
        let time = ContinuousClock().measure { #expect(!definition.findings().isEmpty) }
        // A second or two in a debug build; all pairs of 2,000 would take many times that.
        #expect(time < .seconds(30), "\(Self.shapes[shape].name): \(time)")
    }
}

@Suite("What the readers say, in Chinese")
struct ReadingSentenceTests {
    /// Readers whose sentences an author meets.
    static let readers = [
        "Statechart/DefinitionReader.swift", "Statechart/DefinitionReader+States.swift",
        "Statechart/DefinitionReader+Transitions.swift", "Statechart/DefinitionReader+Content.swift",
        "Statechart/ExpressionLexer.swift", "Statechart/ExpressionParser.swift", "Statechart/JSONReader.swift",
        "ChartFiles/YAMLChart.swift", "ChartFiles/YAMLGate.swift", "ChartFiles/ScxmlReader.swift",
        "ChartFiles/ScxmlReader+Own.swift", "ChartFiles/XMLReader.swift",
    ]

    /// The first text in each call that reports something, what it names replaced by a name.
    static func sentences(in source: String) -> [String] {
        let calls = ["report", "note", "failure", "problem", "Refusal", "ChartError"].map { Array($0.utf8) }
        let bytes = Array(source.utf8)
        var result: [String] = []
        for start in bytes.indices where bytes[start] == UInt8(ascii: "(") {
            guard calls.contains(where: { bytes[..<start].suffix($0.count).elementsEqual($0) }) else { continue }
            // A declaration and a call without a text have no quote before their end.
            let rest = bytes[start...].prefix(400)
            guard let quote = rest.firstIndex(of: UInt8(ascii: "\"")),
                !bytes[start..<quote].contains(UInt8(ascii: "{")), !bytes[start..<quote].contains(UInt8(ascii: "}"))
            else { continue }
            result.append(literal(bytes[(quote + 1)...]))
        }
        return result
    }

    /// Up to the closing quote.
    private static func literal(_ bytes: ArraySlice<UInt8>) -> String {
        var text: [UInt8] = []
        var depth = 0
        var previous: UInt8 = 0
        for byte in bytes {
            defer { previous = byte }
            if depth > 0 {
                depth += byte == UInt8(ascii: "(") ? 1 : byte == UInt8(ascii: ")") ? -1 : 0
            } else if previous == UInt8(ascii: "\\"), byte == UInt8(ascii: "(") {
                depth = 1
                text.removeLast()
                text += "name".utf8
            } else if byte == UInt8(ascii: "\""), previous != UInt8(ascii: "\\") {
                break
            } else {
                text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    @Test("Each sentence has its Chinese half", arguments: readers)
    func complete(reader: String) throws {
        let sentences = Self.sentences(in: try Package.text("Sources/\(reader)"))
        #expect(!sentences.isEmpty)
        for sentence in Set(sentences) where sentence.contains(" ") {
            #expect(ReadingSentence.known(sentence) != nil, "\(reader): \(sentence)")
        }
    }

    @Test(
        "What is named stands in both",
        arguments: [
            ("to rejectd: there is no such state", "to rejectd：没有这个状态"),
            ("at column 4: expected a value, found the end", "表达式第 4 列：应为 一个值，却是 结尾"),
            (
                "after: expected a duration such as 30s, 72h, 90d, 5wd or 6mo, found soon",
                "after：应为时长，如 30s、72h、90d、5wd、6mo，却是 soon"
            ),
            ("/states/0: role is missing", "/states/0：缺少 role"), ("something new", "something new"),
        ])
    func words(english: String, chinese: String) { #expect(ReadingSentence.zh(english) == chinese) }
}
