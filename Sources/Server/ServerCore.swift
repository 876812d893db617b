import Kernel
import Logging
import NIOPosix
import PluginHost
import RPC
import Store

/// The calendar of working days; Foundation has a `Calendar` of its own.
typealias Holidays = Calendar

/// What all services share.
final class ServerCore: Sendable {
    let kernel: KernelThread
    let clock: ServerClock
    let board: StatusBoard
    let store: SQLiteStore
    let plugins: PluginHost
    let catalog: TypeCatalog
    let authorization: Authorization
    let holidays: Holidays
    /// Threads for reads of the store, which must not block an event loop.
    let readers: NIOThreadPool
    let places = CasePlaces()
    let denials: DenialLog
    let connections: ConnectionLog
    /// By case: how often damage is told.
    let damage = LogThrottle()
    let logger: Logger

    init(
        kernel: KernelThread, clock: ServerClock, board: StatusBoard, store: SQLiteStore, plugins: PluginHost,
        catalog: TypeCatalog, authorization: Authorization, holidays: Holidays, readers: NIOThreadPool, logger: Logger
    ) {
        self.kernel = kernel
        self.clock = clock
        self.board = board
        self.store = store
        self.plugins = plugins
        self.catalog = catalog
        self.authorization = authorization
        self.holidays = holidays
        self.readers = readers
        self.logger = logger
        denials = DenialLog(logger: logger)
        connections = ConnectionLog(logger: logger)
    }

    var reader: StoreReader { store.reader }

    /// The store is one for trials: every answer that shows something of it says so.
    var isDevelopment: Bool { store.isDevelopment }

    var methods: [RPCMethod] { caseMethods + fundMethods + pluginMethods + operationMethods }
}
