import Logging
import NIOCore
import RPC
import Synchronization

/// What connections came to that never became, or no longer are, a client's: told in the log, and, where the reason is
/// this server's own, counted for `Health`.
final class ConnectionLog: Sendable {
    /// Connections that were accepted and closed unserved.
    struct Unserved: Sendable {
        var count: UInt64 = 0
        /// Of the latest.
        var reason = ""
        var message = ""
        var time = NIODeadline.uptimeNanoseconds(0)
    }

    private let logger: Logger
    private let throttle = LogThrottle()
    private let counted = Mutex(Unserved())

    init(logger: Logger) { self.logger = logger }

    var unserved: Unserved { counted.withLock { $0 } }

    /// Called on event loops.
    func note(_ event: RPCServerEvent) {
        if event.side == .server { count(event) }
        guard let earlier = throttle.admit(event.reason) else { return }
        let level = event.side == .server ? Logger.Level.error : .notice
        if earlier > 0 { tell(level, event.reason, earlier) }
        logger.log(
            level: level, "\(event.message)",
            metadata: [
                "reason": "\(event.reason)", "address": "\(event.address)", "agency": "\(event.agency ?? "")",
            ])
    }

    /// At the end: what was only counted is told.
    func close() {
        for (reason, count) in throttle.drain() { tell(.notice, reason, count) }
    }

    private func tell(_ level: Logger.Level, _ reason: String, _ count: Int) {
        logger.log(level: level, "\(reason): \(count) more since it was last told")
    }

    private func count(_ event: RPCServerEvent) {
        counted.withLock {
            $0 = Unserved(count: $0.count + 1, reason: event.reason, message: event.message, time: .now())
        }
    }
}
