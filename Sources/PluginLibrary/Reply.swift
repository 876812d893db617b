public import Wire

/// A decoded `casework.plugin.v1.HostReply`.
public struct Reply {
    public enum Answer {
        case tape(ArraySlice<UInt8>)
        case fault(String)
        case hello(ArraySlice<UInt8>)
    }

    public var ticket: UInt64 = 0
    public var answer: Answer

    public init(_ bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        var said: Answer?
        while let (field, value) = try reader.next() {
            switch field {
            case 1: ticket = try value.unsigned()
            case 2, 4: said = .tape(try value.slice())
            case 3: said = .fault(try Self.message(ofFault: value.slice()))
            case 5: said = .hello(try value.slice())
            default: break
            }
        }
        guard let said else { throw WireError("a reply says nothing") }
        answer = said
    }

    private static func message(ofFault bytes: ArraySlice<UInt8>) throws(WireError) -> String {
        var reader = WireReader(bytes)
        var message = ""
        while let (field, value) = try reader.next() {
            if field == 1 { message = try value.string() }
        }
        return String(message.prefix(1000))
    }
}
