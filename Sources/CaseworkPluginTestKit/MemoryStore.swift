package import Kernel

/// A store in memory that keeps every promise of the seam, breaks it on request, and complains of a kernel that breaks
/// its own.
package final class MemoryStore: CaseStore {
    package enum Fate: Equatable {
        case commit
        /// These members are said to be in conflict.
        case conflict([Int])
        case full
        /// The outcome is unknown; the flag says whether it was written all the same.
        case unknown(written: Bool)
    }

    package struct Waiting {
        package let batch: Batch
        package let then: @Sendable (CommitResult) -> Void
    }

    package private(set) var cases: [CaseID: StoredCase] = [:]
    package private(set) var history: [HistoryRow] = []
    /// Cases in the order of their first commit.
    package private(set) var order: [CaseID] = []
    package private(set) var receipts: [String: StoredReceipt] = [:]
    package private(set) var claims: [[UInt8]: CaseID] = [:]
    package private(set) var balances: [Pool: [Account: Int64]] = [:]
    package private(set) var waiters: Set<Waiter> = []
    package private(set) var due: Set<DueEntry> = []
    package private(set) var counters: [String: Int64] = [:]
    package private(set) var definitions: [StoredDefinition] = []
    package private(set) var batches: [Int] = []
    package private(set) var receiptReads = 0
    /// Everything a batch tried to break; a test looks here at its end.
    package private(set) var complaints: [String] = []
    package private(set) var pending: [Waiting] = []
    /// Decides over each batch; `commit` when nil.
    package var fate: (Batch) -> Fate = { _ in .commit }
    package var isReadable = true
    package var damagedCases: Set<CaseID> = []
    package var damagedRows: Set<Position> = []
    package var damagedReceipts: Set<IdempotencyKey> = []
    package var damagesEveryClaim = false
    package var damagesEveryCase = false
    package var damagesTimers = false
    package private(set) var caseReads = 0
    package private(set) var recoveries = 0
    package var lastStamp: ([HistoryRow]) -> Instant? = { $0.map(\.stamp).max() }

    package init() {}

    package func recover() throws(StoreFault) -> Recovery {
        try read("the store", isDamaged: false)
        pending = []
        recoveries += 1
        var recovery = Recovery()
        recovery.lastPosition = Position(history.count)
        recovery.lastStamp = lastStamp(history) ?? Instant(milliseconds: 0)
        recovery.node = 5
        for (pool, accounts) in balances {
            for (account, amount) in accounts { recovery.balances.append((pool, account, amount)) }
        }
        recovery.waiters = Array(waiters)
        recovery.counters = counters
        for receipt in receipts.values {
            recovery.newestKeys[receipt.agency] = max(recovery.newestKeys[receipt.agency] ?? receipt.key, receipt.key)
        }
        return recovery
    }

    package func forgeBalance(_ account: Account, of pool: Pool, by fen: Int64) {
        balances[pool, default: [:]][account, default: 0] += fen
    }

    package func replaceBody(of id: CaseID, with bytes: [UInt8]) { cases[id]?.body = bytes }

    private func read(_ what: String, isDamaged: Bool) throws(StoreFault) {
        guard isReadable else { throw .down("the store cannot be read") }
        guard !isDamaged else { throw .damaged("\(what) is damaged") }
    }

    package func load(_ id: CaseID) throws(StoreFault) -> StoredCase? {
        caseReads += 1
        try read("case \(id)", isDamaged: damagesEveryCase || damagedCases.contains(id))
        return cases[id]
    }

    package func history(at position: Position) throws(StoreFault) -> HistoryRow? {
        try read("history row \(position)", isDamaged: damagedRows.contains(position))
        guard position >= 1, position <= history.count else { return nil }
        return history[Int(position) - 1]
    }

    package func receipt(agency: String, key: IdempotencyKey) throws(StoreFault) -> StoredReceipt? {
        try read("a receipt", isDamaged: damagedReceipts.contains(key))
        receiptReads += 1
        return receipts[name(agency, key)]
    }

    package func holder(of claim: [UInt8]) throws(StoreFault) -> CaseID? {
        try read("a claim", isDamaged: damagesEveryClaim)
        return claims[claim]
    }

    package func timers(until: Instant, limit: Int) throws(StoreFault) -> [DueEntry] {
        guard !damagesTimers else { throw .damaged("the timers are damaged") }
        return Array(due.filter { $0.queue.isEmpty && $0.due <= until }.sorted().prefix(limit))
    }

    package func nextTimer() throws(StoreFault) -> Instant? {
        guard !damagesTimers else { throw .damaged("the timers are damaged") }
        return due.filter(\.queue.isEmpty).map(\.due).min()
    }

    package func keep(_ definition: StoredDefinition) throws {
        if !definitions.contains(definition) { definitions.append(definition) }
    }

    package func commit(_ batch: Batch, then: @escaping @Sendable (CommitResult) -> Void) {
        if !pending.isEmpty { complaints.append("a commit begins while another is under way") }
        pending.append(Waiting(batch: batch, then: then))
    }

    /// Ends the commit under way.
    package func finish() {
        guard let waiting = pending.popLast() else { return }
        let fate = fate(waiting.batch)
        switch fate {
        case .commit:
            let guilty = guilty(of: waiting.batch)
            if guilty.isEmpty { write(waiting.batch) } else { complaints.append("unmet preconditions of \(guilty)") }
            waiting.then(result(waiting, guilty.isEmpty ? .committed : .conflict(members: guilty)))
        case .conflict(let members): waiting.then(result(waiting, .conflict(members: members)))
        case .full: waiting.then(result(waiting, .full))
        case .unknown(let written):
            if written { write(waiting.batch) }
            waiting.then(result(waiting, .unknown("the disk did not answer")))
        }
    }

    private func result(_ waiting: Waiting, _ outcome: CommitResult.Outcome) -> CommitResult {
        CommitResult(number: waiting.batch.number, outcome: outcome)
    }

    private func name(_ agency: String, _ key: IdempotencyKey) -> String { "\(agency) \(key.high) \(key.low)" }

    private func guilty(of batch: Batch) -> [Int] {
        var claimed: Set<[UInt8]> = []
        return batch.members.indices.filter { index in
            let member = batch.members[index]
            let version = member.write.map { cases[$0.id]?.version ?? 0 } ?? 0
            if member.write != nil, version != member.expectedVersion { return true }
            return member.claims.contains { claims[$0] != nil || !claimed.insert($0).inserted }
        }
    }
}

