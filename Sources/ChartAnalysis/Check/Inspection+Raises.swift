import Statechart

// Internal events that are raised again by what takes them, for ever.

extension Inspection {
    /// Loops of transitions each of which surely raises the one event that surely takes the next.
    mutating func inspectRaises() {
        var loops = RaiseLoops(definition, isPossible: definition.transitions.map(isPossible), names: names)
        for loop in loops.find() { reportRaises(loop) }
    }

    private mutating func reportRaises(_ loop: [RaiseLoops.Turn]) {
        guard let first = loop.first else { return }
        var names = loop.prefix(6).map { "\(path(definition.transitions[$0.transition].source)) ↑ \($0.event)" }
        if loop.count > 6 { names.append("…") }
        let way = (names + [path(definition.transitions[first.transition].source)]).joined(separator: " → ")
        report(
            .endless, transition: first.transition, "每一步都发出引起下一步的事件，永远转下去：\(way)",
            "each step raises the event that takes the next, so it turns for ever: \(way)")
    }
}

/// Finds such loops without running the chart.
///
/// A loop is only told where nothing else can happen: its transitions have no condition, each enters one atomic state
/// or stays, raises nothing else that is heard, and no other transition could be taken in between, neither by what is
/// raised elsewhere in the chart nor by what an action may raise. An action that fails would end it; that is not seen.
struct RaiseLoops {
    /// One transition of a loop.
    struct Turn: Equatable {
        var transition: Int
        /// What it raises.
        var event: String
        /// What is active after it: an atomic state, or what it did not leave.
        fileprivate var position: Int
        fileprivate var callsActions: Bool
    }

    /// What taking a transition brings about.
    private struct Effects {
        /// Raised in any case.
        var sure: Set<String> = []
        var possible: Set<String> = []
        var callsActions = false
        /// Something may be raised whose name is not known before it runs.
        var isUnknown = false
    }

    private let definition: Definition
    private let isPossible: [Bool]
    private let implemented: Set<String>?
    private var listeners: [TriggerKey: [Int]] = [:]
    private var eventless: [Int] = []
    /// By state: effects of leaving any state before it.
    private var exits: [(raising: Int, calling: Int)] = [(0, 0)]
    /// Pairs of transitions still to be compared, so that no chart takes long.
    private var budget = 500_000
    /// Every event that something in the chart, or an action that is known, raises.
    private var coming: Set<String>
    /// Transitions that lead elsewhere and may be taken without anything from outside.
    private var leaving: [Int] = []

    init(_ definition: Definition, isPossible: [Bool], names: ImplementedNames?) {
        self.definition = definition
        self.isPossible = isPossible
        implemented = names?.events
        coming = names?.events ?? []
        for index in isPossible.indices where isPossible[index] {
            for key in definition.triggerKeys(of: index) {
                if key == .eventless { eventless.append(index) } else { listeners[key, default: []].append(index) }
            }
        }
        for row in definition.tables.states {
            var effects = Effects()
            add(row.onExit, to: &effects)
            let last = exits[exits.count - 1]
            let isRaising = !effects.possible.isEmpty || effects.isUnknown
            exits.append((last.raising + (isRaising ? 1 : 0), last.calling + (effects.callsActions ? 1 : 0)))
        }
        findLeaving()
    }

    private mutating func findLeaving() {
        for case .raise(let event, _) in definition.tables.program.steps {
            coming.insert(definition.tables.events.names[Int(event)])
        }
        let keys = Set(coming.flatMap { TriggerKey.event($0).wider })
        leaving = definition.transitions.filter { transition in
            isPossible[transition.index] && !transition.targets.isEmpty
                && definition.triggerKeys(of: transition.index).contains {
                    mayCome($0, keys, isCalling: true, transition)
                }
        }.map(\.index)
    }

    private func mayCome(
        _ key: TriggerKey, _ keys: Set<TriggerKey>, isCalling: Bool, _ transition: Transition
    ) -> Bool {
        if keys.contains(key) || key == .prefix("") { return true }
        return isCalling && (implemented == nil && transition.by.isEmpty && key.isNamed || key.isOfErrors)
    }

    /// Each begins with its first transition.
    mutating func find() -> [[Turn]] {
        var turns: [Int: Turn] = [:]
        for index in isPossible.indices where isPossible[index] { turns[index] = turn(index) }
        var following: [Int: Int] = [:]
        for (index, turn) in turns.sorted(by: { $0.key < $1.key }) { following[index] = taker(after: turn) }
        var isSeen: Set<Int> = []
        var loops: [[Turn]] = []
        for start in following.keys.sorted() {
            var way: [Int] = []
            var next: Int? = start
            while let index = next, isSeen.insert(index).inserted {
                way.append(index)
                next = following[index]
            }
            guard let again = next.flatMap(way.firstIndex) else { continue }
            let loop = way[again...].compactMap { turns[$0] }
            if !canBeLeft(loop) { loops.append(RaiseLoops.fromFirst(loop)) }
        }
        return loops
    }

    private static func fromFirst(_ loop: [Turn]) -> [Turn] {
        let start = loop.indices.min { loop[$0].transition < loop[$1].transition } ?? 0
        return Array(loop[start...] + loop[..<start])
    }

    // MARK: One transition

