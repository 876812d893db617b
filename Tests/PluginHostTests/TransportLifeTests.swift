import Kernel
import Schema
import Statechart
import SwiftProtobuf
import Testing

@testable import PluginHost

/// One case of the transport subsidy, decided by the built library and re-enacted here as the kernel does it.
struct Life {
    let bench: Bench
    let definition: Definition
    let digest: Digest
    var interpreter: Interpreter
    var snapshot: [UInt8]?
    var record: [UInt8] = []
    var facts = Casework_Plugin_V1_Facts.with {
        $0.today = 20_710  // 2026-09-14
        $0.county = "220122"
        $0.development = true
        $0.policy = [
            .with { $0.name = "amount.mode"; $0.text = "flat" },
            .with { $0.name = "amount.flat"; $0.integer = 80_000; $0.source = "synthetic sample" },
            .with { $0.name = "stay.months"; $0.integer = 3 },
        ]
        $0.pools = [.with { $0.fund = "rural-revitalization"; $0.availableFen = 100_000 }]
    }
    private var ticket: UInt64 = 0

    init(_ isolation: Isolation) throws {
        bench = Bench(isolation: isolation)
        let description = try bench.host.install(library: Built.transportSubsidy)
        digest = description.digest
        definition = try Definition(canonicalJSON: description.chart)
        interpreter = Interpreter(definition)
    }

