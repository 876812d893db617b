import CivilTime

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
    public init(parsing text: String) throws(CaseIDError) {
        var value: UInt64 = 0
        var count = 0
        var check: UInt8 = 0
        for letter in text.utf8 where letter != UInt8(ascii: "-") {
            count += 1
            guard count <= Self.digitCount else {
                check = letter
                continue
            }
            let digit = Self.digit(letter)
            // What is wrong with a letter counts less than that there are too few or too many.
            guard digit < 32 else { throw Self.error(in: text) }
            guard value >> 59 == 0 else {
                throw CaseIDError(zh: "案件编号超出范围。", en: "The case id is out of range.")
            }
            value = value << 5 | UInt64(digit)
        }
        guard count == Self.digitCount + 1 else { throw Self.error(in: text) }
        guard Self.digit(check) == value % 37 else {
            throw CaseIDError(zh: "案件编号校验位不符，请核对。", en: "The case id's check character is wrong: please look again.")
        }
        self.init(rawValue: value)
    }

    private static func error(in text: String) -> CaseIDError {
        let letters = text.filter { $0 != "-" }
        let wrong = letters.first { $0.utf8.count != 1 || $0.utf8.allSatisfy { digit($0) >= 32 } }
        guard letters.count == digitCount + 1, let wrong else {
            return CaseIDError(
                zh: "案件编号应为 14 位，实为 \(letters.count) 位。", en: "A case id has 14 characters, not \(letters.count).")
        }
        return CaseIDError(zh: "案件编号中不能有“\(wrong)”。", en: "A case id cannot contain \"\(wrong)\".")
    }

    /// Of an id, without its check character.
    private static let digitCount = 13
    /// Crockford's digits, and the five more that a check character may be.
    private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U".utf8)
    /// Values by letter; 255 for what is no digit.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, letter) in digits.enumerated() {
            values[Int(letter)] = UInt8(value)
            let isLetter = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(letter)
            if isLetter { values[Int(letter | 0x20)] = UInt8(value) }
        }
        for (letter, value) in zip("OoIiLl".utf8, [0, 0, 1, 1, 1, 1] as [UInt8]) { values[Int(letter)] = value }
        return values
    }()

    private static func digit(_ letter: UInt8) -> UInt8 { values[Int(letter)] }
}

extension CaseID: CustomStringConvertible {
    /// Thirteen digits of Crockford's base 32, and his check character modulo 37.
    public var description: String {
        String(unsafeUninitializedCapacity: Self.digitCount + 1) { letters in
            for position in 0..<Self.digitCount {
                letters[position] = Self.digits[Int(rawValue >> UInt64(60 - 5 * position) & 31)]
            }
            letters[Self.digitCount] = Self.digits[Int(rawValue % 37)]
            return Self.digitCount + 1
        }
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
        return ("\(counter)-\(Gregorian.padded(Int(value), to: 6))", counter, value)
    }
}
