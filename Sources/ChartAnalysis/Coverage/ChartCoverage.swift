public import Statechart

/// What test runs have touched of a chart: transitions taken, both answers of each guard wherever it is asked, timers
/// fired, stopped, paused and resumed.
///
/// Counts only; those of many runs add up. A run is noted step by step, most easily by `CoveringResponder`.
public struct ChartCoverage: Sendable {
    /// One thing tests should have seen.
    public struct Goal: Hashable, Sendable {
        public enum Kind: String, Sendable, CaseIterable {
            case transition, guardYes, guardNo, timerFired, timerStopped, timerPaused, timerResumed
        }

        public var kind: Kind
        /// `open/publicity#0` for a state's first transition, `open/publicity#0 isFit` for a guard asked there, a
        /// timer's id.
        public var id: String
        /// Of the transition or timer in its definition, of the guard's use in `guardUses`.
        public var index: Int
        /// How often it was seen.
        public var hits: Int
    }

    public let definition: Definition
    /// Everywhere a guard is asked: one may hold for one transition and never for another.
    public let guardUses: [GuardUse]
    /// By node of an expression.
    private let useAtNode: [Int: Int]
    private var transitions: [Int]
    /// By use.
    private var yes: [Int]
    private var no: [Int]
    /// By timer, in the order fired, stopped, paused, resumed.
    private var timers: [[Int]]
    /// Of the present run.
    private var running: Set<Int> = []
    private var paused: Set<Int> = []

    public init(_ definition: Definition) {
        self.definition = definition
        transitions = Array(repeating: 0, count: definition.transitions.count)
        let uses = GuardUses(definition)
        guardUses = uses.all
        useAtNode = uses.atNode
        yes = Array(repeating: 0, count: guardUses.count)
        no = yes
        timers = Array(repeating: [0, 0, 0, 0], count: definition.timers.count)
    }

    // MARK: Noting

    /// Another run begins: nothing of the one before goes on.
    public mutating func begin() {
        running = []
        paused = []
    }

    /// - Parameter place: as the responder was told.
    public mutating func note(_ answer: GuardAnswer, askedAt place: Int) {
        guard let use = useAtNode[place] else { return }
        switch answer {
        case .yes: yes[use] += 1
        case .no: no[use] += 1
        case .failed, .needsPayload: break
        }
    }

    /// Notes what one event did. What was refused or failed did not happen.
    ///
    /// - Parameter event: nil for the start, and for sends of the chart's own.
    public mutating func note(_ macrostep: Macrostep, of event: ChartEvent?) {
        guard macrostep.outcome == .completed || macrostep.outcome == .unmatched else { return }
        if case .timer(let timer) = event { fire(timer) }
        for index in macrostep.taken { transitions[index] += 1 }
        for intent in macrostep.intents {
            switch intent {
            case .startTimer(let timer):
                running.insert(timer)
                paused.remove(timer)
            case .cancelTimer(let timer):
                if running.remove(timer) != nil { timers[timer][1] += 1 }
                paused.remove(timer)
            case .pauseTimer(let timer):
                if running.contains(timer), paused.insert(timer).inserted { timers[timer][2] += 1 }
            case .resumeTimer(let timer):
                if paused.remove(timer) != nil { timers[timer][3] += 1 }
            default: break
            }
        }
    }

    private mutating func fire(_ timer: Int) {
        guard definition.timers.indices.contains(timer) else { return }
        timers[timer][0] += 1
        running.remove(timer)
    }

    // MARK: Telling

    /// Everything tests should see, in the chart's order.
    public var goals: [Goal] {
        var result = definition.transitions.map { transition in
            Goal(
                kind: .transition, id: definition.key(of: transition.index), index: transition.index,
                hits: transitions[transition.index])
        }
        for (index, use) in guardUses.enumerated() {
            result.append(Goal(kind: .guardYes, id: use.id, index: index, hits: yes[index]))
            result.append(Goal(kind: .guardNo, id: use.id, index: index, hits: no[index]))
        }
        let uses = TimerUses(definition)
        for timer in definition.timers {
            for (offset, kind) in Goal.timerKinds.enumerated() where uses.allow(kind, of: timer) {
                result.append(Goal(kind: kind, id: timer.id, index: timer.index, hits: timers[timer.index][offset]))
            }
        }
        return result
    }
}

