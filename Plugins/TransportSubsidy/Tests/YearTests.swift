import CaseworkPluginTestKit
import Schema
import SwiftProtobuf
import Testing

@testable import TransportSubsidy

/// Whole cases on the kernel, as officers and the calendar drive them.
@Suite("A year of transport subsidies")
struct YearTests {
    private static let agent = Officer("jilin-hrss", "li-na", roles: ["agent", "hrss.checker", "hrss.approver"])
    private static let village = Officer("jilin-hrss", "zhang-wei", roles: ["village"])
    private static let checker = Officer("jilin-hrss", "liu-min", roles: ["hrss.checker"])
    private static let approver = Officer("jilin-hrss", "wang-fang", roles: ["village", "hrss.approver"])
    private static let registrar = Officer("rural-revitalization", "zhao-lei", roles: ["rr.checker"])
    private static let payer = Officer("county-finance", "chen-jie", roles: ["finance.payer"])
    private static let cashier = Officer("county-finance", "liu-yang", roles: ["finance.cashier"])
    private static let county = "220122"
    private static let found = Cases_TransportSubsidy_V1_RegistryAnswer.with {
        $0.found = true
        $0.status = "脱贫人口"
    }
    /// The week of National Day 2026, for these tests only.
    private static let holidays = """
        year 2026
        off 10-01..10-07 国庆节
        """

    private let bench: TestBench<TransportSubsidy>

    init() throws {
        bench = try TestBench(TransportSubsidy(), at: "2026-09-24", calendar: Self.holidays)
        let policy: [String: PolicyFigure] = ["amount.mode": "flat", "amount.flat": 80_000, "stay.months": 3]
        try bench.setPolicy(policy, county: Self.county)
        try setBudget(160_000)
    }

    private func setBudget(_ fen: Int64) throws {
        try bench.setBudget(fen, fund: "rural-revitalization", county: Self.county)
    }

    private func apply(_ person: String = "990000199006150019") throws -> CaseNumber {
        var application = Scene().application
        application.person.residentNumber = person
        return try bench.open(application, county: Self.county, by: Self.agent)
    }

    /// To the end of the joint check.
    private func check(_ number: CaseNumber, publicUntil day: String) throws {
        try bench.send("village.verified", to: number, by: Self.village)
        try bench.advance(to: day)
        try bench.send("registry.answered", Self.found, to: number, by: Self.registrar)
        try bench.send("employment.confirmed", to: number, by: Self.checker)
    }

    private func money() -> Money { bench.money(fund: "rural-revitalization", county: Self.county) }

