import Schema
import SwiftProtobuf

/// One line of a village's roster, tidied as an office does before it types it in: blanks away, full-width digits made
/// plain, dates written one way. Nothing is corrected: whether a number or a date is right is the server's to say.
struct RosterLine: Equatable {
    var line: Int
    var county: String
    var name: String
    var residentNumber: String
    var phone: String
    var card: String
    var destination: String
    var employer: String
    var departed: String
    var until: String
    var consent: Bool

    var application: Cases_TransportSubsidy_V1_Application {
        .with {
            $0.person.name = name
            $0.person.residentNumber = residentNumber
            $0.person.phone = phone
            $0.person.cardNumber = card
            $0.journey.destination = destination
            $0.journey.employer = employer
            $0.journey.departedOn = departed
            $0.journey.employedUntil = until
            $0.consentSigned = consent
        }
    }
}

enum Roster {
    static let columns = [
        "县(市、区)代码", "姓名", "公民身份号码", "联系电话", "社保卡银行账号", "务工地代码", "用人单位", "外出日期", "就业截止日期", "已签授权",
    ]

    /// The lines of a roster; a line without any content is left out, its number is not given again.
    static func lines(of csv: CSV) throws(Failure) -> [RosterLine] {
        let at = try csv.columns(columns)
        return csv.rows.compactMap { row in
            let cells = at.map { $0 < row.cells.count ? row.cells[$0] : "" }
            guard cells.contains(where: { !$0.trimmingBlanks().isEmpty }) else { return nil }
            return RosterLine(
                line: row.line, county: Tidy.number(cells[0]), name: Tidy.name(cells[1]),
                residentNumber: Tidy.number(cells[2]), phone: Tidy.number(cells[3]), card: Tidy.number(cells[4]),
                destination: Tidy.number(cells[5]), employer: cells[6].trimmingBlanks(),
                departed: Tidy.date(cells[7]), until: Tidy.date(cells[8]), consent: cells[9].trimmingBlanks() == "是")
        }
    }
}

/// What an office does to handwriting.
enum Tidy {
    /// Full-width letters and digits become plain ones; blanks inside go.
    static func number(_ text: String) -> String { String(narrow(text).filter { !$0.isWhitespace }) }

    static func name(_ text: String) -> String { String(text.filter { !$0.isWhitespace }) }

    /// `2026/3/5`, `2026.03.05`, `2026年3月5日`, `20260305` become `2026-03-05`; anything else stays as it is.
    static func date(_ text: String) -> String {
        let plain = number(text)
        var parts = plain.split { "-/.年月日".contains($0) }.map(String.init)
        if parts.count == 1, plain.count == 8, plain.allSatisfy(\.isNumber) {
            parts = [String(plain.prefix(4)), String(plain.dropFirst(4).prefix(2)), String(plain.suffix(2))]
        }
        guard parts.count == 3, parts[0].count == 4, parts.allSatisfy({ $0.allSatisfy(\.isNumber) && $0.count <= 4 })
        else { return plain }
        return parts[0] + "-" + twoDigits(parts[1]) + "-" + twoDigits(parts[2])
    }

    private static func twoDigits(_ text: String) -> String { text.count == 1 ? "0" + text : text }

    private static func narrow(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0xff01...0xff5e: scalars.append(Unicode.Scalar(scalar.value - 0xfee0) ?? scalar)
            case 0x3000: scalars.append(" ")
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }
}
