import Statechart

/// An accepted event on its way to the disk, with what memory becomes when it is durable.
final class Accepted {
    let work: Work
    /// Nil for an event of the store.
    let live: LiveCase?
    let proposal: Proposal?
    let change: FundChange
    /// Its position is set when the commit starts.
    var receipt: Receipt

    init(
        work: Work, live: LiveCase? = nil, proposal: Proposal? = nil, change: FundChange, receipt: Receipt
    ) {
        self.work = work
        self.live = live
        self.proposal = proposal
        self.change = change
        self.receipt = receipt
    }
}

/// Accepted events and what each writes, side by side: the members go to the store as they stand.
struct Gathering {
    private(set) var events: [Accepted] = []
    private(set) var members: [Member] = []

    var isEmpty: Bool { events.isEmpty }
    var indices: Range<Int> { events.indices }

    mutating func append(_ event: Accepted, writing member: Member) {
        events.append(event)
        members.append(member)
    }

    /// Takes out at most `count`, from the head.
    mutating func take(_ count: Int) -> Gathering {
        defer { self = subset(indices.dropFirst(count)) }
        return count < events.count ? subset(indices.prefix(count)) : self
    }

    func subset(_ indices: some Sequence<Int>) -> Gathering {
        var subset = Gathering()
        for index in indices { subset.append(events[index], writing: members[index]) }
        return subset
    }

    /// Gives positions, one after the other, from `first`.
    func place(from first: Position) {
        for index in indices {
            let position = first + Position(index)
            events[index].receipt.position = position
            members[index].history.position = position
            members[index].write?.head = position
            members[index].receipt?.position = position
        }
    }
}

extension Kernel {
    private static var tryLimit: Int { 3 }

    /// The authoritative look at money and unique keys: accepted as a whole, or decided again with fresh facts.
    func settle(_ proposal: Proposal, of work: Work, on live: LiveCase) {
        let held: [String]
        do throws(StoreFault) {
            held = try heldByOthers(proposal.claims, than: live.id)
        } catch {
            // What nobody sent must not be lost to a read that fails once: it is found again in the store.
            if case .down = error, work.command == nil { return storeIsDown(error) }
            return fail(work, on: live, with: refusal(error))
        }
        if !held.isEmpty {
            var work = work
            work.conflicts = Set(work.conflicts + held).sorted()
            return decideAgain(work, on: live, or: .claimHeld(held))
        }
        if let fund = shortFund(proposal.change, of: work, on: live) {
            // Money that went to someone before this case in the queue: it keeps its place and waits on.
            guard !work.isGrant else { return abandonGrant(live) }
            return decideAgain(work, on: live, or: .fundShort(fund))
        }
        accept(proposal, of: work, on: live)
    }

    private func heldByOthers(
        _ claims: [(scope: String, hash: [UInt8])], than id: CaseID
    ) throws(StoreFault) -> [String] {
        var held: [String] = []
        for claim in claims {
            let holder = if let taker = claimsTaken[claim.hash] { taker } else { try store.holder(of: claim.hash) }
            if let holder, holder != id { held.append(claim.scope) }
        }
        return held
    }

    private func shortFund(_ change: FundChange, of work: Work, on live: LiveCase) -> String? {
        let since = live.since(work.stamp)
        let short = change.debits.filter { $0.value > ledger.available(in: $0.key, for: live.id, since: since) }
        return short.keys.min()?.fund
    }

    private func abandonGrant(_ live: LiveCase) {
        granting.remove(live.id)
        move(live, to: .idle)
        pump(live)
    }

    private func decideAgain(_ work: Work, on live: LiveCase, or rejection: Rejection) {
        var work = work
        work.tries += 1
        guard work.tries < Self.tryLimit else { return fail(work, on: live, with: rejection) }
        statistics.redecisions += 1
        ask(work, on: live)
    }

