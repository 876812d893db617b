public import Statechart

/// Writes the Swift protocol a plugin's handlers conform to: one requirement for each guard and action of the chart, so
/// that a chart which names a guard nobody wrote does not compile.
public enum HandlersGenerator {
    /// The text of a Swift file; the same chart gives the same text.
    ///
    /// - Parameters:
    ///   - typeName: prefix of the names made: `TransportSubsidy` gives `TransportSubsidyHandlers`.
    ///   - origin: the chart's file, for the first line: `Plugins/TransportSubsidy/chart.yaml`.
    public static func swift(for definition: Definition, typeName: String, origin: String) -> String {
        var lines = [
            "// Generated from \(origin) by `casework chart generate`. Do not edit.",
            "",
            "import CaseworkPluginKit",
            "",
        ]
        lines += protocolLines(definition, typeName)
        lines += dispatchLines(definition, typeName)
        lines += chartLines(definition, typeName)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func protocolLines(_ definition: Definition, _ typeName: String) -> [String] {
        var lines = [
            "/// What the chart `\(definition.name)` asks of its handlers: its guards, then its actions.",
            "protocol \(typeName)Handlers: CaseType {",
        ]
        for name in definition.guards {
            lines.append("    func \(identifier(name))(_ decision: Decision<Record>) throws -> Verdict")
        }
        if !definition.guards.isEmpty, !definition.actions.isEmpty { lines.append("") }
        for name in definition.actions {
            lines.append("    func \(identifier(name))(_ decision: inout Decision<Record>) throws")
        }
        return lines + ["}", ""]
    }

    private static func dispatchLines(_ definition: Definition, _ typeName: String) -> [String] {
        var lines = [
            "extension \(typeName)Handlers {",
            "    static var chart: String { \(typeName)Chart.canonicalJSON }",
            "    static var guardNames: [String] { \(typeName)Chart.guards }",
            "    static var actionNames: [String] { \(typeName)Chart.actions }",
            "",
            "    func answer(guard index: Int, _ decision: Decision<Record>) throws -> Verdict {",
            "        switch index {",
        ]
        for (index, name) in definition.guards.enumerated() {
            lines.append("        case \(index): try \(identifier(name))(decision)")
        }
        lines += [
            "        default: throw UnknownHandler(index: index)",
            "        }",
            "    }",
            "",
            "    func perform(action index: Int, _ decision: inout Decision<Record>) throws {",
            "        switch index {",
        ]
        for (index, name) in definition.actions.enumerated() {
            lines.append("        case \(index): try \(identifier(name))(&decision)")
        }
        return lines + ["        default: throw UnknownHandler(index: index)", "        }", "    }", "}", ""]
    }

    private static func chartLines(_ definition: Definition, _ typeName: String) -> [String] {
        var lines = [
            "/// The chart `\(definition.name)` and the names in it, each in the order of its index.",
            "enum \(typeName)Chart {",
        ]
        lines += nameLines("guards", definition.guards)
        lines += nameLines("actions", definition.actions)
        lines += nameLines("events", definition.events)
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

    /// In backquotes where Swift has another use for the word.
    private static func identifier(_ name: String) -> String { keywords.contains(name) ? "`\(name)`" : name }

    private static let keywords: Set<String> = [
        "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do",
        "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import",
        "in", "init", "inout", "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol",
        "public", "repeat", "rethrows", "return", "self", "Self", "static", "struct", "subscript", "super", "switch",
        "throw", "throws", "true", "try", "typealias", "var", "where", "while",
    ]
}
