import Foundation
import Testing

@testable import ChartFiles
@testable import Statechart

/// Charts the tests of pictures draw.
enum Drawn {
    static func transport() throws -> Definition {
        let chart = "Plugins/TransportSubsidy/chart.yaml"
        return try ChartFile.definition(yaml: try Package.text(chart), file: chart)
    }

    /// Forty states and more in three levels, with regions, histories, timers, jobs and long labels.
    static func forty() throws -> Definition {
        try ChartFile.definition(
            yaml: try Package.text("Tests/ChartFilesTests/Golden/forty.yaml"), file: "forty.yaml")
    }

    /// Offices of ten desks of ten states, one after the other.
    static func large(offices: Int) throws -> Definition {
        var yaml = "chart: large\nlabel: { zh: 大, en: Large }\nstates:\n"
        for office in 0..<offices {
            yaml += "  o\(office):\n    transitions: [{ event: next, to: o\((office + 1) % offices) }]\n    states:\n"
            for desk in 0..<9 {
                yaml += "      d\(desk):\n        transitions: [{ event: over, to: d\((desk + 1) % 9) }]\n"
                yaml += "        states:\n"
                for state in 0..<10 {
                    yaml += "          s\(state): { transitions: [{ event: e, to: s\((state + 1) % 10) }] }\n"
                }
            }
        }
        return try ChartFile.definition(yaml: yaml, file: "large.yaml")
    }

    /// Every state leads to states far away.
    static func tangled(states: Int) throws -> Definition {
        var yaml = "chart: tangled\nlabel: { zh: 乱, en: Tangled }\nstates:\n"
        for state in 0..<states {
            let far = (state &* 7_919 &+ 13) % states
            let next = (state + 1) % states
            yaml += "  s\(state): { transitions: [{ event: a, to: s\(next) }, { event: b, to: s\(far) }] }\n"
        }
        return try ChartFile.definition(yaml: yaml, file: "tangled.yaml")
    }

    static func states(_ paths: [String], of definition: Definition) -> Set<Int> {
        Set(definition.states.filter { state in paths.contains { $0 == state.path || $0.hasPrefix(state.path + "/") } }
            .map(\.index))
    }
}

@Suite("Pictures: nothing lies on anything else")
struct DiagramGeometryTests {
    @discardableResult
    private func check(
        _ definition: Definition, _ language: ChartLanguage, _ name: String, searches: Bool = true
    ) throws -> DiagramGeometry {
        let page = try DiagramPage(definition, active: [], language: language, searches: searches)
        let geometry = DiagramGeometry(page)
        #expect(geometry.faults.isEmpty, "\(name) \(language): \(geometry.faults.prefix(5).joined(separator: "; "))")
        return geometry
    }

    @Test("the transport subsidy", arguments: ChartLanguage.allCases)
    func transportSubsidy(language: ChartLanguage) throws {
        let covered = try check(try Drawn.transport(), language, "transport").coveredParts
        #expect(covered.isEmpty, "\(covered)")
    }

    @Test("a chart of forty states and more", arguments: ChartLanguage.allCases)
    func forty(language: ChartLanguage) throws {
        let definition = try Drawn.forty()
        #expect(definition.states.count >= 40)
        #expect(Set(definition.states.map(\.depth)).count >= 3)
        let covered = try check(definition, language, "forty").coveredParts
        #expect(covered.isEmpty, "\(covered)")
    }

    @Test("200 random charts in both languages", arguments: 0..<20)
    func random(group: Int) throws {
        for seed in UInt64(group * 10)..<UInt64(group * 10 + 10) {
            let chart = DrawnChart(seed: seed, states: 8 + Int(seed % 24))
            let definition = try chart.definition()
            for language in ChartLanguage.allCases {
                // Searching tries the same steps again and again: one chart of ten is enough.
                try check(definition, language, "seed \(seed)", searches: seed % 10 == 0)
            }
        }
    }

