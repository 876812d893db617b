import CaseworkPluginTestKit
import Kernel
import Testing

/// What is damaged hides itself alone: no outage, no loop, and somebody is told once.
@Suite("A damaged store")
struct DamageTests {
    @Test("a case whose row is damaged is refused for good and named once; its timer rests, and the others go on")
    func caseRow() throws {
        let world = try World()
        let (damaged, other) = (try world.open("a"), try world.open("b"))
        for id in [damaged, other] { _ = try world.event("village.verified", id, by: People.wangFang).get() }
        try world.reboot()
        world.store.damagedCases = [damaged]
        #expect(failure(try world.event("withdraw", damaged, by: People.liNa)) == .damaged)
        #expect(failure(try world.event("withdraw", damaged, by: People.liNa)) == .damaged)
        try world.advance(to: "2026-03-20")
        #expect(world.states(other).hasPrefix("open/jointCheck") && world.states(damaged) == "open/publicity")
        #expect(!world.kernel.isReadOnly)
        #expect(world.kernel.statistics.stranded == 1 && world.kernel.statistics.postponed == 0)
        let notices = world.kernel.takeNotices()
        #expect(notices.map(\.caseID) == [damaged] && notices.map(\.why) == ["case \(damaged) is damaged"])
        // Nothing that comes round again: the damaged case keeps nobody awake.
        let wake = world.kernel.nextWake
        #expect(wake.map { $0 > world.now.advanced(milliseconds: 60_000) } ?? true)
        world.run()
        #expect(world.kernel.takeNotices().isEmpty)
    }

    @Test("a row that opens and cannot be read is damaged, too")
    func unreadableBody() throws {
        let world = try World()
        let id = try world.open("a")
        try world.reboot()
        world.store.replaceBody(of: id, with: [0xff, 0xff])
        #expect(failure(try world.event("withdraw", id, by: People.liNa)) == .damaged)
        #expect(try #require(world.kernel.takeNotices().first).why.contains("cannot be read"))
        #expect(!world.kernel.isReadOnly)
    }

    @Test("a timer that meets a damaged claim becomes an incident; nobody else notices")
    func claimOfATimer() throws {
        let chart = """
            {"chart":"wait","format":1,"initial":["a"],"states":[
            {"id":"a","transitions":[{"after":"1h","do":["claimSomething"],"to":["b"]}]},{"id":"b","final":true}]}
            """
        var handlers = Handlers()
        handlers.actions["claimSomething"] = { scene in
            scene.effects.claim("thing", [1])
            return .actionDone
        }
        let world = try World(chart: chart, handlers: handlers)
        let id = try world.settle(.open(type: "wait", county: World.county, payload: []), by: People.liNa).get().caseID
        world.store.damagesEveryClaim = true
        world.now = world.now.advanced(milliseconds: 3_600_001)
        world.run()
        #expect(!world.kernel.isReadOnly)
        #expect(try world.body(id).incident?.en.contains("damaged") == true)
        #expect(world.store.cases[id]?.version == 2)
        let recoveries = world.store.recoveries
        world.now = world.now.advanced(milliseconds: 60_000)
        world.run()
        #expect(world.store.recoveries == recoveries && world.store.cases[id]?.version == 2, "no loop")
    }

    @Test("a command that meets a damaged claim, receipt or history row is refused for good")
    func commands() throws {
        let world = try World()
        let opening = Command.Kind.open(
            type: world.plugin.manifest.name, county: World.county, payload: Subsidy.application("a"))
        let command = world.command(opening, by: People.liNa)
        let first = world.send(command)
        world.run()
        let position = try #require(first.value.first).get().position
        func again() throws -> Rejection.Code? {
            let box = world.send(command)
            world.run()
            return failure(try #require(box.value.first))
        }
        try world.reboot()
        #expect(try again() == nil)
        world.store.damagedRows = [position]
        #expect(try again() == .damaged)
        world.store.damagedRows = []
        world.store.damagedReceipts = [command.key]
        #expect(try again() == .damaged)
        world.store.damagesEveryClaim = true
        #expect(failure(try world.settle(opening, by: People.liNa)) == .damaged)
        world.store.damagesEveryClaim = false
        #expect(failure(try world.settle(opening, by: People.liNa)) == .refused, "held, by what the plugin says")
        #expect(!world.kernel.isReadOnly && world.store.complaints.isEmpty)
    }

    @Test("a damaged index of deadlines is told once an hour; cases are served, and nothing comes round each second")
    func deadlines() throws {
        let world = try World()
        let id = try world.open("a")
        _ = try world.event("village.verified", id, by: People.wangFang).get()
        world.store.damagesTimers = true
        try world.reboot()
        let recoveries = world.store.recoveries
        for _ in 0..<100 {
            world.now = world.now.advanced(milliseconds: 2000)
            world.run()
        }
        #expect(world.store.recoveries == recoveries && !world.kernel.isReadOnly)
        #expect(failure(try world.event("withdraw", id, by: People.liNa)) == nil)
        let notices = world.kernel.takeNotices()
        #expect(notices.map(\.caseID) == [nil])
        #expect(notices.first?.why == "no deadline is found any more: the timers are damaged")
        world.now = world.now.advanced(milliseconds: 3_600_000)
        let other = try world.open("b")
        _ = try world.event("village.verified", other, by: People.wangFang).get()
        #expect(world.kernel.takeNotices().count == 1, "told again after an hour")
    }

    @Test("where every row for a new case is damaged, that is said after a bounded number of looks")
    func everywhere() throws {
        let world = try World()
        _ = try world.open("a")
        try world.reboot()
        world.store.damagesEveryCase = true
        let before = world.store.caseReads
        let opening = Command.Kind.open(
            type: world.plugin.manifest.name, county: World.county, payload: Subsidy.application("b"))
        #expect(failure(try world.settle(opening, by: People.liNa)) == .damaged)
        #expect(world.store.caseReads - before <= 4096)
        #expect(world.kernel.takeNotices().count == 1)
    }

    @Test("whatever keeps the store from being read is told to the operator, once an hour")
    func down() throws {
        let world = try World()
        let id = try world.open("a")
        try world.reboot()
        world.store.isReadable = false
        for _ in 0..<5 { #expect(failure(try world.event("withdraw", id, by: People.liNa)) == .unavailable) }
        #expect(world.kernel.takeNotices().map(\.why) == ["the store cannot be read"])
        world.store.isReadable = true
        world.store.damagesEveryClaim = true
        let opening = Command.Kind.open(
            type: world.plugin.manifest.name, county: World.county, payload: Subsidy.application("b"))
        #expect(failure(try world.settle(opening, by: People.liNa)) == .damaged)
        #expect(world.kernel.takeNotices().map(\.why) == ["a claim is damaged"])
    }

    @Test("an id under which something damaged lies is not given again")
    func id() throws {
        let world = try World()
        let first = try world.open("a")
        try world.reboot()
        world.store.damagedCases = [first]
        let second = try world.open("b")
        #expect(second != first)
        #expect(world.store.cases.count == 2)
    }
}
