/// JSON with its members in the order written, for printing what the server sent: numbers stay as they were spelled.
indirect enum JSONText: Equatable {
    case word(String)
    case string(String)
    case array([JSONText])
    case object([Member])

    struct Member: Equatable {
        var name: String
        var value: JSONText
    }

    /// nil for text that is not JSON, or nested deeper than `deepest`.
    init?(parsing text: String) {
        var reader = Reader(rest: text.unicodeScalars[...])
        guard let value = reader.value(depth: 0) else { return nil }
        reader.skipBlanks()
        guard reader.rest.isEmpty else { return nil }
        self = value
    }

    subscript(name: String) -> JSONText? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The text of a string, a number or a word; nil for what has parts.
    var scalar: String? {
        switch self {
        case .word(let text), .string(let text): text
        case .array, .object: nil
        }
    }

    static let deepest = 64
}

// MARK: - Writing

extension JSONText {
    func pretty(indent: String = "") -> String {
        let inner = indent + "  "
        switch self {
        case .word(let text): return text
        case .string(let text): return JSONText.quoted(text)
        case .array(let elements) where elements.isEmpty: return "[]"
        case .object(let members) where members.isEmpty: return "{}"
        case .array(let elements):
            return "[\n" + elements.map { inner + $0.pretty(indent: inner) }.joined(separator: ",\n") + "\n\(indent)]"
        case .object(let members):
            let lines = members.map { inner + JSONText.quoted($0.name) + ": " + $0.value.pretty(indent: inner) }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        }
    }

    /// On one line, without blanks.
    var compact: String {
        switch self {
        case .word(let text): text
        case .string(let text): JSONText.quoted(text)
        case .array(let elements): "[" + elements.map(\.compact).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { JSONText.quoted($0.name) + ":" + $0.value.compact }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

// MARK: - Reading

extension JSONText {
    private struct Reader {
        var rest: Substring.UnicodeScalarView

        mutating func skipBlanks() {
            while let next = rest.first, next == " " || next == "\n" || next == "\t" || next == "\r" {
                rest.removeFirst()
            }
        }

        private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            skipBlanks()
            guard rest.first == scalar else { return false }
            rest.removeFirst()
            return true
        }

        mutating func value(depth: Int) -> JSONText? {
            guard depth < JSONText.deepest else { return nil }
            if take("{") { return object(depth: depth + 1) }
            if take("[") { return array(depth: depth + 1) }
            if take("\"") { return string().map(JSONText.string) }
            let end = rest.firstIndex { ",]} \n\r\t".unicodeScalars.contains($0) } ?? rest.endIndex
            defer { rest = rest[end...] }
            let word = String(rest[..<end])
            let isNumber = word.first.map { $0 == "-" || $0.isNumber } ?? false
            return isNumber || ["true", "false", "null"].contains(word) ? .word(word) : nil
        }

        private mutating func object(depth: Int) -> JSONText? {
            var members: [Member] = []
            if take("}") { return .object([]) }
            repeat {
                guard take("\""), let name = string(), take(":"), let value = value(depth: depth) else { return nil }
                members.append(Member(name: name, value: value))
            } while take(",")
            return take("}") ? .object(members) : nil
        }

        private mutating func array(depth: Int) -> JSONText? {
            var elements: [JSONText] = []
            if take("]") { return .array([]) }
            repeat {
                guard let value = value(depth: depth) else { return nil }
                elements.append(value)
            } while take(",")
            return take("]") ? .array(elements) : nil
        }

        /// After the opening quote, up to and with the closing one.
        private mutating func string() -> String? {
            var units: [UInt16] = []
            while let scalar = rest.popFirst() {
                switch scalar {
                case "\"": return String(decoding: units, as: UTF16.self)
                case "\\":
                    guard let unit = escape() else { return nil }
                    units.append(unit)
                default: units.append(contentsOf: String(scalar).utf16)
                }
            }
            return nil
        }

        private mutating func escape() -> UInt16? {
            guard let scalar = rest.popFirst() else { return nil }
            switch scalar {
            case "n": return 0x0a
            case "t": return 0x09
            case "r": return 0x0d
            case "b": return 0x08
            case "f": return 0x0c
            case "u":
                let digits = String(rest.prefix(4))
                rest = rest.dropFirst(4)
                return digits.count == 4 ? UInt16(digits, radix: 16) : nil
            default: return "\"\\/".unicodeScalars.contains(scalar) ? String(scalar).utf16.first : nil
            }
        }
    }
}
