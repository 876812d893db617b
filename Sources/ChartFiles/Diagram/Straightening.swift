/// Takes small bends out of long lines.
///
/// The least total length leaves open where along a line its bends lie. Here runs of lanes that are already straight
/// are moved as one, with what stands in their way, so that they meet the next run, where no line becomes longer.
struct Straightening {
    private var graph: LevelGraph
    private let width: Int
    private let side: Int
    /// By place: links at it.
    private var links: [[Int]]
    /// By place: left and right neighbours in its level, or -1.
    private var left: [Int]
    private var right: [Int]

    private static let rounds = 4
    /// More places are not moved at once.
    private static let bound = 500

    static func straighten(_ graph: inout LevelGraph, width: Int, side: Int) {
        var straightening = Straightening(graph, width: width, side: side)
        straightening.run()
        graph = straightening.graph
    }

    private init(_ graph: LevelGraph, width: Int, side: Int) {
        self.graph = graph
        self.width = width
        self.side = side
        links = Array(repeating: [], count: graph.places.count)
        left = Array(repeating: -1, count: graph.places.count)
        right = left
        for (index, link) in graph.links.enumerated() where !link.turns {
            links[graph.terminals[link.upper].place].append(index)
            links[graph.terminals[link.lower].place].append(index)
        }
        for level in graph.levels {
            for (a, b) in zip(level, level.dropFirst()) { (right[a], left[b]) = (b, a) }
        }
    }

    private mutating func run() {
        for _ in 0..<Straightening.rounds {
            var hasMoved = false
            for index in graph.links.indices where !graph.links[index].turns {
                let link = graph.links[index]
                let distance = graph.x(of: link.upper) - graph.x(of: link.lower)
                guard distance != 0 else { continue }
                let (upper, lower) = (graph.terminals[link.upper].place, graph.terminals[link.lower].place)
                if move(lower, by: distance, towards: index) || move(upper, by: -distance, towards: index) {
                    hasMoved = true
                }
            }
            if !hasMoved { return }
        }
    }

    /// Moves the straight run around `place`, if that straightens `link` and makes lines neither longer nor more bent.
    private mutating func move(_ place: Int, by distance: Int, towards link: Int) -> Bool {
        guard let members = group(around: place, movedBy: distance) else { return false }
        let run = members.sorted()
        let touching = Set(run.flatMap { links[$0] }).filter { index in
            members.contains(graph.terminals[graph.links[index].upper].place)
                != members.contains(graph.terminals[graph.links[index].lower].place)
        }
        let before = cost(touching)
        for member in run { graph.places[member].x += distance }
        let after = cost(touching)
        if (after.length, after.bends) <= (before.length, before.bends), after.bends < before.bends { return true }
        for member in run { graph.places[member].x -= distance }
        return false
    }

    private func cost(_ links: Set<Int>) -> (length: Int, bends: Int) {
        var (length, bends) = (0, 0)
        for index in links {
            let link = graph.links[index]
            let distance = abs(graph.x(of: link.upper) - graph.x(of: link.lower))
            length += distance * link.weight
            bends += distance == 0 ? 0 : 1
        }
        return (length, bends)
    }

    /// The straight run around a place, with the runs it would push away; nil when there is no room for them.
    private func group(around place: Int, movedBy distance: Int) -> Set<Int>? {
        var members: Set<Int> = []
        var waiting = [place]
        while let next = waiting.popLast() {
            guard !members.contains(next) else { continue }
            guard let run = run(of: next), members.count + run.count < Straightening.bound else { return nil }
            members.formUnion(run)
            for index in run {
                let x = graph.places[index].x + distance
                guard x >= side, x + graph.places[index].width <= width - side else { return nil }
                if let other = pushed(index, to: x) { waiting.append(other) }
            }
        }
        return members
    }

    /// The neighbour a place would come too near to.
    private func pushed(_ index: Int, to x: Int) -> Int? {
        let place = graph.places[index]
        if x < place.x, left[index] >= 0 {
            let other = graph.places[left[index]]
            return x < other.x + Placement.distance(other, place) ? left[index] : nil
        }
        guard x > place.x, right[index] >= 0 else { return nil }
        return graph.places[right[index]].x < x + Placement.distance(place, graph.places[right[index]])
            ? right[index] : nil
    }

    private func isFixed(_ kind: LevelGraph.Kind) -> Bool {
        switch kind {
        case .header, .separator: true
        default: false
        }
    }

    /// Places joined to this one by straight lines; nil when one of them stays where it is.
    private func run(of place: Int) -> [Int]? {
        var found = [place]
        var seen: Set<Int> = [place]
        var done = 0
        while done < found.count {
            guard !isFixed(graph.places[found[done]].kind), found.count < Straightening.bound else { return nil }
            for index in links[found[done]] {
                let link = graph.links[index]
                guard graph.x(of: link.upper) == graph.x(of: link.lower) else { continue }
                for end in [link.upper, link.lower] where seen.insert(graph.terminals[end].place).inserted {
                    found.append(graph.terminals[end].place)
                }
            }
            done += 1
        }
        return found
    }
}