    /// The measure itself: each kind of fault, made by moving one thing of a good picture, is seen.
    @Test func faultsAreSeen() throws {
        let good = try DiagramPage(Drawn.transport(), active: [], language: .en, searches: false)
        func faults(_ change: (inout DiagramLayout) -> Void) -> [String] {
            var page = good
            change(&page.layout)
            return DiagramGeometry(page).faults
        }
        let model = good.layout.model
        let approval = try #require(model.nodes.firstIndex { $0.tooltip == "open/approval" })
        let review = try #require(model.nodes.firstIndex { $0.tooltip == "open/objectionReview" })
        #expect(faults { _ in }.isEmpty)
        #expect(faults { $0.boxes[approval].frame.x = -50 }.contains { $0.contains("leaves") })
        #expect(faults { $0.boxes[approval].frame = $0.boxes[review].frame }.contains { $0.contains("overlaps") })
        #expect(faults { $0.boxes[approval].frame.width -= 60 }.contains { $0.contains("text of open/approval") })
        #expect(faults { $0.labels[3].frame = $0.labels[4].frame }.contains { $0.contains("labels of edges") })
        #expect(faults { $0.labels[2].frame.x = $0.boxes[approval].frame.x }.count > 0)
        #expect(faults { $0.labels.removeLast() }.contains { $0.contains("label is missing") })
        #expect(faults { $0.lines[5].points[0].y += 9 }.contains { $0.contains("begin at its source") })
        let middle = good.layout.boxes[approval].frame
        let through = [
            DiagramLayout.Point(x: middle.x - 30, y: middle.y + 20), .init(x: middle.maxX + 30, y: middle.y + 20),
        ]
        #expect(faults { $0.lines[0].points = through }.contains { $0.contains("runs through open/approval") })
        #expect(faults { $0.separators.removeLast() }.contains { $0.contains("nothing between") })
        #expect(faults { $0.separators[0] = (through[0], through[1]) }.contains { $0.contains("a separator runs") })
        let separator = DiagramLayout.Rect(from: good.layout.separators[0].0, to: good.layout.separators[0].1)
        let across = [
            DiagramLayout.Point(x: separator.x - 30, y: separator.maxY - 9),
            .init(x: separator.x + 30, y: separator.maxY - 9),
        ]
        #expect(faults { $0.lines[0].points = across }.contains { $0.contains("meets a separator of open/joint") })
        #expect(faults { $0.lines[0].points = across }.contains { $0.contains("the area of open/jointCheck/registry") })
        let along = [DiagramLayout.Point(x: separator.x, y: separator.y), .init(x: separator.x, y: separator.maxY)]
        #expect(faults { $0.lines[0].points = along }.contains { $0.contains("meets a separator of open/joint") })
        let besideIt = DiagramLayout.Rect(x: separator.x + 2, y: separator.maxY - 9, width: 9, height: 8)
        #expect(faults { $0.labels[0].frame = besideIt }.contains { $0.contains("stands in open/jointCheck/registry") })
        let onIt = DiagramLayout.Rect(x: separator.x - 4, y: separator.y, width: 9, height: 8)
        #expect(faults { $0.labels[0].frame = onIt }.contains { $0.contains("a separator runs through the label") })
    }
}

@Suite("Pictures: what is written")
struct DiagramTextTests {
    @Test("the same chart gives the same bytes", arguments: ChartLanguage.allCases)
    func sameBytes(language: ChartLanguage) throws {
        let definition = try Drawn.forty()
        #expect(try svgText(definition, language: language) == svgText(Drawn.forty(), language: language))
    }

    @Test func activeStatesAreLit() throws {
        let definition = try Drawn.transport()
        let paths = ["open/jointCheck/employment/pending", "open/jointCheck/registry/confirmed"]
        let plain = try svgText(definition, language: .en, theme: .light)
        let lit = try svgText(definition, active: Drawn.states(paths, of: definition), language: .en, theme: .light)
        func count(_ text: String, _ part: String) -> Int { text.components(separatedBy: part).count - 1 }
        #expect(count(plain, "class=\"box on\"") == 0)
        #expect(count(plain, " on\"") == 0)
        // The two leaves, and the sign in the legend.
        #expect(count(lit, "class=\"box on\"") == 3)
        #expect(count(lit, "class=\"con c0 on\"") == 1)
        #expect(lit.contains("active: Pending, Confirmed"))
        #expect(lit.contains("active now"))
    }

