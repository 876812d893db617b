import Foundation
import Testing

/// `Scripts/run` on a machine that lacks something: one line says what, and nothing is begun.
extension RunTests {
    private func runOnMachine(_ scripts: [String: String], _ arguments: String...) throws -> Shell.Result {
        let state = try Shell.folder()
        defer { remove(state) }
        let path = try Shell.machine(["bash", "dirname", "mkdir", "chmod", "grep"], scripts: scripts)
        defer { remove(path) }
        return try Shell.run(
            ["Scripts/run", "--state", state.path] + arguments, environment: ["PATH": path.path])
    }

    @Test func missingPackageIsOneLine() throws {
        let result = try runOnMachine(["dpkg-query": "exit 1", "id": "echo 1000"], "--bin", Shell.programs.path)
        #expect(result.code == 1)
        #expect(result.lines.count == 1, "\(result.text)")
        let advice = "apt-get install libsqlite3-dev libssl-dev libjemalloc-dev openssl"
        #expect(result.text.contains(advice), "\(result.text)")
    }

    /// Only what is missing is asked for.
    @Test func oneMissingPackageIsNamedAlone() throws {
        let query = "for name; do :; done; [ \"$name\" = openssl ] || echo install ok installed"
        let result = try runOnMachine(["dpkg-query": query, "id": "echo 1000"], "--bin", Shell.programs.path)
        #expect(result.code == 1)
        #expect(result.lines.count == 1, "\(result.text)")
        #expect(result.text.hasSuffix("apt-get install openssl\n"), "\(result.text)")
    }

    @Test func missingSwiftIsOneLine() throws {
        let result = try runOnMachine(["dpkg-query": "echo install ok installed"])
        #expect(result.code == 1)
        #expect(result.lines.count == 1, "\(result.text)")
        #expect(result.text.contains("swift is missing"), "\(result.text)")
    }

    /// Writes down what it was asked, in the order of asking.
    private static func noting(_ name: String, into notes: URL, then more: String = "") -> String {
        "echo \(name) \"$@\" >>'\(notes.path)'\n\(more)"
    }

    private func notes() throws -> URL { try Shell.folder().appendingPathComponent("notes") }

    /// As root on a machine without any of them: the packages are installed, then the programs are built.
    @Test func missingPackagesAreInstalledAndThenAllIsBuilt() throws {
        let notes = try notes()
        defer { remove(notes.deletingLastPathComponent()) }
        let empty = try Shell.folder()
        defer { remove(empty) }
        let show = "case \"$*\" in *--show-bin-path*) echo '\(empty.path)' ;; esac"
        let result = try runOnMachine([
            "dpkg-query": "exit 1", "id": "echo 0", "apt-get": Self.noting("apt-get", into: notes),
            "swift": Self.noting("swift", into: notes, then: show),
        ])
        let asked = try String(contentsOf: notes, encoding: .utf8).split(separator: "\n").map(String.init)
        let build = "swift build --package-path \(Shell.root.path) -c release"
        #expect(
            asked == [
                "apt-get update", "apt-get install -y libsqlite3-dev libssl-dev libjemalloc-dev openssl", build,
                build + " --show-bin-path",
            ])
        // The stub built nothing, and that is found out.
        #expect(result.code == 1)
        #expect(result.lines.first == "installing libsqlite3-dev libssl-dev libjemalloc-dev openssl", "\(result.text)")
        #expect(result.lines.last == "run: \(empty.path)/casework is missing", "\(result.text)")
    }

    /// What apt-get says goes into a file; of the failure one line tells.
    @Test func failedInstallationIsOneLine() throws {
        let result = try runOnMachine(
            ["dpkg-query": "exit 1", "id": "echo 0", "apt-get": "echo 'E: no network' >&2; exit 100"], "--bin",
            Shell.programs.path)
        #expect(result.code == 1)
        let packages = "libsqlite3-dev libssl-dev libjemalloc-dev openssl"
        #expect(result.lines.count == 2 && result.lines.first == "installing \(packages)", "\(result.text)")
        let complaint = try #require(result.lines.last)
        #expect(complaint.hasPrefix("run: cannot install \(packages); see /"), "\(result.text)")
        #expect(complaint.hasSuffix("/apt.log"), "\(result.text)")
    }

    /// Of a build that fails the first errors are shown.
    @Test func failedBuildNamesItsErrors() throws {
        let result = try runOnMachine([
            "dpkg-query": "echo install ok installed",
            "swift": "echo compiling; echo 'a.swift:1: error: no such name'; exit 1",
        ])
        #expect(result.code == 1)
        #expect(result.lines.dropFirst().first == "a.swift:1: error: no such name", "\(result.text)")
        #expect(result.lines.count == 3 && result.text.contains("run: the build failed; see "), "\(result.text)")
    }
}
