import Testing

@testable import Statechart

@Suite("Edges that random charts and the suites of others rarely meet")
struct EdgeTests {
    @Test(
        "The bound of microsteps: a thousand pass, one more does not",
        arguments: [(ChartLimits.microsteps, true), (ChartLimits.microsteps + 1, false)])
    func microsteps(count: Int, passes: Bool) throws {
        let machine = try Machine(
            """
            "variables":[{"id":"n","value":"0"}],"states":[{"id":"a",
              "transitions":[{"if":"n < \(count)","do":[{"assign":"n","value":"n + 1"}]}]}]
            """)
        #expect(machine.last.outcome == (passes ? .completed : .microstepLimit))
        #expect(machine.last.taken.count == ChartLimits.microsteps)
    }

    @Test("Default content of a history runs after its parent's entry and before that of what is entered")
    func historyContent() throws {
        for kind in ["shallow", "deep"] {
            var machine = try Machine(
                """
                "initial":["away"],"states":[
                  {"id":"c","entry":["enterC"],"initialDo":["initialC"],"states":[
                    {"id":"h","history":"\(kind)","to":["d/e"],"do":["defaultH"]},
                    {"id":"a","entry":["enterA"]},
                    {"id":"d","entry":["enterD"],"initialDo":["initialD"],
                     "states":[{"id":"f"},{"id":"e","entry":["enterE"]}]}]},
                  {"id":"away","transitions":[{"event":"in","do":["go"],"to":["c/h"]}]}]
                """)
            machine.send("in")
            #expect(machine.recorder.trace == ["go", "enterC", "defaultH", "enterD", "enterE"])
            #expect(machine.states == ["c/d/e"])
        }
    }

    @Test("Entry, then initial content, then what lies inside")
    func initialContent() throws {
        let machine = try Machine(
            """
            "initialDo":["chart"],"states":[{"id":"c","entry":["enterC"],"initialDo":["initialC"],
              "states":[{"id":"a","entry":["enterA"]}]}]
            """)
        #expect(machine.recorder.trace == ["chart", "enterC", "initialC", "enterA"])
    }

    @Test("cancel takes back an own send that still waits, and no other")
    func cancelled() throws {
        var machine = try Machine(
            """
            "states":[{"id":"a","transitions":[
                {"event":"go","do":[{"send":"one","id":"x"},{"send":"two","id":"y"},{"send":"three","id":"x"},
                                    {"cancel":"x"}]},
                {"event":"*","do":[{"log":"got","value":"_event.name"}]}]}]
            """)
        machine.send("go")
        #expect(machine.recorder.trace == ["got: two"])
        #expect(machine.last.intents == [.cancelDelayed("x")])
    }

    @Test("Delayed sends without an id get one each, also after a snapshot")
    func madeIDs() throws {
        var machine = try Machine(
            """
            "states":[{"id":"a","transitions":[
                {"event":"go","do":[{"send":"late","delay":"1s"},{"send":"late","delay":"1s"}]}]}]
            """)
        var ids: [String] = []
        for _ in 0..<3 {
            for case .sendDelayed(let send) in machine.send("go").intents {
                ids.append(send.id)
                #expect(!send.isNamed)
            }
            machine.interpreter = try Interpreter(machine.definition, restoring: machine.interpreter.snapshot())
        }
        #expect(ids.count == 6)
        #expect(Set(ids).count == 6)
    }

    @Test("A final state of the chart ends it in the middle: raised and sent events are not taken any more")
    func finalInTheMiddle() throws {
        var machine = try Machine(
            """
            "states":[{"id":"a","transitions":[
                {"event":"x","do":[{"raise":"more"},{"send":"later"}],"to":["p"]}]},
              {"id":"p","transitions":[{"event":"*","do":["tooLate"]}],"regions":[
                {"id":"q","states":[{"id":"q1","entry":[{"raise":"more"}],"transitions":[{"to":["/z"]}]}]},
                {"id":"r"}]},
              {"id":"z","final":true}]
            """)
        #expect(machine.send("x").outcome == .completed)
        #expect(machine.recorder.trace.isEmpty)
        #expect(machine.interpreter.isDone)
        #expect(!machine.interpreter.hasQueuedEvents)
        #expect(machine.interpreter.candidates().isEmpty)
    }

