import Foundation
import Testing

/// `Scripts/test` with another `swift` than the real one: what it counts and how it ends.
@Suite("Scripts/test")
struct TestScriptTests {
    /// Lines as `swift test` prints them: two tests passed, one of them in several cases, one failed, one was skipped.
    private static let lines = """
        ◇ Test run started.
        ✔ Test plain() passed after 0.001 seconds.
        ✔ Test case passing 1 argument number → 1 to "a table" passed after 0.001 seconds.
        ✔ Test "a table" with 2 test cases passed after 0.002 seconds.
        ✔ Suite "Some" passed after 0.003 seconds.
        ✘ Test wrong() recorded an issue at Some.swift:1:2: Expectation failed: 1 == 2
        ✘ Test wrong() failed after 0.004 seconds with 1 issue.
        ➜ Test foreign() skipped: "needs the package tea"
        ✘ Test run with 4 tests in 1 suite failed after 0.005 seconds with 1 issue.
        """

    private func run(swift body: String, _ arguments: String...) throws -> Shell.Result {
        let path = try Shell.machine(
            ["bash", "dirname", "mktemp", "rm", "tee", "grep", "cat"], scripts: ["swift": body])
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: path) } }
        return try Shell.run(["Scripts/test"] + arguments, environment: ["PATH": path.path])
    }

    /// A `swift` that builds, and answers every `swift test` so.
    private static func answering(code: Int) -> String {
        "[ \"$1\" = test ] || exit 0\ncat <<'END'\n\(lines)\nEND\nexit \(code)"
    }

    @Test func countsWhatPassedFailedAndWasSkipped() throws {
        let result = try run(swift: Self.answering(code: 1), "--filter", "Some")
        #expect(result.code == 1)
        #expect(result.lines.last == "2 passed, 1 failed, 1 skipped", "\(result.text)")
        #expect(result.lines.dropLast().last == "➜ Test foreign() skipped: \"needs the package tea\"")
        #expect(!result.text.contains("◇"))
    }

    @Test func allRunsAreCountedTogether() throws {
        let result = try run(swift: Self.answering(code: 0))
        #expect(result.code == 0)
        #expect(result.lines.last == "6 passed, 3 failed, 3 skipped", "\(result.text)")
    }

    /// The first of several runs fails: those that pass after it do not hide that.
    @Test func oneFailedRunIsEnough() throws {
        let result = try run(swift: "case \"$*\" in *--skip\\ *) exit 1 ;; esac")
        #expect(result.code == 1)
        #expect(result.lines == ["0 passed, 0 failed, 0 skipped"], "\(result.text)")
    }

    /// The build that is tested lets no module import what `Package.swift` does not give it.
    @Test func importsAreCheckedByTheBuild() throws {
        let folder = try Shell.folder()
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
        let notes = folder.appendingPathComponent("notes")
        let result = try run(swift: "echo \"$@\" >>'\(notes.path)'", "--filter", "Some")
        #expect(result.code == 0, "\(result.text)")
        let asked = try String(contentsOf: notes, encoding: .utf8).split(separator: "\n")
        #expect(
            asked == [
                "build --build-tests --explicit-target-dependency-import-check error",
                "test --skip-build --filter Some",
            ])
    }

    @Test func withoutABuildNothingIsTested() throws {
        let result = try run(swift: "[ \"$1\" = build ] && exit 3; echo tested")
        #expect(result.code == 3)
        #expect(result.lines.isEmpty, "\(result.text)")
    }
}
