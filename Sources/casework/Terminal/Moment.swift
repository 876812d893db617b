import CivilTime

/// How moments are written for people: Chinese standard time, which knows no summer time.
enum Moment {
    /// `2026-09-22 09:00`.
    static func minute(_ milliseconds: Int64) -> String {
        let minutes = Int(ChinaTime.timeOfDay(milliseconds) / 60_000)
        let time = [minutes / 60, minutes % 60].map { Gregorian.padded($0, to: 2) }
        return date(milliseconds) + " " + time.joined(separator: ":")
    }

    /// `2026-09-22`.
    static func date(_ milliseconds: Int64) -> String { Gregorian.text(ofDay: Int(ChinaTime.day(of: milliseconds))) }

    /// A deadline as people say it: the end of a day is 24:00 of that day, not 00:00 of the next.
    static func deadline(_ milliseconds: Int64) -> String {
        guard ChinaTime.timeOfDay(milliseconds) == 0 else { return minute(milliseconds) }
        return date(milliseconds - 1) + " 24:00"
    }

    /// The last day on which a deadline can be met.
    static func lastDay(_ milliseconds: Int64) -> String { date(milliseconds - 1) }

    /// Reads `2026-10-09 09:00`; nil for anything else.
    static func milliseconds(_ text: String) -> Int64? {
        let parts = text.split { "- :T".contains($0) }.map { Int($0) }
        guard parts.count == 5, let year = parts[0], let month = parts[1], let day = parts[2], let hour = parts[3],
            let minute = parts[4], year >= 1970, (0...23).contains(hour), (0...59).contains(minute),
            let days = Gregorian.days(year: year, month: month, day: day)
        else { return nil }
        return ChinaTime.start(ofDay: Int64(days)) + Int64(hour * 60 + minute) * 60_000
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
