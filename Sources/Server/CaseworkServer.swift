import Crypto
import Foundation
import Kernel
public import Logging
import NIOPosix
import PluginHost
import RPC
import Schema
import Store
import Synchronization

/// A running server: store, plugins, kernel thread and services behind mutual TLS.
public final class CaseworkServer: Sendable {
    private let core: ServerCore
    private let rpc: RPCServer

    /// Starts everything, or nothing.
    ///
    /// - Throws: `StartupError`, one line that says what is wrong and what to do.
    public static func start(_ options: ServerOptions, logger: Logger) throws(StartupError) -> CaseworkServer {
        try DescriptorRoom.check(threads: options.threads)
        let files = try Configuration(options)
        let store = try openStore(options)
        do {
            return try start(options, files, store, logger)
        } catch {
            // The store is given back as it was found; its own failure to close adds nothing to what is reported.
            try? store.close()
            throw error
        }
    }

    private static func start(
        _ options: ServerOptions, _ files: Configuration, _ store: SQLiteStore, _ logger: Logger
    ) throws(StartupError) -> CaseworkServer {
        let mailbox = Mailbox<KernelThread.Letter>()
        let plugins = PluginHost(
            options: PluginHost.Options(
                hostExecutable: options.pluginHost, isolation: options.isolation,
                showsOutput: options.development,
                log: { plugin, line in logger.notice("plugin", metadata: ["plugin": "\(plugin)", "line": "\(line)"]) }),
            deliver: { mailbox.post(.input(.decided($0))) })
        do {
            let catalog = try installPlugins(options.plugins, plugins, logger)
            let clock = try clock(options, store)
            let kernel = try kernel(files, store, plugins, catalog, mailbox, options)
            let board = StatusBoard()
            let thread = KernelThread(mailbox: mailbox, clock: clock, board: board, logger: logger) { breach in
                logger.critical("the server stops before it writes anything false", metadata: ["why": "\(breach.what)"])
                exit(StartupError.Code.software.rawValue)
            }
            let readers = NIOThreadPool(numberOfThreads: 2)
            readers.start()
            let core = ServerCore(
                kernel: thread, clock: clock, board: board, store: store, plugins: plugins, catalog: catalog,
                authorization: files.authorization, holidays: files.holidays, readers: readers, logger: logger)
            let rpc = try listen(options, core)
            thread.start(kernel)
            return CaseworkServer(core: core, rpc: rpc)
        } catch {
            plugins.close()
            throw error
        }
    }

    private init(core: ServerCore, rpc: RPCServer) {
        self.core = core
        self.rpc = rpc
    }

    /// The port that is listened on.
    public var port: Int { rpc.boundPort }

    /// What a person wants to know when the server has started.
    public var summary: String {
        let types = core.catalog.entries.map { "\($0.manifest.name) \($0.manifest.version)" }
        var parts = ["case types: " + (types.isEmpty ? "none" : types.joined(separator: ", "))]
        if core.isDevelopment { parts.append("a development store") }
        if core.clock.isVirtual { parts.append("virtual clock at \(LocalDate(core.clock.now))") }
        parts.append("\(DescriptorRoom.limit) descriptors, so at most \(rpc.maximumConnections) connections")
        return parts.joined(separator: "; ")
    }

    /// Reads the certificate files anew, for new connections; those that are open go on. When a file cannot be used,
    /// the old certificates stay in use. Either way one line is logged. Blocks while it reads.
    public func reloadCertificates() {
        do throws(RPCStatus) {
            try rpc.reloadCertificates()
            core.logger.notice("certificates were read anew: new connections use them")
        } catch {
            core.logger.error("certificates stay as they were", metadata: ["error": "\(error.message)"])
        }
    }

    /// Takes nothing new, answers what is under way within `graceSeconds`, writes everything back and ends.
    ///
    /// - Throws: `StartupError` with code `.store` when the store could not be closed cleanly; nothing committed is
    /// lost.
    public func stop(graceSeconds: Double = 8) async throws(StartupError) {
        await rpc.shutdown(graceSeconds: graceSeconds)
        core.connections.close()
        core.denials.close()
        core.kernel.stop()
        do {
            try await core.readers.shutdownGracefully()
            core.plugins.close()
            try core.store.close()
        } catch {
            throw StartupError(.store, "The store was not closed cleanly: \(error)")
        }
    }
}

// MARK: - Parts

extension CaseworkServer {
    /// A store and its key are begun together. The key has another name until the store has been made: a key under its
    /// own name says that there was a store, and then none is begun anew; a start that was cut short between the two is
    /// taken up again.
    private static func openStore(_ options: ServerOptions) throws(StartupError) -> SQLiteStore {
        let files = FileManager.default
        let first = options.masterKey + ".new"
        let isBegun = files.fileExists(atPath: options.masterKey)
        do {
            let key = try isBegun ? MasterKey.read(path: options.masterKey) : firstKey(options, in: first)
            var store = SQLiteStore.Options(
                path: options.store, development: options.development, masterKey: key.bytes)
            store.mayBegin = !isBegun
            let opened = try SQLiteStore.open(store)
            if !isBegun { try MasterKey.rename(first, to: options.masterKey) }
            return opened
        } catch {
            throw StartupError(.store, "\(error)")
        }
    }

