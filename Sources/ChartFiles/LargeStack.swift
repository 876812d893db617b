import Dispatch
import Foundation
import Synchronization

/// Room for recursion that goes as deep as a text says, where the text's depth cannot be known before.
enum LargeStack {
    /// libyaml stops at 1,000 levels, each of which may be two nodes; a level takes less than 8 KiB even unoptimised.
    private static let bytes = 64 << 20

    /// Waits for the work on a thread of its own; only pages that are used cost memory.
    static func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) -> Result {
        let box = Mutex<Result?>(nil)
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            let result = work()
            box.withLock { $0 = result }
            done.signal()
        }
        thread.stackSize = bytes
        thread.start()
        done.wait()
        guard let result = box.withLock({ $0 }) else { preconditionFailure("the thread signals once it has a result") }
        return result
    }
}
