/// Checks what a caller sent, strictly, without building anything: this stands in the way of every command.
extension RecordTypes {
    /// A field that the schema does not have, a second value of a field not repeated, a second member of a oneof
    /// and an unknown value of an enum are errors, besides what does not parse.
    func check(_ bytes: ArraySlice<UInt8>, as type: Int, depth: Int = 1) throws(RecordError) {
        guard depth <= RecordCodec.maximumDepth else { throw .tooDeep }
        var cursor = WireCursor(bytes)
        var seen = SeenFields()
        while !cursor.isAtEnd {
            guard let (number, raw) = cursor.next() else { throw .malformed }
            guard let index = messages[type].byNumber[number] else { throw .unknownNumber(number) }
            do throws(RecordError) {
                try check(raw, messages[type].fields[index], index, &seen, depth: depth)
            } catch {
                throw error.within(messages[type].fields[index].name)
            }
        }
    }

    private func check(
        _ raw: WireCursor.Value, _ field: RecordField, _ index: Int, _ seen: inout SeenFields, depth: Int
    ) throws(RecordError) {
        if field.isRepeated {
            if field.isPacked, case .bytes(let packed) = raw { return try check(packed: packed, field) }
        } else {
            guard seen.insert(field: index) else { throw .secondValue }
            if let oneof = field.oneof { guard seen.insert(oneof: oneof) else { throw .secondChoice } }
        }
        try check(raw, field, depth: depth)
    }

    private func check(packed: ArraySlice<UInt8>, _ field: RecordField) throws(RecordError) {
        var cursor = WireCursor(packed)
        while !cursor.isAtEnd {
            guard let next = cursor.next(wireType: field.wireType) else { throw .malformed }
            try check(next, field, depth: 0)
        }
    }

    private func check(_ raw: WireCursor.Value, _ field: RecordField, depth: Int) throws(RecordError) {
        guard raw.wireType == field.wireType else { throw .wrongWireType }
        switch (field.kind, raw) {
        case (.text, .bytes(let bytes)): guard Self.isUTF8(bytes) else { throw .notUTF8 }
        case (.message(let type), .bytes(let bytes)): try check(bytes, as: type, depth: depth + 1)
        case (.enumeration(let type), .varint(let value)):
            guard enums[type].values[Int32(truncatingIfNeeded: value)] != nil else { throw .unknownChoice }
        default: break
        }
    }

    private static func isUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
    }
}

/// Which fields and oneofs of one message have come; without an allocation for the usual message of few fields.
private struct SeenFields {
    private var low: UInt64 = 0
    private var oneofs: UInt64 = 0
    private var high: Set<Int> = []
    private var highOneofs: Set<Int> = []

    /// False when it was there.
    mutating func insert(field: Int) -> Bool { Self.insert(field, &low, &high) }

    mutating func insert(oneof: Int) -> Bool { Self.insert(oneof, &oneofs, &highOneofs) }

    private static func insert(_ number: Int, _ low: inout UInt64, _ high: inout Set<Int>) -> Bool {
        guard number < 64 else { return high.insert(number).inserted }
        defer { low |= 1 << UInt64(number) }
        return low & 1 << UInt64(number) == 0
    }
}
