import Crypto
import GRDB
import GRDBSQLite
import Kernel

/// The statements of a commit.
struct RowWriter {
    private let history: Query
    private let receipt: Query
    private let journal: Query
    private let takeClaim: Query
    private let releaseClaim: Query
    private let addDue: Query
    private let removeDue: Query
    private let addWaiter: Query
    private let removeWaiter: Query
    private let openCase: Query
    private let updateCase: Query
    private let takeNumber: Query
    private let releaseNumber: Query
    private let addIncident: Query
    private let removeIncident: Query
    private let balance: Query
    private let counter: Query
    private let commit: Query

    init(_ db: Database) throws {
        history = try Query(
            db,
            """
            INSERT INTO history (position, case_id, previous, stamp, algorithm, hash, envelope, sealed)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """)
        receipt = try Query(db, "INSERT INTO receipts (agency, key, digest, position) VALUES (?, ?, ?, ?)")
        journal = try Query(
            db,
            """
            INSERT INTO journal (fund, county, year, position, line, from_account, to_account, amount)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """)
        takeClaim = try Query(db, "INSERT INTO claims (hash, case_id) VALUES (?, ?)")
        releaseClaim = try Query(db, "DELETE FROM claims WHERE hash = ?")
        addDue = try Query(db, "INSERT OR IGNORE INTO due (queue, due, case_id) VALUES (?, ?, ?)")
        removeDue = try Query(db, "DELETE FROM due WHERE queue = ? AND due = ? AND case_id = ?")
        addWaiter = try Query(
            db,
            "INSERT OR REPLACE INTO waiters (fund, county, year, since, case_id, amount) VALUES (?, ?, ?, ?, ?, ?)")
        removeWaiter = try Query(
            db, "DELETE FROM waiters WHERE fund = ? AND county = ? AND year = ? AND since = ? AND case_id = ?")
        openCase = try Query(
            db,
            """
            INSERT INTO cases (version, head, settled, type, number, county, opened_at, changed_at, head_hash, incident,
                states, attributes, sealed, id, wrapped_key)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        updateCase = try Query(
            db,
            """
            UPDATE cases SET version = ?, head = ?, settled = ?, type = ?, number = ?, county = ?, opened_at = ?,
                changed_at = ?, head_hash = ?, incident = ?, states = ?, attributes = ?, sealed = ? WHERE id = ?
            """)
        takeNumber = try Query(db, "INSERT INTO numbers (number, case_id) VALUES (?, ?)")
        releaseNumber = try Query(db, "DELETE FROM numbers WHERE number = ?")
        addIncident = try Query(db, "INSERT OR IGNORE INTO incidents (case_id) VALUES (?)")
        removeIncident = try Query(db, "DELETE FROM incidents WHERE case_id = ?")
        balance = try Query(
            db, "INSERT OR REPLACE INTO balances (fund, county, year, account, amount) VALUES (?, ?, ?, ?, ?)")
        counter = try Query(db, "INSERT OR REPLACE INTO counters (name, value) VALUES (?, ?)")
        commit = try Query(
            db,
            """
            INSERT INTO commits (last, first, cases, settled, incidents, algorithm, hash) VALUES (?, ?, ?, ?, ?, ?, ?)
            """)
    }

    func write(_ row: HistoryRow, sealed: [UInt8], hash: [UInt8]) throws(SQLiteFailure) {
        try history.bind(1, row.position)
        try history.bind(2, row.caseID.rawValue)
        try history.bind(3, row.previous)
        try history.bind(4, row.stamp.milliseconds)
        try history.bind(5, Int64(Chain.algorithm))
        try history.bind(6, hash)
        try history.bind(7, row.envelope)
        try history.bind(8, sealed)
        try history.run()
    }

    func write(_ row: StoredReceipt) throws(SQLiteFailure) {
        try receipt.bind(1, row.agency)
        try receipt.bind(2, row.key.bytes)
        try receipt.bind(3, row.digest.bytes)
        try receipt.bind(4, row.position)
        try receipt.run()
    }

    func write(_ lines: [JournalLine], at position: Position) throws(SQLiteFailure) {
        for (number, line) in lines.enumerated() {
            try journal.bind(pool: 1, line.pool)
            try journal.bind(4, position)
            try journal.bind(5, Int64(number))
            try journal.bind(6, Int64(line.from.rawValue))
            try journal.bind(7, Int64(line.to.rawValue))
            try journal.bind(8, line.amount)
            try journal.run()
        }
    }

    /// Gives back before it takes: a case may change one claim for another.
    func writeClaims(of member: Member) throws(SQLiteFailure) {
        for claim in member.releases {
            try releaseClaim.bind(1, claim)
            try releaseClaim.run()
        }
        for claim in member.claims {
            try takeClaim.bind(1, claim)
            try takeClaim.bind(2, member.history.caseID.rawValue)
            try takeClaim.run()
        }
    }

    /// Due entries are a set: removing one that is not there, or adding one that is, changes nothing.
    func writeIndexRows(of member: Member) throws(SQLiteFailure) {
        for entry in member.dueRemoved { try run(removeDue, entry) }
        for entry in member.dueAdded { try run(addDue, entry) }
        for waiter in member.waiterRemoved {
            try bind(removeWaiter, waiter)
            try removeWaiter.run()
        }
        for waiter in member.waiterAdded {
            try bind(addWaiter, waiter)
            try addWaiter.bind(6, waiter.amount)
            try addWaiter.run()
        }
    }

    private func run(_ query: Query, _ entry: DueEntry) throws(SQLiteFailure) {
        try query.bind(1, entry.queue)
        try query.bind(2, entry.due.milliseconds)
        try query.bind(3, entry.caseID.rawValue)
        try query.run()
    }

    private func bind(_ query: Query, _ waiter: Waiter) throws(SQLiteFailure) {
        try query.bind(pool: 1, waiter.pool)
        try query.bind(4, waiter.since.milliseconds)
        try query.bind(5, waiter.caseID.rawValue)
    }

    /// - Parameter newKey: the wrapped key of a case that has no row yet; nil to replace the row there is.
    func write(_ row: StoredCase, headHash: [UInt8], sealed: [UInt8], newKey: [UInt8]?) throws(SQLiteFailure) {
        let query = newKey == nil ? updateCase : openCase
        try query.bind(1, row.version)
        try query.bind(2, row.head)
        try query.bind(3, row.settled ? 1 : 0 as Int64)
        try query.bind(4, row.type)
        try query.bind(5, row.number)
        try query.bind(6, row.county)
        try query.bind(7, row.openedAt.milliseconds)
        try query.bind(8, row.changedAt.milliseconds)
        try query.bind(9, headHash)
        try query.bind(10, row.incident)
        try query.bind(11, row.states)
        try query.bind(12, row.attributes)
        try query.bind(13, sealed)
        try query.bind(14, row.id.rawValue)
        if let newKey { try query.bind(15, newKey) }
        try query.run()
        guard query.changes == 1 else {
            throw SQLiteFailure(code: SQLITE_CORRUPT, message: "the row of case \(row.id.rawValue) is gone")
        }
    }

    func write(incident: Bool, of id: CaseID) throws(SQLiteFailure) {
        let query = incident ? addIncident : removeIncident
        try query.bind(1, id.rawValue)
        try query.run()
    }

    /// Numbers, balances and counters, each once with its last value.
    func writeSums(of draft: Draft) throws(SQLiteFailure) {
        for (number, holder) in draft.numbers {
            guard let holder else {
                try releaseNumber.bind(1, number)
                try releaseNumber.run()
                continue
            }
            try takeNumber.bind(1, number)
            try takeNumber.bind(2, holder.rawValue)
            try takeNumber.run()
        }
        for (key, amount) in draft.balances {
            try balance.bind(pool: 1, key.pool)
            try balance.bind(4, Int64(key.account.rawValue))
            try balance.bind(5, amount)
            try balance.run()
        }
        for (name, value) in draft.counters {
            try counter.bind(1, name)
            try counter.bind(2, value)
            try counter.run()
        }
    }

    func write(commitFrom first: Position, _ totals: Totals) throws(SQLiteFailure) {
        try commit.bind(1, totals.position)
        try commit.bind(2, first)
        try commit.bind(3, Int64(totals.cases))
        try commit.bind(4, Int64(totals.settled))
        try commit.bind(5, Int64(totals.incidents))
        try commit.bind(6, Int64(Chain.algorithm))
        try commit.bind(7, totals.commitHash)
        try commit.run()
    }
}

extension Query {
    /// Binds fund, county and year, from `index` on.
    func bind(pool index: Int32, _ pool: Pool) throws(SQLiteFailure) {
        try bind(index, pool.fund)
        try bind(index + 1, pool.county)
        try bind(index + 2, Int64(pool.year))
    }
}
