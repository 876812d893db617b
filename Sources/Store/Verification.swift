import Crypto
import GRDB
public import Kernel

/// What a check of a whole store found.
public struct Verification: Equatable, Sendable {
    public var commits = 0
    public var rows = 0
    public var cases = 0
    public var journalLines = 0
    public var lastPosition: Position = 0
    /// Hash of the newest commit.
    public var head = [UInt8](repeating: 0, count: 32)
    /// One line each, at most `Verification.maximumProblems`; empty when everything fits.
    public var problems: [String] = []

    public static let maximumProblems = 100

    public var isSound: Bool { problems.isEmpty }

    mutating func found(_ problem: @autoclosure () -> String) {
        if problems.count < Self.maximumProblems { problems.append(problem()) }
    }
}

extension StoreReader {
    /// Walks the whole history: every row's and commit's hash, every case's newest row and seal, the narrow tables, and
    /// the balances recomputed from the journal. It reads in short snapshots, beside a server too.
    public func verify() throws(StoreError) -> Verification {
        var walk = HistoryWalk()
        while try read({ database, _ in try walk.advance(database) }) {}
        var cursor: Int64 = 0
        while try read({ database, keys in
            try CaseWalk.advance(database, &keys, from: &cursor, &walk.verification)
        }) {}
        return walk.verification
    }
}

/// Checks the chain commit by commit, and the balances when it has reached the end.
private struct HistoryWalk {
    var verification = Verification()
    private var opened = 0
    private var balances: [BalanceKey: Int64] = [:]

    /// Checks the next commits in one snapshot; false at the end.
    mutating func advance(_ database: Database) throws -> Bool {
        var chain = Chain()
        let commits = try Query.cached(
            database, "SELECT last, first, cases, hash FROM commits WHERE last > ? ORDER BY last LIMIT 64")
        try commits.bind(1, verification.lastPosition)
        var count = 0
        while try commits.step() {
            try check(commits, database, &chain)
            count += 1
        }
        if count < 64 { try finish(database) }
        return count == 64
    }

    private mutating func check(_ commit: Query, _ database: Database, _ chain: inout Chain) throws {
        let (last, first) = (commit.unsigned(0), commit.unsigned(1))
        if first != verification.lastPosition + 1 {
            verification.found("The commit that ends at \(last) does not follow the one before.")
        }
        let hashes = try rows(first, last, database, &chain)
        try journal(first, last, database)
        let hash = chain.hash(ofCommit: first, rows: hashes, before: verification.head)
        if hash != commit.blob(3) { verification.found("The hash of the commit that ends at \(last) is wrong.") }
        if opened != Int(commit.integer(2)) { verification.found("The commit that ends at \(last) miscounts cases.") }
        verification.commits += 1
        verification.lastPosition = last
        verification.head = commit.blob(3)
    }

    /// The hashes of the rows from `first` to `last`, as they are stored.
    private mutating func rows(
        _ first: Position, _ last: Position, _ database: Database, _ chain: inout Chain
    ) throws -> [[UInt8]] {
        let query = try Query.cached(
            database,
            "SELECT \(HistoryEntry.columns) FROM history WHERE position BETWEEN ? AND ? ORDER BY position")
        try query.bind(1, first)
        try query.bind(2, last)
        var hashes: [[UInt8]] = []
        while try query.step() {
            let entry = HistoryEntry(query)
            let row = entry.open
            if row.position != first + UInt64(hashes.count) {
                verification.found("A row before \(row.position) is missing.")
            }
            let before = try hash(before: row, database)
            if chain.hash(of: row, sealed: entry.sealed, before: before) != row.hash {
                verification.found("The hash of history row \(row.position) is wrong.")
            }
            if row.caseID.rawValue != 0 && row.previous == 0 { opened += 1 }
            hashes.append(row.hash)
        }
        if UInt64(hashes.count) != last + 1 - first { verification.found("Rows before \(last) are missing.") }
        verification.rows += hashes.count
        return hashes
    }

    private mutating func hash(before row: HistoryRow, _ database: Database) throws -> [UInt8] {
        guard row.previous != 0 else { return Chain.origin }
        let query = try Query.cached(database, "SELECT case_id, hash FROM history WHERE position = ?")
        try query.bind(1, row.previous)
        let isThere = try query.step()
        defer { query.reset() }
        guard isThere, row.previous < row.position, query.unsigned(0) == row.caseID.rawValue else {
            verification.found("History row \(row.position) does not follow a row of its case.")
            return Chain.origin
        }
        return query.blob(1)
    }

