public import ChartAnalysis
public import Statechart

/// Plays a chart on a virtual clock, without server and plugin.
///
/// Guards and actions answer what they were told to, else yes and done. Virtual time begins on a Monday at midnight; a
/// day has 24 hours, a working day is Monday to Friday, a month has 30 days: near enough to see a chart move. The real
/// calendar is the server's.
public struct ChartPlayer: Sendable {
    public struct Options: Sendable {
        /// Write the whole state out, drop it and read it back after every macrostep and every 0.1 s of virtual time.
        public var restoresEveryStep = false
        /// Also tell each macrostep.
        public var traces = false
        /// Guards by name that do not answer yes.
        public var guards: [String: GuardAnswer] = [:]
        /// Actions by name that are not simply done.
        public var actions: [String: ActionAnswer] = [:]

        public init() {}
    }

    /// What to send and when.
    public struct Script: Sendable {
        public struct Entry: Sendable {
            /// Milliseconds that pass before.
            public var after: Int64
            /// Nil: only time passes.
            public var event: String?
            public var data: ChartValue?
            /// Answers of guards by name while `after` passes and the event runs.
            public var guards: [String: GuardAnswer]

            public init(
                after: Int64 = 0, event: String?, data: ChartValue? = nil, guards: [String: GuardAnswer] = [:]
            ) {
                self.after = after
                self.event = event
                self.data = data
                self.guards = guards
            }
        }

        public var entries: [Entry]
        /// Answers of guards by name wherever an entry has no other.
        public var guards: [String: GuardAnswer]

        public init(entries: [Entry], guards: [String: GuardAnswer] = [:]) {
            self.entries = entries
            self.guards = guards
        }
    }

    /// What there is to see at one moment.
    public struct Line: Equatable, Sendable {
        /// Atomic states, sorted.
        public var configuration: [String]
        /// Bound variables, in the chart's order.
        public var variables: [ChartValue.Entry]
        /// Entries since the line before: a label alone, or `label: value`.
        public var log: [String]
        /// With `Options.traces`, the macrosteps since the line before.
        public var trace: [String] = []
        /// Events since the line before that came to nothing; not part of the text.
        public var dropped: [Drop] = []

        /// As one JSON object.
        public var text: String {
            var members: [JSON.Member] = [
                .init("configuration", .array(configuration.map(JSON.string))),
                .init("variables", .object(variables.map { .init($0.key, $0.value.json) })),
                .init("log", .array(log.map(JSON.string))),
            ]
            if !trace.isEmpty { members.append(.init("trace", .array(trace.map(JSON.string)))) }
            return String(decoding: JSON.object(members).canonicalBytes(), as: UTF8.self)
        }
    }

    private let definition: Definition
    private let options: Options
    private var interpreter: Interpreter
    private var responder: CoveringResponder<ScriptedResponder>
    private var agenda = Agenda()
    private var log: [String] = []
    private var trace: [String] = []
    private var dropped: [Drop] = []
    /// How often the whole state was written out and read back.
    package private(set) var restores = 0
    /// Set when the chart came to no rest: nothing is played after it.
    public private(set) var failure: Failure?

    public init(_ definition: Definition, options: Options = Options()) {
        self.definition = definition
        self.options = options
        interpreter = Interpreter(definition)
        responder = CoveringResponder(
            ScriptedResponder(definition: definition, options: options), ChartCoverage(definition))
    }

    /// What has been seen of the chart so far.
    public var coverage: ChartCoverage { responder.coverage }

    public var isDone: Bool { interpreter.isDone || failure != nil }

    /// Plays the script from the start and hands out the first line, then one for each entry, until the chart is done.
    public mutating func play(_ script: Script, line: (Line) -> Void) {
        responder.answers.scripted = script.guards
        start()
        line(take())
        for entry in script.entries where !isDone {
            responder.answers.scripted = script.guards.merging(entry.guards) { $1 }
            advance(by: entry.after)
            if let event = entry.event, !isDone { send(event, data: entry.data) }
            line(take())
        }
    }

    /// Plays without a script: some time passes, and the end is told.
    public mutating func play(milliseconds: Int64 = 120_000) -> Line {
        start()
        advance(by: milliseconds)
        return take()
    }

