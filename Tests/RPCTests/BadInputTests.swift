import NIOCore
import Testing

@testable import RPC

/// Bad input over real connections: each gets its answer, and a client that does everything right is served
/// meanwhile and afterwards.
@Suite struct BadInputTests {
    struct SentBytes: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var events: [RawClient.Event]
        /// What the operator reads of a connection that is closed without an answer.
        var report: String?
        var bytes: [UInt8]

        init(_ name: String, _ bytes: [UInt8], _ events: [RawClient.Event], closes report: String? = nil) {
            (testDescription, self.bytes, self.events, self.report) = (name, bytes, events, report)
        }
    }

    static func request(
        _ stream: UInt32, _ method: String = "Echo", timeoutNano: Int64 = 0, flags: UInt8 = 0,
        service: String = "test.Echo"
    ) -> [UInt8] {
        var body = ByteBuffer()
        body.writeField(1, text: service)
        body.writeField(2, text: method)
        body.writeField(4, varint: UInt64(timeoutNano))
        return FrameTests.frame(stream, Array(body.readableBytesView), flags: flags)
    }

    static let insideTLS = [
        SentBytes(
            "garbage", [0xde, 0xad, 0xbe, 0xef], [],
            closes: "NOT_TTRPC: the client does not speak ttrpc, it began with \"....\": it must use a ttrpc client"),
        SentBytes(
            "HTTP", Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), [],
            closes: "HTTP_NOT_TTRPC: the client speaks HTTP inside TLS: this port takes ttrpc, from a ttrpc client"),
        SentBytes(
            "HTTP/2", Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8), [],
            closes: "HTTP_NOT_TTRPC: the client speaks HTTP inside TLS: this port takes ttrpc, from a ttrpc client"),
        SentBytes(
            "a length of 4 GiB", FrameTests.header(length: .max), [],
            closes: "MESSAGE_TOO_LONG: the client announced a message of 4294967295 bytes, more than 4194304: it must "
                + "split what it sends"),
        SentBytes(
            "a call, then a length of 16 MiB", request(1) + FrameTests.header(length: 1 << 24),
            [.frame(stream: 1, code: 0)],
            closes: "MESSAGE_TOO_LONG: the client announced a message of 16777216 bytes, more than 4194304: it must "
                + "split what it sends"),
        SentBytes(
            "an unknown method", request(1, "Nothing"),
            [.frame(stream: 1, code: 12, reason: "METHOD_UNKNOWN", advice: "check its spelling and version")]),
        SentBytes(
            "an unknown service", request(1, service: "x"),
            [.frame(stream: 1, code: 12, reason: "SERVICE_UNKNOWN", advice: "check its spelling and version")]),
        SentBytes(
            "a payload that is no request", FrameTests.frame(1, [0xff, 0xff]),
            [
                .frame(
                    stream: 1, code: 3, reason: "FRAME_MALFORMED",
                    advice: "check that the client speaks ttrpc with protobuf")
            ]),
        SentBytes(
            "even ids", request(0) + request(8),
            [0, 8].map {
                .frame(stream: $0, code: 3, reason: "STREAM_ID_EVEN", advice: "clients number their calls 1, 3, 5 …")
            }),
        SentBytes(
            "odd ids out of order", request(9) + request(3) + request(5),
            [.frame(stream: 9, code: 0), .frame(stream: 3, code: 0), .frame(stream: 5, code: 0)]),
        SentBytes(
            "an id in use", request(1, "Hold") + request(1),
            [.frame(stream: 1, code: 3, reason: "STREAM_ID_IN_USE", advice: "give each call its own")]),
        SentBytes(
            "a deadline", request(1, "Hold", timeoutNano: 20_000_000),
            [
                .frame(
                    stream: 1, code: 4, reason: "DEADLINE_EXCEEDED",
                    advice: "look it up by its key, or repeat it with the same key")
            ]),
        SentBytes(
            "a stream", request(1, flags: 2),
            [
                .frame(
                    stream: 1, code: 12, reason: "STREAMS_NOT_OFFERED", advice: "send the request as a unary call")
            ]),
        SentBytes(
            "5 MiB", FrameTests.frame(1, Array(repeating: 0, count: 5 << 20)),
            [.frame(stream: 1, code: 8, reason: "REQUEST_TOO_LONG", advice: "split it")]),
        SentBytes("a truncated frame", Array(request(1).dropLast()), []),
    ]

    @Test("bytes inside TLS", arguments: insideTLS)
    func badBytes(sent: SentBytes) async throws {
        try await TestServer.with { server in
            let other = try await server.client()
            let client = try await RawClient.connect(
                port: server.port, context: TLSContext.client(server.certificates.files("li-na")))
            client.send(sent.bytes)
            for event in sent.events { #expect(await client.next() == event) }
            if sent.report != nil {
                #expect(await client.next() == .closed)
            } else if !sent.testDescription.contains("truncated") {
                client.send(Self.request(99))
                #expect(await client.next() == .frame(stream: 99, code: 0))
            }
            await client.close()
            #expect(server.reports == [sent.report].compactMap(\.self))
            let answer = try await other.call(service: "test.Echo", method: "Echo", payload: ByteBuffer(string: "x"))
            #expect(answer == ByteBuffer(string: "x"))
            #expect(await server.serves())
        }
    }

    static let notTLS = [
        (
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "HTTP_WITHOUT_TLS: the client speaks HTTP without TLS: this port takes ttrpc over TLS 1.3"
        ),
        ("\0\0\0\u{5}\0\0\0\u{1}\u{1}\0hello", "NOT_TLS: the client does not speak TLS 1.3"),
        ("SSH-2.0-x\r\n", "NOT_TLS: the client does not speak TLS 1.3"),
        ("\u{7f}\u{1}\u{2}", "HANDSHAKE_ABANDONED: the peer closed the connection during the TLS handshake"),
    ]

    @Test("bytes that are not TLS close the connection", arguments: notTLS)
    func withoutTLS(text: String, report: String) async throws {
        try await TestServer.with { server in
            // Of too few bytes nobody can tell what they are: there the client itself gives up.
            let client = try await RawClient.connect(
                port: server.port, context: nil, greeting: Array(text.utf8), hangsUp: text.utf8.count < 5)
            #expect(await client.untilClosed() == [])
            #expect(try await eventually { server.reports.count == 1 })
            #expect(server.reports.first?.hasPrefix(report) == true, "\(server.reports)")
            #expect(server.reports.first?.advice.isEmpty == false)
            #expect(server.reportedAddresses.first?.contains("127.0.0.1") == true, "\(server.reportedAddresses)")
            #expect(await server.serves())
        }
    }

    @Test("a client that never finishes the handshake is closed in time")
    func halfOpen() async throws {
        var limits = RPCLimits()
        limits.handshake = .milliseconds(100)
        try await TestServer.with(limits: limits) { server in
            let client = try await RawClient.connect(port: server.port, context: nil)
            client.send([0x16, 0x03])
            #expect(await client.untilClosed() == [])
            #expect(server.reports == [
                    "HANDSHAKE_TIMED_OUT: no TLS handshake within 0 s: check that both sides speak TLS 1.3, and the "
                        + "network"
                ])
        }
    }

    @Test("connections beyond the limit are closed, and taken again when there is room")
    func connectionLimit() async throws {
        var limits = RPCLimits()
        limits.connections = 2
        try await TestServer.with(limits: limits) { server in
            let first = try await server.client()
            let second = try await server.client()
            let third = try await RawClient.connect(port: server.port, context: nil)
            #expect(await third.untilClosed() == [])
            #expect(
                server.reports == [
                    "TOO_MANY_CONNECTIONS: too many connections are open: each client should keep one and use it for "
                        + "all its calls"
                ])
            await first.close()
            var served = false
            for _ in 0..<50 where !served { served = await server.serves() }
            #expect(served)
            await second.close()
        }
    }

    struct Person: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// What the client is told when it makes its first call.
        var sentence: String
        /// What the server reports begins so.
        var report: String
    }

    private static let refused = "CERTIFICATE_REFUSED: the client's certificate is not accepted"

    static let unwelcome = [
        Person(
            testDescription: "stranger",
            sentence: "the server does not know the issuer of the client certificate: use one issued by its authority",
            report: "\(refused) (unable to get local issuer certificate)"),
        Person(
            testDescription: "expired",
            sentence: "the client certificate is outside its period of validity: renew it",
            report: "\(refused) (certificate has expired)"),
        Person(
            testDescription: "nameless",
            sentence:
                "the server does not accept the client certificate: it must be for client use and name one agency "
                + "(O) and one officer (CN)",
            report: "\(refused) (application verification failure)"),
        Person(
            testDescription: "two-agencies",
            sentence:
                "the server does not accept the client certificate: it must be for client use and name one agency "
                + "(O) and one officer (CN)",
            report: "\(refused) (application verification failure)"),
        Person(
            testDescription: "server",
            sentence:
                "the server does not accept the client certificate: it must be for client use and name one agency "
                + "(O) and one officer (CN)",
            report: "\(refused) (unsuitable certificate purpose)"),
    ]

    @Test("a certificate that is not accepted", arguments: unwelcome)
    func notAccepted(person: Person) async throws {
        try await TestServer.with { server in
            let client = try await server.client(person.testDescription)
            let status = await client.failure("Echo", timeout: .seconds(5))
            #expect(status?.code == RPCStatus.Code.unauthenticated)
            #expect(status?.message == person.sentence)
            #expect(status?.reason == "CLIENT_REFUSED")
            #expect(server.reports.count == 1 && server.reports.first?.hasPrefix(person.report) == true)
            let advice =
                "it must be in force, for client use, of this server's authority, and name one agency (O) and one "
                + "officer (CN)"
            #expect(server.reports.first?.advice == advice)
            #expect(await server.serves())
        }
    }

    @Test("no certificate: the first call says what is missing")
    func anonymous() async throws {
        try await TestServer.with { server in
            let context = try TLSContext.anonymousClient(trustRoots: server.certificates.path("ca.pem"))
            let client = try await RPCClient.connect(
                host: "127.0.0.1", port: server.port, context: context, serverName: "127.0.0.1", timeout: .seconds(5))
            let status = await client.failure("Echo", timeout: .seconds(5))
            #expect(status?.code == RPCStatus.Code.unauthenticated)
            let sentence =
                "the server asks for a client certificate: give the certificate and key issued to your agency"
            #expect(status?.message == sentence)
            #expect(
                server.reports == [
                    "CERTIFICATE_MISSING: the client showed no certificate: it must use one issued to its agency"
                ])
            #expect(await server.serves())
        }
    }

    @Test(
        "other TLS than ours, spoken by the openssl command",
        arguments: [
            (["-tls1_2"], "alert protocol version"), (["-alpn", "h2"], "alert no application protocol"),
            (["-alpn", "h2,casework/1"], "alert no application protocol"),
            (["-alpn", "casework/1,ttrpc"], "ALPN protocol: ttrpc"), (["-alpn", "ttrpc"], "ALPN protocol: ttrpc"),
            ([], "No ALPN negotiated"),
        ])
    func foreignTLS(options: [String], expected: String) async throws {
        try await TestServer.with { server in
            let files = server.certificates.files("li-na")
            let (_, output) = try await runAside(
                [
                    "sh", "-c", "exec openssl s_client \"$@\" </dev/null", "sh", "-connect", "127.0.0.1:\(server.port)",
                    "-cert",
                    files.certificateChain, "-key", files.privateKey, "-CAfile", files.trustRoots,
                ] + options)
            #expect(output.contains(expected), "\(output)")
            #expect(await server.serves())
        }
    }
}
