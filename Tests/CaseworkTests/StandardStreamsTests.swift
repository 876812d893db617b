import Foundation
import Testing

@testable import casework

/// What could not be written was not done, and what is closed stays closed.
@Suite("Standard streams")
struct StandardStreamsTests {
    private static let chart = """
        chart: example
        label: { zh: 例, en: Example }
        states:
          a: { label: { zh: 甲, en: First }, transitions: [{ after: 120s, to: z, source: Notice 1 }] }
          z: { label: { zh: 完, en: End }, final: true }

        """

    /// Commands of every way to print that need no server.
    static let commands = [
        "--help", "--version", "help case", "chart check chart.yaml", "chart check chart.yaml --json",
        "chart show chart.yaml", "chart export chart.yaml", "chart export chart.yaml --to svg",
        "chart export chart.yaml --to dot --json", "chart diff chart.yaml chart.yaml", "chart play chart.yaml",
        "chart diff chart.yaml chart.yaml --json", "--generate-completion-script bash",
    ]

    private func run(_ script: String) throws -> Program.Result {
        let program = try Program()
        defer { program.remove() }
        try program.write(Self.chart, "chart.yaml")
        return try program.shell(script)
    }

    @Test("what a command prints ends it well", arguments: commands)
    func written(command: String) throws {
        let result = try run("casework \(command)")
        #expect(result.code == 0 && !result.output.isEmpty && result.errors.isEmpty, "\(result.text)")
    }

    @Test("output that cannot be written is told and ends with 1", arguments: commands)
    func unwritten(command: String) throws {
        let full = try run("casework \(command) >/dev/full")
        #expect(full.code == 1, "\(full.text)")
        #expect(full.errors == "casework: the output could not be written: No space left on device\n")
        let closed = try run("casework \(command) >&-")
        #expect(closed.code == 1, "\(closed.text)")
        #expect(closed.errors == "casework: the output could not be written: Bad file descriptor\n")
    }

    @Test("the language asked for holds for what is said of the output, too")
    func language() throws {
        let result = try run("casework chart show chart.yaml --lang zh >/dev/full")
        #expect(result.errors == "casework: 输出未能写出：No space left on device\n")
    }

    @Test("a reader that has gone is no signal and no news, but no success either", arguments: commands)
    func readerGone(command: String) throws {
        let result = try run("exec 3> >(exec true); wait $!; casework \(command) >&3")
        #expect(result.code == 1 && result.text.isEmpty, "\(result.text)")
    }

    @Test("where no error can be written the exit code still tells", arguments: ["2>&-", "2>/dev/full", ">&- 2>&-"])
    func noErrors(redirection: String) throws {
        #expect(try run("casework chart show none.json \(redirection)").code == 2)
        #expect(try run("casework chart shw \(redirection)").code == 2)
        #expect(try run("casework health --server localhost:1 \(redirection)").code == 2)
    }

    @Test("a command that fails and cannot print either keeps its own code")
    func both() throws {
        let result = try run("casework chart coverage chart.yaml --script script.json --at-least 50 >/dev/full")
        #expect(result.code == 2 && result.errors.contains("script.json"), "\(result.text)")
    }

    @Test("standard input that is closed is said, and nobody is asked", arguments: ["<&-", "</"])
    func noInput(redirection: String) throws {
        let result = try run(
            "casework case open t --county 220122 --payload - --server localhost:1 --identity . \(redirection)")
        #expect(result.code == 2 && result.errors == "casework: cannot read standard input\n", "\(result.text)")
    }
}
