import Kernel
import Testing

@testable import Server

@Suite("Policy files")
struct PolicyFileTests {
    private func policy(_ from: String, to: String? = nil, flat: Int = 1, county: String = "220122") -> String {
        """
        type: transport-subsidy
        county: "\(county)"
        from: \(from)
        \(to.map { "to: \($0)" } ?? "")
        values:
          amount.mode: { value: flat, source: 文件 第一条 }
          amount.flat: { value: \(flat), source: 文件 第二条 }
          quoted: { value: "12", source: 文件 }
          open: { value: true, source: 文件 }
        """
    }

    private func book(_ texts: [String]) throws -> PolicyBook {
        try PolicyFile.book(of: texts.enumerated().map { ("\($0).yaml", try PolicyFile($1, file: "\($0).yaml")) })
    }

    private func flat(_ book: PolicyBook, on day: String, county: String = "220122") throws -> PolicyValue? {
        let day = try #require(LocalDate(parsing: day))
        return book.values(type: "transport-subsidy", county: county, on: day)?.values["amount.flat"]?.value
    }

    @Test("values keep their kind and source")
    func values() throws {
        let day = try #require(LocalDate(parsing: "2026-05-01"))
        let found = try book([policy("2026-01-01")]).values(type: "transport-subsidy", county: "220122", on: day)?
            .values
        #expect(found?["amount.mode"] == PolicyVersion.Entry(value: .text("flat"), source: "文件 第一条"))
        #expect(found?["amount.flat"]?.value == .integer(1))
        #expect(found?["quoted"]?.value == .text("12") && found?["open"]?.value == .flag(true))
    }

    @Test("a policy is in force from its first day to its last, and the next takes over")
    func days() throws {
        let two = try book([policy("2027-01-01", flat: 2), policy("2026-01-01", to: "2026-12-31")])
        #expect(try flat(two, on: "2025-12-31") == nil)
        #expect(try flat(two, on: "2026-01-01") == .integer(1))
        #expect(try flat(two, on: "2026-12-31") == .integer(1))
        #expect(try flat(two, on: "2027-01-01") == .integer(2))
        #expect(try flat(two, on: "2026-06-01", county: "220182") == nil)
        let gap = try book([policy("2026-01-01", to: "2026-06-30"), policy("2026-08-01", flat: 3)])
        #expect(try flat(gap, on: "2026-07-01") == nil)
        #expect(try flat(gap, on: "2026-08-01") == .integer(3))
    }

    @Test("the digest follows the content and nothing else")
    func digest() throws {
        func digest(_ text: String) throws -> Digest { try PolicyFile(text, file: "a").entry.version.digest }
        #expect(try digest(policy("2026-01-01")) == digest("# a note\n" + policy("2026-01-01")))
        #expect(try digest(policy("2026-01-01")) != digest(policy("2026-01-02")))
        #expect(try digest(policy("2026-01-01")) != digest(policy("2026-01-01", flat: 2)))
        #expect(try digest(policy("2026-01-01")) != digest(policy("2026-01-01", county: "220182")))
    }

    @Test(
        "two policies for one day are refused",
        arguments: [("2026-12-31", "2026-06-01"), ("", "2026-01-01"), ("2026-12-31", "2026-12-31")])
    func overlap(end: String, start: String) throws {
        let texts = [policy("2026-01-01", to: end.isEmpty ? nil : end), policy(start)]
        let error = #expect(throws: FileError.self) { try book(texts) }
        #expect(error.map { "\($0)".contains("another policy of this county is in force on \(start)") } == true)
    }

    @Test(
        "a file that is not of the form is refused",
        arguments: [
            ("type: a", "the keys type, county, from and values are needed"),
            ("type: a\ncounty: 2201\nfrom: 2026-01-01\nvalues: {}", "a division code has six digits"),
            ("type: a\ncounty: 220122\nfrom: 2026-02-30\nvalues: {}", "from: a day is written 2026-03-01"),
            (
                "type: a\ncounty: 220122\nfrom: 2026-02-03\nto: 2026-02-02\nvalues: {}",
                "the last day lies before the first"
            ),
            ("type: a\ncounty: 220122\nfrom: 2026-02-03\nvalues: { x: 1 }", "values.x: a mapping is expected"),
            ("type: a\ncounty: 220122\nfrom: 2026-02-03\nvalues: { x: { value: 1 } }", "\"source\" are needed"),
            (
                "type: a\ncounty: 220122\nfrom: 2026-02-03\nvalues: { x: { value: [], source: s } }",
                "a text is expected"
            ),
        ])
    func badFile(text: String, message: String) {
        let error = #expect(throws: FileError.self) { try PolicyFile(text, file: "a.yaml") }
        #expect(error.map { "\($0)".contains(message) } == true, "\(error.map { "\($0)" } ?? "")")
    }
}
