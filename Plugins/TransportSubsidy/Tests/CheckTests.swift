import CaseworkPluginKit
import Schema
import SwiftProtobuf
import Testing

@testable import TransportSubsidy

@Suite("The joint check and the money")
struct CheckTests {
    private let plugin = TransportSubsidy()

    @Test(
        "Work away, long enough",
        arguments: [
            ("370212", "2026-05-12", "2026-08-12", true, true), ("370212", "2026-05-12", "2026-08-11", true, false),
            ("370212", "2026-05-31", "2026-08-31", true, true), ("370212", "2026-05-31", "2026-08-30", true, false),
            ("370212", "2025-11-30", "2026-02-28", true, true), ("370212", "2026-05-12", "2026-05-01", true, false),
            ("220102", "2026-03-01", "2026-08-31", false, true), ("222401", "2026-03-01", "2026-03-02", false, false),
        ])
    func stay(_ place: String, _ from: String, _ until: String, _ isOutside: Bool, _ isLong: Bool) throws {
        var scene = Scene()
        scene.application.journey.destination = place
        scene.application.journey.departedOn = from
        scene.application.journey.employedUntil = until
        var decision = try scene.decision(.employmentConfirmed)
        #expect(try (plugin.isOutOfProvince(decision) == .yes) == isOutside)
        #expect(try (plugin.isLongEnough(decision) == .yes) == isLong)
        guard !isOutside || !isLong else { return }
        let effects = try perform(&decision) { try plugin.recordIneligibleWork(&$0) }
        let code = isOutside ? "STAY_TOO_SHORT" : "INSIDE_PROVINCE"
        #expect(effects.attributes.map(\.text) == [code])
        #expect(decision.record.decision.code == code)
    }

    @Test(
        "The register on the day of departure, 2026-03-01",
        arguments: [
            (true, "脱贫人口", "2020-12-31", "", nil), (true, "边缘易致贫户", "", "", nil),
            (true, "监测对象", "2026-03-01", "2026-03-01", nil),
            (true, "脱贫人口", "2020-12-31", "2026-02-28", "STATUS_NOT_VALID"),
            (true, "脱贫人口", "2026-03-02", "", "STATUS_NOT_VALID"), (true, "低保户", "2020-12-31", "", "STATUS_NOT_VALID"),
            (false, "", "", "", "NOT_REGISTERED"), (false, "脱贫人口", "2020-12-31", "", "NOT_REGISTERED"),
        ] as [(Bool, String, String, String, String?)])
    func register(_ found: Bool, _ status: String, _ from: String, _ to: String, _ reason: String?) throws {
        let answer = Cases_TransportSubsidy_V1_RegistryAnswer.with {
            ($0.found, $0.status, $0.validFrom, $0.validTo) = (found, status, from, to)
        }
        var decision = try Scene().decision(.registryAnswered, payload: answer)
        #expect(try (plugin.isRegisteredOnDeparture(decision) == .yes) == (reason == nil))
        try plugin.recordRegistry(&decision)
        #expect(decision.record.registry == answer)
        guard let reason else { return }
        try plugin.recordNotRegistered(&decision)
        #expect(decision.record.decision.code == reason)
    }

    @Test("A county may name other categories")
    func categories() throws {
        var scene = Scene()
        scene.facts.policy.append(.with { $0.name = "registry.categories"; $0.text = "低保户 特困" })
        func verdict(_ status: String) throws -> Verdict {
            let answer = Cases_TransportSubsidy_V1_RegistryAnswer.with { $0.found = true; $0.status = status }
            return try plugin.isRegisteredOnDeparture(scene.decision(.registryAnswered, payload: answer))
        }
        #expect(try verdict("低保户") == .yes)
        #expect(try verdict("脱贫人口") != .yes)
    }

    @Test("The register's dates must be dates")
    func registerDates() throws {
        let answer = Cases_TransportSubsidy_V1_RegistryAnswer.with { $0.found = true; $0.validFrom = "2020" }
        var decision = try Scene().decision(.registryAnswered, payload: answer)
        #expect(try refusal { try plugin.recordRegistry(&decision) } == ["BAD_DATE"])
    }

    @Test("Without a payload the register's guard waits for it")
    func needsPayload() throws {
        #expect(throws: PayloadMissing.self) { try plugin.isRegisteredOnDeparture(Scene().decision()) }
    }

