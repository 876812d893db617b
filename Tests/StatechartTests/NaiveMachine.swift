import Statechart

/// A second evaluator, deliberately slow and plain: SCXML 1.0 Appendix D nearly word by word, on the chart's tree, with
/// no tables and nothing remembered between steps. It judges the fast one.
struct NaiveMachine {
    let root: RandomState
    let oracle: Oracle
    var configuration: [RandomState] = []
    var historyValue: [String: [RandomState]] = [:]
    var internalQueue: [String] = []
    var running = false
    var isOverLimit = false
    var unhandled = false
    /// Actions in the order performed, this macrostep.
    var trace: [String] = []
    private var microsteps = 0

    init(root: RandomState, oracle: Oracle) {
        self.root = root
        self.oracle = oracle
    }

    var atomicPaths: [String] { configuration.filter(isAtomic).map(\.path).sorted() }

    mutating func start() {
        running = true
        begin()
        enterStates([RandomState.Transition(targets: effectiveInitial(root))], sources: [root], isInitial: true)
        mainLoop()
    }

    mutating func send(_ event: String) {
        begin()
        guard running else { return }
        let enabled = selectTransitions(event)
        if !enabled.isEmpty { microstep(enabled) }
        mainLoop()
    }

    private mutating func begin() { (trace, microsteps, unhandled) = ([], 0, false) }

    private mutating func mainLoop() {
        while running, !isOverLimit {
            var enabled = selectTransitions(nil)
            if enabled.isEmpty {
                guard !internalQueue.isEmpty else { break }
                let event = internalQueue.removeFirst()
                enabled = selectTransitions(event)
                if enabled.isEmpty, event.hasPrefix("error.") { unhandled = true }
            }
            microstep(enabled)
        }
        internalQueue = []
    }

    typealias Enabled = (source: RandomState, transition: RandomState.Transition, number: Int)

    private mutating func microstep(_ enabled: [Enabled]) {
        microsteps += 1
        guard microsteps <= 1_000 else {
            isOverLimit = true
            return
        }
        guard !enabled.isEmpty else { return }
        exitStates(enabled)
        for (_, transition, _) in enabled { perform(transition.action) }
        enterStates(enabled.map(\.transition), sources: enabled.map(\.source), isInitial: false)
    }

    private mutating func perform(_ action: String?) {
        guard let action else { return }
        defer { trace.append(action) }
        switch oracle.action(action, after: trace.count) {
        case .raise(let event): internalQueue.append(event)
        case .fail: internalQueue.append("error.execution")
        case .nothing: break
        }
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

    private mutating func selectTransitions(_ event: String?) -> [Enabled] {
        var enabled: [Enabled] = []
        // A condition that fails raises one error in a selection, however many leaves lie below it.
        var failed: Set<String> = []
        for atomic in configuration.filter(isAtomic).sorted(by: { $0.order < $1.order }) {
            loop: for state in [atomic] + ancestors(atomic, below: root) {
                for (number, transition) in state.transitions.enumerated() {
                    guard matches(transition, event, state) else { continue }
                    guard isTrue(transition.condition, "\(state.path) \(number)", &failed) else { continue }
                    if !enabled.contains(where: { $0.source === state && $0.number == number }) {
                        enabled.append((state, transition, number))
                    }
                    break loop
                }
            }
        }
        return removeConflicting(enabled)
    }

    private func matches(_ transition: RandomState.Transition, _ event: String?, _ state: RandomState) -> Bool {
        guard let event, let descriptor = transition.event else { return transition.event == event }
        if descriptor == "done" { return event == "done.state.\(state.path)" }
        if descriptor == "*" { return true }
        guard descriptor.hasSuffix(".*") else { return descriptor == event }
        let tokens = descriptor.dropLast(2).split(separator: ".")
        return event.split(separator: ".").starts(with: tokens)
    }

    private mutating func isTrue(_ condition: String?, _ name: String, _ failed: inout Set<String>) -> Bool {
        guard let condition else { return true }
        if condition.hasPrefix("In(") {
            return configuration.contains { "In('\($0.path)')" == condition }
        }
        for part in condition.split(separator: " ") where part != "&&" {
            let isNegated = part.hasPrefix("!")
            switch oracle.answer(String(isNegated ? part.dropFirst() : part), after: trace.count) {
            case .yes where !isNegated, .no where isNegated: continue
            case .failed, .needsPayload:
                if failed.insert(name).inserted { internalQueue.append("error.execution") }
                return false
            default: return false
            }
        }
        return true
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
            perform(state.exitAction)
            configuration.removeAll { $0 === state }
        }
    }

    private func effectiveInitial(_ state: RandomState) -> [RandomState] {
        state.initial.isEmpty ? Array(state.states.prefix(1)) : state.initial
    }

    private struct Entry {
        var states: [RandomState] = []
        var isDefault: Set<String> = []
        var historyContent: [String: String] = [:]
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
        for state in entry.states.sorted(by: { $0.order < $1.order }) {
            configuration.append(state)
            perform(state.entryAction)
            if entry.isDefault.contains(state.path) { perform(state.initialAction) }
            perform(entry.historyContent[state.path])
            if state.kind == .final { complete(state) }
        }
    }

    private mutating func complete(_ state: RandomState) {
        guard let parent = state.parent, parent !== root else {
            running = false
            perform(state.exitAction)
            return
        }
        internalQueue.append("done.state.\(parent.path)")
        var around = parent.parent
        while let outer = around, outer !== root, outer.kind == .parallel, isInFinalState(outer) {
            internalQueue.append("done.state.\(outer.path)")
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
            if remembered == nil, let content = state.initialAction { entry.historyContent[parent.path] = content }
            let targets = remembered ?? state.initial
            for target in targets { addDescendants(target, &entry) }
            for target in targets { addAncestors(target, parent, &entry) }
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
