import Kernel
import RPC
import Schema
import Store
import SwiftProtobuf

/// The server's own refusals, in the form of the kernel's: code, finest reason, a sentence in both languages.
extension Rejection {
    static let unknownCaller = Rejection(
        .permissionDenied, reason: "CALLER_UNKNOWN", zh: "证书中的机构或人员未登记。请联系系统管理员登记。",
        en: "The agency or officer of this certificate is not known here. Ask the operator to enter it.")

    static func methodDenied(_ method: String) -> Rejection {
        Rejection(
            .permissionDenied, reason: "METHOD_NOT_GRANTED", zh: "贵机构未获授权使用 \(method)。请联系系统管理员。",
            en: "Your agency may not use \(method). Ask the operator for it.")
    }

    static func roleMissing(_ role: String) -> Rejection {
        Rejection(
            .permissionDenied, reason: "ROLE_MISSING", zh: "此操作需要角色 \(role)，并以本人证书办理。请由具备该角色的人员办理。",
            en: "This needs the role \(role), with an officer's own certificate. Leave it to an officer who has it.")
    }

    static let placeDenied = Rejection(
        .permissionDenied, reason: "PLACE_NOT_GRANTED", zh: "贵机构无权办理该事项类型或该区划。请核对事项与区划代码。",
        en: "Your agency may not act for this case type or division. Check both, or ask the operator.")

    static let badRequest = Rejection(
        .invalidArgument, reason: "REQUEST_MALFORMED", zh: "请求无法解析。请按 casework/v1 的定义编码。",
        en: "The request does not parse. Encode it as the schema casework/v1 says.")

    static let badKey = Rejection(
        .invalidArgument, reason: "KEY_MALFORMED", zh: "幂等键应为 16 字节的 UUIDv7。请生成后再发。",
        en: "The key must be 16 bytes, a UUIDv7. Make one and send again.",
        violations: [Violation(field: "key", code: "KEY_MALFORMED", zh: "应为 16 字节", en: "16 bytes are expected")])

    static let badPageToken = Rejection(
        .invalidArgument, reason: "PAGE_TOKEN_MALFORMED", zh: "翻页标记无效。请从第一页重新开始。",
        en: "The page token is not one of this server's. Begin with the first page.")

    static func badCaseID(_ error: CaseIDError) -> Rejection {
        Rejection(
            .invalidArgument, reason: "CASE_ID_MALFORMED", zh: error.zh, en: error.en,
            violations: [Violation(field: "case_id", code: "CASE_ID_MALFORMED", zh: error.zh, en: error.en)])
    }

    static let payloadUnexpected = Rejection(
        .invalidArgument, reason: "PAYLOAD_NOT_EXPECTED", zh: "该事件不带内容。请去掉内容后再发。",
        en: "This event takes no payload. Send it without one.")

    static func badPayload(_ error: RecordError) -> Rejection {
        let place = error.path.isEmpty ? "" : "\(error.path): "
        let violation = Violation(field: error.path, code: error.code.rawValue, zh: error.zh, en: error.en)
        return Rejection(
            .invalidArgument, reason: "PAYLOAD_MALFORMED", zh: "提交内容无效：\(place)\(error.zh)。请更正后再发。",
            en: "The payload is not valid: \(place)\(error.en). Correct it and send again.", violations: [violation])
    }

    static let clockIsReal = Rejection(
        .refused, reason: "CLOCK_IS_REAL", zh: "服务未使用虚拟时钟，不能拨快。请等待，或另以 --virtual-clock 启动演练服务。",
        en: "The server runs on the real clock. Wait, or try it on a server started with --virtual-clock.")

    static let badStep = Rejection(
        .invalidArgument, reason: "STEP_MALFORMED", zh: "步长或时刻无法识别。请写作 5wd、3d、2mo 或 72h，或给出 to_millis，二者择一，且不超过十年。",
        en: "The step or moment cannot be read. Give by, like 5wd, 3d, 2mo or 72h, or to_millis, of at most ten years.",
        violations: [Violation(field: "by", code: "STEP_MALFORMED", zh: "无法识别", en: "it cannot be read")])

    /// What a reader's error means to whoever asked.
    init(reading error: any Error) {
        self = (error as? Rejection) ?? ((error as? StoreError)?.code == .corrupt ? .damaged : .readFailed)
    }

    private static let readFailed = Rejection(
        .unavailable, reason: "STORE_UNREADABLE", zh: "存储暂不可读。请稍后再试，并告知系统管理员。",
        en: "The store cannot be read at the moment. Try again later, and tell the operator.")

    static let stopping = Rejection(
        .unavailable, reason: "STOPPING", zh: "服务正在停止。请稍后以同一幂等键重发。",
        en: "The server is stopping. Send again later with the same key.")
}

extension RPCStatus {
    /// The status of the wire for a refusal: `ErrorInfo` with the reason and both sentences, `BadRequest` for wrong
    /// fields, `RetryInfo` where waiting helps.
    init(_ rejection: Rejection) {
        var details = [Self.detail(Self.info(rejection))]
        if !rejection.violations.isEmpty { details.append(Self.detail(Self.badRequest(rejection.violations))) }
        if rejection.code == .queueFull || rejection.code == .unavailable {
            details.append(Self.detail(Google_Rpc_RetryInfo.with { $0.retryDelay = .init(seconds: 1) }))
        }
        self.init(code: rejection.wireCode, message: rejection.en, details: details)
    }

    private static func info(_ rejection: Rejection) -> Google_Rpc_ErrorInfo {
        .with {
            $0.reason = rejection.reason
            $0.domain = "casework"
            $0.metadata = ["zh": rejection.zh, "en": rejection.en]
        }
    }

    private static func badRequest(_ violations: [Rejection.Violation]) -> Google_Rpc_BadRequest {
        .with {
            $0.fieldViolations = violations.map { violation in
                .with {
                    $0.field = violation.field
                    $0.reason = violation.code
                    $0.description_p = Bilingual(zh: violation.zh, en: violation.en).joined
                }
            }
        }
    }

    private static func detail(_ message: some Message) -> Detail {
        let type = type(of: message).protoMessageName
        // These proto3 messages always encode; without its bytes a detail would still name its type.
        let bytes: [UInt8]? = try? message.serializedBytes()
        return Detail(typeURL: "type.googleapis.com/\(type)", bytes: bytes ?? [])
    }
}

extension Rejection {
    /// The code of `google.rpc.Code` that says what a caller can do about it.
    var wireCode: Int32 {
        switch code {
        case .notFound: RPCStatus.Code.notFound
        case .permissionDenied, .fourEyes: RPCStatus.Code.permissionDenied
        case .staleVersion: RPCStatus.Code.aborted
        case .keyReused: RPCStatus.Code.alreadyExists
        case .invalidArgument, .typeUnknown, .payloadTooLarge, .keyTooOld, .keyInFuture: RPCStatus.Code.invalidArgument
        case .refused: violations.isEmpty ? RPCStatus.Code.failedPrecondition : RPCStatus.Code.invalidArgument
        case .eventNotAllowed, .fundShort, .claimHeld, .recordTooLarge, .limitExceeded:
            RPCStatus.Code.failedPrecondition
        case .handlerFailed: RPCStatus.Code.internal
        case .queueFull: RPCStatus.Code.resourceExhausted
        case .unavailable: RPCStatus.Code.unavailable
        case .damaged: RPCStatus.Code.dataLoss
        }
    }
}
