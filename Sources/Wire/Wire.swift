/// Writes the protobuf wire format by hand, so that stored rows can be read in ten years with `protoc --decode` and the
/// files under `Schemas/casework/store`, while the kernel itself depends on no library. Same input, same bytes.
public struct WireWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    /// Writes an unsigned varint field; zero, the default, is left out.
    public mutating func unsigned(_ field: UInt32, _ value: UInt64) {
        if value != 0 { present(field, value) }
    }

    /// Writes an `int64` field (two's complement, as protobuf's `int64`).
    public mutating func signed(_ field: UInt32, _ value: Int64) { unsigned(field, UInt64(bitPattern: value)) }

    /// Writes a varint field even when it is zero: a member of a `oneof`, or an `optional` one.
    public mutating func present(_ field: UInt32, _ value: UInt64) {
        varint(UInt64(field) << 3)
        varint(value)
    }

    public mutating func bool(_ field: UInt32, _ value: Bool) { unsigned(field, value ? 1 : 0) }

    public mutating func string(_ field: UInt32, _ value: String) {
        if !value.isEmpty { member(field, value) }
    }

    public mutating func data(_ field: UInt32, _ value: [UInt8]) {
        guard !value.isEmpty else { return }
        member(field, value)
    }

    /// Writes a length-delimited field even when it is empty: an element of a repeated field, or one with presence.
    public mutating func member(_ field: UInt32, _ value: [UInt8]) {
        header(field, length: value.count)
        bytes.append(contentsOf: value)
    }

    /// The same of a text.
    public mutating func member(_ field: UInt32, _ value: String) {
        header(field, length: value.utf8.count)
        bytes.append(contentsOf: value.utf8)
    }

    /// Writes fields that were encoded before.
    package mutating func append(_ fields: [UInt8]) { bytes.append(contentsOf: fields) }

    /// Writes a nested message, even when it is empty: in place, with one byte kept for its length, because most are
    /// shorter than 128 bytes.
    public mutating func message(_ field: UInt32, _ body: (inout WireWriter) -> Void) {
        varint(UInt64(field) << 3 | 2)
        let start = bytes.count
        bytes.append(0)
        body(&self)
        let length = bytes.count - start - 1
        guard length >= 0x80 else {
            bytes[start] = UInt8(length)
            return
        }
        var head = WireWriter(capacity: 10)
        head.varint(UInt64(length))
        bytes.replaceSubrange(start...start, with: head.bytes)
    }

    /// A frame with what `body` writes: in place, with four bytes kept for its length.
    ///
    /// - Parameter capacity: bytes that it will probably have.
    public static func framed(capacity: Int, _ body: (inout WireWriter) -> Void) -> [UInt8] {
        var writer = WireWriter(capacity: capacity + Frame.headerSize)
        writer.bytes.append(contentsOf: [0, 0, 0, 0])
        body(&writer)
        let length = UInt32(writer.bytes.count - Frame.headerSize)
        for place in 0..<Frame.headerSize {
            writer.bytes[place] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * place))
        }
        return writer.bytes
    }

    private mutating func header(_ field: UInt32, length: Int) {
        varint(UInt64(field) << 3 | 2)
        varint(UInt64(length))
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// The bytes are not what their schema says.
public struct WireError: Error, Equatable, Sendable {
    public var message: String

    public init(_ message: String) { self.message = message }
}

/// Reads the protobuf wire format field by field. Unknown fields are the caller's to ignore; groups are refused.
public struct WireReader: Sendable {
    public enum Value: Equatable, Sendable {
        case varint(UInt64)
        case fixed64(UInt64)
        case bytes(ArraySlice<UInt8>)
        case fixed32(UInt32)
    }

    private let bytes: ArraySlice<UInt8>
    /// Where the next field begins.
    fileprivate var place: Int

    public init(_ bytes: some Sequence<UInt8>) { self.init(ArraySlice(Array(bytes))) }

    public init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        place = bytes.startIndex
    }

    /// The next field, or nil at the end.
    public mutating func next() throws(WireError) -> (field: UInt32, value: Value)? {
        guard place < bytes.endIndex else { return nil }
        let tag = try varint()
        guard let field = UInt32(exactly: tag >> 3), field > 0 else { throw WireError("a field's number is wrong") }
        switch tag & 7 {
        case 0: return (field, .varint(try varint()))
        case 1: return (field, .fixed64(try fixed(8)))
        case 2:
            let length = try varint()
            guard length <= UInt64(bytes.endIndex - place) else {
                throw WireError("field \(field) is longer than its message")
            }
            let start = place
            place += Int(length)
            return (field, .bytes(bytes[start..<place]))
        case 5: return (field, .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
        default: throw WireError("field \(field) has an unknown wire type")
        }
    }

    private mutating func fixed(_ count: Int) throws(WireError) -> UInt64 {
        guard bytes.endIndex - place >= count else { throw WireError("a number is cut short") }
        var value: UInt64 = 0
        for shift in 0..<count { value |= UInt64(bytes[place + shift]) << UInt64(8 * shift) }
        place += count
        return value
    }

    fileprivate mutating func varint() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while place < bytes.endIndex {
            let byte = bytes[place]
            place += 1
            guard shift < 63 || (shift == 63 && byte <= 1) else { throw WireError("a number has more than 64 bits") }
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        throw WireError("a number is cut short")
    }
}

extension WireReader.Value {
    public func unsigned() throws(WireError) -> UInt64 {
        guard case .varint(let value) = self else { throw WireError("a number was expected") }
        return value
    }

    public func signed() throws(WireError) -> Int64 { Int64(bitPattern: try unsigned()) }

    public func slice() throws(WireError) -> ArraySlice<UInt8> {
        guard case .bytes(let value) = self else { throw WireError("bytes were expected") }
        return value
    }

    /// The numbers of a repeated field, which come packed or one by one.
    public func numbers() throws(WireError) -> [UInt64] {
        guard case .bytes(let packed) = self else { return [try unsigned()] }
        var reader = WireReader(packed)
        var numbers: [UInt64] = []
        while reader.place < packed.endIndex { numbers.append(try reader.varint()) }
        return numbers
    }

    public func array() throws(WireError) -> [UInt8] { Array(try slice()) }

    public func string() throws(WireError) -> String {
        guard let text = String(validating: try slice(), as: UTF8.self) else { throw WireError("text is not UTF-8") }
        return text
    }
}
