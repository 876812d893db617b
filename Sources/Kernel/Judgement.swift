import Statechart
import Wire

/// What the kernel makes of a child's answer to one event.
enum Verdict {
    case accepted(Proposal)
    /// No transition took the event; with the reasons guards gave.
    case unmatched([Sentence])
    /// A sentence for the caller, from the plugin or from the kernel's own rules.
    case rejected(Rejection)
    /// The chart or a handler failed of itself: a fresh child would do the same.
    case failed(PluginFault)
    /// The child erred or lies: a fresh one may do better.
    case illegal(PluginFault)
}

/// Everything an accepted event would change. Nothing has happened yet. A class, because it is handed on, never copied.
final class Proposal {
    var kind: Envelope.Kind
    var event: String
    let content: CaseContent
    var record: [UInt8]
    var change = FundChange()
    /// Unique keys taken, with their scopes, and given back; keyed hashes.
    var claims: [(scope: String, hash: [UInt8])] = []
    var releases: [[UInt8]] = []
    var unmatched = false
    var detail = Detail()
    let incidentBefore: CaseBody.Incident?

    init(
        kind: Envelope.Kind, event: String, interpreter: Interpreter, body: CaseBody, record: [UInt8],
        attributes: Attributes
    ) {
        self.kind = kind
        self.event = event
        self.record = record
        content = CaseContent(body: body, attributes: attributes, interpreter: interpreter)
        incidentBefore = body.incident
    }

    var interpreter: Interpreter { _read { yield content.interpreter } }
    var body: CaseBody {
        _read { yield content.body }
        _modify { yield &content.body }
    }
    var attributes: Attributes {
        _read { yield content.attributes }
        _modify { yield &content.attributes }
    }
}

/// Judges one tape: re-enacts it, and checks every rule a plugin cannot break. Pure; money and claims of others are
/// looked at afterwards.
struct Judgement {
    let id: CaseID
    let type: CaseType
    let work: Work
    let event: DecisionRequest.Event
    let county: String
    let openedAt: Instant
    let before: Standing
    let deadlines: Deadlines
    let keyedHash: @Sendable ([UInt8]) -> [UInt8]

    func verdict(on bytes: [UInt8]) -> Verdict {
        do {
            let tape = try Tape(decoding: bytes)
            return try judge(tape)
        } catch {
            switch error {
            case .illegal(let fault): return .illegal(fault)
            case .limit(let what): return .rejected(.limit(what))
            case .recordTooLarge: return .rejected(.recordTooLarge)
            }
        }
    }

    private func judge(_ tape: Tape) throws(TapeError) -> Verdict {
        let run = Reenactment(event, opening: work.isOpening, on: before.interpreter, tape: tape, type: type)
        if let misfit = run.responder.misfitAtEnd { return .illegal(misfit) }
        switch run.outcome {
        case .completed: break
        case .unmatched: return .unmatched(run.responder.reasons.map(Sentence.init(parting:)))
        case .refused: return refusal(run)
        case .unhandledError(let what): return .failed(PluginFault(.failed, what))
        case .microstepLimit: return .illegal(PluginFault(.endless, "the macrostep does not end"))
        }
        if let objection = objection(to: run.triggered) { return .rejected(objection) }
        return .accepted(try proposal(run, tape))
    }

    private func refusal(_ run: Reenactment) -> Verdict {
        guard let refusal = run.responder.refusal else {
            return .illegal(PluginFault(.malformed, "a refusal does not say why"))
        }
        return .rejected(Rejection(refusal))
    }

    /// Roles and four-eyes on every transition the event itself took.
    private func objection(to triggered: [Int]) -> Rejection? {
        guard let caller = work.caller, case .external(let name) = event else { return nil }
        let hands = Hands(principal: caller, senders: before.body.senders)
        for index in triggered {
            if let objection = hands.objection(to: type.definition.transitions[index], event: name) { return objection }
        }
        return nil
    }

    private func proposal(_ run: Reenactment, _ tape: Tape) throws(TapeError) -> Proposal {
        let proposal = Proposal(
            kind: kind, event: eventName, interpreter: run.interpreter, body: before.body,
            record: tape.record ?? before.stored?.record ?? [], attributes: before.attributes)
        proposal.body.snapshot = run.interpreter.snapshot()
        try apply(run.intents, to: &proposal.body)
        noteSender(in: &proposal.body)
        try apply(run.responder.effects, to: proposal)
        try close(proposal)
        return proposal
    }