    @Test("from the application to the bank, over a holiday and a crash")
    func paid() throws {
        let number = try apply()
        #expect("\(number)" == "TS-220122-2026-000001")
        #expect(try bench[number].tasks.map(\.lastDay) == ["2026-10-08"])
        try bench.send("village.verified", to: number, by: Self.village)
        // Five working days from Thursday the 24th, counted in: until the 30th. The week off follows.
        try bench.advance(to: "2026-09-30", hour: 23)
        #expect(try bench[number].states == ["open/publicity"])
        try bench.restart()
        try bench.advance(to: "2026-10-08")
        #expect(try bench[number].tasks.map(\.role) == ["hrss.checker", "rr.checker"])
        try bench.send("registry.answered", Self.found, to: number, by: Self.registrar)
        try bench.send("employment.confirmed", to: number, by: Self.checker)
        #expect(money() == Money(available: 80_000, reserved: 80_000))
        try bench.send("approval.granted", to: number, by: Self.approver)
        try bench.send("payment.ordered", to: number, by: Self.payer)
        #expect(money().ordered == 80_000)
        let result = Cases_TransportSubsidy_V1_BankResult.with { $0.reference = "HD-1" }
        try bench.send("payment.settled", result, to: number, by: Self.cashier)
        let paid = try bench[number]
        #expect(paid.isSettled && paid.states == ["paid"] && paid.record.amountFen == 80_000 && paid.incident == "")
        #expect(money() == Money(available: 80_000, paid: 80_000))
        #expect(
            paid.events == [
                "case.open", "village.verified", "publicity", "registry.answered", "employment.confirmed",
                "approval.granted", "payment.ordered", "payment.settled",
            ])
    }

    @Test("nobody approves what they filed, and one benefit a person and year")
    func refused() throws {
        let number = try apply()
        try check(number, publicUntil: "2026-10-08")
        #expect(refusal { try bench.send("approval.granted", to: number, by: Self.agent) } == "FOUR_EYES")
        #expect(refusal { try bench.send("approval.granted", to: number, by: Self.payer) } == "PERMISSION_DENIED")
        #expect(refusal { try bench.send("village.verified", to: number, by: Self.village) } == "EVENT_NOT_ALLOWED")
        #expect(refusal { _ = try apply() } == "DUPLICATE_APPLICATION")
        #expect(try bench[number].version == 5)
    }

    /// Every step of a life, in order, and what its sender must not send afterwards.
    private static let steps: [(event: String, payload: (any Message)?, later: [String])] = [
        ("case.open", nil, ["village.verified", "employment.confirmed", "registry.answered", "approval.granted",
            "payment.ordered"]),
        ("village.verified", nil, ["employment.confirmed", "registry.answered", "approval.granted",
            "payment.ordered"]),
        ("employment.confirmed", nil, ["approval.granted", "payment.ordered"]),
        ("registry.answered", found, ["approval.granted", "payment.ordered"]),
        ("approval.granted", nil, ["payment.ordered"]),
        ("payment.ordered", nil, ["payment.settled"]),
        ("payment.settled", Cases_TransportSubsidy_V1_BankResult.with { $0.reference = "HD-1" }, []),
    ]

    @Test("acceptance, checks, approval and order are in distinct hands, whatever roles they have", arguments: 0..<7)
    func distinctHands(of step: Int) throws {
        let everything = [
            "agent", "village", "hrss.checker", "hrss.approver", "rr.checker", "finance.payer", "finance.cashier",
        ]
        let busy = Officer("jilin-hrss", "all-hats", roles: everything)
        var number: CaseNumber?
        for (index, now) in Self.steps.enumerated() {
            let hand = index == step ? busy : Officer("jilin-hrss", "hand-\(index)", roles: everything)
            guard let number else {
                number = try bench.open(Scene().application, county: Self.county, by: hand)
                continue
            }
            if Self.steps[step].later.contains(now.event) {
                #expect(refusal { try send(now, to: number, by: busy) } == "FOUR_EYES", "\(now.event)")
            }
            try send(now, to: number, by: hand)
            if now.event == "village.verified" { try bench.advance(to: "2026-10-08") }
        }
        #expect(try bench[try #require(number)].states == ["paid"])
    }

    private func send(
        _ step: (event: String, payload: (any Message)?, later: [String]), to number: CaseNumber, by officer: Officer
    ) throws {
        if let payload = step.payload {
            try bench.send(step.event, payload, to: number, by: officer)
        } else {
            try bench.send(step.event, to: number, by: officer)
        }
    }

    @Test("what the bank returns is ordered again by finance, not by who mends the account")
    func returned() throws {
        let number = try apply()
        try check(number, publicUntil: "2026-10-08")
        try bench.send("approval.granted", to: number, by: Self.approver)
        try bench.send("payment.ordered", to: number, by: Self.payer)
        let reason = Cases_TransportSubsidy_V1_Reason.with { $0.code = "ACCOUNT_RETURNED" }
        try bench.send("payment.returned", reason, to: number, by: Self.cashier)
        #expect(money() == Money(available: 80_000, committed: 80_000))
        let account = Cases_TransportSubsidy_V1_Person.with { $0.cardNumber = "6217000000009000138" }
        // Another agent than the one who filed it.
        let mender = Officer("jilin-hrss", "another", roles: ["agent", "finance.payer"])
        try bench.send("account.corrected", account, to: number, by: mender)
        #expect(money() == Money(available: 80_000, committed: 80_000), "nothing is ordered yet")
        #expect(try bench[number].tasks.map(\.role) == ["finance.payer"])
        for hand in [mender, Officer("jilin-hrss", "wang-fang", roles: ["finance.payer"])] {
            #expect(refusal { try bench.send("payment.ordered", to: number, by: hand) } == "FOUR_EYES")
        }
        try bench.send("payment.ordered", to: number, by: Self.payer)
        #expect(money() == Money(available: 80_000, ordered: 80_000))
        let result = Cases_TransportSubsidy_V1_BankResult.with { $0.reference = "HD-2" }
        try bench.send("payment.settled", result, to: number, by: Self.cashier)
        #expect(try bench[number].states == ["paid"])
        #expect(money() == Money(available: 80_000, paid: 80_000))
    }

    @Test("who has reviewed an objection neither approves nor orders the payment")
    func objection() throws {
        let number = try apply()
        try bench.send("village.verified", to: number, by: Self.village)
        try bench.send("objection.raised", to: number, by: Self.agent)
        let reviewer = Officer("jilin-hrss", "reviewer", roles: ["hrss.checker", "hrss.approver", "finance.payer"])
        for hand in [Self.agent, Officer("jilin-hrss", "zhang-wei", roles: ["hrss.checker"])] {
            #expect(refusal { try bench.send("objection.dismissed", to: number, by: hand) } == "FOUR_EYES")
        }
        try bench.send("objection.dismissed", to: number, by: reviewer)
        try bench.advance(to: "2026-10-20")
        try bench.send("registry.answered", Self.found, to: number, by: Self.registrar)
        try bench.send("employment.confirmed", to: number, by: Self.checker)
        #expect(refusal { try bench.send("approval.granted", to: number, by: reviewer) } == "FOUR_EYES")
        try bench.send("approval.granted", to: number, by: Self.approver)
        #expect(refusal { try bench.send("payment.ordered", to: number, by: reviewer) } == "FOUR_EYES")
    }

    @Test("who comes when the money is gone waits, and is first when there is more")
    func waiting() throws {
        let people = ["990000199006150019", "99000019900615006X", "990000199006150078"]
        let numbers = try people.map(apply)
        for number in numbers { try bench.send("village.verified", to: number, by: Self.village) }
        try bench.advance(to: "2026-10-08")
        for number in numbers.reversed() {
            try bench.send("registry.answered", Self.found, to: number, by: Self.registrar)
            try bench.send("employment.confirmed", to: number, by: Self.checker)
        }
        #expect(try numbers.map { try bench[$0].states } == [["open/awaitFunds"], ["open/approval"], ["open/approval"]])
        #expect(refusal { try setBudget(1) } == "BUDGET_IN_USE")
        try setBudget(240_000)
        #expect(try bench[numbers[0]].states == ["open/approval"])
        #expect(money() == Money(reserved: 240_000))
    }

    @Test("withdrawn while it is public or while an objection is reviewed, it is over: no timer comes any more")
    func withdrawn() throws {
        let numbers = try ["990000199006150019", "99000019900615006X"].map(apply)
        for number in numbers { try bench.send("village.verified", to: number, by: Self.village) }
        try bench.send("objection.raised", to: numbers[1], by: Self.agent)
        for number in numbers { try bench.send("withdraw", to: number, by: Self.agent) }
        try bench.advance(to: "2027-03-01")
        for number in numbers {
            let view = try bench[number]
            #expect(view.states == ["withdrawn"] && view.isSettled && view.incident == "" && view.tasks.isEmpty)
            #expect(view.events.last == "withdraw")
        }
    }

    @Test("a test that asks for what cannot be is told so")
    func mistakes() throws {
        #expect(throws: TestBenchError.self) { try bench.advance(to: "2026-09-01") }
        #expect(throws: TestBenchError.self) { try bench.advance(to: "soon") }
        #expect(throws: TestBenchError.self) { try bench.advance(to: "2026-10-01", hour: 24) }
        #expect(throws: TestBenchError.self) { try bench.setPolicy([:], county: Self.county, from: "2026-02-30") }
        #expect(throws: TestBenchError.self) { try TestBench(TransportSubsidy(), calendar: "no line of a calendar") }
        let number = try apply()
        let elsewhere = try YearTests().bench
        #expect(throws: TestBenchError.self) { try elsewhere[number] }
    }

    /// The code with which it was refused; nil when it was not.
    private func refusal(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return (error as? Refused)?.code ?? "\(error)"
        }
    }
}
