/// The proleptic Gregorian calendar, in days since 1970-01-01; no clock and no zone. Years that are read are 1 … 9999.
///
/// Days are counted in eras of 400 years that begin on 1 March, so that the leap day comes last and months repeat every
/// five with 153 days (C. Zeller; H. Hinnant, "chrono-compatible low-level date algorithms").
package enum Gregorian {
    /// Nil when there is no such day: month 13, or 29 February in a common year.
    package static func days(year: Int, month: Int, day: Int) -> Int? {
        guard (1...9999).contains(year), (1...12).contains(month) else { return nil }
        guard day >= 1, day <= lastDay(ofMonth: month, year: year) else { return nil }
        return count(year, month, day)
    }

    /// Reads ISO 8601's `2026-03-01`, and nothing else.
    package static func days(parsing text: some StringProtocol) -> Int? {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else { return nil }
        guard let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]) else {
            return nil
        }
        return days(year: year, month: month, day: day)
    }

    /// The same day some months later, or that month's last day where it has no such day.
    package static func days(_ days: Int, addingMonths months: Int) -> Int {
        let (year, month, day) = date(ofDay: days)
        let sum = year * 12 + month - 1 + months
        let (newYear, newMonth) = (quotient(sum, 12), remainder(sum, 12) + 1)
        return count(newYear, newMonth, min(day, lastDay(ofMonth: newMonth, year: newYear)))
    }

    package static func date(ofDay days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = quotient(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// 1 for Monday … 7 for Sunday.
    package static func weekday(ofDay days: Int) -> Int { remainder(days + 3, 7) + 1 }

    /// `2026-03-01`.
    package static func text(ofDay days: Int) -> String {
        let (year, month, day) = date(ofDay: days)
        return "\(padded(year, to: 4))-\(padded(month, to: 2))-\(padded(day, to: 2))"
    }

    /// Decimal digits with zeros in front, at least `width` of them.
    package static func padded(_ value: Int, to width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func count(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = quotient(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func lastDay(ofMonth month: Int, year: Int) -> Int {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + Int(digit - 0x30)
        }
        return value
    }

    /// Rounded down, so that what lies before the epoch falls on the right day.
    private static func quotient(_ value: Int, _ divisor: Int) -> Int { (value - remainder(value, divisor)) / divisor }

    private static func remainder(_ value: Int, _ divisor: Int) -> Int {
        let remainder = value % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}

/// China's standard time: +08:00 all year round since 1992; the server reckons with it for every day.
package enum ChinaTime {
    package static let offset: Int64 = 8 * 3_600_000
    package static let dayLength: Int64 = 86_400_000

    /// The day, counted from 1970-01-01, on which a moment in milliseconds of Unix time falls.
    package static func day(of milliseconds: Int64) -> Int64 {
        let local = milliseconds.addingReportingOverflow(offset).partialValue
        let quotient = local / dayLength
        return local % dayLength < 0 ? quotient - 1 : quotient
    }

    /// The first moment of a day.
    package static func start(ofDay days: Int64) -> Int64 { days * dayLength - offset }

    /// Milliseconds since the day began.
    package static func timeOfDay(_ milliseconds: Int64) -> Int64 { milliseconds - start(ofDay: day(of: milliseconds)) }
}
