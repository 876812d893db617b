import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import RPC

/// A connection without network and TLS, on a virtual clock.
private final class Wire {
    let channel = EmbeddedChannel()
    let held = Held()
    let reports = Reports()
    var loop: EmbeddedEventLoop { channel.embeddedEventLoop }

    /// Calls of the method `hold`, kept until the test answers or drops them.
    final class Held: Sendable {
        private let calls = Mutex<[RPCCall]>([])
        var count: Int { calls.withLock { $0.count } }
        func add(_ call: RPCCall) { calls.withLock { $0.append(call) } }
        func takeFirst() -> RPCCall? { calls.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
    }

    final class Reports: Sendable {
        private let messages = Mutex<[String]>([])
        var all: [String] { messages.withLock { $0 } }
        func add(_ message: String) { messages.withLock { $0.append(message) } }
    }

    init(
        limits: RPCLimits = RPCLimits(), shares: AgencyShares = AgencyShares(), agency: String = "jilin-hrss"
    ) throws {
        let (held, reports) = (held, reports)
        let methods = [
            RPCMethod(service: "test.Echo", name: "Echo") { $0.succeed($0.payload) },
            RPCMethod(service: "test.Echo", name: "Hold") { held.add($0) },
            RPCMethod(service: "test.Echo", name: "Drop") { _ in },
            RPCMethod(service: "test.Echo", name: "Twice") {
                $0.succeed($0.payload)
                $0.fail(RPCStatus(code: 13, message: "second"))
            },
            RPCMethod(service: "test.Echo", name: "Long") { call in
                let size = call.payload.getInteger(at: call.payload.readerIndex, as: UInt32.self) ?? 0
                call.succeed(ByteBuffer(repeating: 1, count: Int(size)))
            },
        ]
        let table = MethodTable(methods)
        try channel.pipeline.syncOperations.addHandler(
            ServerConnection(methods: table, limits: limits, shares: shares) { reports.add($0.message) })
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let peer = PeerIdentity(agency: agency, officer: "li-na", fingerprint: [], uris: [])
        channel.pipeline.fireUserInboundEventTriggered(TLSEstablished(peer: peer))
    }

    static func request(
        _ stream: UInt32, _ method: String = "Echo", payload: [UInt8] = [1, 2], timeoutNano: Int64 = 0,
        service: String = "test.Echo", flags: UInt8 = 0
    ) -> [UInt8] {
        var body = ByteBuffer()
        body.writeField(1, text: service)
        body.writeField(2, text: method)
        body.writeField(3, bytes: ByteBuffer(bytes: payload))
        body.writeField(4, varint: UInt64(bitPattern: timeoutNano))
        return FrameTests.frame(stream, Array(body.readableBytesView), flags: flags)
    }

    func send(_ bytes: [UInt8]...) throws {
        var buffer = ByteBuffer()
        for part in bytes { buffer.writeBytes(part) }
        try channel.writeInbound(buffer)
        loop.run()
    }

    /// Each write that has gone out, as `stream:code` of its frames.
    func writes() throws -> [[String]] {
        loop.run()
        var writes: [[String]] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { writes.append(Self.summary(buffer)) }
        return writes
    }

    private static func summary(_ buffer: ByteBuffer) -> [String] {
        var reader = FrameReader()
        reader.append(buffer)
        var frames: [String] = []
        while case .frame(let header, let body)? = reader.next() {
            let code: Int32? =
                switch ResponseEnvelope.decode(body) {
                case .success?: 0
                case .failure(let status)?: status.code
                case nil: nil
                }
            frames.append("\(header.stream):\(code.map(String.init) ?? "unreadable")")
        }
        return frames
    }
}

@Suite struct ServerConnectionTests {
    @Test("calls that come together are answered in one write, in their order")
    func oneWriteATurn() throws {
        let wire = try Wire()
        try wire.send(Wire.request(1), Wire.request(3), Wire.request(9), Wire.request(5))
        #expect(try wire.writes() == [["1:0", "3:0", "9:0", "5:0"]])
    }

    /// Bytes made when they are needed: megabytes as arguments would be printed.
    struct Sent: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var code: Int32
        var bytes: @Sendable () -> [UInt8]

        init(_ name: String, _ code: Int32, _ bytes: @escaping @autoclosure @Sendable () -> [UInt8]) {
            (testDescription, self.code, self.bytes) = (name, code, bytes)
        }
    }

    private static func fiveMegabytes(_ stream: UInt32, type: UInt8 = 1) -> [UInt8] {
        FrameTests.frame(stream, Array(repeating: 0, count: 5 << 20), type: type)
    }

