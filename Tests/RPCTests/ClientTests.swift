import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import RPC

@Suite struct ClientTests {
    @Test(
        "small, large and empty messages come back whole, from the loop and from other threads",
        arguments: [
            0, 1, 200, 16_384, 70_000, 1 << 20, 4 << 20 - 64,
        ])
    func echo(size: Int) async throws {
        try await TestServer.with { server in
            let client = try await server.client()
            let payload = Self.pattern(size)
            for method in ["Echo", "Elsewhere"] {
                #expect(try await client.call(service: "test.Echo", method: method, payload: payload) == payload)
            }
            await client.close()
        }
    }

    /// Bytes of which no two KiB are alike.
    static func pattern(_ size: Int) -> ByteBuffer {
        var buffer = ByteBuffer()
        while buffer.readableBytes < size {
            buffer.writeInteger(buffer.readableBytes)
            buffer.writeRepeatingByte(UInt8(truncatingIfNeeded: buffer.readableBytes >> 10), count: 1016)
        }
        return buffer.getSlice(at: 0, length: size) ?? ByteBuffer()
    }

    @Test(
        "the server knows the peer from its certificate",
        arguments: [
            ("li-na", "jilin-hrss|li-na|casework://agency/jilin-hrss/officer/li-na urn:second|32"),
            ("county-finance", "county-finance|||32"),
        ])
    func peer(name: String, expected: String) async throws {
        try await TestServer.with { server in
            let client = try await server.client(name)
            let answer = try await client.call(service: "test.Echo", method: "Who", payload: ByteBuffer())
            #expect(String(buffer: answer) == expected)
            await client.close()
        }
    }

    @Test("a status comes with its code, sentence and details")
    func status() async throws {
        try await TestServer.with { server in
            let client = try await server.client()
            let status = await client.failure("Refuse")
            #expect(status?.code == 9)
            #expect(status?.message == "不行")
            #expect(status?.details == [.init(typeURL: "type.googleapis.com/x", bytes: [1, 2])])
            await client.close()
        }
    }

