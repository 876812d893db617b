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

/// Makes a legal chart of up to 30 states with everything in it that decides where a chart goes and what it asks for.
struct RandomChart {
    /// Stands for the chart itself.
    let root: RandomState
    /// Histories included, in document order.
    private(set) var states: [RandomState] = []
    private(set) var variables: [(name: String, value: RandomExpression?)] = []
    let timers = ["deadline", "reply"]
    /// Variables of states get their values when the state is first entered.
    let isLate: Bool
    private var random: Seeded
    private var count = 0
    private var guardCount = 0

    static let events = ["a", "b", "c", "a.b", "a.b.c", "b.x", "ab", "a.bc"]
    private static let descriptors = ["a", "b", "c", "a.b", "a.*", "a.b.*", "b.*", "*", "c ab", "b.x a.b.*"]

    init(seed: UInt64) {
        random = Seeded(seed: seed)
        root = RandomState("", .compound, in: nil)
        isLate = random.chance(30)
        fill(root, depth: 0)
        number(root)
        variables = [
            ("fuel", .number(4)), ("v0", .number(Int64.random(in: 0...5, using: &random))),
            ("v1", .sum(.variable("v0"), .number(2))), ("l", .list([.number(1), .variable("v0")])),
            ("free", random.chance(10) ? .sum(.variable("free"), .number(1)) : nil), ("item", nil), ("i", nil),
        ]
        for state in states where !state.isHistory && random.chance(12) {
            state.variable = ("own_\(state.id)", numeric(depth: 1))
        }
        if random.chance(30) {
            root.initial = entrance(to: root, isHistory: false)
            if random.chance(50) { root.initialContent = [.call("initial")] + content(1) }
        }
        for state in states { decorate(state) }
        for state in root.states where state.kind != .final && random.chance(60) { catchErrors(of: state) }
    }

    /// An error that nobody takes fails the whole; most charts take theirs, or few would even begin.
    private mutating func catchErrors(of state: RandomState) {
        state.transitions.append(.init(trigger: .event("error.*")))
    }

    /// Frees the states; the chart cannot be used any more.
    func dissolve() {
        for state in states + [root] { state.dissolve() }
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
            if random.chance(50) { state.initialContent = [.call("default_\(state.id)")] + content(15) }
            return
        }
        // Each entry and each exit is seen, so that their order can be judged.
        state.entry = [.call("enter_\(state.id)")] + content(20)
        state.exit = [.call("exit_\(state.id)")] + content(12)
        state.isSettled = random.chance(20) && state.kind != .final
        guard state.kind != .final else {
            if random.chance(40) { state.doneData = numeric(depth: 1) }
            return
        }
        state.hasTask = random.chance(30)
        state.hasJob = random.chance(15)
        if state.kind == .compound, random.chance(40) {
            state.initial = entrance(to: state, isHistory: false)
            if random.chance(50) { state.initialContent = [.call("initial_\(state.id)")] + content(15) }
        }
        for number in 0..<Int.random(in: 0...3, using: &random) { state.transitions.append(transition(state, number)) }
    }

    private mutating func entrance(to state: RandomState, isHistory: Bool) -> [RandomState] {
        let inside = states.filter { ($0.isInside(state) || state === root) && !(isHistory && $0.isHistory) }
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
        var result = RandomState.Transition(trigger: trigger(state))
        let isEventless = result.trigger == .eventless
        // Guards say no in the end, so that most charts come to rest.
        let isRestless = [.eventless, .event("error.*"), .event("*"), .event("done")].contains(result.trigger)
        if isRestless, random.chance(99) {
            result.condition = random.chance(50) ? sure() : .both(sure(), sureFact())
        } else if random.chance(40) {
            result.condition = random.chance(50) ? ask() : boolean(depth: 2)
        }
        if isRestless || random.chance(60) { result.content = [.call("act_\(state.id)_\(number)")] }
        result.content += content(30)
        // Mostly forwards where no event is waited for, or most charts would go round for ever.
        let isForward = isEventless && random.chance(95)
        let possible = isForward ? forward(from: state) : states
        if possible.isEmpty { result.trigger = .event("c") }
        guard isForward || random.chance(85), let target = possible.randomElement(using: &random) else { return result }
        result.targets = together(target, among: states)
        result.isInternal = random.chance(25)
        return result
    }

    private mutating func trigger(_ state: RandomState) -> RandomState.Transition.Trigger {
        switch Int.random(in: 0..<14, using: &random) {
        case 0: .eventless
        case 1 where state.kind != .atomic: .event("done")
        case 2: .event("error.*")
        case 3: .after(random.chance(60) ? "5wd" : "72h")
        case 4: .timer(random.chance(50) ? timers[0] : timers[1])
        default: .event(Self.descriptors.randomElement(using: &random) ?? "a")
        }
    }

    private func forward(from state: RandomState) -> [RandomState] {
        states.filter { other in
            other.order > state.order && !other.isHistory && !other.isInside(state) && !canCoexist(state, other)
        }
    }
}

// MARK: - Expressions and content

