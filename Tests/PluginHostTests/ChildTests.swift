import Glibc
import Kernel
import PluginLibrary
import Testing

@testable import PluginHost

/// A plugin that misbehaves in a real child: each ticket is answered once, the next request works.
@Suite("A plugin's child", .serialized)
struct ChildTests {
    @Test("answers with a tape, in the order asked")
    func answers() throws {
        let liar = try Liar(Bench())
        let replies = liar.bench.ask((1...50).map { liar.request($0, "do.well", payload: [UInt8($0)]) })
        #expect(replies.map(\.ticket) == Array(1...50))
        #expect(try replies.map { try TapeView($0.tape.get()).record } == (1...50).map { [UInt8($0)] })
    }

    struct Misdeed: CustomTestStringConvertible {
        var event: String
        var payload: [UInt8] = []
        var expected: String

        var testDescription: String { "\(event) → \(expected)" }
    }

    static let misdeeds = [
        Misdeed(event: "do.hang", expected: "did not answer in time"),
        Misdeed(event: "do.trap", expected: "signal 4"),
        Misdeed(event: "do.exit", expected: "exit code 7"),
        Misdeed(event: "do.eat", expected: "signal 4"),
        Misdeed(event: "do.number", expected: "guard 0 answered 42"),
        Misdeed(event: "do.none", expected: "effects are not those of the actions"),
        Misdeed(event: "do.say", payload: [0xff, 0xff, 0xff, 0xff], expected: "over the limit"),
        Misdeed(event: "do.say", payload: [0, 0, 0, 3, 0xff, 0xff, 0xff], expected: "not a reply"),
        Misdeed(event: "do.say", payload: [0, 0, 0, 2, 8, 1], expected: "says nothing"),
        // A fault of another ticket, and a second greeting.
        Misdeed(event: "do.say", payload: [0, 0, 0, 4, 8, 99, 0x1a, 0], expected: "what it was not asked"),
        Misdeed(event: "do.say", payload: [0, 0, 0, 4, 8, 1, 0x2a, 0], expected: "what it was not asked"),
        // The beginning of a reply, and no more.
        Misdeed(event: "do.say", payload: [0, 0, 0, 9, 8], expected: "did not answer in time"),
    ]

    @Test("ends by its own deed; the ticket gets the fault, the next request works", arguments: misdeeds)
    func misdeed(_ misdeed: Misdeed) throws {
        // Short only where it is waited for: the machine may be busy.
        let deadline: Duration = misdeed.expected.hasSuffix("in time") ? .seconds(1) : .seconds(8)
        let liar = try Liar(Bench(deadline: deadline, memory: 256 << 20))
        #expect(try liar.ask(7, "do.well").isTape)
        let reply = try liar.ask(1, misdeed.event, payload: misdeed.payload)
        #expect(reply.ticket == 1)
        #expect(reply.fault?.sentence.contains(misdeed.expected) == true, "\(reply.fault?.sentence ?? "a tape")")
        #expect(try liar.ask(2, "do.well").isTape)
        #expect(liar.bench.delivered.map(\.ticket) == [7, 1, 2])
    }

    @Test("of many in flight only the guilty fails", arguments: ["do.hang", "do.trap", "do.exit"])
    func guilt(_ event: String) throws {
        let liar = try Liar(Bench(deadline: .seconds(1)))
        let replies = liar.bench.ask(
            (1...40).map { liar.request($0, $0 == 17 || $0 == 30 ? event : "do.well") })
        #expect(replies.count == 40)
        #expect(Set(replies.map(\.ticket)).count == 40)
        #expect(replies.filter { !$0.isTape }.map(\.ticket) == [17, 30])
        let status = try #require(liar.bench.host.statuses.first)
        #expect(status.faults == 2)
        #expect(status.answered == 38)
        #expect(status.restarts >= 2)
    }

    @Test("may be slow as long as it goes on answering")
    func slow() throws {
        let liar = try Liar(Bench(deadline: .seconds(1)))
        let requests = (1...15).map { liar.request($0, "do.nap") }
        // One flush each, so that the child answers each by itself.
        for request in requests {
            liar.bench.host.decide(request)
            liar.bench.host.flush()
        }
        #expect(liar.bench.replies(15).allSatisfy { $0.isTape })
        #expect(liar.bench.host.statuses.first?.restarts == 0)
    }

