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
    }
}
