import CaseworkPluginTestKit
import Kernel
import Testing

/// One state for each way in which an event of the chart comes to nothing.
private let failingChart = """
    {"chart":"failing","format":1,"initial":["begin"],"variables":[{"id":"tries","value":"0"}],
    "states":[
      {"id":"begin","tasks":[{"id":"choose","role":"agent"}],
       "transitions":[
         {"event":"refuse","by":["agent"],"to":["refusing"]},
         {"event":"wait","by":["agent"],"to":["guarded"]},
         {"event":"spin","by":["agent"],"to":["ping"]},
         {"event":"spinLater","by":["agent"],"to":["spinning"]},
         {"event":"choose","by":["agent"],"to":["choosing"]},
         {"event":"next","by":["agent"],"to":["ended"]}]},
      {"id":"refusing",
       "transitions":[
         {"after":"1h","do":[{"assign":"tries","value":"1"},{"send":"late","delay":"1h"},"first","second"],
          "to":["ended"]},
         {"event":"next","by":["agent"],"to":["ended"]}]},
      {"id":"guarded",
       "transitions":[{"after":"1h","if":"isReady","to":["ended"]},{"event":"next","by":["agent"],"to":["ended"]}]},
      {"id":"spinning","transitions":[{"after":"1h","to":["ping"]},{"event":"next","by":["agent"],"to":["ended"]}]},
      {"id":"choosing",
       "transitions":[{"if":"isReady","to":["ended"]},{"event":"next","by":["agent"],"to":["ended"]}]},
      {"id":"ping","transitions":[{"to":["pong"]}]},
      {"id":"pong","transitions":[{"to":["ping"]}]},
      {"id":"ended","final":true}]}
    """

/// Rules for what a plugin's and a chart's own failure leaves behind.
@Suite("When an event of the chart itself comes to nothing")
struct ChartFailureTests {
    private func world(ready: AnswerKind = .guardNo) throws -> World {
        var handlers = Handlers()
        handlers.guards["isReady"] = { _ in (ready, "尚未备齐 | not ready") }
        handlers.actions["first"] = { scene in
            scene.record = [1, 2, 3]
            scene.effects.attribute("amount_fen", 7)
            return .actionDone
        }
        handlers.actions["second"] = { scene in
            scene.refusal = ("YEAR_CLOSED", "年度已关闭", "the year is closed")
            return .actionRefused
        }
        return try World(chart: failingChart, handlers: handlers)
    }

    private func open(_ world: World, sending event: String) throws -> CaseID {
        let opening = Command.Kind.open(type: "failing", county: World.county, payload: [])
        let id = try world.settle(opening, by: People.liNa).get().caseID
        _ = try world.event(event, id, by: People.liNa).get()
        return id
    }

    @Test("a timer whose action refuses leaves an incident with its sentence, and the case as it was")
    func refusedTimer() throws {
        let world = try world()
        let id = try open(world, sending: "refuse")
        let before = try #require(world.store.cases[id])
        try world.advance(to: "2026-03-03")
        let after = try #require(world.store.cases[id])
        #expect(after.incident == "年度已关闭 | the year is closed")
        #expect(after.states == "refusing" && after.record == before.record && after.attributes == before.attributes)
        let (was, became) = (try CaseBody(decoding: before.body), try world.body(id))
        #expect(became.snapshot == was.snapshot, "nothing of the macrostep is kept")
        #expect(became.timers.isEmpty && became.sends.isEmpty, "it is not tried for ever")
        #expect(try world.envelope(id).kind == .incident)
        #expect(world.store.due.isEmpty && world.decider.renewals == 0)
        _ = try world.event("next", id, by: People.liNa).get()
        #expect(world.states(id) == "ended" && world.store.cases[id]?.incident == "")
        #expect(world.store.complaints.isEmpty)
    }

