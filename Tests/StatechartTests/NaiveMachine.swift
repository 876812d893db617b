import Statechart

/// What one event did, in words, so that two evaluators can be compared.
struct Doings: Equatable {
    var outcome = Macrostep.Outcome.completed
    /// Actions and guards in the order they were asked for.
    var trace: [String] = []
    var asked: [String] = []
    var intents: [String] = []
    var log: [String] = []
    /// Source and number of each transition taken.
    var taken: [String] = []
    /// Those of them that the event itself took: roles and four-eyes are asked of these.
    var triggered: [String] = []
    // How things stand afterwards.
    var leaves: [String] = []
    var values: [String: ChartValue] = [:]
    var isDone = false
    var isSettled = false

    /// The first thing in which they differ, or nil.
    func difference(from other: Doings) -> String? {
        func compare<Value: Equatable>(_ name: String, _ path: KeyPath<Doings, Value>) -> String? {
            self[keyPath: path] == other[keyPath: path]
                ? nil : "\(name): \(self[keyPath: path]) ≠ \(other[keyPath: path])"
        }
        if let difference = compare("outcome", \.outcome) ?? compare("actions", \.trace) { return difference }
        // What stopped midway is dropped.
        guard outcome != .refused, outcome != .microstepLimit else { return nil }
        return compare("taken", \.taken) ?? compare("triggered", \.triggered) ?? compare("asked", \.asked)
            ?? compare("intents", \.intents) ?? compare("log", \.log) ?? compare("states", \.leaves)
            ?? compare("values", \.values) ?? compare("done", \.isDone) ?? compare("settled", \.isSettled)
    }
}

/// A second evaluator, deliberately slow and plain: SCXML 1.0 Appendix D nearly word by word, on the chart's tree, with
/// no tables and nothing remembered between steps. It judges the fast one.
struct NaiveMachine {
    struct Event {
        var name: String
        var data: ChartValue?
        var sendID: String?
    }

    /// What a step is taken for.
    enum Cause {
        case nothing
        case event(Event)
        /// Name of a named timer, or `path#number`.
        case timer(String)
    }

    let chart: RandomChart
    let root: RandomState
    var oracle: Oracle
    var configuration: [RandomState] = []
    var historyValue: [String: [RandomState]] = [:]
    var values: [String: ChartValue] = [:]
    /// Paths of states whose own variables have their values.
    var bound: Set<String> = []
    var internalQueue: [Event] = []
    var externalQueue: [Event] = []
    var event: Event?
    var sendCount = 0
    var running = false
    // Of the current call.
    var doings = Doings()
    var contentSteps = 0
    var isOverLimit = false
    var isRefused = false
    private var microsteps = 0
    private var unhandled: String?

    init(_ chart: RandomChart, oracle: Oracle) {
        self.chart = chart
        root = chart.root
        self.oracle = oracle
    }

    var isStopped: Bool { isOverLimit || isRefused }

    mutating func start() -> Doings {
        running = true
        begin()
        for variable in chart.variables { bind(variable.name, variable.value) }
        if !chart.isLate {
            for state in chart.states { bindOwn(of: state) }
        }
        execute(root.initialContent)
        enterStates([RandomState.Transition(targets: effectiveInitial(root))], sources: [root], isInitial: true)
        mainLoop()
        drain()
        return end(wasTaken: true)
    }

    mutating func send(_ cause: Cause) -> Doings {
        begin()
        guard running else { return end(wasTaken: false) }
        event = if case .event(let event) = cause { event } else { Event(name: "") }
        let isHeard = take(cause)
        doings.triggered = doings.taken
        if isHeard {
            mainLoop()
            drain()
        }
        return end(wasTaken: isHeard)
    }

    private mutating func begin() {
        (doings, microsteps, contentSteps, isOverLimit, isRefused, unhandled) = (Doings(), 0, 0, false, false, nil)
    }

    /// Own sends without delay, each a macrostep of its own.
    private mutating func drain() {
        while running, !isStopped, unhandled == nil, !externalQueue.isEmpty {
            let next = externalQueue.removeFirst()
            event = next
            if take(.event(next)) { mainLoop() }
        }
    }

