import Foundation

/// Swift source with comments and the content of strings blanked out, so that braces and words can be counted. Lines
/// stay where they are.
struct SwiftText {
    struct Function: Equatable {
        var name: String
        /// From 1.
        var line: Int
        /// From the line of `func` to that of its closing brace.
        var length: Int
    }

    let lines: [String]

    init(_ source: String) { lines = String(SwiftText.blank(Array(source))).components(separatedBy: "\n") }

    /// Every `func` and `init` with a body; a function inside another counts for itself too.
    var functions: [Function] {
        var result: [Function] = []
        for (offset, text) in lines.enumerated() {
            for word in ["func ", "init(", "init?(", "init<"] where SwiftText.begins(word, in: text) {
                if let length = length(fromLine: offset) {
                    let name = text.drop { $0 == " " }.prefix(60)
                    result.append(Function(name: String(name), line: offset + 1, length: length))
                }
                break
            }
        }
        return result
    }

    private static func begins(_ word: String, in line: String) -> Bool {
        guard let range = line.range(of: word) else { return false }
        let head = line[..<range.lowerBound]
        guard head.allSatisfy({ $0.isLetter || " @()_".contains($0) }) else { return false }
        // `self.init(…)` and `.init(…)` are calls; a declaration has nothing but modifiers before it.
        return head.last.map { $0 == " " } ?? true
    }

    /// Lines up to the brace that closes the body; nil for a requirement of a protocol, which has none.
    private func length(fromLine first: Int) -> Int? {
        var depth = 0
        var parentheses = 0
        for (offset, text) in lines[first...].enumerated() {
            for character in text {
                switch character {
                case "(": parentheses += 1
                case ")": parentheses -= 1
                case "{": depth += 1
                case "}":
                    depth -= 1
                    if depth == 0, parentheses == 0 { return offset + 1 }
                    if depth < 0 { return nil }
                default: break
                }
            }
            let isOver = depth == 0 && parentheses == 0 && !SwiftText.continues(text, next: first + offset + 1, lines)
            if isOver { return nil }
        }
        return nil
    }

    /// A signature goes on when its line ends in the middle or the next one begins with what belongs to it.
    private static func continues(_ text: String, next: Int, _ lines: [String]) -> Bool {
        guard next < lines.count else { return false }
        let following = lines[next].drop { $0 == " " }
        return ["->", "throws", "async", "where", "{", ")"].contains { following.hasPrefix($0) } || text.hasSuffix("->")
    }

    // MARK: - Blanking

    private enum Mode {
        case code, lineComment, string(hashes: Int, isLong: Bool)
        case blockComment(depth: Int)
    }

    private static func blank(_ source: [Character]) -> [Character] {
        var result = source
        var mode = Mode.code
        var index = 0
        while index < source.count {
            let length: Int
            switch mode {
            case .code: (mode, length) = enter(source, index)
            case .lineComment:
                if source[index] == "\n" { mode = .code }
                length = 1
            case .blockComment(let depth):
                (mode, length) = insideComment(source, index, depth)
            case .string(let hashes, let isLong):
                (mode, length) = insideString(source, index, hashes, isLong)
            }
            if case .code = mode {} else { erase(&result, index, length) }
            index += length
        }
        return result
    }

    private static func erase(_ text: inout [Character], _ index: Int, _ length: Int) {
        for place in index..<min(index + length, text.count) where text[place] != "\n" { text[place] = " " }
    }

    private static func matches(_ source: [Character], _ index: Int, _ word: String) -> Bool {
        index + word.count <= source.count && source[index..<(index + word.count)].elementsEqual(word)
    }

    private static func enter(_ source: [Character], _ index: Int) -> (Mode, Int) {
        if matches(source, index, "//") { return (.lineComment, 2) }
        if matches(source, index, "/*") { return (.blockComment(depth: 1), 2) }
        var hashes = 0
        while index + hashes < source.count, source[index + hashes] == "#" { hashes += 1 }
        guard index + hashes < source.count, source[index + hashes] == "\"" else { return (.code, max(1, hashes)) }
        let isLong = matches(source, index + hashes, "\"\"\"")
        return (.string(hashes: hashes, isLong: isLong), hashes + (isLong ? 3 : 1))
    }

    private static func insideComment(_ source: [Character], _ index: Int, _ depth: Int) -> (Mode, Int) {
        if matches(source, index, "/*") { return (.blockComment(depth: depth + 1), 2) }
        guard matches(source, index, "*/") else { return (.blockComment(depth: depth), 1) }
        return depth == 1 ? (.code, 2) : (.blockComment(depth: depth - 1), 2)
    }

    /// An interpolation is skipped with the string; its parentheses balance, so that nothing is lost.
    private static func insideString(
        _ source: [Character], _ index: Int, _ hashes: Int, _ isLong: Bool
    ) -> (Mode, Int) {
        let marks = String(repeating: "#", count: hashes)
        if matches(source, index, "\\" + marks + "(") {
            return (.string(hashes: hashes, isLong: isLong), interpolation(source, index + 2 + hashes) - index)
        }
        if source[index] == "\\", hashes == 0 { return (.string(hashes: hashes, isLong: isLong), 2) }
        let end = (isLong ? "\"\"\"" : "\"") + marks
        if matches(source, index, end) { return (.code, end.count) }
        return (.string(hashes: hashes, isLong: isLong), 1)
    }

    /// The index after the parenthesis that closes an interpolation beginning at `index`.
    private static func interpolation(_ source: [Character], _ start: Int) -> Int {
        var index = start
        var depth = 1
        var mode = Mode.code
        while index < source.count, depth > 0 {
            let length: Int
            switch mode {
            case .code:
                if source[index] == "(" { depth += 1 }
                if source[index] == ")" { depth -= 1 }
                (mode, length) = enter(source, index)
            case .string(let hashes, let isLong): (mode, length) = insideString(source, index, hashes, isLong)
            case .lineComment, .blockComment: (mode, length) = (.code, 1)
            }
            index += length
        }
        return index
    }
}
