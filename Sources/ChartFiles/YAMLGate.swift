import Yams

/// What is refused before a YAML parser sees the text: nothing in it may cost more than its length.
///
/// Aliases make a short text a large tree, so there are neither aliases nor anchors. Each starts a node, which only an
/// indicator, or nothing, stands before. But so may begin a word in a comment or in a text in quotes, and what is a
/// comment only a parser knows. Therefore a text with such marks is parsed with each of them replaced by a letter that
/// means nothing: where a plain text begins with that letter, the mark would have been read.
enum YAMLGate {
    struct Refusal {
        var line: Int
        var column: Int
        var message: String
    }

    /// - Returns: why the text is refused, or nil.
    /// - Throws: what Yams throws of a text that is no YAML, marks or not.
    static func refusal(of text: String) throws -> Refusal? {
        guard text.utf8.count <= ChartFile.maximumBytes else {
            return Refusal(line: 1, column: 1, message: ChartFile.tooLong(ChartFile.maximumBytes))
        }
        let bytes = Array(text.utf8)
        let marks = marks(in: bytes)
        guard let first = marks.first else { return nil }
        guard let letter = letter(notIn: text) else { return refusal(at: place(of: first, in: bytes)) }
        do {
            let root = try Yams.compose(yaml: replacing(marks, in: bytes, by: letter))
            return root.flatMap { firstNode(in: $0, beginningWith: letter) }.map { refusal(at: $0) }
        } catch {
            // An anchor before a map or a list leaves a letter where nothing may stand.
            let hasAnchor = (try? Yams.compose(yaml: blanking(marks, in: bytes))) != nil
            guard hasAnchor else { throw error }
            let anchors = marks.filter { bytes[$0] == UInt8(ascii: "&") }.map { place(of: $0, in: bytes) }
            let end = end(of: error)
            return refusal(at: anchors.last { $0 <= end } ?? place(of: first, in: bytes))
        }
    }

    /// Where a parser stopped.
    private static func end(of error: any Error) -> (line: Int, column: Int) {
        switch error as? YamlError {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
            (mark.line, mark.column)
        default: (.max, .max)
        }
    }

    private static func refusal(at place: (line: Int, column: Int)) -> Refusal {
        Refusal(
            line: place.line, column: place.column,
            message: "anchors and aliases are not read; write the value out, or quote the text otherwise")
    }

    // MARK: - Marks

    /// Places of what may be an alias or an anchor.
    private static func marks(in bytes: [UInt8]) -> [Int] {
        var marks: [Int] = []
        var before: UInt8?
        for (offset, byte) in bytes.enumerated() {
            let isMark = byte == UInt8(ascii: "*") || byte == UInt8(ascii: "&")
            if isMark, isNodeStart(after: before), offset + 1 < bytes.count, isNamePart(bytes[offset + 1]) {
                marks.append(offset)
            }
            if byte == 0x0A || byte == 0x0D {
                before = nil
            } else if byte != 0x20, byte != 0x09 {
                before = byte
            }
        }
        return marks
    }

    private static func isNodeStart(after byte: UInt8?) -> Bool {
        // YAML breaks lines at some characters beyond ASCII, too.
        guard let byte, byte < 0x80 else { return true }
        let indicators: [UInt8] = [0x3A, 0x2D, 0x3F, 0x5B, 0x7B, 0x2C]  // : - ? [ { ,
        return indicators.contains(byte)
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func place(of offset: Int, in bytes: [UInt8]) -> (line: Int, column: Int) {
        let before = bytes[..<offset]
        let line = before.lastIndex(of: 0x0A).map { before[($0 + 1)...] } ?? before
        return (before.count { $0 == 0x0A } + 1, line.count { $0 & 0xC0 != 0x80 } + 1)
    }

    // MARK: - What a parser makes of them

    /// One of the characters nobody has given a meaning.
    private static func letter(notIn text: String) -> Unicode.Scalar? {
        let used = Set(text.unicodeScalars.lazy.filter { (0xE000...0xE0FF).contains($0.value) }.map(\.value))
        return (UInt32(0xE000)...0xE0FF).first { !used.contains($0) }.flatMap(Unicode.Scalar.init)
    }

    private static func replacing(_ marks: [Int], in bytes: [UInt8], by letter: Unicode.Scalar) -> String {
        var result: [UInt8] = []
        var done = 0
        for mark in marks {
            result += bytes[done..<mark]
            result += String(letter).utf8
            done = mark + 1
        }
        return String(decoding: result + bytes[done...], as: UTF8.self)
    }

    /// Without the anchors, which change nothing by themselves; aliases become words.
    private static func blanking(_ marks: [Int], in bytes: [UInt8]) -> String {
        var result = bytes
        for mark in marks {
            guard bytes[mark] == UInt8(ascii: "&") else {
                result[mark] = UInt8(ascii: "x")
                continue
            }
            var end = mark
            repeat {
                result[end] = 0x20
                end += 1
            } while end < bytes.count && isNamePart(bytes[end])
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// In the order of the text.
    private static func firstNode(in root: Node, beginningWith letter: Unicode.Scalar) -> (line: Int, column: Int)? {
        var waiting = [root]
        while let node = waiting.popLast() {
            switch node {
            case .scalar(let scalar):
                let isPlain = scalar.style == .plain || scalar.style == .any
                if isPlain, scalar.string.unicodeScalars.first == letter {
                    return (scalar.mark?.line ?? 1, scalar.mark?.column ?? 1)
                }
            case .sequence(let sequence): waiting += sequence.reversed()
            case .mapping(let mapping): waiting += mapping.reversed().flatMap { [$0.value, $0.key] }
            case .alias: return (1, 1)
            }
        }
        return nil
    }
}
