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
        #expect(lines.contains("Scripts/test"))
        #expect(lines.contains { $0.hasPrefix("set -e") }, "a failure must end it")
        for script in [".ci/run", "Scripts/run", "Scripts/test"] {
            #expect(FileManager.default.isExecutableFile(atPath: Shell.root.appendingPathComponent(script).path))
        }
    }
}
