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
            box.withLock { $0 = work() }
            done.signal()
        }
        thread.stackSize = bytes
        thread.start()
        done.wait()
        // Taken out, so that nothing of it lives on with a thread that has not quite ended.
        let result = box.withLock { box in
            defer { box = nil }
            return box
        }
        guard let result else { preconditionFailure("the thread signals once it has a result") }
        return result
    }
}
