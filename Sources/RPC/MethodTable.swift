/// Finds a handler by the bytes of its service's and its own name.
///
/// A server offers a few dozen methods: comparing lengths first leaves about one candidate, which is faster than
/// hashing the names.
struct MethodTable: Sendable {
    enum Lookup {
        case found(@Sendable (RPCCall) -> Void)
        case unknownService
        case unknownMethod
    }

    private struct Entry: Sendable {
        var service: [UInt8]
        var name: [UInt8]
        var handler: @Sendable (RPCCall) -> Void
    }

    private let entries: [Entry]
    /// For each entry, both lengths in one number.
    private let lengths: [Int]

    /// - Precondition: no method twice.
    init(_ methods: [RPCMethod]) {
        let names = Set(methods.map { "\($0.service)/\($0.name)" })
        precondition(names.count == methods.count, "a method is offered twice")
        entries = methods.map {
            Entry(service: Array($0.service.utf8), name: Array($0.name.utf8), handler: $0.handler)
        }
        lengths = entries.map { $0.service.count << 32 | $0.name.count }
    }

    func find(service: UnsafeRawBufferPointer.SubSequence, method: UnsafeRawBufferPointer.SubSequence) -> Lookup {
        let wanted = service.count << 32 | method.count
        for index in lengths.indices where lengths[index] == wanted {
            let entry = entries[index]
            if Self.equal(entry.name, method), Self.equal(entry.service, service) { return .found(entry.handler) }
        }
        return entries.contains { $0.service.elementsEqual(service) } ? .unknownMethod : .unknownService
    }

    /// `elementsEqual` for two of the same length, without its iterators: on the way of every call.
    private static func equal(_ name: [UInt8], _ bytes: UnsafeRawBufferPointer.SubSequence) -> Bool {
        name.withUnsafeBytes { name in
            let bytes = UnsafeRawBufferPointer(rebasing: bytes)
            return name.indices.allSatisfy { name[$0] == bytes[$0] }
        }
    }
}
