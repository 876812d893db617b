import Statechart

/// Which states a case can get into: every way the transitions leave open, whatever conditions answer.
struct Reachability {
    private let definition: Definition
    /// By state: it can be active; of a history, that something leads to it.
    private(set) var isActive: [Bool]
    /// By state: its completion can come.
    private(set) var canBeDone: [Bool]
    private var isEntered: [Bool]
    private var isNever: [Bool] = []
    private var pending: [Work] = []

    private enum Work {
        /// A state with what lies inside by default.
        case enter(Int)
        /// A state some inner state of which is active.
        case activate(Int)
        case complete(Int)
    }

    init(_ definition: Definition) {
        self.definition = definition
        let none = Array(repeating: false, count: definition.states.count)
        (isActive, canBeDone, isEntered) = (none, none, none)
    }

    mutating func explore(without isNever: [Bool]) {
        self.isNever = isNever
        enter(definition.tables.start)
        while let work = pending.popLast() {
            switch work {
            case .enter(let state): visit(entering: state)
            case .activate(let state): activate(state)
            case .complete(let state): complete(state)
            }
        }
    }

    private mutating func enter(_ entrance: Tables.Entrance) {
        for position in entrance.targets.range {
            pending.append(.enter(Int(definition.tables.stateLists[position])))
        }
    }

    private mutating func visit(entering state: Int) {
        guard !isEntered[state] else { return }
        isEntered[state] = true
        let row = definition.tables.states[state]
        switch row.kind {
        case .shallowHistory, .deepHistory:
            isActive[state] = true
            enter(row.entrance)
            if row.kind == .shallowHistory, row.parent >= 0 { enterRemembered(in: Int(row.parent)) }
            return
        case .compound: enter(row.entrance)
        case .parallel: enterRegions(state)
        case .atomic: break
        case .final: if row.parent >= 0 { pending.append(.complete(Int(row.parent))) }
        }
        activate(state)
    }

    private mutating func enterRegions(_ state: Int) {
        for position in definition.tables.states[state].children.range {
            pending.append(.enter(Int(definition.tables.stateLists[position])))
        }
    }

    /// What a shallow history remembers comes back as if it were entered by default, however it was entered before.
    private mutating func enterRemembered(in parent: Int) {
        for child in definition.states[parent].children where isActive[child] { pending.append(.enter(child)) }
    }

    private func isRemembered(in parent: Int) -> Bool {
        definition.states[parent].children.contains { definition.states[$0].kind == .shallowHistory && isActive[$0] }
    }

    private mutating func activate(_ state: Int) {
        guard !isActive[state] else { return }
        isActive[state] = true
        if let parent = definition.states[state].parent {
            pending.append(.activate(parent))
            if isRemembered(in: parent) { pending.append(.enter(state)) }
        }
        // Entered from outside into one region, the others are entered by default.
        if definition.states[state].kind == .parallel { enterRegions(state) }
        for index in definition.states[state].transitions {
            if definition.transitions[index].event != .done || canBeDone[state] { take(index) }
        }
    }

    private mutating func take(_ transition: Int) {
        guard !isNever[transition] else { return }
        for target in definition.transitions[transition].targets { pending.append(.enter(target)) }
    }

    private mutating func complete(_ state: Int) {
        guard !canBeDone[state] else { return }
        canBeDone[state] = true
        for index in definition.states[state].transitions where definition.transitions[index].event == .done {
            take(index)
        }
        guard let parent = definition.states[state].parent, definition.states[parent].kind == .parallel else { return }
        let regions = definition.tables.states[parent].children.range.map { Int(definition.tables.stateLists[$0]) }
        if regions.allSatisfy({ canBeDone[$0] }) { pending.append(.complete(parent)) }
    }
}
