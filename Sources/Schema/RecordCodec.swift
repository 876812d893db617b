/// One line of a record as a person reads it.
public struct RecordRow: Equatable, Sendable {
    /// Names of fields as in the schema: `application.person.name`.
    public var path: String
    /// The field's label, or its name where the schema gives none.
    public var label: Bilingual
    public var value: Bilingual
}

/// Reads and writes the messages of one case type from their descriptors alone: checks what callers send, turns JSON
/// into bytes, and bytes into masked JSON or labelled rows. It needs no code of the plugin, and no plugin can forget to
/// mask.
public struct RecordCodec: Sendable {
    /// Largest message, in bytes of the wire format: a payload is at most 256 KiB, a record 64 KiB.
    public static let maximumBytes = 256 << 10
    /// Largest JSON text, in bytes.
    public static let maximumJSONBytes = 1 << 20
    /// Deepest nesting of messages.
    public static let maximumDepth = 32

    public enum View: Sendable {
        /// Personal values as their last characters.
        case masked
        /// Everything as it is: only for an unmasked read, which leaves a row in the history.
        case clear
    }

    private let types: RecordTypes

    /// - Parameter descriptorSet: an encoded `google.protobuf.FileDescriptorSet` with everything it imports.
    /// - Throws: `RecordError` with code `.badSchema`.
    public init(descriptorSet: [UInt8]) throws(RecordError) {
        types = try RecordTypes(descriptorSet: descriptorSet)
    }

    /// True when the schema has a message of this full name, such as `cases.transport_subsidy.v1.Record`.
    public func has(_ message: String) -> Bool { types.messageIndex[message] != nil }

    /// Checks what a caller sent, strictly: it parses, and every field, enum value and choice is one of the schema's.
    public func validate(_ bytes: [UInt8], as message: String) throws(RecordError) {
        let type = try index(of: message)
        guard bytes.count <= Self.maximumBytes else { throw Self.tooLarge(Self.maximumBytes) }
        try types.check(bytes[...], as: type)
    }

    /// The message's bytes for its JSON form, in one deterministic encoding.
    public func encode(json: String, as message: String) throws(RecordError) -> [UInt8] {
        let type = try index(of: message)
        let text = Array(json.utf8)
        guard text.count <= Self.maximumJSONBytes else { throw Self.tooLarge(Self.maximumJSONBytes) }
        let value: JSONValue
        do { value = try JSONParser.parse(text) } catch {
            let place = "the JSON breaks off at byte \(error.offset): \(error.message)"
            throw RecordError(.notJSON, at: "", "JSON 在第 \(error.offset) 字节处无效", place)
        }
        let bytes = types.encode(try types.message(value, as: type))
        guard bytes.count <= Self.maximumBytes else { throw Self.tooLarge(Self.maximumBytes) }
        return bytes
    }

    /// Protobuf's JSON form of a message: fields by number, defaults left out, 64-bit integers as strings.
    public func json(_ bytes: [UInt8], as message: String, view: View = .masked) throws(RecordError) -> String {
        let decoded = try decode(bytes, as: message)
        var writer = JSONWriter()
        types.write(decoded, view: view, to: &writer)
        return writer.text
    }

    /// The fields of a message that are set, in the order of the schema, with labels and values in both languages.
    public func rows(_ bytes: [UInt8], as message: String, view: View = .masked) throws(RecordError) -> [RecordRow] {
        var rows: [RecordRow] = []
        types.list(try decode(bytes, as: message), at: RecordPath(), view: view, into: &rows)
        return rows
    }

    private func index(of message: String) throws(RecordError) -> Int {
        guard let index = types.messageIndex[message] else {
            throw RecordError(.unknownMessage, at: message, "没有这个消息类型", "the schema has no such message")
        }
        return index
    }

    private func decode(_ bytes: [UInt8], as message: String) throws(RecordError) -> RecordMessage {
        let type = try index(of: message)
        guard bytes.count <= Self.maximumBytes else { throw Self.tooLarge(Self.maximumBytes) }
        return try types.decode(bytes[...], as: type)
    }

    private static func tooLarge(_ limit: Int) -> RecordError {
        RecordError(.tooLarge, at: "", "超过 \(limit) 字节的上限", "it is larger than \(limit) bytes")
    }
}