extension RandomChart {
    private mutating func ask() -> RandomExpression {
        guardCount += 1
        return .ask("guard_\(guardCount)")
    }

    /// A guard that never fails: one that does raises an error for every look at it, and where errors are taken or no
    /// event is waited for there is no end of looks.
    private mutating func sure() -> RandomExpression {
        guardCount += 1
        return .ask("sure_\(guardCount)")
    }

    private mutating func sureFact() -> RandomExpression {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: .bound(.variable(variable()))
        case 1: .less(.variable("fuel"), .number(Int64.random(in: 0...4, using: &random)))
        case 2: .either(sure(), .equal(.variable("fuel"), .number(2)))
        default: .isIn(somePath())
        }
    }

    private mutating func somePath() -> String {
        states.filter { !$0.isHistory }.randomElement(using: &random)?.path ?? ""
    }

    private mutating func variable() -> String {
        let own = states.compactMap { $0.variable?.name }
        return (["v0", "v0", "v1", "v1", "item", "i", "l", "free", "fuel"] + own).randomElement(using: &random) ?? "v0"
    }

    private mutating func numeric(depth: Int) -> RandomExpression {
        switch Int.random(in: 0..<(depth > 0 ? 12 : 8), using: &random) {
        case 0..<3: .number(Int64.random(in: -2...6, using: &random))
        case 3..<7: .variable(variable())
        case 7: .eventData
        case 8, 9: .sum(numeric(depth: depth - 1), numeric(depth: depth - 1))
        case 10: .difference(numeric(depth: depth - 1), numeric(depth: depth - 1))
        default: .product(numeric(depth: depth - 1), numeric(depth: 0))
        }
    }

    private mutating func boolean(depth: Int) -> RandomExpression {
        switch Int.random(in: 0..<(depth > 0 ? 14 : 9), using: &random) {
        case 0, 1: ask()
        case 2: .less(numeric(depth: 1), numeric(depth: 0))
        case 3: .equal(numeric(depth: 1), numeric(depth: 0))
        case 4, 5: .isIn(somePath())
        case 6: .bound(random.chance(40) ? .eventData : .variable(variable()))
        case 7: .eventIs(Self.events.randomElement(using: &random) ?? "a")
        // A number where a truth value belongs.
        case 8: random.chance(30) ? numeric(depth: 0) : ask()
        case 9, 10: .both(boolean(depth: depth - 1), boolean(depth: depth - 1))
        case 11, 12: .either(boolean(depth: depth - 1), boolean(depth: depth - 1))
        default: .not(boolean(depth: depth - 1))
        }
    }

    /// Nothing, or with this chance a few elements.
    private mutating func content(_ percent: Int) -> [RandomContent] {
        guard random.chance(percent) else { return [] }
        return (0...Int.random(in: 0...1, using: &random)).map { _ in element(depth: 2) }
    }

    private mutating func data() -> RandomExpression? { random.chance(40) ? numeric(depth: 1) : nil }

    private mutating func id() -> String? { [nil, "x", "y"].randomElement(using: &random) ?? nil }

    private mutating func element(depth: Int) -> RandomContent {
        let event = Self.events.randomElement(using: &random) ?? "a"
        switch Int.random(in: 0..<(depth > 0 ? 17 : 11), using: &random) {
        case 0, 1: return .assign(random.chance(70) ? "v0" : "v1", numeric(depth: 2))
        case 2: return .branch(sure(), then: [.call("refuel"), .assign("fuel", .number(2))], otherwise: [])
        case 3: return .assign("l", .list([numeric(depth: 1), numeric(depth: 0)]))
        case 4: return .log(random.chance(30) ? .list([numeric(depth: 1)]) : numeric(depth: 1))
        case 5, 6:
            let operation = ["start", "pause", "resume", "stop"].randomElement(using: &random) ?? "start"
            return .timer(operation, timers.randomElement(using: &random) ?? "deadline")
        case 7, 8:
            return .send(event, delay: Int64.random(in: 1...9_000, using: &random), id: id(), data: data())
        case 9: return .cancel(random.chance(50) ? "x" : "y")
        case 10: return .call("step_\(Int.random(in: 0..<40, using: &random))")
        case 11:
            return .branch(
                boolean(depth: 1), then: [element(depth: depth - 1)],
                otherwise: random.chance(50) ? [element(depth: depth - 1)] : [])
        case 12:
            return .loop(.variable("l"), [element(depth: depth - 1), .log(.sum(.variable("i"), .variable("item")))])
        case 13: return .block([element(depth: depth - 1), element(depth: depth - 1)])
        default: return spend(event)
        }
    }

    /// Mostly raises and sends only as long as there is fuel, or most charts would go round for ever.
    private mutating func spend(_ event: String) -> RandomContent {
        let event: RandomContent =
            random.chance(50) ? .raise(event, data: data()) : .send(event, delay: nil, id: id(), data: data())
        guard random.chance(95) else { return event }
        return .branch(
            .less(.number(0), .variable("fuel")),
            then: [.assign("fuel", .difference(.variable("fuel"), .number(1))), event], otherwise: [])
    }
}
