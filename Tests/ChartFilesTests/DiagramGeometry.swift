import Statechart

@testable import ChartFiles

/// What must hold of every picture. Each broken rule is one sentence.
final class DiagramGeometry {
    typealias Rect = DiagramLayout.Rect

    private let page: DiagramPage
    private var layout: DiagramLayout { page.layout }
    private var model: DiagramModel { page.layout.model }
    private(set) var faults: [String] = []

    init(_ page: DiagramPage) {
        self.page = page
        checkBoxes()
        checkTextsOfBoxes()
        checkLabels()
        checkLines()
        checkSeparators()
        checkRegions()
        checkPage()
    }

    private func expect(_ holds: Bool, _ fault: @autoclosure () -> String) {
        if !holds { faults.append(fault()) }
    }

    private func name(_ node: Int) -> String { model.nodes[node].tooltip + "#\(node)" }

    // MARK: - Boxes and their text

    private func checkBoxes() {
        for node in model.nodes.indices {
            let frame = layout.boxes[node].frame
            let children = model.nodes[node].children
            for child in children {
                expect(frame.contains(layout.boxes[child].frame), "\(name(child)) leaves \(name(node))")
            }
            for (offset, first) in children.enumerated() {
                for second in children[(offset + 1)...] {
                    let overlap = layout.boxes[first].frame.overlaps(layout.boxes[second].frame)
                    expect(!overlap, "\(name(first)) overlaps \(name(second))")
                }
            }
        }
    }

    private func textFrames(_ node: Int) -> [Rect] {
        let (box, block) = (layout.boxes[node], model.nodes[node].content)
        return DiagramGeometry.frames(of: block, at: box.text)
    }

    private static func frames(of block: TextBlock, at origin: DiagramLayout.Point) -> [Rect] {
        block.lines.map { line in
            Rect(
                x: origin.x + line.x, y: origin.y + line.top, width: line.textX - line.x + line.width,
                height: line.style.lineHeight)
        }
    }

    private func checkTextsOfBoxes() {
        for node in model.nodes.indices {
            for text in textFrames(node) {
                expect(layout.boxes[node].frame.contains(text, inset: 4), "text of \(name(node)) leaves it")
                for child in model.nodes[node].children where layout.boxes[child].frame.overlaps(text) {
                    faults.append("text of \(name(node)) lies on \(name(child))")
                }
            }
        }
    }

    // MARK: - Labels

    private func checkLabels() {
        let labels = layout.labels
        let labelled = Set(model.edges.indices.filter { !model.edges[$0].label.isEmpty })
        expect(Set(labels.map(\.edge)) == labelled && labels.count == labelled.count, "a label is missing")
        for (offset, label) in labels.enumerated() {
            for text in DiagramGeometry.frames(
                of: model.edges[label.edge].label, at: .init(x: label.frame.x, y: label.frame.y))
            {
                expect(label.frame.contains(text), "text leaves the label of edge \(label.edge)")
            }
            for other in labels[(offset + 1)...] where label.frame.overlaps(other.frame) {
                faults.append("labels of edges \(label.edge) and \(other.edge) overlap")
            }
            let source = model.edges[label.edge].source
            for node in model.nodes.indices where layout.boxes[node].frame.overlaps(label.frame) {
                let holds = node == source || model.isAncestor(node, of: source)
                expect(holds && layout.boxes[node].frame.contains(label.frame), "a label lies on \(name(node))")
                for text in textFrames(node) where text.overlaps(label.frame) {
                    faults.append("a label lies on the text of \(name(node))")
                }
            }
        }
    }

    // MARK: - Lines

    private func checkLines() {
        expect(layout.lines.count == model.edges.count, "a line is missing")
        for line in layout.lines {
            let edge = model.edges[line.edge]
            guard let first = line.points.first, let last = line.points.last, line.points.count > 1 else {
                faults.append("edge \(line.edge) has no line")
                continue
            }
            expect(layout.boxes[edge.source].frame.hasOnBorder(first), "edge \(line.edge) does not begin at its source")
            expect(layout.boxes[edge.target].frame.hasOnBorder(last), "edge \(line.edge) does not end at its target")
            for (a, b) in zip(line.points, line.points.dropFirst()) {
                expect(a.x == b.x || a.y == b.y, "edge \(line.edge) is aslant")
                check(Rect(from: a, to: b), of: edge, line.edge)
            }
        }
    }

