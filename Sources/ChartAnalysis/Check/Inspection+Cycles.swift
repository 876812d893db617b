import Statechart

// Eventless transitions that follow each other for ever.

extension Inspection {
    mutating func inspectCycles() {
        let eventless = definition.transitions.filter { $0.event == .eventless && isPossible($0) }.map(\.index)
        guard !eventless.isEmpty else { return }
        // A cycle without conditions ends never; one with conditions ends never once they hold, if nothing in it can
        // change what they ask.
        let certain = eventless.filter { conditions.isExhaustive([$0], in: definition.transitions[$0].source) }
        var all = EventlessGraph(definition, allowed: certain)
        all.stopAtConditions(Set(eventless).subtracting(certain))
        let exits = changingExits()
        var still = EventlessGraph(definition, allowed: eventless.filter { isQuiet($0, exits) })
        still.bar(definition.states.indices.filter(entryChanges))
        var told: Set<Int> = []
        for cycle in all.cycles() + still.cycles() where told.isDisjoint(with: cycle) && holdTogether(cycle) {
            told.formUnion(cycle)
            reportCycle(cycle)
        }
    }

    func isPossible(_ transition: Transition) -> Bool {
        !isNever[transition.index] && reached.isActive[transition.source]
    }

    private mutating func holdTogether(_ cycle: [Int]) -> Bool {
        var formulas: [Conditions.Formula] = []
        for index in cycle {
            formulas.append(conditions.condition(of: index))
            let source = definition.transitions[index].source
            for earlier in definition.states[source].transitions.prefix(while: { $0 < index }).suffix(8)
            where definition.transitions[earlier].event == .eventless && !isNever[earlier] && !cycle.contains(earlier) {
                formulas.append(.not(conditions.condition(of: earlier)))
            }
        }
        return conditions.canHold(formulas) == true
    }

    private mutating func reportCycle(_ cycle: [Int]) {
        guard let first = cycle.min() else { return }
        let start = cycle.firstIndex(of: first) ?? 0
        let order = cycle[start...] + cycle[..<start]
        var names = order.prefix(6).map { path(definition.transitions[$0].source) }
        if order.count > 6 { names.append("…") }
        let way = (names + [path(definition.transitions[first].source)]).joined(separator: " → ")
        let isGuarded = cycle.contains { definition.transitions[$0].guardText != nil }
        report(
            .endless, transition: first, "\(isGuarded ? "条件一旦成立，" : "")不等任何事件就会永远转下去：\(way)",
            "\(isGuarded ? "once its conditions hold, " : "")it turns for ever without any event: \(way)")
    }

    /// Nothing run on the way can change what conditions ask: no assignment, no action, nothing raised.
    private func isQuiet(_ index: Int, _ exits: [Int]) -> Bool {
        let row = definition.tables.transitions[index]
        let last = Int(definition.tables.states[Int(row.source)].last)
        guard !changes(row.block), exits[last + 1] == exits[Int(row.source)] else { return false }
        for state in definition.upwards(from: Int(row.source)) {
            if state == Int(row.domain), !row.hasHistoryTarget { break }
            if changes(definition.tables.states[state].onExit) { return false }
        }
        for position in row.targets.range {
            let target = Int(definition.tables.stateLists[position])
            for state in definition.upwards(from: target) {
                if state == Int(row.domain), !row.hasHistoryTarget { break }
                if entryChanges(state) { return false }
            }
        }
        return true
    }

    /// By state: how many before it change something when they are left.
    private func changingExits() -> [Int] {
        var counts = [0]
        for row in definition.tables.states { counts.append((counts.last ?? 0) + (changes(row.onExit) ? 1 : 0)) }
        return counts
    }

    private func entryChanges(_ state: Int) -> Bool {
        let row = definition.tables.states[state]
        return changes(row.onEntry) || changes(row.entrance.block) || definition.tables.isLateBinding
    }

    private func changes(_ block: Int32) -> Bool {
        guard block >= 0 else { return false }
        return definition.tables.program.blocks[Int(block)].range.contains { position in
            switch definition.tables.program.steps[position] {
            case .log, .timer, .cancel: return false
            case .branch(_, let then, let otherwise): return changes(then) || changes(otherwise)
            case .block(let inner): return changes(inner)
            case .call, .raise, .send, .assign, .loop, .fail: return true
            }
        }
    }
}

/// Eventless transitions, and which may follow which: a transition enters its targets by default, and then those of
/// every active state may be taken.
struct EventlessGraph {
    private let definition: Definition
    private let count: Int
    /// By state, the transitions that may be taken there.
    private var open: [Int: [Int]] = [:]
    /// States at which the way upwards ends.
    private var closed: Set<Int> = []
    /// States that are not to be entered.
    private var barred: Set<Int> = []

