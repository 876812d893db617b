import Crypto
import GRDB
import GRDBSQLite
import Glibc
import Kernel

/// The parts of an opened store, made in the order in which they can fail.
struct Opening {
    let lock: LockFile
    let writer: DatabaseQueue
    let identity: StoreIdentity
    let committer: Committer
    let gauge: LogGauge
    let kernelConnection: DatabaseQueue
    let kernelReads: KernelReads
    let checkpointConnection: DatabaseQueue
    let reader: StoreReader

    init(_ options: SQLiteStore.Options, masterKey: MasterKey) throws {
        let location = Location(
            path: options.path, vfs: options.vfs ?? FileTraffic.vfsName, synchronous: options.tuning.synchronous)
        try Self.makeFile(options.path)
        lock = try LockFile(path: options.path + ".lock", store: options.path)
        writer = try location.writer(label: "casework.store.commit")
        var keys = CaseKeys(masterKey: masterKey)
        identity = try Self.prepare(writer, options, &keys)
        let storeKey = try identity.key(&keys, path: options.path)
        guard identity.development == options.development else { throw Self.markError(identity, options.path) }
        // What a killed process left in the log may not be on the disk yet; nothing may be read from it before it is.
        (committer, gauge) = try writer.writeWithoutTransaction { database in
            try checkpoint(database, mode: SQLITE_CHECKPOINT_TRUNCATE)
            let committer = try Committer(database, masterKey: masterKey, storeKey: storeKey)
            return (committer, LogGauge(database))
        }
        kernelConnection = try location.reader(label: "casework.store.kernel")
        kernelReads = try kernelConnection.unsafeRead { database in
            try KernelReads(database, masterKey: masterKey, storeKey: storeKey)
        }
        checkpointConnection = try location.writer(label: "casework.store.checkpoint", cacheKibibytes: 1024)
        reader = StoreReader(
            try location.readers(label: "casework.store.reader"), path: options.path, masterKey: masterKey,
            storeKey: storeKey, isDevelopment: identity.development)
    }

    /// A new file belongs to its owner alone, and its name is on the disk before anything is in it.
    private static func makeFile(_ path: String) throws(StoreError) {
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            if errno == EEXIST { return }
            throw StoreError(.inaccessible, "The store \(path) cannot be made: \(String(cString: strerror(errno))).")
        }
        Glibc.close(file)
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "."
        let descriptor = open(String(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if descriptor >= 0 { Glibc.close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw StoreError(
                .inaccessible, "The folder of \(path) cannot be synced: \(String(cString: strerror(errno))).")
        }
    }

    /// Brings the tables up to date and gives a new store its identity.
    private static func prepare(
        _ writer: DatabaseQueue, _ options: SQLiteStore.Options, _ keys: inout CaseKeys
    ) throws -> StoreIdentity {
        let migrator = options.tuning.schema.migrator
        if try writer.unsafeRead(migrator.hasBeenSuperseded) {
            throw StoreError(.newer, "The store \(options.path) was made by a newer version of Casework.")
        }
        try migrator.migrate(writer)
        return try writer.inDatabase { database in
            if let identity = try StoreIdentity.read(database) { return identity }
            let node = options.tuning.node ?? randomNode()
            var identity: StoreIdentity?
            try database.inTransaction(.immediate) {
                identity = try StoreIdentity.create(
                    database, node: node, development: options.development, keys: &keys)
                return .commit
            }
            guard let identity else { throw StoreError(.failed, "The store \(options.path) has no identity.") }
            return identity
        }
    }

    /// 0 … 1023.
    private static func randomNode() -> UInt16 {
        let bytes = randomBytes(2)
        return (UInt16(bytes[0]) << 8 | UInt16(bytes[1])) & 1023
    }

    private static func markError(_ identity: StoreIdentity, _ path: String) -> StoreError {
        StoreError(
            .developmentMark,
            identity.development
                ? "The store \(path) is a development store and can never become a real one."
                : "The store \(path) is a real store and can never become a development store.")
    }
}

extension SQLiteStore {
    /// Opens the store at `options.path`, making it when there is none.
    ///
    /// - Throws: one line each for a store that is in use, damaged, another program's, made by a newer version, or made
    ///   with another master key or development mark.
    public static func open(_ options: Options) throws(StoreError) -> SQLiteStore {
        guard let masterKey = MasterKey(bytes: options.masterKey) else {
            throw StoreError(.wrongKey, "A master key has 32 bytes.")
        }
        return try translatingErrors(path: options.path) {
            SQLiteStore(try Opening(options, masterKey: masterKey), options: options)
        }
    }
}
