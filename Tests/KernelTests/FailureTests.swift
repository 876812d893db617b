import CaseworkPluginTestKit
import Kernel
import Testing

@Suite("When something breaks")
struct FailureTests {
    private func opening(_ person: String) -> Command.Kind {
        .open(type: "transport-subsidy", county: World.county, payload: Subsidy.application(person))
    }

    @Test(
        "a child that dies is asked once more, on a fresh child",
        arguments: [.crashed("signal 11"), .timedOut, .illegal("garbage")] as [DecisionReply.Fault])
    func oneRetry(fault: DecisionReply.Fault) throws {
        let world = try World()
        let failures = Box(1)
        world.decider.fault = { _ in
            failures.value -= 1
            return failures.value >= 0 ? fault : nil
        }
        #expect(failure(try world.settle(opening("a"), by: People.liNa)) == nil)
        failures.value = 2
        #expect(failure(try world.settle(opening("b"), by: People.liNa)) == .handlerFailed)
        #expect(world.store.cases.count == 1)
        #expect(world.kernel.statistics.faults == 3)
    }

    @Test("a poisoned event of the kernel's own is an incident, and the case goes on")
    func poisonedTimer() throws {
        let world = try World()
        let id = try world.open("a")
        _ = try world.event("village.verified", id, by: People.wangFang).get()
        world.decider.fault = { _ in .crashed("signal 11") }
        try world.advance(to: "2026-03-10")
        let row = try #require(world.store.cases[id])
        #expect(row.incident.contains("signal 11"))
        #expect(row.states == "open/publicity")
        #expect(try world.body(id).timers.isEmpty)
        #expect(world.kernel.nextWake == nil, "it is not tried for ever")
        world.decider.fault = { _ in nil }
        _ = try world.event("objection.raised", id, by: People.liNa).get()
        #expect(world.store.cases[id]?.incident == "")
    }

    @Test("while the plugin's process cannot be started, callers come again and timers keep their place")
    func pluginNotStarted() throws {
        let world = try World()
        let id = try world.open("a")
        _ = try world.event("village.verified", id, by: People.wangFang).get()
        let version = try #require(world.store.cases[id]).version
        world.decider.fault = { _ in .notStarted("the file is missing") }
        try world.advance(to: "2026-03-10")
        #expect(world.kernel.statistics.postponed == 1)
        #expect(try #require(world.store.cases[id]).incident.isEmpty)
        #expect(try world.body(id).timers.count == 1)
        let wake = try #require(world.kernel.nextWake)
        #expect(wake > world.now && wake <= world.now.advanced(milliseconds: 1000), "tried again, but not all the time")

        let objection = world.command(
            .send(case: id, event: "objection.raised", payload: [], expectedVersion: nil), by: People.liNa)
        let refused = world.send(objection)
        let opened = world.send(world.command(opening("b"), by: People.liNa))
        world.run()
        for box in [refused, opened] {
            guard case .failure(let rejection) = box.value.first else {
                Issue.record("a caller is told to come again")
                continue
            }
            #expect(rejection.code == .unavailable && rejection.reason == "PLUGIN_NOT_STARTED")
            #expect(!rejection.en.contains("file is missing"), "what is wrong with the machine is the operator's")
        }
        #expect(world.store.cases.count == 1)
        #expect(world.store.cases[id]?.version == version)

        world.decider.fault = { _ in nil }
        let late = world.send(objection)
        world.run()
        #expect(failure(late.value[0]) == .eventNotAllowed, "the timer was due before, and goes first")
        #expect(world.states(id).hasPrefix("open/jointCheck"))
        #expect(world.store.complaints.isEmpty)
    }

    @Test("a timer that waited for the plugin's process fires when there is one, without anybody asking")
    func pluginStartedAgain() throws {
        let world = try World()
        let ids = try (0..<40).map { try world.open("person-\($0)") }
        for id in ids { _ = try world.event("village.verified", id, by: People.wangFang).get() }
        world.decider.fault = { _ in .notStarted("no memory") }
        try world.advance(to: "2026-03-10")
        #expect(world.kernel.statistics.postponed == ids.count)
        world.decider.fault = { _ in nil }
        world.now = try #require(world.kernel.nextWake)
        world.run()
        #expect(ids.allSatisfy { world.states($0).hasPrefix("open/jointCheck") })
        #expect(world.kernel.statistics.postponed == 0)
    }

