/// Orders the places of each level so that few lines cross: sweeps up and down that move each place to the mean of its
/// neighbours, then swaps of neighbours while that helps.
struct LevelOrder {
    private var graph: LevelGraph
    /// By place.
    private var position: [Int]
    /// By place: own terminal and the other end, above and below.
    private var upward: [[(own: Int, other: Int)]]
    private var downward: [[(own: Int, other: Int)]]

    private static let rounds = 16
    /// Graphs with more places are not improved by swaps.
    private static let swapBound = 400

    /// - Parameters:
    ///   - startsLeft: the sweeps begin with lines left of boxes, else right.
    ///   - swaps: at the end, which lines that run beside each other change places, a bit for each pair for which that
    ///     costs no crossing.
    static func reduceCrossings(_ graph: inout LevelGraph, startsLeft: Bool, swaps: UInt8) {
        var order = LevelOrder(graph, startsLeft: startsLeft)
        order.improve()
        if swaps != 0, graph.places.count <= swapBound { order.swapRuns(swaps) }
        graph.levels = order.graph.levels
    }

    private init(_ graph: LevelGraph, startsLeft: Bool) {
        self.graph = graph
        for level in graph.levels.indices where startsLeft {
            let lines = graph.levels[level].filter { graph.places[$0].kind.isLine }
            let others = graph.levels[level].filter { !graph.places[$0].kind.isLine }
            let hasHeader = others.first.map { graph.places[$0].kind == .header } ?? false
            self.graph.levels[level] = hasHeader ? others + lines : lines + others
        }
        position = Array(repeating: 0, count: graph.places.count)
        upward = Array(repeating: [], count: graph.places.count)
        downward = upward
        for link in graph.links where !link.turns {
            let (upper, lower) = (graph.terminals[link.upper].place, graph.terminals[link.lower].place)
            downward[upper].append((link.upper, link.lower))
            upward[lower].append((link.lower, link.upper))
        }
        putTurnsBesideTheirBoxes()
        for level in graph.levels.indices { self.graph.arrange(level) }
        for level in graph.levels.indices { number(level) }
    }

    private mutating func putTurnsBesideTheirBoxes() {
        for link in graph.links where link.turns {
            let (a, b) = (graph.terminals[link.upper].place, graph.terminals[link.lower].place)
            let (lane, box) = graph.places[a].kind == .lane ? (a, b) : (b, a)
            let level = graph.places[lane].level
            graph.levels[level].removeAll { $0 == lane }
            let index = graph.levels[level].firstIndex(of: box).map { $0 + 1 } ?? 0
            graph.levels[level].insert(lane, at: index)
        }
    }

    private mutating func number(_ level: Int) {
        for (index, place) in graph.levels[level].enumerated() { position[place] = index }
    }

    private mutating func improve() {
        var best = graph.levels
        var fewest = crossings()
        for round in 0..<LevelOrder.rounds where fewest > 0 {
            let isDown = round % 2 == 0
            for level in isDown ? Array(graph.levels.indices) : graph.levels.indices.reversed() {
                sort(level, by: isDown ? upward : downward)
            }
            if graph.places.count <= LevelOrder.swapBound { swapNeighbours() }
            let count = crossings()
            if count < fewest { (fewest, best) = (count, graph.levels) }
        }
        graph.levels = best
    }

    /// Where a line meets its place, as a position in the level with the fraction within the box.
    private func position(of terminal: Int) -> Double {
        let end = graph.terminals[terminal]
        let width = graph.places[end.place].width
        let fraction = end.isFixed && width > 0 ? Double(end.offset) / Double(width) : 0.5
        return Double(position[end.place]) + fraction
    }

    private mutating func sort(_ level: Int, by neighbours: [[(own: Int, other: Int)]]) {
        let places = graph.levels[level]
        let keyed = places.enumerated().map { index, place in
            let others = neighbours[place]
            guard !others.isEmpty, graph.places[place].kind != .header else {
                return (key: graph.places[place].kind == .header ? -1 : Double(index), index: index, place: place)
            }
            let sum = others.reduce(0) { $0 + position(of: $1.other) }
            return (key: sum / Double(others.count), index: index, place: place)
        }
        graph.levels[level] = keyed.sorted { ($0.key, $0.index) < ($1.key, $1.index) }.map(\.place)
        graph.arrange(level)
        number(level)
    }