    @Test("is replaced without a fault when its processor time is used up")
    func worn() throws {
        let liar = try Liar(Bench(deadline: .seconds(5), cpu: 1))
        var ticket: UInt64 = 0
        while liar.bench.host.statuses.first?.restarts == 0, ticket < 3_000_000 {
            let requests = (0..<200).map { liar.request(ticket + $0, "do.well") }
            ticket += 200
            #expect(liar.bench.ask(requests).allSatisfy { $0.isTape })
        }
        #expect(liar.bench.host.statuses.first?.restarts == 1)
        #expect(liar.bench.host.statuses.first?.faults == 0)
    }

    @Test(
        "is shut in",
        arguments: ["open", "socket", "fork", "map", "kill", "loading.write", "loading.socket"])
    func sandbox(_ attempt: String) throws {
        let liar = try Liar(Bench())
        let reply = try liar.ask(1, "do.try.\(attempt)")
        #expect(reply.firstReason == "EPERM")
    }

    @Test("reads no file but libraries while it loads; where the kernel cannot see to it, the log says so")
    func sandboxWhileLoading() throws {
        let liar = try Liar(Bench())
        let reply = try liar.ask(1, "do.try.loading.open")
        liar.bench.host.close()
        #expect(reply.firstReason == "EACCES" || liar.bench.log.contains { $0.contains("has no Landlock") })
    }

    @Test("may write to standard error; the log gets it, but not without end")
    func standardError() throws {
        let liar = try Liar(Bench())
        #expect(try liar.ask(1, "do.write").isTape)
        liar.bench.host.close()
        #expect(liar.bench.log.first == "lying: line 0")
        #expect(liar.bench.log.contains { $0.hasSuffix("more lines left out") })
        #expect(liar.bench.log.count < 2 * ErrorLines.linesPerSecond + 10)
    }

    @Test("what it writes may hold personal data: without leave the log gets only its length")
    func standardErrorIsNotShown() throws {
        let liar = try Liar(Bench(showsOutput: false))
        #expect(try liar.ask(1, "do.write").isTape)
        liar.bench.host.close()
        #expect(liar.bench.log.contains { $0.hasSuffix("lines on standard error, not shown") })
        #expect(!liar.bench.log.contains { $0.contains("line 0") })
    }

    @Test("ends with the host; what is asked afterwards is answered with a fault")
    func closing() throws {
        let liar = try Liar(Bench(deadline: .seconds(20)))
        liar.bench.host.decide(liar.request(1, "do.hang"))
        liar.bench.host.flush()
        liar.bench.host.close()
        #expect(liar.bench.delivered.map(\.ticket) == [1])
        #expect(liar.bench.host.statuses.first?.process == 0)
        let late = try #require(liar.bench.ask([liar.request(2, "do.well")]).first)
        #expect(late.fault == .notStarted("its plugin is not installed, or closed"))
    }

    @Test("where no process can be started, that is said of each request; the next one is tried again")
    func notStarted() throws {
        let link = "/tmp/casework-host-\(getpid())"
        unlink(link)
        try #require(symlink(Built.host, link) == 0)
        defer { unlink(link) }
        let liar = try Liar(Bench(executable: link))
        unlink(link)
        let replies = liar.bench.ask([liar.request(1, "do.well"), liar.request(2, "do.well")])
        #expect(replies.map(\.ticket) == [1, 2])
        for reply in replies {
            guard case .notStarted = reply.fault else {
                Issue.record("ticket \(reply.ticket): \(String(describing: reply.fault))")
                continue
            }
        }
        try #require(symlink(Built.host, link) == 0)
        #expect(try liar.ask(3, "do.well").isTape)
    }

    @Test("explains each guard by itself")
    func explain() throws {
        let liar = try Liar(Bench())
        let request = DecisionRequest(
            ticket: 1, plugin: liar.digest, snapshot: liar.snapshot, record: [], facts: [],
            question: .explain(guards: [0, 0]))
        let reply = try #require(liar.bench.ask([request]).first)
        #expect(try TapeView(reply.tape.get()).answers.map(\.kind) == [1, 1])
        var wrong = request
        wrong.question = .explain(guards: [1])
        #expect(liar.bench.ask([wrong]).first?.fault == .illegal("the chart has no guard 1"))
    }
}