    @Test("a grant whose action refuses leaves an incident with its sentence, and the money where it was")
    func refusedGrant() throws {
        var handlers = Subsidy.handlers
        handlers.actions["reserveFunds"] = { scene in
            scene.refusal = ("YEAR_CLOSED", "年度已关闭", "the year is closed")
            return .actionRefused
        }
        let world = try World(handlers: handlers)
        let id = try world.open("a")
        try world.reachFunds(id)
        let before = try #require(world.store.cases[id])
        _ = try world.budget(80_000).get()
        let after = try #require(world.store.cases[id])
        #expect(after.incident == "年度已关闭 | the year is closed")
        #expect(after.states == "open/awaitFunds" && after.record == before.record)
        #expect(try CaseBody(decoding: before.body).snapshot == world.body(id).snapshot)
        #expect(try world.body(id).holds.isEmpty)
        #expect(world.store.balance(.available, World.pool) == 80_000)
        _ = try world.event("withdraw", id, by: People.liNa).get()
        #expect(world.states(id) == "withdrawn")
        #expect(world.store.complaints.isEmpty)
    }

    @Test("a chart without rest is asked about twice, then its caller is told; the next event goes its way")
    func endless() throws {
        let world = try world()
        let id = try open(world, sending: "refuse")
        let other = try world.settle(.open(type: "failing", county: World.county, payload: []), by: People.liNa).get()
        let asked = world.decider.asked.count
        guard case .failure(let rejection) = try world.event("spin", other.caseID, by: People.liNa) else {
            Issue.record("an endless chart came to rest")
            return
        }
        #expect(rejection.code == .handlerFailed && rejection.reason == "CHART_ENDLESS")
        #expect(world.decider.asked.count == asked + 2)
        #expect(world.decider.renewals == 2, "each try had a fresh child")
        #expect(world.states(other.caseID) == "begin")
        #expect(world.store.cases[other.caseID]?.version == other.version)
        for id in [id, other.caseID] { _ = try world.event("next", id, by: People.liNa).get() }
        #expect(world.states(other.caseID) == "ended")
    }

    @Test("a guard that fails where no event is waited for has failed, and is no chart without rest")
    func failingChoice() throws {
        let world = try world(ready: .guardFailed)
        let answer = try world.settle(.open(type: "failing", county: World.county, payload: []), by: People.liNa).get()
        let asked = world.decider.asked.count
        guard case .failure(let rejection) = try world.event("choose", answer.caseID, by: People.liNa) else {
            Issue.record("a failed guard let the case move on")
            return
        }
        #expect(rejection.code == .handlerFailed && rejection.reason == "HANDLER_FAILED")
        #expect(world.decider.asked.count == asked + 1 && world.decider.renewals == 0, "it is not asked again")
        #expect(world.states(answer.caseID) == "begin")
        _ = try world.event("next", answer.caseID, by: People.liNa).get()
        #expect(world.states(answer.caseID) == "ended")
    }

    @Test("a timer that leads into a chart without rest is an incident, once")
    func endlessTimer() throws {
        let world = try world()
        let id = try open(world, sending: "spinLater")
        let asked = world.decider.asked.count
        try world.advance(to: "2026-03-03")
        #expect(world.decider.asked.count == asked + 2)
        #expect(world.states(id) == "spinning")
        #expect(try world.body(id).incident?.event == "spinning#0")
        #expect(world.kernel.nextWake == nil)
        _ = try world.event("next", id, by: People.liNa).get()
        #expect(world.states(id) == "ended")
    }

    @Test("a timer that no transition takes is an incident when nobody owns the case any more")
    func unowned() throws {
        let world = try world()
        let id = try open(world, sending: "wait")
        #expect(world.store.cases[id]?.incident == "", "the timer owns it")
        try world.advance(to: "2026-03-03")
        #expect(world.states(id) == "guarded")
        let envelope = try world.envelope(id)
        #expect(envelope.kind == .timer && envelope.unmatched)
        #expect(envelope.incident.en.contains("nobody owns it"))
        #expect(try world.body(id).incident?.event == "guarded#0")
        _ = try world.event("next", id, by: People.liNa).get()
        #expect(world.store.cases[id]?.incident == "")
    }
}
