import Foundation

extension RecordTypes {
    /// Builds a message from protobuf's JSON form: both names of a field, `null` for absent, 64-bit integers as numbers
    /// or strings, bytes in base64, enums by name. Anything else is an error with its path.
    func message(_ json: JSONValue, as type: Int, at path: RecordPath = RecordPath()) throws(RecordError)
        -> RecordMessage
    {
        let inside = try path.inside()
        guard case .object(let members) = json else { throw mismatch(path, "对象", "an object") }
        var found: [Int: [RecordValue]] = [:]
        for (key, value) in members {
            guard let index = messages[type].byName[key] else {
                throw inside.field(Self.printable(key)).error(.unknownField, "没有这个字段", "there is no such field")
            }
            if case .null = value { continue }
            let field = messages[type].fields[index]
            let place = inside.field(field.name)
            guard found[index] == nil else { throw RecordError.secondValue.within(place.text) }
            if let oneof = field.oneof, found.keys.contains(where: { messages[type].fields[$0].oneof == oneof }) {
                throw RecordError.secondChoice.within(place.text)
            }
            found[index] = try values(value, field, at: place)
        }
        return message(type, found)
    }

    /// A key comes from the caller: cut and cleaned before it goes into an error's path.
    private static func printable(_ key: String) -> String {
        let clean = key.unicodeScalars.filter {
            $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_"
        }
        return clean.count == key.unicodeScalars.count && clean.count <= 40 ? key : "(?)"
    }

    private func mismatch(_ path: RecordPath, _ zh: String, _ en: String) -> RecordError {
        path.error(.wrongType, "应为\(zh)", "it must be \(en)")
    }

    private func values(_ json: JSONValue, _ field: RecordField, at path: RecordPath) throws(RecordError)
        -> [RecordValue]
    {
        guard field.isRepeated else { return [try value(json, field, at: path)] }
        if field.isMap { return try entries(json, field, at: path) }
        guard case .array(let elements) = json else { throw mismatch(path, "数组", "an array") }
        var values: [RecordValue] = []
        for (index, element) in elements.enumerated() {
            values.append(try value(element, field, at: path.element(index)))
        }
        return values
    }

    private func entries(_ json: JSONValue, _ field: RecordField, at path: RecordPath) throws(RecordError)
        -> [RecordValue]
    {
        guard case .object(let members) = json, case .message(let entry) = field.kind else {
            throw mismatch(path, "对象", "an object")
        }
        var values: [RecordValue] = []
        for (index, member) in members.enumerated() {
            let place = path.element(index)
            let key = try mapKey(member.key, messages[entry].fields[0], at: place)
            let value = try value(member.value, messages[entry].fields[1], at: place)
            values.append(.message(message(entry, [0: [key], 1: [value]])))
        }
        return values
    }

    private func mapKey(_ key: String, _ field: RecordField, at path: RecordPath) throws(RecordError) -> RecordValue {
        switch field.kind {
        case .bool where key == "true" || key == "false": .bool(key == "true")
        case .bool: throw mismatch(path, "true 或 false", "true or false")
        default: try value(.string(key), field, at: path)
        }
    }

    private func value(_ json: JSONValue, _ field: RecordField, at path: RecordPath) throws(RecordError) -> RecordValue
    {
        switch (field.kind, json) {
        case (.bool, .bool(let value)): return .bool(value)
        case (.bool, _): throw mismatch(path, "true 或 false", "true or false")
        case (.text, .string(let text)): return .text(text)
        case (.text, _): throw mismatch(path, "文字", "a string")
        case (.data, .string(let text)): return .data(try data(text, at: path))
        case (.data, _): throw mismatch(path, "base64 文字", "a base64 string")
        case (.signed(let bits, _, _), .number(let text)), (.signed(let bits, _, _), .string(let text)):
            return .signed(try signed(text, bits: bits, at: path))
        case (.unsigned(let bits, _), .number(let text)), (.unsigned(let bits, _), .string(let text)):
            return .unsigned(try unsigned(text, bits: bits, at: path))
        case (.signed, _), (.unsigned, _): throw mismatch(path, "整数", "an integer")
        case (.double, .number(let text)), (.double, .string(let text)): return .double(try double(text, at: path))
        case (.float, .number(let text)), (.float, .string(let text)): return .double(try float(text, at: path))
        case (.double, _), (.float, _): throw mismatch(path, "数字", "a number")
        case (.enumeration(let type), .string(let name)):
            guard let number = enums[type].byName[name] else {
                throw RecordError.unknownChoice.within(path.text)
            }
            return .enumeration(number)
        case (.enumeration, _): throw mismatch(path, "可选值的名称", "the name of a value to choose from")
        case (.message(let type), _): return .message(try message(json, as: type, at: path))
        }
    }

    private func signed(_ text: String, bits: Int, at path: RecordPath) throws(RecordError) -> Int64 {
        guard Self.isInteger(text) else { throw mismatch(path, "整数", "an integer") }
        let value = bits == 32 ? Int32(text).map(Int64.init) : Int64(text)
        guard let value else { throw path.error(.outOfRange, "超出 \(bits) 位整数范围", "it does not fit \(bits) bits") }
        return value
    }

    private func unsigned(_ text: String, bits: Int, at path: RecordPath) throws(RecordError) -> UInt64 {
        guard Self.isInteger(text) else { throw mismatch(path, "整数", "an integer") }
        let value = bits == 32 ? UInt32(text).map(UInt64.init) : UInt64(text)
        guard let value else {
            throw path.error(.outOfRange, "超出 \(bits) 位非负整数范围", "it does not fit \(bits) bits without a sign")
        }
        return value
    }

    private static func isInteger(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        return !digits.isEmpty && digits.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }

    private func double(_ text: String, at path: RecordPath) throws(RecordError) -> Double {
        switch text {
        case "NaN": return .nan
        case "Infinity": return .infinity
        case "-Infinity": return -.infinity
        default:
            guard let value = Double(text), value.isFinite else { throw mismatch(path, "数字", "a number") }
            return value
        }
    }

    private func float(_ text: String, at path: RecordPath) throws(RecordError) -> Double {
        let value = try double(text, at: path)
        guard !value.isFinite || Float(value).isFinite else {
            throw path.error(.outOfRange, "超出范围", "it does not fit a float")
        }
        return Double(Float(value))
    }

    /// Base64 in its standard or URL form, padded or not.
    private func data(_ text: String, at path: RecordPath) throws(RecordError) -> [UInt8] {
        var standard = text.replacing("-", with: "+").replacing("_", with: "/")
        while standard.utf8.count % 4 != 0 { standard += "=" }
        guard let data = Data(base64Encoded: standard) else { throw mismatch(path, "base64 文字", "a base64 string") }
        return Array(data)
    }
}
