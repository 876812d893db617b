/// Comma-separated values (RFC 4180): quoted fields, doubled quotes, any line ending, a byte order mark.
struct CSV: Equatable {
    struct Row: Equatable {
        /// Number of the line in the file where the row begins, the header's being 1.
        var line: Int
        var cells: [String]
    }

    var header: [String]
    var rows: [Row]

    init(parsing text: String) throws(Failure) {
        var reader = Reader(text)
        guard let first = try reader.next() else { throw .usage("文件是空的", "the file is empty") }
        header = first.cells.map { $0.trimmingBlanks() }
        rows = []
        while let row = try reader.next() { rows.append(row) }
    }

    /// Positions of the named columns, in the order asked for.
    func columns(_ names: [String]) throws(Failure) -> [Int] {
        var result: [Int] = []
        for name in names {
            guard let index = header.firstIndex(of: name) else {
                throw .usage("缺少“\(name)”列", "there is no column “\(name)”")
            }
            result.append(index)
        }
        return result
    }

    private struct Reader {
        private var rest: Substring.UnicodeScalarView
        private var line = 1

        init(_ text: String) {
            rest = text.unicodeScalars[...]
            if rest.first == "\u{feff}" { rest.removeFirst() }
        }

        mutating func next() throws(Failure) -> Row? {
            guard !rest.isEmpty else { return nil }
            var row = Row(line: line, cells: [])
            while true {
                row.cells.append(rest.first == "\"" ? try quoted(from: row.line) : plain())
                guard let end = rest.popFirst() else { return row }
                switch end {
                case ",": continue
                case "\r":
                    if rest.first == "\n" { rest.removeFirst() }
                    fallthrough
                case "\n":
                    line += 1
                    return row
                default:
                    throw .usage("第 \(line) 行引号后有多余字符", "line \(line): characters after the closing quote")
                }
            }
        }

        private mutating func plain() -> String {
            let end = rest.firstIndex { $0 == "," || $0 == "\n" || $0 == "\r" } ?? rest.endIndex
            defer { rest = rest[end...] }
            return String(rest[..<end])
        }

        private mutating func quoted(from begin: Int) throws(Failure) -> String {
            rest.removeFirst()
            var cell = String.UnicodeScalarView()
            while let scalar = rest.popFirst() {
                if scalar == "\n" { line += 1 }
                if scalar != "\"" {
                    cell.append(scalar)
                } else if rest.first == "\"" {
                    cell.append(scalar)
                    rest.removeFirst()
                } else {
                    return String(cell)
                }
            }
            throw .usage("第 \(begin) 行的引号没有结束", "line \(begin): a quote is not closed")
        }
    }
}

extension String {
    func trimmingBlanks() -> String {
        var view = self[...]
        while let first = view.first, first.isWhitespace { view.removeFirst() }
        while let last = view.last, last.isWhitespace { view.removeLast() }
        return String(view)
    }
}
