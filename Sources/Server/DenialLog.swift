import Logging
import NIOCore
import RPC
import Synchronization

/// Keeps a client that is refused a thousand times a second from filling the log: the first denial of a minute is
/// written in full, the others are counted.
final class DenialLog: Sendable {
    private struct State {
        var minuteEnds = NIODeadline.uptimeNanoseconds(0)
        var count = 0
    }

    private let logger: Logger
    private let state = Mutex(State())

    init(logger: Logger) { self.logger = logger }

    func note(_ peer: PeerIdentity, _ why: String) {
        let now = NIODeadline.now()
        let earlier: Int? = state.withLock { state in
            guard now >= state.minuteEnds else {
                state.count += 1
                return nil
            }
            defer { state = State(minuteEnds: now + .minutes(1)) }
            return state.count
        }
        guard let earlier else { return }
        if earlier > 0 { logger.notice("denied \(earlier) more calls in the last minute") }
        logger.notice("denied", metadata: ["agency": "\(peer.agency)", "officer": "\(peer.officer)", "why": "\(why)"])
    }
}
