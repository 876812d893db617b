import Crypto
import GRDB
public import Kernel
import Synchronization

/// Which cases a list shows; every condition given must hold.
public struct CaseFilter: Sendable {
    public var type: String?
    /// Beginnings of division codes; empty means all.
    public var countyPrefixes: [String] = []
    /// Beginning of an active state's path: `open/jointCheck` finds its regions' states too.
    public var statePrefix: String?
    /// Only cases with an open task of this role.
    public var role: String?
    /// Only cases that have not ended.
    public var onlyOpen = false
    public var onlyIncidents = false

    public init() {}
}

/// Reads a store from any thread, each read a snapshot of its own that ends with the call, so that checkpoints are
/// never held up for long. Whatever is listed is cut by rows and by bytes.
public final class StoreReader: Sendable {
    /// A page ends with the row that makes it longer than this.
    public static let maximumPageBytes = 1 << 20
    public static let maximumPageRows = 1000
    /// Rows looked at in one snapshot before a list goes on in the next.
    static let rowsPerSnapshot = 4096

    public let isDevelopment: Bool
    let path: String
    /// Exchanged when the store is opened anew.
    private let pool: Mutex<DatabasePool>
    private let masterKey: MasterKey
    private let storeKey: [UInt8]

    init(_ pool: DatabasePool, path: String, masterKey: MasterKey, storeKey: [UInt8], isDevelopment: Bool) {
        self.pool = Mutex(pool)
        self.path = path
        self.masterKey = masterKey
        self.storeKey = storeKey
        self.isDevelopment = isDevelopment
    }

    /// Opens a store for reading alone, beside a server that has it open or without one.
    /// - Parameter masterKey: 32 bytes.
    public static func openReadOnly(path: String, masterKey: [UInt8]) throws(StoreError) -> StoreReader {
        guard let masterKey = MasterKey(bytes: masterKey) else {
            throw StoreError(.wrongKey, "A master key has 32 bytes.")
        }
        return try translatingErrors(path: path) {
            let pool = try Location(path: path).readers(label: "casework.store.offline")
            let identity = try pool.read { database in
                let known = try Set(String.fetchAll(database, sql: "SELECT identifier FROM grdb_migrations"))
                guard known.isSubset(of: Schema.current.steps.map(\.name)) else {
                    throw StoreError(.newer, "The store \(path) was made by a newer version of Casework.")
                }
                return try StoreIdentity.read(database)
            }
            guard let identity else { throw StoreError(.foreign, "The file \(path) is not a Casework store.") }
            var keys = CaseKeys(masterKey: masterKey)
            let storeKey = try identity.key(&keys, path: path)
            return StoreReader(
                pool, path: path, masterKey: masterKey, storeKey: storeKey, isDevelopment: identity.development)
        }
    }

    public func close() throws(StoreError) {
        try translatingErrors(path: path) { try pool.withLock { $0 }.close() }
    }

    func exchange(_ pool: DatabasePool) { self.pool.withLock { $0 = pool } }

    /// One snapshot.
    func read<Value>(_ body: (Database, inout CaseKeys) throws -> Value) throws(StoreError) -> Value {
        try translatingErrors(path: path) {
            try pool.withLock { $0 }.read { database in
                var keys = CaseKeys(masterKey: masterKey)
                return try body(database, &keys)
            }
        }
    }

    // MARK: One case

    public func get(_ id: CaseID) throws(StoreError) -> StoredCase? {
        try read { database, keys in
            let query = try Query.cached(database, "SELECT \(CaseRow.columns) FROM cases WHERE id = ?")
            try query.bind(1, id.rawValue)
            guard try query.step() else { return nil }
            defer { query.reset() }
            return try CaseRow(query).opened(&keys)
        }
    }

    public func find(number: String) throws(StoreError) -> CaseID? {
        try read { database, _ in
            let query = try Query.cached(database, "SELECT case_id FROM numbers WHERE number = ?")
            try query.bind(1, number)
            guard try query.step() else { return nil }
            defer { query.reset() }
            return CaseID(rawValue: query.unsigned(0))
        }
    }

