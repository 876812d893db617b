import Foundation
import Testing

/// The stable faces: others build on them, so a change that takes something away fails. What is added is written into
/// the golden file with `CASEWORK_RENEW_GOLDEN=1 swift test --filter FaceTests`; nothing that stands there is ever
/// removed.
@Suite("Stable faces")
struct FaceTests {
    private static let renews = ProcessInfo.processInfo.environment["CASEWORK_RENEW_GOLDEN"] == "1"

    private func golden(_ name: String) -> URL {
        Repository.root.appendingPathComponent("Tests/Golden/faces/\(name).txt")
    }

    private func read(_ name: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: golden(name).path) else { return [] }
        return try String(contentsOf: golden(name), encoding: .utf8).components(separatedBy: "\n").filter {
            !$0.isEmpty
        }
    }

    private func write(_ lines: [String], _ name: String) throws {
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: golden(name))
    }

    /// One line for each field, value and method: `casework.v1.Case.number = 2 string`.
    @Test func schemasOnlyGrow() throws {
        let now = Repository.files(ending: ".proto").flatMap { ProtoFace.lines(of: $0.text) }
        #expect(Set(now).count == now.count, "a number or a name stands twice")
        let before = try read("protocols")
        for line in before where !now.contains(line) {
            Issue.record("gone or changed, which breaks clients and stored data: \(line)")
        }
        if FaceTests.renews, before.allSatisfy(now.contains) { try write(now, "protocols") }
        #expect(Set(try read("protocols")) == Set(now), "renew with CASEWORK_RENEW_GOLDEN=1")
    }

    /// Clients switch on the reasons of refusals: each one that the code gives stands in the list.
    @Test func reasonsAreListed() throws {
        let listed = Set(
            Repository.File(path: "Schemas/casework/v1/errors.proto").text.matches(of: /([A-Z_]+) = \d+;/).map { $0.1 })
        let sources = Repository.files(ending: ".swift").filter { file in
            ["Kernel", "RPC", "Server"].contains { file.path.hasPrefix("Sources/\($0)/") }
        }
        var given = Set(sources.flatMap { $0.text.matches(of: /reason: "([A-Z][A-Z_]+)"/).map { String($0.1) } })
        for path in ["Sources/Kernel/Command.swift", "Sources/Kernel/PluginFault.swift"] {
            let codes = Repository.File(path: path).text.matches(of: /case [a-zA-Z]+ = "([A-Z_]+)"/)
            #expect(codes.count >= 10, "\(path)")
            given.formUnion(codes.map { String($0.1) })
        }
        #expect(given.subtracting(listed.map(String.init)).sorted() == [])
    }

    /// Whole files: every change is deliberate.
    @Test(
        "files others compile against or store",
        arguments: [
            ("plugin-abi", "Sources/CPluginABI/include/casework_plugin.h"),
            ("chart-schema", "Schemas/chart.schema.json"),
        ])
    func wholeFile(name: String, path: String) throws {
        try compare(Repository.File(path: path).text, with: name)
    }

    /// The statements of each migration: a store of last year has run them as they stood.
    @Test func storeSchema() throws {
        let parts = Repository.File(path: "Sources/Store/Schema.swift").text.components(separatedBy: "\"\"\"")
        let statements = parts.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        #expect(!statements.isEmpty)
        try compare(statements.joined(separator: "\n"), with: "store-schema")
    }

    private func compare(_ text: String, with name: String) throws {
        if FaceTests.renews { try Data(text.utf8).write(to: golden(name)) }
        let before = try String(contentsOf: golden(name), encoding: .utf8)
        #expect(text == before, "\(name) has changed; if that is compatible, renew with CASEWORK_RENEW_GOLDEN=1")
    }
}

/// What of a .proto file can never change: which number a name has, and of which type it is.
enum ProtoFace {
    static func lines(of text: String) -> [String] {
        var scopes: [String] = []
        var result: [String] = []
        for raw in text.components(separatedBy: "\n") {
            let line = raw.components(separatedBy: "//")[0].trimmingCharacters(in: .whitespaces)
            let words = line.split { " ;(){}=[".contains($0) }.map(String.init)
            if words.first == "package", words.count > 1 { scopes = [words[1]] }
            if let opened = open(words, line) { scopes.append(opened) }
            if let item = item(words, line) {
                result.append((scopes.filter { !$0.isEmpty } + [item]).joined(separator: "."))
            }
            for _ in line.filter({ $0 == "}" }) where scopes.count > 1 && !isBalanced(line) { scopes.removeLast() }
        }
        return result
    }

    /// A block that opens and closes in one line, such as an option's or an empty message's.
    private static func isBalanced(_ line: String) -> Bool {
        line.filter { $0 == "{" }.count == line.filter { $0 == "}" }.count
    }

    private static func open(_ words: [String], _ line: String) -> String? {
        guard line.hasSuffix("{"), words.count > 1 else { return nil }
        switch words[0] {
        case "message", "enum", "service": return words[1]
        case "extend": return "extend(\(words[1]))"
        // The members of a oneof belong to the message around it.
        case "oneof": return ""
        default: return nil
        }
    }

    private static func item(_ words: [String], _ line: String) -> String? {
        if words.first == "rpc" { return "rpc " + words.dropFirst().joined(separator: " ") }
        guard let equals = line.firstIndex(of: "="), words.first != "option", words.first != "syntax" else {
            return nil
        }
        let number = line[line.index(after: equals)...].drop { $0 == " " }.prefix { $0.isNumber }
        let before = line[..<equals].split(separator: " ").map(String.init)
        guard !number.isEmpty, let name = before.last, before.count <= 4 else { return nil }
        return "\(name) = \(number) \(before.dropLast().joined(separator: " "))".trimmingCharacters(in: .whitespaces)
    }
}
