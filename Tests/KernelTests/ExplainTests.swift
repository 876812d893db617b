import CaseworkPluginTestKit
import Kernel
import Testing

@Suite("Explaining a case")
struct ExplainTests {
    private func explain(_ world: World, _ id: CaseID, _ principal: Principal) throws -> Explanation {
        let box = Box<[Result<Explanation, Rejection>]>([])
        world.kernel.receive(.explain(case: id, principal: principal, reply: { box.value.append($0) }), now: world.now)
        world.run()
        return try #require(box.value.first).get()
    }

    private func lines(_ explanation: Explanation) -> [String] {
        explanation.events.map { event in
            let obstacles = event.obstacles.map(\.kind.rawValue).joined(separator: " ")
            let marks = (event.isPossible ? "possible" : obstacles) + (event.needsPayload ? " payload" : "")
            return "\(event.event) by \(event.by.joined(separator: ",")) from \(event.from) "
                + "to \(event.to.joined(separator: ",")): \(marks)"
        }
    }

    @Test("each event says who may send it, and why not this officer")
    func jointCheck() throws {
        let world = try World()
        let id = try world.open("zhang-san", isRegistered: false)
        _ = try world.event("village.verified", id, by: People.wangFang).get()
        try world.advance(to: "2026-03-10")
        let rows = world.store.history.count
        #expect(
            lines(try explain(world, id, People.liNa)) == [
                "employment.confirmed by hrss.checker from open/jointCheck/employment/pending "
                    + "to open/jointCheck/employment/confirmed: possible",
                "employment.denied by hrss.checker from open/jointCheck/employment/pending to rejected: possible",
                "registry.answered by rr.checker from open/jointCheck/registry/pending to rejected: role",
                "withdraw by agent from open to withdrawn: possible",
            ])
        #expect(world.store.history.count == rows)
        let asked = try explain(world, id, People.zhaoLei)
        #expect(asked.events.map(\.isPossible) == [false, false, true, false])
        #expect(asked.stored == world.store.cases[id])
    }

    @Test("what is told is of one version, though a commit is under way or ends before the child answers")
    func oneVersion() throws {
        let world = try World()
        let id = try world.open("zhang-san")
        let before = try #require(world.store.cases[id])
        let told = Box<[Result<Explanation, Rejection>]>([])
        func ask() {
            let input = KernelInput.explain(case: id, principal: People.wangFang, reply: { told.value.append($0) })
            world.kernel.receive(input, now: world.now)
        }
        world.decider.handlers.guards["isRegisteredOnDeparture"] = { _ in (.guardYes, "") }
        let sent = world.ask("village.verified", id, by: People.wangFang)
        world.deliver()
        world.kernel.turn(now: world.now)
        // The store has the new row, the kernel has not been told.
        world.store.finish()
        #expect(world.store.cases[id]?.version == before.version + 1)
        ask()
        world.run()
        #expect(sent.value.count == 1)
        let explanation = try #require(told.value.first).get()
        #expect(explanation.stored == before)
        #expect(explanation.events.map(\.event) == ["village.denied", "village.verified", "withdraw"])
    }

    @Test("an event that two regions take must be allowed in both")
    func bothRegions() throws {
        func region(_ id: String, _ role: String) -> String {
            """
            {"id":"\(id)","initial":["x"],"states":[{"id":"x","tasks":[{"id":"t","role":"\(role)"}],
            "transitions":[{"event":"go","by":["\(role)"],"to":["y"]}]},{"id":"y","final":true}]}
            """
        }
        let chart = """
            {"chart":"gate","format":1,"initial":["p"],"states":[{"id":"p",
            "regions":[\(region("a", "agent")),\(region("b", "village"))],
            "transitions":[{"event":"done","to":["end"]}]},{"id":"end","final":true}]}
            """
        let world = try World(chart: chart, handlers: Handlers())
        let id = try world.settle(.open(type: "gate", county: World.county, payload: []), by: People.liNa).get().caseID
        let event = try #require(try explain(world, id, People.liNa).events.first)
        #expect(!event.isPossible && event.obstacles.map(\.kind) == [.role])
        #expect(failure(try world.event("go", id, by: People.liNa)) == .permissionDenied)
        let both = Principal(agency: "jilin-hrss", officer: "sun-li", roles: ["agent", "village"])
        #expect(try #require(try explain(world, id, both).events.first).isPossible)
        #expect(try world.event("go", id, by: both).get().states == ["end"])
    }

    @Test("four eyes are told from a missing role")
    func fourEyes() throws {
        let world = try World()
        let wang = Principal(agency: "jilin-hrss", officer: "wang-fang", roles: ["agent", "village"])
        let payload = Subsidy.application("zhang-san")
        let kind = Command.Kind.open(type: "transport-subsidy", county: World.county, payload: payload)
        let id = try world.settle(kind, by: wang).get().caseID
        #expect(
            lines(try explain(world, id, wang)).prefix(2) == [
                "village.denied by village from open/villageCheck to rejected: possible",
                "village.verified by village from open/villageCheck to open/publicity: four-eyes",
            ])
        #expect(failure(try world.event("village.verified", id, by: wang)) == .fourEyes)
    }

    @Test("a guard that needs the payload says so, and both ways are shown")
    func needsPayload() throws {
        let world = try World()
        let id = try world.open("zhang-san")
        _ = try world.event("village.verified", id, by: People.wangFang).get()
        try world.advance(to: "2026-03-10")
        world.decider.handlers.guards["isRegisteredOnDeparture"] = { _ in (.guardNeedsPayload, "") }
        let events = try explain(world, id, People.zhaoLei).events
        let answer = try #require(events.first { $0.event == "registry.answered" })
        #expect(answer.needsPayload && answer.isPossible)
        #expect(answer.to == ["open/jointCheck/registry/confirmed", "rejected"])
    }

    @Test("a guard's own reason is told in both languages")
    func guardReason() throws {
        let chart = """
            {"chart":"gate","format":1,"initial":["a"],"states":[
            {"id":"a","tasks":[{"id":"t","role":"agent"}],
            "transitions":[{"event":"go","by":["agent"],"if":"isOpen","to":["b"]}]},{"id":"b","final":true}]}
            """
        var handlers = Handlers()
        handlers.guards["isOpen"] = { _ in (.guardNo, "门关着 | the gate is shut") }
        let world = try World(chart: chart, handlers: handlers)
        let id = try world.settle(.open(type: "gate", county: World.county, payload: []), by: People.liNa).get().caseID
        let event = try #require(try explain(world, id, People.liNa).events.first)
        #expect(event.obstacles.map(\.zh) == ["门关着"])
        #expect(event.obstacles.map(\.en) == ["the gate is shut"])
        guard case .failure(let rejection) = try world.event("go", id, by: People.liNa) else {
            Issue.record("the gate is open")
            return
        }
        #expect(rejection.code == .eventNotAllowed)
        #expect(rejection.zh.contains("门关着") && rejection.en.contains("the gate is shut"))
    }

    @Test("an event that leads elsewhere because of a guard says what the guard said")
    func anotherWay() throws {
        let chart = """
            {"chart":"gate","format":1,"initial":["a"],"states":[
            {"id":"a","tasks":[{"id":"t","role":"agent"}],"transitions":[
            {"event":"go","by":["agent"],"if":"isOpen","to":["b"]},{"event":"go","by":["agent"],"to":["c"]}]},
            {"id":"b","final":true},{"id":"c","final":true}]}
            """
        var handlers = Handlers()
        handlers.guards["isOpen"] = { _ in (.guardNo, "门关着 | the gate is shut") }
        let world = try World(chart: chart, handlers: handlers)
        let id = try world.settle(.open(type: "gate", county: World.county, payload: []), by: People.liNa).get().caseID
        let shut = try #require(try explain(world, id, People.liNa).events.first)
        #expect(shut.isPossible && shut.to == ["c"] && shut.obstacles.isEmpty)
        #expect(shut.because.map(\.zh) == ["门关着"] && shut.because.map(\.en) == ["the gate is shut"])
        world.decider.handlers.guards["isOpen"] = { _ in (.guardYes, "") }
        let open = try #require(try explain(world, id, People.liNa).events.first)
        #expect(open.to == ["b"] && open.because.isEmpty)
    }

    @Test("a case that waits for money says so")
    func waiting() throws {
        let world = try World()
        let id = try world.open("zhang-san")
        try world.reachFunds(id)
        let lines = lines(try explain(world, id, People.liNa))
        #expect(lines.first == "fund.granted by  from open/awaitFunds to open/approval: fund")
    }

    @Test("a child that dies or answers other guards explains nothing")
    func faults() throws {
        let world = try World()
        let id = try world.open("zhang-san")
        _ = try world.event("village.verified", id, by: People.wangFang).get()
        try world.advance(to: "2026-03-10")
        world.decider.tamper = { _, tape in tape.answers.removeLast() }
        #expect(throws: Rejection.self) { try explain(world, id, People.liNa) }
        world.decider.fault = { _ in .timedOut }
        #expect(throws: Rejection.self) { try explain(world, id, People.liNa) }
        #expect(throws: Rejection.self) { try explain(world, CaseID(rawValue: 1), People.liNa) }
    }
}