    static let badRequests = [
        Sent("id 0", 3, Wire.request(0)),
        Sent("even id", 3, Wire.request(2)),
        Sent("garbage body", 3, FrameTests.frame(1, Array("garbage".utf8))),
        Sent("empty body", 12, FrameTests.frame(1, [])),
        Sent("unknown service", 12, Wire.request(1, service: "test.Other")),
        Sent("unknown method", 12, Wire.request(1, "Ech")),
        Sent("method in the wrong letter case", 12, Wire.request(1, "echo")),
        Sent("a stream", 12, Wire.request(1, flags: FrameFlags.remoteOpen)),
        Sent("a stream as Rust opens it", 12, Wire.request(1, flags: FrameFlags.remoteOpen | FrameFlags.noData)),
        Sent("no time left", 4, Wire.request(1, timeoutNano: -5)),
        Sent("5 MiB", 8, fiveMegabytes(1)),
        Sent("5 MiB on an even id", 3, fiveMegabytes(2)),
        Sent("an answer above 4 MiB", 8, Wire.request(1, "Long", payload: [0, 0x40, 0, 0])),
        Sent("no answer from the handler", 13, Wire.request(1, "Drop")),
    ]

    @Test("a bad request gets its code and the next call is served", arguments: badRequests)
    func badRequest(sent: Sent) throws {
        let wire = try Wire()
        let bytes = sent.bytes()
        try wire.send(bytes)
        #expect(try wire.writes() == [["\(bytes[7]):\(sent.code)"]])
        try wire.send(Wire.request(7))
        #expect(try wire.writes() == [["7:0"]])
        #expect(wire.channel.isActive)
    }

    static let ignoredFrames = [
        Sent("response", 0, FrameTests.frame(1, [], type: 2)),
        Sent("data", 0, FrameTests.frame(1, [1], type: 3)),
        Sent("end of data", 0, FrameTests.frame(1, [], type: 3, flags: FrameFlags.remoteClosed | FrameFlags.noData)),
        Sent("unknown type", 0, FrameTests.frame(1, [], type: 0x10)),
        Sent("5 MiB of data", 0, fiveMegabytes(1, type: 3)),
    ]

    @Test("frames that ask for nothing are not answered", arguments: ignoredFrames)
    func ignored(sent: Sent) throws {
        let wire = try Wire()
        try wire.send(sent.bytes(), Wire.request(3))
        #expect(try wire.writes() == [["3:0"]])
    }

    @Test("what is not ttrpc closes the connection and is reported")
    func violation() throws {
        let wire = try Wire()
        try wire.send(Wire.request(1), Array("GET / HTTP/1.1\r\n".utf8))
        #expect(try wire.writes() == [["1:0"]])
        #expect(!wire.channel.isActive)
        #expect(wire.reports.all == ["the client speaks HTTP inside TLS: this port takes ttrpc, from a ttrpc client"])
    }

    @Test("an id in use is refused, the running call answered, the id then free")
    func idInUse() throws {
        let wire = try Wire()
        try wire.send(Wire.request(5, "Hold"), Wire.request(5))
        #expect(try wire.writes() == [["5:3"]])
        wire.held.takeFirst()?.succeed(ByteBuffer())
        #expect(try wire.writes() == [["5:0"]])
        try wire.send(Wire.request(5))
        #expect(try wire.writes() == [["5:0"]])
    }

    @Test("only the first answer counts")
    func twice() throws {
        let wire = try Wire()
        try wire.send(Wire.request(1, "Twice"))
        #expect(try wire.writes() == [["1:0"]])
    }

    @Test("answers that come between turns go out in one write")
    func lateAnswers() throws {
        let wire = try Wire()
        try wire.send(Wire.request(1, "Hold"), Wire.request(3, "Hold"))
        #expect(try wire.writes() == [])
        while let call = wire.held.takeFirst() { call.succeed(call.payload) }
        #expect(try wire.writes() == [["1:0", "3:0"]])
    }

    @Test("a call whose time is over while it waits is answered then, and once")
    func deadline() throws {
        let wire = try Wire()
        try wire.send(
            Wire.request(1, "Hold", timeoutNano: 50_000_000), Wire.request(3, "Hold", timeoutNano: 20_000_000),
            Wire.request(5, "Hold"))
        wire.loop.advanceTime(by: .milliseconds(19))
        #expect(try wire.writes() == [])
        wire.loop.advanceTime(by: .milliseconds(2))
        #expect(try wire.writes() == [["3:4"]])
        wire.loop.advanceTime(by: .milliseconds(30))
        #expect(try wire.writes() == [["1:4"]])
        while let call = wire.held.takeFirst() { call.succeed(call.payload) }
        #expect(try wire.writes() == [["5:0"]])
    }