    private mutating func take() -> Line {
        defer { (log, trace, dropped) = ([], [], []) }
        let variables = definition.variables.compactMap { name in
            interpreter.value(of: name).map { ChartValue.Entry(name, $0) }
        }
        return Line(
            configuration: interpreter.activeAtomicPaths, variables: variables, log: log, trace: trace,
            dropped: dropped)
    }
}

// MARK: - Steps

extension ChartPlayer {
    private typealias Body = (inout Interpreter, inout CoveringResponder<ScriptedResponder>) -> Macrostep

    /// What keeps a decision from happening.
    private enum Ending {
        case dropped(Drop.Reason)
        case failed(Failure)
    }

    private mutating func start() {
        decide("start", nil) { interpreter, responder in interpreter.startOnly(&responder) }
    }

    private mutating func send(_ name: String, data: ChartValue?) {
        // As in the server: what comes from outside is opaque to a chart, unless it is an imported one.
        let readable = definition.isImported ? data : nil
        send(readable.map { ChartEvent.withData(name, $0) } ?? .external(name), name)
    }

    private mutating func send(_ event: ChartEvent, _ name: String) {
        decide(name, event) { interpreter, responder in interpreter.sendOnly(event, &responder) }
    }

    /// One event with the own sends it leads to. As in the server they are one decision: all of it happens, or nothing.
    ///
    /// - Parameter event: nil for the start.
    private mutating func decide(_ name: String, _ event: ChartEvent?, _ body: Body) {
        let before = (interpreter, agenda, log)
        var macrosteps: [Macrostep] = []
        var ending = step(name, &macrosteps, body)
        var rest = ChartLimits.microsteps
        while ending == nil, interpreter.hasQueuedEvents {
            rest -= 1
            if rest > 0 {
                ending = step("own send", &macrosteps) { interpreter, responder in interpreter.takeQueued(&responder) }
            } else {
                ending = .failed(.keepsItselfBusy)
            }
        }
        switch ending {
        case nil:
            for (offset, macrostep) in macrosteps.enumerated() {
                responder.coverage.note(macrostep, of: offset == 0 ? event : nil)
            }
            return
        case .failed(let failure): self.failure = failure
        case .dropped(let reason):
            let drop = Drop(event: self.name(of: event, name), moment: agenda.now, reason: reason)
            if event == nil { failure = .neverBegins(drop) } else { dropped.append(drop) }
        }
        (interpreter, agenda, log) = before
    }

    private func name(of event: ChartEvent?, _ name: String) -> String {
        switch event {
        case nil: ""
        case .timer(let timer): definition.timers[timer].id
        default: name
        }
    }

    /// One macrostep; nil when it was done and what it asks for is on the agenda.
    private mutating func step(_ name: String, _ done: inout [Macrostep], _ body: Body) -> Ending? {
        let macrostep = body(&interpreter, &responder)
        if options.traces { trace.append(describe(name, macrostep)) }
        switch macrostep.outcome {
        case .completed, .unmatched: break
        case .refused: return .dropped(.refused)
        case .unhandledError(let error): return .dropped(.unhandled(error))
        case .microstepLimit: return .failed(.turnsForEver)
        }
        done.append(macrostep)
        for entry in macrostep.log { log.append(ChartPlayer.text(entry)) }
        for intent in macrostep.intents {
            agenda.follow(intent, in: definition)
            guard !agenda.isOverfull else { return .failed(.waitsForTooMuch) }
        }
        if options.restoresEveryStep { restore() }
        return nil
    }

    private static func text(_ entry: Macrostep.LogEntry) -> String {
        guard let value = entry.value else { return entry.label }
        return entry.label.isEmpty ? value : "\(entry.label): \(value)"
    }

    private mutating func advance(by milliseconds: Int64) {
        let end = agenda.now.addingReportingOverflow(max(0, milliseconds))
        let target = end.overflow ? Int64.max : end.partialValue
        var fired = 0
        while !isDone {
            let tenth = options.restoresEveryStep ? agenda.nextTenth : nil
            let next = min(target, tenth ?? target)
            if let event = agenda.takeDue(by: next) {
                fired += 1
                // A chart that keeps itself busy must not keep its player for ever.
                guard fired <= 1_000_000 else {
                    failure = .keepsItselfBusy
                    return
                }
                send(event.0, event.1)
            } else {
                agenda.now = next
                if next == tenth { restore() }
                if next == target { return }
            }
        }
    }

