import Statechart

/// Answers the kernel's own interpreter from the tape, and notices where the tape is not what the chart asks.
struct TapeResponder: Responder {
    private let answers: [Tape.Answer]
    private let type: CaseType
    private var next = 0
    /// The first misfit. From there on everything fails, and the outcome is thrown away.
    private(set) var misfit: PluginFault?
    /// Of the actions done, in order.
    private(set) var effects: [Effects] = []
    private(set) var refusal: Effects.Refusal?
    /// Reasons of guards that said no or failed.
    private(set) var reasons: [String] = []

    init(_ tape: Tape, type: CaseType) {
        answers = tape.answers
        self.type = type
    }

    /// Nil when every answer was asked for.
    var misfitAtEnd: PluginFault? {
        if let misfit { return misfit }
        return next < answers.count
            ? PluginFault(.offChart, "\(answers.count - next) answers were never asked for") : nil
    }

    mutating func answer(guard index: Int) -> GuardAnswer {
        guard let answer = take(index, isGuard: true) else { return .failed }
        if answer.kind != .guardYes, !answer.reason.isEmpty { reasons.append(answer.reason) }
        switch answer.kind {
        case .guardYes: return .yes
        case .guardNo: return .no
        case .guardNeedsPayload: return .needsPayload
        default: return .failed
        }
    }

    mutating func perform(action index: Int) -> ActionAnswer {
        guard let answer = take(index, isGuard: false) else { return .failed }
        switch answer.kind {
        case .actionDone: return done(answer.effects)
        case .actionRefused: return refused(answer)
        default: return .failed
        }
    }

    private mutating func take(_ index: Int, isGuard: Bool) -> Tape.Answer? {
        guard misfit == nil else { return nil }
        let asked = "\(isGuard ? "guard" : "action") \(index)"
        guard next < answers.count else {
            misfit = PluginFault(.offChart, "the tape ends before \(asked)")
            return nil
        }
        let answer = answers[next]
        guard answer.kind.isGuard == isGuard, answer.index == index else {
            let found = "answer \(next) is of \(answer.kind) \(answer.index)"
            misfit = PluginFault(.offChart, "\(found) where \(asked) was asked")
            return nil
        }
        next += 1
        return answer
    }

    private mutating func done(_ effects: Effects?) -> ActionAnswer {
        guard let effects else { return .done(raised: []) }
        guard effects.refusal == nil else { return fail(.malformed, "an action is done and refuses at once") }
        if let event = effects.raised.first(where: { !type.mayRaise($0) }) {
            return fail(.raised, "an action raises \"\(event)\"")
        }
        self.effects.append(effects)
        return .done(raised: effects.raised)
    }

    private mutating func refused(_ answer: Tape.Answer) -> ActionAnswer {
        guard let refusal = answer.effects?.refusal else {
            return fail(.malformed, "an action refuses without saying why")
        }
        self.refusal = refusal
        return .refused
    }

    private mutating func fail(_ kind: PluginFault.Kind, _ what: String) -> ActionAnswer {
        misfit = PluginFault(kind, what)
        return .failed
    }
}

extension Tape.Kind {
    var isGuard: Bool {
        switch self {
        case .guardYes, .guardNo, .guardFailed, .guardNeedsPayload: true
        case .actionDone, .actionFailed, .actionRefused: false
        }
    }
}

/// One event, run again over the tape by the kernel's own interpreter.
struct Reenactment {
    var interpreter: Interpreter
    var outcome: Macrostep.Outcome
    /// Transitions the event itself took.
    var triggered: [Int]
    var intents: [Intent]
    var responder: TapeResponder

    init(_ event: DecisionRequest.Event, opening: Bool, on before: Interpreter, tape: Tape, type: CaseType) {
        var interpreter = before
        var responder = TapeResponder(tape, type: type)
        var intents: [Intent] = []
        var outcome = Macrostep.Outcome.completed
        var triggered: [Int] = []
        if opening {
            let step = interpreter.start(&responder)
            (outcome, intents) = (step.outcome, step.intents)
        }
        if outcome == .completed {
            // Only a chart that begins without asking for `case.open` is opened by it all the same.
            let isTakenUp = opening && interpreter.candidates(for: ServerEvents.opening).isEmpty
            let step = interpreter.send(ChartEvent(event), &responder)
            intents += step.intents
            triggered = step.triggered
            outcome = isTakenUp && step.outcome == .unmatched ? .completed : step.outcome
        }
        (self.interpreter, self.outcome, self.triggered) = (interpreter, outcome, triggered)
        (self.intents, self.responder) = (intents, responder)
    }
}

extension ChartEvent {
    init(_ event: DecisionRequest.Event) {
        switch event {
        case .external(let name): self = .external(name)
        case .internal(let name): self = .internal(name)
        case .timer(let index): self = .timer(index)
        case .delayed(let send): self = .delayed(send)
        }
    }
}
