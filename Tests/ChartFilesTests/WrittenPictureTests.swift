import Foundation
import Statechart
import Testing

@testable import ChartFiles

@Suite("Pictures: the file is what was laid out")
struct WrittenPictureTests {
    /// As the picture is written, with nothing active and with the chart just begun.
    private func check(_ definition: Definition, _ language: ChartLanguage, searches: Bool = true) throws {
        var interpreter = Interpreter(definition)
        var responder = Agreeable()
        _ = interpreter.start(&responder)
        for active in [[], Set(interpreter.configuration)] {
            let page = try DiagramPage(definition, active: active, language: language, searches: searches)
            var writer = SVGWriter(page, definition, language)
            let picture = try WrittenPicture(writer.write(.light), of: page)
            let faults = picture.faults(active: active) + DiagramGeometry(page).faults
            #expect(faults.isEmpty, "\(definition.name) \(language): \(faults.prefix(5).joined(separator: "; "))")
        }
        #expect(!interpreter.configuration.isEmpty)
    }

    @Test("the transport subsidy and forty states, plain and lit", arguments: ChartLanguage.allCases)
    func known(language: ChartLanguage) throws {
        try check(Drawn.transport(), language)
        try check(Drawn.forty(), language)
    }

    @Test("40 random charts, plain and lit", arguments: ChartLanguage.allCases)
    func random(language: ChartLanguage) throws {
        for seed in UInt64(1_000)..<1_020 {
            try check(DrawnChart(seed: seed, states: 8 + Int(seed % 24)).definition(), language, searches: false)
        }
    }

    /// The measure itself: what is written otherwise is seen.
    @Test func faultsAreSeen() throws {
        let definition = try Drawn.forty()
        let page = try DiagramPage(definition, active: [], language: .en, searches: false)
        var writer = SVGWriter(page, definition, .en)
        let good = writer.write(.light)
        func faults(_ old: String, _ new: String) throws -> [String] {
            let place = try #require(good.range(of: old))
            return try WrittenPicture(good.replacingCharacters(in: place, with: new), of: page).faults(active: [])
        }
        #expect(try faults("<rect class=\"box\" x=\"", "<rect class=\"box\" x=\"1").contains { $0.contains("a box") })
        #expect(try faults("class=\"box\"", "class=\"box on\"").contains { $0.contains("a box nobody") })
        #expect(try faults("class=\"in\" x=\"", "class=\"in\" x=\"1").contains { $0.contains("an inner border") })
        #expect(try faults("cx=\"", "cx=\"1").contains { $0.contains("a dot") })
        #expect(try faults("<text class=\"ti\" x=\"", "<text class=\"ti\" x=\"1").contains { $0.contains("a text") })
        #expect(try faults("<path class=\"sep\"", "<path class=\"gap\"").contains { $0.contains("a separator") })
        #expect(try faults(" stroke-dasharray: 6 5;", "").contains { $0.contains("not dashed") })
        #expect(try faults("<path class=\"ln\" d=\"M", "<path class=\"ln\" d=\"M1").contains { $0.contains("along") })
        #expect(try faults("<path class=\"ln\"", "<path class=\"no\"").contains { $0.contains("lines of") })
        #expect(try faults("<path class=\"ar\"", "<path class=\"no\"").contains { $0.contains("no arrow") })
    }
}

private struct Agreeable: Responder {
    func answer(guard index: Int) -> GuardAnswer { .yes }
    func perform(action index: Int) -> ActionAnswer { .done(raised: []) }
}

/// Sets text in real fonts. librsvg writes each text as the outline of its letters, with the places they take.
private enum Typesetter {
    struct Text: Hashable {
        var words: String
        var style: TextStyle
    }

    static let converter = "/usr/bin/rsvg-convert"

    /// Some font on this machine has Chinese letters: without one, boxes would be measured.
    static let isReady: Bool = {
        guard FileManager.default.isExecutableFile(atPath: converter) else { return false }
        return (try? !run("/usr/bin/fc-list", [":lang=zh-cn", "family"]).isEmpty) ?? false
    }()