    // MARK: - Swaps

    private mutating func swapNeighbours() {
        var isBetter = true
        var passes = 0
        while isBetter, passes < 8 {
            isBetter = false
            passes += 1
            for level in graph.levels.indices {
                for index in graph.levels[level].indices.dropLast() where swapIsBetter(level, index) {
                    graph.levels[level].swapAt(index, index + 1)
                    number(level)
                    isBetter = true
                }
            }
        }
    }

    private func swapIsBetter(_ level: Int, _ index: Int) -> Bool {
        let (left, right) = (graph.levels[level][index], graph.levels[level][index + 1])
        guard graph.places[left].slot == graph.places[right].slot else { return false }
        let now = crossings(left, right)
        return now > 0 && crossings(right, left) < now
    }

    /// Two lines that run beside each other through several levels, from the first of these on.
    private func run(at level: Int, _ index: Int) -> [(level: Int, index: Int)] {
        var run = [(level, index)]
        var (left, right) = (graph.levels[level][index], graph.levels[level][index + 1])
        while let nextLeft = lane(below: left), let nextRight = lane(below: right),
            position[nextRight] == position[nextLeft] + 1,
            graph.places[nextLeft].slot == graph.places[nextRight].slot
        {
            run.append((graph.places[nextLeft].level, position[nextLeft]))
            (left, right) = (nextLeft, nextRight)
        }
        return run
    }

    private func lane(below place: Int) -> Int? {
        let below = downward[place].map { graph.terminals[$0.other].place }
        return below.first { graph.places[$0].kind.isLine && graph.places[$0].level > graph.places[place].level }
    }

    private mutating func swapRuns(_ swaps: UInt8) {
        var count = 0
        for level in graph.levels.indices {
            for index in graph.levels[level].indices.dropLast() {
                let left = graph.places[graph.levels[level][index]]
                let right = graph.places[graph.levels[level][index + 1]]
                guard left.kind.isLine, right.kind.isLine, left.slot == right.slot else { continue }
                let before = crossings()
                let run = run(at: level, index)
                swap(run)
                let isFree = crossings() <= before
                if !isFree || count >= swaps.bitWidth || swaps & 1 << count == 0 { swap(run) }
                count += isFree ? 1 : 0
            }
        }
    }

    private mutating func swap(_ run: [(level: Int, index: Int)]) {
        for (level, index) in run {
            graph.levels[level].swapAt(index, index + 1)
            number(level)
        }
    }

    /// Of the lines at two places, the first left of the second.
    private func crossings(_ left: Int, _ right: Int) -> Int {
        var count = 0
        for neighbours in [upward, downward] {
            let others = neighbours[right].map { position(of: $0.other) }
            for (_, other) in neighbours[left] {
                let place = position(of: other)
                for second in others where second < place { count += 1 }
            }
        }
        return count
    }

    /// Of all lines.
    private func crossings() -> Int {
        var byChannel: [[(upper: Double, lower: Double)]] = Array(repeating: [], count: graph.levels.count)
        for link in graph.links where !link.turns {
            byChannel[link.channel].append((position(of: link.upper), position(of: link.lower)))
        }
        return byChannel.reduce(0) { $0 + LevelOrder.inversions($1) }
    }

    /// Pairs in opposite order above and below, counted with a tree of sums.
    private static func inversions(_ lines: [(upper: Double, lower: Double)]) -> Int {
        let lowers = Array(Set(lines.map(\.lower))).sorted()
        let rank = Dictionary(uniqueKeysWithValues: zip(lowers, lowers.indices))
        let sorted = lines.sorted { ($0.upper, $0.lower) < ($1.upper, $1.lower) }
        var sums = Array(repeating: 0, count: lowers.count + 1)
        var count = 0
        for (seen, line) in sorted.enumerated() {
            var index = (rank[line.lower] ?? 0) + 1
            var notGreater = 0
            var probe = index
            while probe > 0 {
                notGreater += sums[probe]
                probe -= probe & -probe
            }
            count += seen - notGreater
            while index < sums.count {
                sums[index] += 1
                index += index & -index
            }
        }
        return count
    }
}
