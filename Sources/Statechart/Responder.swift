/// A guard's answer.
public enum GuardAnswer: Equatable, Sendable {
    case yes
    case no
    case failed
    /// It depends on a payload that is not there; counts as failed while an event runs.
    case needsPayload
}

/// How an action ended.
public enum ActionAnswer: Equatable, Sendable {
    /// - Parameter raised: internal events it raises, in order.
    case done(raised: [String])
    case failed
    /// The event must not happen: the macrostep ends at once and its caller drops the interpreter's copy.
    case refused
}

/// What the interpreter asks while it runs: a child asks its plugin, the kernel reads a tape, a player reads a script.
public protocol Responder {
    /// - Parameter index: of the guard in `Definition.guards`.
    mutating func answer(guard index: Int) -> GuardAnswer
    /// As `answer(guard:)`, which it calls unless a responder wants to know where a guard is asked.
    /// - Parameter place: of one use of the guard; the same whenever it is asked there, another elsewhere in the chart.
    mutating func answer(guard index: Int, askedAt place: Int) -> GuardAnswer
    /// - Parameter index: of the action in `Definition.actions`.
    mutating func perform(action index: Int) -> ActionAnswer
    /// Called for each `log`, in order; the macrostep holds the same entries.
    mutating func log(label: String, value: String?)
}

extension Responder {
    public mutating func answer(guard index: Int, askedAt place: Int) -> GuardAnswer { answer(guard: index) }

    public mutating func log(label: String, value: String?) {}
}

/// An event that starts a macrostep.
public enum ChartEvent: Equatable, Sendable {
    /// Sent by a caller; its payload is opaque to the chart.
    case external(String)
    /// Made by whoever runs the chart: `fund.granted`.
    case `internal`(String)
    /// The timer of this index fired.
    case timer(Int)
    /// What an earlier `Intent.sendDelayed` asked for is due.
    case delayed(DelayedSend)
    /// An external event whose data the chart may read.
    case withData(String, ChartValue)
}

/// A send that waits for its time, outside the interpreter.
public struct DelayedSend: Hashable, Sendable {
    /// Of the send, as `cancel` names it; unique among those the interpreter made itself.
    public var id: String
    public var event: String
    /// > 0.
    public var delayMilliseconds: Int64
    /// What `_event.data` will be, or nil.
    public var data: ChartValue?
    /// The author gave the id.
    public var isNamed: Bool

    public init(id: String, event: String, delayMilliseconds: Int64, data: ChartValue? = nil, isNamed: Bool = true) {
        self.id = id
        self.event = event
        self.delayMilliseconds = delayMilliseconds
        self.data = data
        self.isNamed = isNamed
    }
}

/// What the interpreter wants done; nothing of it happens before the macrostep is accepted.
public enum Intent: Equatable, Sendable {
    /// Timers by index. A start of a running timer starts it anew.
    case startTimer(Int)
    case cancelTimer(Int)
    case pauseTimer(Int)
    case resumeTimer(Int)
    /// Tasks by index.
    case openTask(Int)
    /// Its state is entered through history: the withdrawn task with its assignee and remaining time, or a new one.
    case reopenTask(Int)
    case withdrawTask(Int)
    /// Jobs by index.
    case openJob(Int)
    case withdrawJob(Int)
    case sendDelayed(DelayedSend)
    /// Every waiting send of this id.
    case cancelDelayed(String)
}

/// What one event did.
public struct Macrostep: Sendable {
    public enum Outcome: Equatable, Sendable {
        case completed
        /// No transition takes the event; nothing changed.
        case unmatched
        /// An action refused.
        case refused
        /// An `error.*` event was taken by no transition.
        case unhandledError(String)
        /// The chart did not come to rest within `ChartLimits`.
        case microstepLimit
    }

    public struct LogEntry: Hashable, Sendable {
        public var label: String
        public var value: String?

        public init(label: String, value: String?) {
            self.label = label
            self.value = value
        }
    }

    /// Unless `completed` or `unmatched`, the interpreter's copy must be dropped.
    public var outcome = Outcome.completed
    /// Transitions the event itself took, in its first microstep.
    public var triggered: [Int] = []
    /// All transitions taken, in order.
    public var taken: [Int] = []
    public var intents: [Intent] = []
    public var log: [LogEntry] = []
}
