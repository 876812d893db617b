import Testing

@testable import casework

@Suite("Text on a terminal")
struct TerminalTests {
    @Test(
        "width counts Chinese characters twice and marks not at all",
        arguments: [
            ("", 0), ("abc", 3), ("农安县", 6), ("a农b", 4), ("e\u{301}", 1), ("【】", 4), ("12:00", 5), ("…", 1), ("●", 1),
            ("\t", 0),
        ])
    func width(text: String, columns: Int) {
        #expect(TextWidth.of(text) == columns)
    }

    @Test(
        "fitting never breaks a character and never passes the width",
        arguments: [
            ("农安县", 6, "农安县"), ("农安县", 5, "农安…"), ("农安县", 4, "农…"), ("农安县", 2, "…"), ("农安县", 1, "…"),
            ("abcdef", 4, "abc…"), ("abc", 0, ""),
        ])
    func fit(text: String, columns: Int, expected: String) {
        let cut = TextWidth.fit(text, columns: columns)
        #expect(cut == expected)
        #expect(TextWidth.of(cut) <= columns)
    }

    @Test func tableAlignsColumnsByWidth() {
        var table = Table(columns: [.init(title: "县"), .init(title: "元", isRight: true)])
        table.rows = [["农安县", "800.00"], ["a", "1.00"]]
        #expect(table.lines(width: nil, style: .plain) == ["县          元", "农安县  800.00", "a         1.00"])
    }

    @Test("a table fits the terminal by cutting its elastic columns", arguments: 20...60)
    func tableFits(width: Int) {
        var table = Table(columns: [.init(title: "number"), .init(title: "state", isElastic: true)])
        table.rows = [["TS-220122", "open/jointCheck/employment/pending open/jointCheck/registry/pending"]]
        for line in table.lines(width: width, style: .plain) { #expect(TextWidth.of(line) <= width) }
    }

    @Test func colourGoesOnlyWhereItIsWanted() {
        #expect(Style(isColoured: true).green("✓") == "\u{1b}[32m✓\u{1b}[0m")
        #expect(Style.plain.green("✓") == "✓")
    }

    @Test(
        "moments are written in Chinese time",
        arguments: [
            (Int64(1_789_347_540_000), "2026-09-14 08:59"), (0, "1970-01-01 08:00"), (-1, "1970-01-01 07:59"),
            (951_753_600_000, "2000-02-29 00:00"),
        ])
    func minutes(milliseconds: Int64, text: String) {
        #expect(Moment.minute(milliseconds) == text)
        #expect(Moment.milliseconds(text).map { $0 / 60_000 } == (milliseconds < 0 ? -1 : milliseconds / 60_000))
    }

    @Test(
        "what is not a time is not read",
        arguments: ["", "2026-02-29 09:00", "2026-13-01 09:00", "2026-09-14", "tomorrow"])
    func noMoments(text: String) {
        #expect(Moment.milliseconds(text) == nil)
    }

    @Test func deadlinesEndTheDay() throws {
        let midnight = try #require(Moment.milliseconds("2026-09-22 00:00"))
        #expect(Moment.deadline(midnight) == "2026-09-21 24:00")
        #expect(Moment.lastDay(midnight) == "2026-09-21")
        #expect(Moment.deadline(midnight + 60_000) == "2026-09-22 00:01")
    }

    @Test(
        "money is written in yuan",
        arguments: [
            (Int64(0), "0.00"), (5, "0.05"), (80_000, "800.00"), (123_456_789, "1,234,567.89"), (-150, "-1.50"),
            (100_000_000, "1,000,000.00"),
        ])
    func money(fen: Int64, text: String) {
        #expect(Money.yuan(fen) == text)
    }

    @Test(
        "money is read in yuan",
        arguments: [
            ("6300", Int64(630_000)), ("6,300.5", 630_050), ("0.05", 5), ("6300.505", nil), ("-1", nil), ("", nil),
            ("1e3", nil),
            ("12.", nil),
        ])
    func readMoney(text: String, fen: Int64?) {
        #expect(Money.fen(yuan: text) == fen)
    }

    @Test(
        "the language follows the option, then the locale",
        arguments: [
            (Language.en, ["LANG": "zh_CN.UTF-8"], Language.en), (nil, ["LANG": "en_US.UTF-8"], .en),
            (nil, ["LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"], .zh), (nil, [:], .zh),
            // What is empty is as if it were not there.
            (nil, ["LC_ALL": "", "LANG": "en_US.UTF-8"], .en), (nil, ["LC_ALL": "", "LC_MESSAGES": "en_GB"], .en),
            (nil, ["LC_ALL": "", "LC_MESSAGES": "", "LANG": "en"], .en), (nil, ["LC_MESSAGES": "", "LANG": ""], .zh),
            (nil, ["LC_ALL": "C", "LANG": "en_US.UTF-8"], .zh),
        ] as [(Language?, [String: String], Language)])
    func language(option: Language?, environment: [String: String], expected: Language) {
        #expect(Language.chosen(option: option, environment: environment) == expected)
    }

    @Test(
        "addresses",
        arguments: [
            ("localhost:7443", "localhost", 7443), ("[::1]:1", "::1", 1), ("10.0.0.1:65535", "10.0.0.1", 65_535),
        ])
    func address(text: String, host: String, port: Int) {
        let address = Address(text)
        #expect(address?.host == host)
        #expect(address?.port == port)
    }

    @Test("not addresses", arguments: ["", "localhost", ":7443", "localhost:", "localhost:0", "localhost:65536"])
    func noAddress(text: String) {
        #expect(Address(text) == nil)
    }
}
