import Statechart

// Where a case can get to: states nothing leads to, states nothing leads out of, circles without exit.

extension Inspection {
    mutating func inspectWays() {
        reportUnreachable()
        let ways = Ways(definition, reached, isNever)
        let deadEnds = definition.states.filter { reached.isActive[$0.index] && ways.isDeadEnd($0) }.map(\.index)
        for state in deadEnds { reportDeadEnd(state) }
        stuck.formUnion(deadEnds)
        let canEnd = ways.leading(to: definition.states.filter(Inspection.isEnd).map { ways.entered($0.index) })
        let isExplained = ways.leading(to: deadEnds.map { ways.entered($0) })
        let isTrapped = definition.states.map { state in
            let node = ways.entered(state.index)
            return state.kind.isLeaf && reached.isActive[state.index] && !canEnd[node] && !isExplained[node]
        }
        reportTraps(isTrapped)
    }

    private static func isEnd(_ state: State) -> Bool {
        state.isSettled || (state.kind == .final && state.parent == nil)
    }

    private mutating func reportUnreachable() {
        for state in definition.states where !reached.isActive[state.index] {
            if let parent = state.parent, !reached.isActive[parent] { continue }
            let en = state.kind.isHistory ? "no transition leads to the history" : "nothing leads to the state"
            report(
                .unreachable, state: state.index, "没有任何转换能到达\(state.kind.isHistory ? "历史状态" : "状态") \(state.path)",
                "\(en) \(state.path)")
        }
    }

    private mutating func reportDeadEnd(_ state: Int) {
        if definition.states[state].kind == .final, let parent = definition.states[state].parent {
            report(
                .deadEnd, state: state, "\(path(state)) 使 \(path(parent)) 完成，但之后无路可走：外层没有 done 转换",
                "\(path(state)) completes \(path(parent)), and nothing follows: there is no done transition")
        } else {
            report(
                .deadEnd, state: state, "\(path(state)) 没有离开的转换，外层也没有，案件将永远停在那里",
                "no transition leads out of \(path(state)), nor out of a state around it: a case stays for ever")
        }
    }

    /// The outermost states all of whose leaves are trapped.
    private mutating func reportTraps(_ isTrapped: [Bool]) {
        guard isTrapped.contains(true) else { return }
        var isWhole = isTrapped
        var hasFree = Array(repeating: false, count: isTrapped.count)
        for state in definition.states.reversed() {
            if state.kind.isLeaf { hasFree[state.index] = reached.isActive[state.index] && !isTrapped[state.index] }
            if !state.kind.isLeaf { isWhole[state.index] = isWhole[state.index] && !hasFree[state.index] }
            guard let parent = state.parent else { continue }
            isWhole[parent] = isWhole[parent] || isWhole[state.index]
            hasFree[parent] = hasFree[parent] || hasFree[state.index]
        }
        if !hasFree.contains(true) {
            report(.noEnd, "没有一条路通向结束：案件永远办不完", "no way leads to an end: no case is ever finished", at: "")
            return
        }
        for state in definition.states where isWhole[state.index] {
            if let parent = state.parent, isWhole[parent] { continue }
            report(
                .noEnd, state: state.index, "进入 \(state.path) 之后再也走不到结束",
                "once in \(state.path), a case never comes to an end")
        }
    }
}

/// Which state may be followed by which, with nothing left out that could happen.
///
/// A state is known in four ways: it is active (`up`: its own transitions can be taken, and those around it), it is
/// entered by default (`entered`), it is done (`done`), anything inside may be active (`any`, after a history).
struct Ways {
    private let definition: Definition
    private let count: Int
    private var edges: [[Int32]]

    func entered(_ state: Int) -> Int { state }
    private func up(_ state: Int) -> Int { count + state }
    private func done(_ state: Int) -> Int { 2 * count + state }
    private func any(_ state: Int) -> Int { 3 * count + state }

    init(_ definition: Definition, _ reached: Reachability, _ isNever: [Bool]) {
        self.definition = definition
        count = definition.states.count
        edges = Array(repeating: [], count: 4 * count)
        for state in definition.states { addStructure(state) }
        for transition in definition.transitions
        where !isNever[transition.index] && reached.isActive[transition.source] { add(transition) }
    }

    private mutating func add(_ from: Int, _ to: Int) { edges[from].append(Int32(to)) }

    private mutating func addStructure(_ state: State) {
        let row = definition.tables.states[state.index]
        if let parent = state.parent, !state.kind.isHistory {
            add(up(state.index), up(parent))
            add(any(parent), up(state.index))
            add(any(parent), any(state.index))
            if definition.states[parent].kind == .parallel { add(done(state.index), done(parent)) }
        }
        add(done(state.index), up(state.index))
        switch state.kind {
        case .atomic: add(entered(state.index), up(state.index))
        case .final:
            add(entered(state.index), up(state.index))
            if let parent = state.parent { add(entered(state.index), done(parent)) }
            if let parent = state.parent { add(up(state.index), done(parent)) }
        case .compound: addEntrance(row.entrance, of: state.index)
        case .parallel:
            for position in row.children.range {
                add(entered(state.index), entered(Int(definition.tables.stateLists[position])))
            }
        case .shallowHistory, .deepHistory:
            addEntrance(row.entrance, of: state.index)
            if let parent = state.parent { add(entered(state.index), any(parent)) }
        }
    }

    private mutating func addEntrance(_ entrance: Tables.Entrance, of state: Int) {
        for position in entrance.targets.range {
            add(entered(state), entered(Int(definition.tables.stateLists[position])))
        }
    }

    private mutating func add(_ transition: Transition) {
        let origin = transition.event == .done ? done(transition.source) : up(transition.source)
        for target in transition.targets { add(origin, entered(target)) }
        // What leaves a parallel state from one region leaves it from all.
        var inner = transition.source
        while let outer = definition.states[inner].parent {
            inner = outer
            guard definition.states[outer].kind == .parallel else { continue }
            for target in transition.targets where !definition.isInside(target, outer) {
                add(up(outer), entered(target))
            }
        }
    }

    /// By node: some way leads from it to one of the ends.
    func leading(to ends: [Int]) -> [Bool] {
        var before: [[Int32]] = Array(repeating: [], count: edges.count)
        for (node, followers) in edges.enumerated() {
            for follower in followers { before[Int(follower)].append(Int32(node)) }
        }
        var isLeading = Array(repeating: false, count: edges.count)
        // In an end, and in a state inside a settled one, the case has ended.
        var pending = ends.flatMap { [$0, $0 + count] }
        while let node = pending.popLast() {
            guard !isLeading[node] else { continue }
            isLeading[node] = true
            pending += before[node].map(Int.init)
        }
        return isLeading
    }

    /// A case could rest here, and no transition leads anywhere from here.
    func isDeadEnd(_ state: State) -> Bool {
        guard state.kind.isLeaf, !(state.kind == .final && state.parent == nil) else { return false }
        for outer in definition.upwards(from: state.index) {
            if definition.states[outer].isSettled || leadsOn(up(outer)) { return false }
        }
        guard state.kind == .final, var completed = state.parent else { return true }
        while true {
            if leadsOn(done(completed)) { return false }
            guard let parent = definition.states[completed].parent, definition.states[parent].kind == .parallel else {
                return true
            }
            completed = parent
        }
    }

    /// Some transition leads on from the node itself.
    private func leadsOn(_ node: Int) -> Bool { edges[node].contains { $0 < count } }
}
