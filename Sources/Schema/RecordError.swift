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

extension RecordError {
    /// The same error, seen from the message around the field `name`.
    func within(_ name: String) -> RecordError {
        var error = self
        error.path = path.isEmpty ? name : "\(name).\(path)"
        return error
    }

    static let malformed = RecordError(
        .malformed, at: "", "不是有效的 protobuf 数据", "these bytes are not a protobuf message")
    static let notUTF8 = RecordError(.malformed, at: "", "文字不是 UTF-8", "the text is not UTF-8")
    static let wrongWireType = RecordError(.wrongType, at: "", "字段类型不符", "the field has another type")
    static let secondValue = RecordError(.duplicate, at: "", "字段重复出现", "the field stands twice")
    static let secondChoice = RecordError(
        .duplicate, at: "", "同一组只能填一项", "another field of the same choice is set already")
    static let unknownChoice = RecordError(
        .outOfRange, at: "", "不是可选值之一", "it is not one of the values to choose from")
    static let tooDeep = RecordError(
        .tooDeep, at: "", "嵌套过深", "it is nested deeper than \(RecordCodec.maximumDepth)")

    static func unknownNumber(_ number: Int) -> RecordError {
        RecordError(.unknownField, at: "", "没有编号为 \(number) 的字段", "there is no field with the number \(number)")
    }
}

extension RecordError: Equatable {
    public static func == (a: RecordError, b: RecordError) -> Bool { a.code == b.code && a.path == b.path }
}

extension RecordError: CustomStringConvertible {
    public var description: String { path.isEmpty ? en : "\(path): \(en)" }
}
