import Foundation
import Schema
import Testing

@testable import casework

/// `Samples/expected.csv` was written before anything ran. Here it is held against the rosters themselves, by rules
/// spelled out once more, without the server and without the plugin.
@Suite("What the samples expect")
struct ExpectationTests {
    private static let files = ["applications-2026-08.csv", "applications-2026-09.csv"]

    private struct Entry: Sendable {
        var line: RosterLine
        var ending: Ending
        var file: String
    }

    private static func table(_ name: String) throws -> CSV {
        try CSV(parsing: TextFile.read(Shell.root.appendingPathComponent("Samples/\(name)").path))
    }

    private static func entries() throws -> [Entry] {
        let expected = try Expectation(table("expected.csv"))
        return try files.flatMap { file in
            try Roster.lines(of: table(file)).map { line in
                let ending = try #require(expected.endings[Expectation.Line(file: file, line: line.line)])
                return Entry(line: line, ending: ending, file: file)
            }
        }
    }

    @Test func everyLineIsExpectedAndNoOther() throws {
        let expected = try Expectation(Self.table("expected.csv"))
        #expect(Set(expected.lines).count == expected.lines.count)
        for file in Self.files {
            let csv = try Self.table(file)
            #expect(expected.lines.filter { $0.file == file }.map(\.line) == csv.rows.map(\.line))
        }
        let skipped = expected.lines.filter { expected.endings[$0]?.outcome == .skipped }
        #expect(skipped.count == expected.lines.count - (try Self.entries().count))
    }

    /// It was written by hand before the first run. Whoever changes it on purpose, because a rule has changed, changes
    /// this digest too; no renewing of golden files does.
    @Test func whatIsExpectedIsWhatWasWritten() throws {
        let digest = try Shell.run(["sha256sum", "Samples/expected.csv"]).text.prefix(64)
        #expect(digest == "32d340ff950ef0d73cefa1319269b7d802dbc0ad488290b5aeb4fb01c3b313e8")
    }

