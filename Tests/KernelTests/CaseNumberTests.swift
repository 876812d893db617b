@testable import Kernel
import Testing

@Suite("Case ids and numbers")
struct CaseNumberTests {
    @Test(
        "ids are printed and read back",
        arguments: [
            (0, "00000000000000"), (1, "00000000000011"), (31, "000000000000ZZ"), (32, "000000000010*"),
            (UInt64.max, "FZZZZZZZZZZZZB"),
        ] as [(UInt64, String)])
    func roundTrips(value: UInt64, text: String) throws {
        let id = CaseID(rawValue: value)
        if text.count == 14 { #expect(id.description == text) }
        #expect(try CaseID(parsing: id.description) == id)
        #expect(try CaseID(parsing: id.description.lowercased()) == id)
    }

    @Test("letters that look alike are read alike, and hyphens are skipped")
    func lookAlikes() throws {
        let id = CaseID(rawValue: 1 << 5)
        let text = id.description
        let written = String(text.prefix(4)) + "-" + text.dropFirst(4)
        #expect(try CaseID(parsing: written.replacing("0", with: "O").replacing("1", with: "l")) == id)
    }

    @Test(
        "what is not an id says why",
        arguments: [
            ("", "14 characters"), ("123", "14 characters"), ("0000000000U001", "cannot contain"),
            ("00000000000012", "check character"), ("ZZZZZZZZZZZZZZ", "out of range"),
            ("案0000000000000", "cannot contain"),
        ])
    func refuses(text: String, part: String) {
        let error = #expect(throws: CaseIDError.self) { try CaseID(parsing: text) }
        #expect(error?.en.contains(part) == true, "\(error?.en ?? "")")
        #expect(error?.zh.isEmpty == false)
    }

    @Test("every slip of one character is noticed")
    func checkCharacter() {
        let text = Array(CaseID(at: Instant(milliseconds: 1_790_000_000_000), node: 5, count: 77).description)
        for place in text.indices.dropLast() {
            for letter in "0123456789ABCDEFGHJKMNPQRSTVWXYZ" where letter != text[place] {
                var other = text
                other[place] = letter
                #expect(throws: CaseIDError.self) { try CaseID(parsing: String(other)) }
            }
        }
    }

    @Test("an id tells when and where it was made")
    func parts() {
        let instant = Instant(milliseconds: 1_790_000_000_123)
        let id = CaseID(at: instant, node: 1023, count: 4095)
        #expect(id.instant == instant)
        #expect(id.rawValue & 0xfff == 4095)
        #expect(id.rawValue >> 12 & 0x3ff == 1023)
        #expect(id < CaseID(at: instant.advanced(milliseconds: 1), node: 0, count: 0))
    }

    @Test("ids rise, also when one moment needs more than 4096 of them")
    func rises() {
        var sequence = CaseIDSequence(node: 3)
        let instant = Instant(milliseconds: 1_790_000_000_000)
        var last = sequence.next(at: instant)
        for _ in 0..<10_000 {
            let next = sequence.next(at: instant)
            #expect(last < next)
            last = next
        }
        #expect(sequence.next(at: Instant(milliseconds: 0)) > last)
    }

    @Test("public numbers count by prefix, county and year")
    func numbers() {
        var numbers = CaseNumbers(counters: ["TS-220122-2026": 16])
        #expect(numbers.next(prefix: "TS", county: "220122", year: 2026).number == "TS-220122-2026-000017")
        #expect(numbers.next(prefix: "TS", county: "220122", year: 2026).value == 18)
        #expect(numbers.next(prefix: "TS", county: "220122", year: 2027).number == "TS-220122-2027-000001")
        #expect(numbers.next(prefix: "EL", county: "220122", year: 2026).counter == "EL-220122-2026")
    }
}
