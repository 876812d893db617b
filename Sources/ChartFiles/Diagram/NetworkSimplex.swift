/// Whole numbers for nodes, such that every edge has at least its length and the weighted sum of lengths is as small as
/// possible: Gansner, Koutsofios, North and Vo, "A technique for drawing directed graphs", 1993, §2.3.
///
/// The same input gives the same numbers. A budget bounds the time; when it is spent, the numbers are allowed but
/// perhaps not the best.
struct NetworkSimplex {
    struct Edge {
        var tail: Int
        var head: Int
        /// `value[head] - value[tail]` is at least this; may be negative.
        var length: Int
        var weight: Int
    }

    private let edges: [Edge]
    private var values: [Int]
    /// Edges by node, one after another.
    private var incident: [Int] = []
    private var incidentStart: [Int]
    /// The spanning tree of tight edges: by node, the edge to its parent, or -1 for the root.
    private var treeEdge: [Int]
    private var parent: [Int]
    private var firstChild: [Int]
    private var next: [Int]
    private var previous: [Int]
    /// Weight of what leaves a node's subtree, less that of what enters it: how much it pulls towards smaller numbers
    /// when negative, towards greater ones when positive.
    private var pull: [Int]

    /// - Parameters:
    ///   - root: every node is reached from it along edges, save nodes without incoming edges.
    ///   - budget: steps of work.
    static func solve(nodeCount: Int, edges: [Edge], root: Int, budget: Int) -> [Int] {
        var simplex = NetworkSimplex(nodeCount: nodeCount, edges: edges)
        simplex.start(root)
        simplex.improve(budget)
        return simplex.values
    }

    private init(nodeCount: Int, edges: [Edge]) {
        self.edges = edges
        values = Array(repeating: 0, count: nodeCount)
        let none = Array(repeating: -1, count: nodeCount)
        (treeEdge, parent, firstChild, next, previous) = (none, none, none, none, none)
        pull = Array(repeating: 0, count: nodeCount)
        incidentStart = Array(repeating: 0, count: nodeCount + 1)
        for edge in edges {
            incidentStart[edge.tail + 1] += 1
            incidentStart[edge.head + 1] += 1
        }
        for node in 0..<nodeCount { incidentStart[node + 1] += incidentStart[node] }
        incident = Array(repeating: 0, count: edges.count * 2)
        var fill = incidentStart
        for (index, edge) in edges.enumerated() {
            for node in [edge.tail, edge.head] {
                incident[fill[node]] = index
                fill[node] += 1
            }
        }
    }

    private func edges(at node: Int) -> ArraySlice<Int> { incident[incidentStart[node]..<incidentStart[node + 1]] }

    private func slack(_ edge: Edge) -> Int { values[edge.head] - values[edge.tail] - edge.length }

    // MARK: - A first tree

    /// The smallest numbers allowed; the edge that decided each makes the tree. A node without incoming edges is as
    /// near to what follows it as it can be.
    private mutating func start(_ root: Int) {
        var open = Array(repeating: 0, count: values.count)
        for edge in edges { open[edge.head] += 1 }
        let loose = values.indices.filter { open[$0] == 0 && $0 != root }
        for node in loose { for index in edges(at: node) { open[edges[index].head] -= 1 } }
        let isLoose = Set(loose)
        var order = [root]
        var done = 0
        while done < order.count {
            let node = order[done]
            done += 1
            for index in edges(at: node) where edges[index].tail == node && !isLoose.contains(node) {
                let edge = edges[index]
                if treeEdge[edge.head] < 0 || slack(edge) < 0 {
                    values[edge.head] = values[node] + edge.length
                    treeEdge[edge.head] = index
                }
                open[edge.head] -= 1
                if open[edge.head] == 0 { order.append(edge.head) }
            }
        }
        precondition(order.count + loose.count == values.count, "a node not reached from the root, or on a circle")
        for node in loose { attachLoose(node) }
        hang(root, order + loose)
    }

    private mutating func attachLoose(_ node: Int) {
        for index in edges(at: node) {
            let value = values[edges[index].head] - edges[index].length
            if treeEdge[node] < 0 || value < values[node] {
                values[node] = value
                treeEdge[node] = index
            }
        }
    }

