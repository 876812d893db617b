import CaseworkPluginTestKit
import Kernel
import Testing

@Suite("Money and unique keys")
struct FundTests {
    /// Opens cases and brings them all to the end of the joint check, in the order given.
    private func reach(
        _ world: World, _ ids: [CaseID], answering order: [Int]? = nil, on day: String = "2026-03-10"
    ) throws {
        for id in ids { _ = try world.event("village.verified", id, by: People.wangFang).get() }
        try world.advance(to: day)
        for index in order ?? Array(ids.indices) {
            _ = try world.event("employment.confirmed", ids[index], by: People.liNa).get()
            _ = try world.event("registry.answered", ids[index], by: People.zhaoLei).get()
        }
    }

    private func grants(_ world: World) throws -> [CaseID] {
        try world.store.history.filter { try Envelope(decoding: $0.envelope).event == "fund.granted" }.map(\.caseID)
    }

    @Test("those after the end of the money wait, and go on in the order of acceptance when more arrives")
    func waiters() throws {
        let world = try World()
        _ = try world.budget(160_000).get()
        let ids = try (0..<6).map { try world.open("person \($0)") }
        // They reach the queue in another order than they were opened.
        try reach(world, ids, answering: [0, 1, 5, 3, 4, 2])
        #expect(ids[..<2].allSatisfy { world.states($0) == "open/approval" })
        #expect(ids[2...].allSatisfy { world.states($0) == "open/awaitFunds" })
        #expect(world.store.waiters.count == 4)
        #expect(try grants(world).isEmpty)
        _ = try world.budget(160_000 + 79_999).get()
        #expect(try grants(world).isEmpty, "the head is not passed over, nor served short")
        _ = try world.budget(160_000 + 250_000).get()
        #expect(try grants(world) == [ids[2], ids[3], ids[4]])
        #expect(world.store.balance(.available, World.pool) == 10_000)
        #expect(world.store.waiters.map(\.caseID) == [ids[5]])
        #expect(try world.envelope(ids[2]).agency.isEmpty)
        // Money given back is granted on.
        _ = try world.event("withdraw", ids[0], by: People.liNa).get()
        #expect(try grants(world) == [ids[2], ids[3], ids[4], ids[5]])
        #expect(world.store.waiters.isEmpty)
        #expect(world.store.complaints.isEmpty)
    }

    @Test("nobody who comes later takes money that others wait for")
    func nobodyOvertakes() throws {
        let world = try World()
        let first = try world.open("first")
        let second = try world.open("second", quarters: 1)
        try reach(world, [first])
        #expect(world.states(first) == "open/awaitFunds")
        // Too little for the first, enough for the second: it does not get it.
        _ = try world.budget(79_000).get()
        try reach(world, [second], on: "2026-03-17")
        #expect(world.states(second) == "open/awaitFunds")
        _ = try world.budget(81_000).get()
        #expect(world.states(first) == "open/approval")
        #expect(world.states(second) == "open/awaitFunds")
        _ = try world.budget(100_000).get()
        #expect(world.states(second) == "open/approval")
    }

    @Test("a case accepted earlier may take what a later one waits for")
    func earlierGoesFirst() throws {
        let world = try World()
        let first = try world.open("first")
        let second = try world.open("second")
        try reach(world, [second])
        #expect(world.states(second) == "open/awaitFunds")
        _ = try world.event("village.verified", first, by: People.wangFang).get()
        try world.advance(to: "2026-03-17")
        _ = try world.event("employment.confirmed", first, by: People.liNa).get()
        _ = try world.event("registry.answered", first, by: People.zhaoLei).get()
        #expect(world.states(first) == "open/awaitFunds")
        _ = try world.budget(80_000).get()
        #expect(world.states(first) == "open/approval")
        #expect(world.states(second) == "open/awaitFunds")
    }

    @Test("who withdraws while waiting leaves the queue")
    func leavesTheQueue() throws {
        let world = try World()
        let id = try world.open("first")
        try reach(world, [id])
        #expect(world.store.waiters.count == 1)
        _ = try world.event("withdraw", id, by: People.liNa).get()
        #expect(world.store.waiters.isEmpty)
        #expect(try world.body(id).waiting == nil)
        _ = try world.budget(80_000).get()
        #expect(try grants(world).isEmpty)
    }

    @Test("two in one batch do not get the same money: the second is decided again, and waits")
    func racingForMoney() throws {
        let world = try World()
        _ = try world.budget(100_000).get()
        let ids = try ["a", "b"].map { try world.open($0) }
        for id in ids { _ = try world.event("village.verified", id, by: People.wangFang).get() }
        try world.advance(to: "2026-03-10")
        for id in ids { _ = try world.event("employment.confirmed", id, by: People.liNa).get() }
        let boxes = ids.map { world.ask("registry.answered", $0, by: People.zhaoLei) }
        // Both were asked while the money was still there.
        #expect(world.decider.outbox.count == 2)
        world.run()
        #expect(try boxes.map { try $0.value[0].get().states } == [["open/approval"], ["open/awaitFunds"]])
        #expect(world.kernel.statistics.redecisions == 1)
        #expect(world.store.balance(.available, World.pool) == 20_000)
    }

