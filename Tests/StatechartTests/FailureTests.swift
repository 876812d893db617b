import Testing

@testable import Statechart

@Suite("Failures, refusals and data")
struct FailureTests {
    static let chart = """
        "states":[{"id":"a","transitions":[
            {"event":"x","if":"first && second","do":["one",{"block":["two","three"]},"four"],"to":["b"]},
            {"event":"x","if":"!first || second","to":["c"]}]},
          {"id":"b"},{"id":"c"}]
        """
    static let caught = chart.replacing(
        "\"transitions\":[", with: "\"transitions\":[{\"event\":\"error.execution\",\"do\":[\"mend\"]},",
        maxReplacements: 1)

    @Test("Both sides of && and || are asked only when needed")
    func shortCircuit() throws {
        var machine = try Machine(Self.chart, guards: ["first": .no])
        machine.send("x")
        #expect(machine.recorder.asked == ["first", "first"])
        #expect(machine.states == ["c"])
        machine = try Machine(Self.chart, guards: ["second": .no])
        machine.send("x")
        #expect(machine.recorder.asked == ["first", "second", "first", "second"])
        #expect(machine.last.outcome == .unmatched)
    }

    @Test("A guard that fails counts as no and raises error.execution", arguments: [GuardAnswer.failed, .needsPayload])
    func failingGuard(answer: GuardAnswer) throws {
        var machine = try Machine(Self.chart, guards: ["second": answer])
        #expect(machine.send("x").outcome == .unhandledError("error.execution"))
        machine = try Machine(Self.caught, guards: ["second": answer])
        #expect(machine.send("x").outcome == .completed)
        #expect(machine.recorder.trace == ["mend", "mend"], "one error for each of the two conditions")
        #expect(machine.last.triggered.isEmpty)
    }

    @Test("An action that fails ends its block and raises error.execution")
    func failingAction() throws {
        var machine = try Machine(Self.chart, actions: ["two": .failed])
        #expect(machine.send("x").outcome == .unhandledError("error.execution"))
        #expect(machine.recorder.trace == ["one", "two", "four"], "the outer block goes on")
        machine = try Machine(Self.caught, actions: ["one": .failed])
        machine.send("x")
        #expect(machine.recorder.trace == ["one"], "in b nobody mends")
        #expect(machine.last.outcome == .unhandledError("error.execution"))
    }

    @Test("An error raised on the way into the chart's end is taken by nobody")
    func failureAtTheEnd() throws {
        let ending = """
            "states":[{"id":"a","transitions":[
                {"event":"error.execution","to":["b"]},{"event":"x","do":["one"],"to":["end"]}]},
              {"id":"b"},{"id":"end","final":true}]
            """
        var machine = try Machine(ending)
        #expect(machine.send("x").outcome == .completed)
        machine = try Machine(ending, actions: ["one": .failed])
        #expect(machine.send("x").outcome == .unhandledError("error.execution"))
    }

    @Test("A refusal ends the macrostep at once")
    func refused() throws {
        var machine = try Machine(Self.chart, actions: ["three": .refused])
        #expect(machine.send("x").outcome == .refused)
        #expect(machine.recorder.trace == ["one", "two", "three"])
    }

    @Test("Events an action raises come before anything from outside")
    func raised() throws {
        var machine = try Machine(
            """
            "states":[{"id":"a","transitions":[{"event":"x","do":["act"],"to":["b"]}]},
              {"id":"b","transitions":[{"event":"inner","to":["c"]}]},{"id":"c"}]
            """, actions: ["act": .done(raised: ["unknown", "inner"])])
        machine.send("x")
        #expect(machine.states == ["c"])
    }

    @Test("Data of raise, send and done reaches _event.data; an external payload does not")
    func data() throws {
        var machine = try Machine(
            """
            "variables":[{"id":"n","value":"20"}],"states":[
              {"id":"a","transitions":[{"event":"x","do":[{"raise":"r","data":{"k":"n + 1"}}]},
                {"event":"r","do":[{"log":"raised","value":"_event.data.k"},{"send":"s","content":"[n, 'q']"}]},
                {"event":"s","to":["c"],
                 "do":[{"log":"sent","value":"_event.data"},{"log":"name","value":"_event.name"}]},
                {"event":"y","if":"bound(_event.data)","do":["never"]}]},
              {"id":"c","transitions":[{"event":"done","do":[{"log":"done","value":"_event.data.v"}]}],
               "states":[{"id":"f","final":true,"data":{"v":"n * 2"}}]}]
            """)
        #expect(machine.send("y").outcome == .unmatched)
        machine.send("x")
        #expect(machine.recorder.trace == ["raised: 21", "sent: [20,q]", "name: s", "done: 40"])
    }

