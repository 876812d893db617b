/// Columns a text takes on a terminal: Chinese characters take two, combining marks none.
enum TextWidth {
    static func of(_ text: some StringProtocol) -> Int {
        text.unicodeScalars.reduce(0) { $0 + columns(of: $1) }
    }

    /// The longest head of `text` that fits into `columns`, ending in … when something was cut off.
    static func fit(_ text: String, columns: Int) -> String {
        guard of(text) > columns else { return text }
        guard columns > 0 else { return "" }
        var head = ""
        var used = 0
        for character in text {
            let width = of(String(character))
            if used + width > columns - 1 { break }
            head.append(character)
            used += width
        }
        return head + "…"
    }

    /// The text cut into lines of at most `columns`: at blanks, and between Chinese characters, but not before a sign
    /// that belongs to what stands before it. A word longer than a line is left whole.
    ///
    /// - Parameter columns: nil when the output is no terminal: then nothing is cut.
    static func wrap(_ text: String, columns: Int?) -> [String] {
        guard let columns, of(text) > columns else { return [text] }
        var lines: [String] = []
        var line = ""
        for piece in pieces(of: text) {
            if of(line) + of(piece.trimmingSuffix(" ")) > columns, !line.isEmpty {
                lines.append(line.trimmingSuffix(" "))
                line = ""
            }
            line += piece
        }
        return lines + [line.trimmingSuffix(" ")]
    }

    /// What stays together on a line: a word with the blank after it, a wide character with the signs after it.
    private static func pieces(of text: String) -> [String] {
        var result: [String] = []
        var previous: Character = " "
        for character in text {
            let isWide = of(String(character)) > 1
            let isOpening = "“（《".contains(previous)
            let clings = "，。；：、”）》".contains(character) || character == " " || isOpening
            let begins = previous == " " || isWide || of(String(previous)) > 1
            if result.isEmpty || (begins && !clings) { result.append("") }
            result[result.count - 1].append(character)
            previous = character
        }
        return result
    }

    static func pad(_ text: String, columns: Int, right: Bool = false) -> String {
        let blank = String(repeating: " ", count: max(0, columns - of(text)))
        return right ? blank + text : text + blank
    }

    /// East Asian wide and fullwidth ranges (UAX 11), as far as Chinese text and signs need them.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115f, 0x2e80...0x303e, 0x3041...0x33ff, 0x3400...0x4dbf, 0x4e00...0x9fff, 0xa000...0xa4cf,
        0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f,
        0x1f900...0x1f9ff, 0x20000...0x3fffd,
    ]

    private static func columns(of scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return scalar.value < 0x20 ? 0 : 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return wide.contains { $0.contains(scalar.value) } ? 2 : 1
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        var text = self
        while text.last == character { text.removeLast() }
        return text
    }
}
