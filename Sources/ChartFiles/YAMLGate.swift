/// What is refused before a YAML parser sees the text: nothing in it may cost more than its length.
enum YAMLGate {
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
        var number = 0
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            if let column = alias(in: Array(line)) {
                let message = "anchors and aliases are not read; write the value out, or quote the text otherwise"
                return Refusal(line: number, column: column, message: message)
            }
        }
        return nil
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
            if byte == 0x0D {
                before = nil
            } else if byte != 0x20, byte != 0x09 {
                before = byte
            }
        }
        return nil
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
}
