import Foundation
public import Kernel
import Synchronization

/// The time the server goes by. A virtual clock belongs to a development store: it begins at a chosen moment, runs as
/// fast as the real one and can be moved forward, so that a deadline of weeks passes in a trial of minutes.
public final class ServerClock: Sendable {
    /// Milliseconds to add to the real clock.
    private let offset: Atomic<Int64>
    public let isVirtual: Bool

    /// The real clock.
    public init() {
        offset = Atomic(0)
        isVirtual = false
    }

    /// - Parameter start: what the clock shows now.
    public init(virtualFrom start: Instant) {
        offset = Atomic(start.milliseconds - Self.real())
        isVirtual = true
    }

    public var now: Instant { Instant(milliseconds: Self.real() + offset.load(ordering: .relaxed)) }

    /// Moves a virtual clock forward; never back.
    func advance(to instant: Instant) {
        precondition(isVirtual, "only a virtual clock is moved")
        let wanted = instant.milliseconds - Self.real()
        while true {
            let old = offset.load(ordering: .relaxed)
            let (done, _) = offset.compareExchange(expected: old, desired: max(old, wanted), ordering: .relaxed)
            if done { return }
        }
    }

    private static func real() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
