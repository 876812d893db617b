public import Statechart

/// Writes the Swift protocol a plugin's handlers conform to: one requirement for each guard and action of the chart, so
/// that a chart which names a guard nobody wrote does not compile.
public enum HandlersGenerator {
    /// The text of a Swift file; the same chart gives the same text.
    ///
    /// - Parameters:
    ///   - typeName: prefix of the names made: `TransportSubsidy` gives `TransportSubsidyHandlers`.
    ///   - origin: the chart's file, for the first line: `Plugins/TransportSubsidy/chart.yaml`.
    /// - Throws: where two names of the chart would be one in Swift.
    public static func swift(
        for definition: Definition, typeName: String, origin: String
    ) throws(SwiftNameError) -> String {
        var lines = [
            "// Generated from \(origin) by `casework chart generate`. Do not edit.",
            "",
            "import CaseworkPluginKit",
            "",
        ]
        let guards = try SwiftName.all(definition.guards, .guards)
        let actions = try SwiftName.all(definition.actions, .actions)
        lines += protocolLines(definition, typeName, guards, actions)
        lines += dispatchLines(typeName, guards, actions)
        lines += try eventLines(definition, typeName)
        lines += chartLines(definition, typeName)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func protocolLines(
        _ definition: Definition, _ typeName: String, _ guards: [String], _ actions: [String]
    ) -> [String] {
        var lines = [
            "/// What the chart `\(definition.name)` asks of its handlers: its guards, then its actions.",
            "protocol \(typeName)Handlers: CaseType {",
        ]
        for name in guards {
            lines.append("    func \(name)(_ decision: Decision<Record>) throws -> Verdict")
        }
        if !guards.isEmpty, !actions.isEmpty { lines.append("") }
        for name in actions {
            lines.append("    func \(name)(_ decision: inout Decision<Record>) throws")
        }
        return lines + ["}", ""]
    }

    private static func dispatchLines(_ typeName: String, _ guards: [String], _ actions: [String]) -> [String] {
        var lines = [
            "extension \(typeName)Handlers {",
            "    static var chart: String { \(typeName)Chart.canonicalJSON }",
            "    static var guardNames: [String] { \(typeName)Chart.guards }",
            "    static var actionNames: [String] { \(typeName)Chart.actions }",
            "",
            "    func answer(guard index: Int, _ decision: Decision<Record>) throws -> Verdict {",
            "        switch index {",
        ]
        for (index, name) in guards.enumerated() {
            lines.append("        case \(index): try \(callee(name))(decision)")
        }
        lines += [
            "        default: throw UnknownHandler(index: index)",
            "        }",
            "    }",
            "",
            "    func perform(action index: Int, _ decision: inout Decision<Record>) throws {",
            "        switch index {",
        ]
        for (index, name) in actions.enumerated() {
            lines.append("        case \(index): try \(callee(name))(&decision)")
        }
        return lines + ["        default: throw UnknownHandler(index: index)", "        }", "    }", "}", ""]
    }

    /// A function called as a keyword must not be taken for it.
    private static func callee(_ name: String) -> String { name.hasPrefix("`") ? "self.\(name)" : name }

    private static func eventLines(_ definition: Definition, _ typeName: String) throws(SwiftNameError) -> [String] {
        let events = definition.events.filter { $0 != "*" && !$0.hasSuffix(".*") }
        guard !events.isEmpty else { return [] }
        var lines = [
            "/// The events that the chart `\(definition.name)` listens to; raw values are their names in it.",
            "enum \(typeName)Event: String, CaseIterable {",
        ]
        for (name, event) in zip(try SwiftName.all(events, .events), events) {
            lines.append("    case \(name) = \(literal(event))")
        }
        return lines + ["}", ""]
    }

    private static func chartLines(_ definition: Definition, _ typeName: String) -> [String] {
        var lines = [
            "/// The chart `\(definition.name)` and the names in it, each in the order of its index.",
            "enum \(typeName)Chart {",
        ]
        lines += nameLines("guards", definition.guards)
        lines += nameLines("actions", definition.actions)
        lines.append("")
        let text = String(decoding: definition.canonicalJSON, as: UTF8.self)
        let marks = String(repeating: "#", count: longestRun(of: "#", in: text) + 1)
        lines.append("    static let canonicalJSON = \(marks)\"\"\"")
        let pieces = pieces(of: text)
        for (offset, piece) in pieces.enumerated() {
            lines.append("        \(piece)\(offset + 1 < pieces.count ? "\\" + marks : "")")
        }
        return lines + ["        \"\"\"\(marks)", "}"]
    }

    private static func nameLines(_ property: String, _ names: [String]) -> [String] {
        guard !names.isEmpty else { return ["    static let \(property): [String] = []"] }
        let elements = names.map { "        \(literal($0))," }
        return ["    static let \(property) = ["] + elements + ["    ]"]
    }

    /// Cuts the text so that no line of the file is longer than 120 characters.
    private static func pieces(of text: String) -> [Substring] {
        var result: [Substring] = []
        var rest = text[...]
        while !rest.isEmpty {
            result.append(rest.prefix(100))
            rest = rest.dropFirst(100)
        }
        return result
    }

    private static func longestRun(of character: Character, in text: String) -> Int {
        var longest = 0
        var current = 0
        for next in text {
            current = next == character ? current + 1 : 0
            longest = max(longest, current)
        }
        return longest
    }

    private static func literal(_ text: String) -> String {
        let escaped = text.map { $0 == "\\" || $0 == "\"" ? "\\\($0)" : String($0) }
        return "\"\(escaped.joined())\""
    }
}
