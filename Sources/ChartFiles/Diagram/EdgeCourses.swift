/// In which order boxes stand from top to bottom, and through which containers each arrow runs.
struct EdgeCourses {
    /// Arrows to one state that come from the same side run in one line where they can.
    struct Flow: Hashable {
        /// The state where they end.
        var target: Int
        /// From below.
        var isUp: Bool
    }

    /// Where a segment begins or ends: at a box directly inside, or at the container's own border.
    enum End: Equatable {
        case child(Int), top, bottom
    }

    /// An edge's part in one container.
    struct Segment {
        var edge: Int
        var flow: Flow
        var from: End
        var to: End
        var hasLabel: Bool
        /// Between boxes of one level: leaves below, comes back from above.
        var turns = false
    }

    /// By node: its row among the boxes of its container, from 0.
    private(set) var rank: [Int]
    /// By container, in the order of the edges.
    private(set) var segments: [[Segment]]
    /// By edge: containers and indices of its segments there, from source to target.
    private(set) var parts: [[(container: Int, segment: Int)]]
    private let model: DiagramModel

    init(_ model: DiagramModel) {
        self.model = model
        rank = Array(repeating: 0, count: model.nodes.count)
        segments = Array(repeating: [], count: model.nodes.count)
        parts = Array(repeating: [], count: model.edges.count)
        var lifted: [[RankedGraph.Edge]] = Array(repeating: [], count: model.nodes.count)
        for edge in model.edges {
            let meeting = meeting(of: edge)
            guard let from = meeting.from, let to = meeting.to else { continue }
            lifted[meeting.container].append(.init(from: from, to: to, weight: edge.weight))
        }
        for container in model.nodes.indices where !model.nodes[container].children.isEmpty {
            rankChildren(of: container, lifted[container])
        }
        for edge in model.edges.indices { cut(edge) }
    }

    private struct Meeting {
        /// The innermost container of both ends; an end can be the container itself.
        var container: Int
        /// The box in it that holds the source, or nil if the container is the source.
        var from: Int?
        var to: Int?
    }

    private func meeting(of edge: DiagramModel.Edge) -> Meeting {
        var (from, to): (Int?, Int?) = (nil, nil)
        var (source, target) = (edge.source, edge.target)
        while source != target {
            let (sourceDepth, targetDepth) = (model.nodes[source].depth, model.nodes[target].depth)
            if sourceDepth >= targetDepth { (from, source) = (source, model.nodes[source].parent) }
            if targetDepth >= sourceDepth { (to, target) = (target, model.nodes[target].parent) }
        }
        return Meeting(container: source, from: from, to: to)
    }

    private mutating func rankChildren(of container: Int, _ edges: [RankedGraph.Edge]) {
        let children = model.nodes[container].children
        guard !model.nodes[container].holdsRegions else {
            // Histories belong to no region: they stand above all of them.
            let hasHistory = children.contains(where: model.isHistory)
            for child in children { rank[child] = hasHistory && !model.isHistory(child) ? 1 : 0 }
            return
        }
        let ranks = RankedGraph(nodes: children, edges: edges).ranks()
        for (child, value) in zip(children, ranks) { rank[child] = value }
    }

    /// Cuts an edge at the borders it crosses.
    private mutating func cut(_ index: Int) {
        let edge = model.edges[index]
        let meeting = meeting(of: edge)
        var isUp = false
        var turns = false
        if let from = meeting.from, let to = meeting.to {
            isUp = rank[from] > rank[to]
            turns = rank[from] == rank[to]
        }
        let flow = Flow(target: edge.target, isUp: isUp)
        let hasLabel = !edge.label.isEmpty
        func segment(_ from: End, _ to: End, _ hasLabel: Bool) -> Segment {
            Segment(edge: index, flow: flow, from: from, to: to, hasLabel: hasLabel)
        }
        if let from = meeting.from {
            var node = edge.source
            while node != from {
                let parent = model.nodes[node].parent
                add(segment(.child(node), isUp ? .top : .bottom, hasLabel && node == edge.source), to: parent)
                node = parent
            }
        }
        let first: End = meeting.from.map { .child($0) } ?? .top
        let last: End = meeting.to.map { .child($0) } ?? .bottom
        var middle = segment(first, last, hasLabel && (meeting.from ?? edge.source) == edge.source)
        middle.turns = turns
        add(middle, to: meeting.container)
        guard let to = meeting.to else { return }
        var inward: [Int] = []
        var node = edge.target
        while node != to {
            inward.append(node)
            node = model.nodes[node].parent
        }
        for node in inward.reversed() {
            add(segment(isUp ? .bottom : .top, .child(node), false), to: model.nodes[node].parent)
        }
    }

    private mutating func add(_ segment: Segment, to container: Int) {
        parts[segment.edge].append((container, segments[container].count))
        segments[container].append(segment)
    }
}

/// Boxes and the arrows between them, to be put into rows.
struct RankedGraph {
    struct Edge {
        var from: Int
        var to: Int
        var weight: Int
    }

    private let count: Int
    private var edges: [Edge] = []

    /// - Parameter edges: between `nodes`, by their numbers there.
    init(nodes: [Int], edges: [Edge]) {
        count = nodes.count
        let places = Dictionary(uniqueKeysWithValues: zip(nodes, nodes.indices))
        for edge in edges {
            guard let from = places[edge.from], let to = places[edge.to] else { continue }
            self.edges.append(Edge(from: from, to: to, weight: edge.weight))
        }
    }

    /// Rows from 0. Arrows lead down, save those that close a circle.
    func ranks() -> [Int] {
        let isBack = backEdges()
        var constraints = (0..<count).map { NetworkSimplex.Edge(tail: count, head: $0, length: 0, weight: 0) }
        for (edge, isBack) in zip(edges, isBack) {
            let (tail, head) = isBack ? (edge.to, edge.from) : (edge.from, edge.to)
            constraints.append(.init(tail: tail, head: head, length: 1, weight: isBack ? 1 : edge.weight))
        }
        let ranks = NetworkSimplex.solve(nodeCount: count + 1, edges: constraints, root: count, budget: 20_000_000)
        let least = ranks[..<count].min() ?? 0
        return ranks[..<count].map { $0 - least }
    }

    /// Edges that lead to a node still open when walking the graph depth first from its first node.
    private func backEdges() -> [Bool] {
        var outgoing: [[Int]] = Array(repeating: [], count: count)
        for (index, edge) in edges.enumerated() { outgoing[edge.from].append(index) }
        enum Mark { case new, open, closed }
        var marks = Array(repeating: Mark.new, count: count)
        var isBack = Array(repeating: false, count: edges.count)
        for start in 0..<count where marks[start] == .new {
            marks[start] = .open
            var stack = [(node: start, next: 0)]
            while let (node, next) = stack.last {
                guard next < outgoing[node].count else {
                    marks[node] = .closed
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let edge = outgoing[node][next]
                let target = edges[edge].to
                if marks[target] == .open { isBack[edge] = true }
                if marks[target] == .new {
                    marks[target] = .open
                    stack.append((target, 0))
                }
            }
        }
        return isBack
    }
}
