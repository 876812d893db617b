/// A condition as people read it: labelled guards by their labels. Where it consists of nothing else, what joins them
/// is said in words too: `isOpen && !isLate` as `已开 且 非 逾期`.
struct ConditionWords {
    private enum Piece {
        case guarded(String)
        case joint(zh: String, en: String)
        case bracket(String)
        case other(String)
    }

    private let language: ChartLanguage

    init(_ language: ChartLanguage) { self.language = language }

    func text(_ condition: String, _ labels: [String: [String: String]]) -> String {
        guard !labels.isEmpty else { return condition }
        var rest = Array(condition)[...]
        var pieces: [Piece] = []
        var isPlain = true
        var text = ""
        while !rest.isEmpty {
            let (piece, raw) = next(&rest, labels, after: text.last)
            if case .guarded(let label) = piece { text += label } else { text += raw }
            if case .other = piece, raw != " " { isPlain = false }
            pieces.append(piece)
        }
        return isPlain ? words(pieces) : text
    }

    /// The next piece, and what of the condition it stands for.
    private func next(
        _ rest: inout ArraySlice<Character>, _ labels: [String: [String: String]], after last: Character?
    ) -> (Piece, String) {
        func take(_ count: Int) -> String {
            defer { rest = rest.dropFirst(count) }
            return String(rest.prefix(count))
        }
        guard let first = rest.first else { return (.other(""), "") }
        if first == "'" || first == "\"" { return other(take(quotedLength(rest))) }
        if isNamePart(first) {
            let name = take(rest.prefix(while: isNamePart).count)
            guard last != ".", rest.first != "(", rest.first != ".", let label = labels[name].flatMap(language.label)
            else { return other(name) }
            return (.guarded(label), name)
        }
        if rest.starts(with: "&&") { return (.joint(zh: "且", en: "and"), take(2)) }
        if rest.starts(with: "||") { return (.joint(zh: "或", en: "or"), take(2)) }
        if first == "!", rest.dropFirst().first != "=" { return (.joint(zh: "非", en: "not"), take(1)) }
        if first == "(" || first == ")" { return (.bracket(String(first)), take(1)) }
        return other(take(1))
    }

    private func other(_ text: String) -> (Piece, String) { (.other(text), text) }

    private func isNamePart(_ character: Character) -> Bool {
        character == "_" || (character.isASCII && (character.isLetter || character.isNumber))
    }

    /// Up to and with the closing quote.
    private func quotedLength(_ rest: ArraySlice<Character>) -> Int {
        var length = 1
        var isEscaped = false
        for character in rest.dropFirst() {
            length += 1
            if !isEscaped, character == rest.first { break }
            isEscaped = !isEscaped && character == "\\"
        }
        return length
    }

    private func words(_ pieces: [Piece]) -> String {
        var text = ""
        for piece in pieces {
            switch piece {
            case .guarded(let label): text += label
            case .bracket("("): text += "("
            case .bracket(let close):
                text = text.last == " " ? String(text.dropLast()) : text
                text += close
            case .joint(let zh, let en):
                if let last = text.last, last != " ", last != "(" { text += " " }
                text += (language == .zh ? zh : en) + " "
            case .other: break
            }
        }
        return text
    }
}
