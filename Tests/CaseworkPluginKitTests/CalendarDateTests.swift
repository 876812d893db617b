import Testing

@testable import CaseworkPluginKit

@Suite("Calendar dates")
struct CalendarDateTests {
    @Test(
        "Reading",
        arguments: [
            ("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11_016), ("2026-03-01", 20_513),
            ("1900-03-01", -25_508), ("0001-01-01", -719_162), ("9999-12-31", 2_932_896),
        ])
    func reading(_ text: String, _ days: Int) throws {
        let date = try #require(CalendarDate(parsing: text))
        #expect(date.daysSince1970 == days)
        #expect(date.description == text)
    }

    @Test(
        "What is no date",
        arguments: [
            "", "2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00", "0000-01-01",
            "2026-1-1", "2026/01/01", "2026-01-011", "20260101", "２026-01-01", "-026-01-01",
        ])
    func refusing(_ text: String) {
        #expect(CalendarDate(parsing: text) == nil)
    }

    @Test("Every day of four centuries and more follows the one before it")
    func successive() throws {
        let first = try #require(CalendarDate(parsing: "1896-01-01"))
        var (year, month, day) = (1896, 1, 1)
        for offset in 0..<160_000 {
            let date = CalendarDate(daysSince1970: first.daysSince1970 + offset)
            try #require((date.year, date.month, date.day) == (year, month, day))
            try #require(CalendarDate(year: year, month: month, day: day) == date)
            day += 1
            if CalendarDate(year: year, month: month, day: day) == nil { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
    }

    @Test(
        "Adding months",
        arguments: [
            ("2026-05-12", 3, "2026-08-12"), ("2026-05-31", 3, "2026-08-31"), ("2026-11-30", 3, "2027-02-28"),
            ("2023-11-30", 3, "2024-02-29"), ("2026-01-31", 1, "2026-02-28"), ("2026-12-01", 1, "2027-01-01"),
            ("2026-03-31", -1, "2026-02-28"), ("2026-01-15", -1, "2025-12-15"), ("2024-02-29", -12, "2023-02-28"),
            ("2026-03-31", 0, "2026-03-31"),
        ])
    func addingMonths(_ from: String, _ months: Int, _ to: String) throws {
        #expect(try #require(CalendarDate(parsing: from)).adding(months: months).description == to)
    }
}