    private var kind: Envelope.Kind { work.isOpening ? .opened : event.kind }

    private var eventName: String { event.name(in: type.definition) }

    private func noteSender(in body: inout CaseBody) {
        guard let caller = work.caller, case .external(let name) = event else { return }
        guard type.watchedEvents.contains(name) else { return }
        let sender = CaseBody.Sender(event: name, agency: caller.agency, officer: caller.officer)
        if !body.senders.contains(sender) { body.senders.append(sender) }
    }
}

// MARK: - Timers and tasks

extension Judgement {
    private func apply(_ intents: [Intent], to body: inout CaseBody) throws(TapeError) {
        if case .alarm(let alarm) = work.kind { body.remove(alarm) }
        let (timers, tasks) = (type.definition.timers, type.definition.tasks)
        for intent in intents {
            switch intent {
            case .startTimer(let index): body.start(timer: timers[index], at: work.stamp, deadlines)
            case .cancelTimer(let index): body.cancel(timer: index)
            case .pauseTimer(let index): body.pause(timer: timers[index], at: work.stamp, deadlines)
            case .resumeTimer(let index): body.resume(timer: timers[index], at: work.stamp, deadlines)
            case .openTask(let index): body.open(task: tasks[index], at: work.stamp, deadlines)
            case .reopenTask(let index): body.reopen(task: tasks[index], at: work.stamp, deadlines)
            case .withdrawTask(let index):
                body.withdraw(task: tasks[index], at: work.stamp, keeping: type.hasHistory, deadlines)
            case .sendDelayed(let send): body.send(send, at: work.stamp)
            case .cancelDelayed(let id): body.cancel(sends: id)
            case .openJob: throw .limit("the chart has a job for a worker; no worker can be asked here")
            case .withdrawJob: break
            }
        }
    }
}

// MARK: - Effects

extension Judgement {
    private func apply(_ all: [Effects], to proposal: Proposal) throws(TapeError) {
        var book = HoldBook(holds: before.body.holds)
        var wait: Effects.Wait?
        for effects in all {
            for change in effects.attributes { proposal.attributes[change.name] = value(of: change) }
            for claim in effects.releases { release(hash(claim), from: proposal) }
            for claim in effects.claims { take(claim, for: proposal) }
            for posting in effects.postings { try post(posting, in: &book) }
            wait = effects.wait ?? wait
        }
        proposal.body.holds = book.holds
        proposal.change.lines = book.lines
        try queue(wait, in: proposal)
        let attributes = proposal.attributes.entries.count
        guard attributes <= TapeLimits.attributes else { throw .limit("more than 16 attributes") }
        guard proposal.body.claims.count <= TapeLimits.claims else { throw .limit("more than 16 claims") }
    }

    private func value(of change: Effects.AttributeChange) -> Attributes.Value? {
        guard let value = change.value else { return nil }
        if change.isPersonal {
            var writer = WireWriter(capacity: 64)
            writer.string(1, change.name)
            writer.write(value)
            return .hash(keyedHash(writer.bytes))
        }
        switch value {
        case .integer(let number): return .integer(number)
        case .text(let text): return .text(text)
        case .flag(let flag): return .flag(flag)
        }
    }

    /// Scope and key, parted by a byte that no scope contains.
    private func hash(_ claim: Effects.Claim) -> [UInt8] { keyedHash(Array(claim.scope.utf8) + [0xff] + claim.key) }

    private func take(_ claim: Effects.Claim, for proposal: Proposal) {
        let hash = hash(claim)
        guard !proposal.body.claims.contains(hash) else { return }
        proposal.body.claims.append(hash)
        proposal.body.claims.sort { $0.lexicographicallyPrecedes($1) }
        // Given back and taken again by the same event: it never was free.
        guard !before.body.claims.contains(hash) else { return proposal.releases.removeAll { $0 == hash } }
        proposal.claims.append((claim.scope, hash))
    }

    private func release(_ hash: [UInt8], from proposal: Proposal) {
        guard proposal.body.claims.contains(hash) else { return }
        proposal.body.claims.removeAll { $0 == hash }
        proposal.claims.removeAll { $0.hash == hash }
        if before.body.claims.contains(hash) { proposal.releases.append(hash) }
    }
}

// MARK: - Money

