import Statechart

// MARK: - Asking

extension Kernel {
    /// Asks the child about the case's event, with facts as they are now.
    func ask(_ work: Work, on live: LiveCase) {
        guard let event = work.event else { return stop(Breach(what: "a command that no chart sees reached a plugin")) }
        move(live, to: .deciding)
        let facts = facts(for: work, on: live).encoded()
        let ticket = ticket(.decision(live, work, facts: facts))
        statistics.decisions += 1
        decider.decide(
            DecisionRequest(
                ticket: ticket, plugin: live.type.plugin.digest,
                snapshot: work.isOpening ? nil : live.body.snapshot, record: live.stored?.record ?? [], facts: facts,
                question: .decide(event: event, payload: work.payload)))
    }

    func ticket(_ ticket: Ticket) -> UInt64 {
        defer { nextTicket += 1 }
        tickets[nextTicket] = ticket
        return nextTicket
    }

    func facts(for work: Work, on live: LiveCase) -> Facts {
        facts(of: live, county: county(of: work, on: live), at: work.stamp, caller: work.caller, work.conflicts)
    }

    func facts(
        of live: LiveCase, county: String, at now: Instant, caller: Principal?, _ conflicts: [String] = []
    ) -> Facts {
        let pools = live.type.plugin.manifest.pools.map { fund in
            let pool = live.body.pool(of: fund, county: county, at: now, holds: live.body.holds)
            let held = live.body.holds.first { $0.pool == pool }?.amount ?? 0
            let available = ledger.available(in: pool, for: live.id, since: live.since(now))
            return Facts.PoolFact(fund: fund, available: available, held: held)
        }
        return Facts(
            now: now, caseID: live.id, county: county, caller: caller, policy: live.body.policy, pools: pools,
            conflicts: conflicts, seed: configuration.seed(), caseNumber: live.stored?.number ?? "",
            development: configuration.development)
    }

    func county(of work: Work, on live: LiveCase) -> String {
        if let county = live.stored?.county { return county }
        if case .open(_, let county, _) = work.command?.kind { return county }
        return ""
    }
}

// MARK: - Judging the answer

extension Kernel {
    /// A child's answer came back; one for a ticket that is no longer known is of a time before a restart.
    func decided(_ reply: DecisionReply) {
        guard let ticket = tickets.removeValue(forKey: reply.ticket) else { return }
        switch ticket {
        case .explanation(let question): explained(question, reply)
        case .decision(let live, let work, let facts):
            switch reply.tape {
            case .success(let tape): judge(tape, of: work, on: live, facts: facts)
            case .failure(.notStarted): postpone(work, on: live)
            case .failure(let fault): retry(work, on: live, because: PluginFault(fault))
            }
        }
    }

    private func judge(_ tape: [UInt8], of work: Work, on live: LiveCase, facts: [UInt8]) {
        switch judgement(of: work, on: live).verdict(on: tape) {
        case .illegal(let fault):
            decider.renew(live.type.plugin.digest, because: fault.detail)
            retry(work, on: live, because: fault)
        case .failed(let fault): fail(work, on: live, with: .handlerFailed(fault))
        case .rejected(let rejection): fail(work, on: live, with: rejection)
        case .unmatched(let reasons): unmatched(work, on: live, reasons)
        case .accepted(let proposal):
            proposal.detail.payload = work.payload
            proposal.detail.facts = facts
            proposal.detail.tape = tape
            proposal.detail.snapshotMark = configuration.keyedHash(proposal.body.snapshot)
            settle(proposal, of: work, on: live)
        }
    }

    private func judgement(of work: Work, on live: LiveCase) -> Judgement {
        Judgement(
            id: live.id, type: live.type, work: work, event: work.event ?? .internal(""),
            county: county(of: work, on: live), openedAt: live.since(work.stamp), before: live.standing,
            deadlines: deadlines, keyedHash: configuration.keyedHash)
    }

    /// A crash, a time-out or a lie: once more on a fresh child, then it counts as failed.
    private func retry(_ work: Work, on live: LiveCase, because fault: PluginFault) {
        statistics.faults += 1
        var work = work
        work.faults += 1
        if work.faults < 2 { ask(work, on: live) } else { fail(work, on: live, with: .handlerFailed(fault)) }
    }

    /// Nobody was there to decide. Callers come again; what the kernel sends of itself keeps its place.
    private func postpone(_ work: Work, on live: LiveCase) {
        statistics.faults += 1
        move(live, to: .idle)
        if live.isBeingOpened { cases[live.id] = nil } else { postpone(live.id) }
        for work in [work] + live.takeAll() {
            switch work.kind {
            case .command: finish(work, .failure(.pluginNotStarted))
            case .granted(let pool):
                granting.remove(live.id)
                postponed.pools.insert(pool)
            // It stands in the case's body, and is found there again.
            case .alarm: break
            }
        }
    }