    /// What the transition raises, if that is surely one event that is heard.
    private func turn(_ index: Int) -> Turn? {
        let row = definition.tables.transitions[index]
        guard row.trigger == .named, row.condition < 0, !row.hasHistoryTarget, row.targets.count <= 1 else {
            return nil
        }
        var effects = Effects()
        add(row.block, to: &effects)
        var position = Int(row.source)
        if let target = row.targets.range.first {
            guard let leaf = enter(Int(definition.tables.stateLists[target]), below: Int(row.domain), &effects) else {
                return nil
            }
            position = leaf
            let inside = row.domain < 0 ? 0..<definition.states.count : states(inside: Int(row.domain))
            guard exits[inside.upperBound].raising == exits[inside.lowerBound].raising else { return nil }
            if exits[inside.upperBound].calling > exits[inside.lowerBound].calling { effects.callsActions = true }
        }
        let heard = effects.possible.filter { name in
            TriggerKey.event(name).wider.contains { listeners[$0] != nil }
        }
        guard !effects.isUnknown, heard.count == 1, let event = heard.first, effects.sure.contains(event) else {
            return nil
        }
        return Turn(transition: index, event: event, position: position, callsActions: effects.callsActions)
    }

    private func states(inside state: Int) -> Range<Int> {
        state + 1..<Int(definition.tables.states[state].last) + 1
    }

    /// The atomic state in which entering ends; nil where that may be several or a final one.
    private func enter(_ first: Int, below domain: Int, _ effects: inout Effects) -> Int? {
        var (target, above) = (first, domain)
        while true {
            for state in definition.upwards(from: target).prefix(while: { $0 != above }).reversed() {
                guard definition.states[state].kind != .parallel else { return nil }
                add(definition.tables.states[state].onEntry, to: &effects)
            }
            let row = definition.tables.states[target]
            if row.kind == .atomic { return target }
            guard row.kind == .compound, row.entrance.targets.count == 1 else { return nil }
            add(row.entrance.block, to: &effects)
            above = target
            target = Int(definition.tables.stateLists[Int(row.entrance.targets.start)])
        }
    }

    // MARK: Content

    private func add(_ block: Int32, to effects: inout Effects) { _ = add(block, isSure: true, to: &effects) }

    /// - Returns: false when it may end before its end.
    private func add(_ block: Int32, isSure: Bool, to effects: inout Effects) -> Bool {
        guard block >= 0 else { return true }
        var isSure = isSure
        var comesToEnd = true
        for position in definition.tables.program.blocks[Int(block)].range {
            let isSafe = add(definition.tables.program.steps[position], isSure: isSure, to: &effects)
            isSure = isSure && isSafe
            comesToEnd = comesToEnd && isSafe
        }
        return comesToEnd
    }

    private func add(_ step: Program.Step, isSure: Bool, to effects: inout Effects) -> Bool {
        switch step {
        case .call:
            effects.callsActions = true
            return true
        case .raise(let event, let payload):
            let name = definition.tables.events.names[Int(event)]
            effects.possible.insert(name)
            guard payload < 0 else { return false }
            if isSure { effects.sure.insert(name) }
            return true
        case .send(let index):
            // What is sent without a target waits until the chart rests.
            if definition.tables.program.sends[Int(index)].target >= 0 { effects.isUnknown = true }
            return false
        case .branch(_, let then, let otherwise):
            let first = add(then, isSure: false, to: &effects)
            return add(otherwise, isSure: false, to: &effects) && first
        case .loop(_, _, _, let body):
            _ = add(body, isSure: false, to: &effects)
            return false
        case .block(let inner):
            _ = add(inner, isSure: isSure, to: &effects)
            return true
        case .cancel(let expression), .assign(_, let expression), .log(_, let expression):
            return expression < 0 || definition.tables.program.nodes[Int(expression)].operation == .constant
        case .timer: return true
        case .fail: return false
        }
    }

    // MARK: From one to the next

    /// The transition that surely takes what was raised; nil where it may be another or none.
    private mutating func taker(after turn: Turn) -> Int? {
        var best: Int?
        let heard = TriggerKey.event(turn.event).wider.flatMap { listeners[$0] ?? [] }
        for index in eventless + heard {
            budget -= 1
            guard budget > 0 else { return nil }
            let source = definition.transitions[index].source
            guard definition.canCoexist(source, turn.position) else { continue }
            let isAround = source == turn.position || definition.isInside(turn.position, source)
            guard isAround, definition.transitions[index].event != .eventless else { return nil }
            if let known = best {
                let other = definition.transitions[known].source
                guard source > other || source == other && index < known else { continue }
            }
            best = index
        }
        return best
    }

    /// Another transition than the loop's might be taken on the way, by an event that waited before the loop began or
    /// that an action raises.
    private mutating func canBeLeft(_ loop: [Turn]) -> Bool {
        let own = Set(loop.map(\.transition))
        let events = Set(loop.map(\.event))
        let callsActions = loop.contains(where: \.callsActions)
        // What raises itself waits in line with itself: others that listen to it come no sooner.
        let keys = Set(coming.subtracting(events.count == 1 ? events : []).flatMap { TriggerKey.event($0).wider })
        for index in leaving where !own.contains(index) {
            budget -= 1
            guard budget > 0 else { return true }
            let transition = definition.transitions[index]
            guard loop.contains(where: { definition.canCoexist(transition.source, $0.position) }) else { continue }
            let isOpen = definition.triggerKeys(of: index).contains {
                mayCome($0, keys, isCalling: callsActions, transition)
            }
            if isOpen { return true }
        }
        return false
    }
}

extension TriggerKey {
    fileprivate var isNamed: Bool {
        switch self {
        case .event, .prefix: true
        case .timer, .done, .eventless: false
        }
    }

    fileprivate var isOfErrors: Bool {
        switch self {
        case .event(let name), .prefix(let name): name == "error" || name.hasPrefix("error.")
        case .timer, .done, .eventless: false
        }
    }
}
