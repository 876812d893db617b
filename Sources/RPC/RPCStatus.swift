import NIOCore

/// Why a call did not succeed: a `google.rpc.Status`, from the server or, when no answer could come, made here.
public struct RPCStatus: Error, Sendable, CustomStringConvertible {
    /// A typed message that goes with the status (`google.protobuf.Any`).
    public struct Detail: Sendable, Hashable {
        public var typeURL: String
        public var bytes: [UInt8]

        public init(typeURL: String, bytes: [UInt8]) {
            self.typeURL = typeURL
            self.bytes = bytes
        }
    }

    /// The codes of `google.rpc.Code` that this protocol uses.
    public enum Code {
        public static let ok: Int32 = 0
        public static let cancelled: Int32 = 1
        public static let invalidArgument: Int32 = 3
        public static let deadlineExceeded: Int32 = 4
        public static let notFound: Int32 = 5
        public static let alreadyExists: Int32 = 6
        public static let permissionDenied: Int32 = 7
        public static let resourceExhausted: Int32 = 8
        public static let failedPrecondition: Int32 = 9
        public static let aborted: Int32 = 10
        public static let unimplemented: Int32 = 12
        public static let `internal`: Int32 = 13
        public static let unavailable: Int32 = 14
        public static let dataLoss: Int32 = 15
        public static let unauthenticated: Int32 = 16
    }

    public var code: Int32
    public var message: String
    public var details: [Detail]

    /// - Parameters:
    ///   - code: one of `google.rpc.Code`, not 0.
    ///   - message: a sentence that says what to do.
    public init(code: Int32, message: String, details: [Detail] = []) {
        self.code = code
        self.message = message
        self.details = details
    }

    /// The same with a stable reason that a caller can switch on: one of `casework.v1.Reason`.
    init(code: Int32, reason: String, message: String) {
        var info = ByteBuffer()
        info.writeField(1, text: reason)
        info.writeField(2, text: "casework")
        self.init(
            code: code, message: message,
            details: [Detail(typeURL: Self.errorInfo, bytes: Array(info.readableBytesView))])
    }

    /// The reason that goes with it (`google.rpc.ErrorInfo`); empty where there is none.
    public var reason: String {
        guard let info = details.first(where: { $0.typeURL == Self.errorInfo }) else { return "" }
        return info.bytes.withUnsafeBytes { bytes in
            var scanner = FieldScanner(bytes)
            while let field = scanner.next() {
                if case (1, .bytes(let range)) = (field.number, field.value) {
                    return String(decoding: bytes[range], as: UTF8.self)
                }
            }
            return ""
        }
    }

    private static let errorInfo = "type.googleapis.com/google.rpc.ErrorInfo"

    public var description: String { message }
}

extension RPCStatus {
    /// A refusal for load, with the time after which to try again (`google.rpc.RetryInfo`).
    ///
    /// - Parameter milliseconds: the delay to advise, above 0.
    static func exhausted(
        _ message: String, reason: String, retryAfterMilliseconds milliseconds: Int64
    ) -> RPCStatus {
        var delay = ByteBuffer()
        delay.writeField(1, varint: UInt64(milliseconds / 1000))
        delay.writeField(2, varint: UInt64(milliseconds % 1000 * 1_000_000))
        var info = ByteBuffer()
        info.writeField(1, bytes: delay)
        let detail = Detail(typeURL: "type.googleapis.com/google.rpc.RetryInfo", bytes: Array(info.readableBytesView))
        var status = RPCStatus(code: Code.resourceExhausted, reason: reason, message: message)
        status.details.append(detail)
        return status
    }
}

// google.rpc.Status {int32 code=1; string message=2; repeated google.protobuf.Any details=3},
// google.protobuf.Any {string type_url=1; bytes value=2}
extension RPCStatus {
    func encoded() -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeField(1, varint: UInt64(bitPattern: Int64(code)))
        buffer.writeField(2, text: message)
        for detail in details {
            var any = ByteBuffer()
            any.writeField(1, text: detail.typeURL)
            any.writeField(2, bytes: ByteBuffer(bytes: detail.bytes))
            buffer.writeField(3, bytes: any)
        }
        return buffer
    }

    init?(decoding bytes: UnsafeRawBufferPointer) {
        self.init(code: Code.ok, message: "")
        var scanner = FieldScanner(bytes)
        while let field = scanner.next() {
            switch (field.number, field.value) {
            case (1, .varint(let value)): code = Int32(truncatingIfNeeded: value)
            case (2, .bytes(let range)): message = String(decoding: bytes[range], as: UTF8.self)
            case (3, .bytes(let range)):
                guard let detail = Detail(decoding: UnsafeRawBufferPointer(rebasing: bytes[range])) else { return nil }
                details.append(detail)
            default: break
            }
        }
        if scanner.isMalformed { return nil }
    }
}

extension RPCStatus.Detail {
    fileprivate init?(decoding bytes: UnsafeRawBufferPointer) {
        self.init(typeURL: "", bytes: [])
        var scanner = FieldScanner(bytes)
        while let field = scanner.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let range)): typeURL = String(decoding: bytes[range], as: UTF8.self)
            case (2, .bytes(let range)): self.bytes = Array(bytes[range])
            default: break
            }
        }
        if scanner.isMalformed { return nil }
    }
}
