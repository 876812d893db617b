/// Where everything in one container stands, measured from its upper left corner. Pixels.
struct ContainerLayout {
    struct Point: Hashable {
        var x: Int
        var y: Int
    }

    struct Item {
        /// Box, or edge of a label.
        var id: Int
        var origin: Point
    }

    /// What a container's layout prefers where the rules leave a choice.
    struct Leaning: Hashable {
        enum Side { case none, left, right }

        /// Lines that pass a level are first put left of its boxes.
        var startsLeft = false
        /// Where lines cross the border.
        var borders = Side.none
        /// Which lines beside each other change places, of those where that makes no more crossings here, but perhaps
        /// fewer around: a bit for each.
        var swaps: UInt8 = 0

        static let all = [
            Leaning(), Leaning(startsLeft: false, borders: .right), Leaning(startsLeft: true, borders: .left),
            Leaning(startsLeft: true, borders: .none),
        ]
    }

    var width: Int
    var height: Int
    /// Upper left corner of its own text.
    var header = Point(x: 0, y: 0)
    var boxes: [Item] = []
    var labels: [Item] = []
    /// By segment, from its beginning to its end.
    var lines: [[Point]] = []
    /// Between regions.
    var separators: [(Point, Point)] = []
    /// Where lines cross the border, from the left.
    var ports: [LevelGraph.Key: Int] = [:]

    /// A box that holds no others.
    init(leaf node: DiagramModel.Node, terminals: Int) {
        switch node.shape {
        case .initial: (width, height) = (DiagramMetrics.dot, DiagramMetrics.dot)
        case .history: (width, height) = DiagramMetrics.history
        default:
            let padding = DiagramMetrics.boxPadding
            let ports = (terminals + 1) * DiagramMetrics.smallestPortGap + 2 * padding
            width = max(DiagramMetrics.smallestBox.width, node.content.width + 2 * padding, ports)
            height = max(DiagramMetrics.smallestBox.height, node.content.height + 2 * padding - 4)
            header = Point(x: (width - node.content.width) / 2, y: (height - node.content.height) / 2)
        }
    }

    /// A box around others.
    init(
        container: Int, _ model: DiagramModel, _ courses: EdgeCourses, layouts: [ContainerLayout], leaning: Leaning
    ) throws(DiagramError) {
        var graph = try LevelGraphBuilder(model, container: container, courses: courses, layouts: layouts).graph
        LevelOrder.reduceCrossings(&graph, startsLeft: leaning.startsLeft, swaps: leaning.swaps)
        width = Placement.place(&graph, isRoot: container == 0, borders: leaning.borders)
        let channels = Channels(graph)
        let heights = LevelHeights(graph, channels, isRoot: container == 0)
        height = heights.total
        for place in graph.places { add(place, y: heights.top[place.level]) }
        lines = graph.paths.map { ContainerLayout.line($0, graph, channels, heights) }
        for place in graph.places where place.kind == .border {
            // A line that ends at this border from within is none that comes from without.
            if case .flow(let flow, _) = place.key, flow.target != container { ports[place.key] = place.x }
        }
        if model.nodes[container].holdsRegions { separate(graph, heights) }
    }

    private mutating func add(_ place: LevelGraph.Place, y: Int) {
        switch place.kind {
        case .box(let node): boxes.append(Item(id: node, origin: Point(x: place.x, y: y)))
        case .label(let edge):
            labels.append(Item(id: edge, origin: Point(x: place.x + DiagramMetrics.labelGap, y: y)))
        case .header: header = Point(x: place.x, y: DiagramMetrics.boxPadding - 2)
        case .border, .lane, .separator: break
        }
    }

    private static func line(
        _ path: [Int], _ graph: LevelGraph, _ channels: Channels, _ heights: LevelHeights
    ) -> [Point] {
        var points: [Point] = []
        for (index, terminal) in path.enumerated() {
            let point = Point(x: graph.x(of: terminal), y: heights.y(of: terminal, graph))
            if index > 0, graph.terminals[path[index - 1]].place != graph.terminals[terminal].place,
                let track = channels.nets[channels.netOfTerminal[terminal]].track
            {
                let y = heights.y(ofTrack: track, in: channels.nets[channels.netOfTerminal[terminal]].channel)
                if let last = points.last { points.append(Point(x: last.x, y: y)) }
                points.append(Point(x: point.x, y: y))
            }
            points.append(point)
        }
        return points
    }

    /// Draws lines between regions beside each other, and between rows of regions.
    private mutating func separate(_ graph: LevelGraph, _ heights: LevelHeights) {
        if let first = graph.firstOfColumns {
            let top = first == 0 ? heights.firstTop : heights.top[first] - 7
            var columns: [Int: Int] = [:]
            for place in graph.places {
                if case .separator(let number) = place.kind { columns[number] = place.x }
            }
            // Short of the border, so that none seems to go on in a line that begins below it.
            let bottom = height - DiagramMetrics.separatorEnd
            for x in columns.values.sorted() { separators.append((Point(x: x, y: top), Point(x: x, y: bottom))) }
            return
        }
        var bottom = heights.firstTop
        for level in graph.levels.indices {
            let boxes = graph.levels[level].indices.filter {
                if case .box(let node) = graph.places[graph.levels[level][$0]].kind { node >= 0 } else { false }
            }
            guard !boxes.isEmpty else { continue }
            let end = heights.end(ofRow: level)
            if bottom > heights.firstTop {
                let y = heights.top[level] - 7
                separators.append((Point(x: 0, y: y), Point(x: width, y: y)))
                bottom = y
            }
            for index in boxes.dropLast() {
                let place = graph.places[graph.levels[level][index]]
                let next = graph.places[graph.levels[level][index + 1]]
                let x = (place.x + place.width + next.x) / 2
                separators.append((Point(x: x, y: bottom), Point(x: x, y: end)))
            }
            bottom = end
        }
    }
}
