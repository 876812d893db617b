/// An administrative division of GB/T 2260 by its six-digit code. A code retired since is accepted: people and papers
/// go on naming it.
public struct DivisionCode: Hashable, Sendable {
    public let text: String

    /// The first two digits of every provincial division.
    private static let provinces: Set<String> = [
        "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43",
        "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
    ]

    /// Nil unless the text has six digits of which the first two name a province.
    public init?(_ text: String) {
        guard text.utf8.count == 6, text.utf8.allSatisfy(\.isDigit), Self.provinces.contains(String(text.prefix(2)))
        else { return nil }
        self.text = text
    }

    /// The first two digits.
    public var province: String { String(text.prefix(2)) }
}

/// A bank card's number: 16 to 19 digits whose last one is right by Luhn's formula (ISO/IEC 7812-1).
public struct CardNumber: Hashable, Sendable {
    public let digits: String

    /// Blanks and hyphens between groups are left out.
    public init?(_ text: String) {
        let digits = text.utf8.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "-") }
        guard (16...19).contains(digits.count), digits.allSatisfy(\.isDigit) else { return nil }
        guard Self.luhnSum(digits) % 10 == 0, digits.contains(where: { $0 != UInt8(ascii: "0") }) else { return nil }
        self.digits = String(decoding: digits, as: UTF8.self)
    }

    private static func luhnSum(_ digits: [UInt8]) -> Int {
        digits.reversed().enumerated().reduce(0) { sum, element in
            let digit = Int(element.element - UInt8(ascii: "0"))
            guard element.offset % 2 == 1 else { return sum + digit }
            return sum + (digit > 4 ? digit * 2 - 9 : digit * 2)
        }
    }
}

/// A telephone number in China, mobile or landline, kept as its digits.
public struct PhoneNumber: Hashable, Sendable {
    public let digits: String

    /// Takes a mobile number with or without +86, or a landline with its area code, with or without a hyphen.
    public init?(_ text: String) {
        var rest = text.utf8[...]
        if text.hasPrefix("+86") { rest = rest.dropFirst(3) }
        if rest.first == UInt8(ascii: " ") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        guard let digits = Self.mobile(Array(rest)) ?? Self.landline(Array(rest)) else { return nil }
        self.digits = String(decoding: digits, as: UTF8.self)
    }

    /// `^1[3-9]\d{9}$`
    private static func mobile(_ digits: [UInt8]) -> [UInt8]? {
        guard digits.count == 11, digits.allSatisfy(\.isDigit), digits[0] == UInt8(ascii: "1") else { return nil }
        return digits[1] >= UInt8(ascii: "3") ? digits : nil
    }

    /// `^0\d{2,3}-?\d{7,8}$`
    private static func landline(_ text: [UInt8]) -> [UInt8]? {
        guard text.first == UInt8(ascii: "0") else { return nil }
        let parts = text.split(separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ $0.allSatisfy(\.isDigit) }) else { return nil }
        if parts.count == 2 {
            guard (3...4).contains(parts[0].count), (7...8).contains(parts[1].count) else { return nil }
        } else {
            guard (10...12).contains(text.count) else { return nil }
        }
        return parts.flatMap { $0 }
    }
}