    @Test("A parallel state with a region that has no final state is never done")
    func neverDone() throws {
        var machine = try Machine(
            """
            "states":[{"id":"p","transitions":[{"event":"done","do":["joined"]}],"regions":[
              {"id":"a","states":[{"id":"a1","transitions":[{"event":"x","to":["a2"]}]},{"id":"a2","final":true}]},
              {"id":"b"}]}]
            """)
        machine.send("x")
        #expect(machine.recorder.trace.isEmpty)
    }

    @Test("A condition above two regions is asked once for both, and its error is raised once")
    func askedOnce() throws {
        var machine = try Machine(
            """
            "states":[{"id":"p","transitions":[{"event":"x","if":"broken"},{"event":"error.*","do":["mend"]}],
              "regions":[{"id":"a"},{"id":"b"},{"id":"c"}]}]
            """, guards: ["broken": .failed])
        machine.send("x")
        #expect(machine.recorder.asked == ["broken"])
        #expect(machine.recorder.trace == ["mend"])
    }

    @Test("A failing guard lets the next transition have the event, and a failing action undoes nothing before it")
    func failures() throws {
        var machine = try Machine(
            """
            "states":[{"id":"a","transitions":[{"event":"x","if":"broken","to":["b"]},{"event":"x","to":["c"]}]},
              {"id":"b"},{"id":"c","transitions":[{"event":"error.execution","do":["one","two","three"],"to":["d"]}]},
              {"id":"d","transitions":[{"event":"error.execution","do":["mended"]}]}]
            """, guards: ["broken": .failed], actions: ["two": .failed])
        machine.send("x")
        #expect(machine.states == ["d"])
        #expect(machine.recorder.trace == ["one", "two", "mended"])
        #expect(machine.last.outcome == .completed)
    }

    /// What the chart does not hear; a guard that would let it move on by itself says yes meanwhile.
    private static let silent: [ChartEvent] = [
        .external("nobody"), .internal("nobody"), .withData("nobody", .integer(1)), .timer(0),
        .delayed(DelayedSend(id: "d", event: "nobody", delayMilliseconds: 1)),
    ]

    @Test("What nobody hears changes nothing, though a guard that said no would now say yes", arguments: silent)
    func unheard(event: ChartEvent) throws {
        let chart = """
            "timers":[{"id":"t","duration":"1d"}],
            "states":[{"id":"a","transitions":[{"if":"ready","to":["b"]},{"event":"x","if":"!ready","to":["b"]},
              {"event":"heard"}]},{"id":"b"}]
            """
        var machine = try Machine(chart, guards: ["ready": .no])
        machine.recorder.guards["ready"] = .yes
        let before = machine.interpreter.snapshot()
        for event in [event, .external("x")] {
            #expect(machine.send(event).outcome == .unmatched)
            #expect(machine.last.taken.isEmpty && machine.last.intents.isEmpty)
            #expect(machine.recorder.asked == (event == .external("x") ? ["ready"] : []))
            #expect(machine.interpreter.snapshot() == before)
        }
        #expect(machine.send("heard").taken.count == 2, "what is heard lets it move on")
        #expect(machine.states == ["b"])
    }

    @Test("In imported charts an eventless condition hears what nobody took, as the suites of others want it")
    func unheardImported() throws {
        let chart = """
            "states":[{"id":"a","transitions":[{"if":"bound(_event.name) && _event.name == 'y'","to":["b"]}]},
              {"id":"b"}]
            """
        var machine = try Machine("\"dialect\":\"scxml\",\(chart)")
        #expect(machine.send("x").outcome == .unmatched)
        #expect(machine.send("y").outcome == .completed)
        #expect(machine.states == ["b"])
        machine = try Machine(chart)
        #expect(machine.send("y").outcome == .unmatched)
    }

    @Test("An own send that nobody hears changes nothing")
    func unheardSend() throws {
        var machine = try Machine(
            """
            "variables":[{"id":"n","value":"0"}],
            "states":[{"id":"a","transitions":[{"event":"x","do":[{"send":"one"},{"send":"two"}]},
              {"event":"two","do":[{"assign":"n","value":"1"}]},
              {"if":"bound(_event.name) && _event.name == 'one'","to":["b"]}]},{"id":"b"}]
            """)
        #expect(machine.send("x").outcome == .completed)
        #expect(machine.states == ["a"])
        #expect(machine.interpreter.value(of: "n") == .integer(1))
    }

