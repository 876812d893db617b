import Testing

@testable import Statechart

@Suite("Jobs: work for machines")
struct JobTests {
    private static func chart(_ job: String) -> [UInt8] {
        Array(
            """
            {"chart":"t","format":1,"states":[
              {"id":"a","jobs":[\(job)],"transitions":[{"event":"x","to":["b"]},{"event":"again","to":["a"]}]},
              {"id":"b"}]}
            """.utf8)
    }

    private static let whole = """
        {"id":"pay","worker":"bank","attempts":5,"wait":"30s","longest":"1h","timeout":"5m","source":"s",\
        "label":{"en":"Pay"}}
        """

    @Test("Retry policy as written; without one a job is tried once")
    func specs() throws {
        let jobs = "\(Self.whole),{\"id\":\"tell\",\"worker\":\"post\"}"
        let definition = try Definition(canonicalJSON: Self.chart(jobs))
        #expect(definition.jobs.map(\.id) == ["pay", "tell"])
        #expect(definition.jobs.map(\.worker) == ["bank", "post"])
        #expect(definition.jobs.map(\.attempts) == [5, 1])
        #expect(definition.jobs.map(\.wait) == [.milliseconds(30_000), nil])
        #expect(definition.jobs.map(\.longest) == [.milliseconds(3_600_000), nil])
        #expect(definition.jobs.map(\.timeout) == [.milliseconds(300_000), nil])
        #expect(definition.jobs[0].label == ["en": "Pay"])
        #expect(definition.states.map(\.jobs) == [0..<2, 2..<2])
    }

    @Test("Opened on entry, withdrawn on exit")
    func intents() throws {
        let definition = try Definition(canonicalJSON: Self.chart(Self.whole))
        var interpreter = Interpreter(definition)
        var recorder = Agreeing()
        #expect(interpreter.start(&recorder).intents == [.openJob(0)])
        #expect(interpreter.send(.external("again"), &recorder).intents == [.withdrawJob(0), .openJob(0)])
        #expect(interpreter.send(.external("x"), &recorder).intents == [.withdrawJob(0)])
    }

    @Test(
        "Each thing wrong with a job, where it stands",
        arguments: [
            (#"{"id":"j"}"#, "/states/0/jobs/0: worker is missing"),
            (#"{"worker":"w"}"#, "/states/0/jobs/0: id is missing"),
            (#"{"id":"j","worker":"w"},{"id":"j","worker":"w"}"#, "/states/0/jobs/1/id: the job j stands twice"),
            (#"{"id":"j","worker":"w","attempts":1,"wait":"1s"}"#, "/states/0/jobs/0/attempts: attempts: expected 2"),
            (#"{"id":"j","worker":"w","attempts":"2","wait":"1s"}"#, "/states/0/jobs/0/attempts: attempts: expected"),
            (#"{"id":"j","worker":"w","attempts":2}"#, "/states/0/jobs/0: wait is missing"),
            (#"{"id":"j","worker":"w","wait":"1s"}"#, "/states/0/jobs/0/wait: wait belongs to attempts"),
            (#"{"id":"j","worker":"w","longest":"1s"}"#, "/states/0/jobs/0/longest: longest belongs to attempts"),
            (#"{"id":"j","worker":"w","timeout":"5wd"}"#, "/states/0/jobs/0/timeout: timeout: expected ms, s, m or h"),
            (#"{"id":"j","worker":"w","timeout":"0s"}"#, "/states/0/jobs/0/timeout: timeout: expected ms, s, m or h"),
            (#"{"id":"j","worker":"w","role":"r"}"#, "/states/0/jobs/0/role: unknown key role"),
        ])
    func wrong(job: String, expected: String) throws {
        let problems = Definition.problems(of: try JSON(reading: Self.chart(job)))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.description.hasPrefix(expected) == true, "\(problems)")
    }
}

private struct Agreeing: Responder {
    func answer(guard index: Int) -> GuardAnswer { .yes }
    func perform(action index: Int) -> ActionAnswer { .done(raised: []) }
}