    private mutating func hang(_ root: Int, _ order: [Int]) {
        for edge in edges {
            pull[edge.tail] += edge.weight
            pull[edge.head] -= edge.weight
        }
        for node in order where node != root {
            let edge = edges[treeEdge[node]]
            link(node, to: edge.tail == node ? edge.head : edge.tail)
        }
        for node in order.reversed() where node != root { pull[parent[node]] += pull[node] }
    }

    private mutating func link(_ node: Int, to newParent: Int) {
        parent[node] = newParent
        previous[node] = -1
        next[node] = firstChild[newParent]
        if next[node] >= 0 { previous[next[node]] = node }
        firstChild[newParent] = node
    }

    private mutating func unlink(_ node: Int) {
        if previous[node] >= 0 { next[previous[node]] = next[node] } else { firstChild[parent[node]] = next[node] }
        if next[node] >= 0 { previous[next[node]] = previous[node] }
    }

    // MARK: - Better trees

    private mutating func improve(_ budget: Int) {
        var rest = budget
        var node = 0
        var unchanged = 0
        var isInside = Array(repeating: false, count: values.count)
        while rest > 0, unchanged < values.count {
            if isWorthMoving(node) {
                let subtree = nodes(below: node)
                rest -= subtree.count * 4 + 8
                for member in subtree { isInside[member] = true }
                if let entering = enteringEdge(node, subtree, isInside) { exchange(node, subtree, entering, isInside) }
                for member in subtree { isInside[member] = false }
                unchanged = 0
            } else {
                unchanged += 1
            }
            node = node + 1 == values.count ? 0 : node + 1
            rest -= 1
        }
    }

    /// The tree edge above the node holds its subtree back from where it is pulled.
    private func isWorthMoving(_ node: Int) -> Bool {
        guard treeEdge[node] >= 0 else { return false }
        return edges[treeEdge[node]].tail == node ? pull[node] < 0 : pull[node] > 0
    }

    private func nodes(below top: Int) -> [Int] {
        var found = [top]
        var done = 0
        while done < found.count {
            var child = firstChild[found[done]]
            while child >= 0 {
                found.append(child)
                child = next[child]
            }
            done += 1
        }
        return found
    }

    /// The first edge that stops the subtree when it moves.
    private func enteringEdge(_ top: Int, _ subtree: [Int], _ isInside: [Bool]) -> Int? {
        let movesUp = pull[top] > 0
        var best: Int?
        var least = Int.max
        for node in subtree {
            for index in edges(at: node) {
                let edge = edges[index]
                guard movesUp ? edge.tail == node && !isInside[edge.head] : edge.head == node && !isInside[edge.tail]
                else { continue }
                let slack = slack(edge)
                if slack < least || slack == least && index < best ?? 0 { (least, best) = (slack, index) }
            }
        }
        return best
    }

    /// Moves the subtree until the entering edge is tight, and hangs it there.
    private mutating func exchange(_ top: Int, _ subtree: [Int], _ entering: Int, _ isInside: [Bool]) {
        let edge = edges[entering]
        let total = pull[top]
        let distance = total > 0 ? slack(edge) : -slack(edge)
        if distance != 0 { for node in subtree { values[node] += distance } }
        let (inner, outer) = isInside[edge.tail] ? (edge.tail, edge.head) : (edge.head, edge.tail)
        var above = parent[top]
        while above >= 0 {
            pull[above] -= total
            above = parent[above]
        }
        turn(inner, top, hangsOn: entering, outer, total)
        above = outer
        while above >= 0 {
            pull[above] += total
            above = parent[above]
        }
    }

    /// Makes `inner` the top of the subtree: parents become children along the way up to the old top.
    private mutating func turn(_ inner: Int, _ top: Int, hangsOn entering: Int, _ outer: Int, _ total: Int) {
        var node = inner
        var newParent = outer
        var newEdge = entering
        var below = 0
        while true {
            let (oldParent, oldEdge, oldPull) = (parent[node], treeEdge[node], pull[node])
            unlink(node)
            link(node, to: newParent)
            treeEdge[node] = newEdge
            pull[node] = total - below
            guard node != top else { return }
            (newParent, newEdge, below, node) = (node, oldEdge, oldPull, oldParent)
        }
    }
}
