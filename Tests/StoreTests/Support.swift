import Crypto
import Dispatch
import Foundation
import GRDB
import Kernel
@testable import Store
import StoreWorkload
import Synchronization
import Testing

/// A folder that goes with its owner.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/casework-store-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { print("\(path) was not removed: \(error)") }
    }

    var store: String { path + "/store.db" }
}

let masterKey = [UInt8](repeating: 1, count: 32)

func options(_ path: String, vfs: String? = nil, development: Bool = true) -> SQLiteStore.Options {
    SQLiteStore.Options(path: path, development: development, masterKey: masterKey, vfs: vfs)
}

/// Where a thread waits for the answer of a commit.
final class Answer: Sendable {
    private let result = Mutex<CommitResult?>(nil)
    private let answered = DispatchSemaphore(value: 0)

    func deliver(_ result: CommitResult) {
        self.result.withLock { $0 = result }
        answered.signal()
    }

    func wait() -> CommitResult {
        answered.wait()
        return result.withLock { $0 } ?? CommitResult(number: 0, outcome: .unknown("no answer"))
    }
}

extension SQLiteStore {
    /// Commits and waits for the answer.
    func commit(_ batch: Batch) -> CommitResult {
        let answer = Answer()
        commit(batch) { answer.deliver($0) }
        return answer.wait()
    }

    func commit(_ members: Member...) -> CommitResult.Outcome { commit(Batch(number: 1, members: members)).outcome }
}

extension CommitResult.Outcome {
    var isCommitted: Bool {
        if case .committed = self { true } else { false }
    }

    var isFull: Bool {
        if case .full = self { true } else { false }
    }

    var isUnknown: Bool {
        if case .unknown = self { true } else { false }
    }

    var conflict: [Int]? {
        if case .conflict(let members) = self { members } else { nil }
    }
}

// MARK: Small lives

let pool = Pool(fund: "rural-revitalization", county: "220122", year: 2026)
let now = Instant(milliseconds: 1_780_000_000_000)
let first = CaseID(rawValue: 1 << 40)
let second = CaseID(rawValue: 2 << 40)

func row(_ id: CaseID, version: UInt64, head: Position) -> StoredCase {
    StoredCase(
        id: id, type: "transport-subsidy", number: "", county: "220122", version: version, openedAt: now,
        changedAt: now, head: head, states: "open/village", settled: false, incident: "", attributes: [9],
        body: Array("body \(version)".utf8), record: Array("record \(version) 张三".utf8))
}

/// The event that makes `version` of a case, with nothing but its rows.
func event(_ id: CaseID, version: UInt64, at position: Position, previous: Position) -> Member {
    let member = Member(
        history: HistoryRow(
            position: position, caseID: id, previous: previous, stamp: now, envelope: Array("envelope".utf8),
            detail: Array("detail \(position) 李四".utf8)))
    member.write = row(id, version: version, head: position)
    member.expectedVersion = version - 1
    return member
}

/// An event of the store itself.
func storeEvent(at position: Position, previous: Position = 0, _ lines: JournalLine...) -> Member {
    let member = Member(
        history: HistoryRow(
            position: position, caseID: CaseID(rawValue: 0), previous: previous, stamp: now, envelope: [1],
            detail: [2]))
    member.journal = lines
    return member
}

func line(_ from: Account, _ to: Account, _ amount: Int64) -> JournalLine {
    JournalLine(pool: pool, from: from, to: to, amount: amount)
}

func key(_ low: UInt64) -> IdempotencyKey { IdempotencyKey(high: UInt64(now.milliseconds) << 16, low: low) }

func receipt(_ low: UInt64, at position: Position) -> StoredReceipt {
    StoredReceipt(
        agency: "jilin-hrss", key: key(low), digest: Digest(bytes: [UInt8](repeating: 5, count: 32)),
        position: position)
}

/// Everything in the tables, as text: equal dumps are equal stores.
func dump(_ path: String) throws -> [String] {
    try DatabaseQueue(path: path).read { database in
        let tables = try String.fetchAll(
            database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return try tables.flatMap { table in
            try Row.fetchAll(database, sql: "SELECT * FROM \(table)").map { "\(table) \($0.description)" }
        }
    }
}

/// Changes a closed store's file from outside.
func alter(_ path: String, _ sql: String) throws {
    try DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
}
