import Statechart

@testable import ChartFiles

/// An SVG as it was written, read back and held against the layout that `DiagramGeometry` judges: what holds of the
/// layout then holds of the file that people open.
struct WrittenPicture {
    typealias Point = DiagramLayout.Point
    typealias Rect = DiagramLayout.Rect

    struct Text: Hashable {
        var place: Point
        var words: String
        var style: String
    }

    struct Drawn: Hashable {
        var frame: Rect
        var isLit: Bool
    }

    private let page: DiagramPage
    private let elements: [XMLElement]
    private var model: DiagramModel { page.layout.model }

    init(_ svg: String, of page: DiagramPage) throws {
        self.page = page
        elements = WrittenPicture.flat(try XMLReader.read(svg))
    }

    private static func flat(_ element: XMLElement) -> [XMLElement] {
        [element] + element.children.flatMap(flat)
    }

    /// The chart itself, without the legend below it.
    private func elements(_ name: String, _ number: String) -> [XMLElement] {
        elements.filter { $0.name == name && (WrittenPicture.number($0, number) ?? 0) < page.ruleY }
    }

    private static func number(_ element: XMLElement, _ name: String) -> Int? {
        element.attributes[name].flatMap { Int($0) }
    }

    private static func classes(_ element: XMLElement) -> [Substring] {
        (element.attributes["class"] ?? "").split(separator: " ")
    }

    /// - Returns: what is drawn otherwise than laid out, a sentence each.
    /// - Parameter active: the states that must be lit, and no others.
    func faults(active: Set<Int>) -> [String] {
        boxFaults(active) + textFaults(active) + separatorFaults() + lineFaults()
    }

    /// How each kind of thing differs, if it does.
    private func compare<Thing: Hashable>(_ what: String, _ written: [Thing], _ wanted: [Thing]) -> [String] {
        func counts(_ things: [Thing]) -> [Thing: Int] { things.reduce(into: [:]) { $0[$1, default: 0] += 1 } }
        let (found, expected) = (counts(written), counts(wanted))
        let missing = expected.filter { found[$0.key] != $0.value }.map { "\(what) is missing: \($0.key)" }
        return missing + found.filter { expected[$0.key] == nil }.map { "\(what) nobody laid out: \($0.key)" }
    }

    // MARK: - Boxes

    private func boxFaults(_ active: Set<Int>) -> [String] {
        let rectangles = elements("rect", "y").filter { WrittenPicture.classes($0) != ["paper"] }
        let inner = rectangles.filter { WrittenPicture.classes($0).contains("in") }
        let written = rectangles.filter { !WrittenPicture.classes($0).contains("in") }.map(drawn)
        let wanted = model.nodes.indices.dropFirst().filter { model.nodes[$0].shape != .initial }
        let frames = wanted.map { node in
            Drawn(frame: page.layout.boxes[node].frame, isLit: model.nodes[node].state.map(active.contains) ?? false)
        }
        // A final state has two borders.
        let finals = wanted.filter { model.nodes[$0].shape == .final }.map { node in
            let frame = page.layout.boxes[node].frame
            let inside = Rect(x: frame.x + 4, y: frame.y + 4, width: frame.width - 8, height: frame.height - 8)
            return Drawn(frame: inside, isLit: model.nodes[node].state.map(active.contains) ?? false)
        }
        let dots = elements("circle", "cy").map { circle in
            Point(x: WrittenPicture.number(circle, "cx") ?? -1, y: WrittenPicture.number(circle, "cy") ?? -1)
        }
        let middles = model.nodes.indices.filter { model.nodes[$0].shape == .initial }.map { node in
            let frame = page.layout.boxes[node].frame
            return Point(x: frame.x + frame.width / 2, y: frame.y + frame.height / 2)
        }
        return compare("a box", written, frames) + compare("an inner border", inner.map(drawn), finals)
            + compare("a dot", dots, middles)
    }

    private func drawn(_ element: XMLElement) -> Drawn {
        func number(_ name: String) -> Int { WrittenPicture.number(element, name) ?? -1 }
        let frame = Rect(x: number("x"), y: number("y"), width: number("width"), height: number("height"))
        return Drawn(frame: frame, isLit: WrittenPicture.classes(element).contains("on"))
    }

