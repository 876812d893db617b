import CaseworkPluginTestKit
import Kernel
import Testing

/// A chart of nothing but time: a named timer that is paused, history, timers that meet a guard.
let clockChart = """
    {"chart":"clock","format":1,"initial":["work"],
    "timers":[{"id":"promise","duration":"20wd"}],
    "states":[
      {"id":"work","initial":["first"],"initialDo":[{"start":"promise"}],
       "transitions":[{"timer":"promise","to":["late"]},{"event":"suspend","by":["agent"],"to":["suspended"]}],
       "states":[
         {"id":"first","tasks":[{"id":"look","role":"agent","due":"5wd"}],
          "transitions":[{"event":"next","by":["agent"],"to":["second"]}]},
         {"id":"second","tasks":[{"id":"write","role":"agent","due":"10wd"}],
          "transitions":[{"after":"2d","if":"isReady","to":["third"]},{"event":"alone","by":["agent"],"to":["alone"]}]},
         {"id":"third","transitions":[{"after":"3d","to":["fourth"]}]},
         {"id":"fourth",
          "transitions":[{"after":"24h","to":["/ended"]},{"event":"stop","by":["agent"],"to":["/ended"]}]},
         {"id":"alone"},
         {"id":"last","history":"deep","to":["first"]}]},
      {"id":"suspended","entry":[{"pause":"promise"}],"exit":[{"resume":"promise"}],
       "tasks":[{"id":"wait","role":"agent","due":"30d"}],
       "transitions":[{"event":"resume","by":["agent"],"to":["work/last"]}]},
      {"id":"late","settled":true},
      {"id":"ended","final":true}]}
    """

@Suite("Time")
struct TimerTests {
    private func world(ready: AnswerKind = .guardYes, start: String = "2026-03-02") throws -> World {
        var handlers = Handlers()
        handlers.guards["isReady"] = { _ in (ready, "") }
        return try World(chart: clockChart, handlers: handlers, start: start)
    }

    private func open(_ world: World) throws -> CaseID {
        try world.settle(.open(type: "clock", county: World.county, payload: []), by: People.liNa).get().caseID
    }

    private func stamps(_ world: World) -> [String] {
        world.store.history.map { "\(LocalDate($0.stamp))" }
    }

    @Test("a leap of the clock fires each timer at its own moment, one from the other")
    func cascade() throws {
        let world = try world()
        let id = try open(world)
        _ = try world.event("next", id, by: People.liNa).get()
        try world.advance(to: "2026-03-13")
        #expect(world.states(id) == "ended")
        // Two days end on the 5th at 00:00, three more on the 9th at 00:00, and 24 hours later it is the 10th.
        #expect(stamps(world) == ["2026-03-02", "2026-03-02", "2026-03-05", "2026-03-09", "2026-03-10"])
        #expect(try world.envelope(id).recorded == world.now)
        #expect(world.store.due.isEmpty)
        #expect(world.store.complaints.isEmpty)
    }

    @Test("an event stamped at the timer's moment goes first, one stamped later finds it fired")
    func ties() throws {
        for (offset, code) in [(Int64(0), nil), (1, Rejection.Code.eventNotAllowed)] {
            let world = try world()
            let id = try open(world)
            _ = try world.event("next", id, by: People.liNa).get()
            world.now = try #require(LocalDate(parsing: "2026-03-10")).start.advanced(milliseconds: offset)
            let command = Command.Kind.send(case: id, event: "stop", payload: [], expectedVersion: nil)
            let box = world.send(world.command(command, by: People.liNa))
            world.run()
            #expect(failure(try #require(box.value.first)) == code)
            #expect(world.states(id) == "ended")
            let last = try world.envelope(id)
            #expect(last.kind == (code == nil ? .external : .timer))
        }
    }

    @Test("a timer that finds its guard closed is written down, and over")
    func unmatched() throws {
        let world = try world(ready: .guardNo)
        let id = try open(world)
        _ = try world.event("next", id, by: People.liNa).get()
        try world.advance(to: "2026-03-13")
        #expect(world.states(id) == "work/second")
        #expect(try world.envelope(id).unmatched)
        #expect(world.store.cases[id]?.incident == "", "the task still owns it")
        #expect(try world.body(id).timers.map(\.id) == ["promise"])
        #expect(world.store.history.count == 3)
    }

    @Test("a timer whose guard fails leaves an incident, which ends when its state is left")
    func failing() throws {
        let world = try world(ready: .guardFailed)
        let id = try open(world)
        _ = try world.event("next", id, by: People.liNa).get()
        try world.advance(to: "2026-03-13")
        #expect(world.states(id) == "work/second")
        #expect(world.store.cases[id]?.incident.contains("|") == true)
        #expect(try world.body(id).incident?.event == "work/second#0")
        #expect(try world.envelope(id).kind == .incident)
        #expect(world.kernel.statistics.incidents == 1)
        _ = try world.event("alone", id, by: People.liNa).get()
        #expect(try world.body(id).incident == nil)
    }

    @Test("a named timer owns the case wherever it stands, running or paused beside a task")
    func namedTimerOwns() throws {
        let world = try world()
        let id = try open(world)
        _ = try world.event("next", id, by: People.liNa).get()
        _ = try world.event("alone", id, by: People.liNa).get()
        // No task and no timer of the state's own: the named timer is all there is.
        #expect(world.store.cases[id]?.incident == "")
        _ = try world.event("suspend", id, by: People.liNa).get()
        #expect(world.store.cases[id]?.incident == "")
        #expect(try world.body(id).timers.map(\.paused) == [world.now])
        _ = try world.event("resume", id, by: People.liNa).get()
        #expect(world.states(id) == "work/alone")
        #expect(world.store.cases[id]?.incident == "")
    }

