import Testing

@testable import Statechart

@Suite("History, tasks and timers")
struct HistoryTests {
    /// A state with two levels inside, left and entered again through its history.
    static func chart(_ kind: String) -> String {
        """
        "states":[{"id":"c","transitions":[{"event":"out","to":["away"]}],
            "tasks":[{"id":"outer","role":"clerk"}],"states":[
              {"id":"h","history":"\(kind)","to":["a"],"do":["defaultHistory"]},
              {"id":"a","transitions":[{"event":"x","to":["b"]}],"tasks":[{"id":"first","role":"clerk"}]},
              {"id":"b","initial":["b1"],"tasks":[{"id":"middle","role":"clerk"}],"states":[
                {"id":"b1","tasks":[{"id":"early","role":"clerk"}],"transitions":[{"event":"x","to":["b2"]}]},
                {"id":"b2","tasks":[{"id":"late","role":"clerk"}]}]}]},
          {"id":"away","transitions":[{"event":"back","to":["c/h"]},{"event":"anew","to":["c"]}]}]
        """
    }

    private func tasks(_ machine: Machine) -> [String] {
        machine.last.intents.compactMap { intent in
            switch intent {
            case .openTask(let task): "open \(machine.definition.tasks[task].id)"
            case .reopenTask(let task): "reopen \(machine.definition.tasks[task].id)"
            case .withdrawTask(let task): "withdraw \(machine.definition.tasks[task].id)"
            default: nil
            }
        }
    }

    @Test("Deep history returns to the leaf and reopens every task on the way")
    func deep() throws {
        var machine = try Machine(Self.chart("deep"))
        machine.send("x")
        machine.send("x")
        #expect(machine.states == ["c/b/b2"])
        machine.send("out")
        #expect(tasks(machine) == ["withdraw late", "withdraw middle", "withdraw outer"])
        machine.send("back")
        #expect(machine.states == ["c/b/b2"])
        #expect(tasks(machine) == ["reopen outer", "reopen middle", "reopen late"])
        #expect(machine.recorder.trace.isEmpty, "default content is for a history that remembers nothing")
    }

    @Test("Shallow history returns to the child; what lies inside it begins anew")
    func shallow() throws {
        var machine = try Machine(Self.chart("shallow"))
        machine.send("x")
        machine.send("x")
        machine.send("out")
        machine.send("back")
        #expect(machine.states == ["c/b/b1"])
        #expect(tasks(machine) == ["reopen outer", "reopen middle", "open early"])
    }

    @Test("Any other way in opens new tasks")
    func anew() throws {
        var machine = try Machine(Self.chart("deep"))
        machine.send("out")
        machine.send("anew")
        #expect(machine.states == ["c/a"])
        #expect(tasks(machine) == ["open outer", "open first"])
    }

    @Test("A history that remembers nothing runs its default content and opens new tasks")
    func defaultContent() throws {
        var machine = try Machine("\"initial\":[\"away\"],\(Self.chart("deep"))")
        machine.send("back")
        #expect(machine.states == ["c/a"])
        #expect(machine.recorder.trace == ["defaultHistory"])
        #expect(tasks(machine) == ["open outer", "open first"])
    }

    @Test("History survives a snapshot")
    func snapshot() throws {
        var machine = try Machine(Self.chart("deep"))
        for event in ["x", "x", "out"] { machine.send(event) }
        machine.interpreter = try Interpreter(machine.definition, restoring: machine.interpreter.snapshot())
        machine.send("back")
        #expect(machine.states == ["c/b/b2"])
    }

    @Test("A parallel state's deep history brings back each region")
    func parallelHistory() throws {
        var machine = try Machine(
            """
            "states":[{"id":"p","transitions":[{"event":"out","to":["away"]}],"regions":[
                {"id":"h","history":"deep","to":["a/a1","b/b1"]},
                {"id":"a","states":[{"id":"a1","transitions":[{"event":"x","to":["a2"]}]},{"id":"a2"}]},
                {"id":"b","states":[{"id":"b1","transitions":[{"event":"y","to":["b2"]}]},{"id":"b2"}]}]},
              {"id":"away","transitions":[{"event":"back","to":["p/h"]}]}]
            """)
        for event in ["y", "out", "back"] { machine.send(event) }
        #expect(machine.states == ["p/a/a1", "p/b/b2"])
    }

    @Test("An 'after' runs while its state is active and starts anew on entry")
    func after() throws {
        var machine = try Machine(
            """
            "states":[{"id":"a","transitions":[{"after":"5wd","firstDay":"counted","if":"ready","to":["b"]},
                {"after":"5wd","firstDay":"counted","to":["c"]},{"event":"again","to":["a"]}]},{"id":"b"},{"id":"c"}]
            """, guards: ["ready": .no])
        #expect(machine.definition.timers.count == 1, "a guarded transition and its else share the timer")
        #expect(machine.last.intents == [.startTimer(0)])
        machine.send("again")
        #expect(machine.last.intents == [.cancelTimer(0), .startTimer(0)])
        machine.send(.timer(0))
        #expect(machine.states == ["c"])
        #expect(machine.last.intents == [.cancelTimer(0)])
        #expect(machine.send(.timer(0)).outcome == .unmatched)
        #expect(machine.send(.timer(7)).outcome == .unmatched)
    }

    @Test("Named timers belong to the case and do as they are told")
    func named() throws {
        var machine = try Machine(
            """
            "timers":[{"id":"deadline","duration":"30d"}],"states":[
              {"id":"a","entry":[{"start":"deadline"}],
               "transitions":[{"event":"ask","to":["b"],"do":[{"pause":"deadline"}]}]},
              {"id":"b","transitions":[{"event":"answer","to":["c"],"do":[{"resume":"deadline"}]}]},
              {"id":"c","transitions":[{"timer":"deadline","to":["late"]},{"event":"end","do":[{"stop":"deadline"}]}]},
              {"id":"late"}]
            """)
        #expect(machine.definition.timers[0].isNamed)
        #expect(machine.last.intents == [.startTimer(0)])
        #expect(machine.send("ask").intents == [.pauseTimer(0)])
        #expect(machine.send("answer").intents == [.resumeTimer(0)])
        #expect(machine.send("end").intents == [.cancelTimer(0)])
        machine.send(.timer(0))
        #expect(machine.states == ["late"])
    }
}
