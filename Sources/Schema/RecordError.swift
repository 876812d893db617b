/// Why bytes or JSON are not a message of a schema. It names the place, never the value there: a value may be personal.
/// Equality is on the code and the path.
public struct RecordError: Error, Sendable {
    /// Stable; upper case as in the violations of a status.
    public enum Code: String, Sendable, CaseIterable {
        case badSchema = "BAD_SCHEMA"
        case unknownMessage = "UNKNOWN_MESSAGE"
        case notJSON = "NOT_JSON"
        case malformed = "MALFORMED"
        case unknownField = "UNKNOWN_FIELD"
        case wrongType = "WRONG_TYPE"
        case outOfRange = "OUT_OF_RANGE"
        case duplicate = "DUPLICATE"
        case tooDeep = "TOO_DEEP"
        case tooLarge = "TOO_LARGE"
    }

    public var code: Code
    /// Names of fields from the top, joined by dots, elements as `[0]`: `person.resident_number`. Empty for the whole.
    public var path: String
    public var zh: String
    public var en: String

    init(_ code: Code, at path: String, _ zh: String, _ en: String) {
        self.code = code
        self.path = path
        self.zh = zh
        self.en = en
    }
}

extension RecordError: Equatable {
    public static func == (a: RecordError, b: RecordError) -> Bool { a.code == b.code && a.path == b.path }
}

extension RecordError: CustomStringConvertible {
    public var description: String { path.isEmpty ? en : "\(path): \(en)" }
}
