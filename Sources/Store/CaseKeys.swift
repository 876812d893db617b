import Crypto
import Kernel

/// Seals and opens what a store keeps closed. One value is for one thread.
///
/// Every case has a random key, which seals its rows and is itself sealed (wrapped) under a key that comes from the
/// master key; the store's own rows (case 0) have one too. Associated data bind each sealed value to its place, and the
/// sealed part of a case row to the row's open columns, so that neither can be exchanged or altered in the file.
struct CaseKeys: ~Copyable {
    private var sealer = Sealer()
    private let wrapping: [UInt8]

    init(masterKey: MasterKey) { wrapping = masterKey.subkey("wrap") }

    // MARK: Keys

    /// A new key for a case, and the same wrapped.
    mutating func make(for id: CaseID) -> (key: [UInt8], wrapped: [UInt8]) {
        let key = randomBytes(MasterKey.byteCount)
        return (key, sealer.seal(key, key: wrapping, associated: place(.key, id, 0)))
    }

    mutating func unwrap(_ wrapped: [UInt8], of id: CaseID) throws(SealBroken) -> [UInt8] {
        try sealer.open(wrapped, key: wrapping, associated: place(.key, id, 0))
    }

    /// The store's own key is bound to what can never change about the store.
    mutating func makeStoreKey(identity: [UInt8]) -> [UInt8] {
        sealer.seal(randomBytes(MasterKey.byteCount), key: wrapping, associated: identity)
    }

    mutating func unwrapStoreKey(_ wrapped: [UInt8], identity: [UInt8]) throws(SealBroken) -> [UInt8] {
        try sealer.open(wrapped, key: wrapping, associated: identity)
    }

    // MARK: Rows

    mutating func seal(detail: [UInt8], of row: HistoryRow, key: [UInt8]) -> [UInt8] {
        sealer.seal(detail, key: key, associated: place(.detail, row.caseID, row.position))
    }

    mutating func open(
        detail: [UInt8], case id: CaseID, position: Position, key: [UInt8]
    ) throws(SealBroken) -> [UInt8] {
        try sealer.open(detail, key: key, associated: place(.detail, id, position))
    }

    mutating func seal(_ row: StoredCase, key: [UInt8]) -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(4 + row.body.count + row.record.count)
        content.append(integer: UInt32(row.body.count))
        content.append(contentsOf: row.body)
        content.append(contentsOf: row.record)
        return sealer.seal(content, key: key, associated: openColumns(of: row))
    }

    /// Fills in body and record of a row whose open columns have been read.
    mutating func open(_ sealed: [UInt8], into row: inout StoredCase, key: [UInt8]) throws(SealBroken) {
        let content = try sealer.open(sealed, key: key, associated: openColumns(of: row))
        guard content.count >= 4 else { throw SealBroken() }
        let length = content[0..<4].reduce(0) { $0 << 8 | Int($1) }
        guard length <= content.count - 4 else { throw SealBroken() }
        row.body = Array(content[4..<(4 + length)])
        row.record = Array(content[(4 + length)...])
    }

    // MARK: Associated data

    private enum Column: UInt8 {
        case key = 1
        case row = 2
        case detail = 3
    }

    private func place(_ column: Column, _ id: CaseID, _ sequence: UInt64) -> [UInt8] {
        var place: [UInt8] = []
        place.reserveCapacity(17)
        place.append(column.rawValue)
        place.append(integer: id.rawValue)
        place.append(integer: sequence)
        return place
    }

    private func openColumns(of row: StoredCase) -> [UInt8] {
        var columns: [UInt8] = []
        columns.reserveCapacity(192)
        columns.append(Column.row.rawValue)
        for number in [row.id.rawValue, row.version, row.head] { columns.append(integer: number) }
        for instant in [row.openedAt, row.changedAt] { columns.append(integer: instant.milliseconds) }
        columns.append(row.settled ? 1 : 0)
        for text in [row.type, row.number, row.county, row.incident, row.states] { columns.append(sized: text.utf8) }
        columns.append(sized: row.attributes)
        return columns
    }
}

extension [UInt8] {
    /// Big endian.
    mutating func append<Integer: FixedWidthInteger>(integer: Integer) {
        for shift in stride(from: Integer.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: integer >> shift))
        }
    }

    /// The count as 32 bits, then the bytes: no two different lists give the same bytes.
    mutating func append(sized bytes: some Collection<UInt8>) {
        append(integer: UInt32(bytes.count))
        append(contentsOf: bytes)
    }
}
