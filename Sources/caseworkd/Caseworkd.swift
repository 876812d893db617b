import ArgumentParser
import CAllocator
import CSandbox
import Foundation
import Kernel
import Logging
import PluginHost
import RPC
import Server

@main
struct Caseworkd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "caseworkd",
        abstract: "The Casework server: keeps cases and serves them over mutual TLS. 案件服务。",
        discussion: """
            Examples:
              caseworkd --state /var/lib/casework --listen 0.0.0.0:7443
              caseworkd --state .state --listen localhost:7443 --development --virtual-clock "2026-09-14 09:00"

            Files that are not named lie in the state folder: casework.db, master.key, plugins/, policies/,
            authorization.yaml, calendar.txt, cert.pem, key.pem, ca.pem.
            SIGTERM and SIGINT end it: it takes nothing new, answers what is under way and exits with 0.
            SIGHUP makes it read its certificates anew: new connections use them, those that are open go on. If one of
            the files is wrong, the old certificates stay in use and the log says why.
            Exit codes: 64 wrong options, 65 a plugin, 69 the address, 70 a mistake of its own (the log says which),
            74 the store, 78 a file of the configuration.
            """)

    @Option(help: ArgumentHelp("Folder of everything that is not named otherwise. 状态目录。", valueName: "folder"))
    var state: String

    @Option(help: ArgumentHelp("Address and port to listen on. 监听地址。", valueName: "host:port"))
    var listen = "127.0.0.1:7443"

    @Option(help: ArgumentHelp("The store; made when there is none. 存储文件。", valueName: "file"))
    var store: String?

    @Option(help: ArgumentHelp("The store's master key; made with a new store. 主密钥文件。", valueName: "file"))
    var masterKey: String?

    @Option(help: ArgumentHelp("Plugins to install, *.so. 插件目录。", valueName: "folder"))
    var plugins: String?

    @Option(help: ArgumentHelp("Policies, *.yaml. 政策目录。", valueName: "folder"))
    var policies: String?

    @Option(help: ArgumentHelp("Who may do what. 授权文件。", valueName: "file"))
    var authorization: String?

    @Option(help: ArgumentHelp("Holidays and worked weekends. 节假日文件。", valueName: "file"))
    var calendar: String?

    @Option(help: ArgumentHelp("The server's certificate chain, PEM. 服务器证书。", valueName: "file"))
    var certificate: String?

    @Option(help: ArgumentHelp("Its private key, PEM. 服务器私钥。", valueName: "file"))
    var key: String?

    @Option(help: ArgumentHelp("Authorities whose client certificates are believed, PEM. 信任的 CA。", valueName: "file"))
    var trust: String?

    @Option(help: ArgumentHelp("The program that holds a plugin; beside this one by default. 插件宿主。", valueName: "file"))
    var pluginHost: String?

    @Flag(help: "A store for trials: marked for ever, accepts synthetic persons. 开发库。")
    var development = false

    @Option(
        help: ArgumentHelp(
            "Run on a virtual clock from this time in China; needs --development. 虚拟时钟。", valueName: "date"))
    var virtualClock: String?

    @Flag(help: "Run plugins inside the server instead of in child processes. 插件在进程内运行。")
    var inProcess = false

    @Option(help: "Event loops for connections. 网络线程数。")
    var threads = 1

    @Flag(help: "Log more. 详细日志。")
    var verbose = false

    func validate() throws {
        _ = try address()
        _ = try virtualStart()
        guard (1...64).contains(threads) else { throw ValidationError("--threads takes 1 to 64") }
    }

    static func main() async {
        guard StandardDescriptors.hold() else { exit(withError: ExitCode(StartupError.Code.store.rawValue)) }
        await main(nil)
    }

    func run() async throws {
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        var logger = Logger(label: "caseworkd")
        logger.logLevel = verbose ? .info : .notice
        // A client or child that goes away is an error of that write, not the end of the server.
        signal(SIGPIPE, SIG_IGN)
        prepareProcess(logger)
        let signals = SignalStream([SIGTERM, SIGINT, SIGHUP])
        do {
            let server = try CaseworkServer.start(try options(), logger: logger)
            let host = try address().host
            print("caseworkd serves on \(host):\(server.port) — \(server.summary)")
            fflush(nil)
            while await signals.next() == SIGHUP { server.reloadCertificates() }
            print("caseworkd stops")
            try await server.stop()
        } catch let error as StartupError {
            // Where that cannot be written, the exit code remains.
            try? FileHandle.standardError.write(contentsOf: Data("caseworkd: \(error)\n".utf8))
            throw ExitCode(error.code.rawValue)
        }
    }

    private func prepareProcess(_ logger: Logger) {
        let allocator = casework_allocator_start()
        if allocator != 0 {
            logger.warning("jemalloc keeps unused pages longer", metadata: ["errno": "\(allocator)"])
        }
        let counting = casework_allocator_leave_sqlite_uncounted()
        if counting != 0 {
            logger.warning("SQLite counts its memory, which costs time", metadata: ["code": "\(counting)"])
        }
        let dumps = casework_forbid_dumps()
        if dumps != 0 { logger.warning("core dumps cannot be forbidden", metadata: ["errno": "\(dumps)"]) }
        raiseDescriptorLimit(logger)
    }

    /// As far as this user may: every connection takes one. What it has then is told when it serves.
    private func raiseDescriptorLimit(_ logger: Logger) {
        var limit = rlimit()
        var error = getrlimit(Self.descriptors, &limit) == 0 ? 0 : errno
        if error == 0, limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
            error = setrlimit(Self.descriptors, &limit) == 0 ? 0 : errno
        }
        if error != 0 {
            logger.warning("the limit of descriptors stays as it is", metadata: ["errno": "\(error)"])
        }
    }

    private static let descriptors = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

    private func options() throws -> ServerOptions {
        let (host, port) = try address()
        let tls = TLSFiles(
            certificateChain: certificate ?? "\(state)/cert.pem", privateKey: key ?? "\(state)/key.pem",
            trustRoots: trust ?? "\(state)/ca.pem")
        var options = ServerOptions(
            host: host, port: port, store: store ?? "\(state)/casework.db",
            masterKey: masterKey ?? "\(state)/master.key", plugins: plugins ?? "\(state)/plugins",
            policies: policies ?? "\(state)/policies", authorization: authorization ?? "\(state)/authorization.yaml",
            calendar: calendar ?? "\(state)/calendar.txt", tls: tls, pluginHost: pluginHost ?? Self.siblingHost)
        options.development = development
        options.virtualClock = try virtualStart()
        options.isolation = inProcess ? .inProcess : .child
        options.threads = threads
        return options
    }

    private static var siblingHost: String {
        let program = Bundle.main.executablePath ?? CommandLine.arguments[0]
        return URL(filePath: program).deletingLastPathComponent().appending(path: "casework-plugin-host").path
    }

    /// `host:port`, `[::1]:port`.
    private func address() throws -> (host: String, port: Int) {
        guard let colon = listen.lastIndex(of: ":"), let port = Int(listen[listen.index(after: colon)...]),
            (0...65_535).contains(port), colon != listen.startIndex
        else { throw ValidationError("--listen takes an address and a port, such as 127.0.0.1:7443") }
        let host = listen[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        return (host, port)
    }

    /// A day begins at 09:00, when offices open.
    private func virtualStart() throws -> Instant? {
        guard let virtualClock else { return nil }
        guard let moment = VirtualTime(parsing: virtualClock) else {
            throw ValidationError(
                "--virtual-clock takes a day or a time in China, such as 2026-09-14 or \"2026-09-14 09:00\"")
        }
        guard development else { throw ValidationError("--virtual-clock needs --development") }
        return moment.instant
    }
}