    /// The design's unmatched events: the one from outside is refused, the one from inside dropped, a timer only
    /// written down. That nobody hears it is plain when no transition takes it and no condition failed over it.
    ///
    /// - Returns: false when nothing may change.
    private mutating func take(_ cause: Cause) -> Bool {
        let enabled = selectTransitions(cause)
        if !enabled.isEmpty { microstep(enabled) }
        return !enabled.isEmpty || !internalQueue.isEmpty
    }

    private mutating func mainLoop() {
        // The design's failures: with an error that no transition took the whole is dropped, so it ends there.
        while running, !isStopped, unhandled == nil {
            var enabled = selectTransitions(.nothing)
            if enabled.isEmpty {
                guard !internalQueue.isEmpty else { break }
                let next = internalQueue.removeFirst()
                event = next
                enabled = selectTransitions(.event(next))
                if enabled.isEmpty, isError(next) { unhandled = next.name }
            }
            microstep(enabled)
        }
        // Of what a chart that has ended would have heard, an error was taken by no transition all the same.
        if unhandled == nil { unhandled = internalQueue.first(where: isError)?.name }
        internalQueue = []
    }

    private func isError(_ event: Event) -> Bool { event.name == "error" || event.name.hasPrefix("error.") }

    private mutating func end(wasTaken: Bool) -> Doings {
        event = nil
        if !running { externalQueue = [] }
        if isRefused {
            doings.outcome = .refused
        } else if isOverLimit {
            doings.outcome = .microstepLimit
        } else if let unhandled {
            doings.outcome = .unhandledError(unhandled)
        } else if !wasTaken {
            doings.outcome = .unmatched
        }
        let leaves = configuration.filter(isAtomic)
        doings.leaves = leaves.map(\.path).sorted()
        doings.values = values
        doings.isDone = !running
        doings.isSettled = !running || leaves.allSatisfy { leaf in
            leaf.kind == .final || ([leaf] + ancestors(leaf, below: root)).contains { $0.isSettled }
        }
        return doings
    }

    typealias Enabled = (source: RandomState, transition: RandomState.Transition, number: Int)

    private mutating func microstep(_ enabled: [Enabled]) {
        microsteps += 1
        guard microsteps <= ChartLimits.microsteps else {
            isOverLimit = true
            return
        }
        guard !enabled.isEmpty else { return }
        doings.taken += enabled.map { "\($0.source.path) \($0.number)" }
        exitStates(enabled)
        for (_, transition, _) in enabled { execute(transition.content) }
        enterStates(enabled.map(\.transition), sources: enabled.map(\.source), isInitial: false)
    }
}

// MARK: - Selection

extension NaiveMachine {
    private func isAtomic(_ state: RandomState) -> Bool { state.kind == .atomic || state.kind == .final }

    private func ancestors(_ state: RandomState, below limit: RandomState?) -> [RandomState] {
        var result: [RandomState] = []
        var current = state.parent
        while let ancestor = current, ancestor !== limit {
            result.append(ancestor)
            current = ancestor.parent
        }
        return result
    }

    private mutating func selectTransitions(_ cause: Cause) -> [Enabled] {
        var enabled: [Enabled] = []
        // A condition is asked once in a selection, however many leaves lie below it.
        var verdicts: [String: Bool] = [:]
        for atomic in configuration.filter(isAtomic).sorted(by: { $0.order < $1.order }) {
            loop: for state in [atomic] + ancestors(atomic, below: root) {
                for (number, transition) in state.transitions.enumerated() {
                    guard matches(transition.trigger, cause, state) else { continue }
                    let name = "\(state.path) \(number)"
                    let verdict = verdicts[name] ?? transition.condition.map { holds($0) } ?? true
                    verdicts[name] = verdict
                    guard verdict else { continue }
                    if !enabled.contains(where: { $0.source === state && $0.number == number }) {
                        enabled.append((state, transition, number))
                    }
                    break loop
                }
            }
        }
        return removeConflicting(enabled)
    }

