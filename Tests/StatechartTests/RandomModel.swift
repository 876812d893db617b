@testable import Statechart

/// A state of a random chart, before anything is worked out.
final class RandomState {
    enum Kind { case atomic, compound, parallel, final, shallow, deep }

    struct Transition {
        enum Trigger: Equatable {
            case eventless
            /// Descriptors parted by a blank, or `done`.
            case event(String)
            case after(String)
            case timer(String)
        }

        var trigger = Trigger.eventless
        var condition: RandomExpression?
        var targets: [RandomState] = []
        var isInternal = false
        var content: [RandomContent] = []
    }

    let path: String
    let id: String
    var kind: Kind
    let parent: RandomState?
    var children: [RandomState] = []
    var transitions: [Transition] = []
    var entry: [RandomContent] = []
    var exit: [RandomContent] = []
    /// Of a compound state (empty: the first child), or of a history.
    var initial: [RandomState] = []
    var initialContent: [RandomContent] = []
    var isSettled = false
    var hasTask = false
    var hasJob = false
    /// Name and first value of the state's own variable.
    var variable: (name: String, value: RandomExpression)?
    /// Of a final state: what its done event carries as `v`.
    var doneData: RandomExpression?
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

    /// States know each other in circles: to be called when the chart is no longer needed.
    func dissolve() { (children, transitions, initial) = ([], [], []) }

    func isInside(_ ancestor: RandomState) -> Bool {
        var current = parent
        while let state = current {
            if state === ancestor { return true }
            current = state.parent
        }
        return false
    }

    /// Durations of its `after`, each once: they are its timers, in this order.
    var durations: [String] {
        var result: [String] = []
        for transition in transitions {
            if case .after(let duration) = transition.trigger, !result.contains(duration) { result.append(duration) }
        }
        return result
    }
}

/// An expression as a tree, so that the naive evaluator needs no parser.
indirect enum RandomExpression {
    case number(Int64)
    case variable(String)
    case list([RandomExpression])
    case eventData
    case sum(RandomExpression, RandomExpression)
    case difference(RandomExpression, RandomExpression)
    case product(RandomExpression, RandomExpression)
    case less(RandomExpression, RandomExpression)
    case equal(RandomExpression, RandomExpression)
    case both(RandomExpression, RandomExpression)
    case either(RandomExpression, RandomExpression)
    case not(RandomExpression)
    case isIn(String)
    case bound(RandomExpression)
    case eventIs(String)
    case ask(String)

    var text: String {
        switch self {
        case .number(let value): "\(value)"
        case .variable(let name): name
        case .list(let elements): "[\(elements.map(\.text).joined(separator: ", "))]"
        case .eventData: "_event.data.v"
        case .sum(let a, let b): "(\(a.text) + \(b.text))"
        case .difference(let a, let b): "(\(a.text) - \(b.text))"
        case .product(let a, let b): "(\(a.text) * \(b.text))"
        case .less(let a, let b): "(\(a.text) < \(b.text))"
        case .equal(let a, let b): "(\(a.text) == \(b.text))"
        case .both(let a, let b): "(\(a.text) && \(b.text))"
        case .either(let a, let b): "(\(a.text) || \(b.text))"
        case .not(let a): "!\(a.text)"
        case .isIn(let path): "In('\(path)')"
        case .bound(let a): "bound(\(a.text))"
        case .eventIs(let name): "(_event.name == '\(name)')"
        case .ask(let name): name
        }
    }
}

/// One element of executable content.
indirect enum RandomContent {
    case call(String)
    case raise(String, data: RandomExpression?)
    case send(String, delay: Int64?, id: String?, data: RandomExpression?)
    case cancel(String)
    case assign(String, RandomExpression)
    case branch(RandomExpression, then: [RandomContent], otherwise: [RandomContent])
    case loop(RandomExpression, [RandomContent])
    case log(RandomExpression)
    case timer(String, String)
    case block([RandomContent])
}

// MARK: - As canonical JSON

extension RandomChart {
    var json: JSON {
        var members: [JSON.Member] = [
            .init("chart", .string("random")), .init("format", .integer(1)),
            .init("states", .array(root.children.map(\.json))),
            .init("variables", .array(variables.map { JSON(variable: $0.name, $0.value) })),
            .init(
                "timers",
                .array(timers.map { .object([.init("id", .string($0)), .init("duration", .string("30d"))]) })),
        ]
        if isLate { members.append(.init("binding", .string("late"))) }
        if !root.initial.isEmpty { members.append(.init("initial", JSON(targets: root.initial))) }
        if !root.initialContent.isEmpty { members.append(.init("initialDo", JSON(content: root.initialContent))) }
        return .object(members)
    }
}

