import Testing

@testable import Statechart

@Suite("Snapshots")
struct SnapshotTests {
    static let chart = """
        "variables":[{"id":"n","value":"-5"},{"id":"list","value":"[1,'zwei',true]"},{"id":"free"}],
        \(HistoryTests.chart("deep"))
        """

    private func machine() throws -> Machine {
        var machine = try Machine(Self.chart)
        for event in ["x", "x", "out"] { machine.send(event) }
        return machine
    }

    @Test("The whole state comes back")
    func roundTrip() throws {
        let machine = try machine()
        let restored = try Interpreter(machine.definition, restoring: machine.interpreter.snapshot())
        #expect(restored.snapshot() == machine.interpreter.snapshot())
        #expect(restored.configuration == machine.interpreter.configuration)
        #expect(restored.value(of: "n") == .integer(-5))
        #expect(restored.value(of: "list") == .list([.integer(1), .string("zwei"), .boolean(true)]))
        #expect(restored.value(of: "free") == nil)
        #expect(restored.isDone == machine.interpreter.isDone)
    }

    @Test("Cut short or with something appended it is refused")
    func cut() throws {
        let machine = try machine()
        let bytes = machine.interpreter.snapshot()
        for length in bytes.indices {
            #expect(throws: ChartError(.snapshot, "")) {
                try Interpreter(machine.definition, restoring: Array(bytes[..<length]))
            }
        }
        #expect(throws: ChartError(.snapshot, "")) { try Interpreter(machine.definition, restoring: bytes + [0]) }
    }

    @Test("Any changed byte is refused or gives another legal state, and never traps")
    func changed() throws {
        let machine = try machine()
        let bytes = machine.interpreter.snapshot()
        var accepted = 0
        for position in bytes.indices {
            for value in UInt8.min...UInt8.max where value != bytes[position] {
                var damaged = bytes
                damaged[position] = value
                do {
                    var restored = try Interpreter(machine.definition, restoring: damaged)
                    #expect(restored.snapshot() == damaged)
                    var recorder = Recorder(machine.definition)
                    for event in ["x", "back", "out", "anew"] { _ = restored.send(.external(event), &recorder) }
                    accepted += 1
                } catch {
                    #expect(error.code == .snapshot)
                }
            }
        }
        #expect(accepted > 0)
    }

    @Test("An illegal configuration is refused")
    func illegal() throws {
        let definition = try Definition(chart: SemanticsTests.regions)
        var recorder = Recorder(definition)
        var interpreter = Interpreter(definition)
        _ = interpreter.start(&recorder)
        var bytes = interpreter.snapshot()
        #expect(bytes == [1, 1, 2, 2, 3, 0, 0])
        bytes = [1, 1, 1, 2, 0, 0]
        #expect(throws: ChartError(.snapshot, "")) { try Interpreter(definition, restoring: bytes) }
        bytes = [1, 1, 0, 0, 0]
        #expect(throws: ChartError(.snapshot, "")) { try Interpreter(definition, restoring: bytes) }
    }

    /// By history, what it is told to remember: `c`'s shallow one, `c`'s deep one, `q`'s.
    private static let rememberedStates: [(shallow: [UInt8], deep: [UInt8], regions: [UInt8], isLegal: Bool)] = [
        ([], [], [], true), ([3], [3], [12, 13], true), ([5], [7, 9], [], true), ([4], [8, 9], [], true),
        // Two of one compound state; one region of several; a state inside, not beside; another's; a history.
        ([3, 4], [], [], false), ([], [], [12], false), ([7], [], [], false), ([12], [], [], false),
        ([2], [], [], false), ([], [], [12, 13, 14], false),
        ([], [3, 4], [], false), ([], [3, 7, 9], [], false), ([], [7], [], false), ([], [9], [], false),
        ([], [7, 8, 9], [], false), ([], [5], [], false), ([], [10], [], false), ([], [2], [], false),
    ]

    @Test("A history remembers only what can be active together", arguments: rememberedStates)
    func memories(shallow: [UInt8], deep: [UInt8], regions: [UInt8], isLegal: Bool) throws {
        let definition = try Definition(
            chart: """
                "initial":["z"],"states":[
                  {"id":"c","states":[
                    {"id":"s","history":"shallow","to":["a"]},{"id":"d","history":"deep","to":["a"]},
                    {"id":"a"},{"id":"b"},
                    {"id":"p","regions":[{"id":"x","states":[{"id":"x1"},{"id":"x2"}]},{"id":"y"}]}]},
                  {"id":"z"},
                  {"id":"q","regions":[{"id":"m"},{"id":"n"},{"id":"k","history":"shallow","to":["m"]}]}]
                """)
        func written(_ states: [UInt8]) -> [UInt8] {
            [UInt8(states.count)] + zip(states, [0] + states).map { $0 - $1 }
        }
        let bytes = [1, 1] + [[10], shallow, deep, regions].flatMap(written) + [0, 0]
        if isLegal {
            #expect(try Interpreter(definition, restoring: bytes).snapshot() == bytes)
        } else {
            #expect(throws: ChartError(.snapshot, "")) { try Interpreter(definition, restoring: bytes) }
        }
    }

    @Test("Of another chart it is refused where it does not fit; that it is the same chart is the caller's to know")
    func strangers() throws {
        func definition(_ ids: [String], variables: Int = 0) throws -> Definition {
            let states = ids.map { "{\"id\":\"\($0)\"}" }.joined(separator: ",")
            let names = (0..<variables).map { "{\"id\":\"v\($0)\",\"value\":\"0\"}" }.joined(separator: ",")
            let initial = ids.last ?? ""
            return try Definition(
                chart: "\"initial\":[\"\(initial)\"],\"variables\":[\(names)],\"states\":[\(states)]")
        }
        let own = try definition(["a", "b", "c"])
        var recorder = Recorder(own)
        var interpreter = Interpreter(own)
        _ = interpreter.start(&recorder)
        let bytes = interpreter.snapshot()
        for stranger in [try definition(["a", "b"]), try definition(["a", "b", "c"], variables: 1)] {
            #expect(throws: ChartError(.snapshot, "")) { try Interpreter(stranger, restoring: bytes) }
        }
        let twin = try Interpreter(try definition(["x", "y", "z"]), restoring: bytes)
        #expect(twin.activeAtomicPaths == ["z"])
    }

    @Test("A snapshot may be taken before the start and after the end")
    func ends() throws {
        let definition = try Definition(chart: "\"states\":[{\"id\":\"z\",\"final\":true}]")
        var recorder = Recorder(definition)
        var interpreter = try Interpreter(definition, restoring: Interpreter(definition).snapshot())
        #expect(interpreter.configuration.isEmpty)
        _ = interpreter.start(&recorder)
        let restored = try Interpreter(definition, restoring: interpreter.snapshot())
        #expect(restored.isDone)
        #expect(restored.activeAtomicPaths == ["z"])
    }
}
