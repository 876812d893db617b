import Foundation
import Kernel
@testable import Store
import StoreWorkload
import Testing

@Suite struct ReaderTests {
    let folder: TemporaryFolder
    let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.open(options(folder.store))
    }

    /// Thirty cases of different kinds, by their index.
    private func fill() throws {
        let members = (0..<30).map { index in
            let position = Position(index + 1)
            let member = event(CaseID(rawValue: UInt64(100 + index)), version: 1, at: position, previous: 0)
            member.write?.type = index.isMultiple(of: 2) ? "transport-subsidy" : "incubation-award"
            member.write?.county = index < 10 ? "220122" : "220183"
            member.write?.states = index.isMultiple(of: 3) ? "open/a/x open/b" : "draft"
            member.write?.settled = index >= 25
            member.write?.incident = index == 7 ? "handler failed" : ""
            let queue = index.isMultiple(of: 5) ? "hrss.checker" : ""
            member.dueAdded = [DueEntry(queue: queue, due: now, caseID: CaseID(rawValue: UInt64(100 + index)))]
            return member
        }
        try #require(store.commit(Batch(number: 1, members: members)).outcome.isCommitted)
    }

    private func filter(_ change: (inout CaseFilter) -> Void) -> CaseFilter {
        var filter = CaseFilter()
        change(&filter)
        return filter
    }

    @Test func listsShowWhatTheFilterSays() throws {
        try fill()
        let expected: [(CaseFilter, (Int) -> Bool)] = [
            (CaseFilter(), { _ in true }),
            (filter { $0.type = "incubation-award" }, { !$0.isMultiple(of: 2) }),
            (filter { $0.countyPrefixes = ["220122"] }, { $0 < 10 }),
            (filter { $0.countyPrefixes = ["2201", "99"] }, { _ in true }),
            (filter { $0.countyPrefixes = ["21"] }, { _ in false }),
            (filter { $0.statePrefix = "open/a" }, { $0.isMultiple(of: 3) }),
            (filter { $0.statePrefix = "open/b" }, { $0.isMultiple(of: 3) }),
            (filter { $0.statePrefix = "a" }, { _ in false }),
            (filter { $0.role = "hrss.checker" }, { $0.isMultiple(of: 5) }),
            (filter { $0.onlyOpen = true }, { $0 < 25 }),
            (filter { $0.onlyIncidents = true }, { $0 == 7 }),
            (filter { $0.onlyOpen = true; $0.role = "hrss.checker"; $0.type = "transport-subsidy" },
             { $0 < 25 && $0.isMultiple(of: 10) }),
        ]
        for (filter, isShown) in expected {
            let ids = (0..<30).filter(isShown).map { UInt64(100 + $0) }
            #expect(try store.reader.list(filter, after: nil, limit: 100).map(\.id.rawValue) == ids, "\(filter)")
        }
    }

    @Test("pages join to the whole list", arguments: [1, 4, 7, 29, 30, 31])
    func pages(limit: Int) throws {
        try fill()
        var ids: [UInt64] = []
        while true {
            let page = try store.reader.list(CaseFilter(), after: ids.last.map(CaseID.init(rawValue:)), limit: limit)
            if page.isEmpty { break }
            #expect(page.count <= limit)
            #expect(page.allSatisfy { $0.record.isEmpty && !$0.body.isEmpty })
            ids += page.map(\.id.rawValue)
        }
        #expect(ids == (0..<30).map { UInt64(100 + $0) })
    }

    @Test func aListGoesOnThroughManySnapshots() throws {
        let count = StoreReader.rowsPerSnapshot + 300
        for start in stride(from: 0, to: count, by: 500) {
            let members = (start..<min(start + 500, count)).map {
                let member = event(CaseID(rawValue: UInt64(1 + $0)), version: 1, at: Position($0 + 1), previous: 0)
                member.write?.county = $0 == count - 1 ? "220183" : "220122"
                return member
            }
            try #require(store.commit(Batch(number: 1, members: members)).outcome.isCommitted)
        }
        let rare = filter { $0.countyPrefixes = ["220183"] }
        #expect(try store.reader.list(rare, after: nil, limit: 10).map(\.id.rawValue) == [UInt64(count)])
    }

    @Test func aPageIsCutByBytes() throws {
        let big = [UInt8](repeating: 0, count: 60_000)
        let members = (1...40).map { index in
            let member = event(first, version: UInt64(index), at: Position(index), previous: Position(index - 1))
            member.history.detail = big
            return member
        }
        let others = (1...40).map { index in
            let member = event(
                CaseID(rawValue: UInt64(index)), version: 1, at: Position(40 + index), previous: 0)
            member.write?.body = big
            return member
        }
        try #require(store.commit(Batch(number: 1, members: members + others)).outcome.isCommitted)
        let rows = try store.reader.history(of: first, before: nil, limit: 1000)
        #expect(rows.count == 18, "18 rows of 60 kB are the first to pass 1 MiB")
        let rest = try store.reader.history(of: first, before: rows.last?.position, limit: 1000)
        #expect(rest.first?.position == 22)
        #expect(try store.reader.list(CaseFilter(), after: nil, limit: 1000).count == 18)
    }

    @Test func historyIsNewestFirstAndOfOneCase() throws {
        let events = [
            event(first, version: 1, at: 1, previous: 0), event(second, version: 1, at: 2, previous: 0),
            event(first, version: 2, at: 3, previous: 1), event(first, version: 3, at: 4, previous: 3),
        ]
        try #require(store.commit(Batch(number: 1, members: events)).outcome.isCommitted)
        let reader = store.reader
        #expect(try reader.history(of: first, before: nil, limit: 9).map(\.position) == [4, 3, 1])
        #expect(try reader.history(of: first, before: nil, limit: 2).map(\.position) == [4, 3])
        #expect(try reader.history(of: first, before: 3, limit: 9).map(\.position) == [1])
        #expect(try reader.history(of: first, before: 1, limit: 9).isEmpty)
        #expect(try reader.history(of: first, before: 2, limit: 9).isEmpty, "a cursor of another case")
        #expect(try reader.history(of: first, before: 99, limit: 9).isEmpty)
        #expect(try reader.history(of: CaseID(rawValue: 5), before: nil, limit: 9).isEmpty)
        #expect(try reader.history(of: first, before: nil, limit: 1).first?.detail == events[3].history.detail)
    }

    @Test("what a command has brought about is found by its key, a case's event and one of the store's own")
    func eventUnderItsKey() throws {
        let budget = storeEvent(at: 1, line(.granted, .available, 100))
        budget.receipt = receipt(1, at: 1)
        let opened = event(first, version: 1, at: 2, previous: 0)
        opened.receipt = receipt(2, at: 2)
        try #require(store.commit(budget, opened).isCommitted)
        for position in [1, 2] as [Position] {
            let row = try #require(try store.reader.event(under: key(position), of: "jilin-hrss"))
            #expect(row.position == position && row.caseID == (position == 1 ? CaseID(rawValue: 0) : first))
            #expect(try row.hash == store.history(at: position)?.hash && row.detail.isEmpty)
        }
        #expect(try store.reader.event(under: key(3), of: "jilin-hrss") == nil)
        #expect(try store.reader.event(under: key(1), of: "siping-hrss") == nil)
        try store.close()
        try alter(folder.store, "DELETE FROM history WHERE position = 2")
        let reopened = try SQLiteStore.open(options(folder.store))
        let fault = #expect(throws: StoreError.self) { try reopened.reader.event(under: key(2), of: "jilin-hrss") }
        #expect(fault?.code == .corrupt)
    }

    @Test func sums() throws {
        let other = Pool(fund: "incubation", county: "220183", year: 2027)
        let budget = JournalLine(pool: other, from: .granted, to: .available, amount: 7)
        let waiting = event(first, version: 1, at: 2, previous: 0)
        waiting.waiterAdded = [
            Waiter(pool: pool, since: now, caseID: first, amount: 5),
            Waiter(pool: pool, since: now, caseID: second, amount: 6),
        ]
        try #require(store.commit(storeEvent(at: 1, line(.granted, .available, 9), budget), waiting).isCommitted)
        let reader = store.reader
        #expect(try reader.waiting() == [pool: 2])
        #expect(try reader.waiting(county: "220122", year: 2026) == [pool: 2])
        #expect(try reader.waiting(fund: "incubation").isEmpty)
        #expect(try reader.balances().count == 4)
        #expect(try reader.balances(fund: "incubation").map(\.amount) == [-7, 7])
        #expect(try reader.balances(county: "220122").map(\.amount) == [-9, 9])
        #expect(try reader.balances(fund: "incubation", year: 2026).isEmpty)
        let statistics = try reader.statistics()
        #expect(statistics.lastPosition == 2)
        #expect(statistics.lastStamp == now)
        #expect((statistics.cases, statistics.settled, statistics.incidents) == (1, 0, 0))
        #expect(statistics.head == (try reader.verify()).head)
    }

    @Test func aFileIsReadBesideItsServerAndWithoutOne() throws {
        try fill()
        let beside = try StoreReader.openReadOnly(path: folder.store, masterKey: masterKey)
        #expect(beside.isDevelopment)
        #expect(try beside.list(CaseFilter(), after: nil, limit: 100).count == 30)
        #expect(store.commit(event(CaseID(rawValue: 100), version: 2, at: 31, previous: 1)).isCommitted)
        #expect(try beside.get(CaseID(rawValue: 100))?.version == 2, "it sees what was committed since")
        try beside.close()
        try store.close()
        let alone = try StoreReader.openReadOnly(path: folder.store, masterKey: masterKey)
        #expect(try alone.get(CaseID(rawValue: 100))?.record == Array("record 2 张三".utf8))
        #expect(try alone.verify().problems == [])
        try alone.close()
        try SQLiteStore.open(options(folder.store)).close()
    }

    @Test func aFileThatCannotBeReadIsTold() throws {
        func code(_ path: String, _ key: [UInt8] = masterKey) -> StoreError.Code? {
            #expect(throws: StoreError.self) { try StoreReader.openReadOnly(path: path, masterKey: key) }?.code
        }
        try store.close()
        #expect(code(folder.path + "/none") == .inaccessible)
        #expect(code(folder.store, [UInt8](repeating: 2, count: 32)) == .wrongKey)
        #expect(code(folder.store, [1]) == .wrongKey)
        try alter(folder.path + "/other", "CREATE TABLE people (name TEXT)")
        #expect(code(folder.path + "/other") == .foreign)
        try alter(folder.store, "INSERT INTO grdb_migrations VALUES ('9 later')")
        #expect(code(folder.store) == .newer)
    }

    @Test func readersReadWhileTheStoreWrites() async throws {
        var workload = Workload(seed: 1)
        try #require(store.commit(workload.batch(1, members: 50)).outcome.isCommitted)
        let (reader, store) = (store.reader, store)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask { () async throws in
                    for _ in 0..<6 {
                        #expect(try reader.list(CaseFilter(), after: nil, limit: 1000).count >= 40)
                        #expect(try reader.verify().problems == [])
                    }
                }
            }
            for number in 2...60 {
                #expect(store.commit(workload.batch(UInt64(number), members: 20)).outcome.isCommitted)
            }
            try await group.waitForAll()
        }
    }
}
