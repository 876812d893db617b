import GRDB
import GRDBSQLite

/// A prepared statement of a GRDB connection, bound and stepped by bare calls: rows are bytes, and copying them through
/// Foundation's `Data` costs more than SQLite itself.
///
/// GRDB owns the statement and the connection, which takes one thread at a time: a query is used inside that
/// connection's access block, or under the lock that stands for it (`KernelConnection`), and reset before either ends.
struct Query {
    /// Keeps the statement alive.
    private let statement: Statement
    private let handle: OpaquePointer

    init(_ statement: Statement) {
        self.statement = statement
        handle = statement.sqliteStatement
    }

    /// A query that lives as long as its owner.
    init(_ database: Database, _ sql: String) throws { self.init(try database.makeStatement(sql: sql)) }

    /// A query that the connection keeps for the next time. Its last user may have left it in the middle of its rows.
    static func cached(_ database: Database, _ sql: String) throws -> Query {
        let query = Query(try database.cachedStatement(sql: sql))
        query.reset()
        return query
    }

    /// Runs a statement whose rows are of no interest.
    static func once(_ database: Database, _ sql: String) throws(SQLiteFailure) {
        let query: Query
        do { query = try Query(database, sql) } catch { throw SQLiteFailure(code: SQLITE_ERROR, message: "\(error)") }
        try query.run()
    }

    // MARK: Parameters, numbered from 1

    func bind(_ index: Int32, _ value: Int64) throws(SQLiteFailure) {
        try check(sqlite3_bind_int64(handle, index, value))
    }

    /// The bits of `value`; identifiers and positions stay below 2^63 until the year 2089.
    func bind(_ index: Int32, _ value: UInt64) throws(SQLiteFailure) {
        try bind(index, Int64(bitPattern: value))
    }

    func bind(_ index: Int32, _ value: String) throws(SQLiteFailure) {
        var text = value
        let result = text.withUTF8 {
            $0.withMemoryRebound(to: CChar.self) {
                sqlite3_bind_text64(handle, index, $0.baseAddress, UInt64($0.count), Self.copied, UInt8(SQLITE_UTF8))
            }
        }
        try check(result)
    }

    func bind(_ index: Int32, _ value: [UInt8]) throws(SQLiteFailure) {
        // An empty array may have no address, and no address binds NULL.
        guard !value.isEmpty else { return try check(sqlite3_bind_zeroblob(handle, index, 0)) }
        try check(sqlite3_bind_blob64(handle, index, value, UInt64(value.count), Self.copied))
    }

    // MARK: Stepping

    /// True when a row is there; false at the end, with the query reset.
    func step() throws(SQLiteFailure) -> Bool {
        let result = sqlite3_step(handle)
        if result == SQLITE_ROW { return true }
        let failure = result == SQLITE_DONE ? nil : failure(result)
        reset()
        if let failure { throw failure }
        return false
    }

    /// Runs a statement that answers no rows.
    func run() throws(SQLiteFailure) {
        while try step() {}
    }

    /// Rows that the statement run last on this connection wrote.
    var changes: Int { Int(sqlite3_changes(sqlite3_db_handle(handle))) }

    /// Ends the read transaction of an unfinished query. The result repeats the last step's, which has been seen.
    func reset() { _ = sqlite3_reset(handle) }

    // MARK: Columns, numbered from 0

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func unsigned(_ column: Int32) -> UInt64 { UInt64(bitPattern: integer(column)) }

    func text(_ column: Int32) -> String {
        guard let start = sqlite3_column_text(handle, column) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func blob(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(sqlite3_column_bytes(handle, column))
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    private func check(_ result: Int32) throws(SQLiteFailure) {
        if result != SQLITE_OK { throw failure(result) }
    }

    private func failure(_ result: Int32) -> SQLiteFailure {
        let connection = sqlite3_db_handle(handle)
        let extended = sqlite3_extended_errcode(connection)
        let code = extended & 0xff == result & 0xff ? extended : result
        return SQLiteFailure(code: code, message: String(cString: sqlite3_errmsg(connection)))
    }

    /// `SQLITE_TRANSIENT`: SQLite copies the bytes before the call returns.
    private static var copied: sqlite3_destructor_type {
        unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    }
}
