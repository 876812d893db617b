import NIOCore
import Synchronization

/// Told to a connection, on its loop, when replies wait to be written.
struct RepliesWaiting: Sendable {}

/// The calls of one connection that are not answered yet, and the replies not written yet.
///
/// Answers may come from any thread. They are gathered here, and the connection is woken once for all that came since
/// it last looked.
final class RunningCalls: Sendable {
    enum Admission {
        case admitted(sequence: UInt64)
        case streamInUse
        case exhausted(String)
    }

    fileprivate struct Running {
        var sequence: UInt64
        var deadline: NIODeadline
    }

    fileprivate struct State {
        var running: [UInt32: Running] = [:]
        var nextSequence: UInt64 = 0
        /// Calls and request bytes that handlers still hold, those past their deadline included.
        var unanswered = 0
        var unansweredBytes = 0
        var replies = ByteBuffer()
        /// Whether the connection will look for replies without being woken.
        var isAwake = false
        var isClosed = false
    }

    /// Replies up to this size are never refused, so that what a command did is always told.
    fileprivate static let alwaysSent = 64 << 10

    let peer: PeerIdentity
    private let share: AgencyShare
    private let limits: RPCLimits
    private let channel: any Channel
    private let state = Mutex(State())

    init(peer: PeerIdentity, share: AgencyShare, limits: RPCLimits, channel: any Channel) {
        self.peer = peer
        self.share = share
        self.limits = limits
        self.channel = channel
    }

    /// Takes a call in; from then on its stream id is in use until an answer is written for it.
    func admit(stream: UInt32, size: Int, deadline: NIODeadline?) -> Admission {
        let admission = state.withLock { state -> Admission in
            if state.running[stream] != nil { return .streamInUse }
            if state.unanswered >= limits.callsPerConnection {
                return .exhausted("\(state.unanswered) calls of this connection are under way")
            }
            if state.unansweredBytes + size > limits.bytesPerConnection {
                return .exhausted("\(state.unansweredBytes) bytes of requests of this connection are under way")
            }
            guard share.admit(size, limits: limits) else {
                return .exhausted("too many calls of \(peer.agency) are under way")
            }
            return state.begin(stream: stream, size: size, deadline: deadline)
        }
        return admission
    }

    func answer(_ call: RPCCall, with result: Result<ByteBuffer, RPCStatus>) {
        let size = call.payload.readableBytes
        let mustWake = state.withLock { state in
            state.unanswered -= 1
            state.unansweredBytes -= size
            guard !state.isClosed, state.end(stream: call.stream, sequence: call.sequence) else { return false }
            state.write(result, stream: call.stream, limits: limits)
            return state.wake()
        }
        share.release(size)
        if mustWake { wake() }
    }

    private func wake() {
        channel.eventLoop.execute { [channel] in
            channel.pipeline.fireUserInboundEventTriggered(RepliesWaiting())
        }
    }

    /// Answers a frame that did not become a call. On the loop only.
    func refuse(stream: UInt32, _ status: RPCStatus) {
        state.withLock { state in
            state.replies.writeResponse(stream: stream, status: status)
        }
    }

    /// Answers the calls whose time is over. On the loop only.
    ///
    /// - Returns: when the next call's time ends.
    func expire(now: NIODeadline) -> NIODeadline {
        state.withLock { state in
            var next = NIODeadline.distantFuture
            for (stream, running) in state.running {
                if running.deadline > now {
                    next = min(next, running.deadline)
                } else {
                    state.running[stream] = nil
                    state.replies.writeResponse(stream: stream, status: .deadlineExceeded)
                }
            }
            return next
        }
    }

    /// Until `sleep`, answers gather without waking the connection. On the loop only.
    func stayAwake() {
        state.withLock { $0.isAwake = true }
    }

    /// Hands out what has gathered, if `isWritable`; from here on the next answer wakes the connection.
    func sleep(isWritable: Bool) -> ByteBuffer {
        state.withLock { state in
            state.isAwake = false
            guard isWritable, state.replies.readableBytes > 0 else { return ByteBuffer() }
            let replies = state.replies
            state.replies = ByteBuffer()
            return replies
        }
    }

    var unwrittenBytes: Int { state.withLock { $0.replies.readableBytes } }

    /// Whether every call is answered and every answer handed out.
    var isQuiet: Bool { state.withLock { $0.running.isEmpty && $0.replies.readableBytes == 0 } }

    /// The connection is gone: answers go nowhere from now on.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.running = [:]
            state.replies = ByteBuffer()
        }
    }
}

extension RunningCalls.State {
    fileprivate mutating func begin(stream: UInt32, size: Int, deadline: NIODeadline?) -> RunningCalls.Admission {
        nextSequence += 1
        unanswered += 1
        unansweredBytes += size
        running[stream] = RunningCalls.Running(sequence: nextSequence, deadline: deadline ?? .distantFuture)
        return .admitted(sequence: nextSequence)
    }

    /// False when the call has been answered for it already.
    fileprivate mutating func end(stream: UInt32, sequence: UInt64) -> Bool {
        guard let index = running.index(forKey: stream), running.values[index].sequence == sequence else {
            return false
        }
        running.remove(at: index)
        return true
    }

    fileprivate mutating func write(_ result: Result<ByteBuffer, RPCStatus>, stream: UInt32, limits: RPCLimits) {
        switch result {
        case .failure(let status):
            replies.writeResponse(stream: stream, status: status)
        case .success(let payload):
            let length = ByteBuffer.responseLength(payload: payload.readableBytes)
            if length > FrameHeader.maximumLength {
                replies.writeResponse(stream: stream, status: .responseTooLong(length))
            } else if length > RunningCalls.alwaysSent, replies.readableBytes > limits.unreadReplyBytes {
                replies.writeResponse(stream: stream, status: .unread(replies.readableBytes, limits))
            } else {
                replies.writeResponse(stream: stream, payload: payload)
            }
        }
    }

    /// Whether the connection must be woken.
    fileprivate mutating func wake() -> Bool {
        defer { isAwake = true }
        return !isAwake
    }
}

extension RPCStatus {
    static let deadlineExceeded = RPCStatus(
        code: Code.deadlineExceeded, reason: "DEADLINE_EXCEEDED",
        message: "the time given for the call is over; a command may still be carried out: look it up by its key, or "
            + "repeat it with the same key")

    fileprivate static func responseTooLong(_ length: Int) -> RPCStatus {
        RPCStatus(
            code: Code.resourceExhausted, reason: "ANSWER_TOO_LONG",
            message:
                "the answer would be \(length) bytes, more than a message may have (\(FrameHeader.maximumLength)): "
                + "ask for a smaller page")
    }

    fileprivate static func unread(_ bytes: Int, _ limits: RPCLimits) -> RPCStatus {
        .exhausted(
            "\(bytes) bytes of answers wait unread on this connection: read them, then ask again",
            reason: "ANSWERS_UNREAD",
            retryAfterMilliseconds: limits.retryAfterMilliseconds)
    }
}
