/// Cuts an expression into tokens.
package struct ExpressionLexer {
    package enum Token: Equatable {
        case integer(Int64)
        case string(String)
        case name(String)
        case symbol(String)
        case end

        package var text: String {
            switch self {
            case .integer(let value): String(value)
            case .string(let value): "'\(value)'"
            case .name(let value), .symbol(let value): value
            case .end: "the end"
            }
        }
    }

    private let bytes: [UInt8]
    private var position = 0
    private var start = 0

    package init(_ text: String) { bytes = Array(text.utf8) }

    /// Of the token read last, from 1, in Unicode scalars as every column.
    package var column: Int { bytes[..<start].count { !UTF8.isContinuation($0) } + 1 }

    /// Longest first, so that a prefix never hides a longer one.
    private static var symbols: [String] {
        [
            "===", "!==", "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "+", "-", "*", "(", ")", "[", "]", ",",
            ".",
        ]
    }

    package static func isNameStart(_ byte: UInt8) -> Bool {
        switch byte | 0x20 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): true
        default: byte == UInt8(ascii: "_")
        }
    }

    package static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    /// True for what can name a guard, an action or a variable.
    package static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= ChartLimits.nameBytes else { return false }
        return isNameStart(first) && text.utf8.allSatisfy { isNameStart($0) || isDigit($0) }
    }

    package mutating func next() throws(ChartError) -> Token {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
        start = position
        guard position < bytes.count else { return .end }
        let byte = bytes[position]
        if Self.isDigit(byte) { return try integer() }
        if Self.isNameStart(byte) { return .name(run { Self.isNameStart($0) || Self.isDigit($0) }) }
        if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") { return try string(until: byte) }
        for symbol in Self.symbols where bytes[position...].starts(with: symbol.utf8) {
            position += symbol.utf8.count
            return .symbol(symbol)
        }
        throw ChartError(.expression, "at column \(column): a character that has no place in an expression")
    }

    private mutating func run(while isPart: (UInt8) -> Bool) -> String {
        while position < bytes.count, isPart(bytes[position]) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func integer() throws(ChartError) -> Token {
        let digits = run(while: Self.isDigit)
        guard let value = Int64(digits) else {
            throw ChartError(.expression, "at column \(column): the number does not fit into 64 bits")
        }
        return .integer(value)
    }

    private mutating func string(until quote: UInt8) throws(ChartError) -> Token {
        position += 1
        var text: [UInt8] = []
        while position < bytes.count, bytes[position] != quote {
            if bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count { position += 1 }
            text.append(bytes[position])
            position += 1
        }
        guard position < bytes.count else { throw ChartError(.expression, "at column \(column): the text has no end") }
        position += 1
        return .string(String(decoding: text, as: UTF8.self))
    }
}
