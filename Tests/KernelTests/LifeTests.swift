import CaseworkPluginTestKit
import Kernel
import Testing

@Suite("The life of a case")
struct LifeTests {
    @Test("from application to payment, every fen accounted for")
    func wholeLife() throws {
        let world = try World()
        _ = try world.budget(100_000).get()
        let id = try world.open("zhang-san")
        #expect(world.states(id) == "open/villageCheck")
        #expect(world.store.cases[id]?.number == "TS-220122-2026-000001")
        try world.reachFunds(id)
        #expect(world.states(id) == "open/approval")
        #expect(world.store.balance(.reserved, World.pool) == 80_000)
        _ = try world.event("approval.granted", id, by: People.wangFang).get()
        #expect(world.store.balance(.committed, World.pool) == 80_000)
        _ = try world.event("payment.ordered", id, by: People.chenJie).get()
        _ = try world.event("payment.returned", id, by: People.liuYang).get()
        _ = try world.event("account.corrected", id, by: People.liNa).get()
        let paid = try world.event("payment.settled", id, by: People.liuYang).get()
        #expect(paid.states == ["paid"])
        #expect(paid.version == 10)
        #expect(world.store.balance(.paid, World.pool) == 80_000)
        #expect(world.store.balance(.available, World.pool) == 20_000)
        #expect(world.store.balance(.granted, World.pool) == -100_000)
        #expect(try world.body(id).holds.isEmpty)
        #expect(world.store.cases[id]?.settled == true)
        #expect(world.store.due.isEmpty)
        #expect(world.store.complaints.isEmpty)
        let attributes = try Attributes(decoding: #require(world.store.cases[id]).attributes)
        #expect(attributes["amount_fen"] == .integer(80_000))
        guard case .hash(let hash) = attributes["person"] else {
            Issue.record("a personal attribute lies open")
            return
        }
        #expect(hash.count == 32)
    }

    @Test("every row says who, what and when, and leads to the row before")
    func history() throws {
        let world = try World()
        let id = try world.open("zhang-san")
        _ = try world.event("village.verified", id, by: People.wangFang).get()
        try world.advance(to: "2026-03-10")
        let rows = world.store.history
        let envelopes = try rows.map { try Envelope(decoding: $0.envelope) }
        #expect(envelopes.map(\.event) == ["case.open", "village.verified", "publicity"])
        #expect(envelopes.map(\.kind) == [.opened, .external, .timer])
        #expect(envelopes.map(\.officer) == ["li-na", "wang-fang", ""])
        #expect(envelopes.map(\.version) == [1, 2, 3])
        #expect(envelopes.map { $0.key == nil } == [false, false, true])
        #expect(rows.map(\.previous) == [0, 1, 2])
        #expect(envelopes.allSatisfy { $0.definition == digest(8) && $0.plugin == digest(7) && $0.policy == digest(3) })
        let details = try rows.map { try Detail(decoding: $0.detail) }
        #expect(details[0].payload == Subsidy.application("zhang-san"))
        #expect(try details.map { try $0.recordAfter != nil } == [true, false, false])
        let facts = try details.map { try FactsView($0.facts) }
        #expect(facts.map { $0.caller?.officer } == ["li-na", "wang-fang", nil])
        #expect(facts.map(\.today) == rows.map { Int64(LocalDate($0.stamp).days) })
        #expect(facts.map(\.number) == ["", "TS-220122-2026-000001", "TS-220122-2026-000001"])
        #expect(facts.allSatisfy { $0.seed.count == 16 && $0.county == World.county })
        #expect(details.allSatisfy { $0.snapshotMark.count == 32 })
    }

    struct Hand: Sendable, CustomStringConvertible {
        var name: String
        /// Who opened the case, and who verifies it.
        var first: Principal
        var second: Principal
        var isAllowed: Bool

        var description: String { name }
    }

    private static func officer(_ agency: String, _ name: String) -> Principal {
        Principal(agency: agency, officer: name, roles: ["agent", "village"])
    }

    @Test(
        "four eyes are two proven persons",
        arguments: [
            Hand(name: "two officers", first: officer("a", "x"), second: officer("a", "y"), isAllowed: true),
            Hand(name: "one officer", first: officer("a", "x"), second: officer("a", "x"), isAllowed: false),
            Hand(
                name: "namesakes of two agencies", first: officer("a", "x"), second: officer("b", "x"),
                isAllowed: true),
            Hand(name: "unproven second", first: officer("a", "x"), second: officer("a", ""), isAllowed: false),
            Hand(
                name: "unproven second elsewhere", first: officer("a", "x"), second: officer("b", ""),
                isAllowed: false),
            Hand(name: "unproven first", first: officer("a", ""), second: officer("a", "x"), isAllowed: false),
            Hand(name: "unproven first elsewhere", first: officer("b", ""), second: officer("a", "x"), isAllowed: true),
        ])
    func fourEyes(hand: Hand) throws {
        let world = try World()
        let payload = Subsidy.application("zhang-san")
        let kind = Command.Kind.open(type: "transport-subsidy", county: World.county, payload: payload)
        let id = try world.settle(kind, by: hand.first).get().caseID
        let outcome = try world.event("village.verified", id, by: hand.second)
        #expect(failure(outcome) == (hand.isAllowed ? nil : .fourEyes))
    }
}