    @Test("a grant that finds no plugin's process keeps the place in the queue")
    func grantNotStarted() throws {
        let world = try World()
        let ids = try ["a", "b"].map { try world.open($0) }
        for id in ids { _ = try world.event("village.verified", id, by: People.wangFang).get() }
        try world.advance(to: "2026-03-10")
        for id in ids {
            _ = try world.event("employment.confirmed", id, by: People.liNa).get()
            _ = try world.event("registry.answered", id, by: People.zhaoLei).get()
        }
        world.decider.fault = { _ in .notStarted("no memory") }
        _ = try world.budget(80_000).get()
        #expect(ids.map(world.states) == ["open/awaitFunds", "open/awaitFunds"])
        #expect(world.store.waiters.count == 2)
        world.decider.fault = { _ in nil }
        world.now = try #require(world.kernel.nextWake)
        world.run()
        #expect(ids.map(world.states) == ["open/approval", "open/awaitFunds"])
        #expect(world.store.complaints.isEmpty)
    }

    @Test("a grant that fails gives its place up, so that nobody is blocked")
    func poisonedGrant() throws {
        let world = try World()
        let ids = try ["a", "b"].map { try world.open($0) }
        for id in ids { _ = try world.event("village.verified", id, by: People.wangFang).get() }
        try world.advance(to: "2026-03-10")
        for id in ids {
            _ = try world.event("employment.confirmed", id, by: People.liNa).get()
            _ = try world.event("registry.answered", id, by: People.zhaoLei).get()
        }
        world.decider.fault = { request in
            guard case .decide(.internal("fund.granted"), _) = request.question else { return nil }
            return FactsView(decided: request.facts).number.hasSuffix("1") ? .timedOut : nil
        }
        _ = try world.budget(80_000).get()
        #expect(ids.map(world.states) == ["open/awaitFunds", "open/approval"])
        #expect(try world.body(ids[0]).incident?.event == "fund.granted")
        #expect(world.store.waiters.isEmpty)
        #expect(world.store.complaints.isEmpty)
    }

    @Test("a member in conflict is rejected, the others are committed all the same")
    func conflict() throws {
        let world = try World()
        let ids = try ["a", "b", "c"].map { try world.open($0) }
        let boxes = ids.map { world.ask("village.verified", $0, by: People.wangFang) }
        let fates = Box<[MemoryStore.Fate]>([.conflict([1])])
        world.store.fate = { _ in fates.value.isEmpty ? .commit : fates.value.removeFirst() }
        world.run()
        #expect(boxes.map { failure($0.value[0]) } == [nil, .unavailable, nil])
        #expect(try boxes[2].value[0].get().position == 5)
        _ = try world.event("village.verified", ids[1], by: People.wangFang).get()
        #expect(world.store.complaints.isEmpty)
    }

    @Test("a conflict gives the money back in memory, and those who come behind do not pass")
    func conflictOverMoney() throws {
        let world = try World()
        let ids = try ["a", "b", "c"].map { try world.open($0) }
        for id in ids { _ = try world.event("village.verified", id, by: People.wangFang).get() }
        try world.advance(to: "2026-03-10")
        for id in ids {
            _ = try world.event("employment.confirmed", id, by: People.liNa).get()
            _ = try world.event("registry.answered", id, by: People.zhaoLei).get()
        }
        // All three are granted; the commit of the first grant fails for that case alone, twice.
        let left = Box(2)
        world.store.fate = { batch in
            let guilty = batch.members.indices.filter { batch.members[$0].history.caseID == ids[0] }
            guard !guilty.isEmpty, left.value > 0 else { return .commit }
            left.value -= 1
            return .conflict(guilty)
        }
        _ = try world.budget(240_000).get()
        #expect(left.value == 0)
        #expect(ids.map(world.states) == Array(repeating: "open/approval", count: 3))
        let grants = try world.store.history.filter { try Envelope(decoding: $0.envelope).event == "fund.granted" }
        #expect(grants.map(\.caseID) == ids)
        #expect(world.store.balance(.available, World.pool) == 0)
        #expect(world.store.complaints.isEmpty)
    }

