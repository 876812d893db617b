public import Kernel
internal import Statechart

/// The server's side of the messages, written and read by hand.
extension DecisionRequest {
    /// A frame with the encoded `HostRequest`.
    public var frame: [UInt8] {
        var request = WireWriter(capacity: record.count + facts.count + (snapshot?.count ?? 0) + 128)
        request.unsigned(1, ticket)
        switch question {
        case .decide(let event, let payload):
            request.message(2) { decide in
                if let snapshot { decide.member(1, snapshot) }
                decide.data(2, record)
                decide.data(3, facts)
                decide.data(4, payload)
                switch event {
                case .external(let name): decide.member(5, Array(name.utf8))
                case .internal(let name): decide.member(6, Array(name.utf8))
                case .timer(let index): decide.present(7, UInt64(index))
                case .delayed(let send): decide.message(8) { send.write(to: &$0) }
                }
            }
        case .explain(let guards):
            request.message(3) { explain in
                explain.member(1, snapshot ?? [])
                explain.data(2, record)
                explain.data(3, facts)
                for index in guards { explain.present(4, UInt64(index)) }
            }
        }
        var frame: [UInt8] = []
        frame.reserveCapacity(request.bytes.count + Frame.headerSize)
        Frame.append(request.bytes, to: &frame)
        return frame
    }
}

extension DelayedSend {
    fileprivate func write(to writer: inout WireWriter) {
        writer.string(1, id)
        writer.string(2, event)
        writer.bool(3, isNamed)
        if let data { writer.member(4, data.bytes) }
    }
}

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
