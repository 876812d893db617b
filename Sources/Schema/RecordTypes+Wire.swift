extension RecordTypes {
    /// Takes apart bytes that are kept. What the schema does not know is passed over; the last of several values wins,
    /// so that a row written with another version of the schema can be shown.
    func decode(_ bytes: ArraySlice<UInt8>, as type: Int, depth: Int = 1) throws(RecordError) -> RecordMessage {
        guard depth <= RecordCodec.maximumDepth else { throw .tooDeep }
        var cursor = WireCursor(bytes)
        var found: [Int: [RecordValue]] = [:]
        while !cursor.isAtEnd {
            guard let (number, raw) = cursor.next() else { throw .malformed }
            guard let index = messages[type].byNumber[number] else { continue }
            let field = messages[type].fields[index]
            do throws(RecordError) {
                let values = try values(raw, field, depth: depth)
                if field.isRepeated {
                    found[index, default: []] += values
                } else {
                    if let oneof = field.oneof { found = found.filter { messages[type].fields[$0.key].oneof != oneof } }
                    found[index] = values
                }
            } catch {
                throw error.within(field.name)
            }
        }
        return message(type, found)
    }

    /// A message of these values, without those that proto3 leaves out.
    func message(_ type: Int, _ found: [Int: [RecordValue]]) -> RecordMessage {
        var message = RecordMessage(type: type)
        for (index, values) in found.sorted(by: { $0.key < $1.key }) where !values.isEmpty {
            let field = messages[type].fields[index]
            if !field.isRepeated, !field.hasPresence, values[0].isDefault { continue }
            message.fields.append((index, values))
        }
        return message
    }

    private func values(
        _ raw: WireCursor.Value, _ field: RecordField, depth: Int
    ) throws(RecordError) -> [RecordValue] {
        guard field.isPacked, case .bytes(let packed) = raw else {
            return try value(raw, field, depth: depth).map { [$0] } ?? []
        }
        var cursor = WireCursor(packed)
        var values: [RecordValue] = []
        while !cursor.isAtEnd {
            guard let next = cursor.next(wireType: field.wireType) else { throw .malformed }
            if let value = try value(next, field, depth: depth) { values.append(value) }
        }
        return values
    }

    /// One value; nil for a number that its enum does not have.
    private func value(_ raw: WireCursor.Value, _ field: RecordField, depth: Int) throws(RecordError) -> RecordValue? {
        switch (field.kind, raw) {
        case (.bool, .varint(let value)): return .bool(value != 0)
        case (.double, .fixed64(let bits)): return .double(Double(bitPattern: bits))
        case (.float, .fixed32(let bits)): return .double(Double(Float(bitPattern: bits)))
        case (.signed(let bits, let zigzag, false), .varint(let value)):
            let plain = zigzag ? Int64(bitPattern: value >> 1) ^ -Int64(value & 1) : Int64(bitPattern: value)
            return .signed(bits == 32 ? Int64(Int32(truncatingIfNeeded: plain)) : plain)
        case (.signed(64, _, true), .fixed64(let bits)): return .signed(Int64(bitPattern: bits))
        case (.signed(32, _, true), .fixed32(let bits)): return .signed(Int64(Int32(bitPattern: bits)))
        case (.unsigned(let bits, false), .varint(let value)):
            return .unsigned(bits == 32 ? UInt64(UInt32(truncatingIfNeeded: value)) : value)
        case (.unsigned(64, true), .fixed64(let bits)): return .unsigned(bits)
        case (.unsigned(32, true), .fixed32(let bits)): return .unsigned(UInt64(bits))
        case (.enumeration(let type), .varint(let value)):
            let number = Int32(truncatingIfNeeded: value)
            return enums[type].values[number] == nil ? nil : .enumeration(number)
        case (.text, .bytes(let bytes)):
            guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
            return .text(text)
        case (.data, .bytes(let bytes)): return .data(Array(bytes))
        case (.message(let type), .bytes(let bytes)): return .message(try decode(bytes, as: type, depth: depth + 1))
        default: throw .wrongWireType
        }
    }
}
