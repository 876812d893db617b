import CaseworkPluginTestKit
import Kernel
import Testing

/// A case that reminds itself: what it sends with a delay, by id and without, with data and beside a timer.
private let reminderChart = """
    {"chart":"reminders","format":1,"initial":["waiting"],"variables":[{"id":"sent","value":"0"}],
    "states":[
      {"id":"waiting","tasks":[{"id":"answer","role":"agent"}],
       "entry":[{"assign":"sent","value":"sent + 1"},
        {"send":"remind","delay":"24h","id":"reminder","data":{"n":"sent"}}],
       "transitions":[
         {"event":"remind","if":"_event.data.n >= 2","by":["nobody"],"do":["note"],"to":["urgent"]},
         {"event":"remind","by":["nobody"],"do":["note"],"to":["waiting"]},
         {"event":"answer","by":["agent"],"do":[{"cancel":"reminder"}],"to":["answered"]},
         {"event":"leave","by":["agent"],"to":["left"]},
         {"event":"flood","by":["agent"],"do":[{"send":"remind","delay":"1h"},{"cancel":"reminder"},{"send":"remind",
          "delay":"1h"}],"to":["left"]},
         {"event":"burst","by":["agent"],"do":[{"foreach":"[\(numbers)]","as":"sent","do":[{"send":"remind",
          "delay":"1h"}]}]},
         {"event":"race","by":["agent"],"do":[{"cancel":"reminder"},{"send":"second","delay":"48h"},{"send":"third",
          "delay":"48h"}],"to":["racing"]}]},
      {"id":"urgent","tasks":[{"id":"hurry","role":"agent"}],
       "transitions":[{"event":"answer","by":["agent"],"to":["answered"]}]},
      {"id":"racing","transitions":[{"after":"48h","to":["racing2"]}]},
      {"id":"racing2","transitions":[{"event":"second","to":["racing3"]}]},
      {"id":"racing3","transitions":[{"event":"third","to":["answered"]}]},
      {"id":"left"},
      {"id":"answered","final":true}]}
    """

private let numbers = (0..<33).map(String.init).joined(separator: ",")

@Suite("What a case sends to itself with a delay")
struct DelayedSendTests {
    private func world(note: AnswerKind = .actionDone) throws -> World {
        var handlers = Handlers()
        handlers.actions["note"] = { scene in
            if note == .actionRefused { scene.refusal = ("NO_REMINDER", "不提醒", "no reminder") }
            return note
        }
        return try World(chart: reminderChart, handlers: handlers)
    }

    private func open(_ world: World) throws -> CaseID {
        try world.settle(.open(type: "reminders", county: World.county, payload: []), by: People.liNa).get().caseID
    }

    @Test("comes at its moment, in nobody's name, with the data it was sent with; also after a restart")
    func comes() throws {
        let world = try world()
        let id = try open(world)
        let opened = world.now
        #expect(world.kernel.nextWake == opened.advanced(milliseconds: 86_400_001))
        try world.advance(to: "2026-03-03")
        #expect(world.store.history.count == 1, "an event stamped at its very moment goes first")
        world.now = world.now.advanced(milliseconds: 1)
        world.run()
        #expect(world.store.history.last?.stamp == opened.advanced(milliseconds: 86_400_000))
        let envelope = try world.envelope(id)
        #expect(envelope.event == "remind" && envelope.kind == .internal && envelope.officer.isEmpty)
        #expect(world.states(id) == "waiting")
        #expect(try world.body(id).sends.map(\.event) == ["remind"], "the first is over, the second was sent")
        try world.reboot()
        try world.advance(to: "2026-03-10")
        #expect(world.states(id) == "urgent", "the second carries another number")
        #expect(world.store.history.last?.stamp == opened.advanced(milliseconds: 2 * 86_400_000))
        #expect(world.store.due.filter(\.queue.isEmpty).isEmpty)
        #expect(world.kernel.nextWake == nil)
        #expect(world.store.complaints.isEmpty)
    }

    @Test("is cancelled by its id, and goes with the case that ends")
    func cancelled() throws {
        let world = try world()
        let id = try open(world)
        _ = try world.event("flood", id, by: People.liNa).get()
        #expect(try world.body(id).sends.map(\.id) == ["send-1", "send-2"])
        let other = try open(world)
        _ = try world.event("answer", other, by: People.liNa).get()
        #expect(try world.body(other).sends.isEmpty)
        #expect(world.store.due.allSatisfy { $0.caseID == id })
        let history = world.store.history.count
        try world.reboot()
        try world.advance(to: "2026-03-10")
        #expect(try world.store.history.dropFirst(history).map { try Envelope(decoding: $0.envelope).event } == [
            "remind", "remind",
        ])
        #expect(world.store.due.isEmpty)
        #expect(world.store.complaints.isEmpty)
    }

    @Test("goes behind a timer due at the same moment, and in the order of sending")
    func order() throws {
        let world = try world()
        let id = try open(world)
        _ = try world.event("race", id, by: People.liNa).get()
        try world.advance(to: "2026-03-10")
        #expect(world.states(id) == "answered")
        let rows = world.store.history.suffix(3)
        #expect(try rows.map { try Envelope(decoding: $0.envelope).event } == ["racing#0", "second", "third"])
        #expect(Set(rows.map(\.stamp)).count == 1)
        #expect(world.store.complaints.isEmpty)
    }

    @Test("owns the case while it is to come; when nothing takes it, it is written down, and the case needs somebody")
    func unmatched() throws {
        let world = try world()
        let id = try open(world)
        _ = try world.event("leave", id, by: People.liNa).get()
        #expect(try world.body(id).incident == nil)
        try world.advance(to: "2026-03-10")
        #expect(world.states(id) == "left")
        #expect(try world.envelope(id).unmatched)
        #expect(try world.body(id).incident?.event == "remind")
        #expect(world.store.due.isEmpty)
    }

    @Test("that cannot be done is an incident with its sentence, and does not come again")
    func refused() throws {
        let world = try world(note: .actionRefused)
        let id = try open(world)
        try world.advance(to: "2026-03-10")
        #expect(world.states(id) == "waiting")
        #expect(world.store.cases[id]?.incident == "不提醒 | no reminder")
        #expect(try world.body(id).incident?.states == ["waiting"])
        #expect(try world.body(id).sends.isEmpty)
        #expect(world.kernel.nextWake == nil)
    }

    @Test("a case has at most 32 of them and timers together")
    func bound() throws {
        let world = try world()
        let id = try open(world)
        guard case .failure(let rejection) = try world.event("burst", id, by: People.liNa) else {
            Issue.record("33 were taken")
            return
        }
        #expect(rejection.code == .limitExceeded)
        #expect(try world.body(id).sends.count == 1)
    }
}
