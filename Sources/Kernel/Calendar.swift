import CivilTime

/// The text of a calendar is not what its form asks for.
public struct CalendarError: Error, Equatable, Sendable {
    /// 1 for the first line.
    public var line: Int
    public var message: String

    public init(line: Int, message: String) {
        self.line = line
        self.message = message
    }
}

/// Working days of mainland China: Saturdays and Sundays are off, but for what the State Council's yearly notices say.
///
/// The form of the text is written at the head of `Calendars/china.txt`. In a year that is not loaded only the weekend
/// rule holds, and whatever was computed over it is provisional (domain.md §4.6).
public struct Calendar: Equatable, Sendable {
    private var worked: [LocalDate: Bool] = [:]
    private var years: Set<Int> = []

    /// Saturdays and Sundays only, every year provisional.
    public init() {}

    public init(parsing text: String) throws(CalendarError) {
        var year: Int?
        for (offset, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let kind = words.first, !kind.hasPrefix("#") else { continue }
            do throws(CalendarReason) {
                switch kind {
                case "year": year = try read(year: words)
                case "off": try read(days: words, of: year, worked: false)
                case "work": try read(days: words, of: year, worked: true)
                default: throw CalendarReason("a line begins with year, off, work or #, not with \"\(kind)\"")
                }
            } catch {
                throw CalendarError(line: offset + 1, message: error.message)
            }
        }
    }

    public func isWorkingDay(_ day: LocalDate) -> Bool { worked[day] ?? (day.weekday <= 5) }

    /// The holidays of the day's year are not loaded.
    public func isProvisional(_ day: LocalDate) -> Bool { !years.contains(day.year) }

    /// The `count`-th working day after `start`, which itself does not count; `start` for a count of 0.
    public func adding(workingDays count: Int, to start: LocalDate) -> LocalDate {
        var day = start
        var rest = min(count, Self.bound)
        while rest > 0 {
            day = day.adding(days: 1)
            if isWorkingDay(day) { rest -= 1 }
        }
        return day
    }

    /// How many working days lie after `start` up to and with `end`; 0 when `end` is not later.
    public func workingDays(after start: LocalDate, through end: LocalDate) -> Int {
        var count = 0
        var day = start
        while day < end, count < Self.bound {
            day = day.adding(days: 1)
            if isWorkingDay(day) { count += 1 }
        }
        return count
    }

    /// More working days than any deadline has; keeps a wrong number from running for ever.
    private static let bound = 10_000
}

/// Reading one line.
private struct CalendarReason: Error {
    var message: String

    init(_ message: String) { self.message = message }
}

extension Calendar {
    private mutating func read(year words: [Substring]) throws(CalendarReason) -> Int {
        guard words.count == 2, let year = Int(words[1]), (1970...9999).contains(year) else {
            throw CalendarReason("\"year\" is followed by one year, such as 2026")
        }
        guard years.insert(year).inserted else { throw CalendarReason("the year \(year) stands twice") }
        return year
    }

    private mutating func read(days words: [Substring], of year: Int?, worked isWorked: Bool) throws(CalendarReason) {
        guard let year else { throw CalendarReason("days stand before the first \"year\"") }
        guard words.count >= 3 else { throw CalendarReason("\"\(words[0])\" is followed by days and a name") }
        let ends = try bounds(of: words[1], year: year)
        for number in ends.first.days...ends.last.days {
            let day = LocalDate(days: number)
            guard worked.updateValue(isWorked, forKey: day) == nil else { throw CalendarReason("\(day) stands twice") }
        }
    }

    private func bounds(
        of text: Substring, year: Int
    ) throws(CalendarReason) -> (first: LocalDate, last: LocalDate) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 1 || (parts.count == 3 && parts[1].isEmpty) else {
            throw CalendarReason("days are written 02-15 or 02-15..02-23, not \"\(text)\"")
        }
        let prefix = Gregorian.padded(year, to: 4) + "-"
        guard
            let first = LocalDate(parsing: prefix + parts[0]),
            let last = parts.count == 1 ? first : LocalDate(parsing: prefix + parts[2]), first <= last
        else { throw CalendarReason("\"\(text)\" are not days of \(year)") }
        return (first, last)
    }
}
