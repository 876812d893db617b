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
