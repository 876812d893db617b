import Foundation
import Testing

/// `Scripts/run` on a machine that lacks something: one line says what, and nothing is begun.
extension RunTests {
    /// A folder for `PATH` with these programs of this machine and these scripts instead of others.
    private func machine(_ programs: [String], scripts: [String: String]) throws -> URL {
        let folder = try Shell.folder()
        for name in programs {
            try FileManager.default.createSymbolicLink(
                at: folder.appendingPathComponent(name), withDestinationURL: URL(fileURLWithPath: "/usr/bin/\(name)"))
        }
        for (name, body) in scripts {
            let file = folder.appendingPathComponent(name)
            try Data("#!/bin/sh\n\(body)\n".utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        return folder
    }

    private func runOnMachine(_ scripts: [String: String], _ arguments: String...) throws -> Shell.Result {
        let state = try Shell.folder()
        defer { remove(state) }
        let path = try machine(["bash", "dirname", "mkdir", "chmod", "grep"], scripts: scripts)
        defer { remove(path) }
        return try Shell.run(
            ["Scripts/run", "--state", state.path] + arguments, environment: ["PATH": path.path])
    }

    @Test func missingPackageIsOneLine() throws {
        let result = try runOnMachine(["dpkg-query": "exit 1", "id": "echo 1000"], "--bin", Shell.programs.path)
        #expect(result.code == 1)
        #expect(result.lines.count == 1, "\(result.text)")
        #expect(result.text.contains("apt-get install libsqlite3-dev libssl-dev libjemalloc-dev openssl"), "\(result.text)")
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
}
