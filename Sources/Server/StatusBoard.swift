import Kernel
import Synchronization

/// What the kernel's thread last said of itself, readable from any thread without asking it.
final class StatusBoard: Sendable {
    /// As `HealthResponse.status` names it.
    enum Condition: String {
        case serving
        case full = "read-only"
        case down
    }

    struct Status: Sendable {
        var statistics = KernelStatistics()
        var lastPosition: Position = 0
        var condition = Condition.serving
    }

    private let current = Mutex(Status())

    var status: Status { current.withLock { $0 } }

    func update(_ statistics: KernelStatistics, lastPosition: Position, condition: Condition) {
        current.withLock {
            $0.statistics = statistics
            $0.lastPosition = lastPosition
            $0.condition = condition
        }
    }
}
