import CaseworkPluginKit
import Schema
import SwiftProtobuf

typealias Application = Cases_TransportSubsidy_V1_Application

/// Filing: what a form must hold before there is a case (domain §1.2, §4.1, §4.3–4.5).
extension TransportSubsidy {
    /// Refuses what cannot be right, all of it at once, and keeps numbers in one spelling.
    func recordApplication(_ decision: inout Decision<Record>) throws {
        var application: Application = try decision.payload()
        let violations = application.normalize(today: decision.today, isDevelopment: decision.facts.development)
        guard violations.isEmpty else {
            throw Refusal(
                "INVALID_APPLICATION", zh: "申请表有 \(violations.count) 处需要更正",
                en: "the application needs \(violations.count) corrections", violations: violations)
        }
        _ = try Amount(for: application.journey, decision)
        decision.record.application = application
        decision.setAttribute("destination", application.journey.destination)
        decision.setAttribute("person", application.person.residentNumber, personal: true)
    }

    /// One benefit a person and year of departure (domain §1.2, frequency). The claim stays after a rejection, whose
    /// remedy is a review and not a second application; a withdrawal gives it back.
    func claimPersonYear(_ decision: inout Decision<Record>) throws {
        let claim = try PersonYear(decision.record.application)
        guard !decision.isClaimHeldElsewhere(scope: claim.scope) else {
            throw Refusal(
                "DUPLICATE_APPLICATION", zh: "该人员 \(claim.year) 年度已有申请",
                en: "there is an application of this person for \(claim.year) already")
        }
        decision.claim(scope: claim.scope, key: claim.key)
    }

    /// Gives back the person's year and whatever money is held.
    func withdrawApplication(_ decision: inout Decision<Record>) throws {
        let claim = try PersonYear(decision.record.application)
        decision.release(scope: claim.scope, key: claim.key)
        let held = decision.held(in: Self.fund)
        if held > Fen(0) { decision.post(.release, held, fund: Self.fund) }
        decision.record.decision = .with { $0.code = "WITHDRAWN"; $0.text = "申请人撤回" }
    }
}

/// What a person may have once.
private struct PersonYear {
    var key: String
    var year: Int

    var scope: String { "transport-subsidy/\(year)" }

    init(_ application: Application) throws {
        guard let departure = CalendarDate(parsing: application.journey.departedOn) else { throw CorruptRecord() }
        key = application.person.residentNumber
        year = departure.year
    }
}

/// The record holds what filing would have refused.
struct CorruptRecord: Error {}

extension Application {
    /// Brings numbers into one spelling and answers everything that is wrong.
    mutating func normalize(today: CalendarDate, isDevelopment: Bool) -> [Refusal.Violation] {
        var violations = person.normalize(today: today, isDevelopment: isDevelopment) + journey.violations(today: today)
        if !consentSigned {
            violations.append(.init("consent_signed", "CONSENT_MISSING", zh: "未签署授权书", en: "the consent is not signed"))
        }
        return violations
    }
}

extension Cases_TransportSubsidy_V1_Person {
    fileprivate mutating func normalize(today: CalendarDate, isDevelopment: Bool) -> [Refusal.Violation] {
        var violations: [Refusal.Violation] = []
        do {
            let number = try ResidentNumber(residentNumber, allowsSynthetic: isDevelopment)
            guard number.isPlausible(on: today) else { throw ResidentNumber.Problem.date }
            residentNumber = number.text
        } catch {
            violations.append(Self.violation(error as? ResidentNumber.Problem ?? .format))
        }
        if let phone = PhoneNumber(phone) {
            self.phone = phone.digits
        } else {
            violations.append(.init("person.phone", "BAD_PHONE", zh: "联系电话不正确", en: "the phone number is not one"))
        }
        return violations + normalizeCard(field: "person.card_number")
    }

    /// Social-security cards are bank cards: the number carries its own check (domain §4.4).
    mutating func normalizeCard(field: String) -> [Refusal.Violation] {
        guard let card = CardNumber(cardNumber) else {
            return [.init(field, "BAD_CARD", zh: "社会保障卡银行账号不正确", en: "the card account's number is not one")]
        }
        cardNumber = card.digits
        return []
    }

    private static func violation(_ problem: ResidentNumber.Problem) -> Refusal.Violation {
        let sentence: (zh: String, en: String) =
            switch problem {
            case .format: ("公民身份号码应为 17 位数字加 1 位校验码", "the resident number is not 17 digits and a check character")
            case .kind: ("该证件类别不适用本补助", "a card of this kind does not qualify")
            case .date: ("公民身份号码中的出生日期不正确", "the resident number's date of birth cannot be right")
            case .checkDigit: ("公民身份号码校验码不正确", "the resident number's check character is wrong")
            }
        return .init("person.resident_number", problem.rawValue, zh: sentence.zh, en: sentence.en)
    }
}

extension Cases_TransportSubsidy_V1_Journey {
    fileprivate func violations(today: CalendarDate) -> [Refusal.Violation] {
        var violations: [Refusal.Violation] = []
        if DivisionCode(destination) == nil {
            violations.append(
                .init(
                    "journey.destination", "BAD_DIVISION", zh: "务工地行政区划代码不正确",
                    en: "the destination is no division code"))
        }
        let departure = CalendarDate(parsing: departedOn)
        if departure.map({ $0 > today }) ?? true {
            violations.append(
                .init(
                    "journey.departed_on", "BAD_DEPARTURE_DATE", zh: "外出日期不正确或晚于今天",
                    en: "the day of departure is no date, or not yet come"))
        }
        if CalendarDate(parsing: employedUntil) == nil {
            violations.append(
                .init(
                    "journey.employed_until", "BAD_DATE", zh: "就业截止日期不正确",
                    en: "the end of the employment is no date"))
        }
        return violations
    }
}
