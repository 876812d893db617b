/// Lays containers out from the inside to the outside, and tries for each which leaning makes the best picture.
struct LayoutSearch {
    /// By node.
    private(set) var layouts: [ContainerLayout]
    private let model: DiagramModel
    private let courses: EdgeCourses
    private var leanings: [ContainerLayout.Leaning]
    private let containers: [Int]

    /// Charts with more boxes and arrows are laid out once.
    private static let bound = 300

    init(_ model: DiagramModel, _ courses: EdgeCourses) throws(DiagramError) {
        self.model = model
        self.courses = courses
        var terminals = Array(repeating: 0, count: model.nodes.count)
        for edge in model.edges { terminals[edge.source] += 1 }
        layouts = zip(model.nodes, terminals).map { ContainerLayout(leaf: $0, terminals: $1) }
        leanings = Array(repeating: .init(), count: model.nodes.count)
        containers = model.nodes.indices.reversed().filter { !model.nodes[$0].children.isEmpty }
        for container in containers { try layOut(container) }
    }

    private mutating func layOut(_ container: Int) throws(DiagramError) {
        layouts[container] = try ContainerLayout(
            container: container, model, courses, layouts: layouts, leaning: leanings[container])
    }

    /// Changes one container after the other and keeps what is better.
    mutating func improve() throws(DiagramError) {
        guard model.nodes.count + model.edges.count <= LayoutSearch.bound else { return }
        var best = cost()
        for container in containers {
            for leaning in ContainerLayout.Leaning.all.dropFirst() { try attempt(leaning, at: container, &best) }
            for change in [UInt8.max] + (0..<UInt8.bitWidth).map({ 1 << $0 }) {
                var leaning = leanings[container]
                leaning.swaps ^= change
                try attempt(leaning, at: container, &best)
            }
        }
    }

    private mutating func attempt(
        _ leaning: ContainerLayout.Leaning, at container: Int, _ best: inout Int
    ) throws(DiagramError) {
        let (oldLayouts, old) = (layouts, leanings[container])
        leanings[container] = leaning
        var next = container
        while next >= 0 {
            try layOut(next)
            next = model.nodes[next].parent
        }
        let cost = cost()
        if cost < best {
            best = cost
        } else {
            layouts = oldLayouts
            leanings[container] = old
        }
    }

    // MARK: - What a good picture is

    /// Few crossings, few bends, short lines, small.
    private func cost() -> Int {
        let layout = DiagramLayout(model, courses, layouts, at: .init(x: 0, y: 0))
        var parts = LineParts()
        var (bends, length) = (0, 0)
        for line in layout.lines {
            let edge = model.edges[line.edge]
            let isMain = edge.weight >= DiagramModel.mainWeight
            bends += max(0, line.points.count - 2) * (isMain ? 8 : 1)
            for (a, b) in zip(line.points, line.points.dropFirst()) {
                length += abs(a.x - b.x) * (isMain ? 4 : 1) + abs(a.y - b.y)
                parts.add(a, b, target: edge.target)
            }
        }
        let frame = layout.boxes[0].frame
        return parts.crossings * 400 + bends * 60 + length + 2 * frame.width + frame.height
    }
}

/// Straight parts of lines, each counted once for the state it leads to.
private struct LineParts {
    private struct Part: Hashable {
        var at: Int
        var low: Int
        var high: Int
        var target: Int
    }

    private var rows: Set<Part> = []
    private var columns: Set<Part> = []

    mutating func add(_ a: ContainerLayout.Point, _ b: ContainerLayout.Point, target: Int) {
        if a.y == b.y {
            rows.insert(Part(at: a.y, low: min(a.x, b.x), high: max(a.x, b.x), target: target))
        } else {
            columns.insert(Part(at: a.x, low: min(a.y, b.y), high: max(a.y, b.y), target: target))
        }
    }

    var crossings: Int {
        let sorted = columns.sorted { ($0.at, $0.low, $0.high, $0.target) < ($1.at, $1.low, $1.high, $1.target) }
        var count = 0
        for row in rows {
            for column in sorted where column.at > row.low && column.at < row.high && column.target != row.target {
                if column.low < row.at, row.at < column.high { count += 1 }
            }
        }
        return count
    }
}
