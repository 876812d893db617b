import CivilTime

/// A day of the Gregorian calendar in Asia/Shanghai, whose offset is +08:00 all year round.
public struct LocalDate: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    public var days: Int32

    public init(days: Int32) { self.days = days }

    /// The day on which `instant` falls in Asia/Shanghai.
    public init(_ instant: Instant) { days = Int32(clamping: ChinaTime.day(of: instant.milliseconds)) }

    /// Nil when there is no such day: month 13, or 29 February in a common year. Years 1 … 9999.
    public init?(year: Int, month: Int, day: Int) {
        guard let days = Gregorian.days(year: year, month: month, day: day) else { return nil }
        self.init(days: Int32(days))
    }

    /// Reads `2026-03-01` and nothing else.
    public init?(parsing text: some StringProtocol) {
        guard let days = Gregorian.days(parsing: text) else { return nil }
        self.init(days: Int32(days))
    }

    public static func < (a: LocalDate, b: LocalDate) -> Bool { a.days < b.days }

    public func adding(days count: Int) -> LocalDate { LocalDate(days: Int32(clamping: Int(days) + count)) }

    /// The same day of a later month, or that month's last day where it is shorter.
    public func adding(months count: Int) -> LocalDate {
        LocalDate(days: Int32(clamping: Gregorian.days(Int(days), addingMonths: count)))
    }

    public var year: Int { Gregorian.date(ofDay: Int(days)).year }
    /// 1 … 12.
    public var month: Int { Gregorian.date(ofDay: Int(days)).month }
    /// 1 … 31.
    public var day: Int { Gregorian.date(ofDay: Int(days)).day }

    /// 1 for Monday … 7 for Sunday.
    public var weekday: Int { Gregorian.weekday(ofDay: Int(days)) }

    /// The first moment of the day in Asia/Shanghai.
    public var start: Instant { Instant(milliseconds: ChinaTime.start(ofDay: Int64(days))) }

    /// 24:00 of the day, which is 00:00 of the next.
    public var end: Instant { Instant(milliseconds: ChinaTime.start(ofDay: Int64(days) + 1)) }
}

extension LocalDate: CustomStringConvertible {
    /// `2026-03-01`.
    public var description: String { Gregorian.text(ofDay: Int(days)) }
}
