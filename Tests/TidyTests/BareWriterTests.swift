import Foundation
import Testing

/// The store is measured beside a bare C program (`Benchmarks/README.md`): that is fair while it writes the same rows.
@Suite("The benchmark's bare writer")
struct BareWriterTests {
    static let path = "Benchmarks/Sources/sqlite-writer/main.c"

    @Test("writes the tables and columns that the store writes, with the same statements")
    func sameRows() {
        // In C the parts of a text stand side by side.
        let bare = Repository.File(path: Self.path).text.replacing(/"\s*"/, with: "")
        let ours = Self.statements(in: Repository.File(path: "Sources/Store/RowWriter.swift").text)
        let theirs = Self.statements(in: bare)
        #expect(ours.count >= 18, "the store's statements are written in a way that this test does not read")
        #expect(theirs.subtracting(ours).isEmpty, "the store has no such statement")
        #expect(theirs.filter { $0.contains(" cases ") }.count == 2, "a case is opened, and written again")
    }

    /// Verb, table and columns of each statement that writes, in their order, without what is bound to them.
    private static func statements(in text: String) -> Set<String> {
        let plain = text.replacing(/\s+/, with: " ")
        let inserts = plain.matches(of: /INSERT (OR \w+ )?INTO \w+ \([^)]*\)/).map { String($0.output.0) }
        let deletes = plain.matches(of: /DELETE FROM \w+ WHERE [\w =?]*/).map { String($0.output) }
        let updates = plain.matches(of: /(UPDATE \w+ SET) ([^"]* WHERE \w+ =)/).map { match in
            let columns = match.output.2.matches(of: /(\w+) =/).map { String($0.output.1) }
            return "\(match.output.1) \(columns.joined(separator: ", "))"
        }
        return Set(inserts + deletes + updates)
    }

    @Test("compiles, though it is built only to be measured")
    func compiles() throws {
        let compiler = Process()
        compiler.executableURL = URL(filePath: "/usr/bin/env")
        let file = Repository.root.appendingPathComponent(Self.path).path
        compiler.arguments = ["clang", "-fsyntax-only", "-std=c11", "-Wall", "-Wextra", "-Werror", file]
        let errors = Pipe()
        compiler.standardError = errors
        try compiler.run()
        let said = try errors.fileHandleForReading.readToEnd() ?? Data()
        compiler.waitUntilExit()
        #expect(compiler.terminationStatus == 0, "\(String(decoding: said, as: UTF8.self))")
    }
}
