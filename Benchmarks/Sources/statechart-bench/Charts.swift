import Statechart

/// A chart with the events that drive it round and round.
struct Course {
    var definition: Definition
    var events: [ChartEvent]

    private init(_ states: String, _ events: [String]) throws {
        let json = "{\"chart\":\"bench\",\"format\":1,\"states\":[\(states)]}"
        definition = try Definition(canonicalJSON: Array(json.utf8))
        self.events = events.map(ChartEvent.external)
    }

    /// Ten states in a ring.
    static func flat() throws -> Course {
        let states = (0..<10).map { number in
            state("s\(number)", #""transitions":[{"event":"next","to":["s\#((number + 1) % 10)"]}]"#)
        }
        return try Course(states.joined(separator: ","), ["next"])
    }

    /// Three levels: a parallel state with two regions of six states, and blocks of five states beside it, of which
    /// only the first is ever entered. Most events meet guards, some that hold and some that do not; most steps run an
    /// action.
    ///
    /// - Parameter count: of states, 15 and a multiple of 5.
    static func layered(states count: Int) throws -> Course {
        let regions = ["a", "b"].map { region in
            state(region, "\"states\":[\((0..<6).map { regionState(region, $0) }.joined(separator: ","))]")
        }
        let parallel = state(
            "p",
            "\"regions\":[\(regions.joined(separator: ","))],\"entry\":[\"enter\"],"
                + "\"transitions\":[{\"event\":\"leave\",\"if\":\"ready && !never\",\"to\":[\"c0\"]}]")
        let blocks = (0..<(count - 15) / 5).map { number in
            let leaves = (0..<4).map { leaf in
                state(
                    "l\(leaf)", "\"transitions\":[{\"event\":\"a\",\"if\":\"ready\",\"to\":[\"l\((leaf + 1) % 4)\"]}]")
            }
            return state(
                "c\(number)",
                "\"states\":[\(leaves.joined(separator: ","))],"
                    + "\"transitions\":[{\"event\":\"back\",\"do\":[\"note\"],\"to\":[\"p\"]}]")
        }
        return try Course(
            ([parallel] + blocks).joined(separator: ","), ["a", "b", "a", "both", "b", "leave", "a", "back"])
    }

    private static func regionState(_ region: String, _ number: Int) -> String {
        let next = "n\((number + 1) % 6)"
        return state(
            "n\(number)",
            """
            "transitions":[{"event":"\(region)","if":"never","to":["n\((number + 2) % 6)"]},
            {"event":"\(region)","if":"ready","do":["note"],"to":["\(next)"]},
            {"event":"both","if":"never || ready","do":["note"],"to":["\(next)"]}]
            """)
    }

    private static func state(_ id: String, _ rest: String) -> String { "{\"id\":\"\(id)\",\(rest)}" }
}

/// Says no to `never` and yes to anything else; every action is done.
struct Answers: Responder {
    let never: Int

    init(_ definition: Definition) { never = definition.guards.firstIndex(of: "never") ?? -1 }

    func answer(guard index: Int) -> GuardAnswer { index == never ? .no : .yes }

    func perform(action index: Int) -> ActionAnswer { .done(raised: []) }
}
