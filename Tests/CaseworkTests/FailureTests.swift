import CaseworkClient
import Schema
import Testing

@testable import casework

@Suite("What a command ends with")
struct FailureTests {
    struct Answer: Sendable, CustomTestStringConvertible {
        var code: CaseworkError.Code
        var reason: String
        var exit: Failure.Code
        var endsTheWalk = true
        /// Whether the same key settles it.
        var isUnsettled = true
        var testDescription: String { "\(code) \(reason)" }
    }

    static let answers = [
        Answer(code: .unavailable, reason: "", exit: .unreachable),
        Answer(code: .cancelled, reason: "", exit: .unreachable),
        Answer(code: .unavailable, reason: "HANDSHAKE_TIMED_OUT", exit: .unreachable),
        Answer(code: .unavailable, reason: "HANDSHAKE_ABANDONED", exit: .unreachable),
        Answer(code: .deadlineExceeded, reason: "DEADLINE_EXCEEDED", exit: .unreachable),
        // These a server has said.
        Answer(code: .unavailable, reason: "PLUGIN_NOT_STARTED", exit: .refused),
        Answer(code: .unavailable, reason: "PLUGIN_MISSING", exit: .refused),
        Answer(code: .unavailable, reason: "STORE_UNREADABLE", exit: .refused),
        Answer(code: .unavailable, reason: "UNAVAILABLE", exit: .refused),
        Answer(code: .unavailable, reason: "STOPPING", exit: .refused),
        Answer(code: .resourceExhausted, reason: "QUEUE_FULL", exit: .refused),
        Answer(code: .internal, reason: "TAPE_NOT_OF_CHART", exit: .refused, endsTheWalk: false),
        Answer(code: .permissionDenied, reason: "METHOD_NOT_GRANTED", exit: .refused, isUnsettled: false),
        Answer(code: .dataLoss, reason: "DAMAGED", exit: .refused, endsTheWalk: false, isUnsettled: false),
        Answer(
            code: .failedPrecondition, reason: "CLAIM_HELD", exit: .refused, endsTheWalk: false, isUnsettled: false),
    ]

    @Test(
        "only silence is a server that is not reachable; an answer keeps its reason and its sentence",
        arguments: answers)
    func exitCode(_ answer: Answer) {
        let message = Bilingual(zh: "存储空间已满。", en: "The store is full.")
        let failure = Failure(CaseworkError(code: answer.code, reason: answer.reason, message: message))
        #expect(failure.code == answer.exit)
        #expect(failure.isAnAnswer == !answer.endsTheWalk)
        #expect(failure.isUnsettled == answer.isUnsettled)
        let isRefused = answer.exit == .refused
        #expect(failure.reason == (isRefused ? answer.reason : ""))
        let said = isRefused ? "casework: The store is full. [\(answer.reason)]" : "casework: The store is full."
        #expect(failure.text(in: .en) == said)
        #expect(failure.text(in: .zh).contains("无法连接服务") == !isRefused)
    }
}
