import NIOCore

/// Walks the fields of one protobuf message without copying it.
///
/// Groups (wire types 3 and 4) and field number 0 count as malformed. `next()` answers nil at the end and at the first
/// malformed byte; `isMalformed` tells the two apart.
struct FieldScanner {
    enum Value {
        case varint(UInt64)
        case bytes(Range<Int>)
        case fixed
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private(set) var isMalformed = false

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    mutating func next() -> (number: UInt64, value: Value)? {
        guard !isMalformed, position < bytes.count else { return nil }
        guard let tag = varint(), tag >> 3 != 0, let value = value(wireType: tag & 7) else {
            isMalformed = true
            return nil
        }
        return (tag >> 3, value)
    }

    private mutating func value(wireType: UInt64) -> Value? {
        switch wireType {
        case 0: varint().map(Value.varint)
        case 1: skip(8)
        case 2: lengthDelimited()
        case 5: skip(4)
        default: nil
        }
    }

    private mutating func skip(_ count: Int) -> Value? {
        guard bytes.count - position >= count else { return nil }
        position += count
        return .fixed
    }

    private mutating func lengthDelimited() -> Value? {
        guard let length = varint(), length <= UInt64(bytes.count - position) else { return nil }
        let start = position
        position += Int(length)
        return .bytes(start..<position)
    }

    /// At most ten bytes, as protobuf says; bits above 64 are dropped.
    private mutating func varint() -> UInt64? {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.count, shift < 70 {
            let byte = bytes[position]
            position += 1
            result |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return result }
            shift += 7
        }
        return nil
    }
}

extension ByteBuffer {
    mutating func writeVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        writeInteger(UInt8(truncatingIfNeeded: rest))
    }

    /// Writes a varint field, or nothing for 0, the default of proto3.
    mutating func writeField(_ number: UInt64, varint value: UInt64) {
        if value == 0 { return }
        writeVarint(number << 3)
        writeVarint(value)
    }

    mutating func writeField(_ number: UInt64, text: String) {
        if text.isEmpty { return }
        writeVarint(number << 3 | 2)
        writeVarint(UInt64(text.utf8.count))
        writeString(text)
    }

    /// Writes a length-delimited field even when it is empty.
    mutating func writeField(_ number: UInt64, bytes: ByteBuffer) {
        writeVarint(number << 3 | 2)
        writeVarint(UInt64(bytes.readableBytes))
        writeImmutableBuffer(bytes)
    }
}

/// The bytes that `value` takes as a varint, 1 to 10.
func varintSize(_ value: Int) -> Int {
    max(1, (Int.bitWidth - value.leadingZeroBitCount + 6) / 7)
}
