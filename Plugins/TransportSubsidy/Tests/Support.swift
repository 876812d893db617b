import CaseworkPluginKit
import Schema
import SwiftProtobuf
import Testing

@testable import TransportSubsidy

typealias Record = Cases_TransportSubsidy_V1_Record

/// What a test decides on: a good application in a county with a flat amount, to be bent.
struct Scene {
    var facts = Facts.with {
        $0.today = Int32(clamping: CalendarDate(parsing: "2026-09-14")?.daysSince1970 ?? 0)
        $0.county = "220122"
        $0.development = true
        $0.policy = [
            .with { $0.name = "amount.mode"; $0.text = "flat"; $0.source = "文件 1" },
            .with { $0.name = "amount.flat"; $0.integer = 80_000; $0.source = "文件 2" },
            .with { $0.name = "stay.months"; $0.integer = 3; $0.source = "文件 3" },
        ]
        $0.pools = [.with { $0.fund = "rural-revitalization"; $0.availableFen = 100_000 }]
    }
    var application = Application.with {
        $0.person.name = "某人"
        $0.person.residentNumber = "990000199006150019"
        $0.person.phone = "19900000000"
        $0.person.cardNumber = "6217000000000000004"
        $0.journey.destination = "370212"
        $0.journey.employer = "某厂"
        $0.journey.departedOn = "2026-03-01"
        $0.journey.employedUntil = "2026-08-31"
        $0.consentSigned = true
    }

    /// A decision on a case whose application was accepted as it stands here.
    func decision(
        _ event: TransportSubsidyEvent? = nil, payload: (any Message)? = nil
    ) throws -> Decision<Record> {
        Decision(
            facts: facts, event: event?.rawValue ?? "", record: .with { $0.application = application },
            payload: try payload.map { try $0.serializedBytes() })
    }

    /// A decision on the application's own filing.
    func filing() throws -> Decision<Record> {
        Decision(
            facts: facts, event: TransportSubsidyEvent.caseOpen.rawValue, record: Record(),
            payload: try application.serializedBytes())
    }
}

/// What the action asked for, or why it refused.
func perform(
    _ decision: inout Decision<Record>, _ action: (inout Decision<Record>) throws -> Void
) throws -> Casework_Plugin_V1_Effects {
    try action(&decision)
    return decision.effects
}

/// The codes of a refusal's violations, sorted; or its own code when it has none; nil when the action did not refuse.
func refusal(_ body: () throws -> Void) throws -> [String]? {
    do {
        try body()
        return nil
    } catch let refusal as Refusal {
        return refusal.violations.isEmpty ? [refusal.code] : refusal.violations.map(\.code).sorted()
    }
}
