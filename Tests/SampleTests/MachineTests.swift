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

    /// A server that accepts and cannot serve is told by its own reason, at once.
    @Test func aServerThatCannotServeIsOneLine() throws {
        let programs = try Shell.folder().appendingPathComponent("程序 bin")
        try FileManager.default.createDirectory(at: programs, withIntermediateDirectories: true)
        defer { remove(programs.deletingLastPathComponent()) }
        for name in ["casework", "casework-plugin-host", "libTransportSubsidy.so"] {
            try FileManager.default.createSymbolicLink(
                at: programs.appendingPathComponent(name),
                withDestinationURL: Shell.programs.appendingPathComponent(name))
        }
        // It may open its files, but its sockets refuse what is asked of them.
        let refusing = """
            #!/bin/sh
            trap exit TERM
            echo 'caseworkd serves on localhost'
            echo '2026-01-01T00:00:00+0000 error caseworkd: address=unknown agency= reason=CONNECTION_NOT_SET_UP \
            [Server] a connection was closed unserved: it could not be set up (Permission denied)'
            while sleep 0.1; do :; done
            """
        let server = programs.appendingPathComponent("caseworkd")
        try refusing.replacing("\\\n            ", with: "").write(to: server, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: server.path)
        let state = try Shell.folder()
        defer { remove(state) }
        let options = ["--state", state.path, "--port", "\(try Shell.freePort())", "--smoke"]
        let result = try Shell.run(["Scripts/run", "--bin", programs.path] + options)
        #expect(result.code == 1)
        let words = "run: the server cannot serve: a connection was closed unserved: it could not be set up"
        #expect(result.lines.last?.hasPrefix(words) == true, "\(result.text)")
    }
}
