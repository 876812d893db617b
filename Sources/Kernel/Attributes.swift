public import Wire

/// Values to list and search cases by, sorted by name: the decoded attributes of a `StoredCase`.
public struct Attributes: Equatable, Sendable {
    public enum Value: Equatable, Sendable {
        case integer(Int64)
        case text(String)
        case flag(Bool)
        /// Keyed hash of a personal value: it can only be compared.
        case hash([UInt8])
    }

    public struct Entry: Equatable, Sendable {
        public var name: String
        public var value: Value
    }

    public private(set) var entries: [Entry] = []

    public init() {}

    public subscript(name: String) -> Value? {
        get { entries.first { $0.name == name }?.value }
        set {
            let index = entries.firstIndex { $0.name >= name } ?? entries.count
            let isPresent = index < entries.count && entries[index].name == name
            let replaced = index..<(isPresent ? index + 1 : index)
            entries.replaceSubrange(replaced, with: newValue.map { [Entry(name: name, value: $0)] } ?? [])
        }
    }

    /// The bytes of a `casework.store.v1.Attributes`.
    public func encoded() -> [UInt8] {
        var writer = WireWriter(capacity: 128)
        for entry in entries {
            writer.message(1) {
                $0.string(1, entry.name)
                switch entry.value {
                case .integer(let number): $0.write(PolicyValue.integer(number))
                case .text(let text): $0.write(PolicyValue.text(text))
                case .flag(let flag): $0.write(PolicyValue.flag(flag))
                case .hash(let hash): $0.member(5, hash)
                }
            }
        }
        return writer.bytes
    }

    /// Reads the bytes of a `casework.store.v1.Attributes`.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            guard field == 1 else { continue }
            let (name, read) = try Self.entry(decoding: value.slice())
            self[name] = read
        }
    }

    private static func entry(decoding bytes: ArraySlice<UInt8>) throws(WireError) -> (String, Value?) {
        var reader = WireReader(bytes)
        var (name, read): (String, Value?) = ("", nil)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: name = try value.string()
            case 2: read = .integer(try value.signed())
            case 3: read = .text(try value.string())
            case 4: read = .flag(try value.unsigned() != 0)
            case 5: read = .hash(try value.array())
            default: break
            }
        }
        return (name, read)
    }
}
