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
}
