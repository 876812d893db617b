@testable import Statechart

/// SplitMix64: small, seeded, the same everywhere.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// A state of a random chart, before anything is worked out.
final class RandomState {
    enum Kind { case atomic, compound, parallel, final, shallow, deep }

    struct Transition {
        var event: String?
        var condition: String?
        var targets: [RandomState] = []
        var isInternal = false
        var action: String?
    }

    let path: String
    let id: String
    var kind: Kind
    let parent: RandomState?
    var children: [RandomState] = []
    var transitions: [Transition] = []
    var entryAction: String?
    var exitAction: String?
    /// Of a compound state (empty: the first child), or of a history.
    var initial: [RandomState] = []
    var initialAction: String?
    /// In document order.
    var order = 0

    init(_ id: String, _ kind: Kind, in parent: RandomState?) {
        self.id = id
        self.kind = kind
        self.parent = parent
        path = parent.map { $0.path.isEmpty ? id : "\($0.path)/\(id)" } ?? id
    }

    var isHistory: Bool { kind == .shallow || kind == .deep }
    var states: [RandomState] { children.filter { !$0.isHistory } }

    func isInside(_ ancestor: RandomState) -> Bool {
        var current = parent
        while let state = current {
            if state === ancestor { return true }
            current = state.parent
        }
        return false
    }
}

/// Makes a legal chart of up to 30 states with everything in it that decides where a chart goes.
struct RandomChart {
    /// Stands for the chart itself.
    let root: RandomState
    private(set) var states: [RandomState] = []
    private var random: Seeded
    private var count = 0

    static let events = ["a", "b", "c", "a.b", "a.b.c", "b.x"]
    private static let descriptors = ["a", "b", "c", "a.b", "a.*", "a.b.*", "b.*", "*"]

    init(seed: UInt64) {
        random = Seeded(seed: seed)
        root = RandomState("", .compound, in: nil)
        fill(root, depth: 0)
        number(root)
        for state in states { decorate(state) }
    }

    private mutating func fill(_ parent: RandomState, depth: Int) {
        let wanted = Int.random(in: parent.kind == .parallel ? 2...3 : 1...4, using: &random)
        for position in 0..<wanted {
            count += 1
            parent.children.append(RandomState("s\(count)", kind(in: parent, position, depth), in: parent))
        }
        if parent !== root, random.chance(40) {
            count += 1
            let history = RandomState("h\(count)", random.chance(50) ? .shallow : .deep, in: parent)
            parent.children.insert(history, at: Int.random(in: 0...parent.children.count, using: &random))
        }
        for child in parent.children where child.kind == .compound || child.kind == .parallel {
            fill(child, depth: depth + 1)
        }
    }

    private mutating func kind(in parent: RandomState, _ position: Int, _ depth: Int) -> RandomState.Kind {
        if parent.kind != .parallel, position > 0, random.chance(parent === root ? 10 : 30) { return .final }
        guard depth < 4, count < 24, random.chance(parent.kind == .parallel ? 70 : 45) else { return .atomic }
        return random.chance(45) ? .parallel : .compound
    }

    private mutating func number(_ state: RandomState) {
        for child in state.children {
            child.order = states.count
            states.append(child)
            number(child)
        }
    }

    private mutating func decorate(_ state: RandomState) {
        if state.isHistory {
            state.initial = entrance(to: state.parent ?? root, isHistory: true)
            if random.chance(50) { state.initialAction = "default_\(state.id)" }
            return
        }
        if random.chance(70) { state.entryAction = "enter_\(state.id)" }
        if random.chance(70) { state.exitAction = "exit_\(state.id)" }
        guard state.kind != .final else { return }
        if state.kind == .compound, random.chance(40) {
            state.initial = entrance(to: state, isHistory: false)
            if random.chance(50) { state.initialAction = "initial_\(state.id)" }
        }
        for number in 0..<Int.random(in: 0...3, using: &random) { state.transitions.append(transition(state, number)) }
    }

