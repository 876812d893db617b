public import NIOCore
import Synchronization

/// A method that a server offers.
public struct RPCMethod: Sendable {
    /// With its package, as in `casework.v1.Cases`.
    public var service: String
    public var name: String
    /// Runs on the connection's event loop: it must not block, and answers there or later from any thread.
    public var handler: @Sendable (RPCCall) -> Void

    public init(service: String, name: String, handler: @escaping @Sendable (RPCCall) -> Void) {
        self.service = service
        self.name = name
        self.handler = handler
    }
}

/// One request and the duty to answer it, once, from any thread.
///
/// A second answer is ignored. A call that is dropped without one is answered for it: with `DEADLINE_EXCEEDED` when its
/// time is over, so that a handler may let it go, else with `INTERNAL`. When the deadline passes
/// or the client goes away first, the answer goes nowhere, but the work counts against the limits until it comes.
public final class RPCCall: Sendable {
    /// The bytes of the request message.
    public let payload: ByteBuffer
    /// When the client stops waiting; nil when it set no time.
    public let deadline: NIODeadline?

    let stream: UInt32
    /// Tells this call from an earlier one with the same stream id.
    let sequence: UInt64
    private let calls: RunningCalls
    private let isAnswered = Atomic(false)

    init(stream: UInt32, sequence: UInt64, payload: ByteBuffer, deadline: NIODeadline?, calls: RunningCalls) {
        self.stream = stream
        self.sequence = sequence
        self.payload = payload
        self.deadline = deadline
        self.calls = calls
    }

    deinit {
        let isLate = deadline.map { $0 <= .now() } ?? false
        fail(isLate ? .deadlineExceeded : .noAnswer)
    }

    /// Who asks.
    public var peer: PeerIdentity { calls.peer }

    /// Answers with the bytes of the response message, at most 4 MiB with their envelope; longer ones become
    /// `RESOURCE_EXHAUSTED`.
    public func succeed(_ payload: ByteBuffer) {
        if takeTurn() { calls.answer(self, with: .success(payload)) }
    }

    public func fail(_ status: RPCStatus) {
        if takeTurn() { calls.answer(self, with: .failure(status)) }
    }

    private func takeTurn() -> Bool {
        !isAnswered.exchange(true, ordering: .relaxed)
    }
}

extension RPCStatus {
    fileprivate static let noAnswer = RPCStatus(
        code: Code.internal, reason: "NO_ANSWER", message: "the server gave no answer: tell its operator")
}