    /// Nothing happens: a caller is told why, an event without caller leaves an incident.
    func fail(_ work: Work, on live: LiveCase, with rejection: Rejection) {
        guard work.command == nil else { return release(live, after: work, .failure(rejection)) }
        accept(incident(of: work, on: live, Sentence(rejection)), of: work, on: live)
    }

    /// The case is free again without a commit.
    func release(_ live: LiveCase, after work: Work, _ outcome: CommandOutcome) {
        move(live, to: .idle)
        if live.isBeingOpened { cases[live.id] = nil }
        finish(work, outcome)
        pump(live)
    }

    private func unmatched(_ work: Work, on live: LiveCase, _ reasons: [Sentence]) {
        switch work.kind {
        case .command:
            guard case .external(let name) = work.event else {
                return stop(Breach(what: "a command that no chart sees was decided"))
            }
            let states = live.interpreter.activeAtomicPaths
            fail(work, on: live, with: .eventNotAllowed(name, states: states, because: reasons))
        case .alarm: accept(unmatchedAlarm(work, on: live), of: work, on: live)
        case .granted:
            let rejection = Rejection.eventNotAllowed(
                ServerEvents.granted, states: live.interpreter.activeAtomicPaths, because: reasons)
            fail(work, on: live, with: rejection)
        }
    }
}

// MARK: - Events that change little

extension Kernel {
    /// The case as it is, about to be written once more.
    private func unchanged(_ live: LiveCase, _ kind: Envelope.Kind, _ event: String) -> Proposal {
        Proposal(
            kind: kind, event: event, interpreter: live.interpreter, body: live.body, record: live.stored?.record ?? [],
            attributes: live.attributes)
    }

    /// A timer that no transition takes has run out all the same; what was sent with a delay is over as well.
    private func unmatchedAlarm(_ work: Work, on live: LiveCase) -> Proposal {
        let kind = work.event?.kind ?? .timer
        let proposal = unchanged(live, kind, work.name(in: live.type.definition))
        proposal.drop(work)
        proposal.unmatched = true
        proposal.findOwner(after: proposal.event, in: live.type.definition)
        return proposal
    }

    /// The event is over, and somebody must look at the case. A place in a queue is given up, so that nobody is
    /// blocked; it would be the same place when taken again, since the order is that of acceptance.
    private func incident(of work: Work, on live: LiveCase, _ sentence: Sentence) -> Proposal {
        let name = work.name(in: live.type.definition)
        let proposal = unchanged(live, .incident, name)
        proposal.drop(work)
        if work.isGrant, let waiting = live.body.waiting, let opened = live.stored?.openedAt {
            proposal.body.waiting = nil
            proposal.change.leaves = Waiter(
                pool: waiting.pool, since: opened, caseID: live.id, amount: waiting.amount)
        }
        proposal.body.incident = CaseBody.Incident(
            event: name, zh: sentence.zh, en: sentence.en, states: live.statesConcerned(by: work))
        return proposal
    }

    func unmask(_ work: Work, _ command: Command, _ reason: String, on live: LiveCase) {
        let proposal = unchanged(live, .unmasked, "unmask")
        proposal.detail.reason = reason
        accept(proposal, of: work, on: live)
    }
}

extension Proposal {
    fileprivate func drop(_ work: Work) {
        if case .alarm(let alarm) = work.kind { body.remove(alarm) }
    }
}

extension Work {
    fileprivate func name(in definition: Definition) -> String {
        event?.name(in: definition) ?? ""
    }
}

extension DecisionRequest.Event {
    /// As history names it: a timer by its id.
    func name(in definition: Definition) -> String {
        switch self {
        case .external(let name), .internal(let name): name
        case .timer(let index): definition.timers[index].id
        case .delayed(let send): send.event
        }
    }

    /// How history speaks of it; a command that opens a case has its own kind.
    var kind: Envelope.Kind {
        switch self {
        case .external: .external
        case .internal, .delayed: .internal
        case .timer: .timer
        }
    }
}

extension LiveCase {
    /// Where an event would have been taken: the timer's state, or the states that wait for it.
    fileprivate func statesConcerned(by work: Work) -> [String] {
        let definition = type.definition
        var concerned: [Int] = []
        switch work.event {
        case .timer(let index): concerned = definition.timers[index].state.map { [$0] } ?? []
        case .internal(let name): concerned = sources(of: name)
        case .delayed(let send): concerned = sources(of: send.event)
        case .external, nil: break
        }
        guard !concerned.isEmpty else { return interpreter.activeAtomicPaths }
        return Set(concerned.map { definition.states[$0].path }).sorted()
    }

    private func sources(of event: String) -> [Int] {
        interpreter.candidates(for: event).map { type.definition.transitions[$0].source }
    }
}