extension ChartCoverage.Goal {
    fileprivate static let timerKinds: [Kind] = [.timerFired, .timerStopped, .timerPaused, .timerResumed]
}

extension Definition {
    /// `open/publicity#0`: the state a transition leads out of, and its place there.
    func key(of transition: Int) -> String {
        let source = states[transitions[transition].source]
        return "\(source.path)#\(transition - source.transitions.lowerBound)"
    }

    /// The same for the same chart, another for nearly every other: FNV-1a of its identity, for telling records apart
    /// that do not belong together. Not a digest to trust.
    fileprivate var mark: String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in identity { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01B3 }
        return String(hash, radix: 16)
    }
}

/// What can happen to timers at all.
private struct TimerUses {
    private let definition: Definition
    private let operations: [String: Set<String>]

    init(_ definition: Definition) {
        self.definition = definition
        operations = EventTraffic(ChartPlaces(definition), definition).timers
    }

    func allow(_ kind: ChartCoverage.Goal.Kind, of timer: TimerSpec) -> Bool {
        switch kind {
        case .timerStopped where !timer.isNamed: timer.state.map { isLeftOtherwise($0, than: timer.index) } ?? false
        case .timerStopped: operations["stop"]?.contains(timer.id) ?? false
        case .timerPaused: operations["pause"]?.contains(timer.id) ?? false
        case .timerResumed: operations["resume"]?.contains(timer.id) ?? false
        default: true
        }
    }

    /// Some other transition leads out of the state: its own, one around it, or one inside it.
    private func isLeftOtherwise(_ state: Int, than timer: Int) -> Bool {
        func isOther(_ index: Int) -> Bool {
            let transition = definition.transitions[index]
            return transition.event != .timer(timer) && !transition.targets.isEmpty
        }
        if definition.upwards(from: state).contains(where: {
            definition.states[$0].transitions.contains(where: isOther)
        }) {
            return true
        }
        let last = Int(definition.tables.states[state].last)
        let inside = definition.states[state].transitions.upperBound..<definition.states[last].transitions.upperBound
        return inside.contains { index in
            isOther(index) && definition.transitions[index].targets.contains { !definition.isInside($0, state) }
        }
    }
}

// MARK: - Written out

extension ChartCoverage {
    /// The counts as one line of JSON; a file of such lines is a record of many runs.
    public var line: String {
        func counts(_ numbers: [Int]) -> JSON { .array(numbers.map { .integer(Int64($0)) }) }
        let taken = transitions.enumerated().filter { $0.element > 0 }.map { index, count in
            JSON.Member(definition.key(of: index), .integer(Int64(count)))
        }
        let answers = guardUses.enumerated().filter { yes[$0.offset] + no[$0.offset] > 0 }.map { index, use in
            JSON.Member(use.id, counts([yes[index], no[index]]))
        }
        let seen = definition.timers.filter { timers[$0.index].contains { $0 > 0 } }.map { timer in
            JSON.Member(timer.id, counts(timers[timer.index]))
        }
        let json = JSON.object([
            .init("coverage", .integer(2)), .init("chart", .string(definition.name)),
            .init("identity", .string(definition.mark)), .init("transitions", .object(taken)),
            .init("guards", .object(answers)), .init("timers", .object(seen)),
        ])
        return String(decoding: json.canonicalBytes(), as: UTF8.self)
    }

