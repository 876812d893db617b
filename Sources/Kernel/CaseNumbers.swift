/// A text is not a case id.
public struct CaseIDError: Error, Equatable, Sendable {
    public var zh: String
    public var en: String

    public init(zh: String, en: String) {
        self.zh = zh
        self.en = en
    }
}

extension CaseID {
    /// 2020-01-01T00:00:00Z in milliseconds since 1970: where the ids' own count of time begins.
    private static let epoch: Int64 = 1_577_836_800_000

    /// - Parameters:
    ///   - instant: between 2020 and 2159; clamped otherwise.
    ///   - node: 0 … 1023.
    ///   - count: 0 … 4095.
    public init(at instant: Instant, node: UInt16, count: UInt16) {
        precondition(node < 1 << 10 && count < 1 << 12, "node has 10 bits and count has 12")
        let time = UInt64(min(max(instant.milliseconds - Self.epoch, 0), 1 << 42 - 1))
        self.init(rawValue: time << 22 | UInt64(node) << 12 | UInt64(count))
    }

    /// When the id was made.
    public var instant: Instant { Instant(milliseconds: Int64(rawValue >> 22) + Self.epoch) }

    /// Reads what `description` writes: case and hyphens do not matter, O is read as 0, I and L as 1.
    public init(parsing text: some StringProtocol) throws(CaseIDError) {
        let letters = text.uppercased().filter { $0 != "-" }
        guard letters.count == 14 else {
            throw CaseIDError(
                zh: "案件编号应为 14 位，实为 \(letters.count) 位。", en: "A case id has 14 characters, not \(letters.count).")
        }
        var value: UInt64 = 0
        for letter in letters.dropLast() {
            guard let digit = Self.digit(letter) else {
                throw CaseIDError(zh: "案件编号中不能有“\(letter)”。", en: "A case id cannot contain \"\(letter)\".")
            }
            guard value >> 59 == 0 else {
                throw CaseIDError(zh: "案件编号超出范围。", en: "The case id is out of range.")
            }
            value = value << 5 | digit
        }
        guard letters.last.map({ Self.normal($0) }) == Self.checks[Int(value % 37)] else {
            throw CaseIDError(zh: "案件编号校验位不符，请核对。", en: "The case id's check character is wrong: please look again.")
        }
        self.init(rawValue: value)
    }

    private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    private static let checks = digits + Array("*~$=U")

    private static func normal(_ letter: Character) -> Character {
        switch letter {
        case "O": "0"
        case "I", "L": "1"
        default: letter
        }
    }

    private static func digit(_ letter: Character) -> UInt64? {
        digits.firstIndex(of: normal(letter)).map { UInt64($0) }
    }
}

extension CaseID: CustomStringConvertible {
    /// Thirteen digits of Crockford's base 32, and his check character modulo 37.
    public var description: String {
        let shifts = stride(from: 60, through: 0, by: -5)
        let letters = shifts.map { Self.digits[Int(rawValue >> UInt64($0) & 31)] }
        return String(letters + [Self.checks[Int(rawValue % 37)]])
    }
}

/// Makes ids that rise within one run of the kernel; an id is probed in the store while it could have been made before.
struct CaseIDSequence {
    private var milliseconds: Int64
    private var count: UInt16 = 0
    private let node: UInt16

    init(node: UInt16) {
        milliseconds = 0
        self.node = node
    }

    mutating func next(at instant: Instant) -> CaseID {
        if instant.milliseconds > milliseconds {
            (milliseconds, count) = (instant.milliseconds, 0)
        } else if count == 1 << 12 - 1 {
            (milliseconds, count) = (milliseconds + 1, 0)
        } else {
            count += 1
        }
        return CaseID(at: Instant(milliseconds: milliseconds), node: node, count: count)
    }
}

/// Public case numbers: `<prefix>-<county>-<year>-<6 digits>`, counted per prefix, county and year.
struct CaseNumbers {
    private var counters: [String: Int64]

    init(counters: [String: Int64]) { self.counters = counters }

    mutating func next(prefix: String, county: String, year: Int) -> (number: String, counter: String, value: Int64) {
        let counter = "\(prefix)-\(county)-\(year)"
        let value = counters[counter, default: 0] + 1
        counters[counter] = value
        return ("\(counter)-\(Int(value).padded(6))", counter, value)
    }
}
