import NIOCore
import Testing

@testable import RPC

@Suite struct FrameTests {
    static func frame(_ stream: UInt32, _ body: [UInt8], type: UInt8 = 1, flags: UInt8 = 0) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.writeFrameHeader(length: body.count, stream: stream, type: type, flags: flags)
        buffer.writeBytes(body)
        return buffer.getBytes(at: 0, length: buffer.readableBytes) ?? []
    }

    static func header(length: UInt32, stream: UInt32 = 1) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.writeFrameHeader(length: Int(length), stream: stream, type: 1)
        return Array(buffer.readableBytesView)
    }

    static func read(_ bytes: [UInt8], chunk: Int) -> (events: [FrameReader.Event], reader: FrameReader) {
        var reader = FrameReader()
        var events: [FrameReader.Event] = []
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            reader.append(ByteBuffer(bytes: bytes[start..<min(start + chunk, bytes.count)]))
            while let event = reader.next() { events.append(event) }
        }
        return (events, reader)
    }

    @Test("the same frames come out however the bytes are cut", arguments: [1, 2, 3, 9, 10, 11, 13, 64, 1000])
    func cuts(chunk: Int) {
        let bodies: [[UInt8]] = [[1, 2, 3], [], Array(repeating: 7, count: 300), [0]]
        let bytes = bodies.enumerated().flatMap { Self.frame(UInt32($0.offset * 2 + 1), $0.element, flags: 1) }
        let (events, reader) = Self.read(bytes, chunk: chunk)
        let expected = bodies.enumerated().map { index, body in
            FrameReader.Event.frame(
                FrameHeader(length: UInt32(body.count), stream: UInt32(index * 2 + 1), type: 1, flags: 1),
                ByteBuffer(bytes: body))
        }
        #expect(events == expected)
        #expect(!reader.isInsideFrame)
    }

    @Test(
        "a frame up to 4 MiB is taken, up to 16 MiB drained, and the next one read",
        arguments: [
            (4 << 20, false), (4 << 20 + 1, true), (1 << 24 - 1, true),
        ])
    func lengths(length: Int, isDrained: Bool) {
        let bytes = Self.frame(3, Array(repeating: 9, count: length)) + Self.frame(5, [1])
        let (events, _) = Self.read(bytes, chunk: 1 << 16)
        let header = FrameHeader(length: UInt32(length), stream: 3, type: 1)
        let long: FrameReader.Event =
            isDrained ? .oversized(header) : .frame(header, ByteBuffer(repeating: 9, count: length))
        let short = FrameReader.Event.frame(FrameHeader(length: 1, stream: 5, type: 1), ByteBuffer(bytes: [1]))
        #expect(events == [long, short])
    }

    @Test(
        "a first length byte that is not 0 ends the stream",
        arguments: [
            Self.header(length: 1 << 24), Self.header(length: .max), Array("GET / HTTP/1.1\r\n\r\n".utf8),
            [0x16, 3, 1],
        ])
    func violations(bytes: [UInt8]) {
        let (events, reader) = Self.read(Self.frame(1, [5]) + bytes + Self.frame(3, [6]), chunk: 4096)
        #expect(events.count == 2)
        #expect(events.last == .violation(firstBytes: Array((bytes + Self.frame(3, [6])).prefix(10))))
        #expect(!reader.isInsideFrame)
    }

    @Test("a frame that has begun is known as such", arguments: [1, 9, 10, 12])
    func truncated(count: Int) {
        let (events, reader) = Self.read(Array(Self.frame(1, [1, 2, 3]).prefix(count)), chunk: 64)
        #expect(events.isEmpty)
        #expect(reader.isInsideFrame)
    }

    @Test("what a frame held stays as it was when the reader goes on")
    func slicesStay() throws {
        var reader = FrameReader()
        let second = Self.frame(3, [4, 5, 6])
        reader.append(ByteBuffer(bytes: Self.frame(1, [1, 2, 3]) + second.prefix(5)))
        guard case .frame(_, let first)? = reader.next() else {
            Issue.record("no frame")
            return
        }
        #expect(reader.next() == nil)
        reader.append(ByteBuffer(bytes: second.dropFirst(5)))
        #expect(reader.next() == .frame(FrameHeader(length: 3, stream: 3, type: 1), ByteBuffer(bytes: [4, 5, 6])))
        #expect(Array(first.readableBytesView) == [1, 2, 3])
    }
}
