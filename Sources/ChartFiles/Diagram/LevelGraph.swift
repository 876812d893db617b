/// What stands in one container, level by level: boxes, labels, and a lane for each line that passes a level.
///
/// Every line runs from place to place of neighbouring levels, so that it can cross neither a box nor a label.
struct LevelGraph {
    enum Kind: Equatable {
        case box(Int), label(Int), header
        /// Where a line crosses the container's border.
        case border
        /// Where a line passes a level.
        case lane
        /// Between the regions of this number and the next; the same in all levels.
        case separator(Int)

        var isLine: Bool { self == .border || self == .lane }
    }

    struct Place {
        var kind: Kind
        var level: Int
        var width: Int
        var height: Int
        /// Of a border: which lines cross there.
        var key = Key.through
        /// The region it must stay in, from the left. What belongs to none, but runs beside them, has one more.
        var column: Int?
        /// Left edge.
        var x = 0
        /// Terminals above and below.
        var top: [Int] = []
        var bottom: [Int] = []

        /// Smaller ones stand left of greater ones.
        var slot: Int {
            switch kind {
            case .header: -1
            case .separator(let number): 2 * number + 1
            default: 2 * (column ?? 0)
            }
        }
    }

    /// Tells the ends of lines at one box apart.
    enum Key: Hashable {
        /// An edge's own beginning.
        case edge(Int)
        /// Where all edges to one state pass or end; at the border of regions, each region's by themselves.
        case flow(EdgeCourses.Flow, region: Int?)
        case through
    }

    /// Where a line meets a place.
    struct Terminal {
        var place: Int
        var isTop: Bool
        var key: Key
        /// From the place's left edge.
        var offset = 0
        var isFixed = false
        var weight = 0
    }

    /// A line in the channel below a level. Both ends can be at the same side of it, for a line that turns.
    struct Link {
        var channel: Int
        var upper: Int
        var lower: Int
        var weight: Int
        var turns: Bool
    }

    var places: [Place] = []
    var terminals: [Terminal] = []
    var links: [Link] = []
    /// Places by level, from left to right.
    var levels: [[Int]] = []
    /// By segment: the terminals its line passes, from its beginning to its end.
    var paths: [[Int]] = []
    /// From this level on regions stand in columns, parted by separators.
    var firstOfColumns: Int?

    func x(of terminal: Int) -> Int { places[terminals[terminal].place].x + terminals[terminal].offset }

    var boxes: [Int] { places.indices.filter { if case .box = places[$0].kind { true } else { false } } }

    /// Puts a level's places into the order of their columns, and leaves it as it is within each.
    mutating func arrange(_ level: Int) {
        guard firstOfColumns != nil else { return }
        levels[level] = levels[level].enumerated().sorted { a, b in
            (places[a.element].slot, a.offset) < (places[b.element].slot, b.offset)
        }.map(\.element)
    }
}

/// Builds a container's levels.
struct LevelGraphBuilder {
    private(set) var graph = LevelGraph()
    private let model: DiagramModel
    private let container: Int
    /// By node; those of the boxes inside are made.
    private let layouts: [ContainerLayout]
    /// Levels that exist, of: border, labels, row, labels, row … labels, border.
    private var exists: [Bool] = []
    /// By region, from the left; none where no line runs among them.
    private var columns: [Int: Int] = [:]
    /// From where on columns keep lines apart: the regions' row, if histories stand above it.
    private var firstOfColumns = 0
    private var placeOfBox: [Int: Int] = [:]
    private var placeOfKey: [PlaceKey: Int] = [:]
    private var terminalOfKey: [TerminalKey: Int] = [:]
    private var linkOfPair: [PairKey: Int] = [:]

    private struct PlaceKey: Hashable { var key: LevelGraph.Key, level: Int, isTurn: Bool }
    private struct TerminalKey: Hashable { var place: Int, isTop: Bool, key: LevelGraph.Key }
    private struct PairKey: Hashable { var upper: Int, lower: Int }

    /// - Parameter layouts: by node, made for the boxes inside.
    init(
        _ model: DiagramModel, container: Int, courses: EdgeCourses, layouts: [ContainerLayout]
    ) throws(DiagramError) {
        self.model = model
        self.container = container
        self.layouts = layouts
        let rows = rows(courses)
        exists = (0..<(2 * rows.count + 3)).map { $0 % 2 == 0 }
        if keepsColumns(courses), let regions = rows.last {
            columns = Dictionary(uniqueKeysWithValues: zip(regions, regions.indices))
            firstOfColumns = rows.count > 1 ? 2 * rows.count : 0
        }
        for (row, children) in rows.enumerated() { for child in children { addBox(child, level: 2 * row + 2) } }
        if container != 0 { addHeader() }
        let segments = courses.segments[container]
        for segment in segments where segment.hasLabel {
            exists[level(of: segment.from) + (segment.isLeavingUp ? -1 : 1)] = true
        }
        for segment in segments {
            graph.paths.append(path(of: segment))
            guard graph.places.count <= DiagramMetrics.places else { throw .tooLarge }
        }
        close()
    }

