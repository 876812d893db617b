import Statechart

typealias Reply = @Sendable (CommandOutcome) -> Void

/// One event on its way through the kernel: asked for by a caller, or by the kernel itself.
struct Work {
    enum Kind {
        /// Indirect, because it is handed on many times.
        indirect case command(Command)
        /// A timer ran out, or something sent with a delay is due.
        case alarm(Alarm)
        /// The head of a queue gets its money.
        case granted(Pool)
    }

    var kind: Kind
    /// The `now` of its decision.
    var stamp: Instant
    /// Replies of the child that were faults or lies.
    var faults = 0
    /// Decisions that met a short fund or a held claim when they were accepted.
    var tries = 0
    /// Scopes of claims found held by another case.
    var conflicts: [String] = []

    init(_ kind: Kind, stamp: Instant) {
        self.kind = kind
        self.stamp = stamp
    }

    var command: Command? {
        if case .command(let command) = kind { command } else { nil }
    }

    /// Nil for what the kernel sends itself, and for commands that no chart sees.
    var caller: Principal? { command?.principal }

    var isOpening: Bool {
        if case .open = command?.kind { true } else { false }
    }

    var isGrant: Bool {
        if case .granted = kind { true } else { false }
    }

    /// Nil for commands that no chart sees.
    var event: DecisionRequest.Event? {
        switch kind {
        case .alarm(.timer(let index)): .timer(index)
        case .alarm(.send(let send)): .delayed(DelayedSend(send))
        case .granted: .internal(ServerEvents.granted)
        case .command(let command):
            switch command.kind {
            case .open: .external(ServerEvents.opening)
            case .send(_, let event, _, _): .external(event)
            case .setBudget, .unmask: nil
            }
        }
    }

    var payload: [UInt8] {
        switch command?.kind {
        case .open(_, _, let payload), .send(_, _, let payload, _): payload
        case .setBudget, .unmask, nil: []
        }
    }
}

/// An agency's key.
struct KeyScope: Hashable {
    var agency: String
    var key: IdempotencyKey

    init(_ command: Command) {
        agency = command.principal.agency
        key = command.key
    }
}

/// A case as its newest durable event left it, or as it is about to be opened. Immutable and a class, so that it is
/// handed on without being copied.
final class Standing {
    /// Nil while the case is being opened.
    let stored: StoredCase?
    private let content: CaseContent
    /// What happens next of itself.
    let nextAlarm: (alarm: Alarm, due: Instant)?

    /// - Parameter content: from here on nobody changes it.
    init(_ stored: StoredCase?, _ content: CaseContent) {
        self.stored = stored
        self.content = content
        nextAlarm = content.nextAlarm
    }

    // Lent, not copied.
    var body: CaseBody { _read { yield content.body } }
    var attributes: Attributes { _read { yield content.attributes } }
    var interpreter: Interpreter { _read { yield content.interpreter } }

    func dueEntries(_ id: CaseID) -> [DueEntry] { content.dueEntries(id) }
}

/// What an event changes of a case; a proposal makes it, and where the case stands then is the same object.
final class CaseContent {
    var body: CaseBody
    var attributes: Attributes
    var interpreter: Interpreter

    init(body: CaseBody, attributes: Attributes, interpreter: Interpreter) {
        self.body = body
        self.attributes = attributes
        self.interpreter = interpreter
    }
}

/// A case in memory: where it stands, the events that wait for it, and what it is doing.
final class LiveCase {
    enum Phase: Equatable {
        case idle
        /// The child has been asked.
        case deciding
        /// An accepted event waits for its commit.
        case accepted

        /// What is decided again stays where it is; what is accepted is first durable or undone.
        func mayBecome(_ next: Phase) -> Bool { self != .accepted || next == .idle }
    }

    let id: CaseID
    let type: CaseType
    var standing: Standing
    private(set) var phase = Phase.idle
    /// Spared by the next round of eviction.
    var isWarm = true
    /// Commits in a row that failed for this case alone.
    var conflicts = 0
    private var queue: [Work] = []

