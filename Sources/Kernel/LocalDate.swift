/// A day of the Gregorian calendar in Asia/Shanghai, whose offset is +08:00 all year round.
public struct LocalDate: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    public var days: Int32

    public init(days: Int32) { self.days = days }

    /// The day on which `instant` falls in Asia/Shanghai.
    public init(_ instant: Instant) {
        let local = instant.milliseconds.addingReportingOverflow(Self.offset).partialValue
        days = Int32(clamping: local.flooredQuotient(by: Self.length))
    }

    /// Nil when there is no such day: month 13, or 29 February in a common year. Years 1 … 9999.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month) else { return nil }
        guard day >= 1, day <= Self.length(ofMonth: month, year: year) else { return nil }
        // Days from civil: eras of 400 years that begin on 1 March, so that the leap day comes last.
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        days = Int32(era * 146_097 + dayOfEra - 719_468)
    }

    /// Reads `2026-03-01` and nothing else.
    public init?(parsing text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count == 10, digits[4] == UInt8(ascii: "-"), digits[7] == UInt8(ascii: "-") else { return nil }
        guard
            let year = Self.number(digits[0..<4]), let month = Self.number(digits[5..<7]),
            let day = Self.number(digits[8..<10])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    public static func < (a: LocalDate, b: LocalDate) -> Bool { a.days < b.days }

    public func adding(days count: Int) -> LocalDate { LocalDate(days: Int32(clamping: Int(days) + count)) }

    /// The same day of a later month, or that month's last day where it is shorter.
    public func adding(months count: Int) -> LocalDate {
        let (year, month, day) = civil
        let months = year * 12 + month - 1 + count
        let target = (year: months / 12, month: months % 12 + 1)
        let last = Self.length(ofMonth: target.month, year: target.year)
        return LocalDate(year: target.year, month: target.month, day: min(day, last)) ?? self
    }

    public var year: Int { civil.year }
    /// 1 … 12.
    public var month: Int { civil.month }
    /// 1 … 31.
    public var day: Int { civil.day }

    /// 1 for Monday … 7 for Sunday.
    public var weekday: Int { Int(Int64(days) + 3).flooredRemainder(by: 7) + 1 }

    /// The first moment of the day in Asia/Shanghai.
    public var start: Instant { Instant(milliseconds: Int64(days) * Self.length - Self.offset) }

    /// 24:00 of the day, which is 00:00 of the next.
    public var end: Instant { Instant(milliseconds: (Int64(days) + 1) * Self.length - Self.offset) }

    private static let offset: Int64 = 8 * 3_600_000
    private static let length: Int64 = 86_400_000

    private var civil: (year: Int, month: Int, day: Int) {
        let shifted = Int(days) + 719_468
        let era = Int(Int64(shifted).flooredQuotient(by: 146_097))
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func length(ofMonth month: Int, year: Int) -> Int {
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
}

extension LocalDate: CustomStringConvertible {
    /// `2026-03-01`.
    public var description: String {
        let (year, month, day) = civil
        return "\(year.padded(4))-\(month.padded(2))-\(day.padded(2))"
    }
}

extension Int {
    /// Decimal digits with zeros in front, at least `width` of them.
    func padded(_ width: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }

    func flooredRemainder(by divisor: Int) -> Int {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}

extension Int64 {
    /// The quotient rounded down, so that moments before 1970 fall on the right day.
    func flooredQuotient(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
