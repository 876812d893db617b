import Crypto
import GRDB
import Kernel
import Synchronization

/// The store's totals after a commit; they lie in its row.
struct Totals: Equatable, Sendable {
    var position: Position = 0
    var commitHash = Chain.origin
    var cases = 0
    var settled = 0
    var incidents = 0
}

/// The totals as every thread may read them.
final class PublishedHoldings: Sendable {
    private let last = Mutex(SQLiteStore.Holdings())

    var current: SQLiteStore.Holdings { last.withLock { $0 } }

    func publish(_ totals: Totals) {
        last.withLock { $0 = SQLiteStore.Holdings(cases: totals.cases, incidents: totals.incidents) }
    }
}

struct BalanceKey: Hashable, Sendable {
    var pool: Pool
    var account: Account
}

/// What a batch would make of the store, worked out member by member before anything is written. A member that does not
/// fit leaves no trace in it.
struct Draft {
    struct Case {
        var version: UInt64 = 0
        var head: Position = 0
        var headHash = Chain.origin
        var wrappedKey: [UInt8]?
        /// The same, opened, once it was needed.
        var key: [UInt8]?
        var number = ""
        var settled = false
        var incident = false
        /// Differs from what the file says.
        var incidentChanged: Bool { incident != incidentInFile }
        var incidentInFile = false
        /// Index of the last member that writes the case, once one does.
        var writer: Int?
        /// The file has no row of it yet.
        var isNew = true

        /// The case as the file has it when the draft is durable.
        var written: Case {
            var copy = self
            (copy.writer, copy.incidentInFile, copy.isNew) = (nil, incident, false)
            return copy
        }
    }

    var totals: Totals
    var cases: [CaseID: Case] = [:]
    /// Claims and numbers that the batch takes (their case) or gives back (nil).
    var claims: [[UInt8]: CaseID?] = [:]
    var numbers: [String: CaseID?] = [:]
    var balances: [BalanceKey: Int64] = [:]
    var counters: [String: Int64] = [:]

    init(totals: Totals) { self.totals = totals }
}

/// Cases as the file has them, those written lately, so that they need not be read again: about twice `limit`, each
/// with its key. The committer writes the rows of cases alone; whoever else comes to write them must forget them here.
struct RecentCases {
    private let limit: Int
    private var young: [CaseID: Draft.Case] = [:]
    private var old: [CaseID: Draft.Case] = [:]

    init(limit: Int) { self.limit = limit }

    subscript(id: CaseID) -> Draft.Case? { young[id] ?? old[id] }

    /// - Parameter draft: what has become durable.
    mutating func keep(_ draft: Draft) {
        if young.count >= limit { (old, young) = (young, [:]) }
        for (id, row) in draft.cases where id.rawValue != 0 { young[id] = row.written }
    }
}

/// Checks a batch's preconditions against the file and the members before, and drafts what it would write.
struct Examination {
    private let caseQuery: Query
    private let claimQuery: Query
    private let numberQuery: Query
    private let hashQuery: Query

    init(_ database: Database) throws {
        caseQuery = try Query(
            database,
            """
            SELECT version, head, settled, number, head_hash, wrapped_key, incident <> '' FROM cases WHERE id = ?
            """)
        claimQuery = try Query(database, "SELECT case_id FROM claims WHERE hash = ?")
        numberQuery = try Query(database, "SELECT case_id FROM numbers WHERE number = ?")
        hashQuery = try Query(database, "SELECT case_id, hash FROM history WHERE position = ?")
    }

    /// Drafts `batch`; answers the members that do not fit, by index.
    func conflicts(
        in batch: Batch, draft: inout Draft, balances: [BalanceKey: Int64], recent: RecentCases
    ) throws(SQLiteFailure) -> [Int] {
        var guilty: [Int] = []
        let first = draft.totals.position + 1
        for (index, member) in batch.members.enumerated() {
            guard member.history.position == first + UInt64(index), try fits(member, index, &draft, balances, recent)
            else {
                guilty.append(index)
                continue
            }
        }
        draft.totals.position += UInt64(batch.members.count)
        return guilty
    }

    private func fits(
        _ member: Member, _ index: Int, _ draft: inout Draft, _ balances: [BalanceKey: Int64], _ recent: RecentCases
    ) throws(SQLiteFailure) -> Bool {
        var row = try current(member.history.caseID, draft, recent)
        guard try continues(member, row, draft), try claimsFit(member, draft),
            let funds = posted(member.journal, draft, balances)
        else { return false }
        draft.balances.merge(funds) { $1 }
        for claim in member.releases { draft.claims[claim] = .some(nil) }
        for claim in member.claims { draft.claims[claim] = .some(member.history.caseID) }
        if let counter = member.counter { draft.counters[counter.name] = counter.value }
        if let write = member.write { replace(&row, with: write, index, &draft) }
        row.head = member.history.position
        draft.cases[member.history.caseID] = row
        return true
    }