    @Test func themes() throws {
        let definition = try Drawn.transport()
        let light = try svgText(definition, language: .zh, theme: .light)
        let dark = try svgText(definition, language: .zh, theme: .dark)
        let auto = try svgText(definition, language: .zh, theme: .auto)
        let (white, black) = (DiagramPalette.light.paper, DiagramPalette.dark.paper)
        #expect(light.contains(".paper { fill: \(white)") && !light.contains(".paper { fill: \(black)"))
        #expect(dark.contains(".paper { fill: \(black)") && !dark.contains(".paper { fill: \(white)"))
        #expect(auto.contains("@media (prefers-color-scheme: dark)") && auto.contains(".paper { fill: \(black)"))
        #expect(!light.contains("@media"))
    }

    /// A chart of a stranger: nothing in its labels becomes part of the picture's own language.
    @Test(
        "hostile labels stay text",
        arguments: [
            "</text><script>alert(1)</script>", "\" onload=\"alert(1)", "]]><script>x</script>", "'><image href='x'/>",
            "&lt;b&gt; &unknown; &#x3c;", "--> {}%% click #quot; \"; s0 --> s1", "\u{202e}txet\u{2066} desrever",
            "a\u{0}b\u{1b}[31m\u{fffe}", "Z" + String(repeating: "\u{301}\u{489}", count: 200),
            String(repeating: "很长的名称", count: 150), String(repeating: "W", count: 700), "👩‍👩‍👧‍👦 🏛️ ﷽ ٱلسَّلَامُ",
        ])
    func hostile(label: String) throws {
        let text = JSONEscape.quoted(label)
        var short = String.UnicodeScalarView()
        short.append(contentsOf: label.unicodeScalars.prefix(100))
        let role = JSONEscape.quoted(String(short))
        let json = """
            {"chart":"x","format":1,"label":{"en":\(text),"zh":\(text)},"states":[\
            {"id":"a","label":{"en":\(text),"zh":\(text)},"source":\(text),\
            "tasks":[{"id":"t","label":{"en":\(text),"zh":\(text)},"role":\(role)}],\
            "transitions":[{"event":"e","label":{"en":\(text),"zh":\(text)},"to":["b"],"source":\(text)}]},\
            {"id":"b","label":{"en":\(text),"zh":\(text)}}]}
            """
        let definition = try Definition(canonicalJSON: Array(json.utf8))
        let svg = try svgText(definition, active: [0], language: .en)
        let root = try XMLReader.read(svg)
        let known: Set = ["svg", "title", "desc", "style", "rect", "text", "path", "g", "circle"]
        #expect(DiagramTextTests.names(root).isSubset(of: known))
        #expect(svg.unicodeScalars.allSatisfy { ($0.value >= 0x20 || $0 == "\n") && $0.value != 0xfffe })
        let page = try DiagramPage(definition, active: [], language: .en)
        #expect(DiagramGeometry(page).faults.isEmpty)
        for line in page.layout.model.nodes.flatMap(\.content.lines) {
            #expect(!line.text.unicodeScalars.contains { $0.properties.generalCategory == .format })
        }
    }

    private static func names(_ element: XMLElement) -> Set<String> {
        element.children.reduce(into: [element.name]) { $0.formUnion(names($1)) }
    }

    @Test("pictures are XML", arguments: ChartLanguage.allCases)
    func wellFormed(language: ChartLanguage) throws {
        let root = try XMLReader.read(try svgText(try Drawn.forty(), language: language))
        #expect(root.name == "svg")
        #expect(root.children.prefix(2).map(\.name) == ["title", "desc"])
    }

    @Test(.timeLimit(.minutes(5))) func fourThousandStates() throws {
        let definition = try Drawn.large(offices: 41)
        #expect(definition.states.count >= 4_000)
        let page = try DiagramPage(definition, active: [], language: .en)
        #expect(page.layout.lines.count == page.layout.model.edges.count)
    }

    @Test func tooMuchIsRefused() throws {
        #expect(throws: DiagramError.tooLarge) { try svgText(try Drawn.tangled(states: 1_200), language: .en) }
    }
}

