import Statechart

/// What could happen to a case now, and for one principal: why not.
public struct Explanation: Sendable {
    public struct Obstacle: Equatable, Sendable {
        public enum Kind: String, Sendable {
            case role
            case fourEyes = "four-eyes"
            case `guard`
            case fund
        }

        public var kind: Kind
        public var zh: String
        public var en: String
    }

    /// An event some active state listens to.
    public struct Possible: Equatable, Sendable {
        public var event: String
        /// Roles that may send it; empty when only the kernel does.
        public var by: [String]
        /// Path of the state that takes it.
        public var from: String
        /// Paths of the states it leads to, as far as the guards can tell.
        public var to: [String]
        public var isPossible: Bool
        public var obstacles: [Obstacle]
        /// Why it leads there and not another way: what guards of its other transitions said.
        public var because: [Obstacle] = []
        /// A guard can answer only with the payload.
        public var needsPayload: Bool
    }

    public var stored: StoredCase
    public var events: [Possible]
}

/// An explanation being made: of the case as it stood when it was asked for, whatever happens to it meanwhile.
struct Question {
    var stored: StoredCase
    var type: CaseType
    var standing: Standing
    var principal: Principal
    /// Guards asked, in order.
    var guards: [Int]
    var reply: @Sendable (Result<Explanation, Rejection>) -> Void
}

/// Answers guards from what the child said of each by itself, and performs nothing.
private struct GuardSheet: Responder {
    let answers: [Int: Tape.Answer]
    /// What a guard that needs the payload is taken to say.
    let supposing: GuardAnswer
    var neededPayload = false

    mutating func answer(guard index: Int) -> GuardAnswer {
        switch answers[index]?.kind {
        case .guardYes: return .yes
        case .guardNo: return .no
        case .guardNeedsPayload:
            neededPayload = true
            return supposing
        default: return .failed
        }
    }

    mutating func perform(action index: Int) -> ActionAnswer { .done(raised: []) }
}

/// Tries each event of the case on a copy of its interpreter.
struct Explainer {
    let question: Question
    let answers: [Int: Tape.Answer]

    private var definition: Definition { question.type.definition }

    func events() -> [Explanation.Possible] {
        let candidates = question.standing.interpreter.candidates().map { definition.transitions[$0] }
        let names = Set(candidates.flatMap(\.descriptors)).sorted()
        return names.compactMap { name in
            let own = candidates.filter { $0.descriptors.contains(name) }
            return name.contains("*") ? nil : explain(name, own)
        }
    }

    private func explain(_ event: String, _ candidates: [Transition]) -> Explanation.Possible {
        let (likely, needsPayload) = triggered(by: event)
        let shown = likely.isEmpty ? candidates : likely
        var result = Explanation.Possible(
            event: event, by: Set(shown.flatMap(\.by)).sorted(), from: path(shown.first?.source),
            to: Set(shown.flatMap(\.targets)).map { path($0) }.sorted(), isPossible: false, obstacles: [],
            needsPayload: needsPayload)
        let certainty: Certainty = likely.isEmpty ? .blocked : needsPayload ? .likely : .certain
        result.obstacles = obstacles(event, shown, certainty)
        result.isPossible = result.obstacles.isEmpty
        if !likely.isEmpty { result.because = reasons(against: candidates, but: likely) }
        return result
    }

    private func reasons(against candidates: [Transition], but taken: [Transition]) -> [Explanation.Obstacle] {
        let others = candidates.filter { candidate in !taken.contains { $0.index == candidate.index } }
        return Set(others.flatMap(\.guardIndices)).sorted().compactMap(refusal(by:))
    }

    /// The transitions the event would take; of both worlds where a guard waits for the payload.
    private func triggered(by event: String) -> (transitions: [Transition], needsPayload: Bool) {
        let (first, needsPayload) = run(event, supposing: .yes)
        let second = needsPayload ? run(event, supposing: .no).triggered : []
        return (Set(first + second).sorted().map { definition.transitions[$0] }, needsPayload)
    }

    private func run(_ event: String, supposing answer: GuardAnswer) -> (triggered: [Int], neededPayload: Bool) {
        var copy = question.standing.interpreter
        var sheet = GuardSheet(answers: answers, supposing: answer)
        let isKernels = event == ServerEvents.granted
        let step = copy.send(isKernels ? .internal(event) : .external(event), &sheet)
        return (step.triggered, sheet.neededPayload)
    }

    private func path(_ state: Int?) -> String { state.map { definition.states[$0].path } ?? "" }
}

// MARK: - Obstacles

extension Explainer {
    /// How sure it is that an event takes the transitions told with it.
    private enum Certainty {
        /// All of them.
        case certain
        /// Some, as the payload will say.
        case likely
        /// None.
        case blocked
    }

    private func obstacles(
        _ event: String, _ transitions: [Transition], _ certainty: Certainty
    ) -> [Explanation.Obstacle] {
        let isBlocked = certainty == .blocked
        let guards = isBlocked ? Set(transitions.flatMap(\.guardIndices)).sorted().compactMap(refusal(by:)) : []
        if event == ServerEvents.granted { return guards + [waiting] }
        var hands = handObstacles(event, transitions, certainty)
        if isBlocked, guards.isEmpty { hands.append(conditions(of: transitions)) }
        return hands + guards
    }

