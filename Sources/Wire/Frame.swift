/// The pipe's framing: a big-endian length of four bytes, then that many bytes.
public enum Frame {
    public static let headerSize = 4

    public static func append(_ bytes: some Collection<UInt8>, to output: inout [UInt8]) {
        let count = UInt32(bytes.count)
        for shift in [24, 16, 8, 0] as [UInt32] { output.append(UInt8(truncatingIfNeeded: count >> shift)) }
        output.append(contentsOf: bytes)
    }
}

/// Cuts what arrives into frames. A state machine without I/O.
public struct FrameReader: Sendable {
    /// A frame is longer than the limit.
    public struct TooLong: Error, Equatable, Sendable {
        public var count: Int
    }

    private let limit: Int
    private var buffer: [UInt8] = []
    private var start = 0

    public init(limit: Int) { self.limit = limit }

    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            start = 0
        } else if start > 1 << 16 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole frame without its length, or nil until more has arrived.
    public mutating func next() throws(TooLong) -> ArraySlice<UInt8>? {
        guard buffer.count - start >= Frame.headerSize else { return nil }
        let count = buffer[start..<start + Frame.headerSize].reduce(0) { $0 << 8 | Int($1) }
        guard count <= limit else { throw TooLong(count: count) }
        let first = start + Frame.headerSize
        guard buffer.count - first >= count else { return nil }
        start = first + count
        return buffer[first..<start]
    }

    /// Bytes of a frame that is not whole yet.
    public var pending: Int { buffer.count - start }
}
