import Crypto
import GRDB
import GRDBSQLite
public import Kernel
import Synchronization

/// The kernel's store on SQLite: one file with a write-ahead log and a lock file beside it.
///
/// Commits are made one after another on the writer's own thread and answered when the disk has them; the kernel's
/// reads have a connection of their own, the server's (`reader`) a few more; checkpoints run beside them all.
public final class SQLiteStore: CaseStore, Sendable {
    public struct Options: Sendable {
        public var path: String
        /// The mark of a store made for trying things out; set when the store is made, never removable.
        public var development: Bool
        /// 32 bytes.
        public var masterKey: [UInt8]
        /// Name of a registered SQLite VFS to use instead of the default one.
        public var vfs: String?
        package var tuning = Tuning()

        public init(path: String, development: Bool, masterKey: [UInt8], vfs: String? = nil) {
            self.path = path
            self.development = development
            self.masterKey = masterKey
            self.vfs = vfs
        }
    }

    /// What only tests set otherwise.
    package struct Tuning: Sendable {
        package var synchronous = Synchronous.full
        package var schema = Schema.current
        package var checkpointMilliseconds = 50
        /// The log's length, in pages of 4 KiB, above which the writer makes it begin anew: 128 MiB.
        package var restartPages = 32_768
        /// Node number of a new store; nil draws one.
        package var node: UInt16?
    }

    /// What the store has done since it was opened; file traffic is that of the whole process.
    public struct Counters: Equatable, Sendable {
        public var batches = 0
        public var members = 0
        public var conflicts = 0
        /// Calls of `fdatasync` or `fsync` by SQLite, checkpoints included.
        public var syncs = 0
        /// Bytes given to the operating system by SQLite, checkpoints included.
        public var bytesWritten = 0
    }

    public let isDevelopment: Bool
    public let reader: StoreReader

    let path: String
    private let node: UInt16
    private let writer: DatabaseQueue
    private let committer: Mutex<Committer?>
    private let gauge: LogGauge
    private let restartPages: Int
    private let kernelConnection: DatabaseQueue
    private let kernelReads: Mutex<KernelReads?>
    private let checkpointer: Checkpointer
    private let lock: Mutex<LockFile?>
    private let counted = Mutex(Counters())

    init(_ parts: Opening, options: Options) {
        path = options.path
        isDevelopment = options.development
        reader = parts.reader
        node = parts.identity.node
        writer = parts.writer
        committer = Mutex(parts.committer)
        gauge = parts.gauge
        restartPages = options.tuning.restartPages
        kernelConnection = parts.kernelConnection
        kernelReads = Mutex(parts.kernelReads)
        lock = Mutex(parts.lock)
        let (writer, committer) = (parts.writer, parts.committer)
        checkpointer = Checkpointer(
            parts.checkpointConnection, milliseconds: options.tuning.checkpointMilliseconds,
            failed: { [weak committer] reason in
                writer.asyncWriteWithoutTransaction { [weak committer] _ in committer?.markBroken(reason) }
            })
    }

    public var counters: Counters {
        var counters = counted.withLock { $0 }
        counters.syncs = FileTraffic.syncs.load(ordering: .relaxed)
        counters.bytesWritten = FileTraffic.bytesWritten.load(ordering: .relaxed)
        return counters
    }

    // MARK: Writing

    public func commit(_ batch: Batch, then: @escaping @Sendable (CommitResult) -> Void) {
        writer.asyncWriteWithoutTransaction { [self] database in
            let outcome = committer.withLock { $0 }?.commit(batch, on: database) ?? .unknown("the store is closed")
            count(outcome, members: batch.members.count)
            then(CommitResult(number: batch.number, outcome: outcome))
            guard case .committed = outcome else { return }
            checkpointer.committed()
            if gauge.length > restartPages { checkpointer.restart(database) }
        }
    }

    private func count(_ outcome: CommitResult.Outcome, members: Int) {
        counted.withLock {
            switch outcome {
            case .committed:
                $0.batches += 1
                $0.members += members
            case .conflict: $0.conflicts += 1
            case .full, .unknown: break
            }
        }
    }

    /// Waits for the commit in flight.
    public func keep(_ definition: StoredDefinition) throws {
        try translatingErrors(path: path) {
            try writer.writeWithoutTransaction { database in
                try requireReady()
                let insert = try Query.cached(
                    database, "INSERT OR IGNORE INTO definitions (digest, json) VALUES (?, ?)")
                try insert.bind(1, definition.digest.bytes)
                try insert.bind(2, definition.json)
                try insert.run()
            }
        }
    }

    private func requireReady() throws(StoreError) {
        switch committer.withLock({ $0 })?.condition {
        case .ready: return
        case .broken(let reason): throw StoreError(.broken, "The store \(path) must be opened anew: \(reason).")
        case nil: throw StoreError(.broken, "The store \(path) is closed.")
        }
    }

    // MARK: Reading

    public func recover() throws -> Recovery { try read { try $0.recover($1, node: self.node) } }

    public func load(_ id: CaseID) throws -> StoredCase? { try read { reads, _ in try reads.load(id) } }

    public func history(at position: Position) throws -> HistoryRow? {
        try read { reads, _ in try reads.history(at: position) }
    }

    public func receipt(agency: String, key: IdempotencyKey) throws -> StoredReceipt? {
        try read { reads, _ in try reads.receipt(agency: agency, key: key) }
    }

    public func holder(of claim: [UInt8]) throws -> CaseID? { try read { reads, _ in try reads.holder(of: claim) } }

    public func timers(until: Instant, limit: Int) throws -> [DueEntry] {
        try read { reads, _ in try reads.timers(until: until, limit: limit) }
    }

    public func nextTimer() throws -> Instant? { try read { reads, _ in try reads.nextTimer() } }

    private func read<Value>(_ body: (KernelReads, Database) throws -> Value) throws -> Value {
        try translatingErrors(path: path) {
            try kernelConnection.unsafeRead { database in
                guard let reads = kernelReads.withLock({ $0 }) else {
                    throw StoreError(.broken, "The store \(path) is closed.")
                }
                return try body(reads, database)
            }
        }
    }

    // MARK: Closing

    /// Waits for commits under way, writes the log back into the file and lets another process open the store. Nothing
    /// can be committed or read afterwards; a second call changes nothing.
    public func close() throws(StoreError) {
        guard let lock = lock.withLock({ $0.take() }) else { return }
        try withExtendedLifetime(lock) { () throws(StoreError) in
            try translatingErrors(path: path) { try closeConnections() }
        }
    }

    /// Closes every connection, whatever the others answer, and throws the first refusal.
    private func closeConnections() throws {
        var refusal: (any Error)?
        func attempt(_ step: () throws -> Void) {
            do { try step() } catch { refusal = refusal ?? error }
        }
        attempt { try checkpointer.close() }
        attempt { try reader.close() }
        kernelConnection.unsafeRead { _ in kernelReads.withLock { $0 = nil } }
        attempt { try kernelConnection.close() }
        attempt {
            try writer.writeWithoutTransaction { database in
                let ready = committer.withLock { $0.take() }?.condition == .ready
                if ready { try checkpoint(database, mode: SQLITE_CHECKPOINT_TRUNCATE) }
            }
        }
        attempt { try writer.close() }
        if let refusal { throw refusal }
    }
}