@Suite("Pictures: text for other tools")
struct DiagramDumpTests {
    @Test("Mermaid and DOT against committed files", arguments: ChartLanguage.allCases)
    func golden(language: ChartLanguage) throws {
        let definition = try Drawn.transport()
        let active = Drawn.states(["open/approval"], of: definition)
        let name = "Tests/ChartFilesTests/Golden/transport.\(language.rawValue)"
        try expectGolden(mermaidText(definition, active: active, language: language), name + ".mmd")
        try expectGolden(dotText(definition, active: active, language: language), name + ".dot")
    }

    /// What looks like the language of some tool.
    private static let awkward = [
        "\"", ":", ";", "a : b", "中文：；“”（）", "[*]", "]", "{", "} }", "end", "end note", "--", "-->", "%% x", "#quot;",
        "#35;", "state", "<<choice>>", "[[fork]]", "direction TB", "to DIRECTION\u{3000}lr x", "note left of s0 : x",
        "\n\nstate x", "\\", "\\\"", "`**x**`", "&amp;", "<b>", "style a:#b;", "classDef default x", "s0 --> s1 : x",
        "];", "\\N\\l", "", " ", "e\u{301}\u{302}\u{303}\u{304}", "\u{202E}x",
    ]

    /// Each of these texts as the label of a state, of a box and of a transition, and inside a condition.
    private static func awkwardChart() throws -> Definition {
        let states = awkward.enumerated().map { index, text in
            let label = "label: { zh: \(JSONEscape.quoted(text)), en: \(JSONEscape.quoted("x " + text)) }"
            let literal = text.contains { "'\\\n".contains($0) } ? "x" : text
            let condition = JSONEscape.quoted("_event.name == '\(literal)'")
            return """
                  s\(index):
                    \(label)
                    transitions: [{ event: e, \(label), to: z }, { event: f, if: \(condition), to: s\(index) }]
                    states:
                      i: { \(label) }

                """
        }
        return try ChartFile.definition(
            yaml: "chart: awkward\nstates:\n" + states.joined() + "  z: { final: true }\n", file: "c.yaml")
    }

    private static func random(_ count: Int) throws -> [Definition] {
        try (0..<UInt64(count)).map { seed in
            let chart = RandomChart(seed: seed)
            defer { chart.dissolve() }
            return try Definition(canonicalJSON: chart.json.canonicalBytes())
        }
    }

    @Test("Mermaid's grammar finds each state and each transition once, whatever they are called")
    func mermaid() throws {
        let drawn = try (0..<20).map { try DrawnChart(seed: UInt64($0), states: 20).definition() }
        for definition in try Self.random(200) + drawn + [Self.awkwardChart(), Drawn.transport()] {
            for language in ChartLanguage.allCases { try expectWhole(definition, language) }
        }
    }

    private func expectWhole(_ definition: Definition, _ language: ChartLanguage) throws {
        let read = try MermaidReader(mermaidText(definition, language: language))
        #expect(read.states.count == definition.states.count)
        for state in definition.states {
            let found = try #require(read.states["s\(state.index)"])
            let label = state.kind == .shallowHistory ? "H" : state.kind == .deepHistory ? "H*" : nil
            let own = language.label(state.label) ?? ""
            #expect(found.label == TextWrap.printable(label ?? (own.isEmpty ? state.id : own)))
            #expect(found.parent == state.parent.map { "s\($0)" })
            let parent = state.parent.map { definition.states[$0] }
            // A history is no region, and stands with the first.
            let regions = parent?.kind == .parallel
                ? parent?.children.filter { !definition.states[$0].kind.isHistory } : nil
            #expect(found.region == regions?.firstIndex(of: state.index) ?? 0, "\(definition.name) \(state.path)")
        }
        let dividers = definition.states.filter { $0.kind == .parallel }.reduce(0) { sum, state in
            sum + state.children.count { !definition.states[$0].kind.isHistory } - 1
        }
        #expect(read.dividers == dividers, "\(definition.name)")
        let words = DiagramWords(language)
        var expected: [MermaidReader.Arrow: Int] = [:]
        for transition in definition.transitions {
            for target in transition.targets {
                let label = TextWrap.printable(words.inner(transition, definition))
                let arrow = MermaidReader.Arrow(from: "s\(transition.source)", to: "s\(target)", label: label)
                expected[arrow, default: 0] += 1
            }
        }
        let histories = Set(definition.states.filter { $0.kind.isHistory }.map { "s\($0.index)" })
        let arrows = read.arrows.filter {
            !$0.from.hasPrefix("[*]") && !$0.to.hasPrefix("[*]") && !histories.contains($0.from)
        }
        #expect(Dictionary(grouping: arrows) { $0 }.mapValues(\.count) == expected)
        for state in definition.states where state.kind == .final {
            let place = state.parent.map { "s\($0)" } ?? ""
            let end = MermaidReader.Arrow(from: "s\(state.index)", to: "[*] in \(place)", label: "")
            #expect(read.arrows.count { $0 == end } == 1)
        }
    }

