import ChartFiles
import Foundation
import Statechart
import Testing

/// Compares a text with a committed file; with `CASEWORK_RENEW_GOLDEN=1` in the environment writes it anew instead.
func expectGolden(_ text: String, _ path: String, at location: SourceLocation = #_sourceLocation) throws {
    let file = Package.root.appending(path: path)
    if ProcessInfo.processInfo.environment["CASEWORK_RENEW_GOLDEN"] == "1" {
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return
    }
    let golden = try String(contentsOf: file, encoding: .utf8)
    #expect(text == golden, "\(path) differs; CASEWORK_RENEW_GOLDEN=1 renews it", sourceLocation: location)
}

@Suite("What is made from charts, against committed files")
struct GoldenTests {
    @Test("Handlers' protocol of each plugin", arguments: Package.plugins)
    func handlers(plugin: String) throws {
        let chart = "Plugins/\(plugin)/chart.yaml"
        let definition = try ChartFile.definition(yaml: try Package.text(chart), file: chart)
        let text = try HandlersGenerator.swift(for: definition, typeName: plugin, origin: chart)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
        try expectGolden(text, "Plugins/\(plugin)/Sources/Generated/\(plugin)Handlers.swift")
    }

    @Test("There are plugins to judge")
    func plugins() { #expect(Package.plugins.contains("TransportSubsidy")) }

    @Test("The tree of a chart, active states marked", arguments: ChartLanguage.allCases)
    func tree(language: ChartLanguage) throws {
        let chart = "Plugins/TransportSubsidy/chart.yaml"
        let definition = try ChartFile.definition(yaml: try Package.text(chart), file: chart)
        var script = Script(definition)
        var interpreter = Interpreter(definition)
        _ = interpreter.start(&script)
        for event in ["case.open", "village.verified"] { _ = interpreter.send(.external(event), &script) }
        _ = interpreter.send(.timer(0), &script)
        _ = interpreter.send(.external("registry.answered"), &script)
        let text = treeText(definition, active: Set(interpreter.configuration), language: language)
        try expectGolden(text, "Tests/ChartFilesTests/Golden/transport-tree.\(language.rawValue).txt")
    }
}
