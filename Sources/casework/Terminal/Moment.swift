/// How moments are written for people: Chinese standard time, which knows no summer time.
enum Moment {
    private static let offset: Int64 = 8 * 3_600_000
    private static let day: Int64 = 86_400_000

    /// `2026-09-22 09:00`.
    static func minute(_ milliseconds: Int64) -> String {
        let minutes = local(milliseconds) % day / 60_000
        return date(milliseconds) + " " + two(minutes / 60) + ":" + two(minutes % 60)
    }

    /// `2026-09-22`.
    static func date(_ milliseconds: Int64) -> String {
        let (year, month, day) = civil(days: floorDivide(local(milliseconds), Moment.day))
        return "\(year)-\(two(month))-\(two(day))"
    }

    /// A deadline as people say it: the end of a day is 24:00 of that day, not 00:00 of the next.
    static func deadline(_ milliseconds: Int64) -> String {
        guard local(milliseconds) % day == 0 else { return minute(milliseconds) }
        return date(milliseconds - 1) + " 24:00"
    }

    /// The last day on which a deadline can be met.
    static func lastDay(_ milliseconds: Int64) -> String { date(milliseconds - 1) }

    /// Reads `2026-10-09 09:00`; nil for anything else.
    static func milliseconds(_ text: String) -> Int64? {
        let parts = text.split { "- :T".contains($0) }.map { Int64($0) }
        guard parts.count == 5, let year = parts[0], let month = parts[1], let day = parts[2], let hour = parts[3],
            let minute = parts[4], (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day),
            (0...23).contains(hour), (0...59).contains(minute)
        else { return nil }
        let days = dayNumber(year: year, month: month, day: day)
        guard civil(days: days) == (year, month, day) else { return nil }
        return days * Moment.day + hour * 3_600_000 + minute * 60_000 - offset
    }

    /// Days since 1970-01-01 of a proleptic Gregorian date.
    private static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func local(_ milliseconds: Int64) -> Int64 { milliseconds + offset }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : -((b - 1 - a) / b) }

    private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }

    /// Proleptic Gregorian date of a count of days since 1970-01-01.
    private static func civil(days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

/// Integer fen as people write money.
enum Money {
    /// `156,400.00`.
    static func yuan(_ fen: Int64) -> String {
        let sign = fen < 0 ? "-" : ""
        let cents = fen.magnitude % 100
        var whole = String(fen.magnitude / 100)
        var groups: [String] = []
        while whole.count > 3 {
            groups.insert(String(whole.suffix(3)), at: 0)
            whole.removeLast(3)
        }
        groups.insert(whole, at: 0)
        return sign + groups.joined(separator: ",") + "." + (cents < 10 ? "0" : "") + String(cents)
    }

    /// Reads `6300`, `6300.5`, `6,300.50` yuan; nil for anything else.
    static func fen(yuan text: String) -> Int64? {
        let parts = text.filter { $0 != "," }.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = Int64(parts.first ?? ""), whole >= 0, whole < 1_000_000_000_000 else {
            return nil
        }
        guard parts.count == 2 else { return whole * 100 }
        guard (1...2).contains(parts[1].count), let cents = Int64(parts[1]), cents >= 0 else { return nil }
        return whole * 100 + (parts[1].count == 1 ? cents * 10 : cents)
    }
}
