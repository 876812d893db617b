import Foundation
import Kernel
@testable import Store
import StoreWorkload
import Testing

@Suite struct VerificationTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let store = try SQLiteStore.open(options(folder.store))
        var workload = Workload(seed: 3)
        for number in 1...20 {
            let batch = workload.batch(UInt64(number), members: 30)
            try #require(store.commit(batch).outcome.isCommitted)
        }
        try store.close()
    }

    private func verify() throws -> Verification {
        let reader = try StoreReader.openReadOnly(path: folder.store, masterKey: masterKey)
        let verification = try reader.verify()
        try reader.close()
        return verification
    }

    @Test func aSoundStore() throws {
        let verification = try verify()
        #expect(verification.isSound)
        #expect(verification.commits == 20)
        #expect(verification.rows == 600)
        #expect(verification.lastPosition == 600)
        #expect(verification.journalLines > 50)
        #expect(verification.cases >= 40)
    }

    @Test(
        "whatever is altered in the file is found",
        arguments: [
            ("UPDATE history SET envelope = x'00' WHERE position = 100", "The hash of history row 100 is wrong."),
            ("UPDATE history SET sealed = x'00' WHERE position = 100", "The hash of history row 100 is wrong."),
            // As long as before: the length alone must not be what gives it away.
            ("UPDATE history SET envelope = zeroblob(length(envelope)) WHERE position = 100",
             "The hash of history row 100 is wrong."),
            ("UPDATE history SET sealed = zeroblob(length(sealed)) WHERE position = 100",
             "The hash of history row 100 is wrong."),
            ("UPDATE history SET stamp = stamp + 1 WHERE position = 100", "The hash of history row 100 is wrong."),
            ("UPDATE history SET case_id = 7 WHERE position = 100", "The hash of history row 100 is wrong."),
            ("UPDATE history SET hash = zeroblob(32) WHERE position = 100",
             "The hash of the commit that ends at 120 is wrong."),
            ("DELETE FROM history WHERE position = 100", "Rows before 120 are missing."),
            ("UPDATE history SET position = -1 WHERE position = 600", "Rows before 600 are missing."),
            ("DELETE FROM commits WHERE last = 120", "The commit that ends at 150 does not follow the one before."),
            ("UPDATE commits SET hash = zeroblob(32) WHERE last = 120",
             "The hash of the commit that ends at 120 is wrong."),
            ("UPDATE commits SET cases = cases + 1 WHERE last = 120",
             "The commit that ends at 120 miscounts cases."),
            ("UPDATE cases SET states = 'paid' WHERE id = (SELECT MIN(id) FROM cases)",
             "The row of case ID does not open: it was altered or damaged."),
            ("UPDATE cases SET county = '220183' WHERE id = (SELECT MIN(id) FROM cases)",
             "The row of case ID does not open: it was altered or damaged."),
            ("UPDATE cases SET settled = 1 - settled WHERE id = (SELECT MIN(id) FROM cases)",
             "The row of case ID does not open: it was altered or damaged."),
            ("UPDATE cases SET sealed = (SELECT sealed FROM cases ORDER BY id DESC LIMIT 1) "
                + "WHERE id = (SELECT MIN(id) FROM cases)",
             "The row of case ID does not open: it was altered or damaged."),
            ("UPDATE cases SET head_hash = zeroblob(32) WHERE id = (SELECT MIN(id) FROM cases)",
             "Case ID does not know its newest history row."),
            ("INSERT INTO incidents SELECT MIN(id) FROM cases",
             "The incident of case ID is not listed, or a listed one is none."),
            ("UPDATE balances SET amount = amount + 1 WHERE county = '220101' AND account = 2",
             "Account available of rural-revitalization 220101 2026 holds"),
            ("DELETE FROM journal WHERE position = (SELECT MAX(position) FROM journal)",
             "of rural-revitalization"),
            ("INSERT INTO journal VALUES (600, 9, 'f', '220101', 2026, 2, 3, 5)",
             "Account available of f 220101 is -5 at 600."),
        ])
    func altered(sql: String, problem: String) throws {
        try alter(folder.store, sql)
        let verification = try verify()
        let lowest = try #require(try Workload.lowestCase(folder.store))
        let expected = problem.replacingOccurrences(of: "ID", with: "\(lowest)")
        #expect(verification.problems.contains { $0.contains(expected) }, "\(verification.problems)")
    }

    @Test func problemsAreBounded() throws {
        try alter(folder.store, "UPDATE history SET envelope = x'00'")
        #expect(try verify().problems.count == Verification.maximumProblems)
    }
}

extension Workload {
    static func lowestCase(_ path: String) throws -> UInt64? {
        let reader = try StoreReader.openReadOnly(path: path, masterKey: masterKey)
        defer { do { try reader.close() } catch { Issue.record(error) } }
        return try reader.read { database, _ in
            let query = try Query.cached(database, "SELECT MIN(id) FROM cases")
            guard try query.step() else { return nil }
            defer { query.reset() }
            return query.unsigned(0)
        }
    }
}