    /// What a command has brought about: its row, without the sealed detail; nil when nothing was committed under the
    /// key.
    public func event(under key: IdempotencyKey, of agency: String) throws(StoreError) -> HistoryRow? {
        try read { database, _ in
            let receipt = try Query.cached(database, "SELECT position FROM receipts WHERE agency = ? AND key = ?")
            try receipt.bind(1, agency)
            try receipt.bind(2, key.bytes)
            guard try receipt.step() else { return nil }
            let position = receipt.unsigned(0)
            receipt.reset()
            let query = try Query.cached(database, "SELECT \(HistoryEntry.columns) FROM history WHERE position = ?")
            try query.bind(1, position)
            guard try query.step() else {
                throw StoreError(.corrupt, "A receipt of \(agency) names history row \(position), which is not there.")
            }
            defer { query.reset() }
            return HistoryEntry(query).open
        }
    }

    /// The rows of a case, newest first.
    /// - Parameters:
    ///   - id: the case.
    ///   - before: position of a row of the case; the page begins with the one before it. Nil begins with the newest.
    ///   - limit: 1 … `maximumPageRows`.
    public func history(of id: CaseID, before: Position?, limit: Int) throws(StoreError) -> [HistoryRow] {
        try read { database, keys in
            guard let (head, key) = try Self.way(into: id, database, &keys) else { return [] }
            var next = try before.map { try Self.predecessor(of: $0, of: id, database) } ?? head
            let query = try Query.cached(database, "SELECT \(HistoryEntry.columns) FROM history WHERE position = ?")
            var rows: [HistoryRow] = []
            var size = 0
            while next != 0, rows.count < min(limit, Self.maximumPageRows), size < Self.maximumPageBytes {
                try query.bind(1, next)
                guard try query.step() else {
                    throw StoreError(.corrupt, "History row \(next) of case \(id.rawValue) is missing.")
                }
                let entry = HistoryEntry(query)
                query.reset()
                rows.append(try entry.opened(&keys, key: key))
                size += entry.sealed.count + entry.open.envelope.count
                next = entry.open.previous
            }
            return rows
        }
    }

    /// The newest row's position and the case's key.
    private static func way(
        into id: CaseID, _ database: Database, _ keys: inout CaseKeys
    ) throws -> (head: Position, key: [UInt8])? {
        let query = try Query.cached(database, "SELECT head, wrapped_key FROM cases WHERE id = ?")
        try query.bind(1, id.rawValue)
        guard try query.step() else { return nil }
        defer { query.reset() }
        return (query.unsigned(0), try keys.unwrap(query.blob(1), of: id))
    }

    /// 0 when `position` is not a row of the case: nobody reads another case by its cursor.
    private static func predecessor(of position: Position, of id: CaseID, _ database: Database) throws -> Position {
        let query = try Query.cached(database, "SELECT case_id, previous FROM history WHERE position = ?")
        try query.bind(1, position)
        guard try query.step() else { return 0 }
        defer { query.reset() }
        return query.unsigned(0) == id.rawValue ? query.unsigned(1) : 0
    }

    // MARK: Sums

    /// The accounts of the pools asked for; nil asks for all.
    public func balances(
        fund: String? = nil, county: String? = nil, year: Int? = nil
    ) throws(StoreError) -> [(pool: Pool, account: Account, amount: Int64)] {
        try read { database, _ in try Balances.read(database, fund: fund, county: county, year: year) }
    }

    /// How many cases wait for money, by pool; nil asks for all. A pool need not have a balance for that.
    public func waiting(
        fund: String? = nil, county: String? = nil, year: Int? = nil
    ) throws(StoreError) -> [Pool: Int] {
        try read { database, _ in
            let query = try Query.cached(
                database, "SELECT fund, county, year, COUNT(*) FROM waiters GROUP BY fund, county, year")
            var counts: [Pool: Int] = [:]
            while try query.step() {
                let pool = Pool(fund: query.text(0), county: query.text(1), year: Int(query.integer(2)))
                guard pool.isOf(fund: fund, county: county, year: year) else { continue }
                counts[pool] = Int(query.integer(3))
            }
            return counts
        }
    }

    public struct Statistics: Equatable, Sendable {
        public var lastPosition: Position = 0
        public var lastStamp = Instant(milliseconds: 0)
        /// Hash of the newest commit; with `lastPosition` it stands for the whole history.
        public var head: [UInt8] = []
        public var cases = 0
        public var settled = 0
        public var incidents = 0
    }

    public func statistics() throws(StoreError) -> Statistics {
        try read { database, _ in
            let totals = try Totals.read(database)
            return Statistics(
                lastPosition: totals.position, lastStamp: try KernelReads.lastStamp(database),
                head: totals.commitHash, cases: totals.cases, settled: totals.settled, incidents: totals.incidents)
        }
    }
}
