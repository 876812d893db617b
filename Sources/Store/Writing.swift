import Crypto
import GRDB
import GRDBSQLite
import Kernel
import Synchronization

/// The connections that write, opened together, and together opened anew after a write whose outcome is unknown.
final class Writing: Sendable {
    private let connection: DatabaseQueue
    /// Nil when closed: its statements must go before the connection.
    private let committer: Mutex<Committer?>
    private let gauge: LogGauge
    private let checkpointer: Checkpointer
    private let restartPages: Int
    /// The log's length at which it is made to begin anew.
    private let restartAt: Atomic<Int>

    /// - Parameters:
    ///   - connection: of `location`, its tables up to date.
    ///   - storeKey: the store's own key, unwrapped.
    ///   - holdings: told what each commit made of the store.
    init(
        _ connection: DatabaseQueue, at location: Location, _ tuning: SQLiteStore.Tuning, masterKey: MasterKey,
        storeKey: [UInt8], holdings: PublishedHoldings
    ) throws {
        // What a killed process or a failed sync left in the log may not be on the disk; nothing may be read from it
        // before it is.
        let (committer, gauge) = try connection.writeWithoutTransaction { database in
            try WriteAheadLog.rewrite(database)
            try WriteAheadLog.checkpoint(database, mode: SQLITE_CHECKPOINT_TRUNCATE)
            let committer = try Committer(
                database, masterKey: masterKey, storeKey: storeKey, holdings: holdings,
                remembered: tuning.rememberedCases)
            return (committer, LogGauge(database))
        }
        self.connection = connection
        self.committer = Mutex(committer)
        self.gauge = gauge
        restartPages = tuning.restartPages
        restartAt = Atomic(tuning.restartPages)
        checkpointer = Checkpointer(
            try location.writer(label: "casework.store.checkpoint", cacheKibibytes: 1024),
            milliseconds: tuning.checkpointMilliseconds,
            failed: { [weak committer] reason in
                connection.asyncWriteWithoutTransaction { [weak committer] _ in committer?.markBroken(reason) }
            })
    }

    /// Commits on the writer's own thread and answers there.
    func commit(_ batch: Batch, then: @escaping @Sendable (CommitResult) -> Void) {
        connection.asyncWriteWithoutTransaction { [self] database in
            guard let committer = committer.withLock({ $0 }) else { return then(.closed(batch)) }
            let result = committer.commit(batch, on: database)
            then(result)
            guard case .committed = result.outcome else { return }
            checkpointer.committed()
            restartLog(database)
        }
    }

    /// A reader that stays in the log makes this wait a little; the next try comes when the log is longer by its bound
    /// again, so that no reader can slow the commits down.
    private func restartLog(_ database: Database) {
        guard gauge.length > restartAt.load(ordering: .relaxed) else { return }
        let isNew = checkpointer.restart(database)
        restartAt.store(isNew ? restartPages : gauge.length + restartPages, ordering: .relaxed)
    }

    /// Pages in the log after the last commit.
    var logLength: Int { connection.unsafeRead { _ in gauge.length } }

    /// Runs a small write of its own, after the commit in flight.
    func write(_ body: (Database) throws -> Void) throws {
        try connection.writeWithoutTransaction { database in
            switch committer.withLock({ $0 })?.condition {
            case .ready: try body(database)
            case .broken(let reason): throw StoreError(.broken, "The store must be opened anew: \(reason).")
            case nil: throw StoreError(.broken, "The store is closed.")
            }
        }
    }

    /// Waits for the commit in flight.
    var isBroken: Bool {
        connection.unsafeRead { _ in committer.withLock { $0 }?.condition != .ready }
    }

    /// Waits for what is under way; writes the log back into the file unless that is no longer safe.
    func close() throws {
        var refusals = Refusals()
        connection.writeWithoutTransaction { database in
            let isReady = committer.withLock { $0.take() }?.condition == .ready
            if isReady { checkpointer.empty(database) }
        }
        refusals.attempt { try checkpointer.close() }
        refusals.attempt { try connection.close() }
        try refusals.throwFirst()
    }
}

/// Steps that are all taken, whatever the others answer.
struct Refusals {
    private var first: (any Error)?

    mutating func attempt(_ step: () throws -> Void) {
        do { try step() } catch { first = first ?? error }
    }

    func throwFirst() throws {
        if let first { throw first }
    }
}

extension CommitResult {
    static func closed(_ batch: Batch) -> CommitResult {
        CommitResult(number: batch.number, outcome: .unknown("the store is closed"))
    }
}
