import Statechart

/// Finds where in a JSON text the things stand that problems point to.
struct JSONPlaces {
    private let bytes: [UInt8]
    private var position = 0
    /// The pointers looked for and all above them; nothing else is looked into.
    private let wanted: Set<String>
    private var found: [String: Int] = [:]

    /// The problems with their places. The text was read before, unless its only problem is that it cannot be.
    static func problems(_ errors: [ChartError], in bytes: [UInt8], file: String) -> [ChartProblem] {
        guard !errors.isEmpty else { return [] }
        var wanted: Set<String> = [""]
        for error in errors {
            var pointer = error.pointer[...]
            while !pointer.isEmpty, wanted.insert(String(pointer)).inserted {
                pointer = pointer[..<(pointer.lastIndex(of: "/") ?? pointer.startIndex)]
            }
        }
        var places = JSONPlaces(bytes: bytes, wanted: wanted)
        if errors.allSatisfy({ $0.offset == nil }) { places.value("") }
        return errors.map { error in
            let place = places.place(at: error.offset ?? places.offset(of: error.pointer))
            return ChartProblem(
                file: file, line: place.line, column: place.column, code: error.code.rawValue, message: error.message,
                pointer: error.pointer)
        }
    }

    private init(bytes: [UInt8], wanted: Set<String>) {
        self.bytes = bytes
        self.wanted = wanted
    }

    private func offset(of pointer: String) -> Int {
        var pointer = pointer[...]
        while true {
            if let offset = found[String(pointer)] { return offset }
            guard let slash = pointer.lastIndex(of: "/") else { return 0 }
            pointer = pointer[..<slash]
        }
    }

    private func place(at offset: Int) -> (line: Int, column: Int) {
        var place = (line: 1, column: 1)
        for byte in bytes.prefix(offset) {
            if byte == UInt8(ascii: "\n") {
                place = (place.line + 1, 1)
            } else if byte & 0xC0 != 0x80 {
                place.column += 1
            }
        }
        return place
    }

    private var byte: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func skipBlanks() {
        while byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func value(_ pointer: String) {
        skipBlanks()
        guard wanted.contains(pointer) else { return skip() }
        if found[pointer] == nil { found[pointer] = position }
        switch byte {
        case UInt8(ascii: "{"): members(pointer)
        case UInt8(ascii: "["): elements(pointer)
        default: skip()
        }
    }

    private mutating func members(_ pointer: String) {
        position += 1
        while position < bytes.count {
            skipBlanks()
            guard byte == UInt8(ascii: "\"") else { break }
            let start = position
            skip()
            let key = String(decoding: bytes[(start + 1)..<(position - 1)], as: UTF8.self)
            // The key is the better place: it is what the problem speaks of.
            if wanted.contains("\(pointer)/\(key)") { found["\(pointer)/\(key)"] = start }
            skipBlanks()
            position += 1
            value("\(pointer)/\(key)")
            skipBlanks()
            guard byte == UInt8(ascii: ",") else { break }
            position += 1
        }
        position += 1
    }

    private mutating func elements(_ pointer: String) {
        position += 1
        var count = 0
        while position < bytes.count {
            skipBlanks()
            guard byte != UInt8(ascii: "]") else { break }
            value("\(pointer)/\(count)")
            count += 1
            skipBlanks()
            guard byte == UInt8(ascii: ",") else { break }
            position += 1
        }
        position += 1
    }

    /// Over one value of any kind, without recursion.
    private mutating func skip() {
        var depth = 0
        repeat {
            switch byte {
            case UInt8(ascii: "\""): skipText()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                position += 1
            default: position += 1
            }
            if depth == 0, isEnd { return }
        } while position < bytes.count
    }

    private var isEnd: Bool {
        let ends: [UInt8] = [0x20, 0x0A, 0x0D, 0x09, 0x2C, 0x3A, 0x5D, 0x7D]
        return position >= bytes.count || ends.contains(byte)
    }

    private mutating func skipText() {
        position += 1
        while position < bytes.count, byte != UInt8(ascii: "\"") { position += byte == UInt8(ascii: "\\") ? 2 : 1 }
        position += 1
    }
}
