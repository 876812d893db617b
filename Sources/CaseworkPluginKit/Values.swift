import CivilTime

/// Money in fen, hundredths of a yuan. Never a fraction.
public struct Fen: Hashable, Comparable, Sendable {
    public var value: Int64

    public init(_ value: Int64) { self.value = value }

    public static func < (a: Fen, b: Fen) -> Bool { a.value < b.value }
}

/// A day of the Gregorian calendar, without a time and a zone.
public struct CalendarDate: Hashable, Comparable, Sendable {
    public var daysSince1970: Int

    public init(daysSince1970: Int) { self.daysSince1970 = daysSince1970 }

    /// Nil for a day there is not: `2023-02-29`.
    ///
    /// - Parameter year: 1 … 9999.
    public init?(year: Int, month: Int, day: Int) {
        guard let days = Gregorian.days(year: year, month: month, day: day) else { return nil }
        self.init(daysSince1970: days)
    }

    /// Reads ISO 8601's `2026-03-01`, and nothing else.
    public init?(parsing text: some StringProtocol) {
        guard let days = Gregorian.days(parsing: text) else { return nil }
        self.init(daysSince1970: days)
    }

    public static func < (a: CalendarDate, b: CalendarDate) -> Bool { a.daysSince1970 < b.daysSince1970 }

    public var year: Int { Gregorian.date(ofDay: daysSince1970).year }
    public var month: Int { Gregorian.date(ofDay: daysSince1970).month }
    public var day: Int { Gregorian.date(ofDay: daysSince1970).day }

    /// The same day some months later, or that month's last day where it has no such day.
    public func adding(months: Int) -> CalendarDate {
        CalendarDate(daysSince1970: Gregorian.days(daysSince1970, addingMonths: months))
    }
}

extension CalendarDate: CustomStringConvertible {
    public var description: String { Gregorian.text(ofDay: daysSince1970) }
}
