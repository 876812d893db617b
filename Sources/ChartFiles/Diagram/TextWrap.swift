/// Cuts text into lines no wider than given: after blanks and commas and between Chinese characters; inside a word
/// only when it alone is too wide, and then rather after its dots and dashes.
struct TextWrap {
    /// Lines of one text at most; the rest is replaced by an ellipsis.
    static let maximumLines = 5
    /// Unicode scalars of one text at most; a megabyte of label would only be cut off later.
    private static let maximumScalars = 2_000

    private enum Grain { case words, parts, characters }

    private let style: TextStyle
    /// Pixels.
    private let width: Int
    private var finished: [String] = []
    private var line = ""

    static func lines(_ text: String, _ style: TextStyle, width: Int) -> [String] {
        var wrap = TextWrap(style: style, width: width)
        for word in pieces(of: printable(text), after: " ,") where wrap.finished.count <= maximumLines {
            wrap.add(word, .words)
        }
        wrap.endLine()
        guard wrap.finished.count > maximumLines else { return wrap.finished }
        let last = wrap.shortened(wrap.finished[maximumLines - 1])
        return Array(wrap.finished[..<(maximumLines - 1)]) + [last]
    }

    private init(style: TextStyle, width: Int) {
        self.style = style
        self.width = width
    }

    private func fits(_ text: String) -> Bool { TextMetrics.width(text, style) <= width }

    private mutating func add(_ piece: String, _ grain: Grain) {
        if fits(line + piece) {
            line += piece
            return
        }
        endLine()
        switch grain {
        case _ where fits(piece): line = piece
        case .words: for part in TextWrap.pieces(of: piece, after: "./-_&|") { add(part, .parts) }
        case .parts: for character in piece { add(String(character), .characters) }
        case .characters: line = piece
        }
    }

    private mutating func endLine() {
        let trimmed = line.trimmingBlanks
        if !trimmed.isEmpty { finished.append(trimmed) }
        line = ""
    }

    private func shortened(_ line: String) -> String {
        var head = line[...]
        while !head.isEmpty, !fits(head + "…") { head.removeLast() }
        return head + "…"
    }

    /// Characters that end a line, turn the direction of writing or cannot be seen become blanks, and of marks piled
    /// on one letter two remain: a label never moves or covers text that is not its own.
    static func printable(_ text: String) -> String {
        var view = String.UnicodeScalarView()
        var marks = 0
        for scalar in text.unicodeScalars.prefix(maximumScalars) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                view.append(" ")
            case .nonspacingMark, .enclosingMark, .spacingMark:
                marks += 1
                if marks <= 2 { view.append(scalar) }
                continue
            default: view.append(scalar)
            }
            marks = 0
        }
        return String(view)
    }

    /// What must stay together.
    private static func pieces(of text: String, after ends: String) -> [String] {
        var pieces: [String] = []
        var piece = ""
        for character in text {
            let wasOpening = piece.last.map { "（《「“".contains($0) } ?? true
            // A Chinese closing sign never begins a line, an opening one never ends it.
            if isWide(character), !wasOpening, !"，。、；：）》」”！？".contains(character) {
                pieces.append(piece)
                piece = ""
            }
            piece.append(character)
            if ends.contains(character) {
                pieces.append(piece)
                piece = ""
            }
        }
        if !piece.isEmpty { pieces.append(piece) }
        return pieces
    }

    private static func isWide(_ character: Character) -> Bool {
        character.unicodeScalars.first.map { $0.value >= 0x2e80 } ?? false
    }
}

extension String {
    var trimmingBlanks: String {
        let tail = drop { $0 == " " }
        return String(tail[..<(tail.lastIndex { $0 != " " }.map { tail.index(after: $0) } ?? tail.startIndex)])
    }
}