    private func check(_ part: Rect, of edge: DiagramModel.Edge, _ index: Int) {
        for node in model.nodes.indices where layout.boxes[node].frame.isCrossed(by: part) {
            let isAround = model.isAncestor(node, of: edge.source) || model.isAncestor(node, of: edge.target)
            let isEnd = node == edge.source || node == edge.target
            let leadsInside =
                model.isAncestor(edge.source, of: edge.target) || model.isAncestor(edge.target, of: edge.source)
            expect(isEnd ? leadsInside : isAround, "edge \(index) runs through \(name(node))")
        }
        for node in model.nodes.indices {
            for text in textFrames(node) where text.isCrossed(by: part) {
                faults.append("edge \(index) runs through the text of \(name(node))")
            }
        }
        for label in layout.labels where label.frame.isCrossed(by: part) {
            faults.append("edge \(index) runs through the label of \(label.edge)")
        }
    }

    /// Straight parts of lines to different states that lie upon each other.
    var coveredParts: [String] {
        var parts: [(Rect, Int)] = []
        for line in layout.lines {
            for (a, b) in zip(line.points, line.points.dropFirst()) {
                parts.append((Rect(from: a, to: b), model.edges[line.edge].target))
            }
        }
        var covered: [String] = []
        for (offset, (a, target)) in parts.enumerated() {
            for (b, other) in parts[(offset + 1)...] where other != target {
                let sameColumn = a.width == 0 && b.width == 0 && a.x == b.x && a.y < b.maxY && b.y < a.maxY
                let sameRow = a.height == 0 && b.height == 0 && a.y == b.y && a.x < b.maxX && b.x < a.maxX
                if sameColumn || sameRow { covered.append("\(name(target)) and \(name(other)) at \(a) and \(b)") }
            }
        }
        return covered
    }

    // MARK: - Separators

    /// One lies between any two regions side by side or one above the other, and none lies on anything.
    private func checkSeparators() {
        let separators = layout.separators.map(Rect.init)
        for node in model.nodes.indices where model.nodes[node].holdsRegions {
            let regions = model.nodes[node].children.filter { model.nodes[$0].shape == .region }
            for (offset, first) in regions.enumerated() {
                for second in regions[(offset + 1)...] {
                    let (a, b) = (layout.boxes[first].frame, layout.boxes[second].frame)
                    expect(separators.contains { $0.parts(a, b) }, "nothing between \(name(first)) and \(name(second))")
                }
            }
        }
        for separator in separators {
            let holders = model.nodes.indices.filter { layout.boxes[$0].frame.contains(separator) }
            expect(holders.contains { model.nodes[$0].holdsRegions }, "a separator leaves the regions it parts")
            for node in model.nodes.indices where layout.boxes[node].frame.isCrossed(by: separator) {
                let isAround = holders.contains(node)
                expect(isAround && model.nodes[node].shape != .region || holders.contains {
                    model.nodes[$0].holdsRegions && model.isAncestor(node, of: $0)
                }, "a separator runs through \(name(node))")
            }
        }
    }

    // MARK: - Regions, as a reader sees them

    /// A region has no border of its own: it reaches to the separators around it and to the border of what holds it.
    ///
    /// - Parameter separators: of this parallel state, not of what lies in its regions.
    private func area(_ region: Int, in parallel: Int, _ separators: [Rect]) -> Rect {
        let (own, whole) = (layout.boxes[region].frame, layout.boxes[parallel].frame)
        var (left, right, top, bottom) = (whole.x, whole.maxX, whole.y, whole.maxY)
        for separator in separators {
            if separator.width == 0, separator.y < own.maxY, own.y < separator.maxY {
                if separator.x <= own.x { left = max(left, separator.x) }
                if separator.x >= own.maxX { right = min(right, separator.x) }
                // Above the separators stands what belongs to all.
                if separator.x <= own.x || separator.x >= own.maxX { top = max(top, separator.y) }
            } else if separator.height == 0, separator.x < own.maxX, own.x < separator.maxX {
                if separator.y <= own.y { top = max(top, separator.y) }
                if separator.y >= own.maxY { bottom = min(bottom, separator.y) }
            }
        }
        return Rect(x: left, y: top, width: right - left, height: bottom - top)
    }

    /// No arrow and no label stands in a region it does not belong to, nor on what parts two regions. An arrow from one
    /// region to another passes what lies between them.
    private func checkRegions() {
        for parallel in model.nodes.indices where model.nodes[parallel].holdsRegions {
            let regions = model.nodes[parallel].children.filter { model.nodes[$0].shape == .region }
            let frame = layout.boxes[parallel].frame
            // Those in a region's own regions are judged there.
            let separators = layout.separators.map(Rect.init).filter { separator in
                frame.contains(separator) && !regions.contains { layout.boxes[$0].frame.contains(separator) }
            }
            let areas = regions.map { area($0, in: parallel, separators) }
            for (region, area) in zip(regions, areas) {
                expect(area.contains(layout.boxes[region].frame), "\(name(region)) leaves its area")
            }
            for line in layout.lines {
                let edge = model.edges[line.edge]
                let (source, target) = (
                    model.child(of: parallel, holding: edge.source), model.child(of: parallel, holding: edge.target)
                )
                for part in zip(line.points, line.points.dropFirst()).map(Rect.init) {
                    for (region, area) in zip(regions, areas) where area.isCrossed(by: part) {
                        let isOwn = region == source || region == target || isBetween(region, source, target)
                        expect(isOwn, "edge \(line.edge) runs through the area of \(name(region))")
                    }
                    for separator in separators where part.meets(separator) {
                        let isAcross = part.crosses(separator) && parts(separator, source, target)
                        expect(isAcross, "edge \(line.edge) meets a separator of \(name(parallel))")
                    }
                }
            }
            checkLabels(regions, areas, separators, in: parallel)
        }
    }

