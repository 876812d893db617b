/// How personal values are shown to those who may not read them in clear. What is left identifies nobody by itself, and
/// still lets an officer compare it with the paper in hand.
enum Masking {
    static func mask(_ text: String, as format: Casework_Format) -> String {
        switch format {
        case .residentNumber: tail(text, of: 18)
        case .bankCard: tail(text, of: 12)
        case .phone: phone(text)
        case .personName: text.first.map { "\($0)*" } ?? ""
        case .unspecified, .moneyFen, .date, .division, .UNRECOGNIZED: "***"
        }
    }

    /// The last four characters; nothing of a text too short to hide the rest.
    private static func tail(_ text: String, of usual: Int) -> String {
        text.count < usual ? "****" : String(repeating: "*", count: text.count - 4) + text.suffix(4)
    }

    private static func phone(_ text: String) -> String {
        text.count < 11 ? "****" : "\(text.prefix(3))\(String(repeating: "*", count: text.count - 7))\(text.suffix(4))"
    }
}
