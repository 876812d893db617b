import Crypto
import Foundation
import GRDB
import Kernel
@testable import Store
import Testing

/// The kernel must tell what is damaged from a store that is down: the one is one row's, the other everybody's.
@Suite struct DamageTests {
    struct Damage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sql: String
        let read: @Sendable (SQLiteStore) throws(StoreFault) -> Void

        init(_ name: String, _ sql: String, _ read: @escaping @Sendable (SQLiteStore) throws(StoreFault) -> Void) {
            (testDescription, self.sql, self.read) = (name, sql, read)
        }
    }

    static let claim = [UInt8](repeating: 7, count: 32)
    static let second = CaseID(rawValue: first.rawValue + 1)

    static let damages = [
        Damage("a case's seal", "UPDATE cases SET sealed = zeroblob(60) WHERE id = \(first.rawValue)") {
            (store) throws(StoreFault) in _ = try store.load(first)
        },
        Damage("a case's key", "UPDATE cases SET wrapped_key = x'00' WHERE id = \(first.rawValue)") {
            (store) throws(StoreFault) in _ = try store.load(first)
        },
        Damage("a column", "UPDATE cases SET states = 'paid' WHERE id = \(first.rawValue)") {
            (store) throws(StoreFault) in _ = try store.load(first)
        },
        Damage("a history row", "UPDATE history SET sealed = x'00' WHERE position = 1") {
            (store) throws(StoreFault) in _ = try store.history(at: 1)
        },
        Damage("a history row's case", "DELETE FROM cases WHERE id = \(first.rawValue)") {
            (store) throws(StoreFault) in _ = try store.history(at: 1)
        },
        Damage("a receipt", "UPDATE receipts SET digest = x'00'") {
            (store) throws(StoreFault) in _ = try store.receipt(agency: "jilin-hrss", key: key(1))
        },
    ]

    @Test("a damaged row is left out of a list and named; the others are listed, page by page", arguments: [1, 2, 10])
    func lists(limit: Int) throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(options(folder.store))
        let ids = (0..<5).map { CaseID(rawValue: first.rawValue + UInt64($0)) }
        let members = ids.enumerated().map { event($1, version: 1, at: Position($0 + 1), previous: 0) }
        try #require(store.commit(Batch(number: 1, members: members)).outcome.isCommitted)
        try store.close()
        let bad = "\(ids[1].rawValue), \(ids[4].rawValue)"
        try alter(folder.store, "UPDATE cases SET sealed = zeroblob(60) WHERE id IN (\(bad))")
        let reopened = try SQLiteStore.open(options(folder.store))
        var (seen, damaged): ([CaseID], [CaseID]) = ([], [])
        while true {
            let page = try reopened.reader.list(CaseFilter(), after: seen.last, limit: limit) { id, _ in
                damaged.append(id)
            }
            if page.isEmpty { break }
            seen += page.map(\.id)
        }
        #expect(seen == [ids[0], ids[2], ids[3]])
        #expect(Set(damaged) == [ids[1], ids[4]])
        try reopened.close()
    }

    @Test("what is damaged says so, and the row beside it is read", arguments: damages)
    func hidesItselfAlone(_ damage: Damage) throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(options(folder.store))
        let opened = event(first, version: 1, at: 1, previous: 0)
        opened.claims = [Self.claim]
        opened.receipt = receipt(1, at: 1)
        try #require(store.commit(opened, event(Self.second, version: 1, at: 2, previous: 0)).isCommitted)
        try damage.read(store)
        try store.close()
        try alter(folder.store, damage.sql)
        let reopened = try SQLiteStore.open(options(folder.store))
        let fault = #expect(throws: StoreFault.self) { try damage.read(reopened) }
        guard case .damaged(let why) = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        #expect(!why.isEmpty && !why.contains("张三"))
        #expect(try reopened.load(Self.second)?.version == 1)
        #expect(try reopened.history(at: 2)?.position == 2)
        #expect(try reopened.holder(of: Self.claim) == first)
        try reopened.close()
        // A store that is closed is down: nothing is known of any row.
        let down = #expect(throws: StoreFault.self) { try damage.read(reopened) }
        guard case .down = down else {
            Issue.record("\(String(describing: down))")
            return
        }
    }
}
