/// A value of a chart's variable or of an internal event's data.
public enum ChartValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case string(String)
    case list([ChartValue])
    /// Named values of an event, in the order given.
    case map([Entry])

    public struct Entry: Hashable, Sendable {
        public var key: String
        public var value: ChartValue

        public init(_ key: String, _ value: ChartValue) {
            self.key = key
            self.value = value
        }
    }

    /// The value as `log` writes it.
    public var text: String {
        switch self {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .string(let value): value
        case .list(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .map(let entries): "{" + entries.map { "\($0.key):\($0.value.text)" }.joined(separator: ",") + "}"
        }
    }

    subscript(key: String) -> ChartValue? {
        guard case .map(let entries) = self else { return nil }
        return entries.last { $0.key.isExactly(key) }?.value
    }

    /// Texts are compared byte by byte, as their order is: what looks the same may be written in several ways.
    public static func == (a: ChartValue, b: ChartValue) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.boolean(let a), .boolean(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.string(let a), .string(let b)): a.isExactly(b)
        case (.list(let a), .list(let b)): a == b
        case (.map(let a), .map(let b)): a == b
        default: false
        }
    }
}

extension ChartValue.Entry {
    public static func == (a: ChartValue.Entry, b: ChartValue.Entry) -> Bool {
        a.key.isExactly(b.key) && a.value == b.value
    }
}

extension String {
    /// The same bytes; `==` also holds between several ways to write what looks the same.
    package func isExactly(_ other: String) -> Bool { self == other && utf8.elementsEqual(other.utf8) }
}

/// A text as key of a dictionary, the same only as the same bytes.
struct ExactText: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (a: ExactText, b: ExactText) -> Bool { a.text.isExactly(b.text) }
}

// MARK: - Bounds

extension ChartValue {
    /// True while the value stays within `ChartLimits.valueWeight` and `valueDepth`; looks no further than the bound.
    var isWithinLimits: Bool {
        var budget = ChartLimits.valueWeight
        return takesAtMost(&budget, depth: 0)
    }

    private func takesAtMost(_ budget: inout Int, depth: Int) -> Bool {
        budget -= 1
        guard budget >= 0, depth <= ChartLimits.valueDepth else { return false }
        switch self {
        case .null, .boolean, .integer: return true
        case .string(let text):
            budget -= text.utf8.count
            return budget >= 0
        case .list(let values):
            for value in values {
                guard value.takesAtMost(&budget, depth: depth + 1) else { return false }
            }
            return true
        case .map(let entries):
            for entry in entries {
                budget -= entry.key.utf8.count
                guard entry.value.takesAtMost(&budget, depth: depth + 1) else { return false }
            }
            return true
        }
    }
}

// MARK: - JSON

extension ChartValue {
    package var json: JSON {
        switch self {
        case .null: .null
        case .boolean(let value): .boolean(value)
        case .integer(let value): .integer(value)
        case .string(let value): .string(value)
        case .list(let values): .array(values.map(\.json))
        case .map(let entries): .object(entries.map { .init($0.key, $0.value.json) })
        }
    }

    package init(_ json: JSON) {
        switch json {
        case .null: self = .null
        case .boolean(let value): self = .boolean(value)
        case .integer(let value): self = .integer(value)
        case .string(let value): self = .string(value)
        case .array(let values): self = .list(values.map(ChartValue.init))
        case .object(let members): self = .map(members.map { Entry($0.key, ChartValue($0.value)) })
        }
    }
}

extension JSON {
    package init(reading bytes: [UInt8]) throws(ChartError) { self = try JSONReader.read(bytes) }
}