    init(_ definition: Definition, allowed: [Int]) {
        self.definition = definition
        count = definition.states.count
        for index in allowed { open[definition.transitions[index].source, default: []].append(index) }
    }

    /// A condition might lead out of the cycle, so that nothing is certain beyond it.
    mutating func stopAtConditions(_ guarded: Set<Int>) {
        for index in guarded {
            let source = definition.transitions[index].source
            closed.insert(source)
            open[source]?.removeAll { $0 > index }
        }
    }

    /// What is run on entering these might change what conditions ask.
    mutating func bar(_ states: [Int]) { barred = Set(states) }

    /// Nodes: a state is entered, a state is active, a transition is taken.
    private func followers(of node: Int) -> [Int] {
        if node >= 2 * count {
            let targets = definition.transitions[node - 2 * count].targets
            guard targets.isEmpty else { return targets }
            return [count + definition.transitions[node - 2 * count].source]
        }
        if node >= count {
            let taken = (open[node - count] ?? []).map { 2 * count + $0 }
            guard let parent = definition.states[node - count].parent, !closed.contains(node - count) else {
                return taken
            }
            return taken + [count + parent]
        }
        guard !barred.contains(node) else { return [] }
        let row = definition.tables.states[node]
        switch row.kind {
        case .atomic, .final: return [count + node]
        case .compound, .shallowHistory, .deepHistory:
            return row.entrance.targets.range.map { Int(definition.tables.stateLists[$0]) }
        case .parallel: return row.children.range.map { Int(definition.tables.stateLists[$0]) }
        }
    }

    /// One cycle of each knot of transitions that lead back to themselves, as its transitions in order.
    func cycles() -> [[Int]] {
        var result: [[Int]] = []
        for knot in knots() {
            guard let start = knot.filter({ $0 >= 2 * count }).min() else { continue }
            result.append(cycle(from: start, within: Set(knot)).map { $0 - 2 * count })
        }
        return result.sorted { ($0.min() ?? 0) < ($1.min() ?? 0) }
    }

    /// The first way found from a node back to itself.
    private func cycle(from start: Int, within knot: Set<Int>) -> [Int] {
        var previous: [Int: Int] = [:]
        var pending = [start]
        var position = 0
        while position < pending.count {
            let node = pending[position]
            position += 1
            for next in followers(of: node) where knot.contains(next) && previous[next] == nil {
                previous[next] = node
                pending.append(next)
            }
        }
        var way: [Int] = []
        var node = start
        repeat {
            if node >= 2 * count { way.append(node) }
            node = previous[node] ?? start
        } while node != start
        return way.reversed()
    }

    /// Strongly connected components of more than one node or with an edge to itself: Tarjan's algorithm, without
    /// recursion.
    private func knots() -> [[Int]] {
        var search = KnotSearch(nodes: 2 * count + definition.transitions.count)
        for index in open.values.joined().sorted() { search.visit(2 * count + index, followers) }
        return search.knots
    }
}

private struct KnotSearch {
    private(set) var knots: [[Int]] = []
    private var order: [Int]
    private var lowest: [Int]
    private var isOnStack: [Bool]
    private var stack: [Int] = []
    private var count = 0

    init(nodes: Int) {
        order = Array(repeating: -1, count: nodes)
        lowest = order
        isOnStack = Array(repeating: false, count: nodes)
    }

    mutating func visit(_ root: Int, _ followers: (Int) -> [Int]) {
        guard order[root] < 0 else { return }
        var calls: [(node: Int, next: [Int], position: Int)] = [(root, open(root, followers), 0)]
        while let call = calls.last {
            if call.position < call.next.count {
                let next = call.next[call.position]
                calls[calls.count - 1].position += 1
                if order[next] < 0 {
                    calls.append((next, open(next, followers), 0))
                } else if isOnStack[next] {
                    lowest[call.node] = min(lowest[call.node], order[next])
                }
                continue
            }
            calls.removeLast()
            if let outer = calls.last { lowest[outer.node] = min(lowest[outer.node], lowest[call.node]) }
            if lowest[call.node] == order[call.node] { close(call.node) }
        }
    }

    private mutating func open(_ node: Int, _ followers: (Int) -> [Int]) -> [Int] {
        order[node] = count
        lowest[node] = count
        count += 1
        stack.append(node)
        isOnStack[node] = true
        return followers(node)
    }

    private mutating func close(_ node: Int) {
        var knot: [Int] = []
        while let member = stack.popLast() {
            isOnStack[member] = false
            knot.append(member)
            if member == node { break }
        }
        if knot.count > 1 { knots.append(knot) }
    }
}
