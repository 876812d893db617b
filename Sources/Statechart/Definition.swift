/// A chart, read, checked and turned into tables once; immutable, so that any number of interpreters share it.
///
/// States, transitions, timers, tasks, jobs, guards and actions go by their index. States stand in document order,
/// which carries meaning, and so do transitions: all of one state, in their order, before those of the next state.
public final class Definition: Sendable {
    /// The chart as it is stored: `format: 1`, keys sorted, no blanks, defaults left out. Byte-stable.
    public let canonicalJSON: [UInt8]
    /// What to hash for the chart's identity: its canonical JSON without any label.
    public let identity: [UInt8]
    public let name: String
    /// Names by language: `zh`, `en`.
    public let label: [String: String]
    /// The document the chart follows, or nil.
    public let source: String?
    /// Names of roles by language, by role; of those roles that have any.
    public let roleLabels: [String: [String: String]]
    /// Names of guards by language, by guard; of those guards that have any.
    public let guardLabels: [String: [String: String]]
    /// Guards a plugin answers, sorted by name.
    public let guards: [String]
    /// Actions a plugin performs, sorted by name.
    public let actions: [String]
    /// Every event some transition names, sorted; not `done`, not timers.
    public let events: [String]
    public let states: [State]
    public let transitions: [Transition]
    public let timers: [TimerSpec]
    public let tasks: [TaskSpec]
    public let jobs: [JobSpec]
    /// Names of the chart's variables, in document order.
    public let variables: [String]
    /// The chart was imported from SCXML and keeps its wider grammar; an error that no transition takes is dropped, so
    /// that such a chart is for trying out and never for cases.
    public var isImported: Bool { tables.isScxml }

    package let tables: Tables
    let scratches: ScratchPool

    /// - Throws: `ChartError`, the first problem in document order; never traps, whatever the bytes are. Time and
    ///   memory are bounded by `ChartLimits`.
    public init(canonicalJSON bytes: [UInt8]) throws(ChartError) {
        let json = try JSONReader.read(bytes)
        var reader = DefinitionReader(json)
        guard let parts = reader.read() else {
            throw reader.problems.first ?? ChartError(.invalid, "the chart cannot be read")
        }
        canonicalJSON = json.canonicalBytes { $0.isWorthKeeping }
        identity = json.canonicalBytes { $0.isWorthKeeping && !$0.isLabel }
        name = parts.name
        label = parts.label
        source = parts.source
        roleLabels = parts.roleLabels
        guardLabels = parts.guardLabels
        guards = parts.guards
        actions = parts.actions
        events = parts.events
        states = parts.states
        transitions = parts.transitions
        timers = parts.timers
        tasks = parts.tasks
        jobs = parts.jobs
        variables = parts.tables.variables.map(\.name)
        tables = parts.tables
        scratches = ScratchPool(states: parts.states.count, levels: parts.tables.levels)
    }

    /// Every problem of a chart at once, each with a pointer; empty when `Definition(canonicalJSON:)` would accept it.
    ///
    /// - Parameter isAuthored: the chart stands as its author wrote it; what only SCXML import has is refused too.
    package static func problems(of json: JSON, isAuthored: Bool = false) -> [ChartError] {
        var reader = DefinitionReader(json, isAuthored: isAuthored)
        _ = reader.read()
        return reader.problems
    }
}

extension JSON.Member {
    /// Names for people; not a datum that an author called `label`, which is an expression.
    var isLabel: Bool {
        guard key == "label" || key == "roles" || key == "guards", case .object = value else { return false }
        return true
    }

    /// False for what says no more than its absence would.
    var isWorthKeeping: Bool {
        switch value {
        case .boolean(false), .null: false
        // An empty block is still a step.
        case .array([]): key == "block"
        case .object(let members): !members.isEmpty
        default: true
        }
    }
}

// MARK: - What a definition consists of

public struct State: Sendable {
    public enum Kind: Sendable {
        case atomic, compound, parallel, final, shallowHistory, deepHistory

        public var isHistory: Bool { self == .shallowHistory || self == .deepHistory }
        /// The state has no states inside and can be active.
        public var isLeaf: Bool { self == .atomic || self == .final }
    }

    public let index: Int
    public let id: String
    /// Ids from the outermost state to this one, joined by `/`: `open/jointCheck/employment/pending`.
    public let path: String
    public let kind: Kind
    /// Nil for an outermost state.
    public let parent: Int?
    /// States directly inside, histories included, in document order.
    public let children: [Int]
    /// 0 for an outermost state.
    public let depth: Int
    /// In this state the case counts as ended, though it may still take events.
    public let isSettled: Bool
    public let label: [String: String]
    public let source: String?
    /// Indices into `Definition.tasks`.
    public let tasks: Range<Int>
    /// Indices into `Definition.jobs`.
    public let jobs: Range<Int>
    /// Indices into `Definition.transitions`.
    public let transitions: Range<Int>
}

public enum EventSpec: Hashable, Sendable {
    /// One or more descriptors parted by a blank, as written: `approval.granted`, `error.*`, `*`.
    case named(String)
    /// Index of the timer that has to fire.
    case timer(Int)
    /// Completion of the source state itself.
    case done
    case eventless
}

public struct Transition: Sendable {
    public let index: Int
    /// The state it leads out of.
    public let source: Int
    public let event: EventSpec
    /// Roles that may send the event; empty when it never comes from a caller.
    public let by: [String]
    /// Events whose senders in this case may not send this one.
    public let distinctFrom: [String]
    public let guardText: String?
    /// Guards named in the condition, in the order they stand there.
    public let guardIndices: [Int]
    /// Actions named in its content, in the order they stand there.
    public let actionIndices: [Int]
    /// Empty for a transition that stays where it is.
    public let targets: [Int]
    public let isInternal: Bool
    public let label: [String: String]
    /// The document and article it follows, or nil.
    public let sourceText: String?
}

public struct TimerSpec: Sendable {
    public let index: Int
    /// `open/publicity#0` for the first `after` of that state, else the timer's name.
    public let id: String
    public let duration: ChartDuration
    /// The day of the start is the first day counted.
    public let firstDayCounted: Bool
    /// The timer belongs to the case and survives exits until stopped; else to `state`.
    public let isNamed: Bool
    public let state: Int?
    public let label: [String: String]
    public let source: String?
}

public struct TaskSpec: Sendable {
    public let index: Int
    /// Unique within its state.
    public let id: String
    public let state: Int
    /// Whose worklist it appears in.
    public let role: String
    public let due: ChartDuration?
    public let label: [String: String]
    public let source: String?
}

/// Work for a machine while its state is active.
public struct JobSpec: Sendable {
    public let index: Int
    /// Unique within its state.
    public let id: String
    public let state: Int
    /// The kind of machine that asks for it: `bank`, `registry`.
    public let worker: String
    /// Tries in all, 1 to 1000.
    public let attempts: Int
    /// Pause before the second try, doubled before each further one; nil when there is one try.
    public let wait: ChartDuration?
    /// The pause does not grow beyond it; nil when it does not end to grow.
    public let longest: ChartDuration?
    /// A worker that has not answered by then has failed this try; nil when it has all the time.
    public let timeout: ChartDuration?
    public let label: [String: String]
    public let source: String?
}