// MARK: - Writing

extension MemoryStore {
    private func write(_ batch: Batch) {
        batches.append(batch.members.count)
        for member in batch.members { write(member) }
    }

    private func write(_ member: Member) {
        expect(member.history.position == Position(history.count + 1), "positions have a gap")
        history.append(member.history)
        if let row = member.write {
            expect(member.history.previous == cases[row.id]?.head ?? 0, "a row does not follow its predecessor")
            expect(row.head == member.history.position, "a case's head is not its newest row")
            if cases.updateValue(row, forKey: row.id) == nil { order.append(row.id) }
        }
        if let receipt = member.receipt {
            expect(receipt.position == member.history.position, "a receipt points elsewhere")
            let old = receipts.updateValue(receipt, forKey: name(receipt.agency, receipt.key))
            expect(old == nil, "a key is used twice")
        }
        for claim in member.claims { claims[claim] = member.history.caseID }
        for claim in member.releases {
            expect(claims[claim] == member.history.caseID, "a claim is given back by who does not hold it")
            claims[claim] = nil
        }
        for line in member.journal { post(line) }
        checkOrder(member)
        expect(member.dueAdded == member.dueAdded.sorted(), "due rows are in no order")
        expect(member.dueRemoved == member.dueRemoved.sorted(), "due rows are in no order")
        for entry in member.dueRemoved { expect(due.remove(entry) != nil, "a due row to remove is not there") }
        for entry in member.dueAdded { expect(due.insert(entry).inserted, "a due row is there already") }
        for waiter in member.waiterRemoved { expect(waiters.remove(waiter) != nil, "a waiter is not there") }
        for waiter in member.waiterAdded { expect(waiters.insert(waiter).inserted, "a waiter is there already") }
        if let counter = member.counter { counters[counter.name] = counter.value }
    }

    /// First come, first served: whoever takes money leaves nobody waiting before them.
    private func checkOrder(_ member: Member) {
        guard let row = member.write else { return }
        for line in member.journal where line.from == .available {
            let before = waiters.filter { $0.pool == line.pool && ($0.since, $0.caseID) < (row.openedAt, row.id) }
            expect(before.isEmpty, "\(row.number) overtakes \(before.count) waiters")
        }
    }

    private func post(_ line: JournalLine) {
        expect(line.amount > 0, "an amount is not above zero")
        balances[line.pool, default: [:]][line.from, default: 0] -= line.amount
        balances[line.pool, default: [:]][line.to, default: 0] += line.amount
        for account in Account.allCases where account != .granted {
            expect(balances[line.pool]?[account] ?? 0 >= 0, "\(account) of \(line.pool.county) is overdrawn")
        }
    }

    private func expect(_ holds: Bool, _ complaint: String) {
        if !holds { complaints.append(complaint) }
    }

    package func balance(_ account: Account, _ pool: Pool) -> Int64 { balances[pool]?[account] ?? 0 }
}
