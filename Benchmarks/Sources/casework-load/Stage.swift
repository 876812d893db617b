import CaseworkClient
import Foundation
import RPC
import Schema
import SwiftProtobuf

/// One command in a life: who sends which event, with what.
struct Stage: Sendable {
    var event: String
    var officer: @Sendable (Officers) -> RPCClient
    var payload: @Sendable () throws -> [UInt8]

    static let counties = ["220122", "220182", "220183", "220221"]
    static let year: Int32 = 2026

    static let beforePublicity = [
        Stage(event: "case.open", officer: { $0.agent }, payload: { [] }),
        Stage(event: "village.verified", officer: { $0.village }, payload: { [] }),
    ]

    static let afterPublicity = [
        Stage(event: "employment.confirmed", officer: { $0.checker }, payload: { [] }),
        Stage(
            event: "registry.answered", officer: { $0.registry },
            payload: {
                try Cases_TransportSubsidy_V1_RegistryAnswer.with {
                    $0.found = true
                    $0.status = "脱贫人口"
                    $0.validFrom = "2020-01-01"
                }.serializedBytes()
            }),
        Stage(event: "approval.granted", officer: { $0.approver }, payload: { [] }),
        Stage(event: "payment.ordered", officer: { $0.payer }, payload: { [] }),
        Stage(
            event: "payment.settled", officer: { $0.cashier },
            payload: {
                try Cases_TransportSubsidy_V1_BankResult.with { $0.reference = "B0000000001" }.serializedBytes()
            }),
    ]

    /// The application of a synthetic person: prefix 99, a number of its own for each life.
    static func application(_ life: Int, padding: Int) throws -> [UInt8] {
        try Cases_TransportSubsidy_V1_Application.with {
            $0.person = .with {
                $0.name = "测试"
                $0.residentNumber = residentNumber(life)
                $0.phone = "19900000000"
                $0.cardNumber = "6222020000000000000"
            }
            $0.journey = .with {
                $0.destination = "330106"
                $0.employer = String(repeating: "测", count: padding / 3)
                $0.departedOn = "2026-01-05"
                $0.employedUntil = "2026-12-31"
            }
            $0.consentSigned = true
        }.serializedBytes()
    }

    private static func residentNumber(_ life: Int) -> String {
        let birth = "1990\(padded(1 + life / 9_990_000 % 12, 2))15"
        let base = "99\(padded(life / 999 % 10_000, 4))\(birth)\(padded(1 + life % 999, 3))"
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        let sum = zip(base.utf8, weights).reduce(0) { $0 + (Int($1.0) - 48) * $1.1 }
        return base + String(Array("10X98765432")[sum % 11])
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
