import Foundation
import Synchronization

/// What threads leave for the kernel's thread: many write, one takes everything at once and sleeps when there is
/// nothing.
final class Mailbox<Letter: Sendable>: Sendable {
    private struct State {
        var letters: [Letter] = []
        var isAsleep = false
    }

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    func post(_ letter: Letter) {
        let wasAsleep = state.withLock { state in
            state.letters.append(letter)
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        if wasAsleep { bell.signal() }
    }

    /// Everything posted since the last time; waits for something until `milliseconds` have passed (nil: for ever).
    func take(waitingAtMost milliseconds: Int64?) -> [Letter] {
        if let letters = takeOrSleep() { return letters }
        if let milliseconds {
            if bell.wait(timeout: .now() + .milliseconds(Int(clamping: milliseconds))) == .timedOut { wakeUp() }
        } else {
            bell.wait()
        }
        return state.withLock { state in
            defer { state.letters = [] }
            return state.letters
        }
    }

    private func takeOrSleep() -> [Letter]? {
        state.withLock { state in
            guard !state.letters.isEmpty else {
                state.isAsleep = true
                return nil
            }
            defer { state.letters = [] }
            return state.letters
        }
    }

    /// A letter may have come between the end of the wait and this: its signal must not wake a later sleep for nothing.
    private func wakeUp() {
        let wasRung = state.withLock { state in
            defer { state.isAsleep = false }
            return !state.isAsleep
        }
        if wasRung { bell.wait() }
    }
}