    /// A line leaves its region without running through another one, so that all regions need a border of their own.
    private func keepsColumns(_ courses: EdgeCourses) -> Bool {
        model.nodes[container].holdsRegions && !courses.segments[container].isEmpty
    }

    // MARK: - Boxes

    /// Boxes of one rank stand beside each other, in several rows when they are too many.
    private func rows(_ courses: EdgeCourses) -> [[Int]] {
        var byRank: [Int: [Int]] = [:]
        for child in model.nodes[container].children { byRank[courses.rank[child], default: []].append(child) }
        let bound = keepsColumns(courses) ? Int.max : DiagramMetrics.rowWidth
        var rows: [[Int]] = []
        for rank in byRank.keys.sorted() {
            var width = 0
            rows.append([])
            for child in byRank[rank] ?? [] {
                let next = layouts[child].width + DiagramMetrics.boxGap
                if width > 0, width + next > bound {
                    rows.append([])
                    width = 0
                }
                rows[rows.count - 1].append(child)
                width += next
            }
        }
        return rows
    }

    private mutating func addBox(_ node: Int, level: Int) {
        let layout = layouts[node]
        let place = add(.box(node), level: level, width: layout.width, height: layout.height)
        graph.places[place].column = columns[node]
        placeOfBox[node] = place
    }

    private mutating func addHeader() {
        let block = model.nodes[container].content
        _ = add(.header, level: 0, width: block.width, height: block.height + DiagramMetrics.boxPadding)
    }

    private mutating func add(_ kind: LevelGraph.Kind, level: Int, width: Int = 0, height: Int = 0) -> Int {
        graph.places.append(.init(kind: kind, level: level, width: width, height: height))
        return graph.places.count - 1
    }

    // MARK: - Lines

    private func level(of end: EdgeCourses.End) -> Int {
        switch end {
        case .top: 0
        case .bottom: exists.count - 1
        case .child(let node): placeOfBox[node].map { graph.places[$0].level } ?? 0
        }
    }

    private mutating func terminal(_ place: Int, isTop: Bool, _ key: LevelGraph.Key) -> Int {
        let id = TerminalKey(place: place, isTop: isTop, key: key)
        if let known = terminalOfKey[id] { return known }
        var terminal = LevelGraph.Terminal(place: place, isTop: isTop, key: key)
        if case .box(let node) = graph.places[place].kind, let offset = layouts[node].ports[key] {
            terminal.offset = offset
            terminal.isFixed = true
        }
        if graph.places[place].kind.isLine || key == .through { terminal.isFixed = true }
        graph.terminals.append(terminal)
        let index = graph.terminals.count - 1
        if isTop { graph.places[place].top.append(index) } else { graph.places[place].bottom.append(index) }
        terminalOfKey[id] = index
        return index
    }

    /// A place of which there is one for each key and level.
    private mutating func place(
        _ kind: LevelGraph.Kind, _ key: LevelGraph.Key, _ level: Int, of segment: EdgeCourses.Segment,
        isTurn: Bool = false
    ) -> Int {
        let id = PlaceKey(key: key, level: level, isTurn: isTurn)
        if let known = placeOfKey[id] { return known }
        let place = add(kind, level: level)
        graph.places[place].key = key
        graph.places[place].column = column(of: segment, at: level)
        placeOfKey[id] = place
        return place
    }

    /// The region a segment runs in; between two regions, that where it begins.
    private func region(of segment: EdgeCourses.Segment) -> Int? {
        for end in [segment.from, segment.to] {
            if case .child(let node) = end, columns[node] != nil { return node }
        }
        return nil
    }

    private func column(of segment: EdgeCourses.Segment, at level: Int) -> Int? {
        guard !columns.isEmpty, level >= firstOfColumns else { return nil }
        return region(of: segment).flatMap { columns[$0] } ?? columns.count
    }

    /// Where a segment meets the border of a box, on its way to or from what lies inside.
    private func crossing(_ node: Int, _ segment: EdgeCourses.Segment, inner: Int) -> LevelGraph.Key {
        .flow(segment.flow, region: model.nodes[node].holdsRegions ? model.child(of: node, holding: inner) : nil)
    }

    private mutating func lane(_ segment: EdgeCourses.Segment, at level: Int, isTurn: Bool = false) -> Int {
        place(.lane, .flow(segment.flow, region: region(of: segment)), level, of: segment, isTurn: isTurn)
    }

    /// Where a segment begins or ends: terminals from the outer to the inner side.
    private mutating func ends(_ end: EdgeCourses.End, _ segment: EdgeCourses.Segment, isStart: Bool) -> [Int] {
        let edge = model.edges[segment.edge]
        switch end {
        case .child(let node):
            guard let place = placeOfBox[node] else { return [] }
            let isOwn = isStart && node == edge.source
            let isTop = isStart == segment.isLeavingUp
            let inner = isStart ? edge.source : edge.target
            return [
                terminal(place, isTop: isTop, isOwn ? .edge(segment.edge) : crossing(node, segment, inner: inner))
            ]
        case .top, .bottom:
            let isOwn = isStart && container == edge.source
            let inner = isStart ? edge.target : edge.source
            let key = isOwn ? .edge(segment.edge) : crossing(container, segment, inner: inner)
            let place = place(.border, key, level(of: end), of: segment)
            let (top, bottom) = (terminal(place, isTop: true, .through), terminal(place, isTop: false, .through))
            return end == .top ? [top, bottom] : [bottom, top]
        }
    }

