import Crypto
import Foundation
import GRDB
import Kernel
@testable import Store
import Testing

@Suite struct CommitTests {
    let folder: TemporaryFolder
    let store: SQLiteStore

    static let claim = [UInt8](repeating: 7, count: 32)
    static let other = [UInt8](repeating: 8, count: 32)

    /// A store with one case at version 2, which holds a claim and a number, and 100 fen of which 30 are reserved.
    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.open(options(folder.store))
        let opened = event(first, version: 1, at: 2, previous: 0)
        opened.claims = [Self.claim]
        opened.receipt = receipt(1, at: 2)
        let moved = event(first, version: 2, at: 3, previous: 2)
        moved.write?.number = "TS-220122-2026-000001"
        moved.journal = [line(.available, .reserved, 30)]
        let outcome = store.commit(storeEvent(at: 1, line(.granted, .available, 100)), opened, moved)
        try #require(outcome.isCommitted)
    }

    struct Precondition: Sendable, CustomTestStringConvertible {
        let name: String
        /// Indices of the members that must be named.
        var conflict = [0]
        let members: @Sendable () -> [Member]

        init(_ name: String, conflict: [Int] = [0], members: @escaping @Sendable () -> [Member]) {
            self.name = name
            self.conflict = conflict
            self.members = members
        }

        init(_ name: String, conflict: [Int] = [0], _ change: @escaping @Sendable (Member) -> Void) {
            self.init(name, conflict: conflict) {
                let member = event(second, version: 1, at: 4, previous: 0)
                change(member)
                return [member]
            }
        }

        var testDescription: String { name }
    }

    static let preconditions: [Precondition] = [
        Precondition("an expected version that is past") { [event(first, version: 2, at: 4, previous: 3)] },
        Precondition("an expected version that is not there yet") { [event(first, version: 4, at: 4, previous: 3)] },
        Precondition("a version that leaves one out") {
            let member = event(first, version: 4, at: 4, previous: 3)
            member.expectedVersion = 2
            return [member]
        },
        Precondition("opening a case that exists") { [event(first, version: 1, at: 4, previous: 0)] },
        Precondition("a case that does not exist") { [event(second, version: 2, at: 4, previous: 3)] },
        Precondition("a history that does not follow the case's newest row") {
            [event(first, version: 3, at: 4, previous: 2)]
        },
        Precondition("a position that is taken") { [event(second, version: 1, at: 3, previous: 0)] },
        Precondition("a position that leaves a gap") { [event(second, version: 1, at: 5, previous: 0)] },
        Precondition("a head that is not the row's position") { $0.write?.head = 3 },
        Precondition("a case row of another case") { $0.write?.id = CaseID(rawValue: 77) },
        Precondition("a case event without a case row") { $0.write = nil },
        Precondition("an event of the store after a row of a case") { [storeEvent(at: 4, previous: 2)] },
        Precondition("an event of the store after itself") { [storeEvent(at: 4, previous: 4)] },
        Precondition("a claim that another case holds") { $0.claims = [claim] },
        Precondition("the same claim twice") { $0.claims = [other, other] },
        Precondition("giving back another case's claim") { $0.releases = [claim] },
        Precondition("giving back a claim nobody holds") { $0.releases = [other] },
        Precondition("a claim that the case holds already") {
            let member = event(first, version: 3, at: 4, previous: 3)
            member.claims = [claim]
            return [member]
        },
        Precondition("a number that another case has") { $0.write?.number = "TS-220122-2026-000001" },
        Precondition("a receipt under a key in use") { $0.receipt = receipt(1, at: 4) },
        Precondition("reserving more than is available") { $0.journal = [line(.available, .reserved, 71)] },
        Precondition("committing more than is reserved") { $0.journal = [line(.reserved, .committed, 31)] },
        Precondition("ordering what is not committed") { $0.journal = [line(.committed, .ordered, 1)] },
        Precondition("paying what is not ordered") { $0.journal = [line(.ordered, .paid, 1)] },
        Precondition("taking back a budget that is reserved") { $0.journal = [line(.available, .granted, 71)] },
        Precondition("a line of nothing") { $0.journal = [line(.available, .reserved, 0)] },
        Precondition("a line of less than nothing") { $0.journal = [line(.available, .reserved, -1)] },
        Precondition("a line from an account to itself") { $0.journal = [line(.available, .available, 1)] },
        Precondition("a sum beyond 64 bits") { $0.journal = [line(.granted, .available, .max)] },
        Precondition("another pool's money") {
            let other = Pool(fund: pool.fund, county: "220183", year: 2026)
            $0.journal = [JournalLine(pool: other, from: .available, to: .reserved, amount: 1)]
        },
        Precondition("only the guilty are named", conflict: [1, 3]) {
            let greedy = event(CaseID(rawValue: 5), version: 1, at: 5, previous: 0)
            greedy.journal = [line(.available, .reserved, 71)]
            let modest = event(CaseID(rawValue: 6), version: 1, at: 6, previous: 0)
            modest.journal = [line(.available, .reserved, 70)]
            let late = event(CaseID(rawValue: 7), version: 1, at: 7, previous: 0)
            late.journal = [line(.available, .reserved, 1)]
            return [event(second, version: 1, at: 4, previous: 0), greedy, modest, late]
        },
        Precondition("what fits beside a guilty event is not done either", conflict: [1]) {
            [event(first, version: 3, at: 4, previous: 3), event(second, version: 2, at: 5, previous: 4)]
        },
        Precondition("two that want the same claim: the second", conflict: [1]) {
            let one = event(second, version: 1, at: 4, previous: 0)
            one.claims = [other]
            let two = event(CaseID(rawValue: 5), version: 1, at: 5, previous: 0)
            two.claims = [other]
            return [one, two]
        },
        Precondition("two under the same key: the second", conflict: [1]) {
            let one = event(second, version: 1, at: 4, previous: 0)
            one.receipt = receipt(2, at: 4)
            let two = event(CaseID(rawValue: 5), version: 1, at: 5, previous: 0)
            two.receipt = receipt(2, at: 5)
            return [one, two]
        },
        Precondition("what follows a guilty event of its case is guilty", conflict: [0, 1]) {
            let greedy = event(first, version: 3, at: 4, previous: 3)
            greedy.journal = [line(.available, .reserved, 71)]
            return [greedy, event(first, version: 4, at: 5, previous: 4)]
        },
    ]

    @Test("a batch of which something does not fit changes nothing", arguments: preconditions, [false, true])
    func conflict(_ precondition: Precondition, isReopened: Bool) throws {
        var store = store
        if isReopened {
            // Nothing of what was written is remembered.
            try store.close()
            store = try SQLiteStore.open(options(folder.store))
        }
        let before = try dump(folder.store)
        let result = store.commit(Batch(number: 42, members: precondition.members()))
        #expect(result.number == 42)
        #expect(result.outcome.conflict == precondition.conflict)
        #expect(try dump(folder.store) == before)
        #expect(store.commit(event(first, version: 3, at: 4, previous: 3)).isCommitted, "the next one goes through")
        #expect(try store.reader.verify().problems == [])
    }

    @Test("a case whose row somebody took out of the file is not written on")
    func missingRow() throws {
        let other = try DatabaseQueue(path: folder.store)
        try other.write { try $0.execute(sql: "DELETE FROM cases") }
        try other.close()
        let outcome = store.commit(event(first, version: 3, at: 4, previous: 3))
        #expect(outcome.isUnknown, "the store is opened anew, and the row is missed there")
        #expect(try store.recover().lastPosition == 3)
        #expect(try store.load(first) == nil)
    }

    @Test func onlyBoundsOfTheWholeEntryCount() throws {
        let member = event(first, version: 3, at: 4, previous: 3)
        member.journal = [line(.committed, .ordered, 30), line(.reserved, .committed, 30)]
        #expect(store.commit(member).isCommitted)
        let sums = try store.reader.balances().map { "\($0.account) \($0.amount)" }
        #expect(sums == ["granted -100", "available 70", "reserved 0", "committed 0", "ordered 30"])
    }

    @Test func aBatchCanTakeACaseThroughSeveralEvents() throws {
        let numbered = event(second, version: 2, at: 5, previous: 4)
        numbered.write?.number = "TS-220122-2026-000002"
        numbered.claims = [Self.other]
        let ended = event(second, version: 3, at: 6, previous: 5)
        ended.write?.number = "TS-220122-2026-000003"
        ended.write?.settled = true
        ended.releases = [Self.other]
        #expect(store.commit(event(second, version: 1, at: 4, previous: 0), numbered, ended).isCommitted)
        #expect(try store.load(second)?.version == 3)
        #expect(try store.holder(of: Self.other) == nil)
        #expect(try store.reader.find(number: "TS-220122-2026-000002") == nil)
        #expect(try store.reader.find(number: "TS-220122-2026-000003") == second)
        #expect(try store.reader.statistics().cases == 2)
        #expect(try store.reader.statistics().settled == 1)
        #expect(try store.reader.verify().problems == [])
    }

    @Test func aClaimChangesHandsWithinABatch() throws {
        let giving = event(first, version: 3, at: 4, previous: 3)
        giving.releases = [Self.claim]
        let taking = event(second, version: 1, at: 5, previous: 0)
        taking.claims = [Self.claim]
        #expect(store.commit(giving, taking).isCommitted)
        #expect(try store.holder(of: Self.claim) == second)
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let member = event(second, version: 1, at: 4, previous: 0)
        var write = row(second, version: 1, head: 4)
        write.incident = "handler failed"
        write.attributes = []
        write.body = []
        member.write = write
        let committed = store.commit(Batch(number: 1, members: [member]))
        #expect(committed.outcome.isCommitted)
        var loaded = try #require(try store.load(second))
        #expect(committed.hashes == [loaded.headHash])
        #expect(loaded.headHash.count == 32)
        #expect(loaded.headHash == (try store.history(at: 4))?.hash)
        loaded.headHash = []
        #expect(loaded == write)
        var history = try #require(try store.history(at: 4))
        history.hash = []
        #expect(history == member.history)
        #expect(try store.load(CaseID(rawValue: 99)) == nil)
        #expect(try store.history(at: 99) == nil)
        #expect(try store.history(at: 1)?.detail == [2], "an event of the store")
    }

    @Test func receiptsAndClaimsAreFound() throws {
        #expect(try store.receipt(agency: "jilin-hrss", key: key(1)) == receipt(1, at: 2))
        #expect(try store.receipt(agency: "county-finance", key: key(1)) == nil)
        #expect(try store.receipt(agency: "jilin-hrss", key: key(2)) == nil)
        #expect(try store.holder(of: Self.claim) == first)
        #expect(try store.holder(of: Self.other) == nil)
    }

    @Test func timersComeInOrderAndTasksApart() throws {
        func entry(_ queue: String, _ due: Int64, _ id: CaseID = first) -> DueEntry {
            DueEntry(queue: queue, due: Instant(milliseconds: due), caseID: id)
        }
        var member = event(first, version: 3, at: 4, previous: 3)
        member.dueAdded = [
            entry("", 30), entry("", 10), entry("", 20, second), entry("", 20), entry("hrss.checker", 5), entry("", 10),
            entry("hrss.approver", .max),
        ]
        #expect(store.commit(member).isCommitted)
        #expect(try store.nextTimer()?.milliseconds == 10)
        let until = Instant(milliseconds: 20)
        #expect(try store.timers(until: until, limit: 9) == [entry("", 10), entry("", 20), entry("", 20, second)])
        #expect(try store.timers(until: until, limit: 1) == [entry("", 10)])
        member = event(first, version: 4, at: 5, previous: 4)
        member.dueRemoved = [entry("", 10), entry("", 20), entry("", 20, second), entry("", 30), entry("", 40)]
        #expect(store.commit(member).isCommitted)
        #expect(try store.nextTimer() == nil)
    }

    @Test func recoveryKnowsWhatTheKernelKeepsInMemory() throws {
        let waiters = [
            Waiter(pool: pool, since: now, caseID: second, amount: 5),
            Waiter(pool: pool, since: now.advanced(milliseconds: -1), caseID: first, amount: 6),
        ]
        var member = event(first, version: 3, at: 4, previous: 3)
        member.history.stamp = now.advanced(milliseconds: 5)
        member.waiterAdded = waiters
        member.counter = ("TS-220122-2026", 17)
        #expect(store.commit(member).isCommitted)
        let definition = StoredDefinition(digest: Digest(bytes: SHA256.hash([1])), json: [1])
        try store.keep(definition)
        try store.keep(definition)
        try store.close()
        let reopened = try SQLiteStore.open(options(folder.store))
        let recovery = try reopened.recover()
        #expect(recovery.lastPosition == 4)
        #expect(recovery.lastStamp == now.advanced(milliseconds: 5))
        #expect(recovery.waiters == waiters.reversed(), "first come first")
        #expect(recovery.counters == ["TS-220122-2026": 17])
        #expect(try dump(folder.store).count { $0.hasPrefix("definitions ") } == 1)
        #expect(recovery.balances.map(\.amount) == [-100, 70, 30])
        member = event(first, version: 4, at: 5, previous: 4)
        member.waiterRemoved = waiters
        #expect(reopened.commit(member).isCommitted)
        #expect(try reopened.recover().waiters.isEmpty)
        try reopened.close()
    }

    @Test func anEmptyBatchIsCommitted() throws {
        let before = try dump(folder.store)
        #expect(store.commit(Batch(number: 1, members: [])).outcome.isCommitted)
        #expect(try dump(folder.store) == before)
    }

    /// Bodies, records and details must not lie open, neither in the file nor in its log.
    @Test func personalDataLiesSealed() throws {
        let secrets = ["张三", "李四", "body 2", "detail 3"]
        func findings() -> [String] {
            ["", "-wal"].flatMap { suffix in
                let file = FileManager.default.contents(atPath: folder.store + suffix) ?? Data()
                return secrets.filter { file.range(of: Data($0.utf8)) != nil }
            }
        }
        #expect(findings() == [])
        try store.close()
        #expect(findings() == [])
        let open = try #require(FileManager.default.contents(atPath: folder.store))
        #expect(open.range(of: Data("TS-220122-2026-000001".utf8)) != nil, "the search finds what lies open")
    }

    @Test func countersCount() throws {
        let before = store.counters
        #expect(store.commit(event(first, version: 3, at: 4, previous: 3)).isCommitted)
        #expect(store.commit(event(first, version: 3, at: 5, previous: 3)).conflict == [0])
        let after = store.counters
        #expect(after.batches == before.batches + 1)
        #expect(after.members == before.members + 1)
        #expect(after.conflicts == before.conflicts + 1)
        #expect(after.syncs > before.syncs)
        #expect(after.bytesWritten > before.bytesWritten)
    }
}
