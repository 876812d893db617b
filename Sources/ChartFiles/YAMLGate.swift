/// What is refused before a YAML parser sees the text: nothing in it may cost more than its length.
enum YAMLGate {
    /// Levels of blocks and of brackets.
    static let maximumDepth = 128

    struct Refusal {
        var line: Int
        var column: Int
        var message: String
    }

    /// - Returns: why the text is refused, or nil.
    static func refusal(of text: String) -> Refusal? {
        guard text.utf8.count <= ChartFile.maximumBytes else {
            return Refusal(line: 1, column: 1, message: "the file has more than \(ChartFile.maximumBytes) bytes")
        }
        var brackets = 0
        var number = 0
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let bytes = Array(line)
            let deepest = depth(of: bytes, brackets: &brackets)
            if deepest > maximumDepth {
                return Refusal(line: number, column: 1, message: "nested more than \(maximumDepth) deep")
            }
            if let column = alias(in: bytes) {
                let message = "anchors and aliases are not read; write the value out, or quote the text otherwise"
                return Refusal(line: number, column: column, message: message)
            }
        }
        return nil
    }

    /// The most levels a line can open: by its indentation and indicators, or by brackets. Brackets in quotes count,
    /// which errs on the safe side.
    private static func depth(of line: [UInt8], brackets: inout Int) -> Int {
        let openers: [UInt8] = [UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":")]
        let indentation = line.prefix { openers.contains($0) }.count
        var deepest = indentation == line.count ? 0 : indentation
        for byte in line {
            if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { brackets += 1 }
            if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { brackets = max(0, brackets - 1) }
            deepest = max(deepest, brackets)
        }
        return deepest
    }

    /// Column of an alias or an anchor. Either starts a node, so only an indicator, or nothing, stands before it. A
    /// text in quotes may be mistaken for one, never the other way round.
    private static func alias(in line: [UInt8]) -> Int? {
        var before: UInt8?
        for (offset, byte) in line.enumerated() {
            let isMark = byte == UInt8(ascii: "*") || byte == UInt8(ascii: "&")
            if isMark, isNodeStart(after: before), offset + 1 < line.count, isNamePart(line[offset + 1]) {
                return offset + 1
            }
            if byte != 0x20, byte != 0x09, byte != 0x0D { before = byte }
        }
        return nil
    }

    private static func isNodeStart(after byte: UInt8?) -> Bool {
        guard let byte else { return true }
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
}