    /// A case about to be opened.
    init(opening id: CaseID, type: CaseType, body: CaseBody) {
        self.id = id
        self.type = type
        let interpreter = Interpreter(type.definition)
        standing = Standing(nil, CaseContent(body: body, attributes: Attributes(), interpreter: interpreter))
    }

    init(_ stored: StoredCase, body: CaseBody, type: CaseType) throws {
        id = stored.id
        self.type = type
        let content = CaseContent(
            body: body, attributes: try Attributes(decoding: stored.attributes),
            interpreter: try Interpreter(type.definition, restoring: body.snapshot))
        standing = Standing(stored, content)
    }

    // Lent, not copied.
    var stored: StoredCase? { _read { yield standing.stored } }
    var body: CaseBody { _read { yield standing.body } }
    var attributes: Attributes { _read { yield standing.attributes } }
    var interpreter: Interpreter { _read { yield standing.interpreter } }

    // A pattern looks; `== nil` copies the whole row to compare it.
    var isBeingOpened: Bool { if case .none = standing.stored { true } else { false } }

    var isIdle: Bool { phase == .idle && queue.isEmpty }

    /// - Returns: false when the phases do not follow each other so.
    func move(to next: Phase) -> Bool {
        defer { phase = next }
        return phase.mayBecome(next)
    }

    func append(_ work: Work) { queue.append(work) }

    func putBack(_ work: Work) { queue.insert(work, at: 0) }

    func takeAll() -> [Work] {
        defer { queue = [] }
        return queue
    }

    /// What comes next: queue and timers merged by time, the event first on a tie.
    func takeNext(until clock: Instant, timersRest: Bool) -> Work? {
        let horizon = queue.first?.stamp ?? clock
        if !timersRest, let next = standing.nextAlarm, next.due < horizon, let changed = standing.stored?.changedAt {
            return Work(.alarm(next.alarm), stamp: max(changed, next.due))
        }
        return queue.isEmpty ? nil : queue.removeFirst()
    }

    /// Since when it may wait for money; of a case being opened, from now on.
    func since(_ stamp: Instant) -> Instant { standing.stored?.openedAt ?? stamp }
}

/// An installed plugin with what the kernel derives from its chart once.
final class CaseType: Sendable {
    let plugin: InstalledPlugin
    /// Events whose senders some four-eyes rule asks for.
    let watchedEvents: Set<String>
    /// Withdrawn tasks may come back.
    let hasHistory: Bool
    /// Descriptors of events that need a role.
    private let guarded: [String]

    init(_ plugin: InstalledPlugin) {
        self.plugin = plugin
        let transitions = plugin.definition.transitions
        watchedEvents = Set(transitions.flatMap(\.distinctFrom))
        hasHistory = plugin.definition.states.contains { $0.kind.isHistory }
        guarded = transitions.filter { !$0.by.isEmpty }.flatMap(\.descriptors)
    }

    var name: String { plugin.manifest.name }
    var definition: Definition { plugin.definition }

    /// A plugin must not raise what only officers or the kernel may send: it would walk around roles and four-eyes.
    func mayRaise(_ event: String) -> Bool {
        ServerEvents.isOpenToPlugins(event) && !guarded.contains { EventDescriptor.matches($0, event) }
    }
}

extension Transition {
    /// The event descriptors as written; none for timers, `done` and eventless transitions.
    var descriptors: [String] {
        guard case .named(let text) = event else { return [] }
        return text.split(separator: " ").map(String.init)
    }
}

enum EventDescriptor {
    /// Exactly, or as a prefix where the descriptor ends in `*`.
    static func matches(_ descriptor: String, _ event: String) -> Bool {
        if descriptor == "*" { return true }
        guard descriptor.hasSuffix(".*") else { return descriptor == event }
        let prefix = descriptor.dropLast(2)
        return event == prefix || event.hasPrefix(descriptor.dropLast(1))
    }
}