    /// Adds the counts of a line.
    ///
    /// - Throws: `ChartError`, `syntax` or `invalid` for what is no such line, `unknownName` for one of another chart
    ///   or of another version of this one.
    public mutating func add(line: String) throws(ChartError) {
        let json = try JSON(reading: Array(line.utf8))
        guard json["coverage"] != .integer(1) else {
            throw ChartError(.invalid, "a line of an older version: record the run again")
        }
        guard json["coverage"] == .integer(2) else {
            throw ChartError(.invalid, "expected a line of chart coverage")
        }
        guard json["identity"] == .string(definition.mark) else {
            throw ChartError(.unknownName, "the line was recorded with another chart or another version of it")
        }
        let keys = Dictionary(
            uniqueKeysWithValues: definition.transitions.map { (definition.key(of: $0.index), $0.index) })
        let uses = Dictionary(uniqueKeysWithValues: guardUses.enumerated().map { ($1.id, $0) })
        let timerIDs = Dictionary(definition.timers.map { ($0.id, $0.index) }) { first, _ in first }
        for member in ChartCoverage.members(json["transitions"]) {
            guard let index = keys[member.key], case .integer(let count) = member.value else { throw Self.damaged }
            transitions[index] = try ChartCoverage.sum(transitions[index], count)
        }
        for member in ChartCoverage.members(json["guards"]) {
            guard let index = uses[member.key], case .array(let counts) = member.value,
                counts.count == 2, case .integer(let agreed) = counts[0], case .integer(let denied) = counts[1]
            else { throw Self.damaged }
            yes[index] = try ChartCoverage.sum(yes[index], agreed)
            no[index] = try ChartCoverage.sum(no[index], denied)
        }
        for member in ChartCoverage.members(json["timers"]) {
            guard let timer = timerIDs[member.key],
                case .array(let counts) = member.value, counts.count == 4
            else { throw Self.damaged }
            for (offset, count) in counts.enumerated() {
                guard case .integer(let count) = count else { throw Self.damaged }
                timers[timer][offset] = try ChartCoverage.sum(timers[timer][offset], count)
            }
        }
    }

    private static var damaged: ChartError { ChartError(.invalid, "a damaged line of chart coverage") }

    private static func members(_ json: JSON?) -> [JSON.Member] {
        if case .object(let members) = json { members } else { [] }
    }

    private static func sum(_ a: Int, _ b: Int64) throws(ChartError) -> Int {
        let (sum, isOver) = a.addingReportingOverflow(Int(b))
        guard b >= 0, !isOver else { throw damaged }
        return sum
    }
}

// MARK: - Recording

/// Answers as another responder does and notes what the chart asks and does, for tests of a plugin:
///
///     var run = CoveringResponder(answers, ChartCoverage(definition))
///     _ = run.start(&interpreter)
///     _ = run.send(.external("case.open"), to: &interpreter)
///     print(run.coverage.line)    // append it to a file, for `casework chart coverage`
public struct CoveringResponder<Answers: Responder>: Responder {
    public var answers: Answers
    public var coverage: ChartCoverage

    public init(_ answers: Answers, _ coverage: ChartCoverage) {
        self.answers = answers
        self.coverage = coverage
    }

    public mutating func answer(guard index: Int) -> GuardAnswer { answers.answer(guard: index) }

    public mutating func answer(guard index: Int, askedAt place: Int) -> GuardAnswer {
        let answer = answers.answer(guard: index, askedAt: place)
        coverage.note(answer, askedAt: place)
        return answer
    }

    public mutating func perform(action index: Int) -> ActionAnswer { answers.perform(action: index) }

    public mutating func log(label: String, value: String?) { answers.log(label: label, value: value) }

    /// As `Interpreter.start`: another run begins.
    public mutating func start(_ interpreter: inout Interpreter) -> Macrostep {
        coverage.begin()
        let macrostep = interpreter.start(&self)
        coverage.note(macrostep, of: nil)
        return macrostep
    }

    /// As `Interpreter.send`.
    public mutating func send(_ event: ChartEvent, to interpreter: inout Interpreter) -> Macrostep {
        let macrostep = interpreter.send(event, &self)
        coverage.note(macrostep, of: event)
        return macrostep
    }
}

extension CoveringResponder: Sendable where Answers: Sendable {}