    @Test("A denial says why")
    func denial() throws {
        let reason = Cases_TransportSubsidy_V1_Reason.with { $0.code = "FALSE_PROOF"; $0.text = "证明不实" }
        var decision = try Scene().decision(.approvalDenied, payload: reason)
        #expect(try perform(&decision) { try plugin.recordDenial(&$0) }.attributes.map(\.text) == ["FALSE_PROOF"])
        var mute = try Scene().decision(.approvalDenied, payload: Cases_TransportSubsidy_V1_Reason())
        #expect(try refusal { try plugin.recordDenial(&mute) } == ["REASON_MISSING"])
    }

    @Test(
        "The amount by province",
        arguments: [("210202", 40_000), ("150402", 40_000), ("230102", 40_000), ("370212", 60_000), ("110105", 60_000)])
    func tiers(_ destination: String, _ fen: Int64) throws {
        var scene = Scene()
        scene.application.journey.destination = destination
        scene.facts.policy = [
            .with { $0.name = "amount.mode"; $0.text = "tier_by_province" },
            .with { $0.name = "amount.adjacent"; $0.integer = 40_000; $0.source = "近" },
            .with { $0.name = "amount.other"; $0.integer = 60_000; $0.source = "远" },
        ]
        var decision = try scene.decision()
        let effects = try perform(&decision) { try plugin.computeAmount(&$0) }
        #expect(decision.record.amountFen == fen)
        #expect(decision.record.amountSource == (fen == 40_000 ? "近" : "远"))
        #expect(effects.attributes.map(\.integer) == [fen])
    }

    @Test("Money suffices or does not, to the fen", arguments: [(80_000, true), (79_999, false), (0, false)])
    func funds(_ available: Int64, _ suffices: Bool) throws {
        var scene = Scene()
        scene.facts.pools[0].availableFen = available
        let verdict = try plugin.fundsAvailable(scene.decision())
        #expect((verdict == .yes) == suffices)
        if available == 79_999 {
            #expect(
                verdict
                    == .no(
                        zh: "本县资金不足:需 800.00 元,可用 799.99 元",
                        en: "the county's money does not suffice: 800.00 yuan needed, 799.99 available"))
        }
    }

    @Test("What was computed is owed, whatever the policy says later")
    func owed() throws {
        var decision = try Scene().decision(.paymentOrdered)
        decision.record.amountFen = 50_000
        let postings = try perform(&decision) { try plugin.payFunds(&$0) }.postings
        #expect(postings.map(\.amountFen) == [50_000])
    }

    @Test("Each step of the money is its own posting on the one fund")
    func postings() throws {
        let bank = Cases_TransportSubsidy_V1_BankResult.with { $0.reference = "HD-1" }
        let back = Cases_TransportSubsidy_V1_Reason.with { $0.code = "ACCOUNT_RETURNED" }
        let steps: [((inout Decision<Record>) throws -> Void, (any Message)?, Casework_Plugin_V1_Posting.Operation)] = [
            (plugin.reserveFunds, nil, .reserve), (plugin.commitFunds, nil, .commit), (plugin.payFunds, nil, .pay),
            (plugin.settleFunds, bank, .settle), (plugin.bounceFunds, back, .bounce),
            (plugin.releaseFunds, nil, .release),
        ]
        for (action, payload, operation) in steps {
            var scene = Scene()
            scene.facts.pools[0].heldFen = 80_000
            var decision = try scene.decision(payload: payload)
            let effects = try perform(&decision, action)
            #expect(effects.postings.map(\.operation) == [operation])
            #expect(effects.postings.map(\.fund) == ["rural-revitalization"])
            #expect(effects.postings.map(\.amountFen) == [80_000])
        }
    }

    @Test("Without money the case queues for exactly what it needs")
    func queue() throws {
        var decision = try Scene().decision()
        let effects = try perform(&decision) { try plugin.queueForFunds(&$0) }
        #expect(effects.wait.amountFen == 80_000)
        #expect(effects.wait.fund == "rural-revitalization")
        #expect(effects.postings.isEmpty)
    }

    @Test("A new account replaces the old one if it can be one")
    func account() throws {
        func correct(_ card: String) throws -> (codes: [String]?, card: String) {
            let payload = Cases_TransportSubsidy_V1_Person.with { $0.cardNumber = card }
            var decision = try Scene().decision(.accountCorrected, payload: payload)
            let codes = try refusal { try plugin.replaceAccount(&decision) }
            return (codes, decision.record.application.person.cardNumber)
        }
        #expect(try correct("6228480000000000018") == (nil, "6228480000000000018"))
        #expect(try correct("1") == (["BAD_CARD"], "6217000000000000004"))
    }
}
