import Statechart

/// What a picture shows, before anything has a place: boxes inside boxes, and arrows with their labels.
struct DiagramModel {
    enum Shape: Equatable {
        case chart, atomic, compound, parallel, region, final, history(isDeep: Bool), initial
    }

    struct Node {
        var shape: Shape
        /// Index in the definition; nil for the chart and for initial dots.
        var state: Int?
        /// -1 for the chart, which is node 0.
        var parent: Int
        var depth: Int
        var children: [Int] = []
        var content = TextBlock()
        /// What pointing at the box tells.
        var tooltip = ""
        var isActive = false
        var isSettled = false
        /// What it holds is active all at once.
        var holdsRegions = false
    }

    /// All transitions from one state to another: one arrow, their labels below each other.
    struct Edge {
        var source: Int
        var target: Int
        var label = TextBlock()
        var tooltip = ""
        /// How much the arrow should be straight and short.
        var weight: Int
    }

    private(set) var nodes: [Node] = []
    private(set) var edges: [Edge] = []
    let words: DiagramWords
    private let definition: Definition
    private var edgeOfPair: [Pair: Int] = [:]

    /// Transitions that should make one straight column.
    private let mainTransitions: Set<Int>

    static let mainWeight = 8

    private struct Pair: Hashable { var source: Int, target: Int }

    init(_ definition: Definition, active: Set<Int>, language: ChartLanguage) {
        self.definition = definition
        words = DiagramWords(language)
        mainTransitions = DiagramModel.mainTransitions(definition)
        nodes.append(Node(shape: .chart, state: nil, parent: -1, depth: 0))
        for state in definition.states { addState(state, isActive: active.contains(state.index)) }
        addInitialDots()
        for transition in definition.transitions { add(transition) }
        addHistoryDefaults()
    }

    /// States follow the chart, so that a state's node is its index and one.
    static func node(of state: Int) -> Int { state + 1 }

    func isAncestor(_ ancestor: Int, of node: Int) -> Bool {
        var next = node
        while next > ancestor { next = nodes[next].parent }
        return next == ancestor
    }

    /// The box directly inside a container that a node is or lies in; nil for a node elsewhere.
    func child(of container: Int, holding node: Int) -> Int? {
        var next = node
        while next > 0 {
            let parent = nodes[next].parent
            if parent == container { return next }
            next = parent
        }
        return nil
    }

    // MARK: - Boxes

    private mutating func addState(_ state: State, isActive: Bool) {
        let parent = state.parent.map(DiagramModel.node) ?? 0
        let isRegion = nodes[parent].holdsRegions
        var node = Node(shape: shape(of: state, isRegion: isRegion), state: state.index, parent: parent, depth: 0)
        node.depth = nodes[parent].depth + 1
        node.tooltip = ([state.path] + (state.source.map { [$0] } ?? [])).joined(separator: "\n")
        node.isActive = isActive
        node.isSettled = state.isSettled
        node.holdsRegions = state.kind == .parallel
        node.content = content(of: state)
        nodes[parent].children.append(nodes.count)
        nodes.append(node)
    }

    private func shape(of state: State, isRegion: Bool) -> Shape {
        switch state.kind {
        case .shallowHistory: .history(isDeep: false)
        case .deepHistory: .history(isDeep: true)
        case .final: .final
        case .parallel: isRegion ? .region : .parallel
        case .compound: isRegion ? .region : .compound
        case .atomic: isRegion ? .region : .atomic
        }
    }

