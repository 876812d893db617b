import NIOCore
public import RPC
public import Schema
public import SwiftProtobuf

/// A connection to a Casework server, as the agency or officer that its certificate names.
///
/// Calls run at the same time over one connection. Nothing is sent twice by itself: a call that ends without an answer
/// throws, and the caller repeats it under the same key, which is safe.
///
/// ```swift
/// let client = try await CaseworkClient.connect(host: "127.0.0.1", port: 7420, tls: files)
/// let case = try await client.cases.get(.with { $0.caseID = "TS-220122-2026-000017" })
/// await client.close()
/// ```
public final class CaseworkClient: Sendable {
    private let connection: RPCClient
    private let timeout: Duration

    private init(connection: RPCClient, timeout: Duration) {
        self.connection = connection
        self.timeout = timeout
    }

    /// Opens a connection with mutual TLS 1.3.
    ///
    /// - Parameters:
    ///   - host: name or address of the server; its certificate must be for it.
    ///   - port: 1 … 65535.
    ///   - tls: the files of this client's certificate and of the authorities it believes.
    ///   - timeout: the longest that each call may take, sent to the server with it.
    /// - Throws: `CaseworkError` with code `.unavailable`.
    public static func connect(
        host: String, port: Int, tls: TLSFiles, timeout: Duration = .seconds(30)
    ) async throws(CaseworkError) -> CaseworkClient {
        do {
            return CaseworkClient(
                connection: try await RPCClient.connect(host: host, port: port, tls: tls), timeout: timeout)
        } catch {
            throw CaseworkError(error)
        }
    }

    /// Calls a method with its typed messages.
    ///
    /// - Throws: `CaseworkError`.
    public func call<Request: Message, Response: Message>(
        _ method: Method<Request, Response>, _ request: Request
    ) async throws(CaseworkError) -> Response {
        do {
            let payload = ByteBuffer(bytes: try request.serializedBytes() as [UInt8])
            let answer = try await connection.call(
                service: method.service, method: method.name, payload: payload, timeout: Self.amount(timeout))
            return try Response(serializedBytes: Array(answer.readableBytesView))
        } catch {
            throw CaseworkError(error)
        }
    }

    private static func amount(_ duration: Duration) -> TimeAmount {
        let (seconds, attoseconds) = duration.components
        return .seconds(seconds) + .nanoseconds(attoseconds / 1_000_000_000)
    }

    /// Closes the connection; calls under way end with `.cancelled`.
    public func close() async { await connection.close() }

    public var cases: CasesService { CasesService(client: self) }
    public var funds: FundsService { FundsService(client: self) }
    public var plugins: PluginsService { PluginsService(client: self) }
    public var operations: OperationsService { OperationsService(client: self) }
}
