import Statechart

extension ChartCoverage {
    /// One place of the chart where a guard is asked.
    public struct GuardUse: Hashable, Sendable {
        /// `open/publicity#0 isFit`, `open/publicity entry isFit`, `variable rounds isFit`; a further use at the same
        /// place ends in ` (2)`.
        public var id: String
        /// Name of the guard.
        public var name: String
        /// The transition whose condition or content asks it, or nil for what runs on entry, exit and at the start.
        public var transition: Int?
        /// The state's, or nil for the chart's own content.
        public var state: Int?
        /// Asked by content, such as an `if`, rather than by the condition of a transition.
        public var isInContent: Bool
    }
}

/// Finds every use of a guard, in the chart's order.
struct GuardUses {
    private(set) var all: [ChartCoverage.GuardUse] = []
    /// Index of the use by node of an expression.
    private(set) var atNode: [Int: Int] = [:]
    private let definition: Definition
    private var counts: [String: Int] = [:]
    /// Where the walk is.
    private var place = ""
    private var transition: Int?
    private var state: Int?
    private var isInContent = false

    init(_ definition: Definition) {
        self.definition = definition
        isInContent = true
        for variable in definition.tables.variables {
            place = "variable \(variable.name)"
            add(node: variable.initial)
        }
        place = "start"
        add(block: definition.tables.start.block)
        for state in definition.states { add(state) }
    }

    private mutating func add(_ state: State) {
        let row = definition.tables.states[state.index]
        self.state = state.index
        (transition, isInContent) = (nil, true)
        for (name, block) in [("start", row.entrance.block), ("entry", row.onEntry), ("exit", row.onExit)] {
            place = "\(state.path) \(name)"
            add(block: block)
        }
        place = "\(state.path) data"
        add(payload: row.doneData)
        for index in state.transitions {
            transition = index
            place = definition.key(of: index)
            isInContent = false
            add(node: definition.tables.transitions[index].condition)
            place += " do"
            isInContent = true
            add(block: definition.tables.transitions[index].block)
        }
    }

    private mutating func add(block: Int32) {
        guard block >= 0 else { return }
        for position in definition.tables.program.blocks[Int(block)].range {
            add(definition.tables.program.steps[position])
        }
    }

    private mutating func add(_ step: Program.Step) {
        switch step {
        case .branch(let condition, let then, let otherwise):
            add(node: condition)
            add(block: then)
            add(block: otherwise)
        case .loop(let list, _, _, let body):
            add(node: list)
            add(block: body)
        case .block(let inner): add(block: inner)
        case .assign(_, let node), .log(_, let node), .cancel(let node): add(node: node)
        case .raise(_, let payload): add(payload: payload)
        case .send(let index):
            let send = definition.tables.program.sends[Int(index)]
            for node in [send.event, send.delay, send.target, send.type] { add(node: node) }
            add(payload: send.payload)
        case .call, .timer, .fail: break
        }
    }

    private mutating func add(payload: Int32) {
        guard payload >= 0 else { return }
        let payload = definition.tables.program.payloads[Int(payload)]
        add(node: payload.content)
        for parameter in payload.parameters { add(node: parameter.expression) }
    }

    private mutating func add(node index: Int32) {
        guard index >= 0 else { return }
        let program = definition.tables.program
        let node = program.nodes[Int(index)]
        switch node.operation {
        case .ask: addUse(of: Int(node.a), at: Int(index))
        case .member, .negate, .not, .bound, .extend: add(node: node.a)
        case .add, .subtract, .multiply, .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual, .and, .or,
            .startsWith:
            add(node: node.a)
            add(node: node.b)
        case .list: for position in node.a..<node.a + node.b { add(node: program.operands[Int(position)]) }
        case .constant, .variable, .isIn, .event, .failing: break
        }
    }

    private mutating func addUse(of index: Int, at node: Int) {
        let name = definition.guards[index]
        let id = "\(place) \(name)"
        counts[id, default: 0] += 1
        let number = counts[id] ?? 1
        atNode[node] = all.count
        all.append(
            ChartCoverage.GuardUse(
                id: number == 1 ? id : "\(id) (\(number))", name: name, transition: transition, state: state,
                isInContent: isInContent))
    }
}