    @Test("a call that its handler lets go is answered for it: late ones that their time is over")
    func letGo() throws {
        let wire = try Wire()
        try wire.send(Wire.request(1, "Hold", timeoutNano: 1), Wire.request(3, "Hold"))
        while wire.held.takeFirst() != nil {}
        #expect(try wire.writes() == [["1:4", "3:13"]])
    }

    @Test("a late answer does not go to a later call with the same id")
    func lateAnswerToReusedID() throws {
        let wire = try Wire()
        try wire.send(Wire.request(1, "Hold", timeoutNano: 1_000_000))
        wire.loop.advanceTime(by: .milliseconds(2))
        #expect(try wire.writes() == [["1:4"]])
        try wire.send(Wire.request(1, "Hold"))
        wire.held.takeFirst()?.fail(RPCStatus(code: 5, message: "for the first"))
        #expect(try wire.writes() == [])
        wire.held.takeFirst()?.succeed(ByteBuffer())
        #expect(try wire.writes() == [["1:0"]])
    }

    @Test("calls past their deadline count as under way until their handler is done with them")
    func expiredStillCounts() throws {
        var limits = RPCLimits()
        limits.callsPerConnection = 1
        let wire = try Wire(limits: limits)
        try wire.send(Wire.request(1, "Hold", timeoutNano: 1_000_000))
        wire.loop.advanceTime(by: .milliseconds(2))
        #expect(try wire.writes() == [["1:4"]])
        try wire.send(Wire.request(3))
        #expect(try wire.writes() == [["3:8"]])
        #expect(wire.held.takeFirst() != nil)
        try wire.send(Wire.request(5))
        #expect(try wire.writes() == [["5:0"]])
    }

    @Test(
        "calls and bytes under way are bounded, and room comes back with the answers",
        arguments: [
            (3, 1 << 20), (1000, 300),
        ])
    func connectionLimits(calls: Int, bytes: Int) throws {
        var limits = RPCLimits()
        limits.callsPerConnection = calls
        limits.bytesPerConnection = bytes
        let wire = try Wire(limits: limits)
        let payload = [UInt8](repeating: 0, count: 100)
        for stream: UInt32 in [1, 3, 5, 7] { try wire.send(Wire.request(stream, "Hold", payload: payload)) }
        #expect(try wire.writes() == [["7:8"]])
        wire.held.takeFirst()?.succeed(ByteBuffer())
        try wire.send(Wire.request(9, "Hold", payload: payload), Wire.request(11, "Hold", payload: payload))
        #expect(try wire.writes().flatMap { $0 } == ["1:0", "11:8"])
    }

    @Test("an agency's connections share its bounds, another's are not touched", arguments: [(2, 1 << 20), (9, 200)])
    func agencyLimits(calls: Int, bytes: Int) throws {
        var limits = RPCLimits()
        limits.callsPerAgency = calls
        limits.bytesPerAgency = bytes
        let shares = AgencyShares()
        let first = try Wire(limits: limits, shares: shares)
        let second = try Wire(limits: limits, shares: shares)
        let other = try Wire(limits: limits, shares: shares, agency: "county-finance")
        let payload = [UInt8](repeating: 0, count: 100)
        try first.send(Wire.request(1, "Hold", payload: payload), Wire.request(3, "Hold", payload: payload))
        try second.send(Wire.request(1, "Hold", payload: payload))
        try other.send(Wire.request(1, payload: payload))
        #expect(try second.writes() == [["1:8"]])
        #expect(try other.writes() == [["1:0"]])
        // A connection that goes away leaves its work, which counts until it is done.
        try first.channel.close().wait()
        try second.send(Wire.request(3, payload: payload))
        #expect(try second.writes() == [["3:8"]])
        while first.held.takeFirst() != nil {}
        try second.send(Wire.request(5, payload: payload))
        #expect(try second.writes() == [["5:0"]])
    }

    @Test("a client that does not read is not read from, and gets everything when it does")
    func backPressure() throws {
        var limits = RPCLimits()
        limits.unreadReplyBytes = 2000
        let wire = try Wire(limits: limits)
        wire.channel.isWritable = false
        wire.channel.pipeline.fireChannelWritabilityChanged()
        let payload = [UInt8](repeating: 1, count: 900)
        let streams = Array(stride(from: UInt32(1), through: 19, by: 2))
        for stream in streams { try wire.send(Wire.request(stream, payload: payload)) }
        #expect(try wire.writes() == [])
        wire.channel.isWritable = true
        wire.channel.pipeline.fireChannelWritabilityChanged()
        #expect(try wire.writes().flatMap { $0 } == streams.map { "\($0):0" })
    }