extension Judgement {
    private func post(_ posting: Effects.Posting, in book: inout HoldBook) throws(TapeError) {
        try checkDeclared(posting.fund)
        try book.post(posting, in: pool(of: posting.fund, holds: book.holds))
    }

    private func checkDeclared(_ fund: String) throws(TapeError) {
        guard type.plugin.manifest.pools.contains(fund) else {
            throw .illegal(PluginFault(.foreignFund, "\"\(fund)\" is not among the pools of its manifest"))
        }
    }

    private func pool(of fund: String, holds: [CaseBody.Hold]) -> Pool {
        before.body.pool(of: fund, county: county, at: work.stamp, holds: holds)
    }

    private func queue(_ wait: Effects.Wait?, in proposal: Proposal) throws(TapeError) {
        let current = before.body.waiting.map { waiter($0) }
        if let wait {
            try checkDeclared(wait.fund)
            let waiting = CaseBody.Waiting(pool: pool(of: wait.fund, holds: []), amount: wait.amount)
            proposal.body.waiting = waiting
            (proposal.change.leaves, proposal.change.joins) = (current, waiter(waiting))
        } else if current != nil, work.isGrant || !awaitsFunds(proposal.interpreter) {
            proposal.body.waiting = nil
            proposal.change.leaves = current
        }
    }

    private func waiter(_ waiting: CaseBody.Waiting) -> Waiter {
        Waiter(pool: waiting.pool, since: openedAt, caseID: id, amount: waiting.amount)
    }

    private func awaitsFunds(_ interpreter: Interpreter) -> Bool {
        !interpreter.candidates(for: ServerEvents.granted).isEmpty
    }
}

extension CaseBody {
    /// Where a fund's money lies for this case: where it is held or was queued for, else in the year of `now`.
    func pool(of fund: String, county: String, at now: Instant, holds: [Hold]) -> Pool {
        if let hold = holds.first(where: { $0.pool.fund == fund }) { return hold.pool }
        if let waiting, waiting.pool.fund == fund { return waiting.pool }
        return Pool(fund: fund, county: county, year: LocalDate(now).year)
    }
}

// MARK: - No silent stall

extension Judgement {
    /// The last look at the case as it would be: bounds, leftover money, owner, incident.
    private func close(_ proposal: Proposal) throws(TapeError) {
        let alarms = proposal.body.timers.count + proposal.body.sends.count
        guard alarms <= TapeLimits.timers else { throw .limit("more than 32 timers and delayed sends") }
        if proposal.interpreter.isSettled {
            guard proposal.body.holds.isEmpty else { throw .illegal(PluginFault(.leftMoney, "it holds money")) }
            guard proposal.body.waiting == nil else { throw .illegal(PluginFault(.leftMoney, "it waits for money")) }
        }
        // Of a chart that has run to its end nothing can be taken any more.
        if proposal.interpreter.isDone { (proposal.body.timers, proposal.body.tasks) = ([], []) }
        if proposal.interpreter.isDone { (proposal.body.withdrawn, proposal.body.sends) = ([], []) }
        proposal.settleIncident(in: type.definition)
        proposal.findOwner(after: eventName, in: type.definition)
    }
}

extension CaseBody {
    /// Somebody or something goes on with the case: a task, a running timer, something sent with a delay, a place in a
    /// queue; or an incident asks for somebody.
    var isOwned: Bool {
        timers.contains { $0.paused == nil } || !sends.isEmpty || !tasks.isEmpty || waiting != nil || incident != nil
    }
}

extension Proposal {
    /// An incident is over when the case has left the states it happened in.
    func settleIncident(in definition: Definition) {
        guard let incident = body.incident else { return }
        let active = Set(interpreter.configuration.map { definition.states[$0].path })
        if active.isDisjoint(with: incident.states) { body.incident = nil }
    }

    /// A case that has not ended and belongs to nobody is an incident.
    func findOwner(after event: String, in definition: Definition) {
        guard !interpreter.isSettled, !body.isOwned else { return }
        let sentence = Sentence(
            zh: "“\(event)”之后案件没有任务、期限或资金排队，无人负责。",
            en: "After \"\(event)\" the case has no task, timer or place in a queue: nobody owns it.")
        body.incident = CaseBody.Incident(
            event: event, zh: sentence.zh, en: sentence.en, states: interpreter.activeAtomicPaths)
    }
}
