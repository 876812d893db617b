import CaseworkClient
import Foundation
import RPC
import Schema
import Statechart
import SwiftProtobuf

/// One connection to a server, as one officer.
struct Session: Sendable {
    private let client: CaseworkClient

    /// - Parameter identity: folder with `cert.pem`, `key.pem` and `ca.pem`.
    static func open(_ address: Address, identity folder: String) async throws(Failure) -> Session {
        let files = ["cert.pem", "key.pem", "ca.pem"].map { folder + "/" + $0 }
        for file in files where !FileManager.default.isReadableFile(atPath: file) {
            throw .usage("无法读取证书文件 \(file)", "cannot read the certificate file \(file)")
        }
        do {
            let tls = TLSFiles(certificateChain: files[0], privateKey: files[1], trustRoots: files[2])
            return Session(
                client: try await CaseworkClient.connect(host: address.host, port: address.port, tls: tls))
        } catch {
            throw Failure(error)
        }
    }

    func close() async { await client.close() }

    func call<Request, Response>(
        _ method: Method<Request, Response>, _ request: Request
    ) async throws(Failure) -> Response {
        do {
            return try await client.call(method, request)
        } catch {
            throw Failure(error)
        }
    }

    /// A key for a command that is sent once: its time is the server's, whose clock may be a virtual one.
    func newKey() async throws(Failure) -> Data {
        let now = try await call(Methods.Operations.health, Casework_V1_HealthRequest()).nowMillis
        return Data(CommandKey(milliseconds: now).bytes)
    }

    /// Cases that fit, at most `limit` of them, and whether there are more.
    func cases(
        _ filter: Casework_V1_ListRequest, limit: Int
    ) async throws(Failure) -> (cases: [Casework_V1_Case], more: Bool) {
        var request = filter
        var cases: [Casework_V1_Case] = []
        repeat {
            request.pageSize = Int32(min(1000, limit - cases.count))
            let page = try await call(Methods.Cases.list, request)
            cases += page.cases
            request.pageToken = page.nextPageToken
        } while !request.pageToken.isEmpty && cases.count < limit
        return (cases, !request.pageToken.isEmpty)
    }

    /// The newest events of a case, at most `limit`, newest first.
    func history(of name: String, limit: Int) async throws(Failure) -> [Casework_V1_HistoryEntry] {
        var request = Casework_V1_HistoryRequest.with { $0.caseID = name }
        var entries: [Casework_V1_HistoryEntry] = []
        repeat {
            request.pageSize = Int32(min(1000, limit - entries.count))
            let page = try await call(Methods.Cases.history, request)
            entries += page.entries
            request.pageToken = page.nextPageToken
        } while !request.pageToken.isEmpty && entries.count < limit
        return entries
    }

    func explain(_ name: String, officer: String?) async throws(Failure) -> Casework_V1_ExplainResponse {
        try await call(
            Methods.Cases.explain,
            .with {
                $0.caseID = name
                $0.officer = officer ?? ""
            })
    }

    /// The chart a case runs, for its labels and its drawing; nil when the server no longer lists it.
    func chart(of item: Casework_V1_Case) async throws(Failure) -> Definition? {
        let plugins = try await call(Methods.Plugins.list, Casework_V1_ListPluginsRequest()).plugins
        guard let plugin = plugins.first(where: { $0.definition == item.definition }) else { return nil }
        do {
            return try Definition(canonicalJSON: Array(plugin.chart))
        } catch {
            throw .refused("服务端的流程图无法读取：\(error)", "the server's chart cannot be read: \(error)")
        }
    }
}