    private mutating func path(of segment: EdgeCourses.Segment) -> [Int] {
        let weight = model.edges[segment.edge].weight
        var path = ends(segment.from, segment, isStart: true)
        let last = Array(ends(segment.to, segment, isStart: false).reversed())
        var current = level(of: segment.from)
        let target = level(of: segment.to)
        let step = segment.isLeavingUp ? -1 : 1
        if segment.hasLabel {
            current += step
            let block = model.edges[segment.edge].label
            let label = add(
                .label(segment.edge), level: current, width: block.width + DiagramMetrics.labelGap,
                height: block.height)
            graph.places[label].column = column(of: segment, at: current)
            pass(label, up: segment.isLeavingUp, weight * 3, &path)
        }
        if segment.turns, target <= level(of: segment.from) {
            turn(segment, from: current, to: target, &path)
        } else {
            var level = current + step
            while level != target {
                if exists[level] {
                    pass(lane(segment, at: level), up: segment.isLeavingUp, weight * (isLane(path) ? 4 : 3), &path)
                }
                level += step
            }
        }
        link(path[path.count - 1], last[0], weight * 3, turns: segment.turns && target <= current)
        return path + last
    }

    private func isLane(_ path: [Int]) -> Bool {
        guard let last = path.last else { return false }
        return graph.places[graph.terminals[last].place].kind == .lane
    }

    private mutating func pass(_ place: Int, up: Bool, _ weight: Int, _ path: inout [Int]) {
        let near = terminal(place, isTop: !up, .through)
        let far = terminal(place, isTop: up, .through)
        link(path[path.count - 1], near, weight, turns: false)
        path += [near, far]
    }

    /// Leads a line that left below back up beside the boxes, to come from above.
    private mutating func turn(_ segment: EdgeCourses.Segment, from: Int, to: Int, _ path: inout [Int]) {
        for level in (to...from).reversed() where exists[level] {
            let lane = lane(segment, at: level, isTurn: true)
            let near = terminal(lane, isTop: false, .through)
            let far = terminal(lane, isTop: true, .through)
            link(path[path.count - 1], near, 8, turns: level == from)
            path += [near, far]
        }
    }

    private mutating func link(_ a: Int, _ b: Int, _ weight: Int, turns: Bool) {
        let isDown = !graph.terminals[a].isTop
        let (upper, lower) = isDown || turns ? (a, b) : (b, a)
        graph.terminals[a].weight = max(graph.terminals[a].weight, weight)
        graph.terminals[b].weight = max(graph.terminals[b].weight, weight)
        let pair = PairKey(upper: upper, lower: lower)
        if let known = linkOfPair[pair] {
            graph.links[known].weight = max(graph.links[known].weight, weight)
            return
        }
        linkOfPair[pair] = graph.links.count
        let level = graph.places[graph.terminals[upper].place].level
        let channel = graph.terminals[upper].isTop ? level - 1 : level
        graph.links.append(.init(channel: channel, upper: upper, lower: lower, weight: weight, turns: turns))
    }

    // MARK: - Levels

    /// Leaves out levels that do not exist and sorts places into the others.
    private mutating func close() {
        var number = Array(repeating: -1, count: exists.count)
        var count = 0
        for level in exists.indices where exists[level] {
            number[level] = count
            count += 1
        }
        graph.levels = Array(repeating: [], count: count)
        for index in graph.places.indices {
            graph.places[index].level = number[graph.places[index].level]
            graph.levels[graph.places[index].level].append(index)
        }
        for index in graph.links.indices {
            var channel = graph.links[index].channel
            while !exists[channel] { channel -= 1 }
            graph.links[index].channel = number[channel]
        }
        guard !columns.isEmpty else { return }
        graph.firstOfColumns = number[firstOfColumns]
        addSeparators(from: number[firstOfColumns])
    }

    /// Puts separators into all levels in which something must stay on its side of them.
    private mutating func addSeparators(from first: Int) {
        let count = (graph.places.compactMap(\.column).max() ?? 0)
        for level in first..<graph.levels.count {
            // Beside the container's own text only where lines cross the border there.
            guard graph.levels[level].contains(where: { graph.places[$0].column != nil }) else { continue }
            for number in 0..<count {
                graph.places.append(.init(kind: .separator(number), level: level, width: 0, height: 0))
                graph.levels[level].append(graph.places.count - 1)
            }
            graph.arrange(level)
        }
    }
}

extension EdgeCourses.Segment {
    var isLeavingUp: Bool { flow.isUp }
}
