/// What the interpreter reads in a step: plain numbers, everything by index, made once. -1 stands for none, and as a
/// parent or a domain for the chart itself.
package struct Tables: Sendable {
    package var states: [StateRow] = []
    package var transitions: [TransitionRow] = []
    /// Slices of state indices: children, histories, targets.
    package var stateLists: [Int32] = []
    package var descriptors: [Descriptor] = []
    package var events = EventTable()
    package var program = Program()
    package var variables: [Variable] = []
    /// Where the chart starts.
    package var start = Entrance()
    /// Deepest state's depth + 1.
    package var levels = 0
    package var isScxml = false
    package var isLateBinding = false
    package var hasEventless = false
    /// The histories, by the slot in which an interpreter keeps what each remembers.
    package var histories: [Int32] = []
    /// Named timers by name.
    package var timerOfNamed: [String: Int] = [:]

    package struct Variable: Sendable {
        package var name: String
        /// Expression of the first value, or -1: then the variable is unbound.
        package var initial: Int32
        /// The state that declares it, or -1.
        package var owner: Int32
        package var pointer = ""
    }

    package struct Slice: Equatable, Sendable {
        package var start: Int32 = 0
        package var count: Int32 = 0
        package var range: Range<Int> { Int(start)..<Int(start + count) }
        package var isEmpty: Bool { count == 0 }
    }

    /// Targets to enter and the content run on the way: a default entry, a history's default.
    package struct Entrance: Sendable {
        package var targets = Slice()
        package var block: Int32 = -1
    }

    package struct StateRow: Sendable {
        package var kind: State.Kind
        package var isSettled: Bool
        package var depth: Int32
        package var parent: Int32
        /// The last state inside it in document order, or itself.
        package var last: Int32
        package var children = Slice()
        package var histories = Slice()
        /// Of a compound state, or of a history.
        package var entrance = Entrance()
        package var transitions = Slice()
        package var tasks = Slice()
        package var jobs = Slice()
        /// Timers that start on entry and are cancelled on exit.
        package var timers = Slice()
        package var onEntry: Int32 = -1
        package var onExit: Int32 = -1
        /// Id of `done.state.<path>`.
        package var doneEvent: Int32 = -1
        /// Payload of the done event a final state makes.
        package var doneData: Int32 = -1
        package var hasVariables = false
        /// Of a history, where the interpreter keeps what it remembers.
        package var historySlot: Int32 = -1
    }

    package struct TransitionRow: Sendable {
        package enum Trigger: Sendable { case named, timer, eventless }

        package var source: Int32
        package var trigger: Trigger
        /// Descriptors of a named event.
        package var descriptors = Slice()
        package var timer: Int32 = -1
        /// Expression, or -1.
        package var condition: Int32 = -1
        package var targets = Slice()
        package var block: Int32 = -1
        package var isInternal = false
        /// Some target is a history, so that domain and entry depend on what it remembers.
        package var hasHistoryTarget = false
        /// Least common compound ancestor, when no target is a history. -1 is the chart.
        package var domain: Int32 = -1
    }

    package struct Descriptor: Equatable, Sendable {
        /// Of the exact event, or of the prefix's base.
        package var event: Int32
        package var isPrefix: Bool
    }
}

/// Names of events, and for each the longest prefix by whole tokens that some transition listens to.
package struct EventTable: Sendable {
    /// Id of the prefix of all events, written `*`.
    package static let all: Int32 = 0
    /// Ids of `error.execution` and `error.communication`, which are in every table.
    package static let executionError: Int32 = 1
    package static let communicationError: Int32 = 2

    package private(set) var names = ["*", "error.execution", "error.communication"]
    private var ids: [ExactText: Int32] = [
        ExactText("*"): EventTable.all, ExactText("error.execution"): EventTable.executionError,
        ExactText("error.communication"): EventTable.communicationError,
    ]
    private var isBase = [true, false, false]
    /// By event: the longest proper prefix that is a base, or -1 for `*` itself.
    package private(set) var parents: [Int32] = [-1, EventTable.all, EventTable.all]
    package private(set) var isError = [false, true, true]

    /// What `error.*` listens to.
    package static func isError(_ name: String) -> Bool { name == "error" || name.hasPrefix("error.") }

    package mutating func id(of name: String) -> Int32 {
        if let id = find(name) { return id }
        let id = Int32(names.count)
        ids[ExactText(name)] = id
        names.append(name)
        isBase.append(false)
        parents.append(EventTable.all)
        isError.append(EventTable.isError(name))
        return id
    }

    package mutating func base(_ prefix: String) -> Int32 {
        let id = prefix.isEmpty ? EventTable.all : id(of: prefix)
        isBase[Int(id)] = true
        return id
    }

    /// To be called once all bases are known.
    package mutating func link() {
        for index in 1..<max(1, names.count) { parents[index] = longestBase(of: names[index]) }
    }

    package func find(_ name: String) -> Int32? { ids[ExactText(name)] }

    /// The longest base that is a proper prefix of `name` by whole tokens.
    package func longestBase(of name: String) -> Int32 {
        // No base is longer, and a name from outside may be as long as its sender likes.
        var rest = name.utf8.prefix(ChartLimits.nameBytes + 1)
        while let dot = rest.lastIndex(of: UInt8(ascii: ".")) {
            rest = rest[..<dot]
            if let id = find(String(Substring(rest))), isBase[Int(id)] { return id }
        }
        return EventTable.all
    }
}