    private static let dot = "/usr/bin/dot"

    @Test(
        "Graphviz takes every chart, whatever its states are called",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/nop"), "graphviz is not installed"))
    func graphvizGrammar() throws {
        let charts = try Self.random(200) + [Self.awkwardChart()]
        for language in ChartLanguage.allCases {
            // Only read and written again: how Graphviz lays out is its own affair.
            let all = charts.map { dotText($0, language: language) }.joined()
            let (text, warnings) = try DiagramDumpTests.run(all, with: ["/usr/bin/nop"])
            #expect(text.matches(of: /(?m)^digraph\s/).count == charts.count)
            #expect(warnings.isEmpty, "\(warnings)")
        }
    }

    @Test(
        "Graphviz reads what is written for it",
        .enabled(if: FileManager.default.isExecutableFile(atPath: dot), "graphviz is not installed"))
    func graphviz() throws {
        let random = try (0..<10).map { try DrawnChart(seed: UInt64($0), states: 20).definition() }
        for definition in try [Drawn.transport(), Drawn.forty()] + random {
            let (text, warnings) = try DiagramDumpTests.run(dotText(definition, language: .zh))
            #expect(text.contains("<svg"))
            #expect(!warnings.contains("syntax") && !warnings.contains("Error"), "\(definition.name): \(warnings)")
        }
    }

    private static func run(
        _ input: String, with command: [String] = [dot, "-Tsvg"]
    ) throws -> (output: String, errors: String) {
        let file = FileManager.default.temporaryDirectory.appending(path: "casework-\(UUID().uuidString).dot")
        try input.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: command[0])
        process.arguments = command.dropFirst() + [file.path]
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let warnings = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return (String(decoding: text, as: UTF8.self), String(decoding: warnings, as: UTF8.self))
    }
}

/// Strings as JSON writes them.
enum JSONEscape {
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                result += "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2)
                    + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

@Suite("Pictures: those of the documentation")
struct DiagramDocumentTests {
    /// `Scripts/pictures` writes them.
    @Test("every chart of Plugins stands in Docs as it is now")
    func pictures() throws {
        let plugins = try FileManager.default.contentsOfDirectory(atPath: Package.root.appending(path: "Plugins").path)
        var names: Set<String> = []
        for plugin in plugins.sorted() {
            let chart = "Plugins/\(plugin)/chart.yaml"
            guard FileManager.default.fileExists(atPath: Package.root.appending(path: chart).path) else { continue }
            let definition = try ChartFile.definition(yaml: try Package.text(chart), file: chart)
            for language in ChartLanguage.allCases {
                let name = "\(definition.name).\(language.rawValue).svg"
                names.insert(name)
                let svg = try svgText(definition, language: language)
                let file = Package.root.appending(path: "Docs/" + name)
                let committed = try String(contentsOf: file, encoding: .utf8)
                #expect(committed == svg, "Docs/\(name) differs; Scripts/pictures renews it")
            }
        }
        let present = try FileManager.default.contentsOfDirectory(atPath: Package.root.appending(path: "Docs").path)
        #expect(Set(present.filter { $0.hasSuffix(".svg") }) == names)
    }
}
