import CaseworkClient
import Schema

extension Failure {
    /// What a call's error means to whoever asked: no answer, or an answer that says no.
    init(_ error: CaseworkError) {
        if Failure.isSilence(error) {
            self = .unreachable("无法连接服务：\(error.message.zh)", error.message.en)
            isUnsettled = true
            return
        }
        self.init(
            code: .refused, phrase: Phrase(error.message.zh, error.message.en),
            details: error.violations.map(Failure.detail),
            reason: error.reason.isEmpty ? "\(error.code)" : error.reason, violations: error.violations.map(\.code))
        isUnsettled = [.unavailable, .resourceExhausted, .internal, .unknown].contains(error.code)
        endsTheWalk = [.permissionDenied, .unauthenticated, .unavailable, .resourceExhausted].contains(error.code)
    }

    private static func detail(_ violation: CaseworkError.Violation) -> Phrase {
        let field = violation.field.isEmpty ? "" : violation.field + ": "
        return Phrase(
            "\(field)\(violation.message.zh) [\(violation.code)]", "\(field)\(violation.message.en) [\(violation.code)]"
        )
    }

    /// No server has spoken: it is away, or the connection was lost before the answer. A server that cannot do it now
    /// gives its reason.
    private static func isSilence(_ error: CaseworkError) -> Bool {
        switch error.code {
        case .cancelled, .deadlineExceeded: true
        case .unavailable: error.reason.isEmpty || reasonsOfThisSide.contains(error.reason)
        default: false
        }
    }

    /// Of a handshake that no server has finished.
    private static let reasonsOfThisSide: Set = ["HANDSHAKE_TIMED_OUT", "HANDSHAKE_ABANDONED"]

    /// True when the server looked at the command and refused it; false when the walk cannot go on: no server, one that
    /// cannot do it now, or an officer without the right.
    var isAnAnswer: Bool { code == .refused && !endsTheWalk }

    /// The codes of wrong fields, sorted and joined by `+`; else the refusal's own code.
    var codes: String { violations.isEmpty ? reason : Set(violations).sorted().joined(separator: "+") }
}