    /// The case as the members before leave it. Case 0, the store, has no row: its `head` is not compared.
    private func current(_ id: CaseID, _ draft: Draft, _ recent: RecentCases) throws(SQLiteFailure) -> Draft.Case {
        if let known = draft.cases[id] ?? recent[id] { return known }
        var row = Draft.Case()
        try caseQuery.bind(1, id.rawValue)
        guard try caseQuery.step() else { return row }
        row.version = caseQuery.unsigned(0)
        row.head = caseQuery.unsigned(1)
        row.settled = caseQuery.integer(2) != 0
        row.number = caseQuery.text(3)
        row.headHash = caseQuery.blob(4)
        row.wrappedKey = caseQuery.blob(5)
        row.incident = caseQuery.integer(6) != 0
        row.incidentInFile = row.incident
        row.isNew = false
        caseQuery.reset()
        return row
    }

    /// Version, predecessor and number: the event follows what the file holds.
    private func continues(_ member: Member, _ row: Draft.Case, _ draft: Draft) throws(SQLiteFailure) -> Bool {
        let history = member.history
        guard let write = member.write else { return try continuesStore(history, row) }
        guard write.id == history.caseID, write.id.rawValue != 0, write.head == history.position,
            row.version == member.expectedVersion, write.version == row.version + 1, history.previous == row.head
        else { return false }
        if write.number == row.number || write.number.isEmpty { return true }
        return try numberHolder(write.number, draft) == nil
    }

    /// The store's own events form a chain as a case's do, or each begins one.
    private func continuesStore(_ row: HistoryRow, _ drafted: Draft.Case) throws(SQLiteFailure) -> Bool {
        guard row.caseID.rawValue == 0, row.previous < row.position else { return false }
        if row.previous == 0 || row.previous == drafted.head { return true }
        return try storeRowHash(at: row.previous) != nil
    }

    private func numberHolder(_ number: String, _ draft: Draft) throws(SQLiteFailure) -> CaseID? {
        if let drafted = draft.numbers[number] { return drafted }
        try numberQuery.bind(1, number)
        return try holder(numberQuery)
    }

    private func claimHolder(_ claim: [UInt8], _ draft: Draft) throws(SQLiteFailure) -> CaseID? {
        if let drafted = draft.claims[claim] { return drafted }
        try claimQuery.bind(1, claim)
        return try holder(claimQuery)
    }

    private func holder(_ query: Query) throws(SQLiteFailure) -> CaseID? {
        guard try query.step() else { return nil }
        defer { query.reset() }
        return CaseID(rawValue: query.unsigned(0))
    }

    /// What is given back must be held by the case, what is taken by nobody, and nothing is taken twice.
    private func claimsFit(_ member: Member, _ draft: Draft) throws(SQLiteFailure) -> Bool {
        if member.claims.isEmpty && member.releases.isEmpty { return true }
        var released: Set<[UInt8]> = []
        for claim in member.releases {
            guard try claimHolder(claim, draft) == member.history.caseID, released.insert(claim).inserted else {
                return false
            }
        }
        var taken: Set<[UInt8]> = []
        for claim in member.claims {
            let free = released.contains(claim) ? true : try claimHolder(claim, draft) == nil
            guard free, taken.insert(claim).inserted else { return false }
        }
        return true
    }

    /// The balances after the lines, or nil if an account that holds money would fall below zero.
    private func posted(
        _ lines: [JournalLine], _ draft: Draft, _ balances: [BalanceKey: Int64]
    ) -> [BalanceKey: Int64]? {
        var after: [BalanceKey: Int64] = [:]
        for line in lines {
            guard line.amount > 0, line.from != line.to else { return nil }
            for (account, change) in [(line.from, -line.amount), (line.to, line.amount)] {
                let key = BalanceKey(pool: line.pool, account: account)
                let before = after[key] ?? draft.balances[key] ?? balances[key] ?? 0
                let (sum, overflow) = before.addingReportingOverflow(change)
                if overflow { return nil }
                after[key] = sum
            }
        }
        return after.allSatisfy { $0.value >= 0 || !$0.key.account.isBounded } ? after : nil
    }

    private func replace(_ row: inout Draft.Case, with write: StoredCase, _ index: Int, _ draft: inout Draft) {
        if row.version == 0 { draft.totals.cases += 1 }
        draft.totals.settled += (write.settled ? 1 : 0) - (row.settled ? 1 : 0)
        draft.totals.incidents += (write.incident.isEmpty ? 0 : 1) - (row.incident ? 1 : 0)
        if write.number != row.number {
            if !row.number.isEmpty { draft.numbers[row.number] = .some(nil) }
            if !write.number.isEmpty { draft.numbers[write.number] = .some(write.id) }
        }
        row.version = write.version
        row.number = write.number
        row.settled = write.settled
        row.incident = !write.incident.isEmpty
        row.writer = index
    }

    /// The hash of the store's own row at `position`; nil if there is none.
    func storeRowHash(at position: Position) throws(SQLiteFailure) -> [UInt8]? {
        try hashQuery.bind(1, position)
        guard try hashQuery.step() else { return nil }
        defer { hashQuery.reset() }
        return hashQuery.integer(0) == 0 ? hashQuery.blob(1) : nil
    }
}

extension Account {
    /// Money that is there or promised: never less than none. `granted` is where it comes from, `paid` where it went.
    var isBounded: Bool {
        switch self {
        case .available, .reserved, .committed, .ordered: true
        case .granted, .paid: false
        }
    }
}
