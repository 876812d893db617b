/// How long a timer or a task runs, as written in the chart: `250ms`, `30s`, `5m`, `72h`, `90d`, `5wd`, `6mo`.
///
/// Days, working days and months are counted on a calendar by whoever keeps the clock, never by the interpreter.
public enum ChartDuration: Hashable, Sendable {
    case milliseconds(Int64)
    case days(Int)
    case workingDays(Int)
    case months(Int)

    /// Reads a number from 0 to 1 000 000 000 and a unit; nil for anything else.
    public init?(parsing text: some StringProtocol) {
        let digits = text.utf8.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        guard !digits.isEmpty, digits.count <= 10, let number = Int64(String(text[..<digits.endIndex])),
            number <= 1_000_000_000
        else { return nil }
        switch text[digits.endIndex...] {
        case "ms": self = .milliseconds(number)
        case "s": self = .milliseconds(number * 1_000)
        case "m": self = .milliseconds(number * 60_000)
        case "h": self = .milliseconds(number * 3_600_000)
        case "d": self = .days(Int(number))
        case "wd": self = .workingDays(Int(number))
        case "mo": self = .months(Int(number))
        default: return nil
        }
    }
}

extension ChartDuration: CustomStringConvertible {
    public var description: String {
        switch self {
        case .milliseconds(let value): ChartDuration.clockText(value)
        case .days(let value): "\(value)d"
        case .workingDays(let value): "\(value)wd"
        case .months(let value): "\(value)mo"
        }
    }

    private static func clockText(_ milliseconds: Int64) -> String {
        let units: [(Int64, String)] = [(3_600_000, "h"), (60_000, "m"), (1_000, "s")]
        for (length, unit) in units where milliseconds != 0 && milliseconds % length == 0 {
            return "\(milliseconds / length)\(unit)"
        }
        return "\(milliseconds)ms"
    }
}