    @Test("long answers to a client that does not read are refused, short ones kept")
    func unreadAnswers() throws {
        var limits = RPCLimits()
        limits.unreadReplyBytes = 100_000
        let wire = try Wire(limits: limits)
        try wire.send(
            Wire.request(1, "Hold"), Wire.request(3, "Hold"), Wire.request(5, "Hold"), Wire.request(7, "Hold"))
        wire.channel.isWritable = false
        wire.channel.pipeline.fireChannelWritabilityChanged()
        for size in [90_000, 90_000, 90_000, 10] {
            wire.held.takeFirst()?.succeed(ByteBuffer(repeating: 0, count: size))
        }
        wire.channel.isWritable = true
        wire.channel.pipeline.fireChannelWritabilityChanged()
        #expect(try wire.writes().flatMap { $0 } == ["1:0", "3:0", "5:8", "7:0"])
    }

    enum Neglect: CaseIterable { case idle, unfinishedFrame, unreadAnswers }

    @Test("a connection that is only held open is closed", arguments: Neglect.allCases)
    func neglect(kind: Neglect) throws {
        let wire = try Wire()
        let limit = kind == .idle ? RPCLimits().idle : RPCLimits().stall
        try wire.send(Wire.request(1))
        switch kind {
        case .idle: break
        case .unfinishedFrame: try wire.send([0, 0])
        case .unreadAnswers:
            wire.channel.isWritable = false
            wire.channel.pipeline.fireChannelWritabilityChanged()
        }
        wire.loop.advanceTime(by: limit - .seconds(1))
        #expect(wire.channel.isActive)
        wire.loop.advanceTime(by: .nanoseconds(limit.nanoseconds / 2))
        #expect(!wire.channel.isActive)
    }

    @Test("a busy connection is not taken for one that leaves a message unfinished")
    func busyIsNotUnfinished() throws {
        let wire = try Wire()
        let request = Wire.request(1)
        try wire.send(Array(request.prefix(5)))
        for _ in 0..<10 {
            wire.loop.advanceTime(by: .seconds(20))
            try wire.send(Array(request.dropFirst(5) + request.prefix(5)))
            #expect(try wire.writes() == [["1:0"]])
        }
        #expect(wire.channel.isActive)
    }

    @Test("damaged streams of frames do no harm", arguments: [UInt64(1), 2, 3, 4, 5, 6])
    func damaged(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<200 {
            let wire = try Wire()
            var bytes = (0..<6).flatMap {
                Wire.request(UInt32($0 * 2 + 1), payload: Array(repeating: 9, count: $0 * 7))
            }
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let cut = Int.random(in: bytes.indices, using: &random)
            try wire.send(Array(bytes[..<cut]))
            if wire.channel.isActive { try wire.send(Array(bytes[cut...])) }
            #expect(try !wire.writes().joined().contains { $0.hasSuffix("unreadable") })
            if wire.channel.isActive { try wire.channel.close().wait() }
        }
    }

    @Test("a call under way keeps a connection open")
    func busyIsNotIdle() throws {
        let wire = try Wire()
        try wire.send(Wire.request(1, "Hold"))
        wire.loop.advanceTime(by: .hours(5))
        #expect(wire.channel.isActive)
    }

    @Test("when the server stops, running calls end, new ones are turned away, then the connection closes")
    func draining() throws {
        let wire = try Wire()
        try wire.send(Wire.request(1, "Hold"))
        wire.channel.pipeline.fireUserInboundEventTriggered(ServerDraining())
        try wire.send(Wire.request(3))
        #expect(try wire.writes() == [["3:14"]])
        #expect(wire.channel.isActive)
        wire.held.takeFirst()?.succeed(ByteBuffer())
        #expect(try wire.writes() == [["1:0"]])
        #expect(!wire.channel.isActive)
    }

    @Test("a connection without calls closes at once when the server stops")
    func drainingQuiet() throws {
        let wire = try Wire()
        wire.channel.pipeline.fireUserInboundEventTriggered(ServerDraining())
        #expect(!wire.channel.isActive)
    }

    @Test("answers to a connection that has gone are dropped without harm")
    func answerAfterClose() throws {
        let wire = try Wire()
        try wire.send(Wire.request(1, "Hold"), Wire.request(3, "Hold", timeoutNano: 1_000_000_000))
        try wire.channel.close().wait()
        while let call = wire.held.takeFirst() { call.succeed(call.payload) }
        wire.loop.advanceTime(by: .hours(2))
        #expect(try wire.writes() == [])
    }
}