    static func run(_ tool: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: tool)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }

    /// - Parameter families: names of fonts, the first that is there is taken.
    /// - Returns: by text, how far left and right its ink goes from where it begins, pixels.
    static func extents(_ texts: [Text], families: String) throws -> [(Double, Double)] {
        let rows = texts.enumerated().map { index, text in
            let place = "x=\"100\" y=\"\(40 * index + 30)\""
            return "<text class=\"\(text.style.rawValue)\" \(place)>\(SVGWriter.escaped(text.words))</text>"
        }
        let sheet = DiagramStyle.sheet(.light).replacing(DiagramStyle.fonts, with: families)
        let svg = """
            <svg xmlns="http://www.w3.org/2000/svg" width="20000" height="\(40 * texts.count + 40)">
            <style>\(sheet)</style>
            \(rows.joined(separator: "\n"))
            </svg>
            """
        let file = FileManager.default.temporaryDirectory.appending(path: "casework-\(UUID().uuidString).svg")
        try svg.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = try run(converter, ["--unlimited", "-f", "svg", file.path])
        let paths = output.utf8.split(separator: UInt8(ascii: "\n")).filter { $0.starts(with: "<path ".utf8) }
        try #require(paths.count == texts.count, "\(paths.count) outlines of \(texts.count) texts")
        return paths.map { path in
            // All that stands by itself between blanks are the places, across and down in turn.
            let numbers = path.split(separator: UInt8(ascii: " ")).compactMap { Double(Substring($0)) }
            let across = stride(from: 0, to: numbers.count, by: 2).map { numbers[$0] - 100 }
            return (across.min() ?? 0, across.max() ?? 0)
        }
    }
}

@Suite("Pictures: text in real fonts")
struct TextWidthTests {
    /// The style sheet's own list, and fonts that stand for its last names where the others are missing.
    static let families = [
        DiagramStyle.fonts, "'DejaVu Sans'", "'Liberation Sans'", "'Noto Sans'", "'Noto Sans CJK SC'",
        "'WenQuanYi Micro Hei'",
    ]

    /// Every text of two pictures in both languages, and each letter of ASCII many times.
    private static func texts() throws -> [Typesetter.Text] {
        var texts: Set<Typesetter.Text> = []
        for definition in [try Drawn.transport(), try Drawn.forty()] {
            for language in ChartLanguage.allCases {
                let page = try DiagramPage(definition, active: [], language: language, searches: false)
                let model = page.layout.model
                let blocks = [page.title] + model.nodes.map(\.content) + model.edges.map(\.label)
                texts.formUnion(blocks.flatMap(\.lines).map { .init(words: $0.text, style: $0.style) })
                texts.formUnion(page.signs.map { .init(words: $0.text, style: .detail) })
            }
        }
        for scalar in UInt8(0x21)...0x7e {
            let words = String(repeating: Character(Unicode.Scalar(scalar)), count: 30)
            texts.formUnion([.init(words: words, style: .task), .init(words: words, style: .title)])
        }
        return texts.filter { TextMetrics.isCertain($0.words) }
    }

    @Test(
        "no text is wider than the room reserved for it",
        .enabled(if: Typesetter.isReady, "needs the packages librsvg2-bin, fontconfig and a Chinese font"),
        arguments: families)
    func widths(families: String) throws {
        let texts = try TextWidthTests.texts()
        let extents = try Typesetter.extents(texts, families: families)
        #expect(extents.contains { $0.1 > 100 })
        var faults: [String] = []
        for (text, ink) in zip(texts, extents) {
            let room = Double(TextMetrics.width(text.words, text.style))
            // Letters may lean a little out of their own width; the boxes keep 4 pixels free.
            guard ink.0 >= -2, ink.1 <= room + 1 else {
                faults.append("\(text.words) \(text.style): \(ink) of \(room)")
                continue
            }
        }
        #expect(faults.isEmpty, "\(faults.count) texts: \(faults.prefix(5).joined(separator: "; "))")
    }
}
