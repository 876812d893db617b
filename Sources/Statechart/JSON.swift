/// A JSON value as charts use it: integers only, members in the order written.
package indirect enum JSON: Equatable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case string(String)
    case array([JSON])
    case object([Member])

    package struct Member: Equatable, Sendable {
        package var key: String
        package var value: JSON

        package init(_ key: String, _ value: JSON) {
            self.key = key
            self.value = value
        }
    }

    package subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// Of the value's kind, for messages.
    package var kindName: String {
        switch self {
        case .null: "null"
        case .boolean: "true or false"
        case .integer: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "a map"
        }
    }
}

// MARK: - Writing

extension JSON {
    /// The one way to write this value: no blanks, keys in the order of their UTF-8 bytes, the shortest escapes.
    ///
    /// - Parameter isKept: asked for each member of an object; members it refuses are left out.
    package func canonicalBytes(where isKept: (Member) -> Bool = { _ in true }) -> [UInt8] {
        var bytes: [UInt8] = []
        write(into: &bytes, where: isKept)
        return bytes
    }

    private func write(into bytes: inout [UInt8], where isKept: (Member) -> Bool) {
        switch self {
        case .null: bytes += "null".utf8
        case .boolean(let value): bytes += (value ? "true" : "false").utf8
        case .integer(let value): bytes += String(value).utf8
        case .string(let text): JSON.write(text, into: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (offset, element) in elements.enumerated() {
                if offset > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(into: &bytes, where: isKept)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            JSON.write(members.filter(isKept), into: &bytes, where: isKept)
        }
    }

    private static func write(_ members: [Member], into bytes: inout [UInt8], where isKept: (Member) -> Bool) {
        bytes.append(UInt8(ascii: "{"))
        let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        for (offset, member) in sorted.enumerated() {
            if offset > 0 { bytes.append(UInt8(ascii: ",")) }
            write(member.key, into: &bytes)
            bytes.append(UInt8(ascii: ":"))
            member.value.write(into: &bytes, where: isKept)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static func write(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes += "\\\"".utf8
            case UInt8(ascii: "\\"): bytes += "\\\\".utf8
            case 0x08: bytes += "\\b".utf8
            case 0x09: bytes += "\\t".utf8
            case 0x0A: bytes += "\\n".utf8
            case 0x0C: bytes += "\\f".utf8
            case 0x0D: bytes += "\\r".utf8
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                bytes += (digits.utf8.count == 1 ? "\\u000" : "\\u00").utf8
                bytes += digits.utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
