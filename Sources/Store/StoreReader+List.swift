import GRDB
public import Kernel

extension StoreReader {
    /// Cases in the order in which they were opened, without their records. A damaged one is left out.
    /// - Parameters:
    ///   - filter: which cases.
    ///   - after: the last case of the page before; nil begins.
    ///   - limit: 1 … `maximumPageRows`.
    ///   - damage: called for each case that was left out, with a line for the operator.
    public func list(
        _ filter: CaseFilter, after: CaseID?, limit: Int, damage: (CaseID, StoreError) -> Void = { _, _ in }
    ) throws(StoreError) -> [StoredCase] {
        var page = Page(limit: min(limit, Self.maximumPageRows), cursor: Int64(bitPattern: after?.rawValue ?? 0))
        defer { for (id, error) in page.damaged { damage(id, error) } }
        while !page.isFull {
            let more = try read { database, keys in
                try Self.scan(database, filter, &page, &keys)
            }
            if !more { break }
        }
        return page.cases
    }

    private struct Page {
        let limit: Int
        /// The last row looked at.
        var cursor: Int64
        var cases: [StoredCase] = []
        var damaged: [(CaseID, StoreError)] = []
        var bytes = 0

        var isFull: Bool { cases.count >= limit || bytes >= StoreReader.maximumPageBytes }
    }

    /// Looks at the next rows in one snapshot; false when there are no more.
    private static func scan(
        _ database: Database, _ filter: CaseFilter, _ page: inout Page, _ keys: inout CaseKeys
    ) throws -> Bool {
        let query = try Query.cached(database, sql(filter))
        defer { query.reset() }
        try query.bind(1, page.cursor)
        if let role = filter.role { try query.bind(2, role) }
        for _ in 0..<rowsPerSnapshot {
            guard !page.isFull, try query.step() else { return false }
            page.cursor = query.integer(0)
            guard matches(query, filter) else { continue }
            let row = CaseRow(query)
            do throws(StoreError) {
                var opened = try row.opened(&keys)
                opened.record = []
                page.bytes += row.sealed.count
                page.cases.append(opened)
            } catch {
                page.damaged.append((row.open.id, error))
            }
        }
        return true
    }

    /// The narrow tables say which cases to look at, where the filter names one.
    private static func sql(_ filter: CaseFilter) -> String {
        var conditions = "id > ?1"
        if filter.onlyIncidents { conditions += " AND id IN (SELECT case_id FROM incidents)" }
        if filter.role != nil { conditions += " AND id IN (SELECT case_id FROM due WHERE queue = ?2)" }
        return "SELECT \(CaseRow.columns) FROM cases WHERE \(conditions) ORDER BY id"
    }

    private static func matches(_ query: Query, _ filter: CaseFilter) -> Bool {
        if filter.onlyOpen && query.integer(3) != 0 { return false }
        if let type = filter.type, query.text(4) != type { return false }
        if !filter.countyPrefixes.isEmpty {
            let county = query.text(6)
            guard filter.countyPrefixes.contains(where: county.hasPrefix) else { return false }
        }
        guard let prefix = filter.statePrefix else { return true }
        return query.text(12).split(separator: " ").contains { $0.hasPrefix(prefix) }
    }
}