    /// The key of a store that is being begun: a new one, or that of a start that was cut short.
    private static func firstKey(_ options: ServerOptions, in path: String) throws -> MasterKey {
        let files = FileManager.default
        let isStoreThere = files.fileExists(atPath: options.store)
        if files.fileExists(atPath: path) {
            do throws(KeyFileError) {
                return try MasterKey.read(path: path)
            } catch {
                // Cut short before the key was whole: nothing can have been sealed with it.
                if isStoreThere { throw error }
                try files.removeItem(atPath: path)
            }
        }
        guard !isStoreThere else { throw keyIsLost(options) }
        return try MasterKey.create(path: path)
    }

    /// A lost key must not be replaced by one that opens nothing.
    private static func keyIsLost(_ options: ServerOptions) -> StartupError {
        StartupError(
            .store, "The store \(options.store) is there, but its master key \(options.masterKey) is not: restore it.")
    }

    private static func installPlugins(
        _ folder: String, _ plugins: PluginHost, _ logger: Logger
    ) throws(StartupError) -> TypeCatalog {
        var catalog = TypeCatalog()
        let entries: [CatalogEntry]
        do {
            entries = try libraries(in: folder).map { try CatalogEntry(try plugins.install(library: $0)) }
        } catch let error as StartupError {
            throw error
        } catch {
            throw StartupError(.plugin, "A plugin in \(folder) cannot be used: \(error)")
        }
        // The newest version of a type opens its new cases.
        for entry in entries.sorted(by: { Version($0.manifest.version) < Version($1.manifest.version) }) {
            catalog.add(entry)
            logger.info(
                "plugin installed", metadata: ["type": "\(entry.manifest.name)", "digest": "\(entry.digest.hex)"])
        }
        return catalog
    }

    /// Oldest first, so that of two builds of one version the later one opens new cases.
    private static func libraries(in folder: String) throws -> [String] {
        let files = FileManager.default
        guard files.fileExists(atPath: folder) else {
            throw StartupError(.configuration, "The plugin folder \(folder) does not exist: make it, or name another.")
        }
        let paths = try files.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".so") }.map {
            "\(folder)/\($0)"
        }
        let dated = try paths.map { path in
            (path, try files.attributesOfItem(atPath: path)[.modificationDate] as? Date ?? .distantPast)
        }
        return dated.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
    }

    private static func clock(_ options: ServerOptions, _ store: SQLiteStore) throws(StartupError) -> ServerClock {
        guard let start = options.virtualClock else { return ServerClock() }
        guard options.development else {
            throw StartupError(.configuration, "A virtual clock is for development stores only: add --development.")
        }
        do {
            return ServerClock(virtualFrom: max(start, try store.latestMoment()))
        } catch {
            throw StartupError(.store, "\(error)")
        }
    }

    private static func kernel(
        _ files: Configuration, _ store: SQLiteStore, _ plugins: PluginHost, _ catalog: TypeCatalog,
        _ mailbox: Mailbox<KernelThread.Letter>, _ options: ServerOptions
    ) throws(StartupError) -> ServerKernel {
        do {
            let claims = HMACSHA256(key: try MasterKey.read(path: options.masterKey).subkey("claims"))
            let seeds = Mutex(RandomSupply(of: 16))
            var configuration = KernelConfiguration(
                keyedHash: { claims.authenticate($0) }, seed: { seeds.withLock { $0.next() } },
                committed: { mailbox.post(.input(.committed($0)), urgently: true) })
            configuration.development = options.development
            configuration.holidays = files.holidays
            configuration.calendarDigest = files.calendarDigest
            let kernel = try ServerKernel(configuration: configuration, store: store, decider: plugins)
            if let breach = kernel.breach {
                throw StartupError(.store, "The store cannot be trusted: \(breach.what). Restore it from a backup.")
            }
            kernel.load(policies: files.policies)
            for entry in catalog.entries { try kernel.install(try entry.installed()) }
            return kernel
        } catch let error as StartupError {
            throw error
        } catch let error as UnfitPlugin {
            throw StartupError(.plugin, error.description)
        } catch {
            throw StartupError(.store, "\(error)")
        }
    }

    private static func listen(_ options: ServerOptions, _ core: ServerCore) throws(StartupError) -> RPCServer {
        var limits = options.limits
        limits.connections = min(limits.connections, DescriptorRoom.connections(threads: options.threads))
        let configuration = RPCServer.Configuration(
            host: options.host, port: options.port, tls: options.tls, limits: limits, threads: options.threads,
            report: { [connections = core.connections] in connections.note($0) })
        let rpc = RPCServer(configuration: configuration, methods: core.methods)
        do throws(RPCStatus) {
            try rpc.start()
            return rpc
        } catch {
            core.readers.shutdownGracefully { _ in }
            let isFile = error.code == RPCStatus.Code.failedPrecondition
            throw StartupError(isFile ? .configuration : .address, error.message)
        }
    }
}

/// A semantic version, compared by its numbers.
struct Version: Comparable {
    private let numbers: [Int]

    init(_ text: String) {
        numbers = text.split(separator: "-")[0...].first?.split(separator: ".").map { Int($0) ?? 0 } ?? []
    }

    static func < (a: Version, b: Version) -> Bool { a.numbers.lexicographicallyPrecedes(b.numbers) }
}
