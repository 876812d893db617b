/// A JSON value as it was written: numbers keep their text, objects their order.
indirect enum JSONValue {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([(key: String, value: JSONValue)])
}

/// A strict reader of RFC 8259: UTF-8 only, no duplicate keys, nothing after the value, bounded depth.
struct JSONParser {
    /// Where and why the text is not JSON; the offset counts bytes from 0.
    struct Failure: Error {
        var offset: Int
        var message: String
    }

    /// Deepest nesting of arrays and objects.
    static let maximumDepth = 64

    private let text: [UInt8]
    private var at = 0

    static func parse(_ text: [UInt8]) throws(Failure) -> JSONValue {
        var parser = JSONParser(text: text)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.at == text.count else { throw parser.failure("something follows the value") }
        return value
    }

    private init(text: [UInt8]) { self.text = text }

    private func failure(_ message: String) -> Failure { Failure(offset: at, message: message) }

    private var byte: UInt8? { at < text.count ? text[at] : nil }

    private mutating func skipSpace() {
        while let byte, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { at += 1 }
    }

    private mutating func take(_ expected: Character) throws(Failure) {
        skipSpace()
        guard let byte, byte == expected.asciiValue else { throw failure("'\(expected)' is expected") }
        at += 1
    }

    private mutating func takeIf(_ expected: Character) -> Bool {
        skipSpace()
        guard let byte, byte == expected.asciiValue else { return false }
        at += 1
        return true
    }

    private mutating func value(depth: Int) throws(Failure) -> JSONValue {
        guard depth < Self.maximumDepth else { throw failure("it is nested deeper than \(Self.maximumDepth)") }
        skipSpace()
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(Failure) -> JSONValue {
        guard text[at...].starts(with: word.utf8) else { throw failure("a value is expected") }
        at += word.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(Failure) -> JSONValue {
        try take("{")
        var members: [(key: String, value: JSONValue)] = []
        var seen: Set<String> = []
        if takeIf("}") { return .object([]) }
        repeat {
            skipSpace()
            let key = try string()
            guard seen.insert(key).inserted else { throw failure("a key stands twice in one object") }
            try take(":")
            members.append((key, try value(depth: depth + 1)))
        } while takeIf(",")
        try take("}")
        return .object(members)
    }

    private mutating func array(depth: Int) throws(Failure) -> JSONValue {
        try take("[")
        var elements: [JSONValue] = []
        if takeIf("]") { return .array([]) }
        repeat { elements.append(try value(depth: depth + 1)) } while takeIf(",")
        try take("]")
        return .array(elements)
    }

    private mutating func number() throws(Failure) -> String {
        let start = at
        _ = skip(UInt8(ascii: "-"))
        let leadingZero = byte == UInt8(ascii: "0")
        let whole = digits()
        guard whole > 0, !leadingZero || whole == 1 else { throw failure("a value is expected") }
        if skip(UInt8(ascii: ".")) {
            guard digits() > 0 else { throw failure("a digit is expected") }
        }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
            guard digits() > 0 else { throw failure("a digit is expected") }
        }
        return String(decoding: text[start..<at], as: UTF8.self)
    }

    private mutating func skip(_ wanted: UInt8) -> Bool {
        guard byte == wanted else { return false }
        at += 1
        return true
    }

    private mutating func digits() -> Int {
        let start = at
        while let byte, byte >= 0x30, byte <= 0x39 { at += 1 }
        return at - start
    }

    private mutating func string() throws(Failure) -> String {
        guard skip(UInt8(ascii: "\"")) else { throw failure("a string is expected") }
        var content: [UInt8] = []
        while let byte, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw failure("a control character stands in a string") }
            at += 1
            if byte == UInt8(ascii: "\\") { try escape(into: &content) } else { content.append(byte) }
        }
        guard skip(UInt8(ascii: "\"")) else { throw failure("a string has no end") }
        guard let text = String(validating: content, as: UTF8.self) else { throw failure("a string is not UTF-8") }
        return text
    }

    private mutating func escape(into content: inout [UInt8]) throws(Failure) {
        let plain: [UInt8: UInt8] = [
            0x22: 0x22, 0x5c: 0x5c, 0x2f: 0x2f, 0x62: 0x08, 0x66: 0x0c, 0x6e: 0x0a, 0x72: 0x0d, 0x74: 0x09,
        ]
        guard let byte else { throw failure("a string has no end") }
        at += 1
        if let meant = plain[byte] {
            content.append(meant)
        } else if byte == UInt8(ascii: "u") {
            content.append(contentsOf: Character(try scalar()).utf8)
        } else {
            throw failure("an escape is not known")
        }
    }

    /// The rest of `\uXXXX`, with its second half where it is a surrogate.
    private mutating func scalar() throws(Failure) -> Unicode.Scalar {
        var code = try hexadecimal()
        if 0xd800..<0xdc00 ~= code {
            guard skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) else {
                throw failure("half a character is escaped")
            }
            let low = try hexadecimal()
            guard 0xdc00..<0xe000 ~= low else { throw failure("half a character is escaped") }
            code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw failure("half a character is escaped") }
        return scalar
    }

    private mutating func hexadecimal() throws(Failure) -> UInt32 {
        guard at + 4 <= text.count, let digits = String(validating: text[at..<(at + 4)], as: UTF8.self),
            digits.allSatisfy(\.isHexDigit), let code = UInt32(digits, radix: 16)
        else { throw failure("four hexadecimal digits are expected") }
        at += 4
        return code
    }
}

/// Writes JSON text; the same calls give the same bytes.
struct JSONWriter {
    private(set) var text = ""

    mutating func raw(_ piece: String) { text += piece }

    mutating func string(_ value: String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20 || 0x7f...0x9f ~= scalar.value:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
