import Crypto
import GRDB
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
        /// A store is made where there is none. False when one must be there: then nothing is ever begun anew.
        public var mayBegin = true
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
        /// Long enough that a busy page is written back once for many commits, short enough that the log stays far
        /// below its bound.
        package var checkpointMilliseconds = 250
        /// The log's length, in pages of 4 KiB, above which the writer makes it begin anew: 128 MiB.
        package var restartPages = 32_768
        /// Cases written lately that need not be read again before they are written once more; up to twice as many.
        package var rememberedCases = 8192
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

    /// What lies in the store after its last commit.
    public struct Holdings: Equatable, Sendable {
        public var cases = 0
        /// Cases with an open incident.
        public var incidents = 0
    }

    public let isDevelopment: Bool
    public let reader: StoreReader

    private let path: String
    private let opening: Opening
    /// Nil when closed.
    private let connections: Mutex<Connections?>
    private let lock: Mutex<LockFile?>
    private let counted = Mutex(Counters())

    init(_ opening: Opening, _ lock: LockFile, path: String) throws {
        self.path = path
        self.opening = opening
        isDevelopment = opening.identity.development
        connections = Mutex(try opening.connect())
        reader = try opening.reader()
        self.lock = Mutex(lock)
    }

    public var counters: Counters {
        var counters = counted.withLock { $0 }
        counters.syncs = FileTraffic.syncs.load(ordering: .relaxed)
        counters.bytesWritten = FileTraffic.bytesWritten.load(ordering: .relaxed)
        return counters
    }

    /// Known without a read: whoever has been answered a commit finds it counted here.
    public var holdings: Holdings { opening.holdings.current }

    // MARK: Writing

    public func commit(_ batch: Batch, then: @escaping @Sendable (CommitResult) -> Void) {
        let deliver = { @Sendable [self] (result: CommitResult) in
            count(result.outcome, members: batch.members.count)
            then(result)
        }
        guard let connections = connections.withLock({ $0 }) else { return deliver(.closed(batch)) }
        connections.writing.commit(batch, then: deliver)
    }

    /// Pages in the write-ahead log after the last commit.
    var logLength: Int { get throws(StoreError) { try connected().writing.logLength } }

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
            try connected().writing.write { database in
                let insert = try Query.cached(
                    database, "INSERT OR IGNORE INTO definitions (digest, json) VALUES (?, ?)")
                try insert.bind(1, definition.digest.bytes)
                try insert.bind(2, definition.json)
                try insert.run()
            }
        }
    }

    private func connected() throws(StoreError) -> Connections {
        guard let connections = connections.withLock({ $0 }) else {
            throw StoreError(.broken, "The store \(path) is closed.")
        }
        return connections
    }

    // MARK: Reading

    /// What a kernel begins with. After a commit of unknown outcome this opens the store anew: what is then read is on
    /// the disk, and the work goes on from there. Not to be called where a commit is answered.
    public func recover() throws(StoreFault) -> Recovery {
        try reading {
            try reopenIfBroken()
            return try connected().kernel.recover(node: opening.identity.node)
        }
    }

    private func reopenIfBroken() throws {
        try connections.withLock { connections in
            guard let broken = connections, broken.writing.isBroken else { return }
            // The refusals of what is broken say what is known already.
            do { try broken.close() } catch {}
            do { try reader.close() } catch {}
            connections = try opening.connect()
            reader.exchange(try opening.readers())
        }
    }

    public func load(_ id: CaseID) throws(StoreFault) -> StoredCase? { try read { try $0.load(id) } }

    public func history(at position: Position) throws(StoreFault) -> HistoryRow? {
        try read { try $0.history(at: position) }
    }

    public func receipt(agency: String, key: IdempotencyKey) throws(StoreFault) -> StoredReceipt? {
        try read { try $0.receipt(agency: agency, key: key) }
    }

    public func holder(of claim: [UInt8]) throws(StoreFault) -> CaseID? { try read { try $0.holder(of: claim) } }

    public func timers(until: Instant, limit: Int) throws(StoreFault) -> [DueEntry] {
        try read { try $0.timers(until: until, limit: limit) }
    }

    public func nextTimer() throws(StoreFault) -> Instant? { try read { try $0.nextTimer() } }

    private func read<Value>(_ body: (KernelReads) throws -> Value) throws(StoreFault) -> Value {
        try reading { try connected().kernel.read(body) }
    }

    private func reading<Value>(_ body: () throws -> Value) throws(StoreFault) -> Value {
        do throws(StoreError) {
            return try translatingErrors(path: path, body)
        } catch {
            throw error.code == .corrupt ? .damaged(error.description) : .down(error.description)
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

    private func closeConnections() throws {
        var refusals = Refusals()
        refusals.attempt { try reader.close() }
        refusals.attempt { try connections.withLock { $0.take() }?.close() }
        try refusals.throwFirst()
    }
}