    private func content(of state: State) -> TextBlock {
        var block = TextBlock()
        guard !state.kind.isHistory else { return block }
        let wrap = DiagramMetrics.boxText
        let icon: DiagramIcon? = state.isSettled ? .settled : nil
        block.add(words.label(state.label) ?? state.id, .title, icon: icon, wrap: wrap)
        for task in definition.tasks[state.tasks] {
            block.add(words.label(task.label) ?? task.id, .task, icon: .task, wrap: wrap)
            let due = task.due.map { " · " + words.text($0) } ?? ""
            block.add(words.role(task.role, definition) + due, .detail, indent: TextBlock.iconWidth, wrap: wrap)
        }
        for job in definition.jobs[state.jobs] {
            block.add(words.label(job.label) ?? job.id, .task, icon: .job, wrap: wrap)
            let timeout = job.timeout.map { " · " + words.text($0) } ?? ""
            block.add(job.worker + timeout, .detail, indent: TextBlock.iconWidth, wrap: wrap)
        }
        for transition in definition.transitions[state.transitions] where isInside(transition) {
            block.add(words.inner(transition, definition), .detail, icon: .loop, wrap: wrap)
        }
        return block
    }

    /// The transition leads nowhere else, so it is written into its box.
    private func isInside(_ transition: Transition) -> Bool {
        transition.targets.isEmpty || transition.targets == [transition.source]
    }

    /// A state that holds states gets a dot where it begins; the regions of a parallel state all begin.
    private mutating func addInitialDots() {
        for container in nodes.indices where !nodes[container].children.isEmpty {
            let state = nodes[container].state
            guard !nodes[container].holdsRegions, nodes[container].children.contains(where: { !isHistory($0) })
            else { continue }
            let dot = nodes.count
            nodes.append(
                Node(shape: .initial, state: nil, parent: container, depth: nodes[container].depth + 1))
            nodes[container].children.insert(dot, at: 0)
            for target in definition.entrance(of: state) {
                connect(dot, DiagramModel.node(of: target), weight: DiagramModel.mainWeight)
            }
        }
    }

    func isHistory(_ node: Int) -> Bool {
        if case .history = nodes[node].shape { return true }
        return false
    }

    // MARK: - Arrows

    @discardableResult
    private mutating func connect(_ source: Int, _ target: Int, weight: Int) -> Int {
        let pair = Pair(source: source, target: target)
        if let edge = edgeOfPair[pair] { return edge }
        edgeOfPair[pair] = edges.count
        edges.append(Edge(source: source, target: target, weight: weight))
        return edges.count - 1
    }

    private mutating func add(_ transition: Transition) {
        guard !isInside(transition) else { return }
        for target in transition.targets where target != transition.source {
            let isMain = mainTransitions.contains(transition.index)
            let edge = connect(
                DiagramModel.node(of: transition.source), DiagramModel.node(of: target),
                weight: isMain ? DiagramModel.mainWeight : 2)
            edges[edge].weight = max(edges[edge].weight, isMain ? DiagramModel.mainWeight : 0)
            edges[edge].label.addGap(5)
            words.describe(transition, definition, in: &edges[edge].label)
            let text = words.tooltip(transition, definition)
            edges[edge].tooltip += (edges[edge].tooltip.isEmpty ? "" : "\n") + text
        }
    }

    /// In every container, what happens when from its beginning each state is left the first way its author names.
    private static func mainTransitions(_ definition: Definition) -> Set<Int> {
        var found: Set<Int> = []
        var seen: Set<Int> = []
        func first(_ state: State) -> Transition? {
            definition.transitions[state.transitions].first {
                $0.targets.first.map { $0 != state.index && definition.states[$0].parent == state.parent } ?? false
            }
        }
        for container in [nil] + definition.states.map({ Optional($0.index) }) {
            var state = definition.entrance(of: container).first
            while let index = state, definition.states[index].parent == container, seen.insert(index).inserted {
                guard let transition = first(definition.states[index]) else { break }
                found.insert(transition.index)
                state = transition.targets[0]
            }
        }
        return found
    }

    private mutating func addHistoryDefaults() {
        for state in definition.states where state.kind.isHistory {
            for target in definition.entrance(of: state.index) {
                connect(DiagramModel.node(of: state.index), DiagramModel.node(of: target), weight: 2)
            }
        }
    }
}
