import CaseworkPluginTestKit
@testable import Kernel
import Testing

/// What the kernel checks of itself before each commit; the members here are made by hand, with the wrong thing in.
@Suite("Promises")
struct PromiseTests {
    private static let id = CaseID(rawValue: 1 << 40)
    private static let pool = Pool(fund: "fund", county: "220122", year: 2026)

    /// Granted 1000 fen, of which 300 are reserved.
    private static func ledger() -> Ledger {
        var recovery = Recovery()
        recovery.balances = [(pool, .granted, -1000), (pool, .available, 700), (pool, .reserved, 300)]
        return Ledger(recovery)
    }

    private static func row(_ id: CaseID, version: UInt64, head: Position) -> StoredCase {
        StoredCase(
            id: id, type: "t", number: "", county: "220122", version: version, openedAt: .init(milliseconds: 0),
            changedAt: .init(milliseconds: 0), head: head, headHash: [], states: "a", settled: false, incident: "",
            attributes: [], body: [], record: [])
    }

    /// Event 8 of a case at version 3, and all is well.
    private static func member(_ id: CaseID = id, at position: Position = 8) -> Member {
        let member = Member(
            history: HistoryRow(
                position: position, caseID: id, previous: 0, stamp: .init(milliseconds: 0), envelope: [], detail: []))
        member.write = row(id, version: 4, head: position)
        member.expectedVersion = 3
        return member
    }

    private static func line(_ from: Account, _ to: Account, _ amount: Int64) -> JournalLine {
        JournalLine(pool: pool, from: from, to: to, amount: amount)
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var isOwned = true
        /// Nil when the promise is kept.
        let says: String?
        let change: @Sendable (Member) -> Void
    }

    static let members = [
        Wrong(testDescription: "nothing", says: nil) { _ in },
        Wrong(testDescription: "all of the money", says: nil) { $0.journal = [line(.available, .reserved, 700)] },
        Wrong(testDescription: "a gap", says: "its position leaves a gap") { $0.history.position = 9 },
        Wrong(testDescription: "a head elsewhere", says: "its row or receipt points elsewhere") { $0.write?.head = 7 },
        Wrong(testDescription: "another's row", says: "its row is another case's") {
            $0.write = row(CaseID(rawValue: 5), version: 4, head: 8)
        },
        Wrong(testDescription: "a version skipped", says: "version 5 does not follow 3") { $0.write?.version = 5 },
        Wrong(testDescription: "a version expected that is not", says: "version 4 does not follow 3") {
            $0.expectedVersion = 2
        },
        Wrong(testDescription: "an orphan", isOwned: false, says: "nobody would own the case") { _ in },
        Wrong(testDescription: "a fen too many", says: "available of fund 220122 2026 would be overdrawn") {
            $0.journal = [line(.available, .reserved, 701)]
        },
        Wrong(testDescription: "what was not reserved", says: "reserved of fund 220122 2026 would be overdrawn") {
            $0.journal = [line(.reserved, .committed, 301)]
        },
        Wrong(testDescription: "taken twice", says: "available of fund 220122 2026 would be overdrawn") {
            $0.journal = [line(.available, .reserved, 400), line(.available, .reserved, 400)]
        },
        Wrong(testDescription: "nothing moved", says: "a journal line moves nothing") {
            $0.journal = [line(.available, .reserved, 0)]
        },
        Wrong(testDescription: "money backwards", says: "a journal line moves nothing") {
            $0.journal = [line(.available, .reserved, -5)]
        },
        Wrong(testDescription: "from itself to itself", says: "a journal line moves nothing") {
            $0.journal = [line(.available, .available, 5)]
        },
    ]

    @Test("one wrong thing in a commit is named; what is right passes", arguments: members)
    func broken(_ wrong: Wrong) {
        let member = Self.member()
        wrong.change(member)
        var promises = Promises(after: 7, Self.ledger())
        let breach = promises.broken(by: member, version: 3, isOwned: wrong.isOwned)
        #expect(breach?.what == wrong.says.map { "event 8 of case \(Self.id): \($0)" })
    }

    @Test("two members are looked at together: money taken by the first is gone, and a case comes once")
    func together() {
        let other = CaseID(rawValue: 2 << 40)
        var promises = Promises(after: 7, Self.ledger())
        let (first, second) = (Self.member(), Self.member(other, at: 9))
        first.journal = [Self.line(.available, .reserved, 600)]
        second.journal = [Self.line(.available, .reserved, 200)]
        #expect(promises.broken(by: first, version: 3, isOwned: true) == nil)
        let overdrawn = promises.broken(by: second, version: 3, isOwned: true)
        #expect(overdrawn?.what.hasSuffix("available of fund 220122 2026 would be overdrawn") == true)

        promises = Promises(after: 7, Self.ledger())
        #expect(promises.broken(by: Self.member(), version: 3, isOwned: true) == nil)
        let twice = promises.broken(by: Self.member(at: 9), version: 3, isOwned: true)
        #expect(twice?.what.hasSuffix("the case has two events in one commit") == true)
    }

    @Test("an accepted event is durable or undone before the next is decided")
    func phases() {
        for next in [LiveCase.Phase.idle, .deciding, .accepted] {
            #expect(LiveCase.Phase.idle.mayBecome(next) && LiveCase.Phase.deciding.mayBecome(next))
            #expect(LiveCase.Phase.accepted.mayBecome(next) == (next == .idle))
        }
    }

    @Test("accounts that do not add up stop the kernel before it takes anything in")
    func imbalance() throws {
        let world = try World()
        #expect(failure(try world.budget(1000)) == nil)
        world.store.forgeBalance(.available, of: World.pool, by: 1)
        try world.reboot()
        let breach = try #require(world.kernel.breach)
        #expect(breach.what == "the accounts of \(testFund) 220122 2026 do not add up")
        let more = Command.Kind.setBudget(pool: World.pool, amount: 2000, document: "2号")
        let answer = world.send(world.command(more, by: People.chenJie))
        world.run()
        #expect(answer.value.isEmpty && world.store.history.count == 1, "nothing is written any more")
    }
}
