import Crypto
import GRDB
import GRDBSQLite
import Kernel

/// Makes a batch durable, or says why not. It lives on the writer's connection.
///
/// `@unchecked Sendable`: its members are used only inside the access blocks of the writer's queue, which run one at a
/// time; nothing else keeps a reference to what is in it.
final class Committer: @unchecked Sendable {
    enum Condition: Equatable {
        case ready
        /// A write or a sync failed, so nobody knows what the disk holds; or the store was closed.
        case broken(String)
    }

    private(set) var condition = Condition.ready
    private(set) var totals: Totals
    private var balances: [BalanceKey: Int64]
    private var recent: RecentCases
    private var keys: CaseKeys
    private let storeKey: [UInt8]
    private let holdings: PublishedHoldings
    private var chain = Chain()
    private let statements: Statements

    private struct Statements {
        let begin: Query
        let commit: Query
        let rollback: Query
        let examination: Examination
        let rows: RowWriter

        init(_ database: Database) throws {
            begin = try Query(database, "BEGIN IMMEDIATE")
            commit = try Query(database, "COMMIT")
            rollback = try Query(database, "ROLLBACK")
            examination = try Examination(database)
            rows = try RowWriter(database)
        }
    }

    /// - Parameter remembered: cases, about half of those that need not be read again before they are written.
    init(
        _ database: Database, masterKey: MasterKey, storeKey: [UInt8], holdings: PublishedHoldings, remembered: Int
    ) throws {
        keys = CaseKeys(masterKey: masterKey)
        self.storeKey = storeKey
        self.holdings = holdings
        totals = try Totals.read(database)
        balances = [:]
        recent = RecentCases(limit: remembered)
        for row in try Balances.read(database) {
            balances[BalanceKey(pool: row.pool, account: row.account)] = row.amount
        }
        statements = try Statements(database)
        holdings.publish(totals)
    }

    func markBroken(_ reason: String) {
        if condition == .ready { condition = .broken(reason) }
    }

    /// Answers when the batch is durable, or when nothing of it is there, or when that is unknown.
    func commit(_ batch: Batch, on database: Database) -> CommitResult {
        var hashes: [[UInt8]] = []
        let outcome = commit(batch, &hashes, on: database)
        return CommitResult(number: batch.number, outcome: outcome, hashes: hashes)
    }

    private func commit(_ batch: Batch, _ hashes: inout [[UInt8]], on database: Database) -> CommitResult.Outcome {
        if case .broken(let reason) = condition { return .unknown(reason) }
        guard !batch.members.isEmpty else { return .committed }
        var writing: Int?
        do {
            try statements.begin.run()
            var draft = Draft(totals: totals)
            let guilty = try statements.examination.conflicts(
                in: batch, draft: &draft, balances: balances, recent: recent)
            guard guilty.isEmpty else {
                try statements.rollback.run()
                return .conflict(members: guilty)
            }
            let written = try write(batch, &draft, writing: &writing)
            try statements.commit.run()
            hashes = written
            totals = draft.totals
            holdings.publish(totals)
            balances.merge(draft.balances) { $1 }
            recent.keep(draft)
            return .committed
        } catch let failure as SQLiteFailure {
            return settle(failure, writing: writing, on: database)
        } catch {
            return giveUp("\(error)", on: database)
        }
    }

    // MARK: Writing

