/// Reads JSON strictly (RFC 8259, integers only, no duplicate keys) within the bounds of `ChartLimits`.
struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0

    static func read(_ bytes: [UInt8]) throws(ChartError) -> JSON {
        guard bytes.count <= ChartLimits.bytes else {
            throw ChartError(.limit, "the chart has \(bytes.count) bytes; at most \(ChartLimits.bytes) are read")
        }
        var reader = JSONReader(bytes: bytes)
        let value = try reader.value()
        reader.skipBlanks()
        guard reader.position == bytes.count else { throw reader.failure("expected the end of the text") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func failure(_ message: String) -> ChartError {
        ChartError(.syntax, "JSON, byte \(position): \(message)", offset: position)
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    /// An array or object still without its end.
    private struct Open {
        var isObject: Bool
        var elements: [JSON] = []
        var members: [JSON.Member] = []
        var keys: Set<String> = []
        var key = ""

        mutating func add(_ value: JSON) {
            if isObject {
                members.append(.init(key, value))
            } else {
                elements.append(value)
            }
        }
    }

    /// Without recursion, so that the depth of a text does not become that of the stack.
    private mutating func value() throws(ChartError) -> JSON {
        var open: [Open] = []
        while true {
            guard var value = try begin(&open) else { continue }
            while !open.isEmpty {
                open[open.count - 1].add(value)
                if try isFollowed(&open[open.count - 1]) { break }
                let complete = open.removeLast()
                value = complete.isObject ? .object(complete.members) : .array(complete.elements)
            }
            if open.isEmpty { return value }
        }
    }

    /// - Returns: a value that is complete, or nil when what was opened has values inside.
    private mutating func begin(_ open: inout [Open]) throws(ChartError) -> JSON? {
        skipBlanks()
        guard let byte = next else { throw failure("expected a value, found the end") }
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard open.count < ChartLimits.jsonDepth else {
                let message = "JSON, byte \(position): nested more than \(ChartLimits.jsonDepth) deep"
                throw ChartError(.limit, message, offset: position)
            }
            position += 1
            skipBlanks()
            var inner = Open(isObject: byte == UInt8(ascii: "{"))
            if take(inner.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                return inner.isObject ? .object([]) : .array([])
            }
            if inner.isObject { try key(&inner) }
            open.append(inner)
            return nil
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure("expected a value")
        }
    }

    /// True when another value follows, of an object after its key was read; false at the end.
    private mutating func isFollowed(_ open: inout Open) throws(ChartError) -> Bool {
        skipBlanks()
        if take(UInt8(ascii: ",")) {
            if open.isObject { try key(&open) }
            return true
        }
        guard take(open.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
            throw failure(open.isObject ? "expected ',' or '}'" : "expected ',' or ']'")
        }
        return false
    }

    private mutating func key(_ open: inout Open) throws(ChartError) {
        skipBlanks()
        guard next == UInt8(ascii: "\"") else { throw failure("expected a key in quotes") }
        let key = try string()
        guard open.keys.insert(key).inserted else { throw failure("the key \(key) stands twice") }
        skipBlanks()
        guard take(UInt8(ascii: ":")) else { throw failure("expected ':'") }
        open.key = key
    }

    private mutating func word(_ text: String, _ value: JSON) throws(ChartError) -> JSON {
        for byte in text.utf8 {
            guard take(byte) else { throw failure("expected \(text)") }
        }
        return value
    }

    private mutating func number() throws(ChartError) -> JSON {
        let start = position
        _ = take(UInt8(ascii: "-"))
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard digits == "0" || !digits.hasPrefix("0"), text != "-0", let value = Int64(text) else {
            throw failure("expected an integer of 64 bits")
        }
        if let byte = next, byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e") {
            throw failure("expected an integer; charts have no fractions")
        }
        return .integer(value)
    }
}

// MARK: - Strings

extension JSONReader {
    private mutating func string() throws(ChartError) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let result = String(validating: text, as: UTF8.self) else {
                    throw failure("the text is not UTF-8")
                }
                return result
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw failure("a control character in a text must be escaped")
            default: text.append(byte)
            }
        }
        throw failure("the text has no end")
    }

    private mutating func escape(into text: inout [UInt8]) throws(ChartError) {
        guard let byte = next else { throw failure("the text has no end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text += String(Character(try scalar())).utf8
        default: throw failure("unknown escape")
        }
    }

    private mutating func scalar() throws(ChartError) -> Unicode.Scalar {
        let first = try unit()
        if let scalar = Unicode.Scalar(UInt32(first)) { return scalar }
        guard first < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw failure("half a surrogate pair")
        }
        let second = try unit()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
        else { throw failure("half a surrogate pair") }
        return scalar
    }

    private mutating func unit() throws(ChartError) -> UInt16 {
        guard position + 4 <= bytes.count,
            bytes[position..<position + 4].allSatisfy({ $0 < 0x80 && Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw failure("expected four hexadecimal digits") }
        position += 4
        return unit
    }
}
