import NIOCore

/// The ten bytes in front of every ttrpc message:
/// u32 length of what follows, u32 stream id, u8 type, u8 flags, all big-endian.
struct FrameHeader: Equatable {
    static let size = 10
    /// The longest message that is accepted, in bytes. Longer ones are drained; from 16 MiB on, where the first byte
    /// is not 0, the peer speaks another protocol.
    static let maximumLength = 4 << 20

    var length: UInt32
    var stream: UInt32
    var type: UInt8
    var flags: UInt8 = 0
}

enum FrameType {
    static let request: UInt8 = 1
    static let response: UInt8 = 2
    static let data: UInt8 = 3
}

enum FrameFlags {
    static let remoteClosed: UInt8 = 1
    static let remoteOpen: UInt8 = 2
    static let noData: UInt8 = 4
}

/// Cuts a stream of bytes into frames, without I/O.
struct FrameReader {
    enum Event: Equatable {
        case frame(FrameHeader, ByteBuffer)
        /// Too long to be accepted: told when its header is read, its bytes are then dropped as they come.
        case oversized(FrameHeader)
        /// Not this protocol: the connection must close. Nothing follows.
        case violation(firstBytes: [UInt8])
    }

    private var buffer = ByteBuffer()
    private var toDrain = 0
    private var isBroken = false

    /// Whether a frame has begun and its end has not come yet.
    var isInsideFrame: Bool { toDrain > 0 || buffer.readableBytes > 0 }

    mutating func append(_ bytes: consuming ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            // Slices of complete frames may still be held by calls, so keep only the unread rest.
            if buffer.readerIndex > 0 { buffer = ByteBuffer(bytes: buffer.readableBytesView) }
            buffer.writeImmutableBuffer(bytes)
        }
    }

    mutating func next() -> Event? {
        if isBroken { return nil }
        drain()
        guard buffer.readableBytes > 0 else { return nil }
        if buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) != 0 { return violation() }
        guard let header = peekHeader() else { return nil }
        if header.length > FrameHeader.maximumLength { return oversized(header) }
        guard buffer.readableBytes >= FrameHeader.size + Int(header.length) else { return nil }
        buffer.moveReaderIndex(forwardBy: FrameHeader.size)
        guard let body = buffer.readSlice(length: Int(header.length)) else { return nil }
        return .frame(header, body)
    }

    private mutating func drain() {
        let count = min(toDrain, buffer.readableBytes)
        buffer.moveReaderIndex(forwardBy: count)
        toDrain -= count
    }

    private mutating func violation() -> Event {
        isBroken = true
        let first = Array(buffer.readableBytesView.prefix(FrameHeader.size))
        buffer = ByteBuffer()
        return .violation(firstBytes: first)
    }

    private mutating func oversized(_ header: FrameHeader) -> Event {
        buffer.moveReaderIndex(forwardBy: FrameHeader.size)
        toDrain = Int(header.length)
        drain()
        return .oversized(header)
    }

    private func peekHeader() -> FrameHeader? {
        guard buffer.readableBytes >= FrameHeader.size else { return nil }
        return buffer.withUnsafeReadableBytes { bytes in
            FrameHeader(
                length: UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self)),
                stream: UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)),
                type: bytes[8], flags: bytes[9])
        }
    }
}

extension ByteBuffer {
    mutating func writeFrameHeader(length: Int, stream: UInt32, type: UInt8, flags: UInt8 = 0) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: FrameHeader.size) { space in
            space.storeBytes(of: UInt32(truncatingIfNeeded: length).bigEndian, toByteOffset: 0, as: UInt32.self)
            space.storeBytes(of: stream.bigEndian, toByteOffset: 4, as: UInt32.self)
            (space[8], space[9]) = (type, flags)
            return FrameHeader.size
        }
    }
}
