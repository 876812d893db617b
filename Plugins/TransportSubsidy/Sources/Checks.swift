import CaseworkPluginKit
import Schema
import SwiftProtobuf

/// The joint check: work in another province for long enough, and on the register on the day of departure
/// (domain §1.2, eligible).
extension TransportSubsidy {
    func isOutOfProvince(_ decision: Decision<Record>) throws -> Verdict {
        try Stay(decision).isOutOfProvince
            ? .yes : .no(zh: "务工地在吉林省内", en: "the place of work lies inside Jilin")
    }

    func isLongEnough(_ decision: Decision<Record>) throws -> Verdict {
        let stay = try Stay(decision)
        guard !stay.isLongEnough else { return .yes }
        return .no(
            zh: "在外就业不足 \(stay.months) 个月(需至 \(stay.firstSufficientDay))",
            en: "the work away is shorter than \(stay.months) months (until \(stay.firstSufficientDay))")
    }

    func isRegisteredOnDeparture(_ decision: Decision<Record>) throws -> Verdict {
        switch try Register(decision).finding {
        case .registered: .yes
        case .notFound: .no(zh: "不在脱贫人口及监测对象名册", en: "the person is not on the register")
        case .notValid: .no(zh: "外出当日身份不在有效期或类别不符", en: "the status was not valid on the day of departure")
        }
    }

    func recordIneligibleWork(_ decision: inout Decision<Record>) throws {
        let isOutside = try Stay(decision).isOutOfProvince
        decision.reject(
            isOutside ? "STAY_TOO_SHORT" : "INSIDE_PROVINCE", text: isOutside ? "在外就业时间不足" : "务工地在省内")
    }

    func recordRegistry(_ decision: inout Decision<Record>) throws {
        let answer: Cases_TransportSubsidy_V1_RegistryAnswer = try decision.payload()
        let violations = answer.violations
        guard violations.isEmpty else {
            throw Refusal(
                "INVALID_REGISTRY_ANSWER", zh: "身份核查结果有日期不正确", en: "the register's answer has a date that is none",
                violations: violations)
        }
        decision.record.registry = answer
    }

    func recordNotRegistered(_ decision: inout Decision<Record>) throws {
        switch try Register(decision).finding {
        case .notFound: decision.reject("NOT_REGISTERED", text: "不在册")
        case .notValid, .registered: decision.reject("STATUS_NOT_VALID", text: "外出当日身份无效")
        }
    }

    /// Whoever denies says why: the applicant has a right to the reason.
    func recordDenial(_ decision: inout Decision<Record>) throws {
        let reason: Cases_TransportSubsidy_V1_Reason = try decision.payload()
        guard !reason.code.isEmpty else {
            throw Refusal(
                "REASON_MISSING", zh: "不予通过须说明原因", en: "a denial needs its reason",
                violations: [.init("code", "REASON_MISSING", zh: "缺原因代码", en: "the reason's code is missing")])
        }
        decision.reject(reason.code, text: reason.text)
    }
}

extension Decision<Cases_TransportSubsidy_V1_Record> {
    /// Writes the outcome down where it is shown, and where cases are searched.
    mutating func reject(_ code: String, text: String) {
        record.decision = .with { $0.code = code; $0.text = text }
        setAttribute("reason", code)
    }
}

/// Where and how long a person worked away.
struct Stay {
    /// Whole months a person must have worked away.
    static let monthsName = "stay.months"
    /// Where a county has not said otherwise: three months (domain §1.2 [P S20, S24]).
    static let defaultMonths = 3
    /// First two digits of every division of Jilin.
    static let homeProvince = "22"

    var isOutOfProvince: Bool
    var months: Int
    /// The earliest end of the work that is late enough.
    var firstSufficientDay: CalendarDate
    var lastDay: CalendarDate

    var isLongEnough: Bool { lastDay >= firstSufficientDay }

    init(_ decision: Decision<Cases_TransportSubsidy_V1_Record>) throws {
        let journey = decision.record.application.journey
        guard let destination = DivisionCode(journey.destination),
            let departure = CalendarDate(parsing: journey.departedOn),
            let lastDay = CalendarDate(parsing: journey.employedUntil)
        else { throw CorruptRecord() }
        isOutOfProvince = destination.province != Self.homeProvince
        months = Int(clamping: decision.policyInteger(Self.monthsName) ?? Int64(Self.defaultMonths))
        firstSufficientDay = departure.adding(months: min(max(months, 0), 1200))
        self.lastDay = lastDay
    }
}

/// What the register says of the person, read for the day of departure.
struct Register {
    enum Finding { case registered, notFound, notValid }

    /// Categories that qualify, parted by blanks.
    static let categoriesName = "registry.categories"
    /// People lifted out of poverty, and those monitored lest they fall back: unstable, marginal, struck by hardship
    /// (domain §7, beneficiaries [P]).
    static let defaultCategories = ["脱贫人口", "监测对象", "脱贫不稳定户", "边缘易致贫户", "突发严重困难户"]

    var finding: Finding

    init(_ decision: Decision<Cases_TransportSubsidy_V1_Record>) throws {
        let answer: Cases_TransportSubsidy_V1_RegistryAnswer = try decision.payload()
        guard let departure = CalendarDate(parsing: decision.record.application.journey.departedOn) else {
            throw CorruptRecord()
        }
        let configured = decision.policyText(Self.categoriesName)?.split(separator: " ").map(String.init)
        guard answer.found else {
            finding = .notFound
            return
        }
        let qualifies = (configured ?? Self.defaultCategories).contains(answer.status)
        finding = qualifies && answer.isValid(on: departure) ? .registered : .notValid
    }
}

extension Cases_TransportSubsidy_V1_RegistryAnswer {
    /// Both ends count; an empty one is open.
    fileprivate func isValid(on day: CalendarDate) -> Bool {
        let from = CalendarDate(parsing: validFrom)
        let to = CalendarDate(parsing: validTo)
        guard validFrom.isEmpty || from != nil, validTo.isEmpty || to != nil else { return false }
        return (from.map { $0 <= day } ?? true) && (to.map { day <= $0 } ?? true)
    }

    fileprivate var violations: [Refusal.Violation] {
        [("valid_from", validFrom), ("valid_to", validTo)].compactMap { field, text in
            guard !text.isEmpty, CalendarDate(parsing: text) == nil else { return nil }
            return .init(field, "BAD_DATE", zh: "日期不正确", en: "this is no date")
        }
    }
}
