
internal import Statechart
import Wire

/// A decoded `casework.plugin.v1.HostRequest`, without copies of what it carries.
struct Request {
    struct Decide {
        var snapshot: ArraySlice<UInt8>?
        var record: ArraySlice<UInt8> = []
        var facts: ArraySlice<UInt8> = []
        var payload: ArraySlice<UInt8> = []
        var event = ChartEvent.external("")

        /// What the plugin is told; a timer is told by its id.
        func given(_ definition: Definition) throws(LibraryError) -> GivenDecision {
            let name = try self.name(definition)
            return GivenDecision(facts: facts, record: record, event: Array(name.utf8), payload: payload)
        }

        private func name(_ definition: Definition) throws(LibraryError) -> String {
            switch event {
            case .external(let name), .internal(let name): return name
            case .timer(let index):
                guard definition.timers.indices.contains(index) else {
                    throw LibraryError("the chart has no timer \(index)")
                }
                return definition.timers[index].id
            case .delayed(let send): return send.event
            case .withData: throw LibraryError("the event is of a kind that is not sent to plugins")
            }
        }
    }

    struct Explain {
        var record: ArraySlice<UInt8> = []
        var facts: ArraySlice<UInt8> = []
        var guards: [Int] = []
    }

    enum Question {
        case decide(Decide)
        case explain(Explain)
    }

    var ticket: UInt64 = 0
    var question: Question

    init(_ bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        var asked: Question?
        while let (field, value) = try reader.next() {
            switch field {
            case 1: ticket = try value.unsigned()
            case 2: asked = .decide(try Self.decide(try value.slice()))
            case 3: asked = .explain(try Self.explain(try value.slice()))
            default: break
            }
        }
        guard let asked else { throw WireError("it asks nothing") }
        question = asked
    }

    private static func decide(_ bytes: ArraySlice<UInt8>) throws(WireError) -> Decide {
        var reader = WireReader(bytes)
        var decide = Decide()
        while let (field, value) = try reader.next() {
            switch field {
            case 1: decide.snapshot = try value.slice()
            case 2: decide.record = try value.slice()
            case 3: decide.facts = try value.slice()
            case 4: decide.payload = try value.slice()
            case 5: decide.event = .external(try value.string())
            case 6: decide.event = .internal(try value.string())
            case 7: decide.event = .timer(Int(clamping: try value.unsigned()))
            case 8: decide.event = .delayed(try DelayedSend(decoding: value.slice()))
            default: break
            }
        }
        return decide
    }

    private static func explain(_ bytes: ArraySlice<UInt8>) throws(WireError) -> Explain {
        var reader = WireReader(bytes)
        var explain = Explain()
        while let (field, value) = try reader.next() {
            switch field {
            case 1: break
            case 2: explain.record = try value.slice()
            case 3: explain.facts = try value.slice()
            case 4: explain.guards += try value.numbers().map { Int(clamping: $0) }
            default: break
            }
        }
        return explain
    }
}

extension DelayedSend {
    fileprivate init(decoding bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        self.init(id: "", event: "", delayMilliseconds: 0, isNamed: false)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: id = try value.string()
            case 2: event = try value.string()
            case 3: isNamed = try value.unsigned() != 0
            case 4:
                let bytes = try value.array()
                do { data = try ChartValue(decoding: bytes) } catch { throw WireError(error.message) }
            default: break
            }
        }
    }
}