    private mutating func journal(_ first: Position, _ last: Position, _ database: Database) throws {
        let query = try Query.cached(
            database,
            """
            SELECT position, fund, county, year, from_account, to_account, amount FROM journal
            WHERE position BETWEEN ? AND ? ORDER BY position, line
            """)
        try query.bind(1, first)
        try query.bind(2, last)
        var entry: Position = 0
        var touched: Set<BalanceKey> = []
        while try query.step() {
            if query.unsigned(0) != entry { checkBounds(of: &touched, at: entry) }
            entry = query.unsigned(0)
            let pool = Pool(fund: query.text(1), county: query.text(2), year: Int(query.integer(3)))
            let from = BalanceKey(pool: pool, account: try Balances.account(query.integer(4)))
            let to = BalanceKey(pool: pool, account: try Balances.account(query.integer(5)))
            balances[from, default: 0] -= query.integer(6)
            balances[to, default: 0] += query.integer(6)
            touched.formUnion([from, to])
            verification.journalLines += 1
        }
        checkBounds(of: &touched, at: entry)
    }

    /// Holds after each entry, not after each of its lines.
    private mutating func checkBounds(of touched: inout Set<BalanceKey>, at position: Position) {
        for key in touched where key.account.isBounded {
            guard let amount = balances[key], amount < 0 else { continue }
            verification.found(
                "Account \(key.account) of \(key.pool.fund) \(key.pool.county) is \(amount) at \(position).")
        }
        touched.removeAll()
    }

    private mutating func finish(_ database: Database) throws {
        var stored: [BalanceKey: Int64] = [:]
        for row in try Balances.read(database) { stored[BalanceKey(pool: row.pool, account: row.account)] = row.amount }
        for key in Set(stored.keys).union(balances.keys) where stored[key] != balances[key] {
            verification.found(
                """
                Account \(key.account) of \(key.pool.fund) \(key.pool.county) \(key.pool.year) holds \
                \(stored[key] ?? 0) fen, its journal says \(balances[key] ?? 0).
                """)
        }
    }
}

/// Checks the cases as they are now: newest row, seal, and what the narrow tables say of them.
private enum CaseWalk {
    /// Checks the next cases in one snapshot; false at the end.
    static func advance(
        _ database: Database, _ keys: inout CaseKeys, from cursor: inout Int64, _ verification: inout Verification
    ) throws -> Bool {
        let query = try Query.cached(
            database, "SELECT \(CaseRow.columns) FROM cases WHERE id > ? ORDER BY id LIMIT 1024")
        try query.bind(1, cursor)
        var count = 0
        while try query.step() {
            cursor = query.integer(0)
            try check(CaseRow(query), database, &keys, &verification)
            count += 1
        }
        verification.cases += count
        return count == 1024
    }

    private static func check(
        _ row: CaseRow, _ database: Database, _ keys: inout CaseKeys, _ verification: inout Verification
    ) throws {
        let id = row.open.id
        do {
            _ = try row.opened(&keys)
        } catch {
            verification.found(error.description)
        }
        if try bytes(database, "SELECT hash FROM history WHERE position = ?", row.open.head) != row.open.headHash {
            verification.found("Case \(id.rawValue) does not know its newest history row.")
        }
        if try exists(database, "SELECT 1 FROM incidents WHERE case_id = ?", id) != !row.open.incident.isEmpty {
            verification.found("The incident of case \(id.rawValue) is not listed, or a listed one is none.")
        }
        if !row.open.number.isEmpty, try holder(database, of: row.open.number) != id {
            verification.found("The number \(row.open.number) does not lead to case \(id.rawValue).")
        }
    }

    private static func bytes(_ database: Database, _ sql: String, _ key: UInt64) throws -> [UInt8]? {
        let query = try Query.cached(database, sql)
        try query.bind(1, key)
        guard try query.step() else { return nil }
        defer { query.reset() }
        return query.blob(0)
    }

    private static func exists(_ database: Database, _ sql: String, _ id: CaseID) throws -> Bool {
        let query = try Query.cached(database, sql)
        try query.bind(1, id.rawValue)
        defer { query.reset() }
        return try query.step()
    }

    private static func holder(_ database: Database, of number: String) throws -> CaseID? {
        let query = try Query.cached(database, "SELECT case_id FROM numbers WHERE number = ?")
        try query.bind(1, number)
        guard try query.step() else { return nil }
        defer { query.reset() }
        return CaseID(rawValue: query.unsigned(0))
    }
}
