import Kernel
import Synchronization

/// What the kernel's thread last said of itself, readable from any thread without asking it.
final class StatusBoard: Sendable {
    struct Status: Sendable {
        var statistics = KernelStatistics()
        var lastPosition: Position = 0
        var isReadOnly = false
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
}
