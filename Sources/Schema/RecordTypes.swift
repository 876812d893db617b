import SwiftProtobuf

/// What a schema says of one field.
struct RecordField: Sendable {
    enum Kind: Equatable, Sendable {
        case bool, text, data, double, float
        case signed(bits: Int, zigzag: Bool, fixed: Bool)
        case unsigned(bits: Int, fixed: Bool)
        /// Indices into the tables of `RecordTypes`.
        case enumeration(Int)
        case message(Int)
    }

    var number: Int
    /// As in the schema, and as in protobuf's JSON form.
    var name: String
    var jsonName: String
    var kind: Kind
    var isRepeated = false
    /// The entries of a map are messages of a key, field 1, and a value, field 2.
    var isMap = false
    /// Its absence differs from its default: a message, a member of a oneof, an `optional` field.
    var hasPresence = false
    var oneof: Int?
    var label: Bilingual?
    var format: Casework_Format = .unspecified
    var isSensitive = false

    /// The wire type of one value.
    var wireType: UInt64 {
        switch kind {
        case .bool, .enumeration: 0
        case .text, .data, .message: 2
        case .double: 1
        case .float: 5
        case .signed(let bits, _, let fixed), .unsigned(let bits, let fixed): !fixed ? 0 : bits == 64 ? 1 : 5
        }
    }

    /// Repeated numbers stand packed in one field.
    var isPacked: Bool { isRepeated && wireType != 2 }
}

struct RecordMessageType: Sendable {
    var name: String
    /// Ascending by number.
    var fields: [RecordField] = []
    var byNumber: [Int: Int] = [:]
    /// Both names of a field lead to it.
    var byName: [String: Int] = [:]
}

struct RecordEnumType: Sendable {
    var values: [Int32: (name: String, label: Bilingual?)] = [:]
    var byName: [String: Int32] = [:]
}

/// The messages and enums of a descriptor set, compiled to tables.
struct RecordTypes: Sendable {
    private(set) var messages: [RecordMessageType] = []
    private(set) var enums: [RecordEnumType] = []
    private(set) var messageIndex: [String: Int] = [:]
    private var enumIndex: [String: Int] = [:]

    /// - Throws: `RecordError` with code `.badSchema`.
    init(descriptorSet: [UInt8]) throws(RecordError) {
        let set: Google_Protobuf_FileDescriptorSet
        do {
            set = try Google_Protobuf_FileDescriptorSet(
                serializedBytes: descriptorSet, extensions: Casework_Options_Extensions)
        } catch {
            throw RecordError(.badSchema, at: "", "描述集无法解析", "the descriptor set does not parse")
        }
        // The options' own descriptors come along with every set; no record is made of them.
        let files = set.file.filter { $0.package != "google.protobuf" }
        for file in files { declare(file.messageType, file.enumType, scope: file.package) }
        for file in files {
            guard file.syntax == "proto3" else {
                throw RecordError(.badSchema, at: file.name, "只支持 proto3", "only proto3 is supported")
            }
            try fill(file.messageType, scope: file.package)
        }
    }

    private mutating func declare(
        _ types: [Google_Protobuf_DescriptorProto], _ enumTypes: [Google_Protobuf_EnumDescriptorProto], scope: String
    ) {
        for type in enumTypes {
            enumIndex[Self.join(scope, type.name)] = enums.count
            enums.append(RecordEnumType(type))
        }
        for type in types {
            let name = Self.join(scope, type.name)
            messageIndex[name] = messages.count
            messages.append(RecordMessageType(name: name))
            declare(type.nestedType, type.enumType, scope: name)
        }
    }

    private mutating func fill(_ types: [Google_Protobuf_DescriptorProto], scope: String) throws(RecordError) {
        for type in types {
            let name = Self.join(scope, type.name)
            guard let index = messageIndex[name] else { continue }
            let maps = Set(type.nestedType.filter(\.options.mapEntry).map { "." + Self.join(name, $0.name) })
            var compiled = RecordMessageType(name: name)
            for descriptor in type.field.sorted(by: { $0.number < $1.number }) {
                var field = try field(descriptor, of: name)
                field.isMap = maps.contains(descriptor.typeName)
                compiled.byNumber[field.number] = compiled.fields.count
                compiled.byName[field.name] = compiled.fields.count
                compiled.byName[field.jsonName] = compiled.fields.count
                compiled.fields.append(field)
            }
            messages[index] = compiled
            try fill(type.nestedType, scope: name)
        }
    }

    private func field(
        _ descriptor: Google_Protobuf_FieldDescriptorProto, of message: String
    ) throws(RecordError) -> RecordField {
        guard let kind = kind(descriptor) else {
            throw RecordError(
                .badSchema, at: Self.join(message, descriptor.name), "此字段类型不受支持",
                "a field of this type is not supported")
        }
        var field = RecordField(
            number: Int(descriptor.number), name: descriptor.name, jsonName: descriptor.jsonName, kind: kind)
        field.isRepeated = descriptor.label == .repeated
        field.oneof = descriptor.hasOneofIndex && !descriptor.proto3Optional ? Int(descriptor.oneofIndex) : nil
        if case .message = kind { field.hasPresence = true }
        if descriptor.hasOneofIndex { field.hasPresence = true }
        let options = descriptor.options
        if options.hasCasework_label {
            field.label = Bilingual(zh: options.Casework_label.zh, en: options.Casework_label.en)
        }
        field.format = options.Casework_format
        field.isSensitive = options.Casework_sensitive || options.Casework_format.namesAPerson
        return field
    }

    private func kind(_ descriptor: Google_Protobuf_FieldDescriptorProto) -> RecordField.Kind? {
        let type = String(descriptor.typeName.dropFirst())
        return switch descriptor.type {
        case .bool: .bool
        case .string: .text
        case .bytes: .data
        case .double: .double
        case .float: .float
        case .int32: .signed(bits: 32, zigzag: false, fixed: false)
        case .int64: .signed(bits: 64, zigzag: false, fixed: false)
        case .sint32: .signed(bits: 32, zigzag: true, fixed: false)
        case .sint64: .signed(bits: 64, zigzag: true, fixed: false)
        case .sfixed32: .signed(bits: 32, zigzag: false, fixed: true)
        case .sfixed64: .signed(bits: 64, zigzag: false, fixed: true)
        case .uint32: .unsigned(bits: 32, fixed: false)
        case .uint64: .unsigned(bits: 64, fixed: false)
        case .fixed32: .unsigned(bits: 32, fixed: true)
        case .fixed64: .unsigned(bits: 64, fixed: true)
        case .enum: enumIndex[type].map { .enumeration($0) }
        case .message: messageIndex[type].map { .message($0) }
        case .group: nil
        }
    }

    private static func join(_ scope: String, _ name: String) -> String { scope.isEmpty ? name : scope + "." + name }
}

extension RecordEnumType {
    fileprivate init(_ descriptor: Google_Protobuf_EnumDescriptorProto) {
        for value in descriptor.value {
            let label = value.options.Casework_valueLabel
            let bilingual = value.options.hasCasework_valueLabel ? Bilingual(zh: label.zh, en: label.en) : nil
            byName[value.name] = value.number
            if values[value.number] == nil { values[value.number] = (value.name, bilingual) }
        }
    }
}

extension Casework_Format {
    /// A field of this format is masked even where its author forgot to call it sensitive.
    fileprivate var namesAPerson: Bool {
        switch self {
        case .residentNumber, .bankCard, .phone, .personName: true
        case .unspecified, .moneyFen, .date, .division, .UNRECOGNIZED: false
        }
    }
}