    /// - Returns: the hashes of the history rows.
    private func write(_ batch: Batch, _ draft: inout Draft, writing: inout Int?) throws -> [[UInt8]] {
        var hashes: [[UInt8]] = []
        hashes.reserveCapacity(batch.members.count)
        var storeHashes: [Position: [UInt8]] = [:]
        for (index, member) in batch.members.enumerated() {
            writing = index
            let id = member.history.caseID
            let key = try key(of: id, &draft)
            let before = try hashBefore(member.history, draft, storeHashes)
            let sealed = keys.seal(detail: member.history.detail, of: member.history, key: key)
            let hash = chain.hash(of: member.history, sealed: sealed, before: before)
            draft.cases[id]?.headHash = hash
            if id.rawValue == 0 { storeHashes[member.history.position] = hash }
            hashes.append(hash)
            try write(member, sealed: sealed, hash: hash)
        }
        writing = nil
        try writeCases(of: batch, &draft)
        try statements.rows.writeSums(of: draft)
        let first = totals.position + 1
        draft.totals.commitHash = chain.hash(ofCommit: first, rows: hashes, before: totals.commitHash)
        try statements.rows.write(commitFrom: first, draft.totals)
        return hashes
    }

    private func write(_ member: Member, sealed: [UInt8], hash: [UInt8]) throws(SQLiteFailure) {
        let rows = statements.rows
        try rows.write(member.history, sealed: sealed, hash: hash)
        if let receipt = member.receipt { try rows.write(receipt) }
        try rows.write(member.journal, at: member.history.position)
        try rows.writeClaims(of: member)
        try rows.writeIndexRows(of: member)
    }

    /// Each case once, with its last content, in the order of the table.
    private func writeCases(of batch: Batch, _ draft: inout Draft) throws {
        for id in draft.cases.keys.sorted() {
            guard let row = draft.cases[id], let writer = row.writer, let write = batch.members[writer].write else {
                continue
            }
            let key = try key(of: id, &draft)
            let sealed = keys.seal(write, key: key)
            try statements.rows.write(
                write, headHash: row.headHash, sealed: sealed, newKey: row.isNew ? row.wrappedKey : nil)
            if row.incidentChanged { try statements.rows.write(incident: row.incident, of: id) }
        }
    }

    /// The case's key, made when the case is new.
    private func key(of id: CaseID, _ draft: inout Draft) throws(SealBroken) -> [UInt8] {
        if id.rawValue == 0 { return storeKey }
        if let known = draft.cases[id]?.key { return known }
        guard let wrapped = draft.cases[id]?.wrappedKey else {
            let (key, wrapped) = keys.make(for: id)
            draft.cases[id]?.wrappedKey = wrapped
            draft.cases[id]?.key = key
            return key
        }
        let key = try keys.unwrap(wrapped, of: id)
        draft.cases[id]?.key = key
        return key
    }

    private func hashBefore(
        _ row: HistoryRow, _ draft: Draft, _ storeHashes: [Position: [UInt8]]
    ) throws(SQLiteFailure) -> [UInt8] {
        if row.previous == 0 { return Chain.origin }
        guard row.caseID.rawValue == 0 else { return draft.cases[row.caseID]?.headHash ?? Chain.origin }
        if let hash = storeHashes[row.previous] { return hash }
        return try statements.examination.storeRowHash(at: row.previous) ?? Chain.origin
    }

    // MARK: Failing

    /// - Parameter writing: the member being written, if one was.
    private func settle(_ failure: SQLiteFailure, writing: Int?, on database: Database) -> CommitResult.Outcome {
        switch (failure.primary, writing) {
        case (SQLITE_FULL, _):
            return rolledBack(database) ? .full : giveUp("the disk is full", on: database)
        case (SQLITE_CONSTRAINT, .some(let member)):
            return rolledBack(database) ? .conflict(members: [member]) : giveUp("\(failure)", on: database)
        default:
            return giveUp("\(failure)", on: database)
        }
    }

    /// True when no transaction is open any more: SQLite ends some by itself.
    private func rolledBack(_ database: Database) -> Bool {
        guard database.isInsideTransaction else { return true }
        do {
            try statements.rollback.run()
            return true
        } catch {
            return false
        }
    }

    private func giveUp(_ reason: String, on database: Database) -> CommitResult.Outcome {
        _ = rolledBack(database)
        markBroken(reason)
        return .unknown(reason)
    }
}
