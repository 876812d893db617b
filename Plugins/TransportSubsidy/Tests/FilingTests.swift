import CaseworkPluginKit
import Schema
import SwiftProtobuf
import Testing

@testable import TransportSubsidy

@Suite("Filing an application")
struct FilingTests {
    private let plugin = TransportSubsidy()

    struct Bend: CustomTestStringConvertible {
        var name: String
        var expected: [String]?
        var bend: @Sendable (inout Scene) -> Void

        var testDescription: String { name }
    }

    static let bends = [
        Bend(name: "as it should be", expected: nil) { _ in },
        Bend(name: "small x") { $0.application.person.residentNumber = "99000019900615006x" },
        Bend(name: "check digit", expected: ["BAD_CHECK_DIGIT"]) {
            $0.application.person.residentNumber = "990000199006150018"
        },
        Bend(name: "born on no day", expected: ["BAD_DATE"]) {
            $0.application.person.residentNumber = "990000199002300015"
        },
        Bend(name: "born in 1880", expected: ["BAD_DATE"]) {
            $0.application.person.residentNumber = "440524188001010014"
        },
        Bend(name: "no number", expected: ["BAD_FORMAT"]) { $0.application.person.residentNumber = "" },
        Bend(name: "residence permit", expected: ["ID_KIND_UNSUPPORTED"]) {
            $0.application.person.residentNumber = "810000188001010074"
        },
        Bend(name: "prefix 99 on a real store", expected: ["ID_KIND_UNSUPPORTED"]) { $0.facts.development = false },
        Bend(name: "phone", expected: ["BAD_PHONE"]) { $0.application.person.phone = "138" },
        Bend(name: "card", expected: ["BAD_CARD"]) { $0.application.person.cardNumber = "6217000000000000001" },
        Bend(name: "retired division") { $0.application.journey.destination = "320381" },
        Bend(name: "division", expected: ["BAD_DIVISION"]) { $0.application.journey.destination = "4403O6" },
        Bend(name: "departure on no day", expected: ["BAD_DEPARTURE_DATE"]) {
            $0.application.journey.departedOn = "2026-02-30"
        },
        Bend(name: "departure tomorrow", expected: ["BAD_DEPARTURE_DATE"]) {
            $0.application.journey.departedOn = "2026-09-15"
        },
        Bend(name: "departure today") { $0.application.journey.departedOn = "2026-09-14" },
        Bend(name: "end on no day", expected: ["BAD_DATE"]) { $0.application.journey.employedUntil = "soon" },
        Bend(name: "consent", expected: ["CONSENT_MISSING"]) { $0.application.consentSigned = false },
        Bend(name: "all at once", expected: ["BAD_CARD", "BAD_PHONE", "CONSENT_MISSING"]) {
            $0.application.person.phone = ""
            $0.application.person.cardNumber = ""
            $0.application.consentSigned = false
        },
        Bend(name: "no policy", expected: ["POLICY_NOT_CONFIGURED"]) { $0.facts.policy = [] },
        Bend(name: "a mode nobody knows", expected: ["POLICY_NOT_CONFIGURED"]) { $0.facts.policy[0].text = "lavish" },
        Bend(name: "an amount of nothing", expected: ["POLICY_NOT_CONFIGURED"]) { $0.facts.policy[1].integer = 0 },
        Bend(name: "half a tier", expected: ["POLICY_NOT_CONFIGURED"]) {
            $0.facts.policy[0].text = "tier_by_province"
            $0.facts.policy[1].name = "amount.other"
        },
        // Whether the place and the stay qualify is the joint check's to find.
        Bend(name: "inside the province") { $0.application.journey.destination = "220102" },
        Bend(name: "a short stay") { $0.application.journey.employedUntil = "2026-03-02" },
    ]

    @Test("is refused with every fault at once, or accepted", arguments: bends)
    func filing(_ bend: Bend) throws {
        var scene = Scene()
        bend.bend(&scene)
        var decision = try scene.filing()
        let codes = try refusal { try plugin.recordApplication(&decision) }
        #expect(codes == bend.expected)
        #expect(decision.record.hasApplication == (bend.expected == nil))
    }

    @Test("keeps numbers in one spelling, and the person's as a keyed attribute")
    func spelling() throws {
        var scene = Scene()
        scene.application.person.residentNumber = "99000019900615006x"
        scene.application.person.phone = "+86 19900000000"
        scene.application.person.cardNumber = "6217 0000 0000 0000 004"
        var decision = try scene.filing()
        let effects = try perform(&decision) { try plugin.recordApplication(&$0) }
        #expect(decision.record.application.person.residentNumber == "99000019900615006X")
        #expect(decision.record.application.person.phone == "19900000000")
        #expect(decision.record.application.person.cardNumber == "6217000000000000004")
        #expect(effects.attributes.map(\.name) == ["destination", "person"])
        #expect(effects.attributes.map(\.personal) == [false, true])
    }

    @Test("claims the person's year of departure; a claim held elsewhere is a duplicate; a withdrawal gives it back")
    func claims() throws {
        var scene = Scene()
        scene.application.journey.departedOn = "2025-12-31"
        var decision = try scene.decision(.caseOpen)
        let claim = try #require(try perform(&decision) { try plugin.claimPersonYear(&$0) }.claims.first)
        #expect(claim.scope == "transport-subsidy/2025")
        #expect(Array(claim.key) == Array("990000199006150019".utf8))

        scene.facts.conflicts = ["transport-subsidy/2026"]
        var other = try scene.decision(.caseOpen)
        #expect(try refusal { try plugin.claimPersonYear(&other) } == nil)
        scene.facts.conflicts = ["transport-subsidy/2025"]
        var same = try scene.decision(.caseOpen)
        #expect(try refusal { try plugin.claimPersonYear(&same) } == ["DUPLICATE_APPLICATION"])

        var withdrawn = try scene.decision(.withdraw)
        let effects = try perform(&withdrawn) { try plugin.withdrawApplication(&$0) }
        #expect(effects.releases == [claim])
        #expect(effects.postings.isEmpty)
    }

    @Test("A withdrawal gives back the money that is held")
    func withdrawalOfMoney() throws {
        var scene = Scene()
        scene.facts.pools[0].heldFen = 80_000
        var decision = try scene.decision(.withdraw)
        let postings = try perform(&decision) { try plugin.withdrawApplication(&$0) }.postings
        #expect(postings.map(\.operation) == [.release])
        #expect(postings.map(\.amountFen) == [80_000])
    }
}

extension FilingTests.Bend {
    init(name: String, bend: @escaping @Sendable (inout Scene) -> Void) {
        self.init(name: name, expected: nil, bend: bend)
    }
}
