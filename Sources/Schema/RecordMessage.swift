/// A message taken apart by its schema: the middle between bytes, JSON and what a person is shown.
struct RecordMessage {
    var type: Int
    /// Ascending by field; fields that are absent are left out. More than one value only where the field is repeated.
    var fields: [(field: Int, values: [RecordValue])] = []
}

indirect enum RecordValue {
    case bool(Bool)
    case signed(Int64)
    case unsigned(UInt64)
    case double(Double)
    case text(String)
    case data([UInt8])
    case enumeration(Int32)
    case message(RecordMessage)

    /// The value that proto3 leaves out where a field has no presence.
    var isDefault: Bool {
        switch self {
        case .bool(let value): !value
        case .signed(let value): value == 0
        case .unsigned(let value): value == 0
        case .double(let value): value == 0 && value.sign == .plus
        case .text(let value): value.isEmpty
        case .data(let value): value.isEmpty
        case .enumeration(let value): value == 0
        case .message: false
        }
    }
}

/// A place in a message, as the names on the way to it.
struct RecordPath {
    private(set) var text = ""
    /// Messages around this place.
    private(set) var depth = 0

    func field(_ name: String) -> RecordPath {
        var path = self
        path.text = text.isEmpty ? name : text + "." + name
        return path
    }

    func element(_ index: Int) -> RecordPath {
        var path = self
        path.text += "[\(index)]"
        return path
    }

    func inside() throws(RecordError) -> RecordPath {
        guard depth < RecordCodec.maximumDepth else {
            throw RecordError.tooDeep.within(text)
        }
        var path = self
        path.depth += 1
        return path
    }

    func error(_ code: RecordError.Code, _ zh: String, _ en: String) -> RecordError {
        RecordError(code, at: text, zh, en)
    }
}

extension RecordTypes {
    /// Writes a message: fields ascending, repeated numbers packed; the same message gives the same bytes.
    func encode(_ message: RecordMessage) -> [UInt8] {
        var builder = WireBuilder()
        for (index, values) in message.fields {
            let field = messages[message.type].fields[index]
            if field.isPacked {
                var packed = WireBuilder()
                for value in values { append(value, field, to: &packed) }
                builder.tag(field.number, wireType: 2)
                builder.delimited(packed.bytes)
            } else {
                for value in values {
                    builder.tag(field.number, wireType: field.wireType)
                    append(value, field, to: &builder)
                }
            }
        }
        return builder.bytes
    }

    private func append(_ value: RecordValue, _ field: RecordField, to builder: inout WireBuilder) {
        switch value {
        case .bool(let value): builder.varint(value ? 1 : 0)
        case .signed(let value): append(signed: value, field, to: &builder)
        case .unsigned(let value): append(unsigned: value, field, to: &builder)
        case .double(let value):
            if case .float = field.kind {
                builder.fixed(UInt64(Float(value).bitPattern), count: 4)
            } else {
                builder.fixed(value.bitPattern, count: 8)
            }
        case .text(let value): builder.delimited(value.utf8)
        case .data(let value): builder.delimited(value)
        case .enumeration(let value): builder.varint(UInt64(bitPattern: Int64(value)))
        case .message(let value): builder.delimited(encode(value))
        }
    }

    private func append(signed value: Int64, _ field: RecordField, to builder: inout WireBuilder) {
        guard case .signed(let bits, let zigzag, let fixed) = field.kind else { return }
        if fixed {
            builder.fixed(UInt64(bitPattern: value), count: bits / 8)
        } else {
            builder.varint(UInt64(bitPattern: zigzag ? value << 1 ^ value >> 63 : value))
        }
    }

    private func append(unsigned value: UInt64, _ field: RecordField, to builder: inout WireBuilder) {
        guard case .unsigned(let bits, let fixed) = field.kind else { return }
        if fixed { builder.fixed(value, count: bits / 8) } else { builder.varint(value) }
    }
}