    @Test func theSamplesAreAsMessyAsPromised() throws {
        let entries = try Self.entries()
        #expect(Set(entries.map { $0.line.residentNumber.uppercased() }).count >= 300)
        #expect(Set(entries.map(\.line.county)).count >= 12)
        let reasons = Set(entries.flatMap { $0.ending.reason.split(separator: "+").map(String.init) })
        let promised: Set = [
            "BAD_CHECK_DIGIT", "BAD_DATE", "BAD_FORMAT", "ID_KIND_UNSUPPORTED", "BAD_PHONE", "BAD_CARD", "BAD_DIVISION",
            "BAD_DEPARTURE_DATE", "CONSENT_MISSING", "POLICY_NOT_CONFIGURED", "DUPLICATE_APPLICATION",
            "INSIDE_PROVINCE", "STAY_TOO_SHORT", "NOT_REGISTERED", "STATUS_NOT_VALID",
        ]
        #expect(reasons.subtracting([""]) == promised)
        #expect(
            entries.contains { $0.ending.outcome == .waiting } && entries.contains { $0.ending.outcome == .returned })
        #expect(entries.contains { $0.line.residentNumber.hasSuffix("x") && $0.ending.outcome == .paid })
    }

    /// What makes the rosters as messy as real ones, told from the lines themselves.
    private struct Mess: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// How many entries are so.
        var count: @Sendable ([Entry]) throws -> Int

        init(_ name: String, _ isSo: @escaping @Sendable (Entry) throws -> Bool) {
            self.init(name, all: { try $0.count { try isSo($0) } })
        }

        init(_ name: String, all count: @escaping @Sendable ([Entry]) throws -> Int) {
            (testDescription, self.count) = (name, count)
        }
    }

    /// Codes that GB/T 2260 has given up, on papers still in use.
    private static let retired: Set = [
        "310119", "110103", "330183", "320204", "370205", "330283", "230182", "210122", "120107", "320503",
    ]

    private static let messes = [
        Mess("a wrong check digit") { entry in
            let number = entry.line.residentNumber.uppercased()
            return isNumber(number) && number.last != checkCharacter(number.dropLast())
        },
        Mess("an impossible date of birth") { entry in
            let number = entry.line.residentNumber
            guard isNumber(number) else { return false }
            let digits = number.dropFirst(6).prefix(8)
            return !isDay("\(digits.prefix(4))-\(digits.dropFirst(4).prefix(2))-\(digits.suffix(2))")
        },
        Mess("an impossible day of departure") { !isDay($0.line.departed) },
        Mess("a retired division code, accepted") {
            retired.contains($0.line.destination) && $0.ending.outcome == .paid
        },
        Mess("a person twice in one roster", all: { entries in
            Dictionary(grouping: entries, by: \.file).values.reduce(0) { $0 + doubles($1.map(person)) }
        }),
        Mess("a person in both rosters", all: { entries in
            let rosters = Dictionary(grouping: entries, by: \.file).mapValues { Set($0.map(person)) }
            return (rosters[files[0]] ?? []).intersection(rosters[files[1]] ?? []).count
        }),
        Mess("work inside the province") { $0.line.destination.hasPrefix("22") },
        Mess("too short a stay") { entry in
            isDay(entry.line.departed) && isDay(entry.line.until)
                && entry.line.until < threeMonthsAfter(entry.line.departed)
        },
        Mess("a person not in the register", all: { entries in
            let register = try Register(table("register.csv"))
            return entries.count { entry in
                entry.ending.outcome != .refused
                    && !register.answer(entry.line.residentNumber, on: entry.line.departed).found
            }
        }),
        Mess("a county without an amount") { entry in
            let policy = Shell.root.appendingPathComponent("Plugins/TransportSubsidy/policy/\(entry.line.county).yaml")
            return isCounty(entry.line.county) && !FileManager.default.fileExists(atPath: policy.path)
        },
        Mess("a county whose money runs out in the middle", all: { entries in
            let counties = Dictionary(grouping: entries.filter { $0.ending.fen != nil }, by: \.line.county)
            let short = try counties.filter { county, entries in
                try entries.reduce(0) { $0 + ($1.ending.fen ?? 0) } > granted(county)
            }
            return short.values.count { $0.first?.ending.outcome == .paid && $0.last?.ending.outcome == .waiting }
        }),
    ]

    @Test("the rosters hold every mess that was promised", arguments: messes)
    private func mess(_ mess: Mess) throws {
        #expect(try mess.count(Self.entries()) > 0)
    }

    private static func isNumber(_ text: String) -> Bool {
        text.count == 18 && text.dropLast().allSatisfy(\.isNumber)
    }

    private static func isCounty(_ text: String) -> Bool {
        text.count == 6 && text.hasPrefix("22") && !text.hasSuffix("00")
    }

    private static func isDay(_ text: String) -> Bool {
        let parts = text.split(separator: "-").compactMap { Int($0) }
        guard text.count == 10, parts.count == 3, (1...12).contains(parts[1]) else { return false }
        return (1...length(ofMonth: parts[1], in: parts[0])).contains(parts[2])
    }

    private static func person(_ entry: Entry) -> String {
        entry.line.residentNumber.uppercased() + entry.line.departed.prefix(4)
    }

    private static func doubles(_ persons: [String]) -> Int { persons.count - Set(persons).count }

    /// What the county is granted in the end, in fen.
    private static func granted(_ county: String) throws -> Int64 {
        try table("budgets.csv").rows.filter { $0.cells[2] == county }.compactMap { Money.fen(yuan: $0.cells[4]) }.max()
            ?? 0
    }

    /// Nobody real: 99 is the area of no place. The two others are cards of another kind with a birth date of 1880.
    @Test func everyPersonIsSynthetic() throws {
        for entry in try Self.entries() where !entry.line.residentNumber.isEmpty {
            let number = entry.line.residentNumber
            #expect(number.hasPrefix("99") || number.hasPrefix("8100001880"), "\(entry.file):\(entry.line.line)")
        }
    }

    @Test func checkCharactersAreWrongOnlyWhereSaid() throws {
        for entry in try Self.entries() {
            let number = entry.line.residentNumber.uppercased()
            guard number.count == 18, number.dropLast().allSatisfy(\.isNumber) else {
                #expect(entry.ending.reason == "BAD_FORMAT")
                continue
            }
            let isRight = number.last == Self.checkCharacter(number.dropLast())
            #expect(isRight == (entry.ending.reason != "BAD_CHECK_DIGIT"), "\(entry.file):\(entry.line.line)")
        }
    }

    /// GB 11643: ISO 7064 MOD 11-2, here by its recurrence instead of the table of weights.
    private static func checkCharacter(_ digits: Substring) -> Character? {
        var remainder = 0
        for digit in digits { remainder = (remainder + (digit.wholeNumberValue ?? 0)) * 2 % 11 }
        let check = (12 - remainder) % 11
        return check == 10 ? "X" : Character("\(check)")
    }

    @Test func eachPersonCountsOnceAYear() throws {
        var seen: Set<String> = []
        for entry in try Self.entries() {
            let claim = entry.line.residentNumber.uppercased() + entry.line.departed.prefix(4)
            let isSecond = seen.contains(claim)
            #expect((entry.ending.reason == "DUPLICATE_APPLICATION") == isSecond, "\(entry.file):\(entry.line.line)")
            if entry.ending.outcome != .refused { seen.insert(claim) }
        }
    }

    @Test func workAndRegisterDecideTheRest() throws {
        let register = try Register(Self.table("register.csv"))
        for entry in try Self.entries() where entry.ending.outcome != .refused {
            let line = entry.line
            let answer = register.answer(line.residentNumber, on: line.departed)
            let reason: String
            if line.destination.hasPrefix("22") {
                reason = "INSIDE_PROVINCE"
            } else if line.until < Self.threeMonthsAfter(line.departed) {
                reason = "STAY_TOO_SHORT"
            } else if !answer.found {
                reason = "NOT_REGISTERED"
            } else if answer.validFrom > line.departed || (!answer.validTo.isEmpty && answer.validTo < line.departed) {
                reason = "STATUS_NOT_VALID"
            } else {
                reason = ""
            }
            #expect(entry.ending.reason == reason, "\(entry.file):\(line.line)")
        }
    }

    /// The same day three months on, or the last day of that month (Civil Code, article 202).
    private static func threeMonthsAfter(_ day: String) -> String {
        let parts = day.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3 else { return "" }
        let months = parts[0] * 12 + parts[1] - 1 + 3
        let (year, month) = (months / 12, months % 12 + 1)
        let date = min(parts[2], length(ofMonth: month, in: year))
        return "\(year)-\(month < 10 ? "0" : "")\(month)-\(date < 10 ? "0" : "")\(date)"
    }

    private static func length(ofMonth month: Int, in year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    @Test func moneyAddsUp() throws {
        let amounts: [String: Int64] = [
            "220122": 80_000, "220182": 80_000, "220183": 80_000, "220221": 60_000, "220422": 60_000, "220523": 60_000,
            "220621": 50_000, "220721": 60_000, "222401": 50_000, "222424": 50_000,
        ]
        let budgets = try Self.table("budgets.csv")
        let granted = Dictionary(
            budgets.rows.map { ($0.cells[2], Money.fen(yuan: $0.cells[4]) ?? 0) }, uniquingKeysWith: { max($0, $1) })
        var spent: [String: Int64] = [:]
        for entry in try Self.entries() where [.paid, .waiting, .returned].contains(entry.ending.outcome) {
            let isNear = ["21", "15", "23"].contains(String(entry.line.destination.prefix(2)))
            let fen = amounts[entry.line.county] ?? (isNear ? 40_000 : 60_000)
            #expect(entry.ending.fen == fen, "\(entry.file):\(entry.line.line)")
            if entry.ending.outcome != .waiting { spent[entry.line.county, default: 0] += fen }
        }
        for (county, fen) in spent { #expect(fen <= granted[county] ?? 0, "\(county)") }
        #expect(
            (granted["220523"] ?? 0) - (spent["220523"] ?? 0) < 60_000, "the short county has not enough for one more")
    }

    @Test func whoComesFirstGetsTheMoneyFirst() throws {
        let short = try Self.entries().filter { $0.line.county == "220523" && $0.ending.fen != nil }
        let outcomes = short.map(\.ending.outcome)
        #expect(outcomes == outcomes.filter { $0 == .paid } + outcomes.filter { $0 == .waiting })
    }
}
