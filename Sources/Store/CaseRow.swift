import Crypto
import Kernel

/// A case row as it lies in the file.
struct CaseRow {
    /// Without body and record; `headHash` is filled in.
    var open: StoredCase
    var wrappedKey: [UInt8]
    var sealed: [UInt8]

    static let columns = """
        id, version, head, settled, type, number, county, opened_at, changed_at, head_hash, wrapped_key, incident, \
        states, attributes, sealed
        """

    /// Reads the row a query of `columns` stands on.
    init(_ query: Query) {
        open = StoredCase(
            id: CaseID(rawValue: query.unsigned(0)), type: query.text(4), number: query.text(5), county: query.text(6),
            version: query.unsigned(1), openedAt: Instant(milliseconds: query.integer(7)),
            changedAt: Instant(milliseconds: query.integer(8)), head: query.unsigned(2), headHash: query.blob(9),
            states: query.text(12), settled: query.integer(3) != 0, incident: query.text(11),
            attributes: query.blob(13), body: [], record: [])
        wrappedKey = query.blob(10)
        sealed = query.blob(14)
    }

    /// The case with body and record.
    func opened(_ keys: inout CaseKeys) throws(StoreError) -> StoredCase {
        var row = open
        do {
            let key = try keys.unwrap(wrappedKey, of: row.id)
            try keys.open(sealed, into: &row, key: key)
        } catch {
            throw StoreError(.corrupt, "The row of case \(row.id.rawValue) does not open: it was altered or damaged.")
        }
        return row
    }
}

/// A history row as it lies in the file, with its case's key.
struct HistoryEntry {
    /// Without detail; `hash` is filled in.
    var open: HistoryRow
    var sealed: [UInt8]

    static let columns = "position, case_id, previous, stamp, hash, envelope, sealed"

    init(_ query: Query) {
        open = HistoryRow(
            position: query.unsigned(0), caseID: CaseID(rawValue: query.unsigned(1)), previous: query.unsigned(2),
            stamp: Instant(milliseconds: query.integer(3)), envelope: query.blob(5), detail: [], hash: query.blob(4))
        sealed = query.blob(6)
    }

    /// The row with its detail, opened with the unwrapped key of its case.
    func opened(_ keys: inout CaseKeys, key: [UInt8]) throws(StoreError) -> HistoryRow {
        var row = open
        do {
            row.detail = try keys.open(detail: sealed, case: row.caseID, position: row.position, key: key)
        } catch {
            throw StoreError(.corrupt, "History row \(row.position) does not open: it was altered or damaged.")
        }
        return row
    }
}