    /// The event will happen: money and keys are taken in memory, and it waits for the next commit.
    func accept(_ proposal: Proposal, of work: Work, on live: LiveCase) {
        let (accepted, member) = accepted(proposal, of: work, on: live)
        ledger.accept(proposal.change)
        for claim in proposal.claims { claimsTaken[claim.hash] = live.id }
        move(live, to: .accepted)
        gathering.append(accepted, writing: member)
    }

    private func accepted(_ proposal: Proposal, of work: Work, on live: LiveCase) -> (Accepted, Member) {
        var written = row(proposal, of: work, on: live)
        var counter: (name: String, value: Int64)?
        if live.isBeingOpened {
            let year = LocalDate(work.stamp).year
            let next = numbers.next(prefix: live.type.plugin.manifest.numberPrefix, county: written.county, year: year)
            written.number = next.number
            counter = (next.counter, next.value)
        }
        let envelope = envelope(proposal, of: work, written, type: live.type)
        let history = HistoryRow(
            position: 0, caseID: live.id, previous: live.stored?.head ?? 0, stamp: work.stamp,
            envelope: envelope.encoded(), detail: proposal.detail.encoded())
        let member = Member(history: history)
        member.write = written
        member.expectedVersion = written.version - 1
        member.receipt = storedReceipt(work)
        member.counter = counter
        member.add(proposal, beside: live)
        let receipt = Receipt(
            caseID: live.id, number: written.number, version: written.version, position: 0, stamp: work.stamp,
            states: envelope.states)
        let accepted = Accepted(
            work: work, live: live, proposal: proposal, change: proposal.change, receipt: receipt)
        return (accepted, member)
    }

    private func row(_ proposal: Proposal, of work: Work, on live: LiveCase) -> StoredCase {
        StoredCase(
            id: live.id, type: live.type.name, number: live.stored?.number ?? "", county: county(of: work, on: live),
            version: (live.stored?.version ?? 0) + 1, openedAt: live.since(work.stamp), changedAt: work.stamp,
            head: 0, states: proposal.interpreter.activeAtomicPaths.joined(separator: " "),
            settled: proposal.interpreter.isSettled, incident: proposal.body.incident?.sentence.joined ?? "",
            attributes: proposal.attributes.encoded(), body: proposal.body.encoded(), record: proposal.record)
    }

    private func envelope(_ proposal: Proposal, of work: Work, _ written: StoredCase, type: CaseType) -> Envelope {
        var envelope = Envelope(kind: proposal.kind, event: proposal.event)
        envelope.name(work.command)
        envelope.states = proposal.interpreter.activeAtomicPaths
        envelope.version = written.version
        envelope.number = written.number
        envelope.postings = proposal.change.lines
        envelope.definition = type.plugin.definitionDigest
        envelope.plugin = type.plugin.digest
        envelope.policy = proposal.body.policy?.digest
        envelope.calendar = configuration.calendarDigest
        envelope.settled = written.settled
        envelope.unmatched = proposal.unmatched
        if let incident = proposal.begunIncident { envelope.incident = (incident.zh, incident.en) }
        envelope.recorded = recorded(work.stamp)
        return envelope
    }

    /// The newest moment anything was stamped with, where that is not the event's own stamp.
    private func recorded(_ stamp: Instant) -> Instant? {
        let newest = max(clock, lastStamp)
        return newest == stamp ? nil : newest
    }

    func storedReceipt(_ work: Work) -> StoredReceipt? {
        work.command.map {
            StoredReceipt(agency: $0.principal.agency, key: $0.key, digest: $0.digest, position: 0)
        }
    }
}

