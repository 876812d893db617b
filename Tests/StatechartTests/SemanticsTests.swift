import Testing

@testable import Statechart

@Suite("Semantics of SCXML, Appendix D, and its three clarifications")
struct SemanticsTests {
    /// Two regions; the first may end, the second has to be told twice.
    static let regions = """
        "states":[
          {"id":"p","transitions":[{"event":"done","to":["q"],"do":["joined"]},{"event":"out","to":["q"]}],"regions":[
            {"id":"a","states":[{"id":"a1","transitions":[{"event":"x","to":["a2"]}]},{"id":"a2","final":true}]},
            {"id":"b","states":[{"id":"b1","transitions":[{"event":"y","to":["b2"]}]},
                                {"id":"b2","transitions":[{"event":"y","to":["b3"]}]},{"id":"b3","final":true}]}]},
          {"id":"q"}]
        """

    @Test("A parallel state is done when every region is, not before")
    func parallelDone() throws {
        var machine = try Machine(Self.regions)
        #expect(machine.states == ["p/a/a1", "p/b/b1"])
        machine.send("x")
        #expect(machine.states == ["p/a/a2", "p/b/b1"])
        machine.send("y")
        #expect(machine.states == ["p/a/a2", "p/b/b2"])
        #expect(machine.recorder.trace.isEmpty)
        machine.send("y")
        #expect(machine.states == ["q"])
        #expect(machine.recorder.trace == ["joined"])
    }

    @Test("A region in its final state is not done twice when the other one moves on")
    func doneOnce() throws {
        var machine = try Machine(
            """
            "states":[{"id":"p","transitions":[{"event":"done","do":["joined"]}],"regions":[
              {"id":"a","states":[{"id":"a1","final":true}]},
              {"id":"b","states":[{"id":"b1","transitions":[{"event":"y","to":["b2"]},{"event":"z"}]},
                                  {"id":"b2","final":true}]}]}]
            """)
        machine.send("z")
        #expect(machine.recorder.trace.isEmpty)
        machine.send("y")
        #expect(machine.recorder.trace == ["joined"])
    }

    @Test("A parallel state inside a parallel state completes it")
    func nestedParallelDone() throws {
        var machine = try Machine(
            """
            "states":[{"id":"p","transitions":[{"event":"done","to":["q"]}],"regions":[
              {"id":"a","states":[{"id":"a1","final":true}]},
              {"id":"r","regions":[{"id":"b","states":[{"id":"b1","transitions":[{"event":"y","to":["b2"]}]},
                                                        {"id":"b2","final":true}]}]}]},{"id":"q"}]
            """)
        #expect(machine.states == ["p/a/a1", "p/r/b/b1"])
        machine.send("y")
        #expect(machine.states == ["q"])
    }

    @Test("A final state of the chart stops it")
    func topLevelFinal() throws {
        var machine = try Machine(
            """
            "states":[{"id":"a","exit":["left"],"transitions":[{"event":"x","to":["z"],"do":[{"raise":"more"}]}]},
                      {"id":"z","final":true,"entry":["arrived"],"exit":["ended"]}]
            """)
        machine.send("x")
        #expect(machine.recorder.trace == ["left", "arrived", "ended"])
        #expect(machine.interpreter.isDone)
        #expect(machine.states == ["z"])
        #expect(machine.send("x").outcome == .unmatched)
        #expect(machine.send(.timer(0)).outcome == .unmatched)
    }