    @Test("a timer whose commit is in conflict is tried again, but not for ever")
    func conflictingTimer() throws {
        for (failures, state) in [(2, "open/jointCheck"), (9, "open/publicity")] {
            let world = try World()
            let id = try world.open("a")
            _ = try world.event("village.verified", id, by: People.wangFang).get()
            let left = Box(failures)
            world.store.fate = { _ in
                left.value -= 1
                return left.value >= 0 ? .conflict([0]) : .commit
            }
            try world.advance(to: "2026-03-10")
            #expect(world.states(id).hasPrefix(state))
            #expect(world.kernel.statistics.stranded == (failures > 3 ? 1 : 0))
        }
    }

    @Test("a full store is read-only until it takes something again; reads and known keys are answered")
    func full() throws {
        let world = try World()
        let known = world.command(opening("a"), by: People.liNa)
        _ = world.send(known)
        world.run()
        let isFull = Box(true)
        world.store.fate = { _ in isFull.value ? .full : .commit }
        #expect(failure(try world.settle(opening("b"), by: People.liNa)) == .unavailable)
        #expect(world.kernel.isReadOnly)
        let asked = world.decider.asked.count
        #expect(failure(try world.settle(opening("c"), by: People.liNa)) == .unavailable)
        #expect(world.decider.asked.count == asked)
        #expect(try #require(world.send(known).value.first).get().repeated)
        world.now = try #require(world.kernel.nextWake)
        #expect(failure(try world.settle(opening("c"), by: People.liNa)) == .unavailable)
        #expect(world.decider.asked.count == asked + 1, "one more is tried")
        isFull.value = false
        world.now = try #require(world.kernel.nextWake)
        #expect(failure(try world.settle(opening("c"), by: People.liNa)) == nil)
        #expect(!world.kernel.isReadOnly)
        #expect(world.store.cases.count == 2)
    }

    @Test("an unknown outcome drops all memory; the same key then finds out", arguments: [true, false])
    func unknown(written: Bool) throws {
        let world = try World()
        let fates = Box<[MemoryStore.Fate]>([.unknown(written: written)])
        world.store.fate = { _ in fates.value.isEmpty ? .commit : fates.value.removeFirst() }
        let command = world.command(opening("a"), by: People.liNa)
        let queued = world.command(.setBudget(pool: World.pool, amount: 1, document: "1号"), by: People.chenJie)
        let boxes = [world.send(command), world.send(queued)]
        world.run()
        #expect(boxes.map { failure($0.value[0]) } == [.unavailable, .unavailable])
        #expect(world.kernel.casesInMemory == 0)
        let again = world.send(command)
        world.run()
        #expect(try again.value[0].get().repeated == written)
        #expect(try again.value[0].get().number == "TS-220122-2026-000001")
        #expect(world.store.cases.count == 1)
        #expect(world.store.complaints.isEmpty)
    }

    @Test("the next batch is on its way to the disk before the replies of the last one are made")
    func storeFirst() throws {
        let world = try World()
        let first = world.command(opening("a"), by: People.liNa)
        let (store, pendingAtReply) = (Box(world.store), Box<[Int]>([]))
        let reply: @Sendable (CommandOutcome) -> Void = { _ in
            pendingAtReply.value.append(store.value.pending.count)
        }
        world.kernel.receive(.command(first, reply: reply), now: world.now)
        world.deliver()
        world.kernel.turn(now: world.now)
        let second = world.send(world.command(opening("b"), by: People.liNa))
        world.deliver()
        world.kernel.turn(now: world.now)
        #expect(world.store.pending.count == 1 && world.store.batches == [])
        world.store.finish()
        world.deliver()
        #expect(pendingAtReply.value == [1])
        world.run()
        #expect(world.store.batches == [1, 1] && second.value.count == 1)
    }

