import NIOCore

/// Where the parts of a ttrpc `Request` lie in its bytes; nothing is copied.
///
/// `Request {string service=1; string method=2; bytes payload=3; int64 timeout_nano=4; repeated KeyValue metadata=5}`
struct RequestEnvelope {
    var service = 0..<0
    var method = 0..<0
    var payload = 0..<0
    /// Relative to the arrival; 0 means none, below 0 that the time is already over.
    var timeoutNano: Int64 = 0

    /// Nil when the bytes are not a message.
    init?(scanning bytes: UnsafeRawBufferPointer) {
        var scanner = FieldScanner(bytes)
        while let field = scanner.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let range)): service = range
            case (2, .bytes(let range)): method = range
            case (3, .bytes(let range)): payload = range
            case (4, .varint(let value)): timeoutNano = Int64(bitPattern: value)
            default: break
            }
        }
        if scanner.isMalformed { return nil }
    }
}

/// `Response {google.rpc.Status status=1; bytes payload=2}`
enum ResponseEnvelope {
    /// Nil when the bytes are not a message.
    static func decode(_ body: ByteBuffer) -> Result<ByteBuffer, RPCStatus>? {
        var payload = 0..<0
        var status: RPCStatus?
        let isWhole = body.withUnsafeReadableBytes { bytes in
            var scanner = FieldScanner(bytes)
            while let field = scanner.next() {
                switch (field.number, field.value) {
                case (1, .bytes(let range)):
                    status = RPCStatus(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]))
                    if status == nil { return false }
                case (2, .bytes(let range)): payload = range
                default: break
                }
            }
            return !scanner.isMalformed
        }
        guard isWhole else { return nil }
        if let status, status.code != RPCStatus.Code.ok { return .failure(status) }
        return body.getSlice(at: body.readerIndex + payload.lowerBound, length: payload.count).map { .success($0) }
    }
}

extension ByteBuffer {
    /// The length of a `Response` with this payload, without the frame's header.
    static func responseLength(payload: Int) -> Int {
        fieldSize(payload)
    }

    private static func fieldSize(_ count: Int) -> Int {
        count == 0 ? 0 : 1 + varintSize(count) + count
    }

    mutating func writeResponse(stream: UInt32, payload: ByteBuffer) {
        let length = Self.responseLength(payload: payload.readableBytes)
        writeFrameHeader(length: length, stream: stream, type: FrameType.response)
        if length > 0 { writeField(2, bytes: payload) }
    }

    /// A status that would not fit a frame goes without its details and with the start of its message.
    mutating func writeResponse(stream: UInt32, status: RPCStatus) {
        var encoded = status.encoded()
        if encoded.readableBytes > FrameHeader.maximumLength - 16 {
            encoded = RPCStatus(code: status.code, message: String(status.message.prefix(1000))).encoded()
        }
        let length = 1 + varintSize(encoded.readableBytes) + encoded.readableBytes
        writeFrameHeader(length: length, stream: stream, type: FrameType.response)
        writeField(1, bytes: encoded)
    }

    /// The length of a `Request` with these fields, without the frame's header.
    static func requestLength(service: String, method: String, payload: Int, timeoutNano: Int64) -> Int {
        let timeout = timeoutNano > 0 ? 1 + varintSize(Int(timeoutNano)) : 0
        return timeout + fieldSize(service.utf8.count) + fieldSize(method.utf8.count) + fieldSize(payload)
    }

    /// - Parameters:
    ///   - length: what `requestLength` says for the same fields.
    ///   - timeoutNano: nanoseconds, 0 for none.
    mutating func writeRequest(
        stream: UInt32, length: Int, service: String, method: String, payload: ByteBuffer, timeoutNano: Int64
    ) {
        writeFrameHeader(length: length, stream: stream, type: FrameType.request)
        writeField(1, text: service)
        writeField(2, text: method)
        if payload.readableBytes > 0 { writeField(3, bytes: payload) }
        if timeoutNano > 0 { writeField(4, varint: UInt64(timeoutNano)) }
    }
}
