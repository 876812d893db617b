import Logging
import RPC

/// What callers were refused because they have no right to it.
final class DenialLog: Sendable {
    private let logger: Logger
    private let throttle = LogThrottle()

    init(logger: Logger) { self.logger = logger }

    func note(_ peer: PeerIdentity, _ why: String) {
        guard let earlier = throttle.admit("denied") else { return }
        if earlier > 0 { tell(earlier) }
        logger.notice("denied", metadata: ["agency": "\(peer.agency)", "officer": "\(peer.officer)", "why": "\(why)"])
    }

    /// At the end: what was only counted is told.
    func close() {
        for (_, count) in throttle.drain() { tell(count) }
    }

    private func tell(_ count: Int) { logger.notice("denied \(count) more calls since it was last told") }
}
