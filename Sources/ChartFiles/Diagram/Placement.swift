/// Gives the ends of lines a place at their boxes, and the places of a container's levels their distance from the left.
enum Placement {
    /// - Returns: the container's width.
    static func place(_ graph: inout LevelGraph, isRoot: Bool, borders: ContainerLayout.Leaning.Side) -> Int {
        spreadTerminals(&graph)
        let side = isRoot ? 0 : DiagramMetrics.sidePadding
        let width = solve(&graph, side: side, borders)
        centreSeparators(&graph)
        Straightening.straighten(&graph, width: width, side: side)
        centreSeparators(&graph)
        return width
    }

    /// Puts each separator into the middle between what stands left and right of it in any level.
    private static func centreSeparators(_ graph: inout LevelGraph) {
        guard graph.firstOfColumns != nil else { return }
        var rooms: [Int: (low: Int, high: Int)] = [:]
        for level in graph.levels {
            for (a, b) in zip(level, level.dropFirst()) {
                let (left, right) = (graph.places[a], graph.places[b])
                if case .separator(let number) = left.kind {
                    rooms[number, default: (.min, .max)].high = min(rooms[number]?.high ?? .max, right.x)
                }
                if case .separator(let number) = right.kind {
                    rooms[number, default: (.min, .max)].low = max(rooms[number]?.low ?? .min, left.x + left.width)
                }
            }
        }
        for index in graph.places.indices {
            guard case .separator(let number) = graph.places[index].kind, let room = rooms[number],
                room.low > .min, room.high < .max
            else { continue }
            graph.places[index].x = (room.low + room.high) / 2
        }
    }

    // MARK: - Ends of lines

    private static func spreadTerminals(_ graph: inout LevelGraph) {
        var order = Array(repeating: 0, count: graph.places.count)
        for level in graph.levels { for (index, place) in level.enumerated() { order[place] = index } }
        var others: [[Int]] = Array(repeating: [], count: graph.terminals.count)
        for link in graph.links {
            others[link.upper].append(link.lower)
            others[link.lower].append(link.upper)
        }
        func key(_ terminal: Int) -> Double {
            let ends = others[terminal].map { other in
                let end = graph.terminals[other]
                let width = max(1, graph.places[end.place].width)
                return Double(order[end.place]) + (end.isFixed ? Double(end.offset) / Double(width) : 0.5)
            }
            return ends.isEmpty ? 0 : ends.reduce(0, +) / Double(ends.count)
        }
        for place in graph.boxes {
            for side in [graph.places[place].top, graph.places[place].bottom] {
                let free = side.filter { !graph.terminals[$0].isFixed }.map { (key($0), $0) }.sorted { $0 < $1 }
                spread(free.map(\.1), side.filter { graph.terminals[$0].isFixed }, at: place, &graph)
            }
        }
    }

    /// The line that should be straightest gets the middle, the others stand to its sides.
    private static func spread(_ free: [Int], _ fixed: [Int], at place: Int, _ graph: inout LevelGraph) {
        guard !free.isEmpty else { return }
        let width = graph.places[place].width
        let margin = min(14, width / 4)
        let heaviest = free.map { graph.terminals[$0].weight }.max() ?? 0
        let main = free.firstIndex { graph.terminals[$0].weight == heaviest } ?? 0
        let widest = max(main, free.count - 1 - main)
        let gap = widest == 0 ? 0 : min(DiagramMetrics.portGap, (width / 2 - margin) / widest)
        let fits = gap >= DiagramMetrics.smallestPortGap || widest == 0
        var taken = fixed.map { graph.terminals[$0].offset }
        for (index, terminal) in free.enumerated() {
            let even = margin + (width - 2 * margin) * (index + 1) / (free.count + 1)
            let wanted = fits ? width / 2 + (index - main) * gap : even
            let offset = nearest(wanted, within: margin...max(margin, width - margin), awayFrom: taken)
            graph.terminals[terminal].offset = offset
            taken.append(offset)
        }
    }

    private static func nearest(_ wanted: Int, within range: ClosedRange<Int>, awayFrom taken: [Int]) -> Int {
        for distance in stride(from: 0, through: range.count, by: 4) {
            for offset in [wanted + distance, wanted - distance] where range.contains(offset) {
                if taken.allSatisfy({ abs($0 - offset) >= DiagramMetrics.smallestPortGap }) { return offset }
            }
        }
        return min(max(wanted, range.lowerBound), range.upperBound)
    }

    // MARK: - Distances from the left

    private static func solve(
        _ graph: inout LevelGraph, side: Int, _ borders: ContainerLayout.Leaning.Side
    ) -> Int {
        let count = graph.places.count
        let (left, right) = (count, count + 1)
        var edges: [NetworkSimplex.Edge] = []
        let node = nodes(of: graph)
        for place in 0..<count where node[place] != place {
            edges.append(.init(tail: left, head: place, length: 0, weight: 0))
        }
        for level in graph.levels {
            guard let first = level.first, let last = level.last else { continue }
            let isHeader = graph.places[first].kind == .header
            let inset = isHeader ? DiagramMetrics.boxPadding : side
            edges.append(.init(tail: left, head: node[first], length: inset, weight: isHeader ? 1_000 : 0))
            for (a, b) in zip(level, level.dropFirst()) {
                let length = distance(graph.places[a], graph.places[b])
                edges.append(.init(tail: node[a], head: node[b], length: length, weight: 0))
            }
            let rest = graph.places[last].width + (last == first && isHeader ? DiagramMetrics.boxPadding : side)
            edges.append(.init(tail: node[last], head: right, length: rest, weight: 0))
        }
        edges.append(.init(tail: left, head: right, length: 0, weight: 1))
        for place in 0..<count where borders != .none && graph.places[place].kind == .border {
            let (tail, head) = borders == .left ? (left, place) : (place, right)
            edges.append(.init(tail: tail, head: head, length: 0, weight: 7))
        }
        var nodes = count + 2
        for link in graph.links {
            // A node left of both ends: their distance is the sum of their distances from it, less a constant.
            for end in [link.upper, link.lower] {
                let terminal = graph.terminals[end]
                edges.append(.init(tail: nodes, head: terminal.place, length: -terminal.offset, weight: link.weight))
            }
            nodes += 1
        }
        let values = NetworkSimplex.solve(nodeCount: nodes, edges: edges, root: left, budget: 40_000_000)
        for place in 0..<count { graph.places[place].x = values[node[place]] - values[left] }
        return values[right] - values[left]
    }

    /// By place: its number among what is placed. A separator is one line through all levels.
    private static func nodes(of graph: LevelGraph) -> [Int] {
        var first: [Int: Int] = [:]
        return graph.places.indices.map { place in
            guard case .separator(let number) = graph.places[place].kind else { return place }
            first[number] = first[number] ?? place
            return first[number] ?? place
        }
    }

    /// From the left edge of a place to that of its right neighbour.
    static func distance(_ a: LevelGraph.Place, _ b: LevelGraph.Place) -> Int {
        a.width + gap(a.kind, b.kind)
    }

    private static func gap(_ a: LevelGraph.Kind, _ b: LevelGraph.Kind) -> Int {
        switch (a, b) {
        case (.box, .box): DiagramMetrics.boxGap
        case (.separator, _), (_, .separator): DiagramMetrics.separatorGap
        case (_, .label): a.isLine ? DiagramMetrics.lineGap : DiagramMetrics.lineToBox
        case (.header, _): DiagramMetrics.lineToBox
        case _ where a.isLine && b.isLine: DiagramMetrics.lineGap
        default: DiagramMetrics.lineToBox
        }
    }
}
