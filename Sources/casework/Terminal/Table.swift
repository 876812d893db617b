/// A table that fits the terminal: columns are as wide as their longest cell, and the elastic ones give way when the
/// line would be longer than the terminal is wide.
struct Table {
    struct Column {
        var title: String
        var isRight = false
        /// May be cut with … when the terminal is narrow.
        var isElastic = false
    }

    var columns: [Column]
    var rows: [[String]] = []

    /// Narrowest an elastic column gets: below that the line rather wraps.
    static let narrowest = 8
    private static let gap = 2

    /// - Parameter width: columns of the terminal, or nil when the output is not one: then nothing is cut.
    func lines(width: Int?, style: Style) -> [String] {
        var widths = columns.indices.map { index in
            max(TextWidth.of(columns[index].title), rows.map { TextWidth.of($0[index]) }.max() ?? 0)
        }
        if let width { shrink(&widths, to: width) }
        let head = style.bold(line(columns.map(\.title), widths))
        return [head] + rows.map { line($0, widths) }
    }

    private func shrink(_ widths: inout [Int], to width: Int) {
        var excess = widths.reduce(0, +) + Table.gap * (widths.count - 1) - width
        while excess > 0 {
            let elastic = columns.indices.filter { columns[$0].isElastic && widths[$0] > Table.narrowest }
            guard let widest = elastic.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
            excess -= 1
        }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = cells.indices.map { index in
            let text = TextWidth.fit(cells[index], columns: widths[index])
            return TextWidth.pad(text, columns: widths[index], right: columns[index].isRight)
        }
        let joined = padded.joined(separator: String(repeating: " ", count: Table.gap))
        return String(joined.reversed().drop { $0 == " " }.reversed())
    }
}
