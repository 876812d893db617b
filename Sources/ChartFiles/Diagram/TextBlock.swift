/// A small drawn sign before a line of text.
enum DiagramIcon: String, CaseIterable {
    case clock, task, job, person, loop, settled
}

/// Lines of text with a place each, measured from the block's upper left corner. Pixels.
struct TextBlock: Equatable {
    struct Line: Equatable {
        var icon: DiagramIcon?
        var text: String
        var style: TextStyle
        /// Left edge of the sign, or of the text when there is none.
        var x: Int
        var baseline: Int
        /// Of the text alone.
        var width: Int

        var textX: Int { x + (icon == nil ? 0 : TextBlock.iconWidth) }
        var top: Int { baseline - style.ascent }
    }

    static let iconWidth = 16

    private(set) var lines: [Line] = []
    private(set) var width = 0
    private(set) var height = 0

    var isEmpty: Bool { lines.isEmpty }

    /// Adds a text, wrapped so that no line is wider than `wrap` with its sign.
    mutating func add(_ text: String, _ style: TextStyle, icon: DiagramIcon? = nil, indent: Int = 0, wrap: Int) {
        let inset = indent + (icon == nil ? 0 : TextBlock.iconWidth)
        for (offset, part) in TextWrap.lines(text, style, width: wrap - inset).enumerated() {
            let line = Line(
                icon: offset == 0 ? icon : nil, text: part, style: style, x: offset == 0 ? indent : inset,
                baseline: height + style.ascent, width: TextMetrics.width(part, style))
            lines.append(line)
            width = max(width, line.textX + line.width)
            height += style.lineHeight
        }
    }

    mutating func addGap(_ pixels: Int) { if !isEmpty { height += pixels } }

    /// Moves every line to the middle of `total` pixels.
    mutating func center(in total: Int) {
        for index in lines.indices {
            let line = lines[index]
            lines[index].x = (total - (line.textX - line.x) - line.width) / 2
        }
        width = total
    }
}
