/// A named value of a policy: an amount in fen, a mode, a switch.
public enum PolicyValue: Equatable, Sendable {
    case integer(Int64)
    case text(String)
    case flag(Bool)
}

/// The values in force for one case type and county from a date on, with the article each comes from.
public struct PolicyVersion: Equatable, Sendable {
    public struct Entry: Equatable, Sendable {
        public var value: PolicyValue
        /// Document and article.
        public var source: String

        public init(value: PolicyValue, source: String) {
            self.value = value
            self.source = source
        }
    }

    /// Names the content for ever.
    public var digest: Digest
    public var values: [String: Entry]

    public init(digest: Digest, values: [String: Entry]) {
        self.digest = digest
        self.values = values
    }
}

/// All policies the server knows. A case pins the version in force on the day it is opened.
public struct PolicyBook: Sendable {
    public struct Entry: Sendable {
        public var type: String
        /// Six-digit division code; there is no default for a county that is not named.
        public var county: String
        /// In force from this day until the next entry's.
        public var from: LocalDate
        public var version: PolicyVersion

        public init(type: String, county: String, from: LocalDate, version: PolicyVersion) {
            self.type = type
            self.county = county
            self.from = from
            self.version = version
        }
    }

    private struct Key: Hashable {
        var type: String
        var county: String
    }

    private var entries: [Key: [Entry]] = [:]

    public init(entries: [Entry] = []) {
        for entry in entries { self.entries[Key(type: entry.type, county: entry.county), default: []].append(entry) }
        for key in self.entries.keys { self.entries[key]?.sort { $0.from < $1.from } }
    }

    /// The version in force on `day`; nil when the county has configured none.
    public func values(type: String, county: String, on day: LocalDate) -> PolicyVersion? {
        entries[Key(type: type, county: county)]?.last { $0.from <= day }?.version
    }
}
