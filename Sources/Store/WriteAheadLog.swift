import GRDB
import GRDBSQLite
import Glibc

/// What SQLite leaves to its user about the write-ahead log.
///
/// C boundary: the calls for which GRDB has no words.
enum WriteAheadLog {
    /// Keeps the log when the last connection closes. SQLite would write it back first and then delete it, which loses
    /// data after a failed sync; here only a checkpoint that is known to be good empties it.
    static func keepOnClose(_ database: Database) throws(SQLiteFailure) {
        guard let handle = database.sqliteConnection else { return }
        var on: Int32 = 1
        let result = sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &on)
        guard result == SQLITE_OK else { throw SQLiteFailure(code: result, message: "its log cannot be kept") }
    }

    static func checkpoint(_ database: Database, mode: Int32) throws(SQLiteFailure) {
        guard let handle = database.sqliteConnection else { return }
        let result = sqlite3_wal_checkpoint_v2(handle, nil, mode, nil, nil)
        guard result != SQLITE_OK else { return }
        throw SQLiteFailure(code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)))
    }

    /// A checkpoint after which the log begins anew; waits for readers, but not as long as for another writer.
    static func restart(_ database: Database) throws(SQLiteFailure) {
        _ = sqlite3_busy_timeout(database.sqliteConnection, 100)
        defer { _ = sqlite3_busy_timeout(database.sqliteConnection, Location.busySeconds * 1000) }
        try checkpoint(database, mode: SQLITE_CHECKPOINT_RESTART)
    }

    /// Writes the whole log again as it is, and syncs it. After a failed sync the operating system takes what it could
    /// not write for written: only bytes written anew are sure to reach the disk with the next sync.
    static func rewrite(_ database: Database) throws(SQLiteFailure) {
        // The log is opened by the first read.
        try Query.once(database, "SELECT COUNT(*) FROM sqlite_master")
        var file: UnsafeMutablePointer<sqlite3_file>?
        guard let handle = database.sqliteConnection,
            sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) == SQLITE_OK, let file,
            let methods = file.pointee.pMethods?.pointee
        else { return }
        var size: sqlite3_int64 = 0
        try check(methods.xFileSize(file, &size))
        // SQLite's files take less than 128 KiB at once.
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var offset: sqlite3_int64 = 0
        while offset < size {
            let count = Int32(min(size - offset, sqlite3_int64(chunk.count)))
            try check(methods.xRead(file, &chunk, count, offset))
            try check(methods.xWrite(file, chunk, count, offset))
            offset += sqlite3_int64(count)
        }
        if size > 0 { try check(methods.xSync(file, SQLITE_SYNC_NORMAL)) }
    }

    private static func check(_ result: Int32) throws(SQLiteFailure) {
        if result != SQLITE_OK { throw SQLiteFailure(code: result, message: "its log cannot be written") }
    }

    /// While another process has the store open, SQLite goes on with that process's view of how much of the log is in
    /// the file already; after a failed sync that view is wrong. So a log that no clean end emptied is taken over only
    /// when nobody else is there.
    static func requireAlone(path: String) throws(StoreError) {
        var log = stat()
        guard stat(path + "-wal", &log) == 0, log.st_size > 0 else { return }
        let shared = open(path + "-shm", O_RDWR | O_CLOEXEC)
        guard shared >= 0 else { return }
        // Not closed while this process has connections: closing would drop their locks. There are none yet.
        defer { close(shared) }
        // Byte 128 is locked by every process that has the file open (SQLite: UNIX_SHM_DMS).
        var others = flock(
            l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 128, l_len: 1, l_pid: 0)
        guard fcntl(shared, F_GETLK, &others) == 0, others.l_type != Int16(F_UNLCK) else { return }
        throw StoreError(
            .busy,
            "The store \(path) did not end cleanly and process \(others.l_pid) still reads it: end that one first.")
    }
}

/// How long the write-ahead log is, told by SQLite after each commit of one connection.
///
/// `@unchecked Sendable`: SQLite writes the count during a commit of that connection, and only the code that commits on
/// it reads the count. It outlives the connection's commits, because the owner of the connection owns it.
final class LogGauge: @unchecked Sendable {
    private let pages: UnsafeMutablePointer<Int32>

    init(_ database: Database) {
        pages = .allocate(capacity: 1)
        pages.initialize(to: 0)
        guard let handle = database.sqliteConnection else { return }
        _ = sqlite3_wal_hook(
            handle,
            { context, _, _, count in
                context?.assumingMemoryBound(to: Int32.self).pointee = count
                return SQLITE_OK
            }, pages)
    }

    deinit { pages.deallocate() }

    /// Pages in the log after the last commit.
    var length: Int { Int(pages.pointee) }
}