    private func matches(_ trigger: RandomState.Transition.Trigger, _ cause: Cause, _ state: RandomState) -> Bool {
        switch (trigger, cause) {
        case (.eventless, .nothing): true
        case (.event("done"), .event(let event)): event.name == "done.state.\(state.path)"
        case (.event(let descriptors), .event(let event)): listens(descriptors, to: event.name)
        case (.timer(let name), .timer(let fired)): name == fired
        case (.after(let duration), .timer(let fired)):
            state.durations.firstIndex(of: duration).map { "\(state.path)#\($0)" == fired } ?? false
        default: false
        }
    }

    private func listens(_ descriptors: String, to event: String) -> Bool {
        descriptors.split(separator: " ").contains { descriptor in
            if descriptor == "*" { return true }
            guard descriptor.hasSuffix(".*") else { return descriptor == event }
            return event.split(separator: ".").starts(with: descriptor.dropLast(2).split(separator: "."))
        }
    }

    /// Transitions of active states that listen to an event, innermost first.
    func candidates(for event: String) -> [String] {
        var found: [(depth: Int, order: Int, name: String)] = []
        for state in configuration.sorted(by: { $0.order < $1.order }) where running {
            for (number, transition) in state.transitions.enumerated() {
                guard matches(transition.trigger, .event(Event(name: event)), state) else { continue }
                found.append((ancestors(state, below: nil).count, found.count, "\(state.path) \(number)"))
            }
        }
        return found.sorted { ($1.depth, $0.order) < ($0.depth, $1.order) }.map(\.name)
    }

    private func removeConflicting(_ enabled: [Enabled]) -> [Enabled] {
        var filtered: [Enabled] = []
        for t1 in enabled {
            var isPreempted = false
            var toRemove: [Int] = []
            for (index, t2) in filtered.enumerated() {
                let exits = exitSet([t2])
                guard exitSet([t1]).contains(where: { state in exits.contains { $0 === state } }) else { continue }
                if t1.source.isInside(t2.source) {
                    toRemove.append(index)
                } else {
                    isPreempted = true
                    break
                }
            }
            guard !isPreempted else { continue }
            for index in toRemove.reversed() { filtered.remove(at: index) }
            filtered.append(t1)
        }
        return filtered
    }

    private func exitSet(_ enabled: [Enabled]) -> [RandomState] {
        var result: [RandomState] = []
        for (source, transition, _) in enabled where !transition.targets.isEmpty {
            let domain = domain(transition, source)
            for state in configuration where state.isInside(domain) && !result.contains(where: { $0 === state }) {
                result.append(state)
            }
        }
        return result
    }

    private func effectiveTargets(_ targets: [RandomState]) -> [RandomState] {
        targets.flatMap { target in
            guard target.isHistory else { return [target] }
            return historyValue[target.path] ?? effectiveTargets(target.initial)
        }
    }

    private func domain(_ transition: RandomState.Transition, _ source: RandomState) -> RandomState {
        let targets = effectiveTargets(transition.targets)
        if transition.isInternal, source.kind == .compound, targets.allSatisfy({ $0.isInside(source) }) {
            return source
        }
        for ancestor in ancestors(source, below: nil) where ancestor.kind == .compound {
            if targets.allSatisfy({ $0.isInside(ancestor) }) { return ancestor }
        }
        return root
    }
}

// MARK: - Moves

extension NaiveMachine {
    private mutating func exitStates(_ enabled: [Enabled]) {
        let exits = exitSet(enabled).sorted { $0.order > $1.order }
        for state in exits {
            for history in state.children where history.isHistory {
                historyValue[history.path] = configuration.filter { member in
                    history.kind == .deep ? isAtomic(member) && member.isInside(state) : member.parent === state
                }
            }
        }
        for state in exits {
            execute(state.exit)
            doings.intents += state.durations.indices.map { "stop \(state.path)#\($0)" }
            if state.hasTask { doings.intents.append("withdraw \(state.path)") }
            if state.hasJob { doings.intents.append("withdraw job of \(state.path)") }
            configuration.removeAll { $0 === state }
        }
    }

    private func effectiveInitial(_ state: RandomState) -> [RandomState] {
        state.initial.isEmpty ? Array(state.states.prefix(1)) : state.initial
    }

