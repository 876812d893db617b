public import Kernel
public import PluginHost
public import RPC

/// Everything a server is told when it starts.
public struct ServerOptions: Sendable {
    /// Address to listen on, and port; port 0 takes a free one.
    public var host: String
    public var port: Int
    /// The store's file, made when there is none.
    public var store: String
    /// The file of the store's master key, made with a new store.
    public var masterKey: String
    /// Folder with the plugins' libraries, `*.so`.
    public var plugins: String
    /// Folder with policy files, `*.yaml`.
    public var policies: String
    public var authorization: String
    /// File of the holidays.
    public var calendar: String
    public var tls: TLSFiles
    /// `casework-plugin-host`.
    public var pluginHost: String
    public var isolation = Isolation.child
    /// The store is, or becomes, one for trials.
    public var development = false
    /// What a virtual clock shows at the start, unless the store has seen later times; nil for the real clock.
    public var virtualClock: Instant?
    /// Event loops, at least 1.
    public var threads = 1
    public var limits = RPCLimits()

    public init(
        host: String, port: Int, store: String, masterKey: String, plugins: String, policies: String,
        authorization: String, calendar: String, tls: TLSFiles, pluginHost: String
    ) {
        self.host = host
        self.port = port
        self.store = store
        self.masterKey = masterKey
        self.plugins = plugins
        self.policies = policies
        self.authorization = authorization
        self.calendar = calendar
        self.tls = tls
        self.pluginHost = pluginHost
    }
}

/// Why a server did not start: one line for its operator, and the exit code that says which part is at fault.
public struct StartupError: Error, Equatable, Sendable, CustomStringConvertible {
    /// As in `sysexits.h`.
    public enum Code: Int32, Sendable {
        /// A plugin is not usable.
        case plugin = 65
        /// The address cannot be listened on.
        case address = 69
        /// The server's own code has broken a promise: nothing false was written, and its log says which.
        case software = 70
        /// The store or its key cannot be opened.
        case store = 74
        /// A file of the configuration is wrong: authorization, policies, calendar, certificates, options.
        case configuration = 78
    }

    public var code: Code
    public var description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
