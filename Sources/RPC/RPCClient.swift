public import NIOCore
public import NIOPosix
import Synchronization

/// A connection to a ttrpc server over mutual TLS 1.3. Calls may be made from any thread, many at a time.
public final class RPCClient: Sendable {
    private let channel: any Channel
    private let calls: PendingCalls

    private init(channel: any Channel, calls: PendingCalls) {
        self.channel = channel
        self.calls = calls
    }

    deinit {
        channel.close(promise: nil)
    }

    /// Connects and checks that the server's certificate is of a trusted authority and names `host`.
    ///
    /// In TLS 1.3 a client learns only from its first call whether the server accepts its own certificate.
    ///
    /// - Parameters:
    ///   - host: a DNS name or an IP address.
    ///   - serverName: the name that the certificate must carry, if it is not `host`.
    ///   - timeout: for the connection, and again for the handshake.
    ///   - group: the event loops to use; the process's own by default.
    /// - Throws: `FAILED_PRECONDITION` for a file that cannot be used, `UNAVAILABLE` when no server answers,
    ///   `UNAUTHENTICATED` when the two do not trust each other.
    public static func connect(
        host: String, port: Int, tls: TLSFiles, serverName: String? = nil, timeout: TimeAmount = .seconds(10),
        group: MultiThreadedEventLoopGroup = .singleton
    ) async throws(RPCStatus) -> RPCClient {
        let context = try TLSContext.client(tls)
        return try await connect(
            host: host, port: port, context: context, serverName: serverName ?? host, timeout: timeout, group: group)
    }

    static func connect(
        host: String, port: Int, context: TLSContext, serverName: String, timeout: TimeAmount,
        group: MultiThreadedEventLoopGroup = .singleton
    ) async throws(RPCStatus) -> RPCClient {
        let attempts = Mutex<[ObjectIdentifier: Attempt]>([:])
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.maxMessagesPerRead, value: 8)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let attempt = try Attempt(channel, context, serverName: serverName, timeout: timeout)
                    attempts.withLock { $0[ObjectIdentifier(channel)] = attempt }
                }
            }
        do {
            let channel = try await bootstrap.connect(host: host, port: port).get()
            guard let attempt = attempts.withLock({ $0[ObjectIdentifier(channel)] }) else {
                throw ChannelError.ioOnClosedChannel
            }
            try await attempt.established.get()
            return RPCClient(channel: channel, calls: attempt.calls)
        } catch let status as RPCStatus {
            throw status
        } catch {
            throw .cannotConnect(host, port, error)
        }
    }

    /// One of the addresses of a host. The handshake starts on the event loop as soon as the connection is there.
    private struct Attempt: Sendable {
        let calls: PendingCalls
        let established: EventLoopFuture<Void>

        init(_ channel: any Channel, _ context: TLSContext, serverName: String, timeout: TimeAmount) throws {
            let session = try TLSSession(context, serverName: serverName)
            let promise = channel.eventLoop.makePromise(of: Void.self)
            calls = PendingCalls(channel: channel)
            established = promise.futureResult
            let tls = TLSHandler(session: session, handshakeTimeout: timeout, lingerTimeout: .milliseconds(100))
            let connection = ClientConnection(calls: calls, established: promise)
            try channel.pipeline.syncOperations.addHandlers(tls, connection)
        }
    }

    /// Calls a method and waits for its answer.
    ///
    /// - Parameter timeout: told to the server, which ends the call when it is over; nil waits as long as it takes.
    /// - Throws: the server's status; `UNAVAILABLE` when the connection is lost, `UNAUTHENTICATED` when the server
    ///   turns out not to accept the certificate, `DEADLINE_EXCEEDED`, `CANCELLED` with the task.
    public func call(
        service: String, method: String, payload: ByteBuffer, timeout: TimeAmount? = nil
    ) async throws(RPCStatus) -> ByteBuffer {
        let stream = try calls.reserve()
        let calls = calls
        let result: Result<ByteBuffer, RPCStatus> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                calls.send(stream, service: service, method: method, payload: payload, timeout: timeout) {
                    continuation.resume(returning: $0)
                }
                if Task.isCancelled { calls.complete(stream, .failure(.cancelled)) }
            }
        } onCancel: {
            calls.complete(stream, .failure(.cancelled))
        }
        return try result.get()
    }

    /// Calls a method and goes on at once: for clients with many calls under way. Calls made in one turn of the event
    /// loop go out together.
    ///
    /// - Parameter completion: called once, on the client's event loop or, when the call cannot be made, here; it must
    ///   not block.
    public func call(
        service: String, method: String, payload: ByteBuffer, timeout: TimeAmount? = nil,
        completion: @escaping @Sendable (Result<ByteBuffer, RPCStatus>) -> Void
    ) {
        do throws(RPCStatus) {
            let stream = try calls.reserve()
            calls.send(
                stream, service: service, method: method, payload: payload, timeout: timeout, completion: completion)
        } catch {
            completion(.failure(error))
        }
    }

    /// Closes the connection; calls under way end with `CANCELLED`.
    public func close() async {
        calls.end(.closedHere)
        channel.close(promise: nil)
        await withCheckedContinuation { continuation in
            channel.closeFuture.whenComplete { _ in continuation.resume() }
        }
    }
}

extension RPCStatus {
    fileprivate static let cancelled = RPCStatus(
        code: Code.cancelled,
        message: "the call was given up; a command may still be carried out: look it up by its key")

    fileprivate static let closedHere = RPCStatus(code: Code.cancelled, message: "the client has closed the connection")

    fileprivate static func cannotConnect(_ host: String, _ port: Int, _ error: any Error) -> RPCStatus {
        let cause = (error as? NIOConnectionError)?.connectionErrors.first?.error ?? error
        if let status = cause as? RPCStatus { return status }
        let message: String
        if let code = (cause as? IOError)?.errnoCode, code == ECONNREFUSED {
            message = "no server answers at \(host):\(port) (connection refused): check the address and that it runs"
        } else if case .connectTimeout(let time)? = cause as? ChannelError {
            message = "\(host):\(port) does not answer within \(time.nanoseconds / 1_000_000_000) s: check the address"
        } else if case .ioOnClosedChannel? = cause as? ChannelError {
            message = "\(host):\(port) closed the connection before it was secure: try again later"
        } else if let error = error as? NIOConnectionError, error.connectionErrors.isEmpty {
            message = "\(host) is not known: check its spelling"
        } else {
            message = "\(host):\(port) cannot be reached (\(cause)): check the address and the network"
        }
        return RPCStatus(code: Code.unavailable, message: message)
    }
}