    private struct Entry {
        var states: [RandomState] = []
        var isDefault: Set<String> = []
        var historyContent: [String: [RandomContent]] = [:]
        /// Paths of states that come back because a history remembers them.
        var returning: Set<String> = []
    }

    private mutating func enterStates(
        _ transitions: [RandomState.Transition], sources: [RandomState], isInitial: Bool
    ) {
        var entry = Entry()
        for (transition, source) in zip(transitions, sources) where !transition.targets.isEmpty {
            for target in transition.targets { addDescendants(target, &entry) }
            let ancestor = isInitial ? root : domain(transition, source)
            for target in effectiveTargets(transition.targets) { addAncestors(target, ancestor, &entry) }
        }
        for state in entry.states.sorted(by: { $0.order < $1.order }) { enter(state, entry) }
    }

    private mutating func enter(_ state: RandomState, _ entry: Entry) {
        configuration.append(state)
        doings.intents += state.durations.indices.map { "start \(state.path)#\($0)" }
        if state.hasTask {
            doings.intents.append("\(entry.returning.contains(state.path) ? "reopen" : "open") \(state.path)")
        }
        if state.hasJob { doings.intents.append("open job of \(state.path)") }
        if chart.isLate { bindOwn(of: state) }
        execute(state.entry)
        if entry.isDefault.contains(state.path) { execute(state.initialContent) }
        execute(entry.historyContent[state.path] ?? [])
        if state.kind == .final { complete(state) }
    }

    private mutating func bindOwn(of state: RandomState) {
        guard let variable = state.variable, bound.insert(state.path).inserted else { return }
        bind(variable.name, variable.value)
    }

    private mutating func complete(_ state: RandomState) {
        guard let parent = state.parent, parent !== root else {
            running = false
            execute(state.exit)
            return
        }
        let data = doneData(of: state)
        enqueue("done.state.\(parent.path)", data)
        var around = parent.parent
        while let outer = around, outer !== root, outer.kind == .parallel, isInFinalState(outer) {
            enqueue("done.state.\(outer.path)")
            around = outer.parent
        }
    }

    private func isInFinalState(_ state: RandomState) -> Bool {
        switch state.kind {
        case .compound: state.children.contains { $0.kind == .final && isActive($0) }
        case .parallel: state.states.allSatisfy(isInFinalState)
        default: false
        }
    }

    private func isActive(_ state: RandomState) -> Bool { configuration.contains { $0 === state } }

    private func add(_ state: RandomState, _ entry: inout Entry) {
        if !entry.states.contains(where: { $0 === state }) { entry.states.append(state) }
    }

    private func addDescendants(_ state: RandomState, _ entry: inout Entry) {
        if state.isHistory {
            let parent = state.parent ?? root
            let remembered = historyValue[state.path]
            if remembered == nil { entry.historyContent[parent.path] = state.initialContent }
            let targets = remembered ?? state.initial
            for target in targets { addDescendants(target, &entry) }
            for target in targets { addAncestors(target, parent, &entry) }
            // What is remembered, what lies between, and the history's own parent were left together.
            for member in remembered ?? [] {
                entry.returning.formUnion(([member] + ancestors(member, below: parent) + [parent]).map(\.path))
            }
            return
        }
        add(state, &entry)
        if state.kind == .compound {
            entry.isDefault.insert(state.path)
            let targets = effectiveInitial(state)
            for target in targets { addDescendants(target, &entry) }
            for target in targets { addAncestors(target, state, &entry) }
        } else if state.kind == .parallel {
            addRegions(state, &entry)
        }
    }

    private func addRegions(_ state: RandomState, _ entry: inout Entry) {
        for child in state.states where !entry.states.contains(where: { $0 === child || $0.isInside(child) }) {
            addDescendants(child, &entry)
        }
    }

    private func addAncestors(_ state: RandomState, _ limit: RandomState, _ entry: inout Entry) {
        // The one departure from the text: a state that was not left is not entered again, whoever asks for it.
        for ancestor in ancestors(state, below: limit).prefix(while: { !isActive($0) }) {
            add(ancestor, &entry)
            if ancestor.kind == .parallel { addRegions(ancestor, &entry) }
        }
    }
}
