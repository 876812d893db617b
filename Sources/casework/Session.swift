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

    /// Cases that fit, at most `limit` of them, as one page; its token is empty when there are no more.
    func cases(_ filter: Casework_V1_ListRequest, limit: Int) async throws(Failure) -> Casework_V1_ListResponse {
        var request = filter
        var all = Casework_V1_ListResponse()
        repeat {
            request.pageSize = Int32(min(1000, limit - all.cases.count))
            let page = try await call(Methods.Cases.list, request)
            all.cases += page.cases
            all.development = page.development
            all.nextPageToken = page.nextPageToken
            request.pageToken = page.nextPageToken
        } while !request.pageToken.isEmpty && all.cases.count < limit
        return all
    }

    /// The newest events of a case, at most `limit`, newest first, as one page.
    func history(of name: String, limit: Int) async throws(Failure) -> Casework_V1_HistoryResponse {
        var request = Casework_V1_HistoryRequest.with { $0.caseID = name }
        var all = Casework_V1_HistoryResponse()
        repeat {
            request.pageSize = Int32(min(1000, limit - all.entries.count))
            let page = try await call(Methods.Cases.history, request)
            all.entries += page.entries
            all.development = page.development
            all.nextPageToken = page.nextPageToken
            request.pageToken = page.nextPageToken
        } while !request.pageToken.isEmpty && all.entries.count < limit
        return all
    }

    func explain(_ name: String, officer: String?) async throws(Failure) -> Casework_V1_ExplainResponse {
        try await call(
            Methods.Cases.explain,
            .with {
                $0.caseID = name
                $0.officer = officer ?? ""
            })
    }

    /// The chart a case runs, for its labels and its drawing; nil when the server no longer lists it, or not to this
    /// officer.
    func chart(of item: Casework_V1_Case) async throws(Failure) -> Definition? {
        let plugins: [Casework_V1_Plugin]
        do throws(Failure) {
            plugins = try await call(Methods.Plugins.list, Casework_V1_ListPluginsRequest()).plugins
        } catch where error.reason == "METHOD_NOT_GRANTED" {
            return nil
        }
        guard let plugin = plugins.first(where: { $0.definition == item.definition }) else { return nil }
        do {
            return try Definition(canonicalJSON: Array(plugin.chart))
        } catch {
            throw .refused("服务端的流程图无法读取：\(error)", "the server's chart cannot be read: \(error)")
        }
    }
}