extension JSON {
    fileprivate init(targets: [RandomState]) { self = .array(targets.map { .string("/\($0.path)") }) }

    fileprivate init(content: [RandomContent]) { self = .array(content.map(\.json)) }

    fileprivate init(variable name: String, _ value: RandomExpression?) {
        var members = [Member("id", .string(name))]
        if let value { members.append(.init("value", .string(value.text))) }
        self = .object(members)
    }

    fileprivate init(data: RandomExpression) { self = .object([.init("v", .string(data.text))]) }
}

extension RandomState {
    fileprivate var json: JSON {
        var members: [JSON.Member] = [.init("id", .string(id))]
        func add(_ content: [RandomContent], _ key: String) {
            if !content.isEmpty { members.append(.init(key, JSON(content: content))) }
        }
        switch kind {
        case .final: members.append(.init("final", .boolean(true)))
        case .shallow: members.append(.init("history", .string("shallow")))
        case .deep: members.append(.init("history", .string("deep")))
        case .compound: members.append(.init("states", .array(children.map(\.json))))
        case .parallel: members.append(.init("regions", .array(children.map(\.json))))
        case .atomic: break
        }
        if !initial.isEmpty { members.append(.init(isHistory ? "to" : "initial", JSON(targets: initial))) }
        add(initialContent, isHistory ? "do" : "initialDo")
        add(entry, "entry")
        add(exit, "exit")
        if isSettled { members.append(.init("settled", .boolean(true))) }
        if hasTask {
            let task = JSON.object([.init("id", .string("t")), .init("role", .string("clerk"))])
            members.append(.init("tasks", .array([task])))
        }
        if hasJob {
            let job = JSON.object([.init("id", .string("j")), .init("worker", .string("bank"))])
            members.append(.init("jobs", .array([job])))
        }
        if let variable { members.append(.init("variables", .array([JSON(variable: variable.name, variable.value)]))) }
        if let doneData { members.append(.init("data", JSON(data: doneData))) }
        if !transitions.isEmpty { members.append(.init("transitions", .array(transitions.map(\.json)))) }
        return .object(members)
    }
}

extension RandomState.Transition {
    fileprivate var json: JSON {
        var members: [JSON.Member] = []
        switch trigger {
        case .eventless: break
        case .event(let event): members.append(.init("event", .string(event)))
        case .after(let duration): members.append(.init("after", .string(duration)))
        case .timer(let name): members.append(.init("timer", .string(name)))
        }
        if let condition { members.append(.init("if", .string(condition.text))) }
        if !targets.isEmpty { members.append(.init("to", JSON(targets: targets))) }
        if isInternal { members.append(.init("internal", .boolean(true))) }
        if !content.isEmpty { members.append(.init("do", JSON(content: content))) }
        return .object(members)
    }
}

extension RandomContent {
    fileprivate var json: JSON {
        var members: [JSON.Member] = []
        func add(_ key: String, _ value: JSON) { members.append(.init(key, value)) }
        switch self {
        case .call(let action): return .string(action)
        case .raise(let event, let data):
            add("raise", .string(event))
            if let data { add("data", JSON(data: data)) }
        case .send(let event, let delay, let id, let data):
            add("send", .string(event))
            if let delay { add("delay", .string("\(delay)ms")) }
            if let id { add("id", .string(id)) }
            if let data { add("data", JSON(data: data)) }
        case .cancel(let id): add("cancel", .string(id))
        case .assign(let variable, let value):
            add("assign", .string(variable))
            add("value", .string(value.text))
        case .branch(let condition, let then, let otherwise):
            add("if", .string(condition.text))
            add("then", JSON(content: then))
            if !otherwise.isEmpty { add("else", JSON(content: otherwise)) }
        case .loop(let list, let body):
            add("foreach", .string(list.text))
            add("as", .string("item"))
            add("index", .string("i"))
            add("do", JSON(content: body))
        case .log(let value):
            add("log", .string("value"))
            add("value", .string(value.text))
        case .timer(let operation, let name): add(operation, .string(name))
        case .block(let content): add("block", JSON(content: content))
        }
        return .object(members)
    }
}
