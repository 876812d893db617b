// What a server's connection answers to requests that do not become calls, and what the operator is told of those that
// are closed.

extension RPCStatus {
    static func evenStream(_ id: UInt32) -> RPCStatus {
        RPCStatus(
            code: Code.invalidArgument, reason: "STREAM_ID_EVEN",
            message: "stream id \(id) is not odd: clients number their calls 1, 3, 5 …")
    }

    static func streamInUse(_ id: UInt32) -> RPCStatus {
        RPCStatus(
            code: Code.invalidArgument, reason: "STREAM_ID_IN_USE",
            message: "stream id \(id) belongs to a call that is not answered yet: give each call its own")
    }

    static let streamsNotOffered = RPCStatus(
        code: Code.unimplemented, reason: "STREAMS_NOT_OFFERED",
        message: "this server has no streaming methods: send the request as a unary call")

    static let draining = RPCStatus(
        code: Code.unavailable, reason: "STOPPING",
        message: "the server is stopping: connect again and repeat the call with the same key")

    static let notARequest = RPCStatus(
        code: Code.invalidArgument, reason: "FRAME_MALFORMED",
        message: "the frame does not hold a ttrpc Request: check that the client speaks ttrpc with protobuf")

    static func unknownService(_ name: UnsafeRawBufferPointer.SubSequence) -> RPCStatus {
        RPCStatus(
            code: Code.unimplemented, reason: "SERVICE_UNKNOWN",
            message: "this server has no service \"\(shown(name))\": check its spelling and version")
    }

    static func unknownMethod(
        _ name: UnsafeRawBufferPointer.SubSequence, of service: UnsafeRawBufferPointer.SubSequence
    ) -> RPCStatus {
        RPCStatus(
            code: Code.unimplemented, reason: "METHOD_UNKNOWN",
            message: "service \"\(shown(service))\" has no method \"\(shown(name))\": check its spelling and version")
    }

    static func requestTooLong(_ length: UInt32) -> RPCStatus {
        RPCStatus(
            code: Code.resourceExhausted, reason: "REQUEST_TOO_LONG",
            message: "the request has \(length) bytes, more than \(FrameHeader.maximumLength): split it")
    }

    private static func shown(_ name: UnsafeRawBufferPointer.SubSequence) -> String {
        String(decoding: name.prefix(100), as: UTF8.self)
    }
}

// MARK: - Connections that are closed

extension RPCStatus {
    /// - Parameter first: what the client began with where a message should begin.
    static func notTtrpc(_ first: [UInt8]) -> RPCStatus {
        let methods = ["GET ", "POST", "PUT ", "HEAD", "OPTI", "PATC", "DELE", "CONN", "TRAC", "PRI "]
        if methods.contains(where: { first.starts(with: $0.utf8) }) {
            return closed(
                "HTTP_NOT_TTRPC", "the client speaks HTTP inside TLS: this port takes ttrpc, from a ttrpc client")
        }
        if let length = announcedLength(first) {
            return closed(
                "MESSAGE_TOO_LONG",
                "the client announced a message of \(length) bytes, more than \(FrameHeader.maximumLength): it must "
                    + "split what it sends")
        }
        let start = String(
            decoding: first.prefix(8).map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
        return closed(
            "NOT_TTRPC", "the client does not speak ttrpc, it began with \"\(start)\": it must use a ttrpc client")
    }

    /// Of bytes that are a header of a request but for the length.
    private static func announcedLength(_ first: [UInt8]) -> UInt32? {
        guard first.count == FrameHeader.size, first[8] == FrameType.request, first[9] <= 7 else { return nil }
        return first.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    static let unfinished = closed(
        "MESSAGE_UNFINISHED", "the client left a message unfinished for too long: it must send each one whole")
    static let unread = closed(
        "ANSWERS_UNREAD", "the client left its answers unread for too long: it must read what it asks for")
    static let tooManyConnections = closed(
        "TOO_MANY_CONNECTIONS",
        "too many connections are open: each client should keep one and use it for all its calls")

    static let noDescriptorLeft = closed(
        "DESCRIPTORS_EXHAUSTED",
        "a connection was closed unserved: this process has no descriptor left; raise its limit (ulimit -Hn)")

    static func notSetUp(_ error: any Error) -> RPCStatus {
        closed("CONNECTION_NOT_SET_UP", "a connection was closed unserved: it could not be set up (\(error))")
    }

    static func handshakeBroken(_ error: any Error) -> RPCStatus {
        closed("HANDSHAKE_ABANDONED", "the connection broke before its handshake was over: \(error)")
    }

    private static func closed(_ reason: String, _ message: String) -> RPCStatus {
        RPCStatus(code: Code.unavailable, reason: reason, message: message)
    }
}
