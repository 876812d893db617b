/// The handlers a Swift source declares, however it breaks its lines: functions of one `Decision`.
///
/// No compiler: it knows comments, texts and brackets, and the words of a function's head.
struct SwiftHandlers {
    private(set) var guards: Set<String> = []
    private(set) var actions: Set<String> = []
    private let tokens: [Substring]

    private struct Decision {
        var isInOut: Bool
    }

    init(reading source: String) {
        tokens = SwiftTokens(source).all
        for index in tokens.indices where tokens[index] == "func" { readFunction(at: index) }
    }

    private func token(_ index: Int) -> Substring { index < tokens.count ? tokens[index] : "" }

    private mutating func readFunction(at keyword: Int) {
        guard !isHidden(keyword) else { return }
        let name = String(token(keyword + 1))
        let open = afterBrackets(keyword + 2, "<", ">")
        let end = afterBrackets(open, "(", ")")
        guard end > open, let decision = decision(among: tokens[(open + 1)..<max(open + 1, end - 1)]) else { return }
        if decision.isInOut {
            actions.insert(name)
        } else if answersVerdict(end) {
            guards.insert(name)
        }
    }

    /// What is private, or of the type itself, answers no chart.
    private func isHidden(_ keyword: Int) -> Bool {
        let words: Set<Substring> = [
            "public", "package", "internal", "fileprivate", "private", "static", "class", "final", "override",
            "mutating", "nonmutating", "nonisolated", "isolated", "consuming", "borrowing", "dynamic", "@",
        ]
        var index = keyword - 1
        while index >= 0 {
            let isAttribute = index > 0 && tokens[index - 1] == "@"
            guard isAttribute || words.contains(tokens[index]) else { return false }
            if !isAttribute, ["private", "fileprivate", "static", "class"].contains(tokens[index]) { return true }
            index -= 1
        }
        return false
    }

    /// The token after what stands in brackets here, or this one when it opens none.
    private func afterBrackets(_ start: Int, _ open: Substring, _ close: Substring) -> Int {
        guard token(start) == open else { return start }
        var depth = 0
        for index in start..<tokens.count {
            if tokens[index] == open { depth += 1 }
            if tokens[index] == close { depth -= 1 }
            if depth == 0 { return index + 1 }
        }
        return start
    }

    /// `_ decision: inout Decision<Record>`, whatever its inner name, when it is the only parameter.
    private func decision(among parameters: ArraySlice<Substring>) -> Decision? {
        guard parameters.first == "_", let colon = parameters.firstIndex(of: ":"),
            colon - parameters.startIndex <= 2
        else { return nil }
        var type = parameters[(colon + 1)...]
        let isInOut = type.first == "inout"
        if isInOut { type = type.dropFirst() }
        type = SwiftHandlers.unqualified(type)
        guard type.first == "Decision", type.dropFirst().first == "<" else { return nil }
        let end = afterBrackets(type.startIndex + 1, "<", ">")
        guard parameters.startIndex...parameters.endIndex ~= end else { return nil }
        return parameters[end...].allSatisfy { $0 == "," } ? Decision(isInOut: isInOut) : nil
    }

    /// Without the name of a module before it.
    private static func unqualified(_ type: ArraySlice<Substring>) -> ArraySlice<Substring> {
        type.dropFirst().first == "." ? type.dropFirst(2) : type
    }

    private func answersVerdict(_ start: Int) -> Bool {
        var index = start
        while ["async", "throws", "rethrows"].contains(token(index)) { index = afterBrackets(index + 1, "(", ")") }
        guard token(index) == "->" else { return false }
        return SwiftHandlers.unqualified(tokens[(index + 1)...]).first == "Verdict"
    }
}

/// Words and signs of a Swift source, without its comments and texts.
private struct SwiftTokens {
    private(set) var all: [Substring] = []
    private let bytes: [UInt8]
    private var position = 0

    init(_ source: String) {
        bytes = Array(source.utf8)
        while position < bytes.count { readNext() }
    }

    private func byte(_ offset: Int = 0) -> UInt8 {
        position + offset < bytes.count ? bytes[position + offset] : 0
    }

    private func isAt(_ text: String) -> Bool {
        position < bytes.count && bytes[position...].starts(with: text.utf8)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }

    private mutating func readNext() {
        if isAt("//") {
            while position < bytes.count, byte() != UInt8(ascii: "\n") { position += 1 }
        } else if isAt("/*") {
            skipComment()
        } else if byte() == UInt8(ascii: "\"") || byte() == UInt8(ascii: "#") {
            skipText()
        } else if SwiftTokens.isWord(byte()) {
            let start = position
            while SwiftTokens.isWord(byte()) { position += 1 }
            add(from: start)
        } else if isAt("->") {
            position += 2
            add(from: position - 2)
        } else {
            position += 1
            // Backticks only say that a word is a name.
            let isBlank = bytes[position - 1] <= 0x20 || bytes[position - 1] == UInt8(ascii: "`")
            if !isBlank { add(from: position - 1) }
        }
    }

    private mutating func add(from start: Int) {
        all.append(Substring(String(decoding: bytes[start..<position], as: UTF8.self)))
    }

    /// Comments may hold comments.
    private mutating func skipComment() {
        var depth = 0
        repeat {
            if isAt("/*") {
                depth += 1
                position += 2
            } else if isAt("*/") {
                depth -= 1
                position += 2
            } else {
                position += 1
            }
        } while depth > 0 && position < bytes.count
    }

    /// `"…"`, `"""…"""`, either between signs `#`. What an interpolation holds declares nothing.
    private mutating func skipText() {
        var signs = 0
        while byte() == UInt8(ascii: "#") {
            signs += 1
            position += 1
        }
        guard byte() == UInt8(ascii: "\"") else { return }
        let hashes = String(repeating: "#", count: signs)
        let isLong = isAt("\"\"\"")
        let (end, escape) = ((isLong ? "\"\"\"" : "\"") + hashes, "\\" + hashes)
        position += isLong ? 3 : 1
        while position < bytes.count, !isAt(end) {
            if isAt(escape + "(") {
                position += escape.utf8.count + 1
                skipInterpolation()
            } else if isAt(escape) {
                position += escape.utf8.count + 1
            } else if !isLong, byte() == UInt8(ascii: "\n") {
                // A text without an end: better to go on with the next line than to miss the rest of the file.
                return
            } else {
                position += 1
            }
        }
        position += end.utf8.count
    }

    private mutating func skipInterpolation() {
        var depth = 1
        while position < bytes.count, depth > 0 {
            switch byte() {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth -= 1
            case UInt8(ascii: "\""):
                skipText()
                continue
            case UInt8(ascii: "\n"): return
            default: break
            }
            position += 1
        }
    }
}