    private mutating func restore() {
        restores += 1
        let bytes = (interpreter.snapshot(), agenda.json.canonicalBytes())
        do {
            interpreter = try Interpreter(definition, restoring: bytes.0)
            agenda = try Agenda(JSON(reading: bytes.1))
        } catch {
            preconditionFailure("what was just written cannot be read: \(error)")
        }
    }

    private func describe(_ name: String, _ macrostep: Macrostep) -> String {
        let taken = macrostep.taken.map { index in
            let transition = definition.transitions[index]
            let targets = transition.targets.map { definition.states[$0].path }.joined(separator: " ")
            return "\(definition.states[transition.source].path)→\(targets)"
        }
        return "\(agenda.now) \(name): \(ChartPlayer.word(macrostep.outcome)) \(taken.joined(separator: ", "))"
    }

    private static func word(_ outcome: Macrostep.Outcome) -> String {
        switch outcome {
        case .completed: "completed"
        case .unmatched: "unmatched"
        case .refused: "refused"
        case .unhandledError(let error): "dropped, unhandled \(error)"
        case .microstepLimit: "dropped, no rest"
        }
    }
}

/// Answers as the player was told.
struct ScriptedResponder: Responder, Sendable {
    let definition: Definition
    let options: ChartPlayer.Options
    /// What the script says for now, over the options.
    var scripted: [String: GuardAnswer] = [:]

    mutating func answer(guard index: Int) -> GuardAnswer {
        let name = definition.guards[index]
        return scripted[name] ?? options.guards[name] ?? .yes
    }

    mutating func perform(action index: Int) -> ActionAnswer {
        options.actions[definition.actions[index]] ?? .done(raised: [])
    }
}

// MARK: - Scripts

extension ChartPlayer.Script {
    /// Reads `{"events":[{"after":ms,"event":{"name":…,"data":…},"guards":{…}},…],"guards":{name:"no"}}`; other keys
    /// are ignored. A guard answers `yes`, `no` or `failed`.
    public init(json: [UInt8]) throws(ChartError) {
        let root = try JSON(reading: json)
        guard case .array(let events) = root["events"] else {
            throw ChartError(.missing, "a script needs a list: events", pointer: "/events")
        }
        guards = try ChartPlayer.Script.guards(root, at: "")
        entries = []
        for (offset, event) in events.enumerated() { entries.append(try Entry(event, at: "/events/\(offset)")) }
    }
}

extension ChartPlayer.Script {
    fileprivate static func guards(_ json: JSON, at pointer: String) throws(ChartError) -> [String: GuardAnswer] {
        guard case .object(let members) = json["guards"] else { return [:] }
        var result: [String: GuardAnswer] = [:]
        for member in members {
            switch member.value {
            case .string("yes"): result[member.key] = .yes
            case .string("no"): result[member.key] = .no
            case .string("failed"): result[member.key] = .failed
            default:
                throw ChartError(.invalid, "expected yes, no or failed", pointer: "\(pointer)/guards/\(member.key)")
            }
        }
        return result
    }
}

extension ChartPlayer.Script.Entry {
    fileprivate init(_ json: JSON, at pointer: String) throws(ChartError) {
        guards = try ChartPlayer.Script.guards(json, at: pointer)
        switch json["after"] {
        case nil: after = 0
        case .integer(let milliseconds) where milliseconds >= 0: after = milliseconds
        default: throw ChartError(.invalid, "after: expected milliseconds", pointer: "\(pointer)/after")
        }
        switch json["event"] {
        case nil: event = nil
        case .string(let name): event = name
        case .some(let object):
            guard case .string(let name) = object["name"] else {
                throw ChartError(.missing, "an event needs a name", pointer: "\(pointer)/event")
            }
            event = name
            data = object["data"].map(ChartValue.init)
        }
    }
}
