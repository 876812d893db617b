import NIOCore
import NIOPosix
import Synchronization

/// Something about a connection that an operator may want to know: a refused handshake, a client that speaks another
/// protocol, one that does not read.
public struct RPCServerEvent: Sendable {
    /// At whose side the reason lies.
    public enum Side: Sendable {
        case client
        /// The connection was accepted and could not be served.
        case server
    }

    public var address: String
    /// Nil before the client is known.
    public var agency: String?
    public var side: Side
    /// Stable: one of `casework.v1.Reason`.
    public var reason: String
    /// What happened, and what to do.
    public var message: String

    init(_ status: RPCStatus, from address: SocketAddress?, agency: String? = nil, side: Side) {
        self.address = address?.description ?? "unknown"
        self.agency = agency
        self.side = side
        (reason, message) = (status.reason, status.message)
    }
}

/// Serves ttrpc over mutual TLS 1.3.
public final class RPCServer: Sendable {
    public struct Configuration: Sendable {
        public var host: String
        /// 0 takes a free port; see `boundPort`.
        public var port: Int
        public var tls: TLSFiles
        public var limits: RPCLimits
        /// Event loops, at least 1.
        public var threads: Int
        /// Called on event loops; it must not block.
        public var report: @Sendable (RPCServerEvent) -> Void

        public init(
            host: String, port: Int, tls: TLSFiles, limits: RPCLimits = RPCLimits(), threads: Int = 1,
            report: @escaping @Sendable (RPCServerEvent) -> Void = { _ in }
        ) {
            self.host = host
            self.port = port
            self.tls = tls
            self.limits = limits
            self.threads = threads
            self.report = report
        }
    }

    private struct State {
        var context: TLSContext?
        var group: MultiThreadedEventLoopGroup?
        var listener: (any Channel)?
        var connections: [ObjectIdentifier: any Channel] = [:]
        var isStopping = false
    }

    private let configuration: Configuration
    private let methods: MethodTable
    private let shares = AgencyShares()
    private let state = Mutex(State())

    /// - Precondition: no method is named twice.
    public init(configuration: Configuration, methods: [RPCMethod]) {
        self.configuration = configuration
        self.methods = MethodTable(methods)
    }

    /// Reads the certificates, takes the port and begins to serve. Blocks until then; not for event loops.
    ///
    /// - Throws: `FAILED_PRECONDITION` for a file that cannot be used, `UNAVAILABLE` for an address that cannot be
    ///   taken, each with one line that says which and what to do.
    public func start() throws(RPCStatus) {
        let context = try TLSContext.server(configuration.tls)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, configuration.threads))
        state.withLock { $0.context = context }
        do {
            let listener = try listen(group).wait()
            state.withLock { ($0.listener, $0.group) = (listener, group) }
        } catch {
            group.shutdownGracefully { _ in }
            throw .cannotBind(configuration.host, configuration.port, error)
        }
    }

    private func listen(_ group: MultiThreadedEventLoopGroup) -> EventLoopFuture<any Channel> {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 512)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { [configuration] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptGuard(report: configuration.report))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 256 << 10, high: 1 << 20))
            .childChannelOption(.maxMessagesPerRead, value: 8)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try accept(channel) }
            }
            .bind(host: configuration.host, port: configuration.port)
            .flatMapThrowing { [configuration] listener in
                try listener.pipeline.syncOperations.addHandler(SetupWatch(report: configuration.report))
                return listener
            }
    }

    /// The port that is served, 0 before `start`.
    public var boundPort: Int {
        state.withLock { $0.listener?.localAddress?.port ?? 0 }
    }

    /// Connections that are served at a time; further ones are closed when they arrive.
    public var maximumConnections: Int { configuration.limits.connections }

    /// Reads the certificate files anew. New connections use them; those open stay as they are.
    ///
    /// - Throws: as `start`; the old certificates then stay in use.
    public func reloadCertificates() throws(RPCStatus) {
        let context = try TLSContext.server(configuration.tls)
        state.withLock { $0.context = context }
    }

    /// Takes no more connections and calls, lets running calls end, and closes.
    ///
    /// - Parameter graceSeconds: after this time connections are closed with calls unanswered.
    public func shutdown(graceSeconds: Double) async {
        let (listener, group, connections) = state.withLock { state in
            state.isStopping = true
            return (state.listener, state.group, Array(state.connections.values))
        }
        guard let listener, let group else { return }
        await listener.closed()
        let closing = connections.map { channel in
            channel.pipeline.fireUserInboundEventTriggered(ServerDraining())
            return channel.closeFuture
        }
        let loop = group.any()
        let quiet = EventLoopFuture<Void>.andAllComplete(closing, on: loop)
        let grace = loop.scheduleTask(in: .nanoseconds(Int64(graceSeconds * 1e9))) {
            for channel in connections { channel.close(promise: nil) }
        }
        await quiet.ended()
        grace.cancel()
        await group.ended()
    }

    private func accept(_ channel: any Channel) throws {
        let context = try admit(channel)
        channel.closeFuture.whenComplete { [self] _ in
            state.withLock { _ = $0.connections.removeValue(forKey: ObjectIdentifier(channel)) }
        }
        let tls = TLSHandler(
            session: try TLSSession(context, serverName: nil), handshakeTimeout: configuration.limits.handshake,
            lingerTimeout: .seconds(2))
        let connection = ServerConnection(
            methods: methods, limits: configuration.limits, shares: shares, report: configuration.report)
        try channel.pipeline.syncOperations.addHandlers(tls, connection)
    }

    private func admit(_ channel: any Channel) throws(ConnectionTurnedAway) -> TLSContext {
        let (context, isFull) = state.withLock { state -> (TLSContext?, Bool) in
            guard !state.isStopping, let context = state.context else { return (nil, false) }
            guard state.connections.count < configuration.limits.connections else { return (nil, true) }
            state.connections[ObjectIdentifier(channel)] = channel
            return (context, false)
        }
        if let context { return context }
        if isFull {
            configuration.report(RPCServerEvent(.tooManyConnections, from: channel.remoteAddress, side: .server))
        }
        throw ConnectionTurnedAway()
    }
}

extension Channel {
    fileprivate func closed() async {
        close(promise: nil)
        await closeFuture.ended()
    }
}

extension EventLoopFuture<Void> {
    /// Waits for the end, good or bad.
    fileprivate func ended() async {
        await withCheckedContinuation { continuation in
            whenComplete { _ in continuation.resume() }
        }
    }
}

extension MultiThreadedEventLoopGroup {
    fileprivate func ended() async {
        await withCheckedContinuation { continuation in
            shutdownGracefully { _ in continuation.resume() }
        }
    }
}

extension RPCStatus {
    fileprivate static func cannotBind(_ host: String, _ port: Int, _ error: any Error) -> RPCStatus {
        let message =
            switch (error as? IOError)?.errnoCode {
            case EADDRINUSE?:
                "port \(port) of \(host) is taken: stop what uses it, or choose another"
            case EACCES? where port < 1024:
                "port \(port) needs more rights than this process has: choose one above 1023"
            case EADDRNOTAVAIL?:
                "\(host) is not an address of this machine: choose one that is, or 127.0.0.1"
            default:
                "\(host):\(port) cannot be listened on (\(error)): check the address"
            }
        return RPCStatus(code: Code.unavailable, message: message)
    }
}