    /// Every transition the event takes must be allowed; of those that are only likely, one is enough.
    private func handObstacles(
        _ event: String, _ transitions: [Transition], _ certainty: Certainty
    ) -> [Explanation.Obstacle] {
        let hands = Hands(principal: question.principal, senders: question.standing.body.senders)
        let objection =
            certainty == .certain
            ? transitions.lazy.compactMap { hands.objection(to: $0, event: event) }.first
            : hands.objection(toAll: transitions.map(\.index), of: definition.transitions, event: event)
        guard let objection else { return [] }
        let kind: Explanation.Obstacle.Kind = objection.code == .fourEyes ? .fourEyes : .role
        return [Explanation.Obstacle(kind: kind, zh: objection.zh, en: objection.en)]
    }

    private func refusal(by index: Int) -> Explanation.Obstacle? {
        guard let answer = answers[index], ![.guardYes, .guardNeedsPayload].contains(answer.kind) else { return nil }
        let name = definition.guards[index]
        if !answer.reason.isEmpty {
            let sentence = Sentence(parting: answer.reason)
            return Explanation.Obstacle(kind: .guard, zh: sentence.zh, en: sentence.en)
        }
        return Explanation.Obstacle(kind: .guard, zh: "条件“\(name)”不满足。", en: "\"\(name)\" does not hold.")
    }

    /// A condition of the chart itself, without a guard of the plugin.
    private func conditions(of transitions: [Transition]) -> Explanation.Obstacle {
        let text = transitions.compactMap(\.guardText).joined(separator: "; ")
        return Explanation.Obstacle(kind: .guard, zh: "条件不满足：\(text)", en: "This does not hold: \(text)")
    }

    private var waiting: Explanation.Obstacle {
        guard let waiting = question.standing.body.waiting else {
            return Explanation.Obstacle(kind: .fund, zh: "由系统在资金到位时办理。", en: "The server sends it when money arrives.")
        }
        let (fund, amount) = (waiting.pool.fund, waiting.amount)
        return Explanation.Obstacle(
            kind: .fund, zh: "正在按受理先后等候资金“\(fund)”\(amount) 分，到位后自动办理。",
            en: "Waits in order of acceptance for \(amount) fen of \"\(fund)\"; goes on by itself when they arrive.")
    }
}

// MARK: - Asking the child

extension Kernel {
    func explain(
        _ id: CaseID, _ principal: Principal, _ reply: @escaping @Sendable (Result<Explanation, Rejection>) -> Void
    ) {
        switch find(id) {
        case .absent: reply(.failure(.notFound))
        case .unusable(let rejection): reply(.failure(rejection))
        case .live(let live):
            let stored: StoredCase
            do throws(StoreFault) { stored = try row(of: live) } catch { return reply(.failure(refusal(error))) }
            let all = live.type.definition.transitions
            let guards = Set(live.interpreter.candidates().flatMap { all[$0].guardIndices }).sorted()
            let question = Question(
                stored: stored, type: live.type, standing: live.standing, principal: principal, guards: guards,
                reply: reply)
            if guards.isEmpty { answer(question, []) } else { ask(question, of: live) }
        }
    }

    /// The row that memory stands on, which a commit under way may just have replaced in the store. Memory does not
    /// hold the chain hash of the case's head; history does.
    private func row(of live: LiveCase) throws(StoreFault) -> StoredCase {
        guard var row = live.stored else { throw .down("case \(live.id) is not yet stored") }
        guard let head = try store.history(at: row.head) else {
            throw .damaged("the newest history row of case \(live.id) is not there")
        }
        row.headHash = head.hash
        return row
    }

    private func ask(_ question: Question, of live: LiveCase) {
        let facts = facts(of: live, county: question.stored.county, at: clock, caller: question.principal)
        decider.decide(
            DecisionRequest(
                ticket: ticket(.explanation(question)), plugin: live.type.plugin.digest, snapshot: live.body.snapshot,
                record: live.stored?.record ?? [], facts: facts.encoded(), question: .explain(guards: question.guards)))
    }

    func explained(_ question: Question, _ reply: DecisionReply) {
        let bytes: [UInt8]
        switch reply.tape {
        case .success(let tape): bytes = tape
        case .failure(let fault): return unexplained(question, PluginFault(fault))
        }
        do throws(TapeError) {
            let tape = try Tape(decoding: bytes)
            guard tape.answers.map(\.index) == question.guards, tape.answers.allSatisfy(\.kind.isGuard) else {
                throw TapeError.illegal(PluginFault(.offChart, "the guards asked are not those answered"))
            }
            answer(question, tape.answers)
        } catch {
            let fault = PluginFault(error)
            decider.renew(question.type.plugin.digest, because: fault.detail)
            unexplained(question, fault)
        }
    }

    private func unexplained(_ question: Question, _ fault: PluginFault) {
        statistics.faults += 1
        question.reply(.failure(fault.kind == .notStarted ? .pluginNotStarted : .handlerFailed(fault)))
    }

    private func answer(_ question: Question, _ answers: [Tape.Answer]) {
        let sheet = Dictionary(answers.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
        let events = Explainer(question: question, answers: sheet).events()
        question.reply(.success(Explanation(stored: question.stored, events: events)))
    }
}
