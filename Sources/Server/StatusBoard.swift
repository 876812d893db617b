import Kernel
import Synchronization

/// What the kernel's thread last said of itself, readable from any thread without asking it.
final class StatusBoard: Sendable {
    struct Status: Sendable {
        var statistics = KernelStatistics()
        var lastPosition: Position = 0
        var isReadOnly = false
        /// Open incidents and cases, as last counted in the store.
        var incidents: UInt64 = 0
        var cases: UInt64 = 0
    }

    private let current = Mutex(Status())

    var status: Status { current.withLock { $0 } }

    func update(_ statistics: KernelStatistics, lastPosition: Position, isReadOnly: Bool) {
        current.withLock {
            $0.statistics = statistics
            $0.lastPosition = lastPosition
            $0.isReadOnly = isReadOnly
        }
    }

    func update(incidents: UInt64, cases: UInt64) {
        current.withLock {
            $0.incidents = incidents
            $0.cases = cases
        }
    }
}