    @Test("a store that cannot be read is tried again from time to time")
    func unreadable() throws {
        let world = try World()
        let id = try world.open("a")
        world.store.fate = { [store = world.store] _ in
            store.isReadable = false
            return .unknown(written: false)
        }
        #expect(failure(try world.settle(opening("b"), by: People.liNa)) == .unavailable)
        #expect(failure(try world.event("withdraw", id, by: People.liNa)) == .unavailable)
        world.store.fate = { _ in .commit }
        world.store.isReadable = true
        world.now = try #require(world.kernel.nextWake)
        world.run()
        #expect(failure(try world.event("withdraw", id, by: People.liNa)) == nil)
    }

    @Test("a timer whose claim cannot be looked up is not lost: it fires when the store can be read again")
    func unreadableClaim() throws {
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
        world.now = world.now.advanced(milliseconds: 3_600_001)
        world.kernel.turn(now: world.now)
        world.store.isReadable = false
        world.deliver()
        world.run()
        #expect(world.store.cases[id]?.version == 1)
        world.store.isReadable = true
        world.now = try #require(world.kernel.nextWake)
        world.run()
        #expect(world.states(id) == "b" && world.store.claims.count == 1)
        #expect(try world.body(id).incident == nil)
    }

    @Test("after a restart waiters, timers and numbers go on where they stood")
    func restart() throws {
        let world = try World()
        let id = try world.open("a")
        try world.reachFunds(id)
        let young = try world.open("b")
        _ = try world.event("village.verified", young, by: People.wangFang).get()
        let budget = world.send(
            world.command(.setBudget(pool: World.pool, amount: 80_000, document: "1号"), by: People.chenJie))
        world.kernel.turn(now: world.now)
        world.store.finish()
        // Killed between the commit and the reply: the grant that follows from it is found again.
        try world.reboot()
        #expect(budget.value.isEmpty)
        try world.advance(to: "2026-03-20")
        #expect(world.states(id) == "open/approval")
        #expect(world.states(young).hasPrefix("open/jointCheck"))
        let third = try world.open("c")
        #expect(world.store.cases[third]?.number == "TS-220122-2026-000003")
        #expect(world.store.complaints.isEmpty)
    }

    @Test("ids given before a restart are not given again, even when the clock stands still")
    func idsAfterRestarts() throws {
        let world = try World()
        for round in 0..<5 {
            for person in 0..<3 { try world.open("\(round) \(person)") }
            try world.reboot()
        }
        #expect(world.store.cases.count == 15)
    }

    @Test("without its plugin a case waits, and goes on when the plugin is there")
    func missingPlugin() throws {
        let world = try World()
        let id = try world.open("a")
        _ = try world.event("village.verified", id, by: People.wangFang).get()
        try world.advance(to: "2026-03-05")
        let later = try world.open("b")
        _ = try world.event("village.verified", later, by: People.wangFang).get()
        try world.reboot(installing: false)
        #expect(failure(try world.event("withdraw", id, by: People.liNa)) == .unavailable)
        try world.advance(to: "2026-03-10")
        #expect(world.kernel.statistics.stranded == 1)
        #expect(world.kernel.nextWake != nil, "one case that cannot go on does not stop the others' timers")
        #expect(world.states(id) == "open/publicity")
        // A patch of the same chart takes over.
        var patch = world.plugin
        patch.digest = digest(77)
        try world.kernel.install(patch)
        world.run()
        #expect(world.states(id).hasPrefix("open/jointCheck"))
        #expect(try world.envelope(id).plugin == digest(77))
    }

    @Test("a chart imported from SCXML, which would drop errors, is not installed; the same chart of its own is")
    func importedChart() throws {
        func chart(_ dialect: String) -> String {
            """
            {"chart":"test",\(dialect)"format":1,"states":[{"id":"a","transitions":[{"event":"case.open","to":["b"]}]},
              {"id":"b","final":true}]}
            """
        }
        _ = try World(chart: chart(""))
        let store = MemoryStore()
        let refusal = #expect(throws: UnfitPlugin.self) {
            try World(chart: chart(#""dialect":"scxml","#), store: store)
        }
        #expect(refusal?.type == "test")
        #expect(refusal?.description.contains("imported from SCXML") == true)
        #expect(store.definitions.isEmpty)
    }
}

extension FactsView {
    fileprivate init(decided bytes: [UInt8]) {
        do { try self.init(bytes) } catch { preconditionFailure("the kernel's own facts cannot be read") }
    }
}
