// What a server's connection answers to requests that do not become calls.

extension RPCStatus {
    static func evenStream(_ id: UInt32) -> RPCStatus {
        RPCStatus(
            code: Code.invalidArgument, message: "stream id \(id) is not odd: clients number their calls 1, 3, 5 …")
    }

    static func streamInUse(_ id: UInt32) -> RPCStatus {
        RPCStatus(
            code: Code.invalidArgument,
            message: "stream id \(id) belongs to a call that is not answered yet: give each call its own")
    }

    static let streamsNotOffered = RPCStatus(
        code: Code.unimplemented, message: "this server has no streaming methods: send the request as a unary call")

    static let draining = RPCStatus(
        code: Code.unavailable, message: "the server is stopping: connect again and repeat the call with the same key")

    static let notARequest = RPCStatus(
        code: Code.invalidArgument,
        message: "the frame does not hold a ttrpc Request: check that the client speaks ttrpc with protobuf")

    static func unknownService(_ name: UnsafeRawBufferPointer.SubSequence) -> RPCStatus {
        RPCStatus(
            code: Code.unimplemented,
            message: "this server has no service \"\(shown(name))\": check its spelling and version")
    }

    static func unknownMethod(
        _ name: UnsafeRawBufferPointer.SubSequence, of service: UnsafeRawBufferPointer.SubSequence
    ) -> RPCStatus {
        RPCStatus(
            code: Code.unimplemented,
            message: "service \"\(shown(service))\" has no method \"\(shown(name))\": check its spelling and version")
    }

    private static func shown(_ name: UnsafeRawBufferPointer.SubSequence) -> String {
        String(decoding: name.prefix(100), as: UTF8.self)
    }
}