    @Test("Entry in document order, exit in reverse, transition in between")
    func order() throws {
        var machine = try Machine(
            """
            "initial":["a"],"states":[
              {"id":"p","entry":["enterP"],"exit":["exitP"],"regions":[
                {"id":"r","entry":["enterR"],"exit":["exitR"],"initialDo":["defaultR"],
                 "states":[{"id":"r1","entry":["enterR1"],"exit":["exitR1"]}]},
                {"id":"s","entry":["enterS"],"exit":["exitS"],
                 "states":[{"id":"s1","entry":["enterS1"],"exit":["exitS1"]}]}],
               "transitions":[{"event":"out","do":["go"],"to":["a"]}]},
              {"id":"a","entry":["enterA"],"exit":["exitA"],"transitions":[{"event":"in","do":["come"],"to":["p"]}]}]
            """)
        machine.send("in")
        #expect(
            machine.recorder.trace
                == ["exitA", "come", "enterP", "enterR", "defaultR", "enterR1", "enterS", "enterS1"])
        machine.send("out")
        #expect(machine.recorder.trace == ["exitS1", "exitS", "exitR1", "exitR", "exitP", "go", "enterA"])
    }

    @Test("Clarification 1: the domain is the least common compound ancestor, never a parallel state")
    func domain() throws {
        var machine = try Machine(
            """
            "states":[{"id":"c","entry":["enterC"],"exit":["exitC"],"states":[
              {"id":"p","entry":["enterP"],"exit":["exitP"],"regions":[
                {"id":"a","states":[{"id":"a1","transitions":[{"event":"x","to":["/c/p/b/b2"]}]}]},
                {"id":"b","exit":["exitB"],"states":[{"id":"b1"},{"id":"b2"}]}]}]}]
            """)
        machine.send("x")
        #expect(
            machine.recorder.trace == ["exitB", "exitP", "enterP"], "the parallel state is left, the compound is not")
        #expect(machine.states == ["c/p/a/a1", "c/p/b/b2"])
    }

    @Test("Clarification 2: of conflicting transitions the first in document order wins")
    func conflict() throws {
        var machine = try Machine(
            """
            "states":[{"id":"p","regions":[
                {"id":"a","states":[{"id":"a1","states":[{"id":"deep"}],
                 "transitions":[{"event":"x","to":["/first"]}]}]},
                {"id":"b","states":[{"id":"b1","transitions":[{"event":"x","to":["/second"]}]}]}]},
              {"id":"first"},{"id":"second"}]
            """)
        machine.send("x")
        #expect(machine.states == ["first"])
    }

    @Test("Clarification 2: a descendant's transition beats its ancestor's, also when it comes later")
    func descendantWins() throws {
        var machine = try Machine(
            """
            "states":[{"id":"p","transitions":[{"event":"x","to":["outer"]}],"regions":[
                {"id":"a","states":[{"id":"a1"}]},
                {"id":"b","states":[{"id":"b1","transitions":[{"event":"x","to":["b2"]}]},{"id":"b2"}]}]},
              {"id":"outer"}]
            """)
        machine.send("x")
        #expect(machine.states == ["p/a/a1", "p/b/b2"])
        machine.send("x")
        #expect(machine.states == ["outer"])
    }

    @Test("Clarification 3: a default initial state may be parallel, never a history")
    func defaultInitial() throws {
        let machine = try Machine(
            """
            "states":[{"id":"c","states":[{"id":"h","history":"deep","to":["z"]},
              {"id":"p","regions":[{"id":"a"},{"id":"b"}]},{"id":"z"}]}]
            """)
        #expect(machine.states == ["c/p/a", "c/p/b"])
    }

    @Test("An inner transition is preferred, an outer one serves where there is none")
    func priority() throws {
        var machine = try Machine(
            """
            "states":[{"id":"c","transitions":[{"event":"x","to":["outer"]},{"event":"y","to":["outer"]}],"states":[
              {"id":"a","transitions":[{"event":"x","to":["b"]}]},{"id":"b"}]},{"id":"outer"}]
            """)
        machine.send("x")
        #expect(machine.states == ["c/b"])
        machine.send("y")
        #expect(machine.states == ["outer"])
    }

    @Test("An internal transition stays in its state, an external one leaves it", arguments: [true, false])
    func internalTransition(isInternal: Bool) throws {
        var machine = try Machine(
            """
            "states":[{"id":"c","entry":["enterC"],"exit":["exitC"],
              "transitions":[{"event":"x","internal":\(isInternal),"to":["b"]}],"states":[{"id":"a"},{"id":"b"}]}]
            """)
        machine.send("x")
        #expect(machine.recorder.trace == (isInternal ? [] : ["exitC", "enterC"]))
        #expect(machine.states == ["c/b"])
    }

    @Test("Internal events come before what was sent from outside, eventless transitions before both")
    func queues() throws {
        var machine = try Machine(
            """
            "states":[{"id":"a","transitions":[
                {"event":"go","to":["b"],"do":[{"send":"last"},{"raise":"second"},{"raise":"third"}]}]},
              {"id":"b","transitions":[{"to":["c"],"do":["eventless"]}]},
              {"id":"c","transitions":[{"event":"second","do":["second"]},{"event":"third","do":["third"]},
                                       {"event":"last","do":["last"],"to":["d"]}]},{"id":"d"}]
            """)
        machine.send("go")
        #expect(machine.recorder.trace == ["eventless", "second", "third", "last"])
    }

    @Test("An endless loop is stopped")
    func endless() throws {
        let machine = try Machine("\"states\":[{\"id\":\"a\",\"transitions\":[{\"to\":[\"a\"]}]}]")
        #expect(machine.last.outcome == .microstepLimit)
    }

    @Test(
        "In() of any state, atomic or not",
        arguments: [("c", true), ("c/a", true), ("/c/a", true), ("c/b", false), ("d", false)])
    func inState(path: String, expected: Bool) throws {
        var machine = try Machine(
            """
            "states":[{"id":"c","states":[{"id":"a","transitions":[{"event":"x","if":"In('\(path)')","do":["yes"]},
              {"event":"x","do":["no"]}]},{"id":"b"}]},{"id":"d"}]
            """)
        machine.send("x")
        #expect(machine.recorder.trace == [expected ? "yes" : "no"])
    }

    @Test(
        "Events match exactly, by whole tokens with '.*', and '*' takes all",
        arguments: [
            ("a", "a", true), ("a", "a.b", false), ("a.*", "a", true), ("a.*", "a.b", true), ("a.*", "a.b.c", true),
            ("a.*", "ab", false), ("a.*", "ab.c", false), ("a.b.*", "a", false), ("*", "whatever.it.is", true),
            ("x a.*", "a.q", true), ("x a.*", "x", true), ("x a.*", "x.y", false), ("a.b", "a.b", true),
        ])
    func eventNames(descriptor: String, event: String, expected: Bool) throws {
        var machine = try Machine(
            "\"states\":[{\"id\":\"s\",\"transitions\":[{\"event\":\"\(descriptor)\",\"to\":[\"t\"]}]},{\"id\":\"t\"}]")
        #expect(machine.interpreter.candidates(for: event).isEmpty != expected)
        machine.send(event)
        #expect(machine.states == [expected ? "t" : "s"])
        #expect(machine.last.outcome == (expected ? .completed : .unmatched))
    }

    @Test("Internal events nobody takes are dropped")
    func dropped() throws {
        var machine = try Machine(
            "\"states\":[{\"id\":\"a\",\"transitions\":[{\"event\":\"x\",\"do\":[{\"raise\":\"nobody\"}]}]}]")
        #expect(machine.send("x").outcome == .completed)
        #expect(machine.send(.internal("nobody")).outcome == .unmatched)
    }

    @Test("Settled: done, or all leaves in a settled or final state")
    func settled() throws {
        var machine = try Machine(
            """
            "states":[{"id":"a","transitions":[{"event":"x","to":["p"]}]},
              {"id":"p","regions":[{"id":"q","settled":true,"states":[{"id":"q1"}]},
                {"id":"r","states":[{"id":"r1","transitions":[{"event":"x","to":["r2"]}]},
                                    {"id":"r2","settled":true,"transitions":[{"event":"x","to":["/z"]}]}]}]},
              {"id":"z","final":true}]
            """)
        var seen = [machine.interpreter.isSettled]
        for _ in 0..<3 {
            machine.send("x")
            seen.append(machine.interpreter.isSettled)
        }
        #expect(seen == [false, false, true, true])
        #expect(machine.interpreter.isDone)
    }
}
