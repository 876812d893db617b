import Kernel
import Logging
import Schema
import Store
import SwiftProtobuf

extension ServerCore {
    func list(_ request: Casework_V1_ListRequest, _ grant: Grant) throws -> Casework_V1_ListResponse {
        var response = Casework_V1_ListResponse.with { $0.development = isDevelopment }
        guard let filter = Self.filter(request, grant) else { return response }
        let limit = Self.pageSize(request.pageSize)
        let after = try PageToken.case(request.pageToken)
        let page = try reader.list(filter, after: after, limit: limit, damage: leaveOut)
        for stored in page where Self.matches(stored, request, grant) {
            do { response.cases.append(try summary(stored)) } catch { leaveOut(stored.id, error) }
        }
        // A page may end early because of its bytes: only a look at the next case tells whether there is one.
        if let last = page.last, !(try reader.list(filter, after: last.id, limit: 1)).isEmpty {
            response.nextPageToken = PageToken.make(last.id)
        }
        return response
    }

    /// A damaged case hides itself alone: it fails no list, and the operator is told.
    private func leaveOut(_ id: CaseID, _ error: any Error) {
        guard damage.admit("\(id)") != nil else { return }
        logger.error("a damaged case is left out of a list", metadata: ["case": "\(id)", "why": "\(error)"])
    }

    /// 1 … 1000; 0 asks for 100.
    static func pageSize(_ asked: Int32) -> Int { asked <= 0 ? 100 : min(Int(asked), StoreReader.maximumPageRows) }

    /// Nil when nothing can lie in both the caller's reach and what is asked for.
    private static func filter(_ request: Casework_V1_ListRequest, _ grant: Grant) -> CaseFilter? {
        let prefixes = grant.countyPrefixes(within: request.countyPrefix)
        guard !prefixes.isEmpty, request.type.isEmpty || grant.allows(type: request.type) else { return nil }
        var filter = CaseFilter()
        filter.type = request.type.isEmpty ? nil : request.type
        filter.countyPrefixes = prefixes.contains("") ? [] : prefixes
        filter.statePrefix = request.state.isEmpty ? nil : request.state
        filter.role = request.role.isEmpty ? nil : request.role
        filter.onlyOpen = request.onlyOpen
        filter.onlyIncidents = request.onlyIncidents
        return filter
    }

    /// What the store's filter lets through and the request does not mean: `open/pay` is not above `open/payment`.
    private static func matches(_ stored: StoredCase, _ request: Casework_V1_ListRequest, _ grant: Grant) -> Bool {
        guard grant.allows(type: stored.type) else { return false }
        guard !request.state.isEmpty else { return true }
        return stored.states.split(separator: " ").contains {
            $0 == request.state || $0.hasPrefix(request.state + "/")
        }
    }
}

extension Grant {
    /// Beginnings of the division codes that lie in this grant's reach and begin with `asked`; empty when none can.
    func countyPrefixes(within asked: String) -> [String] {
        var prefixes = [asked]
        for list in divisions {
            let plain = list.map { $0 == "*" ? "" : $0 }
            prefixes = prefixes.flatMap { prefix in
                plain.compactMap { $0.hasPrefix(prefix) ? $0 : prefix.hasPrefix($0) ? prefix : nil }
            }
        }
        return Array(Set(prefixes)).sorted()
    }
}

/// Cursors of pages: opaque to callers, and worth nothing beyond what they may read anyway.
enum PageToken {
    static func make(_ id: CaseID) -> String { "c" + String(id.rawValue, radix: 36) }

    static func make(_ position: Position) -> String { "h" + String(position, radix: 36) }

    static func `case`(_ token: String) throws(Rejection) -> CaseID? {
        try number(token, mark: "c").map { CaseID(rawValue: $0) }
    }

    static func position(_ token: String) throws(Rejection) -> Position? { try number(token, mark: "h") }

    private static func number(_ token: String, mark: Character) throws(Rejection) -> UInt64? {
        guard let first = token.first else { return nil }
        guard first == mark, let number = UInt64(token.dropFirst(), radix: 36), number >> 63 == 0 else {
            throw .badPageToken
        }
        return number
    }
}
