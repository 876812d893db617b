import NIOCore
import Testing

@testable import RPC

@Suite struct EnvelopeTests {
    /// What the envelope says, with its parts as text.
    struct Parts: Equatable, Sendable {
        var service = ""
        var method = ""
        var payload: [UInt8] = []
        var timeoutNano: Int64 = 0
    }

    static func parts(_ bytes: [UInt8]) -> Parts? {
        bytes.withUnsafeBytes { bytes in
            RequestEnvelope(scanning: bytes).map {
                Parts(
                    service: String(decoding: bytes[$0.service], as: UTF8.self),
                    method: String(decoding: bytes[$0.method], as: UTF8.self), payload: Array(bytes[$0.payload]),
                    timeoutNano: $0.timeoutNano)
            }
        }
    }

    // Bytes written by hand from the protobuf encoding rules.
    static let readable: [([UInt8], Parts)] = [
        ([], Parts()),
        ([0x0a, 1, 0x41, 0x12, 1, 0x42, 0x1a, 2, 1, 2], Parts(service: "A", method: "B", payload: [1, 2])),
        ([0x20, 0x80, 0x01], Parts(timeoutNano: 128)),
        ([0x20] + Array(repeating: 0xff, count: 9) + [1], Parts(timeoutNano: -1)),
        ([0x1a, 1, 5, 0x1a, 1, 6], Parts(payload: [6])),
        ([0x2a, 4, 0x0a, 0, 0x12, 0, 0x0a, 1, 0x41], Parts(service: "A")),
        ([0x35, 1, 2, 3, 4, 0x39, 1, 2, 3, 4, 5, 6, 7, 8, 0x12, 1, 0x42], Parts(method: "B")),
        ([0x08, 5, 0x12, 1, 0x42], Parts(method: "B")),
    ]

    @Test("requests are read, unknown fields skipped, the last of two wins", arguments: readable)
    func reads(bytes: [UInt8], expected: Parts) {
        #expect(Self.parts(bytes) == expected)
    }

    @Test(
        "bytes that are no message are refused",
        arguments: [
            [0x0a], [0x0a, 2, 1], [0x0b, 1], [0x0c], [0x00, 1], [0x0e], [0x20], [0x20, 0x80], [0x0d, 1, 2, 3],
            [0x20] + Array(repeating: 0xff, count: 10) + [1],
            [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            [0xff], Array("GET / HTTP/1.1".utf8),
        ])
    func refuses(bytes: [UInt8]) {
        #expect(Self.parts(bytes) == nil)
    }

    @Test(
        "a request is read as it was written, and as long as foretold",
        arguments: [
            Parts(), Parts(service: "casework.v1.Cases", method: "Open", payload: Array(repeating: 1, count: 127)),
            Parts(service: "s", method: "m", payload: Array(repeating: 1, count: 128), timeoutNano: 1),
            Parts(
                service: String(repeating: "s", count: 200), method: "方法", payload: Array(repeating: 0, count: 70_000)),
            Parts(timeoutNano: .max),
        ])
    func requestRoundTrip(parts: Parts) throws {
        var buffer = ByteBuffer()
        let length = ByteBuffer.requestLength(
            service: parts.service, method: parts.method, payload: parts.payload.count, timeoutNano: parts.timeoutNano)
        buffer.writeRequest(
            stream: 77, length: length, service: parts.service, method: parts.method,
            payload: ByteBuffer(bytes: parts.payload), timeoutNano: parts.timeoutNano)
        let (header, body) = try #require(buffer.readFrame())
        #expect(header == FrameHeader(length: UInt32(length), stream: 77, type: 1))
        #expect(Self.parts(Array(body.readableBytesView)) == parts)
    }

    @Test("an answer is read as it was written", arguments: [0, 1, 127, 128, 16383, 16384, 1 << 20])
    func responseRoundTrip(size: Int) throws {
        let payload = ByteBuffer(repeating: 3, count: size)
        var buffer = ByteBuffer()
        buffer.writeResponse(stream: 5, payload: payload)
        let (header, body) = try #require(buffer.readFrame())
        #expect(header.type == FrameType.response && header.stream == 5 && header.flags == 0)
        #expect(Int(header.length) == ByteBuffer.responseLength(payload: size))
        #expect(try ResponseEnvelope.decode(body)?.get() == payload)
    }

    @Test("a status keeps its code, sentence and details")
    func statusRoundTrip() throws {
        let details = [
            RPCStatus.Detail(typeURL: "type.googleapis.com/google.rpc.ErrorInfo", bytes: [1, 2, 3]),
            RPCStatus.Detail(typeURL: "", bytes: []),
        ]
        let status = RPCStatus(code: 9, message: "金额未配置", details: details)
        let read = try #require(Self.sent(status))
        #expect(read.code == 9)
        #expect(read.message == "金额未配置")
        #expect(read.details == details)
    }

    @Test("a refusal for load carries google.rpc.RetryInfo")
    func retryInfo() throws {
        let read = try #require(Self.sent(.exhausted("later", reason: "TOO_MANY_CALLS", retryAfterMilliseconds: 1200)))
        #expect(read.code == 8)
        // RetryInfo {retry_delay=1: Duration {seconds=1: 1, nanos=2: 200000000}}
        let expected: [UInt8] = [0x0a, 7, 0x08, 1, 0x10, 0x80, 0x84, 0xaf, 0x5f]
        #expect(read.reason == "TOO_MANY_CALLS")
        #expect(read.details.last == .init(typeURL: "type.googleapis.com/google.rpc.RetryInfo", bytes: expected))
    }

    @Test("a status that would not fit a frame goes without its details")
    func hugeStatus() throws {
        let detail = RPCStatus.Detail(typeURL: "x", bytes: Array(repeating: 0, count: 5 << 20))
        let read = try #require(Self.sent(RPCStatus(code: 5, message: "kept", details: [detail])))
        #expect(read.message == "kept")
        #expect(read.details.isEmpty)
    }

    static func sent(_ status: RPCStatus) -> RPCStatus? {
        var buffer = ByteBuffer()
        buffer.writeResponse(stream: 1, status: status)
        guard let (_, body) = buffer.readFrame(), case .failure(let read)? = ResponseEnvelope.decode(body) else {
            return nil
        }
        return read
    }

    @Test("no bytes harm the readers", arguments: [UInt64(1), 2, 3, 20_260_101])
    func garbage(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if let parts = Self.parts(bytes) { #expect(parts.payload.count <= bytes.count) }
            if case .success(let payload)? = ResponseEnvelope.decode(ByteBuffer(bytes: bytes)) {
                #expect(payload.readableBytes <= bytes.count)
            }
        }
    }

    @Test("a varint is as long as foretold", arguments: [0, 1, 127, 128, 16383, 16384, 1 << 21 - 1, 1 << 21, Int.max])
    func varints(value: Int) {
        var buffer = ByteBuffer()
        buffer.writeVarint(UInt64(value))
        #expect(buffer.readableBytes == varintSize(value))
    }
}

extension ByteBuffer {
    /// The frame that this buffer holds, when it is exactly one.
    func readFrame() -> (FrameHeader, ByteBuffer)? {
        var reader = FrameReader()
        reader.append(self)
        guard case .frame(let header, let body)? = reader.next(), !reader.isInsideFrame else { return nil }
        return (header, body)
    }
}

/// A small repeatable generator (Steele, Lea, Flood 2014).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
