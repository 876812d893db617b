import Foundation
import NIOCore
import Testing

@testable import RPC

@Suite struct ServerTests {
    @Test("a taken port and a foreign address get one clear line")
    func bindErrors() async throws {
        try await TestServer.with { server in
            let files = server.certificates.files("server")
            let table = [
                (
                    "127.0.0.1", server.port,
                    "port \(server.port) of 127.0.0.1 is taken: stop what uses it, or choose another"
                ),
                ("192.0.2.1", 0, "192.0.2.1 is not an address of this machine: choose one that is, or 127.0.0.1"),
            ]
            for (host, port, sentence) in table {
                let second = RPCServer(configuration: .init(host: host, port: port, tls: files), methods: [])
                do throws(RPCStatus) {
                    try second.start()
                    Issue.record("\(host):\(port) was taken")
                } catch {
                    #expect(error.message == sentence)
                }
                await second.shutdown(graceSeconds: 0)
            }
        }
    }

    @Test("a server that stops lets running calls end and turns new ones away")
    func gracefulStop() async throws {
        let server = try TestServer()
        let client = try await server.client()
        let running = Task { await client.code("Hold") }
        #expect(try await eventually { server.heldCount == 1 })
        let stopping = Task { await server.server.shutdown(graceSeconds: 10) }
        var turnedAway: Int32 = 0
        while turnedAway == 0 { turnedAway = await client.code("Echo") }
        #expect(turnedAway == RPCStatus.Code.unavailable)
        let error = await ClientTests.connectError(port: server.port, tls: server.certificates.files("li-na"))
        #expect(error?.code == RPCStatus.Code.unavailable)
        server.releaseHeld()
        #expect(await running.value == 0)
        await stopping.value
        #expect(await client.code("Echo") == RPCStatus.Code.unavailable)
    }

    @Test("a call that does not end in time does not keep the server")
    func graceEnds() async throws {
        let server = try TestServer()
        let client = try await server.client()
        let running = Task { await client.code("Hold") }
        #expect(try await eventually { server.heldCount == 1 })
        await server.server.shutdown(graceSeconds: 0.05)
        #expect(await running.value == RPCStatus.Code.unavailable)
        server.releaseHeld()
    }

    @Test("a half-open connection does not keep the server")
    func stopDuringHandshake() async throws {
        let server = try TestServer()
        let client = try await RawClient.connect(port: server.port, context: nil)
        client.send([0x16])
        await server.server.shutdown(graceSeconds: 0.05)
        // Closed at once, or reset where the byte had not been read yet.
        #expect(await !client.untilClosed().contains(.silence))
    }

    @Test("new certificates serve new connections, old ones go on; bad ones change nothing")
    func reload() async throws {
        let certificates = try Certificates.shared.get()
        let files = TLSFiles(
            certificateChain: certificates.path("live.pem"), privateKey: certificates.path("live.key"),
            trustRoots: certificates.path("ca.pem"))
        func install(_ name: String) throws {
            for (kind, path) in [("pem", files.certificateChain), ("key", files.privateKey)] {
                try Data(contentsOf: URL(fileURLWithPath: certificates.path("\(name).\(kind)")))
                    .write(to: URL(fileURLWithPath: path))
            }
        }
        try install("server")
        let server = try TestServer(tls: files)
        let old = try await server.client()
        #expect(await old.code("Echo") == 0)

        try "not a certificate".write(toFile: files.certificateChain, atomically: true, encoding: .utf8)
        #expect(throws: RPCStatus.self) { try server.server.reloadCertificates() }
        #expect(await server.serves())

        try install("elsewhere")
        try server.server.reloadCertificates()
        #expect(await old.code("Echo") == 0)
        #expect(await !server.serves())
        let renamed = try await RPCClient.connect(
            host: "127.0.0.1", port: server.port, tls: certificates.files("li-na"), serverName: "elsewhere.example")
        #expect(await renamed.code("Echo") == 0)
        await server.stop()
    }

    @Test("a session is resumed, and the peer known again")
    func resumption() async throws {
        try await TestServer.with { server in
            let files = server.certificates.files("li-na")
            let request = server.certificates.path("who")
            try Data(BadInputTests.request(1, "Who")).write(to: URL(fileURLWithPath: request))
            let script = """
                { cat \(request); sleep 0.5; } | openssl s_client -nocommands -connect 127.0.0.1:\(server.port) \
                -cert \(files.certificateChain) -key \(files.privateKey) -CAfile \(files.trustRoots) "$@" 2>&1
                """
            let session = server.certificates.path("session")
            for (option, kind) in [("-sess_out", "New, TLSv1.3"), ("-sess_in", "Reused, TLSv1.3")] {
                let (_, output) = try await runAside(["sh", "-c", script, "sh", option, session])
                #expect(output.contains(kind), "\(output)")
                #expect(output.contains("jilin-hrss|li-na|casework://agency/jilin-hrss/officer/li-na"), "\(output)")
            }
        }
    }
}