    private mutating func entrance(to state: RandomState, isHistory: Bool) -> [RandomState] {
        let inside = states.filter { $0.isInside(state) && !(isHistory && $0.isHistory) }
        guard let first = inside.randomElement(using: &random) else { return state.states.first.map { [$0] } ?? [] }
        return together(first, among: inside)
    }

    /// The first state, and now and then one of another region that can be active with it.
    private mutating func together(_ first: RandomState, among all: [RandomState]) -> [RandomState] {
        guard random.chance(35), let second = all.randomElement(using: &random), canCoexist(first, second) else {
            return [first]
        }
        return [first, second]
    }

    private func canCoexist(_ a: RandomState, _ b: RandomState) -> Bool {
        let places = [a, b].map { $0.isHistory ? $0.parent ?? root : $0 }
        if places[0] === places[1] || places[0].isInside(places[1]) || places[1].isInside(places[0]) { return false }
        var common = places[0].parent
        while let state = common, !places[1].isInside(state) { common = state.parent }
        return common?.kind == .parallel
    }

    private mutating func transition(_ state: RandomState, _ number: Int) -> RandomState.Transition {
        var result = RandomState.Transition()
        switch Int.random(in: 0..<10, using: &random) {
        case 0: break
        case 1 where state.kind != .atomic: result.event = "done"
        case 2: result.event = "error.*"
        default: result.event = Self.descriptors.randomElement(using: &random)
        }
        if random.chance(40) || result.event == nil || result.event == "error.*" {
            result.condition = condition("\(state.id)_\(number)")
        }
        if random.chance(60) { result.action = "act_\(state.id)_\(number)" }
        // Mostly forwards where no event is waited for, or most charts would go round for ever.
        let isForward = result.event == nil && random.chance(95)
        let possible = isForward ? forward(from: state) : states
        if possible.isEmpty { result.event = "c" }
        guard isForward || random.chance(85), let target = possible.randomElement(using: &random) else { return result }
        result.targets = together(target, among: states)
        result.isInternal = random.chance(25)
        return result
    }

    private func forward(from state: RandomState) -> [RandomState] {
        states.filter { other in
            other.order > state.order && !other.isHistory && !other.isInside(state) && !canCoexist(state, other)
        }
    }

    private mutating func condition(_ name: String) -> String {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: "guard_\(name) && !guard_\(name)_b"
        case 1: "In('\(states.randomElement(using: &random)?.path ?? "")')"
        default: "guard_\(name)"
        }
    }
}

// MARK: - As canonical JSON

extension RandomChart {
    var json: JSON {
        .object([
            .init("chart", .string("random")), .init("format", .integer(1)),
            .init("states", .array(root.children.map(\.json))),
        ])
    }
}

extension RandomState {
    fileprivate var json: JSON {
        var members: [JSON.Member] = [.init("id", .string(id))]
        func actions(_ name: String?, _ key: String) {
            if let name { members.append(.init(key, .array([.string(name)]))) }
        }
        let targets = JSON.array(initial.map { .string("/\($0.path)") })
        switch kind {
        case .final: members.append(.init("final", .boolean(true)))
        case .shallow: members.append(.init("history", .string("shallow")))
        case .deep: members.append(.init("history", .string("deep")))
        case .compound: members.append(.init("states", .array(children.map(\.json))))
        case .parallel: members.append(.init("regions", .array(children.map(\.json))))
        case .atomic: break
        }
        if !initial.isEmpty { members.append(.init(isHistory ? "to" : "initial", targets)) }
        actions(initialAction, isHistory ? "do" : "initialDo")
        actions(entryAction, "entry")
        actions(exitAction, "exit")
        if !transitions.isEmpty { members.append(.init("transitions", .array(transitions.map(\.json)))) }
        return .object(members)
    }
}

extension RandomState.Transition {
    fileprivate var json: JSON {
        var members: [JSON.Member] = []
        if let event { members.append(.init("event", .string(event))) }
        if let condition { members.append(.init("if", .string(condition))) }
        if !targets.isEmpty { members.append(.init("to", .array(targets.map { .string("/\($0.path)") }))) }
        if isInternal { members.append(.init("internal", .boolean(true))) }
        if let action { members.append(.init("do", .array([.string(action)]))) }
        return .object(members)
    }
}
