public import RPC
public import Schema
import SwiftProtobuf

/// Why a call gave no answer: refused by the server, or never got that far. Equality is on the code and the reason.
public struct CaseworkError: Error, Sendable {
    /// The codes of `google.rpc.Code`. Nothing was changed by a call that ended so, but for `.unavailable`,
    /// `.deadlineExceeded` and `.cancelled`: there the outcome is not known; ask `cases.lookup`, or send again under
    /// the same key.
    public enum Code: Int32, Sendable, CaseIterable {
        case cancelled = 1
        case unknown = 2
        case invalidArgument = 3
        case deadlineExceeded = 4
        case notFound = 5
        case alreadyExists = 6
        case permissionDenied = 7
        case resourceExhausted = 8
        case failedPrecondition = 9
        case aborted = 10
        case outOfRange = 11
        case unimplemented = 12
        case `internal` = 13
        case unavailable = 14
        case dataLoss = 15
        case unauthenticated = 16
    }

    /// One field of the request or its payload that is wrong.
    public struct Violation: Equatable, Sendable {
        /// Path in the request or the payload: `person.resident_number`.
        public var field: String
        /// Stable: `BAD_CHECK_DIGIT`.
        public var code: String
        public var message: Bilingual
    }

    public var code: Code
    /// The server's stable code, one of `Casework_V1_Reason` such as `STALE_VERSION`, or the plugin's own; empty when
    /// no server answered.
    public var reason: String
    /// A sentence that says what to do.
    public var message: Bilingual
    public var violations: [Violation]
    /// When to try again at the earliest, where the server said so.
    public var retryAfter: Duration?

    public init(
        code: Code, reason: String, message: Bilingual, violations: [Violation] = [], retryAfter: Duration? = nil
    ) {
        self.code = code
        self.reason = reason
        self.message = message
        self.violations = violations
        self.retryAfter = retryAfter
    }
}

extension CaseworkError: Equatable {
    public static func == (a: CaseworkError, b: CaseworkError) -> Bool { a.code == b.code && a.reason == b.reason }
}

extension CaseworkError: CustomStringConvertible {
    public var description: String { reason.isEmpty ? message.en : "\(message.en) [\(reason)]" }
}

extension CaseworkError {
    init(_ error: any Error) {
        if let error = error as? CaseworkError {
            self = error
        } else if let status = error as? RPCStatus {
            self.init(status)
        } else {
            self.init(
                code: .unavailable, reason: "", message: Bilingual(zh: "无法连接服务:\(error)", en: "\(error)"),
                violations: [])
        }
    }

    /// Reads the typed details of a status, for clients that call by `RPCClient` themselves; details of other types are
    /// passed over.
    public init(_ status: RPCStatus) {
        self.init(
            code: Code(rawValue: status.code) ?? .unknown, reason: "",
            message: Bilingual(zh: status.message, en: status.message), violations: [])
        for detail in status.details {
            switch detail.typeURL.split(separator: "/").last {
            case "google.rpc.ErrorInfo": read(Self.decode(detail, as: Google_Rpc_ErrorInfo.self))
            case "google.rpc.BadRequest": read(Self.decode(detail, as: Google_Rpc_BadRequest.self))
            case "google.rpc.RetryInfo": read(Self.decode(detail, as: Google_Rpc_RetryInfo.self))
            default: break
            }
        }
    }

    /// A detail that does not parse is left out: the status itself still says what happened.
    private static func decode<M: Message>(_ detail: RPCStatus.Detail, as type: M.Type) -> M {
        do { return try M(serializedBytes: detail.bytes) } catch { return M() }
    }

    private mutating func read(_ info: Google_Rpc_ErrorInfo) {
        reason = info.reason
        if let zh = info.metadata["zh"], let en = info.metadata["en"] { message = Bilingual(zh: zh, en: en) }
    }

    private mutating func read(_ request: Google_Rpc_BadRequest) {
        violations = request.fieldViolations.map { violation in
            Violation(
                field: violation.field, code: violation.reason, message: Bilingual(joined: violation.description_p))
        }
    }

    private mutating func read(_ retry: Google_Rpc_RetryInfo) {
        guard retry.hasRetryDelay else { return }
        retryAfter = .seconds(retry.retryDelay.seconds) + .nanoseconds(Int64(retry.retryDelay.nanos))
    }
}