    @Test("A delayed send is an intent, and comes back with its data")
    func delayed() throws {
        var machine = try Machine(
            """
            "states":[{"id":"a","entry":[{"send":"late","delay":"5s","id":"reminder","data":{"k":"1"}}],
              "transitions":[{"event":"late","do":[{"log":"k","value":"_event.data.k"}]},
                             {"event":"never mind","do":[{"cancel":"reminder"}]}]}]
            """.replacing("never mind", with: "nevermind"))
        let send = DelayedSend(
            id: "reminder", event: "late", delayMilliseconds: 5_000, data: .map([.init("k", .integer(1))]))
        #expect(machine.last.intents == [.sendDelayed(send)])
        #expect(machine.send("nevermind").intents == [.cancelDelayed("reminder")])
        machine.send(.delayed(send))
        #expect(machine.recorder.trace == ["k: 1"])
    }

    @Test("foreach goes over the list as it was, if chooses, assign keeps")
    func content() throws {
        let machine = try Machine(
            """
            "variables":[{"id":"sum","value":"0"},{"id":"list","value":"[1,2,3]"}],"states":[{"id":"a","entry":[
              {"foreach":"list","as":"item","index":"i","do":[
                {"if":"item == 2","then":[{"log":"two at","value":"i"}],"else":[{"assign":"list","value":"[]"}]},
                {"assign":"sum","value":"sum + item * 10"}]},
              {"log":"sum","value":"sum"}]}]
            """)
        #expect(machine.recorder.trace == ["two at: 1", "sum: 60"])
        #expect(machine.interpreter.value(of: "list") == .list([]))
        #expect(machine.interpreter.value(of: "unknown") == nil)
    }

    @Test("An eventless condition that fails fails the whole at once, not by the bound; imported charts meet the bound")
    func failingForEver() throws {
        let chart = """
            "states":[{"id":"a","transitions":[{"event":"x","do":[{"send":"later"}],"to":["b"]}]},
              {"id":"b","transitions":[{"if":"broken","to":["a"]},{"event":"later","do":["late"]}]}]
            """
        var machine = try Machine(chart, guards: ["broken": .failed])
        #expect(machine.send("x").outcome == .unhandledError("error.execution"))
        #expect(machine.recorder.asked == ["broken"])
        #expect(machine.recorder.trace.isEmpty, "its own send is part of what is dropped")
        let throwing = "\"states\":[{\"id\":\"a\",\"transitions\":[{\"if\":\"throws()\",\"to\":[\"a\"]}]}]"
        machine = try Machine("\"dialect\":\"scxml\",\(throwing)")
        #expect(machine.last.outcome == .microstepLimit)
    }

    @Test("An error that is caught lets an eventless condition be asked again")
    func caughtForEver() throws {
        let machine = try Machine(
            """
            "variables":[{"id":"n","value":"0"}],"states":[{"id":"a","transitions":[
              {"if":"n < 3 && broken","to":["b"]},
              {"event":"error.execution","do":[{"assign":"n","value":"n + 1"}]}]},{"id":"b"}]
            """, guards: ["broken": .failed])
        #expect(machine.last.outcome == .completed)
        #expect(machine.recorder.asked.count == 3)
    }

    @Test("A loop over many values is stopped")
    func bounded() throws {
        let list = "[" + Array(repeating: "1", count: 1_000).joined(separator: ",") + "]"
        let machine = try Machine(
            """
            "variables":[{"id":"l","value":"\(list)"}],"states":[{"id":"a","entry":[
              {"foreach":"l","as":"a1","do":[{"foreach":"l","as":"b1","do":[{"assign":"a1","value":"0"}]}]}]}]
            """)
        #expect(machine.last.outcome == .microstepLimit)
    }
}