    /// Decides one event; answers the tape after checking that the chart asks exactly what it holds.
    @discardableResult
    mutating func decide(
        _ event: DecisionRequest.Event, payload: (any Message)? = nil
    ) throws -> (outcome: Macrostep.Outcome, tape: TapeView) {
        ticket += 1
        let request = DecisionRequest(
            ticket: ticket, plugin: digest, snapshot: snapshot, record: record, facts: try facts.serializedBytes(),
            question: .decide(event: event, payload: try payload?.serializedBytes() ?? []))
        let reply = try #require(bench.ask([request]).first)
        let tape = try TapeView(reply.tape.get())
        var (copy, player) = (interpreter, TapePlayer(tape))
        if snapshot == nil { #expect(copy.start(&player).outcome == .completed) }
        let step = copy.send(Self.chartEvent(event), &player)
        #expect(player.isDone, "the tape does not fit the chart")
        guard step.outcome == .completed else { return (step.outcome, tape) }
        interpreter = copy
        snapshot = copy.snapshot()
        record = tape.record ?? record
        return (step.outcome, tape)
    }

    private static func chartEvent(_ event: DecisionRequest.Event) -> ChartEvent {
        switch event {
        case .external(let name): .external(name)
        case .internal(let name): .internal(name)
        case .timer(let index): .timer(index)
        case .delayed(let send): .delayed(send)
        }
    }

    func timer(_ id: String) throws -> DecisionRequest.Event {
        .timer(try #require(definition.timers.first { $0.id == id }).index)
    }

    func decoded() throws -> Cases_TransportSubsidy_V1_Record {
        try Cases_TransportSubsidy_V1_Record(serializedBytes: record)
    }

    static let application = Cases_TransportSubsidy_V1_Application.with {
        $0.person.name = "某人"
        $0.person.residentNumber = "990000199006150019"
        $0.person.phone = "19900000000"
        $0.person.cardNumber = "6217000000000000004"
        $0.journey.destination = "370212"
        $0.journey.departedOn = "2026-03-01"
        $0.journey.employedUntil = "2026-08-31"
        $0.consentSigned = true
    }
    static let found = Cases_TransportSubsidy_V1_RegistryAnswer.with { $0.found = true; $0.status = "脱贫人口" }
}

@Suite("The transport subsidy's library")
struct TransportLifeTests {
    @Test("carries a case to its payment, past a returned one", arguments: [Isolation.child, .inProcess])
    func wholeLife(_ isolation: Isolation) throws {
        var life = try Life(isolation)
        let steps: [(DecisionRequest.Event, (any Message)?, [String])] = [
            (.external("case.open"), Life.application, ["open/villageCheck"]),
            (.external("village.verified"), nil, ["open/publicity"]),
            (
                try life.timer("publicity"), nil,
                ["open/jointCheck/employment/pending", "open/jointCheck/registry/pending"]
            ),
            (
                .external("registry.answered"), Life.found,
                ["open/jointCheck/employment/pending", "open/jointCheck/registry/confirmed"]
            ),
            (.external("employment.confirmed"), nil, ["open/approval"]),
            (.external("approval.granted"), nil, ["open/payment/toOrder"]),
            (.external("payment.ordered"), nil, ["open/payment/ordered"]),
            (
                .external("payment.returned"), Cases_TransportSubsidy_V1_Reason.with { $0.code = "ACCOUNT_RETURNED" },
                ["open/payment/returned"]
            ),
            (
                .external("account.corrected"),
                Cases_TransportSubsidy_V1_Person.with { $0.cardNumber = "6228480000000000018" },
                ["open/payment/toReorder"]
            ),
            (.external("payment.ordered"), nil, ["open/payment/ordered"]),
            (
                .external("payment.settled"), Cases_TransportSubsidy_V1_BankResult.with { $0.reference = "HD-1" },
                ["paid"]
            ),
        ]
        for (event, payload, states) in steps {
            #expect(try life.decide(event, payload: payload).outcome == .completed, "\(event)")
            #expect(life.interpreter.activeAtomicPaths == states)
        }
        let record = try life.decoded()
        #expect(record.amountFen == 80_000)
        #expect(record.application.person.cardNumber == "6228480000000000018")
        #expect(record.bankReference == "HD-1")
        #expect(record.decision.code == "PAID")
        #expect(life.interpreter.isDone)
    }

    @Test("refuses on the tape, with every violation; the case is as it was")
    func refusal() throws {
        var life = try Life(.child)
        var application = Life.application
        application.person.phone = "138"
        application.consentSigned = false
        let (outcome, tape) = try life.decide(.external("case.open"), payload: application)
        #expect(outcome == .refused)
        #expect(life.snapshot == nil)
        let bytes = try #require(tape.answers.last?.effects)
        let refuse = try Casework_Plugin_V1_Effects(serializedBytes: bytes).refuse
        #expect(refuse.code == "INVALID_APPLICATION")
        #expect(refuse.violations.map(\.code) == ["BAD_PHONE", "CONSENT_MISSING"])
        #expect(tape.answers.last?.reason == "申请表有 2 处需要更正 | the application needs 2 corrections")
    }

    @Test("waits when money is short, and goes on when it comes")
    func waiting() throws {
        var life = try Life(.child)
        life.facts.pools[0].availableFen = 79_999
        try life.decide(.external("case.open"), payload: Life.application)
        try life.decide(.external("village.verified"))
        try life.decide(life.timer("publicity"))
        try life.decide(.external("registry.answered"), payload: Life.found)
        let (_, tape) = try life.decide(.external("employment.confirmed"))
        #expect(life.interpreter.activeAtomicPaths == ["open/awaitFunds"])
        #expect(tape.answers.contains { $0.reason.hasPrefix("本县资金不足") })
        try life.decide(.internal("fund.granted"))
        #expect(life.interpreter.activeAtomicPaths == ["open/approval"])
    }

    @Test("explains its guards: yes, no with a reason, and what needs the payload")
    func explain() throws {
        var life = try Life(.child)
        life.facts.pools[0].availableFen = 0
        try life.decide(.external("case.open"), payload: Life.application)
        let request = DecisionRequest(
            ticket: 99, plugin: life.digest, snapshot: life.snapshot, record: life.record,
            facts: try life.facts.serializedBytes(), question: .explain(guards: [0, 1, 2, 3]))
        let reply = try #require(life.bench.ask([request]).first)
        // fundsAvailable, isLongEnough, isOutOfProvince, isRegisteredOnDeparture
        #expect(try TapeView(reply.tape.get()).answers.map(\.kind) == [2, 1, 1, 4])
    }

    @Test("decides the same way, byte for byte, in another process")
    func repeats() throws {
        func tape(_ isolation: Isolation) throws -> TapeView {
            var life = try Life(isolation)
            return try life.decide(.external("case.open"), payload: Life.application).tape
        }
        let first = try tape(.child)
        #expect(try tape(.child) == first)
        #expect(try tape(.inProcess) == first)
    }

    @Test("A snapshot or a record that cannot be read is a fault of that request alone")
    func unreadable() throws {
        var life = try Life(.child)
        try life.decide(.external("case.open"), payload: Life.application)
        func ask(_ ticket: UInt64, _ snapshot: [UInt8], _ record: [UInt8]) throws -> DecisionReply {
            let request = DecisionRequest(
                ticket: ticket, plugin: life.digest, snapshot: snapshot, record: record,
                facts: try life.facts.serializedBytes(), question: .decide(event: .external("withdraw"), payload: []))
            return try #require(life.bench.ask([request]).first)
        }
        let good = try #require(life.snapshot)
        #expect(try ask(50, [1, 2, 3], life.record).fault?.sentence.contains("where its chart can") == true)
        #expect(try ask(51, good, [0xff]).fault?.sentence.contains("cannot read the decision") == true)
        #expect(try ask(52, good, life.record).isTape)
        #expect(life.bench.host.statuses.first?.restarts == 0)
    }
}