    @Test("Names of events and sends match byte by byte, also where two look the same")
    func exactNames() throws {
        let (one, other) = ("\u{E9}", "e\u{301}")
        var machine = try Machine(
            """
            "states":[{"id":"a","transitions":[{"event":"\(one)","do":["one"]},{"event":"\(other)","do":["other"]},
              {"event":"x.\(one)","do":["exact"]},{"event":"y.\(one).*","do":["prefix"]},
              {"event":"send","do":[{"send":"\(one)","id":"\(one)"},{"send":"\(other)","id":"\(other)"},
                                    {"cancel":"\(one)"}]}]}]
            """)
        let short = machine.definition.events.map { Array($0.utf8) }.filter { $0.count < 4 }
        #expect(short == [Array(other.utf8), Array(one.utf8)])
        let table: [(String, [String])] = [
            (one, ["one"]), (other, ["other"]), ("x.\(one)", ["exact"]), ("x.\(other)", []),
            ("y.\(one).z", ["prefix"]), ("y.\(other).z", []), ("send", ["other"]),
        ]
        for (event, trace) in table {
            #expect(machine.send(event).outcome == (trace.isEmpty ? .unmatched : .completed))
            #expect(machine.recorder.trace == trace)
            #expect(machine.interpreter.candidates(for: event).isEmpty == trace.isEmpty)
        }
    }

    @Test("An action that refuses at the start, or in an own send, refuses the whole")
    func refusals() throws {
        let chart = """
            "states":[{"id":"a","entry":["begin"],"transitions":[{"event":"x","do":[{"send":"go"}],"to":["b"]}]},
              {"id":"b","transitions":[{"event":"go","do":["act"],"to":["c"]}]},{"id":"c"}]
            """
        var machine = try Machine(chart, actions: ["begin": .refused])
        #expect(machine.last.outcome == .refused)
        machine = try Machine(chart, actions: ["act": .refused])
        #expect(machine.last.outcome == .completed)
        #expect(machine.send("x").outcome == .refused)
        machine = try Machine(chart, actions: ["act": .failed])
        #expect(machine.send("x").outcome == .unhandledError("error.execution"))
        machine = try Machine(chart)
        #expect(machine.send("x").outcome == .completed)
        #expect(machine.states == ["c"])
    }

    @Test("An error that is raised and not taken fails the whole; one that is sent or comes from outside does not")
    func raisedErrors() throws {
        var machine = try Machine(
            """
            "states":[{"id":"a","transitions":[
              {"event":"raise","do":[{"raise":"error.x"}]},{"event":"act","do":["act"]},
              {"event":"short","do":["short"]},{"event":"send","do":[{"send":"error.x"}]},
              {"event":"caught","do":[{"raise":"error.y"}]},{"event":"error.y","do":["mend"]}]}]
            """, actions: ["act": .done(raised: ["error.z"]), "short": .done(raised: ["error"])])
        for (event, error) in [("raise", "error.x"), ("act", "error.z"), ("short", "error")] {
            let before = machine.interpreter
            #expect(machine.send(event).outcome == .unhandledError(error))
            machine.interpreter = before
        }
        #expect(machine.send("send").outcome == .completed)
        #expect(machine.send("caught").outcome == .completed)
        #expect(machine.recorder.trace == ["mend"])
        for event in ["error.x", "error.execution", "error"] { #expect(machine.send(event).outcome == .unmatched) }
    }

    @Test("An event from outside named as the platform names its own is heard like any other, and no error")
    func platformNames() throws {
        var machine = try Machine(
            """
            "states":[{"id":"c","states":[{"id":"d"}],"transitions":[
              {"event":"done","do":["done"]},{"event":"error.execution","do":["mend"]}]}]
            """)
        for (event, trace) in [("done.state.c", ["done"]), ("error.execution", ["mend"])] {
            #expect(machine.send(event).outcome == .completed)
            #expect(machine.last.triggered.count == 1)
            #expect(machine.recorder.trace == trace)
        }
        #expect(machine.send("done.state.c.d").outcome == .unmatched)
        #expect(machine.send("error.communication").outcome == .unmatched)
    }
}
