import Crypto
import GRDB
import Glibc
import Kernel

/// A store's connections but its readers': opened together, and together opened anew after a failed sync, so that
/// SQLite forgets what it believed to be on the disk.
struct Connections: Sendable {
    let writing: Writing
    let kernel: KernelConnection

    func close() throws {
        var refusals = Refusals()
        refusals.attempt { try kernel.close() }
        refusals.attempt { try writing.close() }
        try refusals.throwFirst()
    }
}

/// What it takes to open a store, and the parts of an opened one.
struct Opening: Sendable {
    let identity: StoreIdentity
    private let location: Location
    private let tuning: SQLiteStore.Tuning
    private let masterKey: MasterKey
    private let storeKey: [UInt8]
    /// What is read of it goes on across new connections.
    let holdings = PublishedHoldings()

    /// Checks or makes the file; the caller holds its lock.
    init(_ options: SQLiteStore.Options, masterKey: MasterKey) throws {
        location = Location(
            path: options.path, vfs: options.vfs ?? FileTraffic.vfsName, synchronous: options.tuning.synchronous)
        tuning = options.tuning
        self.masterKey = masterKey
        try WriteAheadLog.requireAlone(path: options.path)
        let connection = try location.writer(label: "casework.store.open")
        var keys = CaseKeys(masterKey: masterKey)
        identity = try Self.prepare(connection, options, &keys)
        storeKey = try identity.key(&keys, path: options.path)
        guard identity.development == options.development else { throw Self.markError(identity, options.path) }
        try connection.close()
    }

    /// Opens what commits and what the kernel reads with. No other connection of this process may be open.
    func connect() throws -> Connections {
        try WriteAheadLog.requireAlone(path: location.path)
        let writing = try Writing(
            try location.writer(label: "casework.store.commit"), at: location, tuning, masterKey: masterKey,
            storeKey: storeKey, holdings: holdings)
        let kernel = try KernelConnection(location, masterKey: masterKey, storeKey: storeKey)
        return Connections(writing: writing, kernel: kernel)
    }

    func readers() throws -> DatabasePool { try location.readers(label: "casework.store.reader") }

    func reader() throws -> StoreReader {
        StoreReader(
            try readers(), path: location.path, masterKey: masterKey, storeKey: storeKey,
            isDevelopment: identity.development)
    }

    /// Of a store that must have been begun already, before anything looks into it: SQLite would take an empty file for
    /// a new store and drop the log beside it.
    static func requireBegun(_ path: String) throws(StoreError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw errno == ENOENT ? .lost(path, "is not there") : .unreadable(path) }
        guard status.st_size > 0 else { throw .lost(path, "is an empty file") }
    }

    /// Under whatever links it is named, a store has one path: its log and its lock lie beside that.
    static func realPath(_ path: String) throws(StoreError) -> String {
        guard let real = realpath(path, nil) else { throw .unreadable(path) }
        defer { free(real) }
        return String(cString: real)
    }

    /// A new file belongs to its owner alone, and its name is on the disk before anything is in it.
    static func makeFile(_ path: String) throws(StoreError) {
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
        if !options.mayBegin, try !writer.inDatabase(StoreIdentity.isThere) {
            throw StoreError.lost(options.path, "holds nothing")
        }
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

extension StoreError {
    fileprivate static func lost(_ path: String, _ what: String) -> StoreError {
        StoreError(
            .missing,
            "The store \(path) \(what), but it has been begun: restore it from a backup; to begin a new store, name a "
                + "new folder.")
    }

    fileprivate static func unreadable(_ path: String) -> StoreError {
        StoreError(.inaccessible, "The store \(path) cannot be opened: \(String(cString: strerror(errno))).")
    }
}

extension SQLiteStore {
    /// Opens the store at `options.path`, making it when there is none and it `mayBegin`.
    ///
    /// - Throws: one line each for a store that is lost, in use, damaged, another program's, made by a newer version,
    ///   or made with another master key or development mark.
    public static func open(_ options: Options) throws(StoreError) -> SQLiteStore {
        guard let masterKey = MasterKey(bytes: options.masterKey) else {
            throw StoreError(.wrongKey, "A master key has 32 bytes.")
        }
        return try translatingErrors(path: options.path) {
            if options.mayBegin { try Opening.makeFile(options.path) } else { try Opening.requireBegun(options.path) }
            var options = options
            options.path = try Opening.realPath(options.path)
            let lock = try LockFile(store: options.path)
            return try SQLiteStore(try Opening(options, masterKey: masterKey), lock, path: options.path)
        }
    }
}
