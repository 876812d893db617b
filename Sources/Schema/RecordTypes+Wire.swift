extension RecordTypes {
    /// Takes bytes apart.
    ///
    /// Strict (what a caller sends): a field that the schema does not have, a second value of a field that is not
    /// repeated, a second member of a oneof and an unknown value of an enum are errors. Otherwise (what is kept): the
    /// first and the last are passed over, and the last of several wins.
    func decode(
        _ bytes: ArraySlice<UInt8>, as type: Int, strict: Bool, at path: RecordPath = RecordPath()
    ) throws(RecordError) -> RecordMessage {
        let path = try path.inside()
        var cursor = WireCursor(bytes)
        var found: [Int: [RecordValue]] = [:]
        while !cursor.isAtEnd {
            guard let (number, raw) = cursor.next() else { throw malformed(path) }
            guard let index = messages[type].byNumber[number] else {
                guard strict else { continue }
                throw path.error(.unknownField, "没有编号为 \(number) 的字段", "there is no field with the number \(number)")
            }
            let field = messages[type].fields[index]
            if field.isRepeated {
                let element = path.field(field.name).element(found[index]?.count ?? 0)
                found[index, default: []] += try elements(raw, field, strict: strict, at: element)
            } else {
                let place = path.field(field.name)
                if strict { try refuseSecond(index, field, of: type, found, at: place) }
                if let oneof = field.oneof { found = found.filter { messages[type].fields[$0.key].oneof != oneof } }
                found[index] = try value(raw, field, strict: strict, at: place).map { [$0] }
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

    func refuseSecond(
        _ index: Int, _ field: RecordField, of type: Int, _ found: [Int: [RecordValue]], at path: RecordPath
    ) throws(RecordError) {
        guard found[index] == nil else { throw path.error(.duplicate, "字段重复出现", "the field stands twice") }
        guard let oneof = field.oneof else { return }
        guard !found.keys.contains(where: { messages[type].fields[$0].oneof == oneof }) else {
            throw path.error(.duplicate, "同一组只能填一项", "another field of the same choice is set already")
        }
    }

    private func malformed(_ path: RecordPath) -> RecordError {
        path.error(.malformed, "不是有效的 protobuf 数据", "these bytes are not a protobuf message")
    }

    private func elements(
        _ raw: WireCursor.Value, _ field: RecordField, strict: Bool, at path: RecordPath
    ) throws(RecordError) -> [RecordValue] {
        guard field.isPacked, case .bytes(let packed) = raw else {
            return try value(raw, field, strict: strict, at: path).map { [$0] } ?? []
        }
        var cursor = WireCursor(packed)
        var values: [RecordValue] = []
        while !cursor.isAtEnd {
            let next: WireCursor.Value? =
                switch field.wireType {
                case 0: cursor.varint().map { .varint($0) }
                case 1: cursor.fixed(8).map { .fixed64($0) }
                default: cursor.fixed(4).map { .fixed32(UInt32(truncatingIfNeeded: $0)) }
                }
            guard let next else { throw malformed(path) }
            if let value = try value(next, field, strict: strict, at: path) { values.append(value) }
        }
        return values
    }

    /// One value; nil for an enum's number that a tolerant reader passes over.
    private func value(
        _ raw: WireCursor.Value, _ field: RecordField, strict: Bool, at path: RecordPath
    ) throws(RecordError) -> RecordValue? {
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
            return try enumeration(Int32(truncatingIfNeeded: value), of: type, strict: strict, at: path)
        case (.text, .bytes(let bytes)):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw path.error(.malformed, "文字不是 UTF-8", "the text is not UTF-8")
            }
            return .text(text)
        case (.data, .bytes(let bytes)): return .data(Array(bytes))
        case (.message(let type), .bytes(let bytes)):
            return .message(try decode(bytes, as: type, strict: strict, at: path))
        default: throw path.error(.wrongType, "字段类型不符", "the field has another type")
        }
    }

    private func enumeration(
        _ number: Int32, of type: Int, strict: Bool, at path: RecordPath
    ) throws(RecordError) -> RecordValue? {
        if enums[type].values[number] != nil { return .enumeration(number) }
        guard strict else { return nil }
        throw path.error(.outOfRange, "不是可选值之一", "it is not one of the values to choose from")
    }
}
