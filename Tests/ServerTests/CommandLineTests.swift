import CaseworkClient
import Foundation
import PluginHost
import Schema
import Server
import SwiftProtobuf
import Testing

/// What `casework` says of a server in trouble.
@Suite("The command line at a server in trouble")
struct CommandLineTests {
    /// Where what the clock brings about goes wrong (`Tests/LyingChild`).
    private static let county = "220621"

    private struct Said {
        var code: Int32
        var text: String
    }

    private func casework(
        _ arguments: String, at port: Int, as officer: String = Officer.agent
    ) async throws -> Said {
        let identity = try TestCertificates.shared.get().folder + "/" + officer
        let output = try await bashAside(
            """
            export LC_ALL=en_US.UTF-8 CASEWORK_SERVER=localhost:\(port) CASEWORK_IDENTITY='\(identity)'
            code=0
            '\(Repository.products.path)/casework' \(arguments) || code=$?
            echo $code
            """)
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        let code = try #require(lines.last.flatMap { Int32($0) })
        return Said(code: code, text: lines.dropLast().joined(separator: "\n"))
    }

    @Test("an incident is counted as soon as it is there, by the next server too, and no longer when it is over")
    func incidents() async throws {
        let first = try TestServer(child: "LyingChild")
        let id = try await first.open(Applicant(), county: Self.county).caseID
        try await first.send("village.verified", to: id, as: Officer.village)
        #expect(try await first.client(Officer.agent).operations.health().incidents == 0)
        #expect(try await casework("health", at: first.server.port).text.contains(" 0 incidents"))
        try await first.advance("5wd")
        #expect(try await first.client(Officer.agent).operations.health().incidents == 1)
        let said = try await casework("health", at: first.server.port)
        #expect(said.code == 0 && said.text.contains(" 1 incident\n"), "\(said)")
        let listed = try await first.client(Officer.agent).cases.list(.with { $0.onlyIncidents = true }).cases
        #expect(listed.map(\.caseID) == [id])
        try await first.stop()

        let second = try TestServer(child: "LyingChild", folder: first.folder)
        let client = try await second.client(Officer.agent)
        #expect(try await client.operations.health().incidents == 1)
        try await second.send("withdraw", to: id, as: Officer.agent)
        #expect(try await client.operations.health().incidents == 0)
        try await second.stop()
    }

    @Test("a command is one call: an officer sends an event whose agency may ask the server nothing else")
    func oneCall() async throws {
        let server = try TestServer(isolation: .inProcess)
        let opened = try await server.open(Applicant())
        try await server.send("village.verified", to: opened.caseID, as: Officer.village)
        try await server.advance("5wd")
        let send = "case send \(opened.number) registry.answered --payload '{\"found\":true}'"
        let said = try await casework(send, at: server.server.port, as: Officer.registry)
        #expect(said.code == 0 && said.text.contains(opened.number), "\(said)")
        let asked = try await casework("health", at: server.server.port, as: Officer.registry)
        #expect(asked.code == 1 && asked.text.contains("[METHOD_NOT_GRANTED]"), "\(asked)")
        try await server.stop()
    }

    @Test("who may read in clear and may not list plugins reads all the same")
    func unmaskAlone() async throws {
        let server = try await TestServer.shared.value
        let opened = try await server.open(Applicant())
        let unmask = "case unmask \(opened.number) --reason 核对"
        let said = try await casework(unmask, at: server.server.port, as: Officer.clearReader)
        #expect(said.code == 0 && said.text.contains("张三丰"), "\(said)")
    }

    @Test("a server that answers but cannot do it now is no server that is not reachable")
    func unavailable() async throws {
        let folder = try TestServer.prepare()
        let host = "\(folder)/host"
        let application = "\(folder)/application.json"
        try Applicant().json.write(toFile: application, atomically: true, encoding: .utf8)
        try bash("ln -s '\(Repository.products.path)/casework-plugin-host' '\(host)'")
        let server = try TestServer(child: host, folder: folder)
        let port = server.server.port
        _ = try await server.open(Applicant())
        let child = try #require(try await server.client(Officer.agent).plugins.list().plugins.first).process
        try #require(child > 0)
        try FileManager.default.removeItem(atPath: host)
        kill(child, SIGKILL)
        let said = try await casework(
            "case open transport-subsidy --county 220122 --payload '@\(application)'", at: port)
        #expect(said.code == 1, "\(said)")
        #expect(said.text.contains("[PLUGIN_NOT_STARTED]") && !said.text.contains("reach"), "\(said)")
        try await server.stop()
        let silence = try await casework("health", at: port)
        #expect(silence.code == 3, "\(silence)")
    }
}
