public import Statechart

/// A chart as a laid-out picture.
///
/// The same chart, language, theme and active states give the same bytes.
///
/// - Parameter active: indices of all active states, as `Interpreter.configuration` gives them; they are lit.
/// - Throws: `DiagramError.Code.tooLarge`.
public func svgText(
    _ definition: Definition, active: Set<Int> = [], language: ChartLanguage, theme: DiagramTheme = .auto
) throws(DiagramError) -> String {
    let page = try DiagramPage(definition, active: active, language: language)
    var writer = SVGWriter(page, definition, language)
    return writer.write(theme)
}

struct SVGWriter {
    private typealias Point = ContainerLayout.Point

    private let page: DiagramPage
    private let definition: Definition
    private let language: ChartLanguage
    private var out = ""
    private var model: DiagramModel { page.layout.model }

    init(_ page: DiagramPage, _ definition: Definition, _ language: ChartLanguage) {
        self.page = page
        self.definition = definition
        self.language = language
    }

    mutating func write(_ theme: DiagramTheme) -> String {
        out = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(page.width)" height="\(page.height)" \
            viewBox="0 0 \(page.width) \(page.height)" role="img" aria-labelledby="title desc" \
            lang="\(language == .zh ? "zh-CN" : "en")">
            <title id="title">\(SVGWriter.escaped(language.label(definition.label) ?? definition.name))</title>
            <desc id="desc">\(SVGWriter.escaped(description))</desc>
            <style>
            \(DiagramStyle.sheet(theme))</style>
            <rect class="paper" width="\(page.width)" height="\(page.height)"/>

            """
        writeBlock(page.title, at: page.titleOrigin)
        writeContainers()
        writeSeparators()
        writeLines()
        writeBoxes()
        for label in page.layout.labels {
            writeBlock(model.edges[label.edge].label, at: Point(x: label.frame.x, y: label.frame.y))
        }
        writeLegend()
        return out + "</svg>\n"
    }

    private var description: String {
        let (states, transitions) = (definition.states.count, definition.transitions.count)
        let active = model.nodes.filter { $0.isActive && $0.children.isEmpty }.compactMap { node in
            node.state.map { language.label(definition.states[$0].label) ?? definition.states[$0].path }
        }
        let words = model.words
        let lit = active.isEmpty ? "" : words.pick("；当前：", "; active: ") + active.joined(separator: ", ")
        return words.pick("\(states) 个状态，\(transitions) 条转换", "\(states) states, \(transitions) transitions") + lit
    }

    // MARK: - Boxes

    /// Boxes around others first, the outer ones under the inner ones.
    private mutating func writeContainers() {
        for node in model.nodes.indices.dropFirst() where !model.nodes[node].children.isEmpty {
            let item = model.nodes[node]
            let frame = page.layout.boxes[node].frame
            let kind = item.shape == .region ? region(node) : "con c\((item.depth - 1) % 3)"
            openGroup(item)
            writeRectangle(frame, kind + (item.isActive ? " on" : ""), radius: item.shape == .region ? 8 : 12)
            out += "</g>\n"
        }
    }

    /// A region has no border of its own, unless arrows begin or end there, or separators.
    private func region(_ node: Int) -> String {
        let isSeen = model.edges.contains { $0.source == node || $0.target == node } || model.nodes[node].holdsRegions
        return isSeen ? "con c\(model.nodes[node].depth % 3)" : "reg"
    }

    private mutating func openGroup(_ item: DiagramModel.Node) {
        out += item.tooltip.isEmpty ? "<g>\n" : "<g><title>\(SVGWriter.escaped(item.tooltip))</title>\n"
    }

    private mutating func writeRectangle(_ frame: DiagramLayout.Rect, _ name: String, radius: Int, inset: Int = 0) {
        out += """
            <rect class="\(name)" x="\(frame.x + inset)" y="\(frame.y + inset)" \
            width="\(frame.width - 2 * inset)" height="\(frame.height - 2 * inset)" rx="\(radius - inset)"/>

            """
    }

    private mutating func writeBoxes() {
        for node in model.nodes.indices.dropFirst() {
            let item = model.nodes[node]
            let box = page.layout.boxes[node]
            let lit = item.isActive && item.children.isEmpty
            if item.children.isEmpty { writeLeaf(item, box.frame) }
            writeBlock(item.content, at: box.text, isLit: lit)
            if item.children.isEmpty { out += "</g>\n" }
        }
    }

    private mutating func writeLeaf(_ item: DiagramModel.Node, _ frame: DiagramLayout.Rect) {
        openGroup(item)
        let on = item.isActive ? " on" : ""
        let center = Point(x: frame.x + frame.width / 2, y: frame.y + frame.height / 2)
        switch item.shape {
        case .initial: writeCircle("dot", center, radius: 6)
        case .history(let isDeep):
            writeRectangle(frame, "box", radius: frame.height / 2)
            out += "<text class=\"hi\" x=\"\(center.x)\" y=\"\(center.y + 4)\">\(isDeep ? "H*" : "H")</text>\n"
        case .final:
            writeRectangle(frame, "box" + on, radius: 16)
            writeRectangle(frame, "in" + on, radius: 16, inset: 4)
        case .region: writeRectangle(frame, region(DiagramModel.node(of: item.state ?? 0)) + on, radius: 8)
        default: writeRectangle(frame, "box" + on, radius: 9)
        }
    }

    private mutating func writeCircle(_ name: String, _ center: Point, radius: Int) {
        out += "<circle class=\"\(name)\" cx=\"\(center.x)\" cy=\"\(center.y)\" r=\"\(radius)\"/>\n"
    }

    private mutating func writeSeparators() {
        for (from, to) in page.layout.separators {
            out += "<path class=\"sep\" d=\"M\(from.x) \(from.y)L\(to.x) \(to.y)\"/>\n"
        }
    }

    // MARK: - Lines

    private mutating func writeLines() {
        var drawn: [Int: [Part]] = [:]
        for line in page.layout.lines where line.points.count > 1 {
            let edge = model.edges[line.edge]
            let parts = zip(line.points, line.points.dropFirst()).map { Part(from: $0, to: $1) }
            // What another line to the same state has drawn is not drawn again: it would look bolder.
            let known = drawn[edge.target] ?? []
            let shared = parts.reversed().prefix { part in known.contains { $0.covers(part) } }.count
            drawn[edge.target, default: []] += parts.dropLast(shared)
            out += "<g>"
            if !edge.tooltip.isEmpty { out += "<title>\(SVGWriter.escaped(edge.tooltip))</title>" }
            let own = line.points.count - shared
            out += "<path class=\"ln\" d=\"\(SVGWriter.path(line.points, count: own))\"/>"
            if shared == 0 { out += "<path class=\"ar\" d=\"\(SVGWriter.head(line.points))\"/>" }
            out += "</g>\n"
        }
    }

    /// A straight part of a line.
    private struct Part {
        var from: Point
        var to: Point

        /// The other lies in this one.
        func covers(_ other: Part) -> Bool {
            let isColumn = from.x == to.x && other.from.x == from.x && other.to.x == from.x
            let isRow = from.y == to.y && other.from.y == from.y && other.to.y == from.y
            guard isColumn || isRow else { return false }
            return Part.covers(from.x, to.x, other.from.x, other.to.x)
                && Part.covers(from.y, to.y, other.from.y, other.to.y)
        }

        private static func covers(_ a: Int, _ b: Int, _ c: Int, _ d: Int) -> Bool {
            min(a, b) <= min(c, d) && max(c, d) <= max(a, b)
        }
    }

    /// Corners are rounded as far as the parts beside them allow.
    ///
    /// - Parameter count: how many corners are drawn; the line ends in the last one, turned into the next part.
    private static func path(_ points: [ContainerLayout.Point], count: Int) -> String {
        var path = "M\(points[0].x) \(points[0].y)"
        for index in points.indices[1..<min(points.count, max(2, count))] {
            let (point, before) = (points[index], points[index - 1])
            guard index + 1 < points.count else {
                path += "L\(point.x) \(point.y)"
                break
            }
            let after = points[index + 1]
            let radius = min(DiagramMetrics.corner, length(before, point) / 2, length(point, after) / 2)
            let (a, b) = (toward(before, from: point, by: radius), toward(after, from: point, by: radius))
            path += "L\(a.x) \(a.y)Q\(point.x) \(point.y) \(b.x) \(b.y)"
        }
        return path
    }

    private static func length(_ a: ContainerLayout.Point, _ b: ContainerLayout.Point) -> Int {
        abs(a.x - b.x) + abs(a.y - b.y)
    }

    private static func toward(
        _ end: ContainerLayout.Point, from start: ContainerLayout.Point, by distance: Int
    ) -> ContainerLayout.Point {
        .init(
            x: start.x + (end.x - start.x).signum() * distance, y: start.y + (end.y - start.y).signum() * distance)
    }

    private static func head(_ points: [ContainerLayout.Point]) -> String {
        let (end, before) = (points[points.count - 1], points[points.count - 2])
        let (x, y) = ((end.x - before.x).signum(), (end.y - before.y).signum())
        let length = DiagramMetrics.arrow
        let base = ContainerLayout.Point(x: end.x - x * length, y: end.y - y * length)
        return "M\(end.x) \(end.y)L\(base.x - y * 4) \(base.y - x * 4)L\(base.x + y * 4) \(base.y + x * 4)Z"
    }

    // MARK: - Text

    private mutating func writeBlock(_ block: TextBlock, at origin: ContainerLayout.Point, isLit: Bool = false) {
        for line in block.lines {
            if let icon = line.icon {
                writeIcon(icon, Point(x: origin.x + line.x, y: origin.y + line.baseline - line.style.size + 1))
            }
            let place = Point(x: origin.x + line.textX, y: origin.y + line.baseline)
            writeText(line.text, line.style, place, width: line.width, isLit: isLit)
        }
    }

    private mutating func writeText(
        _ text: String, _ style: TextStyle, _ place: ContainerLayout.Point, width: Int, isLit: Bool = false
    ) {
        let length = TextMetrics.isCertain(text) ? "" : " textLength=\"\(width)\" lengthAdjust=\"spacingAndGlyphs\""
        let name = style.rawValue + (isLit ? " lit" : "")
        out += """
            <text class="\(name)" x="\(place.x)" y="\(place.y)"\(length)>\(SVGWriter.escaped(text))</text>

            """
    }

    /// - Parameter origin: upper left corner of a square of 12.
    private mutating func writeIcon(_ icon: DiagramIcon, _ origin: ContainerLayout.Point) {
        let name = icon == .settled ? "ic ok" : "ic"
        let path =
            switch icon {
            case .clock: "M11 6a5 5 0 1 1-10 0a5 5 0 1 1 10 0M6 3.2V6L8 7.2"
            case .task: "M1.5 1.5h9v9h-9zM3.6 6L5.4 7.8L8.6 4.2"
            case .job:
                "M8.2 6a2.2 2.2 0 1 1-4.4 0a2.2 2.2 0 1 1 4.4 0M6 1V3M6 9V11M1 6H3M9 6H11M2.5 2.5L3.9 3.9"
                    + "M8.1 8.1L9.5 9.5M9.5 2.5L8.1 3.9M3.9 8.1L2.5 9.5"
            case .person: "M8 3.6a2 2 0 1 1-4 0a2 2 0 1 1 4 0M2 11c0-5 8-5 8 0"
            case .loop: "M10 4.5a4.4 4.4 0 1 0 .4 3M10.4 1.6V4.6H7.4"
            case .settled: "M11 6a5 5 0 1 1-10 0a5 5 0 1 1 10 0M3.8 6L5.4 7.6L8.3 4.6"
            }
        out += "<path class=\"\(name)\" transform=\"translate(\(origin.x) \(origin.y))\" d=\"\(path)\"/>\n"
    }

    /// Text as XML content or attribute: nothing in it can end the place it stands in. Characters XML does not allow
    /// are left out.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&apos;"
            case "\n": result += "\n"
            default:
                guard scalar.value >= 0x20, scalar.value != 0xfffe, scalar.value != 0xffff else { continue }
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    // MARK: - Legend

    private mutating func writeLegend() {
        let (left, right) = (DiagramMetrics.margin, page.width - DiagramMetrics.margin)
        out += "<path class=\"rule\" opacity=\".4\" d=\"M\(left) \(page.ruleY)H\(right)\"/>\n"
        for sign in page.signs {
            writeSymbol(sign.symbol, sign.origin)
            let place = Point(x: sign.origin.x + DiagramPage.signGap, y: sign.origin.y + 14)
            writeText(sign.text, .detail, place, width: sign.width)
        }
    }

    private mutating func writeSymbol(_ symbol: DiagramPage.Sign.Symbol, _ origin: ContainerLayout.Point) {
        let icon = Point(x: origin.x + 8, y: origin.y + 4)
        let frame = DiagramLayout.Rect(x: origin.x, y: origin.y + 2, width: 26, height: 16)
        switch symbol {
        case .initial: writeCircle("dot", Point(x: origin.x + 14, y: origin.y + 10), radius: 5)
        case .final:
            writeRectangle(frame, "box", radius: 7)
            writeRectangle(frame, "in", radius: 7, inset: 3)
        case .active: writeRectangle(frame, "box on", radius: 5)
        case .region: out += "<path class=\"sep\" d=\"M\(origin.x) \(origin.y + 10)h26\"/>\n"
        case .history:
            writeRectangle(frame, "box", radius: 8)
            out += "<text class=\"hi\" x=\"\(origin.x + 14)\" y=\"\(origin.y + 14)\">H</text>\n"
        case .condition: writeText("[…]", .condition, Point(x: origin.x + 4, y: origin.y + 14), width: 20)
        case .settled: writeIcon(.settled, icon)
        case .clock: writeIcon(.clock, icon)
        case .task: writeIcon(.task, icon)
        case .job: writeIcon(.job, icon)
        case .person: writeIcon(.person, icon)
        }
    }
}