extension Member {
    /// The narrow rows beside the case that change with it.
    fileprivate func add(_ proposal: Proposal, beside live: LiveCase) {
        let before = live.isBeingOpened ? [] : live.standing.dueEntries(live.id)
        let after = proposal.content.dueEntries(live.id)
        dueRemoved = before.lacking(after)
        dueAdded = after.lacking(before)
        claims = proposal.claims.map(\.hash)
        releases = proposal.releases
        journal = proposal.change.lines
        guard proposal.change.leaves != proposal.change.joins else { return }
        waiterRemoved = [proposal.change.leaves].compactMap { $0 }
        waiterAdded = [proposal.change.joins].compactMap { $0 }
    }
}

extension [DueEntry] {
    /// Those that the others lack, each once, sorted. They are few: a look at each costs less than hashing them.
    fileprivate func lacking(_ others: [DueEntry]) -> [DueEntry] {
        var result: [DueEntry] = []
        for entry in self where !others.contains(entry) && !result.contains(entry) { result.append(entry) }
        return result.sorted()
    }
}

extension Envelope {
    fileprivate mutating func name(_ command: Command?) {
        guard let command else { return }
        agency = command.principal.agency
        officer = command.principal.officer
        roles = command.principal.roles
        key = command.key
    }

    /// The store's own event: a budget.
    static func budget(_ command: Command, document: String, lines: [JournalLine]) -> Envelope {
        var envelope = Envelope(kind: .budget, event: "budget.set")
        envelope.name(command)
        envelope.document = document
        envelope.postings = lines
        return envelope
    }
}

extension Proposal {
    fileprivate var begunIncident: CaseBody.Incident? { incidentBefore == body.incident ? nil : body.incident }
}

extension CaseBody.Incident {
    var sentence: Sentence { Sentence(zh: zh, en: en) }
}

// MARK: - Budgets

extension Kernel {
    /// Budgets go one a commit: the next one's change counts from what the last one left.
    func pumpBudgets() {
        while !budgetIsBusy, mode.isTrying(at: clock), !budgets.isEmpty {
            let work = budgets.removeFirst()
            guard let command = work.command, case .setBudget(let pool, let amount, let document) = command.kind else {
                return stop(Breach(what: "what is no budget stood among the budgets"))
            }
            let change = amount + ledger.balance(.granted, of: pool)
            guard change >= 0 || -change <= ledger.available(in: pool) else {
                finish(work, .failure(.budgetInUse(pool, short: -change - ledger.available(in: pool))))
                continue
            }
            budgetIsBusy = true
            let (accepted, member) = budget(work, command, pool, change, document)
            gathering.append(accepted, writing: member)
        }
    }

    private func budget(
        _ work: Work, _ command: Command, _ pool: Pool, _ amount: Int64, _ document: String
    ) -> (Accepted, Member) {
        var change = FundChange()
        if amount > 0 { change.lines = [JournalLine(pool: pool, from: .granted, to: .available, amount: amount)] }
        if amount < 0 { change.lines = [JournalLine(pool: pool, from: .available, to: .granted, amount: -amount)] }
        ledger.accept(change)
        var envelope = Envelope.budget(command, document: document, lines: change.lines)
        envelope.recorded = recorded(work.stamp)
        let store = CaseID(rawValue: 0)
        let member = Member(
            history: HistoryRow(
                position: 0, caseID: store, previous: 0, stamp: work.stamp, envelope: envelope.encoded(), detail: []))
        member.journal = change.lines
        member.receipt = storedReceipt(work)
        let receipt = Receipt(caseID: store, number: "", version: 0, position: 0, stamp: work.stamp, states: [])
        return (Accepted(work: work, change: change, receipt: receipt), member)
    }
}

extension Rejection {
    fileprivate static func budgetInUse(_ pool: Pool, short: Int64) -> Rejection {
        Rejection(
            .fundShort, reason: "BUDGET_IN_USE",
            zh: "\(pool.year) 年 \(pool.county)“\(pool.fund)”已用资金超出新预算 \(short) 分，不能调减到此数。请填写不低于已用资金的数额。",
            en: """
                \(pool.county) has used \(short) fen more than this budget in \(pool.year). Set at least what is used.
                """)
    }
}
