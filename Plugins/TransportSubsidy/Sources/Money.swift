import CaseworkPluginKit
import Schema
import SwiftProtobuf

/// From the amount to the bank's answer (domain §1.2 amount, §2.2).
extension TransportSubsidy {
    func fundsAvailable(_ decision: Decision<Record>) throws -> Verdict {
        let needed = try amount(decision)
        let available = decision.available(in: Self.fund)
        guard available < needed else { return .yes }
        return .no(
            zh: "本县资金不足:需 \(needed.yuan) 元,可用 \(available.yuan) 元",
            en: "the county's money does not suffice: \(needed.yuan) yuan needed, \(available.yuan) available")
    }

    func computeAmount(_ decision: inout Decision<Record>) throws {
        let amount = try Amount(for: decision.record.application.journey, decision)
        decision.record.amountFen = amount.fen.value
        decision.record.amountSource = amount.source
        decision.setAttribute("amount_fen", amount.fen.value)
    }

    func reserveFunds(_ decision: inout Decision<Record>) throws {
        decision.post(.reserve, try amount(decision), fund: Self.fund)
    }

    func queueForFunds(_ decision: inout Decision<Record>) throws {
        decision.wait(for: try amount(decision), fund: Self.fund)
    }

    func commitFunds(_ decision: inout Decision<Record>) throws {
        decision.post(.commit, try amount(decision), fund: Self.fund)
        decision.record.decision = .with { $0.code = "APPROVED"; $0.text = "审批通过" }
    }

    func releaseFunds(_ decision: inout Decision<Record>) throws {
        decision.post(.release, decision.held(in: Self.fund), fund: Self.fund)
    }

    func payFunds(_ decision: inout Decision<Record>) throws {
        decision.post(.pay, try amount(decision), fund: Self.fund)
    }

    func settleFunds(_ decision: inout Decision<Record>) throws {
        let result: Cases_TransportSubsidy_V1_BankResult = try decision.payload()
        decision.post(.settle, try amount(decision), fund: Self.fund)
        decision.record.bankReference = result.reference
        decision.record.decision = .with { $0.code = "PAID"; $0.text = "已发放" }
    }

    /// The entitlement stays; only the way of the money has to be mended.
    func bounceFunds(_ decision: inout Decision<Record>) throws {
        let reason: Cases_TransportSubsidy_V1_Reason = try decision.payload()
        decision.post(.bounce, try amount(decision), fund: Self.fund)
        decision.record.decision = .with {
            $0.code = reason.code.isEmpty ? "RETURNED" : reason.code
            $0.text = reason.text
        }
    }

    func replaceAccount(_ decision: inout Decision<Record>) throws {
        var person: Cases_TransportSubsidy_V1_Person = try decision.payload()
        let violations = person.normalizeCard(field: "card_number")
        guard violations.isEmpty else {
            throw Refusal(
                "INVALID_ACCOUNT", zh: "更正后的账号不正确", en: "the new account's number is not one", violations: violations)
        }
        decision.record.application.person.cardNumber = person.cardNumber
    }

    /// What was computed once is owed, whatever the policy says later.
    private func amount(_ decision: Decision<Record>) throws -> Fen {
        guard decision.record.amountFen == 0 else { return Fen(decision.record.amountFen) }
        return try Amount(for: decision.record.application.journey, decision).fen
    }
}

/// What a county gives, and by which document.
struct Amount {
    /// `flat`, or `tier_by_province`.
    static let modeName = "amount.mode"
    static let flatName = "amount.flat"
    static let adjacentName = "amount.adjacent"
    static let otherName = "amount.other"

    /// Liaoning, Inner Mongolia, Heilongjiang: the provinces next to Jilin.
    static let adjacentProvinces: Set<String> = ["21", "15", "23"]

    var fen: Fen
    var source: String

    /// - Throws: a `Refusal` where the county has configured no amount; there is no default (domain, read this first).
    init(
        for journey: Cases_TransportSubsidy_V1_Journey, _ decision: Decision<Cases_TransportSubsidy_V1_Record>
    ) throws {
        let names = Self.names(for: journey, mode: decision.policyText(Self.modeName))
        let values = names.compactMap { decision.policyInteger($0) }.filter { $0 > 0 }
        guard let name = names.first, let value = values.first, values.count == names.count else {
            throw Refusal(
                "POLICY_NOT_CONFIGURED", zh: "\(decision.facts.county) 尚未设定补助标准,不能受理",
                en: "county \(decision.facts.county) has set no amount, so no application can be taken")
        }
        fen = Fen(value)
        source = decision.policySource(name)
    }

    /// The value that counts, then those the county must have set as well; none where the mode is unknown.
    private static func names(for journey: Cases_TransportSubsidy_V1_Journey, mode: String?) -> [String] {
        switch mode {
        case "flat": return [flatName]
        case "tier_by_province":
            let isAdjacent = adjacentProvinces.contains(String(journey.destination.prefix(2)))
            return isAdjacent ? [adjacentName, otherName] : [otherName, adjacentName]
        default: return []
        }
    }
}

extension Fen {
    /// In yuan with two decimals; never negative here.
    fileprivate var yuan: String {
        let rest = value % 100
        return "\(value / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
