import Foundation
@testable import Kernel
import struct Kernel.Calendar
import Statechart
import Testing

@Suite("Days and deadlines")
struct CalendarTests {
    let china: Calendar

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        china = try Calendar(parsing: String(contentsOf: root.appending(path: "Calendars/china.txt"), encoding: .utf8))
    }

    @Test(
        "working days are added after the start (domain.md §4.6)",
        arguments: [
            ("2021-07-21", 5, "2021-07-28"), ("2021-09-17", 5, "2021-09-26"), ("2021-09-30", 5, "2021-10-13"),
            ("2022-01-28", 5, "2022-02-09"), ("2026-02-13", 5, "2026-02-27"), ("2026-09-23", 5, "2026-10-08"),
            ("2026-09-30", 20, "2026-11-03"), ("2025-12-30", 5, "2026-01-07"), ("2026-03-02", 0, "2026-03-02"),
        ])
    func addsWorkingDays(start: String, count: Int, expected: String) throws {
        let day = try #require(LocalDate(parsing: start))
        let last = china.adding(workingDays: count, to: day)
        #expect(last.description == expected)
        #expect(china.workingDays(after: day, through: last) == count)
    }

    @Test(
        "publicity counts its first day and ends at 24:00 of the last",
        arguments: [("2024-04-09", "2024-04-15"), ("2024-01-19", "2024-01-25"), ("2024-01-20", "2024-01-26")])
    func publicity(start: String, last: String) throws {
        let begin = try #require(LocalDate(parsing: start)).start.advanced(milliseconds: 10 * 3_600_000)
        let due = Deadlines(calendar: china).due(.workingDays(5), firstDayCounted: true, from: begin)
        #expect(due.instant == LocalDate(parsing: last)?.end)
        #expect(!due.isProvisional)
    }

    @Test(
        "other durations",
        arguments: [
            ("72h", "2026-03-02", 9, "2026-03-05", 9), ("90d", "2026-03-02", 9, "2026-06-01", 0),
            ("6mo", "2026-08-31", 9, "2027-03-01", 0), ("1mo", "2026-01-31", 9, "2026-03-01", 0),
            ("0d", "2026-03-02", 9, "2026-03-03", 0), ("5wd", "2026-03-02", 23, "2026-03-10", 0),
        ])
    func durations(rule: String, start: String, hour: Int64, end: String, endHour: Int64) throws {
        let duration = try #require(ChartDuration(parsing: rule))
        let begin = try #require(LocalDate(parsing: start)).start.advanced(milliseconds: hour * 3_600_000)
        let due = Deadlines(calendar: china).due(duration, firstDayCounted: false, from: begin).instant
        #expect(due == LocalDate(parsing: end)?.start.advanced(milliseconds: endHour * 3_600_000))
    }

    @Test("a deadline in a year that is not loaded is provisional")
    func provisional() throws {
        let begin = try #require(LocalDate(parsing: "2026-12-28")).start
        let due = Deadlines(calendar: china).due(.workingDays(10), firstDayCounted: false, from: begin)
        #expect(LocalDate(due.instant.advanced(milliseconds: -1)).description == "2027-01-11")
        #expect(due.isProvisional)
    }

    @Test(
        "a pause keeps the working days after the pause day up to the due day",
        arguments: [
            // Due 2026-03-09 24:00. Paused on a Tuesday with four left, resumed a week later: until Monday.
            ("2026-03-03", "2026-03-10", 4, "2026-03-16"),
            // On one and the same day nothing changes.
            ("2026-03-03", "2026-03-03", 4, "2026-03-09"),
            // On a weekend the days left are the same as on the Friday before.
            ("2026-03-07", "2026-03-08", 1, "2026-03-09"),
            // On the due day nothing is left.
            ("2026-03-09", "2026-03-12", 0, "2026-03-12"),
        ])
    func pauses(pause: String, resume: String, left: Int64, last: String) throws {
        let deadlines = Deadlines(calendar: china)
        let spec = try namedTimer("5wd")
        let at = { (day: String) in try #require(LocalDate(parsing: day)).start.advanced(milliseconds: 36_000_000) }
        var body = CaseBody(definition: digest(1), plugin: digest(2), policy: nil)
        try body.start(timer: spec, at: at("2026-03-02"), deadlines)
        #expect(body.timers[0].due == LocalDate(parsing: "2026-03-09")?.end)
        try body.pause(timer: spec, at: at(pause), deadlines)
        #expect(body.timers[0].remaining == left)
        #expect(try body.timers[0].paused == at(pause))
        try body.resume(timer: spec, at: at(resume), deadlines)
        #expect(body.timers[0].due == LocalDate(parsing: last)?.end)
    }

    @Test("hours go on by the clock, also within a day")
    func pausedHours() throws {
        let deadlines = Deadlines(calendar: china)
        let spec = try namedTimer("72h")
        let start = try #require(LocalDate(parsing: "2026-03-02")).start
        var body = CaseBody(definition: digest(1), plugin: digest(2), policy: nil)
        body.start(timer: spec, at: start, deadlines)
        body.pause(timer: spec, at: start.advanced(milliseconds: 3_600_000), deadlines)
        body.resume(timer: spec, at: start.advanced(milliseconds: 2 * 3_600_000), deadlines)
        #expect(body.timers[0].due == start.advanced(milliseconds: 73 * 3_600_000))
    }

    private func namedTimer(_ rule: String) throws -> TimerSpec {
        let chart = """
            {"chart":"t","format":1,"initial":["a"],"timers":[{"id":"limit","duration":"\(rule)"}],
            "states":[{"id":"a","entry":[{"start":"limit"}],"transitions":[{"timer":"limit","to":["b"]}]},
            {"id":"b","final":true}]}
            """
        return try #require(try Definition(canonicalJSON: Array(chart.utf8)).timers.first)
    }

    @Test(
        "a date is read strictly",
        arguments: [
            ("2026-03-01", true), ("2024-02-29", true), ("2023-02-29", false), ("2026-13-01", false),
            ("2026-00-10", false), ("2026-04-31", false), ("2026-3-1", false), ("2026-03-01 ", false), ("", false),
            ("2026/03/01", false), ("２０２６-03-01", false),
        ])
    func readsDates(text: String, isDate: Bool) {
        #expect((LocalDate(parsing: text)?.description == text) == isDate)
        #expect((LocalDate(parsing: text) == nil) == !isDate)
    }

    @Test("dates count as the calendar does, four centuries long")
    func countsDates() throws {
        var expected = try #require(LocalDate(parsing: "1899-12-31"))
        #expect(expected.weekday == 7)
        for year in 1900...2299 {
            for month in 1...12 {
                for day in 1...31 {
                    guard let date = LocalDate(year: year, month: month, day: day) else { continue }
                    #expect(date.days == expected.days + 1)
                    guard date.year == year, date.month == month, date.day == day else {
                        Issue.record("\(year)-\(month)-\(day) is read back as \(date)")
                        return
                    }
                    expected = date
                }
            }
        }
        #expect(LocalDate(days: 0).description == "1970-01-01")
        #expect(LocalDate(Instant(milliseconds: 57_600_000)).days == 1)
        #expect(LocalDate(Instant(milliseconds: 57_599_999)).days == 0)
        #expect(LocalDate(Instant(milliseconds: -28_800_001)).days == -1)
    }

    @Test(
        "a broken calendar names its line",
        arguments: [
            ("year 2026\noff 02-30 x", 2, "are not days"), ("off 02-15 x", 1, "before the first"),
            ("year 2026\nyear 2026", 2, "twice"), ("year 2026\noff 01-01 x\noff 01-01 y", 3, "twice"),
            ("holiday 2026", 1, "begins with"), ("year x", 1, "one year"),
            ("year 2026\noff 01-05..01-03 x", 2, "are not days"), ("year 2026\noff 01-05", 2, "name"),
            ("year 2026\noff 01-05.01-06 x", 2, "written"),
        ])
    func brokenCalendars(text: String, line: Int, part: String) {
        let error = #expect(throws: CalendarError.self) { try Calendar(parsing: text) }
        #expect(error?.line == line)
        #expect(error?.message.contains(part) == true)
    }
}
