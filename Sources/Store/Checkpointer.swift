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
    /// Held while a checkpoint runs: SQLite allows one at a time, and the writer's must not find it taken. True once
    /// one failed: another would take for written what was lost, and give up the log that still has it.
    private let failure = Mutex(false)
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
        connection.unsafeRead { database in
            _ = checkpointOrReport(database) { database throws(SQLiteFailure) in
                try WriteAheadLog.checkpoint(database, mode: SQLITE_CHECKPOINT_PASSIVE)
            }
        }
    }

    /// Called by the writer, outside a transaction, on its own connection: the log begins anew with the next commit.
    /// False when a reader still needs it.
    func restart(_ writer: Database) -> Bool { checkpointOrReport(writer, WriteAheadLog.restart) }

    /// The last checkpoint, on the writer's connection. The log is empty afterwards unless another process reads it.
    func empty(_ writer: Database) {
        _ = checkpointOrReport(writer) { database throws(SQLiteFailure) in
            try WriteAheadLog.checkpoint(database, mode: SQLITE_CHECKPOINT_TRUNCATE)
        }
    }

    private func checkpointOrReport(
        _ database: Database, _ checkpoint: (Database) throws(SQLiteFailure) -> Void
    ) -> Bool {
        failure.withLock { failed in
            guard !failed else { return false }
            do throws(SQLiteFailure) {
                try checkpoint(database)
                return true
            } catch {
                guard !error.isPassing else { return false }
                failed = true
                self.failed("a checkpoint failed: \(error)")
                return false
            }
        }
    }

    /// Ends the connection, after a checkpoint that is running.
    func close() throws {
        try turns.sync { try connection.close() }
    }
}

extension SQLiteFailure {
    /// A full disk is met by the next commit, which says so; a busy one by the next checkpoint.
    fileprivate var isPassing: Bool {
        switch primary {
        case SQLITE_FULL, SQLITE_BUSY, SQLITE_LOCKED, SQLITE_MISUSE: true
        default: false
        }
    }
}
