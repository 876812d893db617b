import Testing

@testable import CaseworkPluginKit

/// Vectors of domain.md §4.1, §4.3, §4.4, §4.5. Numbers with prefix 99 belong to nobody.
@Suite("Formats")
struct FormatTests {
    @Test(
        "A resident number is taken",
        arguments: [
            "990000199006150019", "99000019900615006X", "99000019900615006x", "990000200002290108",
            "990000196301150114", "990000189912310038", "11010519491231002X", "440524188001010014",
        ])
    func residentNumber(_ text: String) throws {
        let number = try ResidentNumber(text, allowsSynthetic: true)
        #expect(number.text == text.uppercased())
    }

    static let refused: [(String, ResidentNumber.Problem)] = [
        ("", .format), ("99000019900615001", .format), ("9900001990061500199", .format),
        ("X90000199006150019", .format), ("99000019900615O019", .format), ("990000199006150 19", .format),
        ("990000900615001", .format),
        ("９９０000199006150019", .format),
        ("810000199006150014", .kind), ("820000199006150017", .kind), ("830000199006150011", .kind),
        ("910000199006150012", .kind), ("980000199006150012", .kind),
        ("990000199002300015", .date), ("990000199013013186", .date), ("990000200102293197", .date),
        ("990000199000150019", .date), ("990000000006150019", .date),
        ("990000199006150018", .checkDigit), ("11010519491231002X".replacing("X", with: "1"), .checkDigit),
    ]

    @Test("A resident number is refused", arguments: refused)
    func residentNumberRefused(_ text: String, _ problem: ResidentNumber.Problem) {
        #expect(throws: problem) { try ResidentNumber(text, allowsSynthetic: true) }
    }

    @Test("Prefix 99 is a kind of its own unless synthetic persons are allowed")
    func synthetic() {
        #expect(throws: ResidentNumber.Problem.kind) { try ResidentNumber("990000199006150019") }
        #expect(throws: Never.self) { try ResidentNumber("11010519491231002X") }
    }

    @Test("A retired place of first registration is as good as one in force", arguments: ["220381", "220181", "220724"])
    func retiredPlace(_ place: String) throws {
        let seventeen = Array("\(place)19900615001".utf8)
        let check = Character(UnicodeScalar(ResidentNumber.checkCharacter(of: seventeen)))
        #expect(throws: Never.self) { try ResidentNumber("\(place)19900615001\(check)") }
    }

    @Test(
        "Every check character",
        arguments: zip(
            ["001", "002", "003", "004", "005", "006", "007", "008", "009", "018", "019"],
            ["9", "7", "5", "3", "1", "X", "8", "6", "4", "2", "0"]))
    func checkCharacter(_ sequence: String, _ check: String) {
        let digits = Array("99000019900615\(sequence)".utf8)
        #expect(String(UnicodeScalar(ResidentNumber.checkCharacter(of: digits))) == check)
    }

    @Test("Fifteen digits become eighteen characters")
    func upgrade() {
        #expect(ResidentNumber.upgraded(fromFifteenDigits: "990000900615001") == "990000199006150019")
        #expect(ResidentNumber.upgraded(fromFifteenDigits: "99000090061500X") == nil)
        #expect(ResidentNumber.upgraded(fromFifteenDigits: "990000199006150019") == nil)
    }

    @Test(
        "Plausibility is not structure",
        arguments: [
            ("2026-09-14", "440524188001010014", false), ("2009-12-31", "440524188001010014", true),
            ("2010-01-01", "440524188001010014", true), ("2010-01-02", "440524188001010014", false),
            ("1879-12-31", "440524188001010014", false), ("2026-09-14", "990000199006150019", true),
        ])
    func plausibility(_ day: String, _ text: String, _ expected: Bool) throws {
        let day = try #require(CalendarDate(parsing: day))
        #expect(try ResidentNumber(text, allowsSynthetic: true).isPlausible(on: day) == expected)
    }

    @Test(
        "Cards",
        arguments: [
            ("6222020000000000000", true), ("6217000000000000004", true), ("6228480000000000018", true),
            ("6217 0000 0000 0000 004", true), ("6222020000000000001", false), ("6217000000000000001", false),
            ("6228480000000000001", false), ("", false), ("621700000000004", false), ("62170000000000000040", false),
            ("0000000000000000", false), ("621700000000000000X", false),
        ])
    func card(_ text: String, _ isOne: Bool) {
        #expect((CardNumber(text) != nil) == isOne)
    }

    @Test(
        "Phones",
        arguments: [
            ("19900000000", "19900000000"), ("+8619900000000", "19900000000"), ("+86 19900000000", "19900000000"),
            ("0431-88888888", "043188888888"), ("02188888888", "02188888888"), ("0431-8888888", "04318888888"),
            ("", nil), ("138", nil), ("29900001234", nil), ("12900001234", nil), ("1990000123", nil),
            ("19900001234x", nil), ("0431-88", nil), ("0431-888-8888", nil), ("+86", nil),
        ])
    func phone(_ text: String, _ digits: String?) {
        #expect(PhoneNumber(text)?.digits == digits)
    }

    @Test(
        "Divisions; a retired one is accepted",
        arguments: [
            ("220122", true), ("220381", true), ("220181", true), ("110105", true), ("710000", true), ("990000", false),
            ("4403O6", false), ("32050", false), ("3205001", false), ("", false), ("100000", false),
        ])
    func division(_ text: String, _ isOne: Bool) {
        #expect((DivisionCode(text) != nil) == isOne)
    }
}
