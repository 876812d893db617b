import Foundation
import Testing

/// What a newcomer reads first stays short enough to be read.
@Suite("Documents")
struct DocumentTests {
    private func text(_ name: String) throws -> String {
        try String(contentsOf: Shell.root.appendingPathComponent(name), encoding: .utf8)
    }

    @Test("length", arguments: [("README.md", 120), ("CONTRIBUTING.md", 60)])
    func length(name: String, most: Int) throws {
        let count = try text(name).split(separator: "\n", omittingEmptySubsequences: false).count
        #expect(count <= most + 1, "\(name) has \(count - 1) lines")
    }

    /// A path whose file has gone sends its reader nowhere. A folder of `Sources` is named without it for short; a star
    /// stands for the rest of a name.
    @Test("paths in backticks lead somewhere", arguments: ["README.md", "CONTRIBUTING.md"])
    func pathsExist(name: String) throws {
        let prose = try text(name).components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 0 }
        let quoted = prose.flatMap { $0.element.components(separatedBy: "`").enumerated() }
            .filter { $0.offset % 2 == 1 }.map { $0.element.prefix { $0 != " " } }
        let paths = Set(quoted.filter { $0.contains("/") || $0.hasSuffix(".swift") })
        #expect(paths.count >= 10, "\(paths)")
        for path in paths.sorted() { #expect(try Self.exists(String(path)), "\(name) speaks of \(path)") }
    }

    private static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: Shell.root.appendingPathComponent(folder).path)
    }

    private static func exists(_ path: String) throws -> Bool {
        let parts = path.split(separator: "/").map(String.init)
        return try ["", "Sources/"].contains { base in
            let folder = base + parts.dropLast().joined(separator: "/")
            guard FileManager.default.fileExists(atPath: Shell.root.appendingPathComponent(folder).path),
                let name = parts.last
            else { return false }
            let pieces = name.components(separatedBy: "*")
            return try names(in: folder).contains { entry in
                pieces.count == 1 ? entry == name : entry.hasPrefix(pieces[0]) && entry.hasSuffix(pieces[1])
            }
        }
    }

    @Test func readmeBeginsWithTheTwoCommands() throws {
        let readme = try text("README.md")
        let blocks = readme.components(separatedBy: "```")
        try #require(blocks.count > 2)
        let lines = blocks[1].split(separator: "\n").dropFirst()
        #expect(lines.map { $0.prefix { $0 != " " } } == ["Scripts/run", "Scripts/test"])
        #expect(blocks[0].split(separator: "\n").count == 1, "only the title stands before them")
    }

    @Test func continuousIntegrationRunsTheSameTests() throws {
        let lines = try text(".ci/run").split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(lines.contains("Scripts/run --smoke") && lines.contains("Scripts/test"))
        #expect(lines.count { $0 == "both" || $0.hasSuffix("; both\"") } >= 3, "as an ordinary user, and as root")
        #expect(lines.contains { $0.hasPrefix("set -e") }, "a failure must end it")
        for script in [".ci/run", "Scripts/run", "Scripts/test"] {
            #expect(FileManager.default.isExecutableFile(atPath: Shell.root.appendingPathComponent(script).path))
        }
    }
}