    @Test("suspension stops the promise's clock, and history brings the task back with the time it had left")
    func suspension() throws {
        let world = try world()
        let id = try open(world)
        let due = { try #require(try world.body(id).timers.first).due }
        #expect(try due() == LocalDate(parsing: "2026-03-30")?.end)
        try world.advance(to: "2026-03-04")
        _ = try world.event("suspend", id, by: People.liNa).get()
        #expect(try world.body(id).tasks.map(\.id) == ["wait"])
        #expect(try world.body(id).withdrawn.map(\.remaining) == [3])
        try world.advance(to: "2026-03-20")
        #expect(world.states(id) == "suspended")
        _ = try world.event("resume", id, by: People.liNa).get()
        // Eighteen working days were left of the promise, three of the task.
        #expect(try due() == LocalDate(parsing: "2026-04-16")?.end)
        let task = try #require(try world.body(id).tasks.first)
        #expect(task.id == "look")
        #expect(task.due == LocalDate(parsing: "2026-03-25")?.end)
        try world.advance(to: "2026-04-18")
        #expect(world.states(id) == "late")
        #expect(world.store.cases[id]?.settled == true)
        #expect(world.store.complaints.isEmpty)
    }

    struct Publicity: Sendable, CustomStringConvertible {
        /// Days on which an objection is raised and dismissed.
        var objections: [(raised: String, dismissed: String)]
        /// It ends at 24:00 of this day.
        var last: String

        var description: String { "\(objections.map { "\($0.raised)..\($0.dismissed)" }), until \(last)" }
    }

    /// Published on Monday, 30 March 2026, which counts: five working days end on Friday, 3 April. From the 4th to the
    /// 6th it is Qingming.
    @Test(
        "after a dismissed objection the rest of the publicity's days go on (domain.md §2.2)",
        arguments: [
            Publicity(objections: [], last: "2026-04-03"),
            // Raised on the third day: Thursday and Friday are left, and become Tuesday and Wednesday.
            Publicity(objections: [("2026-04-01", "2026-04-03")], last: "2026-04-08"),
            Publicity(objections: [("2026-04-01", "2026-04-01")], last: "2026-04-03"),
            // Raised on the last day: nothing is left after the day of the answer.
            Publicity(objections: [("2026-04-03", "2026-04-07")], last: "2026-04-07"),
            Publicity(objections: [("2026-04-01", "2026-04-03"), ("2026-04-07", "2026-04-09")], last: "2026-04-10"),
        ])
    func objections(publicity: Publicity) throws {
        let world = try World(start: "2026-03-30")
        let id = try world.open("a")
        _ = try world.event("village.verified", id, by: People.wangFang).get()
        for objection in publicity.objections {
            try world.advance(to: objection.raised)
            _ = try world.event("objection.raised", id, by: People.liNa).get()
            try world.advance(to: objection.dismissed)
            _ = try world.event("objection.dismissed", id, by: People.liNa).get()
        }
        try world.advance(to: publicity.last, hour: 23)
        #expect(world.states(id) == "open/publicity")
        try world.advance(to: "2026-04-20")
        #expect(world.states(id).hasPrefix("open/jointCheck"))
        #expect(world.store.history.last?.stamp == LocalDate(parsing: publicity.last)?.end)
        #expect(try world.body(id).timers.isEmpty)
    }

    @Test("after a leap and a restart no stamp goes back, though timers are stamped with their own moments")
    func stampsAfterRestart() throws {
        let world = try world()
        let (early, late) = (try open(world), try open(world))
        _ = try world.event("next", early, by: People.liNa).get()
        try world.advance(to: "2026-03-06")
        _ = try world.event("next", late, by: People.liNa).get()
        let moment = world.now
        try world.advance(to: "2026-03-16")
        #expect(world.store.history.last.map { LocalDate($0.stamp).description } == "2026-03-14")
        #expect(try world.store.latestMoment() == world.now)
        let latest = world.now
        world.now = moment
        // The memory store's own answer is its newest stamp; a store may also know no more than its last row's.
        world.store.lastStamp = { $0.last?.stamp }
        try world.reboot()
        #expect(try world.store.latestMoment() == latest)
        let id = try open(world)
        #expect(world.store.cases[id]?.openedAt == latest)
    }

    @Test("the kernel says when it must be woken")
    func nextWake() throws {
        let world = try world()
        #expect(world.kernel.nextWake == nil)
        let id = try open(world)
        _ = try world.event("next", id, by: People.liNa).get()
        #expect(world.kernel.nextWake == LocalDate(parsing: "2026-03-04")?.end.advanced(milliseconds: 1))
    }

    @Test("timers of many cases fire in the order of their moments")
    func order() throws {
        let world = try World()
        var ids: [CaseID] = []
        for day in ["2026-03-02", "2026-03-03", "2026-03-04"] {
            try world.advance(to: day)
            for name in ["x", "y"] {
                let id = try world.open("\(day) \(name)")
                _ = try world.event("village.verified", id, by: People.wangFang).get()
                ids.append(id)
            }
        }
        try world.advance(to: "2026-04-20")
        let fired = try world.store.history.filter { try Envelope(decoding: $0.envelope).kind == .timer }
        #expect(fired.map(\.caseID) == ids)
        #expect(fired.map(\.stamp) == fired.map(\.stamp).sorted())
        #expect(fired.map { "\(LocalDate($0.stamp))" } == ["07", "07", "10", "10", "11", "11"].map { "2026-03-\($0)" })
    }
}
