import Crypto
import GRDB
import Kernel

/// The kernel's reads, on a connection of their own with its statements prepared: they neither wait for a commit nor
/// delay one.
///
/// `@unchecked Sendable`: its members are used only by who holds its connection's lock (`KernelConnection`).
final class KernelReads: @unchecked Sendable {
    private var keys: CaseKeys
    private let storeKey: [UInt8]
    private let caseQuery: Query
    private let keyQuery: Query
    private let historyQuery: Query
    private let receiptQuery: Query
    private let claimQuery: Query
    private let timersQuery: Query
    private let nextTimerQuery: Query

    init(_ db: Database, masterKey: MasterKey, storeKey: [UInt8]) throws {
        keys = CaseKeys(masterKey: masterKey)
        self.storeKey = storeKey
        caseQuery = try Query(db, "SELECT \(CaseRow.columns) FROM cases WHERE id = ?")
        keyQuery = try Query(db, "SELECT wrapped_key FROM cases WHERE id = ?")
        historyQuery = try Query(db, "SELECT \(HistoryEntry.columns) FROM history WHERE position = ?")
        receiptQuery = try Query(db, "SELECT digest, position FROM receipts WHERE agency = ? AND key = ?")
        claimQuery = try Query(db, "SELECT case_id FROM claims WHERE hash = ?")
        timersQuery = try Query(
            db, "SELECT due, case_id FROM due WHERE queue = '' AND due <= ? ORDER BY due, case_id LIMIT ?")
        nextTimerQuery = try Query(db, "SELECT due FROM due WHERE queue = '' ORDER BY due LIMIT 1")
    }

    func load(_ id: CaseID) throws -> StoredCase? {
        try caseQuery.bind(1, id.rawValue)
        guard try caseQuery.step() else { return nil }
        let row = CaseRow(caseQuery)
        caseQuery.reset()
        return try row.opened(&keys)
    }

    func history(at position: Position) throws -> HistoryRow? {
        try historyQuery.bind(1, position)
        guard try historyQuery.step() else { return nil }
        let entry = HistoryEntry(historyQuery)
        historyQuery.reset()
        guard let key = try key(of: entry.open.caseID) else {
            throw StoreError(.corrupt, "History row \(position) belongs to a case that is not there.")
        }
        return try entry.opened(&keys, key: key)
    }

    private func key(of id: CaseID) throws -> [UInt8]? {
        if id.rawValue == 0 { return storeKey }
        try keyQuery.bind(1, id.rawValue)
        guard try keyQuery.step() else { return nil }
        let wrapped = keyQuery.blob(0)
        keyQuery.reset()
        return try keys.unwrap(wrapped, of: id)
    }

    func receipt(agency: String, key: IdempotencyKey) throws -> StoredReceipt? {
        try receiptQuery.bind(1, agency)
        try receiptQuery.bind(2, key.bytes)
        guard try receiptQuery.step() else { return nil }
        defer { receiptQuery.reset() }
        let digest = receiptQuery.blob(0)
        guard digest.count == SHA256.byteCount else {
            throw StoreError(.corrupt, "A receipt of \(agency) is damaged.")
        }
        return StoredReceipt(
            agency: agency, key: key, digest: Digest(bytes: digest), position: receiptQuery.unsigned(1))
    }

    func holder(of claim: [UInt8]) throws -> CaseID? {
        try claimQuery.bind(1, claim)
        guard try claimQuery.step() else { return nil }
        defer { claimQuery.reset() }
        return CaseID(rawValue: claimQuery.unsigned(0))
    }

    func timers(until: Instant, limit: Int) throws -> [DueEntry] {
        try timersQuery.bind(1, until.milliseconds)
        try timersQuery.bind(2, Int64(limit))
        var entries: [DueEntry] = []
        while try timersQuery.step() {
            entries.append(
                DueEntry(
                    queue: "", due: Instant(milliseconds: timersQuery.integer(0)),
                    caseID: CaseID(rawValue: timersQuery.unsigned(1))))
        }
        return entries
    }

    func nextTimer() throws -> Instant? {
        guard try nextTimerQuery.step() else { return nil }
        defer { nextTimerQuery.reset() }
        return Instant(milliseconds: nextTimerQuery.integer(0))
    }

    func recover(_ database: Database, node: UInt16) throws -> Recovery {
        var recovery = Recovery()
        recovery.node = node
        recovery.lastPosition = try Totals.read(database).position
        recovery.lastStamp = try Self.lastStamp(database)
        recovery.balances = try Balances.read(database)
        recovery.waiters = try Self.waiters(database)
        let counters = try Query.cached(database, "SELECT name, value FROM counters")
        while try counters.step() { recovery.counters[counters.text(0)] = counters.integer(1) }
        recovery.newestKeys = try Self.newestKeys(database)
        return recovery
    }

    /// From agency to agency through the index, whatever the number of receipts.
    private static func newestKeys(_ database: Database) throws -> [String: IdempotencyKey] {
        let query = try Query.cached(
            database,
            """
            SELECT agency, key FROM receipts WHERE agency = (SELECT min(agency) FROM receipts WHERE agency > ?)
            ORDER BY key DESC LIMIT 1
            """)
        var keys: [String: IdempotencyKey] = [:]
        var agency = ""
        while true {
            try query.bind(1, agency)
            guard try query.step() else { return keys }
            agency = query.text(0)
            guard let key = IdempotencyKey(bytes: query.blob(1)) else {
                throw StoreError(.corrupt, "A receipt of \(agency) is damaged.")
            }
            keys[agency] = key
            query.reset()
        }
    }

    static func lastStamp(_ database: Database) throws -> Instant {
        let query = try Query.cached(database, "SELECT stamp FROM history ORDER BY position DESC LIMIT 1")
        guard try query.step() else { return Instant(milliseconds: 0) }
        defer { query.reset() }
        return Instant(milliseconds: query.integer(0))
    }

    private static func waiters(_ database: Database) throws -> [Waiter] {
        let query = try Query.cached(
            database,
            """
            SELECT fund, county, year, since, case_id, amount FROM waiters ORDER BY fund, county, year, since, case_id
            """)
        var waiters: [Waiter] = []
        while try query.step() {
            waiters.append(
                Waiter(
                    pool: Pool(fund: query.text(0), county: query.text(1), year: Int(query.integer(2))),
                    since: Instant(milliseconds: query.integer(3)), caseID: CaseID(rawValue: query.unsigned(4)),
                    amount: query.integer(5)))
        }
        return waiters
    }
}