    private func checkLabels(_ regions: [Int], _ areas: [Rect], _ separators: [Rect], in parallel: Int) {
        for label in layout.labels {
            let edge = model.edges[label.edge]
            // What leads in from the border around has its label where it leads.
            let source = model.child(of: parallel, holding: edge.source)
                ?? model.child(of: parallel, holding: edge.target)
            for (region, area) in zip(regions, areas) where area.overlaps(label.frame) {
                expect(region == source, "the label of edge \(label.edge) stands in \(name(region))")
            }
            let isCrossed = separators.contains(where: label.frame.isCrossed)
            expect(!isCrossed, "a separator runs through the label of edge \(label.edge)")
        }
    }

    private func isBetween(_ region: Int, _ source: Int?, _ target: Int?) -> Bool {
        guard let source, let target, source != target else { return false }
        let (from, to) = (layout.boxes[source].frame, layout.boxes[target].frame)
        let middle = layout.boxes[region].frame
        return min(from.maxX, to.maxX) <= middle.x && middle.maxX <= max(from.x, to.x)
    }

    private func parts(_ separator: Rect, _ source: Int?, _ target: Int?) -> Bool {
        guard let source, let target, source != target else { return false }
        return separator.parts(layout.boxes[source].frame, layout.boxes[target].frame)
    }

    // MARK: - Title and legend

    private func checkPage() {
        let sheet = Rect(x: 0, y: 0, width: page.width, height: page.height)
        expect(sheet.contains(layout.boxes[0].frame), "the chart leaves the page")
        var texts = DiagramGeometry.frames(of: page.title, at: page.titleOrigin)
        texts += page.signs.map {
            Rect(
                x: $0.origin.x, y: $0.origin.y, width: DiagramPage.signGap + $0.width, height: DiagramPage.signHeight)
        }
        for (offset, text) in texts.enumerated() {
            expect(sheet.contains(text), "title or legend leaves the page")
            expect(!text.overlaps(layout.boxes[0].frame), "title or legend lies on the chart")
            for other in texts[(offset + 1)...] { expect(!text.overlaps(other), "the legend overlaps itself") }
        }
    }
}

extension DiagramLayout.Rect {
    init(from a: DiagramLayout.Point, to b: DiagramLayout.Point) {
        self.init(x: min(a.x, b.x), y: min(a.y, b.y), width: abs(a.x - b.x), height: abs(a.y - b.y))
    }

    func contains(_ other: Self, inset: Int = 0) -> Bool {
        x + inset <= other.x && y + inset <= other.y && other.maxX + inset <= maxX && other.maxY + inset <= maxY
    }

    func overlaps(_ other: Self) -> Bool {
        x < other.maxX && other.x < maxX && y < other.maxY && other.y < maxY
    }

    /// As a line, it has one wholly on one side and the other wholly on the other.
    func parts(_ a: Self, _ b: Self) -> Bool {
        func isBetween(_ a: Self, _ b: Self) -> Bool {
            width == 0 && a.maxX <= x && x <= b.x || height == 0 && a.maxY <= y && y <= b.y
        }
        return isBetween(a, b) || isBetween(b, a)
    }

    /// Two lines have a point in common.
    func meets(_ other: Self) -> Bool {
        x <= other.maxX && other.x <= maxX && y <= other.maxY && other.y <= maxY
    }

    /// One line goes across the other, from one side to the other.
    func crosses(_ other: Self) -> Bool {
        let isRow = height == 0 && other.width == 0 && x < other.x && other.x < maxX
        return isRow || width == 0 && other.height == 0 && y < other.y && other.y < maxY
    }

    func hasOnBorder(_ point: DiagramLayout.Point) -> Bool {
        let inside = x <= point.x && point.x <= maxX && y <= point.y && point.y <= maxY
        return inside && (point.x == x || point.x == maxX || point.y == y || point.y == maxY)
    }

    /// A line, which has no breadth, runs through the inside.
    func isCrossed(by line: Self) -> Bool {
        let crossesX = line.width == 0 ? x < line.x && line.x < maxX : line.x < maxX && x < line.maxX
        let crossesY = line.height == 0 ? y < line.y && line.y < maxY : line.y < maxY && y < line.maxY
        return crossesX && crossesY
    }
}