    // MARK: - Texts

    private func textFaults(_ active: Set<Int>) -> [String] {
        let written = elements("text", "y").filter { WrittenPicture.classes($0) != ["hi"] }.map { element in
            let place = Point(
                x: WrittenPicture.number(element, "x") ?? -1, y: WrittenPicture.number(element, "y") ?? -1)
            return Text(place: place, words: element.text, style: element.attributes["class"] ?? "")
        }
        var wanted = texts(page.title, at: page.titleOrigin)
        for node in model.nodes.indices.dropFirst() {
            let isLit = model.nodes[node].children.isEmpty && model.nodes[node].state.map(active.contains) ?? false
            wanted += texts(model.nodes[node].content, at: page.layout.boxes[node].text, isLit: isLit)
        }
        for label in page.layout.labels {
            wanted += texts(model.edges[label.edge].label, at: Point(x: label.frame.x, y: label.frame.y))
        }
        return compare("a text", written, wanted)
    }

    private func texts(_ block: TextBlock, at origin: Point, isLit: Bool = false) -> [Text] {
        block.lines.map { line in
            Text(
                place: Point(x: origin.x + line.textX, y: origin.y + line.baseline), words: line.text,
                style: line.style.rawValue + (isLit ? " lit" : ""))
        }
    }

    // MARK: - Separators and lines

    private func paths(_ name: String) -> [[Point]] {
        elements.filter { $0.name == "path" && WrittenPicture.classes($0).contains(Substring(name)) }
            .map { WrittenPicture.corners($0.attributes["d"] ?? "") }
            .filter { ($0.first?.y ?? .max) < page.ruleY }
    }

    private func separatorFaults() -> [String] {
        let sheet = elements.first { $0.name == "style" }?.text ?? ""
        let rule = sheet.split(separator: "\n").first { $0.hasPrefix(".sep {") } ?? ""
        let isDashed = rule.contains("stroke-dasharray: 6 5") && sheet.contains("\n.sep, .rule { stroke: #")
        let wanted = page.layout.separators.map { [$0.0, $0.1] }
        return compare("a separator", paths("sep"), wanted) + (isDashed ? [] : ["separators are not dashed"])
    }

    /// Each line is drawn along its corners, up to where another one to the same state goes on for it.
    private func lineFaults() -> [String] {
        let written = paths("ln")
        let lines = page.layout.lines
        guard written.count == lines.count else { return ["\(written.count) lines of \(lines.count)"] }
        let heads = Set(paths("ar").compactMap(\.first))
        var parts: [Int: [Rect]] = [:]
        for (corners, line) in zip(written, lines) {
            parts[model.edges[line.edge].target, default: []] += zip(corners, corners.dropFirst()).map(Rect.init)
        }
        return zip(written, lines).flatMap { corners, line -> [String] in
            guard corners.count > 1, line.points.starts(with: corners), let end = line.points.last else {
                return ["edge \(line.edge) is drawn along \(corners)"]
            }
            let others = parts[model.edges[line.edge].target] ?? []
            let rest = line.points.dropFirst(corners.count - 1)
            let isWhole = zip(rest, rest.dropFirst()).allSatisfy { part in
                others.contains { $0.contains(Rect(from: part.0, to: part.1)) }
            }
            return (isWhole ? [] : ["edge \(line.edge) breaks off"])
                + (heads.contains(end) ? [] : ["edge \(line.edge) has no arrow at its end"])
        }
    }

    /// Corners of a path of straight parts; a rounded one stands where it would be if it were not.
    private static func corners(_ path: String) -> [Point] {
        var corners: [Point] = []
        for part in path.split(whereSeparator: \.isLetter) {
            let numbers = part.split(separator: " ").compactMap { Int($0) }
            guard numbers.count >= 2 else { return [] }
            // Where a bow begins is no corner.
            if !corners.isEmpty, path[part.endIndex...].first == "Q" { continue }
            corners.append(Point(x: numbers[0], y: numbers[1]))
        }
        return corners
    }
}
