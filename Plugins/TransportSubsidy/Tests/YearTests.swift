import CaseworkPluginTestKit
import Schema
import SwiftProtobuf
import Testing

@testable import TransportSubsidy

/// Whole cases on the kernel, as officers and the calendar drive them.
@Suite("A year of transport subsidies")
struct YearTests {
    private static let agent = Officer("jilin-hrss", "li-na", roles: ["agent", "hrss.checker", "hrss.approver"])
    private static let village = Officer("jilin-hrss", "wang-fang", roles: ["village", "hrss.approver"])
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
        try bench.send("employment.confirmed", to: number, by: Self.agent)
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
        try bench.send("employment.confirmed", to: number, by: Self.agent)
        #expect(money() == Money(available: 80_000, reserved: 80_000))
        try bench.send("approval.granted", to: number, by: Self.village)
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

    @Test("who comes when the money is gone waits, and is first when there is more")
    func waiting() throws {
        let people = ["990000199006150019", "99000019900615006X", "990000199006150078"]
        let numbers = try people.map(apply)
        for number in numbers { try bench.send("village.verified", to: number, by: Self.village) }
        try bench.advance(to: "2026-10-08")
        for number in numbers.reversed() {
            try bench.send("registry.answered", Self.found, to: number, by: Self.registrar)
            try bench.send("employment.confirmed", to: number, by: Self.agent)
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
