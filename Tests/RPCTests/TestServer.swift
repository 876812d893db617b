import NIOCore
import Synchronization

@testable import RPC

/// A server on a free port of the loopback, with methods that echo, hold and describe.
final class TestServer: Sendable {
    let server: RPCServer
    let certificates: Certificates
    private let held: HeldCalls
    private let messages: Messages

    private final class HeldCalls: Sendable {
        let calls = Mutex<[RPCCall]>([])
    }

    private final class Messages: Sendable {
        let all = Mutex<[RPCServerEvent]>([])
    }

    init(limits: RPCLimits = TestServer.patient, identity: String = "server", tls: TLSFiles? = nil) throws {
        let (held, messages) = (HeldCalls(), Messages())
        certificates = try Certificates.shared.get()
        let methods = [
            RPCMethod(service: "test.Echo", name: "Echo") { $0.succeed($0.payload) },
            // Answered on another thread.
            RPCMethod(service: "test.Echo", name: "Elsewhere") { call in
                Task.detached { call.succeed(call.payload) }
            },
            RPCMethod(service: "test.Echo", name: "Hold") { call in held.calls.withLock { $0.append(call) } },
            RPCMethod(service: "test.Echo", name: "Refuse") { call in
                let detail = RPCStatus.Detail(typeURL: "type.googleapis.com/x", bytes: [1, 2])
                call.fail(RPCStatus(code: 9, message: "不行", details: [detail]))
            },
            RPCMethod(service: "test.Echo", name: "Who") { call in
                let peer = call.peer
                let text =
                    "\(peer.agency)|\(peer.officer)|\(peer.uris.joined(separator: " "))|\(peer.fingerprint.count)"
                call.succeed(ByteBuffer(string: text))
            },
        ]
        self.held = held
        self.messages = messages
        server = RPCServer(
            configuration: .init(
                host: "127.0.0.1", port: 0, tls: tls ?? certificates.files(identity), limits: limits,
                report: { event in messages.all.withLock { $0.append(event) } }),
            methods: methods)
        try server.start()
    }

    var port: Int { server.boundPort }
    var heldCount: Int { held.calls.withLock { $0.count } }
    /// What the operator was told, with its reason in front: `NOT_TLS: the client …`.
    var reports: [String] { messages.all.withLock { $0.map { "\($0.reason): \($0.message)" } } }

    /// From where the reported ones came.
    var reportedAddresses: [String] { messages.all.withLock { $0.map(\.address) } }

    func releaseHeld() {
        let calls = held.calls.withLock { calls in
            defer { calls = [] }
            return calls
        }
        for call in calls { call.succeed(call.payload) }
    }

    func stop() async {
        releaseHeld()
        await server.shutdown(graceSeconds: 0.2)
    }

    func client(_ name: String = "li-na", host: String = "localhost") async throws -> RPCClient {
        try await RPCClient.connect(host: host, port: port, tls: certificates.files(name))
    }

    /// Whether a client that does everything right is served.
    func serves() async -> Bool {
        do {
            let client = try await client()
            let answer = try await client.call(
                service: "test.Echo", method: "Echo", payload: ByteBuffer(string: "hello"), timeout: .seconds(5))
            await client.close()
            return answer == ByteBuffer(string: "hello")
        } catch {
            return false
        }
    }

    /// A busy machine must not make a handshake look abandoned.
    static var patient: RPCLimits {
        var limits = RPCLimits()
        limits.handshake = .seconds(60)
        return limits
    }

    static func with(
        limits: RPCLimits = patient, identity: String = "server", _ body: (TestServer) async throws -> Void
    ) async throws {
        let server = try TestServer(limits: limits, identity: identity)
        do {
            try await body(server)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }
}

/// Waits until something is so, at most 5 s.
func eventually(_ condition: () -> Bool) async throws -> Bool {
    for _ in 0..<1000 {
        if condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return false
}
