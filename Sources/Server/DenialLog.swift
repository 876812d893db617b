import Logging
import RPC

/// What callers were refused because they have no right to it.
final class DenialLog: Sendable {
    private let logger: Logger
    private let throttle = LogThrottle()

    init(logger: Logger) { self.logger = logger }

    func note(_ peer: PeerIdentity, _ why: String) {
        guard let earlier = throttle.admit("denied") else { return }
        if earlier > 0 { logger.notice("denied \(earlier) more calls in the last minute") }
        logger.notice("denied", metadata: ["agency": "\(peer.agency)", "officer": "\(peer.officer)", "why": "\(why)"])
    }
}