    @Test("thousands of calls at a time each get their own answer", arguments: ["Echo", "Elsewhere"])
    func pipelining(method: String) async throws {
        var limits = RPCLimits()
        limits.callsPerConnection = 3000
        try await TestServer.with(limits: limits) { server in
            let client = try await server.client()
            let right = Mutex(0)
            await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
                let left = Mutex(3000)
                for index in 0..<3000 {
                    let payload = ByteBuffer(integer: index)
                    client.call(service: "test.Echo", method: method, payload: payload) { result in
                        if case .success(payload) = result { right.withLock { $0 += 1 } }
                        let isLast = left.withLock { left in
                            left -= 1
                            return left == 0
                        }
                        if isLast { done.resume() }
                    }
                }
            }
            #expect(right.withLock { $0 } == 3000)
            await client.close()
        }
    }

    @Test("a client that sends without reading stalls itself only, and then gets all answers")
    func unreadAnswers() async throws {
        var limits = RPCLimits()
        limits.unreadReplyBytes = 1 << 20
        limits.callsPerConnection = 10_000
        try await TestServer.with(limits: limits) { server in
            let client = try await server.client()
            let payload = ByteBuffer(repeating: 5, count: 60_000)
            let results = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<500 {
                    group.addTask {
                        await client.code("Echo", payload: payload) == RPCStatus.Code.ok
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(results == 500)
            await client.close()
        }
    }

    @Test("a deadline ends the call for both sides")
    func deadline() async throws {
        try await TestServer.with { server in
            let client = try await server.client()
            let status = await client.failure("Hold", timeout: .milliseconds(30))
            #expect(status?.code == RPCStatus.Code.deadlineExceeded)
            server.releaseHeld()
            let answer = try await client.call(
                service: "test.Echo", method: "Echo", payload: ByteBuffer(string: "next"), timeout: .seconds(5))
            #expect(String(buffer: answer) == "next")
            await client.close()
        }
    }

    @Test("a cancelled task gives its call up")
    func cancellation() async throws {
        try await TestServer.with { server in
            let client = try await server.client()
            let task = Task { await client.code("Hold") }
            #expect(try await eventually { server.heldCount == 1 })
            task.cancel()
            #expect(await task.value == RPCStatus.Code.cancelled)
            let late = Task { await client.code("Hold") }
            late.cancel()
            #expect(await late.value == RPCStatus.Code.cancelled)
            await client.close()
        }
    }

    @Test("a closed client ends its calls and takes no more")
    func closing() async throws {
        try await TestServer.with { server in
            let client = try await server.client()
            let task = Task { await client.code("Hold") }
            #expect(try await eventually { server.heldCount == 1 })
            await client.close()
            #expect(await task.value == RPCStatus.Code.cancelled)
            #expect(await client.code("Echo") == RPCStatus.Code.cancelled)
        }
    }

    @Test("a request above 4 MiB is refused before it is sent")
    func longRequest() async throws {
        try await TestServer.with { server in
            let client = try await server.client()
            let payload = ByteBuffer(repeating: 0, count: 4 << 20)
            #expect(await client.code("Echo", payload: payload) == RPCStatus.Code.resourceExhausted)
            #expect(await client.code("Echo") == 0)
            await client.close()
        }
    }

    // MARK: Connecting

    @Test("nobody listens: the sentence names the address")
    func refused() async throws {
        let server = try TestServer()
        let port = server.port
        await server.stop()
        let error = await Self.connectError(port: port, tls: server.certificates.files("li-na"))
        #expect(error?.code == RPCStatus.Code.unavailable)
        let sentence = "no server answers at 127.0.0.1:\(port) (connection refused): check the address and that it runs"
        #expect(error?.message == sentence)
    }

    @Test("files that cannot be used are named", arguments: ["certificate", "key", "roots", "wrong key"])
    func badFiles(kind: String) async throws {
        let certificates = try Certificates.shared.get()
        var files = certificates.files("li-na")
        let name = certificates.path(kind == "wrong key" ? "stranger.key" : "no-such-file")
        switch kind {
        case "certificate": files.certificateChain = name
        case "roots": files.trustRoots = name
        default: files.privateKey = name
        }
        let error = await Self.connectError(port: 1, tls: files)
        #expect(error?.code == RPCStatus.Code.failedPrecondition)
        #expect(error?.message.hasPrefix(name) == true)
        #expect(throws: RPCStatus.self) { try TestServer(tls: files) }
    }

    @Test(
        "a server whose certificate names another host, or is of another authority, is not believed",
        arguments: [
            ("elsewhere", "ca.pem", "IP address mismatch"),
            ("server", "foreign.pem", "unable to get local issuer certificate"),
        ])
    func wrongServer(identity: String, roots: String, reason: String) async throws {
        try await TestServer.with(identity: identity) { server in
            var files = server.certificates.files("li-na")
            files.trustRoots = server.certificates.path(roots)
            let error = await Self.connectError(port: server.port, tls: files)
            #expect(error?.code == RPCStatus.Code.unauthenticated)
            let sentence =
                "the server's certificate is not accepted (\(reason)): check the address and the trusted authorities"
            #expect(error?.message == sentence)
        }
    }

    @Test("a name and an address of the certificate are both right", arguments: ["localhost", "127.0.0.1"])
    func rightServer(host: String) async throws {
        try await TestServer.with { server in
            let client = try await server.client(host: host)
            #expect(await client.code("Echo") == 0)
            await client.close()
        }
    }

    @Test(
        "a server that speaks no TLS, and one that hangs up, are told apart",
        arguments: [
            ("HTTP/1.1 400 Bad Request\r\n\r\n", "the server does not speak TLS: check the address and port"),
            (
                "",
                "the peer closed the connection during the TLS handshake: check address, port and certificates"
            ),
        ])
    func notTLS(greeting: String, sentence: String) async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Greeter(greeting: greeting))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let files = try Certificates.shared.get().files("li-na")
        let error = await Self.connectError(port: listener.localAddress?.port ?? 0, tls: files)
        #expect(error?.message == sentence)
        try await listener.close()
    }

    static func connectError(port: Int, tls: TLSFiles) async -> RPCStatus? {
        do {
            _ = try await RPCClient.connect(host: "127.0.0.1", port: port, tls: tls, timeout: .seconds(5))
            return nil
        } catch {
            return error
        }
    }
}

/// Waits for the first bytes, answers with a greeting and hangs up.
private final class Greeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let greeting: String

    init(greeting: String) { self.greeting = greeting }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(string: greeting)), promise: nil)
        context.close(promise: nil)
    }
}

extension RPCClient {
    /// Why a call fails; nil when it succeeds.
    func failure(
        _ method: String, payload: ByteBuffer = ByteBuffer(), timeout: TimeAmount? = nil
    ) async -> RPCStatus? {
        do {
            _ = try await call(service: "test.Echo", method: method, payload: payload, timeout: timeout)
            return nil
        } catch {
            return error
        }
    }

    /// The code that a call ends with, 0 when it succeeds.
    func code(_ method: String, payload: ByteBuffer = ByteBuffer()) async -> Int32 {
        await failure(method, payload: payload)?.code ?? RPCStatus.Code.ok
    }
}
