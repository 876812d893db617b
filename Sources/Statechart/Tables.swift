/// What the interpreter reads in a step: plain numbers, everything by index, made once. -1 stands for none, and as a
/// parent or a domain for the chart itself.
struct Tables: Sendable {
    var states: [StateRow] = []
    var transitions: [TransitionRow] = []
    /// Slices of state indices: children, histories, targets.
    var stateLists: [Int32] = []
    var descriptors: [Descriptor] = []
    var events = EventTable()
    var program = Program()
    var variables: [Variable] = []
    /// Where the chart starts.
    var start = Entrance()
    /// Deepest state's depth + 1.
    var levels = 0
    var isScxml = false
    var isLateBinding = false
    var hasEventless = false
    /// The histories, by the slot in which an interpreter keeps what each remembers.
    var histories: [Int32] = []
    /// Named timers by name.
    var timerOfNamed: [String: Int] = [:]

    struct Variable: Sendable {
        var name: String
        /// Expression of the first value, or -1: then the variable is unbound.
        var initial: Int32
        /// The state that declares it, or -1.
        var owner: Int32
        var pointer = ""
    }

    struct Slice: Equatable, Sendable {
        var start: Int32 = 0
        var count: Int32 = 0
        var range: Range<Int> { Int(start)..<Int(start + count) }
        var isEmpty: Bool { count == 0 }
    }

    /// Targets to enter and the content run on the way: a default entry, a history's default.
    struct Entrance: Sendable {
        var targets = Slice()
        var block: Int32 = -1
    }

    struct StateRow: Sendable {
        var kind: State.Kind
        var isSettled: Bool
        var depth: Int32
        var parent: Int32
        /// The last state inside it in document order, or itself.
        var last: Int32
        var children = Slice()
        var histories = Slice()
        /// Of a compound state, or of a history.
        var entrance = Entrance()
        var transitions = Slice()
        var tasks = Slice()
        var jobs = Slice()
        /// Timers that start on entry and are cancelled on exit.
        var timers = Slice()
        var onEntry: Int32 = -1
        var onExit: Int32 = -1
        /// Id of `done.state.<path>`.
        var doneEvent: Int32 = -1
        /// Payload of the done event a final state makes.
        var doneData: Int32 = -1
        var hasVariables = false
        /// Of a history, where the interpreter keeps what it remembers.
        var historySlot: Int32 = -1
    }

    struct TransitionRow: Sendable {
        enum Trigger: Sendable { case named, timer, eventless }

        var source: Int32
        var trigger: Trigger
        /// Descriptors of a named event.
        var descriptors = Slice()
        var timer: Int32 = -1
        /// Expression, or -1.
        var condition: Int32 = -1
        var targets = Slice()
        var block: Int32 = -1
        var isInternal = false
        /// Some target is a history, so that domain and entry depend on what it remembers.
        var hasHistoryTarget = false
        /// Least common compound ancestor, when no target is a history. -1 is the chart.
        var domain: Int32 = -1
    }

    struct Descriptor: Equatable, Sendable {
        /// Of the exact event, or of the prefix's base.
        var event: Int32
        var isPrefix: Bool
    }
}

/// Names of events, and for each the longest prefix by whole tokens that some transition listens to.
struct EventTable: Sendable {
    /// Id of the prefix of all events, written `*`.
    static let all: Int32 = 0
    /// Ids of `error.execution` and `error.communication`, which are in every table.
    static let executionError: Int32 = 1
    static let communicationError: Int32 = 2

    private(set) var names = ["*", "error.execution", "error.communication"]
    private var ids: [ExactText: Int32] = [
        ExactText("*"): EventTable.all, ExactText("error.execution"): EventTable.executionError,
        ExactText("error.communication"): EventTable.communicationError,
    ]
    private var isBase = [true, false, false]
    /// By event: the longest proper prefix that is a base, or -1 for `*` itself.
    private(set) var parents: [Int32] = [-1, EventTable.all, EventTable.all]
    private(set) var isError = [false, true, true]

    /// What `error.*` listens to.
    static func isError(_ name: String) -> Bool { name == "error" || name.hasPrefix("error.") }

    mutating func id(of name: String) -> Int32 {
        if let id = find(name) { return id }
        let id = Int32(names.count)
        ids[ExactText(name)] = id
        names.append(name)
        isBase.append(false)
        parents.append(EventTable.all)
        isError.append(EventTable.isError(name))
        return id
    }

    mutating func base(_ prefix: String) -> Int32 {
        let id = prefix.isEmpty ? EventTable.all : id(of: prefix)
        isBase[Int(id)] = true
        return id
    }

    /// To be called once all bases are known.
    mutating func link() {
        for index in 1..<max(1, names.count) { parents[index] = longestBase(of: names[index]) }
    }

    func find(_ name: String) -> Int32? { ids[ExactText(name)] }

    /// The longest base that is a proper prefix of `name` by whole tokens.
    func longestBase(of name: String) -> Int32 {
        // No base is longer, and a name from outside may be as long as its sender likes.
        var rest = name.utf8.prefix(ChartLimits.nameBytes + 1)
        while let dot = rest.lastIndex(of: UInt8(ascii: ".")) {
            rest = rest[..<dot]
            if let id = find(String(Substring(rest))), isBase[Int(id)] { return id }
        }
        return EventTable.all
    }
}