    @Test("a plugin that takes money which is not there is asked three times, then refused")
    func stubborn() throws {
        let world = try World()
        let id = try world.open("a")
        _ = try world.event("village.verified", id, by: People.wangFang).get()
        try world.advance(to: "2026-03-10")
        _ = try world.event("employment.confirmed", id, by: People.liNa).get()
        world.decider.handlers.guards["fundsAvailable"] = { _ in (.guardYes, "") }
        let asked = world.decider.asked.count
        #expect(failure(try world.event("registry.answered", id, by: People.zhaoLei)) == .fundShort)
        #expect(world.decider.asked.count - asked == 3)
        #expect(world.store.cases[id]?.version == 4)
    }

    @Test("one benefit a person and year: the second application is refused, also in the same batch")
    func claims() throws {
        let world = try World()
        let first = try world.open("zhang-san")
        let again = Command.Kind.open(
            type: "transport-subsidy", county: World.county, payload: Subsidy.application("zhang-san"))
        let outcome = try world.settle(again, by: People.liNa)
        #expect(outcome == .failure(Rejection(.refused, reason: "DUPLICATE_APPLICATION", zh: "", en: "")))
        let other = Command.Kind.open(
            type: "transport-subsidy", county: World.county, payload: Subsidy.application("li-si"))
        let boxes = (0..<2).map { _ in world.send(world.command(other, by: People.liNa)) }
        world.run()
        #expect(boxes.map { failure($0.value[0]) } == [nil, .refused])
        #expect(world.store.claims.count == 2)
        // Given back on withdrawal, and then free again.
        _ = try world.event("withdraw", first, by: People.liNa).get()
        #expect(world.store.claims.count == 1)
        #expect(failure(try world.settle(again, by: People.liNa)) == nil)
        #expect(world.store.complaints.isEmpty)
    }

    @Test("a plugin deaf to conflicts is refused after three tries")
    func deafToConflicts() throws {
        let world = try World()
        try world.open("zhang-san")
        world.decider.handlers.actions["claimPersonYear"] = { scene in
            scene.effects.claim(Subsidy.scope, Array(Subsidy.Record(scene.record).person.utf8))
            return .actionDone
        }
        let again = Command.Kind.open(
            type: "transport-subsidy", county: World.county, payload: Subsidy.application("zhang-san"))
        #expect(failure(try world.settle(again, by: People.liNa)) == .claimHeld)
        #expect(world.store.cases.count == 1)
    }

    @Test("a budget is the whole grant of the year, and never less than what is used")
    func budgets() throws {
        let world = try World()
        #expect(try world.budget(100_000).get().caseID == CaseID(rawValue: 0))
        let id = try world.open("a")
        try world.reachFunds(id)
        #expect(try world.budget(79_999) == .failure(Rejection(.fundShort, reason: "BUDGET_IN_USE", zh: "", en: "")))
        #expect(failure(try world.budget(80_000)) == nil)
        #expect(world.store.balance(.available, World.pool) == 0)
        #expect(failure(try world.budget(80_000)) == nil)
        #expect(world.store.balance(.granted, World.pool) == -80_000)
        // Two at once count one after the other.
        let boxes = [90_000, 85_000].map { amount in
            world.send(
                world.command(.setBudget(pool: World.pool, amount: amount, document: "2号"), by: People.chenJie))
        }
        world.run()
        #expect(boxes.map { failure($0.value[0]) } == [nil, nil])
        #expect(world.store.balance(.available, World.pool) == 5_000)
        #expect(world.store.complaints.isEmpty)
    }

    @Test("an unpaid entitlement comes back in, and waits in its old place")
    func unpaid() throws {
        let world = try World()
        _ = try world.budget(80_000).get()
        let (old, young) = (try world.open("old"), try world.open("young"))
        try reach(world, [old, young])
        _ = try world.event("approval.granted", old, by: People.wangFang).get()
        _ = try world.event("payment.ordered", old, by: People.chenJie).get()
        _ = try world.event("payment.returned", old, by: People.liuYang).get()
        try world.advance(to: "2026-07-01")
        #expect(world.states(old) == "unpaid")
        #expect(world.store.cases[old]?.settled == true)
        #expect(world.states(young) == "open/approval", "the money given back goes to the next")
        _ = try world.event("account.corrected", old, by: People.liNa).get()
        #expect(world.states(old) == "open/awaitFunds")
        _ = try world.budget(160_000).get()
        #expect(world.states(old) == "open/approval")
    }

    @Test("the policy of the day of opening stays with the case")
    func pinnedPolicy() throws {
        let world = try World()
        let id = try world.open("a")
        let raised = PolicyBook(entries: [
            .init(
                type: "transport-subsidy", county: World.county, from: LocalDate(days: 18_000),
                version: PolicyVersion(
                    digest: digest(4), values: ["amount.flat": .init(value: .integer(1), source: "")]))
        ])
        world.kernel.load(policies: raised)
        _ = try world.budget(100_000).get()
        try world.reachFunds(id)
        #expect(world.store.balance(.reserved, World.pool) == 80_000)
        #expect(try world.envelope(id).policy == digest(3))
        #expect(try world.body(id).policy?.values.map(\.source) == ["吉农〔2021〕9号 第三条"])
    }

    @Test("a county without an amount opens nothing")
    func notConfigured() throws {
        let world = try World()
        let kind = Command.Kind.open(
            type: "transport-subsidy", county: "220182", payload: Subsidy.application("zhang-san"))
        let outcome = try world.settle(kind, by: People.liNa)
        #expect(outcome == .failure(Rejection(.refused, reason: "POLICY_NOT_CONFIGURED", zh: "", en: "")))
        #expect(world.store.history.isEmpty)
    }
}
