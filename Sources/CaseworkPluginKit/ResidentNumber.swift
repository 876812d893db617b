/// A citizen's identity number, GB 11643-1999: six digits of the place of first registration, eight of the date of
/// birth, three of sequence, one check character.
///
/// The place is the one of first registration, so a code retired since is as good as one in force.
public struct ResidentNumber: Hashable, Sendable {
    /// Why a text is no such number; the raw values are the stable codes shown to callers.
    public enum Problem: String, Error, Sendable {
        /// Not 17 digits and a digit or X.
        case format = "BAD_FORMAT"
        /// A residence permit (81, 82, 83) or a foreigner's card (9): not a citizen's number.
        case kind = "ID_KIND_UNSUPPORTED"
        /// The date of birth is no day of the calendar.
        case date = "BAD_DATE"
        case checkDigit = "BAD_CHECK_DIGIT"
    }

    /// Eighteen characters, the last one possibly an upper-case X.
    public let text: String
    public let birthDate: CalendarDate

    /// Checks the structure; whether such a person can be alive is `isPlausible(on:)`.
    ///
    /// - Parameter allowsSynthetic: takes numbers with prefix 99, which is assigned to no place and so to no person.
    /// - Throws: the first problem in the order of `Problem`.
    public init(_ text: String, allowsSynthetic: Bool = false) throws(Problem) {
        let upper = text.utf8.map { $0 == UInt8(ascii: "x") ? UInt8(ascii: "X") : $0 }
        guard upper.count == 18, upper.dropLast().allSatisfy(\.isDigit), upper[17].isDigit || upper[17] == X else {
            throw .format
        }
        try Self.checkKind(upper, allowsSynthetic)
        guard let birthDate = Self.birthDate(upper[6..<14]) else { throw .date }
        guard upper[17] == Self.checkCharacter(of: upper[..<17]) else { throw .checkDigit }
        self.birthDate = birthDate
        self.text = String(decoding: upper, as: UTF8.self)
    }

    /// The person was born on or before that day, and at most 130 years earlier.
    public func isPlausible(on day: CalendarDate) -> Bool {
        birthDate <= day && birthDate >= day.adding(months: -12 * 130)
    }

    private static func checkKind(_ digits: [UInt8], _ allowsSynthetic: Bool) throws(Problem) {
        let prefix = String(decoding: digits[..<2], as: UTF8.self)
        if ["81", "82", "83"].contains(prefix) { throw .kind }
        if prefix.hasPrefix("9"), prefix != "99" || !allowsSynthetic { throw .kind }
    }

    private static func birthDate(_ digits: ArraySlice<UInt8>) -> CalendarDate? {
        let numbers = digits.map { Int($0 - UInt8(ascii: "0")) }
        let year = numbers[0..<4].reduce(0) { $0 * 10 + $1 }
        return CalendarDate(year: year, month: numbers[4] * 10 + numbers[5], day: numbers[6] * 10 + numbers[7])
    }

    /// ISO 7064 MOD 11-2 over the first seventeen digits.
    static func checkCharacter(of digits: some Sequence<UInt8>) -> UInt8 {
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        let sum = zip(digits, weights).reduce(0) { $0 + Int($1.0 - UInt8(ascii: "0")) * $1.1 }
        return Array("10X98765432".utf8)[sum % 11]
    }

    /// The eighteen characters of a number issued before 1999 with fifteen digits; nil for any other text. For records
    /// taken over from older registers, never for what a person enters today.
    public static func upgraded(fromFifteenDigits text: String) -> String? {
        let digits = Array(text.utf8)
        guard digits.count == 15, digits.allSatisfy(\.isDigit) else { return nil }
        let seventeen = Array(digits[..<6]) + Array("19".utf8) + Array(digits[6...])
        return String(decoding: seventeen + [checkCharacter(of: seventeen)], as: UTF8.self)
    }
}

private let X = UInt8(ascii: "X")

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
