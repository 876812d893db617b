import Crypto
import Kernel

/// The hashes that tie history together: each row to the row before it of the same case, each commit to its rows and to
/// the commit before. They cover what lies in the file, so that anyone can check them without a key.
struct Chain: ~Copyable {
    /// Stored with each row and commit: SHA-256.
    static let algorithm: UInt8 = 1
    /// What stands for the row or commit before the first.
    static let origin = [UInt8](repeating: 0, count: SHA256.byteCount)

    private var hasher = SHA256()

    /// - Parameters:
    ///   - row: its `detail` is not used.
    ///   - sealed: the row's detail as it lies in the file.
    ///   - before: hash of the row at `row.previous`, or `origin`.
    mutating func hash(of row: HistoryRow, sealed: [UInt8], before: [UInt8]) -> [UInt8] {
        var head: [UInt8] = []
        head.reserveCapacity(88)
        head.append(UInt8(ascii: "r"))
        head.append(Self.algorithm)
        for number in [row.position, row.caseID.rawValue, row.previous] { head.append(integer: number) }
        head.append(integer: row.stamp.milliseconds)
        head.append(contentsOf: before)
        head.append(integer: UInt32(row.envelope.count))
        head.append(integer: UInt32(sealed.count))
        hasher.update(head)
        hasher.update(row.envelope)
        hasher.update(sealed)
        return hasher.finish()
    }

    /// - Parameters:
    ///   - first: position of the commit's first row.
    ///   - rows: the hashes of its rows, in order.
    ///   - before: hash of the commit before, or `origin`.
    mutating func hash(ofCommit first: Position, rows: [[UInt8]], before: [UInt8]) -> [UInt8] {
        var head: [UInt8] = [UInt8(ascii: "c"), Self.algorithm]
        head.append(integer: first)
        head.append(integer: UInt64(rows.count))
        head.append(contentsOf: before)
        hasher.update(head)
        for row in rows { hasher.update(row) }
        return hasher.finish()
    }
}
