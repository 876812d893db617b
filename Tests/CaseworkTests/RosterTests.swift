import Schema
import Testing

@testable import casework

@Suite("Rosters and other tables")
struct RosterTests {
    @Test func quotesLineEndingsAndMarks() throws {
        let csv = try CSV(parsing: "\u{feff}a,b\r\n1,\"x,\"\"y\"\"\nz\"\r\n,\n3")
        #expect(csv.header == ["a", "b"])
        #expect(
            csv.rows == [
                CSV.Row(line: 2, cells: ["1", "x,\"y\"\nz"]), CSV.Row(line: 4, cells: ["", ""]),
                CSV.Row(line: 5, cells: ["3"]),
            ])
    }

    @Test("broken tables are refused", arguments: ["", "a\n\"x", "a\n\"x\"y"])
    func broken(text: String) {
        #expect(throws: Failure.self) { try CSV(parsing: text) }
    }

    @Test func missingColumnIsNamed() throws {
        let csv = try CSV(parsing: "a,b\n")
        #expect(try csv.columns(["b", "a"]) == [1, 0])
        let failure = #expect(throws: Failure.self) { try csv.columns(["a", "c"]) }
        #expect(failure?.phrase.en.contains("c") == true)
    }

    @Test(
        "dates are written one way; what is no date stays",
        arguments: [
            ("2026-03-05", "2026-03-05"), ("2026/3/5", "2026-03-05"), ("2026.03.05", "2026-03-05"),
            ("2026年3月5日", "2026-03-05"), ("20260305", "2026-03-05"), ("２０２６-03-05", "2026-03-05"),
            (" 2026-03-05 ", "2026-03-05"), ("2026-02-30", "2026-02-30"), ("", ""), ("三月", "三月"),
            ("3/5/2026", "3/5/2026"),
        ])
    func dates(written: String, tidy: String) {
        #expect(Tidy.date(written) == tidy)
    }

    @Test(
        "numbers lose blanks and full width, nothing else",
        arguments: [
            ("6217 0000 0000", "621700000000"), ("１３８", "138"), ("99000019900615006x", "99000019900615006x"),
            ("4403O6", "4403O6"), (" ", ""), ("　1", "1"),
        ])
    func numbers(written: String, tidy: String) {
        #expect(Tidy.number(written) == tidy)
    }

    @Test func aLineBecomesAnApplication() throws {
        let header = Roster.columns.joined(separator: ",")
        let csv = try CSV(
            parsing: header
                + "\n,,,,,,,,,\n"
                + "220122, 张 三 ,99000019900615006x,１９９00001234,6217 0000,110105,甲公司,2026/3/5,2026.08.09,是\n"
        )
        let lines = try Roster.lines(of: csv)
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        #expect(line.line == 3)
        #expect(line.county == "220122")
        let application = line.application
        #expect(application.person.name == "张三")
        #expect(application.person.residentNumber == "99000019900615006x")
        #expect(application.person.phone == "19900001234")
        #expect(application.journey.departedOn == "2026-03-05")
        #expect(application.journey.employedUntil == "2026-08-09")
        #expect(application.consentSigned)
    }

    @Test(
        "the register answers with the entry in force that day",
        arguments: [
            ("2021-01-01", "2019-12-31", "2021-06-30"), ("2021-06-30", "2019-12-31", "2021-06-30"),
            ("2022-01-01", "2025-03-15", ""), ("2025-03-15", "2025-03-15", ""), ("2026-01-01", "2025-03-15", ""),
        ])
    func register(day: String, from: String, to: String) throws {
        let csv = try CSV(
            parsing: "公民身份号码,姓名,身份类别,认定日期,终止日期\n99X,张三,监测,2025-03-15,\n99X,张三,脱贫,2019-12-31,2021-06-30\n")
        let register = try Register(csv)
        let answer = register.answer("99x", on: day)
        #expect(answer.found)
        #expect(answer.validFrom == from)
        #expect(answer.validTo == to)
        #expect(!register.answer("990", on: day).found)
    }
}
