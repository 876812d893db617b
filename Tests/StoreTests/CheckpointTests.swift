import Foundation
import GRDB
import Kernel
@testable import Store
import StoreWorkload
import Testing

@Suite struct CheckpointTests {
    let folder: TemporaryFolder
    let store: SQLiteStore

    static let bound = 100

    init() throws {
        folder = try TemporaryFolder()
        var bounded = options(folder.store)
        bounded.tuning.restartPages = Self.bound
        store = try SQLiteStore.open(bounded)
    }

    /// Pages in the log after each of `batches` commits.
    private func lengths(_ workload: inout Workload, batches: Int) throws -> [Int] {
        try (1...batches).map { number in
            try #require(store.commit(workload.batch(UInt64(number), members: 20)).outcome.isCommitted)
            return try store.logLength
        }
    }

    @Test func theLogBeginsAnewAboveItsBound() throws {
        var workload = Workload(seed: 8)
        let lengths = try lengths(&workload, batches: 60)
        #expect(lengths.max() ?? 0 > Self.bound, "it passes the bound by one commit")
        #expect(lengths.max() ?? 0 < 3 * Self.bound)
        #expect(zip(lengths, lengths.dropFirst()).filter { $0 > $1 }.count > 3, "it began anew")
        #expect(try store.reader.verify().problems == [])
        try store.close()
        let log = try FileManager.default.attributesOfItem(atPath: folder.store + "-wal")
        #expect(log[.size] as? Int == 0, "a clean end leaves nothing in it")
    }

    @Test func aReaderThatStaysHoldsUpNobody() throws {
        var workload = Workload(seed: 9)
        _ = try lengths(&workload, batches: 2)
        let pool = try DatabasePool(path: folder.store, configuration: Location(path: folder.store)
            .readerConfiguration(label: "stays"))
        let snapshot = try pool.makeSnapshot()
        func rows() throws -> Int? { try snapshot.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM history") } }
        #expect(try rows() == 40)
        let held = try lengths(&workload, batches: 60)
        #expect(held == held.sorted(), "the log only grows")
        #expect(held.last ?? 0 > 5 * Self.bound)
        #expect(try rows() == 40, "it sees what it saw")
        try snapshot.close()
        let released = try lengths(&workload, batches: 60)
        #expect(released.min() ?? .max < Self.bound, "then it begins anew")
        try pool.close()
        try store.close()
    }
}
