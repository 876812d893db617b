import NIOCore
import Synchronization

/// Told to a client's connection, on its loop, when requests wait to be written.
struct RequestsWaiting: Sendable {}

/// The calls of one client that wait for answers, and the requests not written yet.
///
/// Calls may come from any thread; the connection is woken once for all that came since it last looked.
final class PendingCalls: Sendable {
    typealias Completion = @Sendable (Result<ByteBuffer, RPCStatus>) -> Void

    private struct Pending {
        var completion: Completion
        var deadline: NIODeadline
    }

    private struct State {
        var nextStream: UInt32 = 1
        var pending: [UInt32: Pending] = [:]
        var requests = ByteBuffer()
        /// No call's time ends before this.
        var earliestDeadline = NIODeadline.distantFuture
        var isAwake = false
        /// Why no more calls can be made.
        var end: RPCStatus?
    }

    private let channel: any Channel
    private let state = Mutex(State())

    init(channel: any Channel) {
        self.channel = channel
    }

    /// A stream id for a call, or why there can be none.
    func reserve() throws(RPCStatus) -> UInt32 {
        try state.withLock { (state) throws(RPCStatus) in
            if let end = state.end { throw end }
            guard state.nextStream < UInt32.max - 1 else { throw .connectionUsedUp }
            defer { state.nextStream += 2 }
            return state.nextStream
        }
    }

    func send(
        _ stream: UInt32, service: String, method: String, payload: ByteBuffer, timeout: TimeAmount?,
        completion: @escaping Completion
    ) {
        let nanoseconds = timeout.map { max(1, $0.nanoseconds) } ?? 0
        let length = ByteBuffer.requestLength(
            service: service, method: method, payload: payload.readableBytes, timeoutNano: nanoseconds)
        if length > FrameHeader.maximumLength { return completion(.failure(.requestTooLong(length))) }
        let deadline = nanoseconds == 0 ? .distantFuture : NIODeadline.now() + .nanoseconds(nanoseconds)
        let (end, mustWake) = state.withLock { state -> (RPCStatus?, Bool) in
            if let end = state.end { return (end, false) }
            state.pending[stream] = Pending(completion: completion, deadline: deadline)
            state.earliestDeadline = min(state.earliestDeadline, deadline)
            state.requests.writeRequest(
                stream: stream, length: length, service: service, method: method, payload: payload,
                timeoutNano: nanoseconds)
            defer { state.isAwake = true }
            return (nil, !state.isAwake)
        }
        if let end { completion(.failure(end)) }
        if mustWake { wake() }
    }

    private func wake() {
        channel.eventLoop.execute { [channel] in
            channel.pipeline.fireUserInboundEventTriggered(RequestsWaiting())
        }
    }

    /// Ends one call; nothing happens when it has ended already.
    func complete(_ stream: UInt32, _ result: Result<ByteBuffer, RPCStatus>) {
        let pending = state.withLock { $0.pending.removeValue(forKey: stream) }
        pending?.completion(result)
    }

    /// Ends every call, now and later.
    func end(_ status: RPCStatus) {
        let pending = state.withLock { state in
            if state.end == nil { state.end = status }
            defer { state.pending = [:] }
            return state.pending
        }
        for call in pending.values { call.completion(.failure(status)) }
    }

    /// Ends the calls whose time is over. On the loop only.
    func expire(now: NIODeadline) {
        let expired = state.withLock { state in
            let expired = state.pending.filter { $0.value.deadline <= now }
            for stream in expired.keys { state.pending[stream] = nil }
            state.earliestDeadline = state.pending.values.lazy.map(\.deadline).min() ?? .distantFuture
            return expired
        }
        for call in expired.values { call.completion(.failure(.deadlineExceeded)) }
    }

    /// Until `sleep`, requests gather without waking the connection. On the loop only.
    func stayAwake() {
        state.withLock { $0.isAwake = true }
    }

    /// Hands out what has gathered, and when the first call's time may end; from here on the next request wakes the
    /// connection.
    func sleep() -> (requests: ByteBuffer, earliestDeadline: NIODeadline) {
        state.withLock { state in
            state.isAwake = false
            let requests = state.requests
            state.requests = ByteBuffer()
            return (requests, state.earliestDeadline)
        }
    }
}

extension RPCStatus {
    fileprivate static let connectionUsedUp = RPCStatus(
        code: Code.unavailable, message: "the connection has used up its call numbers: connect again")

    fileprivate static func requestTooLong(_ length: Int) -> RPCStatus {
        RPCStatus(
            code: Code.resourceExhausted,
            message: "the request has \(length) bytes, more than \(FrameHeader.maximumLength): split it")
    }
}
