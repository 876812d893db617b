/// Reads the protobuf wire format of untrusted bytes, field by field.
struct WireCursor {
    enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        case bytes(ArraySlice<UInt8>)
        case fixed32(UInt32)

        var wireType: UInt64 {
            switch self {
            case .varint: 0
            case .fixed64: 1
            case .bytes: 2
            case .fixed32: 5
            }
        }
    }

    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    /// The next field, or nil when the bytes are not the wire format.
    mutating func next() -> (number: Int, value: Value)? {
        guard let tag = varint(), tag >> 3 > 0, tag >> 3 < 1 << 29 else { return nil }
        guard let value = value(wireType: tag & 7) else { return nil }
        return (Int(tag >> 3), value)
    }

    /// A number without a tag before it, as packed fields have them.
    mutating func next(wireType: UInt64) -> Value? { value(wireType: wireType) }

    private mutating func value(wireType: UInt64) -> Value? {
        switch wireType {
        case 0: varint().map(Value.varint)
        case 1: fixed(8).map(Value.fixed64)
        case 2: varint().flatMap { slice($0) }.map(Value.bytes)
        case 5: fixed(4).map { .fixed32(UInt32(truncatingIfNeeded: $0)) }
        default: nil
        }
    }

    private mutating func slice(_ length: UInt64) -> ArraySlice<UInt8>? {
        guard length <= UInt64(rest.count) else { return nil }
        let end = rest.startIndex + Int(length)
        defer { rest = rest[end...] }
        return rest[rest.startIndex..<end]
    }

    private mutating func fixed(_ count: Int) -> UInt64? {
        guard rest.count >= count else { return nil }
        var value: UInt64 = 0
        for (place, byte) in rest.prefix(count).enumerated() { value |= UInt64(byte) << UInt64(8 * place) }
        rest = rest.dropFirst(count)
        return value
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = rest.popFirst() {
            guard shift < 63 || (shift == 63 && byte <= 1) else { return nil }
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }
}

/// Appends fields in the protobuf wire format.
struct WireBuilder {
    private(set) var bytes: [UInt8] = []

    mutating func tag(_ number: Int, wireType: UInt64) { varint(UInt64(number) << 3 | wireType) }

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func fixed(_ value: UInt64, count: Int) {
        for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place))) }
    }

    mutating func delimited(_ value: some Collection<UInt8>) {
        varint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }
}
