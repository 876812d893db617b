import Dispatch
import GRDB
import GRDBSQLite
import Synchronization

/// Moves committed pages from the write-ahead log into the database file, beside the commits, a while after each.
///
/// A checkpoint that runs beside a busy writer never reaches the end of the log, and only then does the log begin anew;
/// so when it is longer than a bound, the writer itself does the rest between two commits.
final class Checkpointer: Sendable {
    private let connection: DatabaseQueue
    private let turns = DispatchQueue(label: "casework.store.checkpoint")
    private let interval: DispatchTimeInterval
    private let scheduled = Atomic<Bool>(false)
    /// Held while a checkpoint runs: SQLite allows one at a time, and the writer's must not find it taken.
    private let running = Mutex<Void>(())
    private let failed: @Sendable (String) -> Void

    /// - Parameters:
    ///   - milliseconds: how long after a commit a checkpoint begins; commits meanwhile share it.
    ///   - failed: told when pages could not be written or synced.
    init(_ connection: DatabaseQueue, milliseconds: Int, failed: @escaping @Sendable (String) -> Void) {
        self.connection = connection
        interval = .milliseconds(milliseconds)
        self.failed = failed
    }

    func committed() {
        guard !scheduled.exchange(true, ordering: .acquiringAndReleasing) else { return }
        turns.asyncAfter(deadline: .now() + interval) { [weak self] in self?.run() }
    }

    private func run() {
        scheduled.store(false, ordering: .releasing)
        connection.unsafeRead { database in checkpointOrReport(database, mode: SQLITE_CHECKPOINT_PASSIVE) }
    }

    /// Called by the writer, outside a transaction, on its own connection: the log begins anew with the next commit
    /// unless a reader still needs it; then another commit tries again.
    func restart(_ writer: Database) {
        checkpointOrReport(writer, mode: SQLITE_CHECKPOINT_RESTART)
    }

    private func checkpointOrReport(_ database: Database, mode: Int32) {
        do throws(SQLiteFailure) {
            try running.withLock { _ throws(SQLiteFailure) in try checkpoint(database, mode: mode) }
        } catch {
            report(error)
        }
    }

    /// A full disk is met by the next commit, which says so; a busy one by the next checkpoint.
    private func report(_ failure: SQLiteFailure) {
        switch failure.primary {
        case SQLITE_FULL, SQLITE_BUSY, SQLITE_LOCKED, SQLITE_MISUSE: break
        default: failed("a checkpoint failed: \(failure)")
        }
    }

    /// Ends the connection, after a checkpoint that is running.
    func close() throws {
        try turns.sync { try connection.close() }
    }
}

func checkpoint(_ database: Database, mode: Int32) throws(SQLiteFailure) {
    guard let handle = database.sqliteConnection else { return }
    let result = sqlite3_wal_checkpoint_v2(handle, nil, mode, nil, nil)
    guard result != SQLITE_OK else { return }
    throw SQLiteFailure(code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)))
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
