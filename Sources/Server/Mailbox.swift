import Foundation
import Synchronization

/// What threads leave for the kernel's thread: many write, one takes everything at once and sleeps when there is
/// nothing. Urgent letters come before the others.
final class Mailbox<Letter: Sendable>: Sendable {
    private struct State {
        var letters: [Letter] = []
        var urgent: [Letter] = []
        var isAsleep = false

        var isEmpty: Bool { letters.isEmpty && urgent.isEmpty }
    }

    private let state = Mutex(State())
    /// Whether there is something urgent, for a look without the lock.
    private let isPressing = Atomic(false)
    private let bell = DispatchSemaphore(value: 0)

    func post(_ letter: Letter, urgently: Bool = false) {
        let wasAsleep = state.withLock { state in
            if urgently { state.urgent.append(letter) } else { state.letters.append(letter) }
            if urgently { isPressing.store(true, ordering: .relaxed) }
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        if wasAsleep { bell.signal() }
    }

    /// What is urgent and came since the last time, for one who is busy with other letters.
    func takeUrgent() -> [Letter] {
        guard isPressing.load(ordering: .relaxed) else { return [] }
        return state.withLock { state in
            isPressing.store(false, ordering: .relaxed)
            defer { state.urgent = [] }
            return state.urgent
        }
    }

    /// Everything posted since the last time; waits for something until `milliseconds` have passed (nil: for ever).
    func take(waitingAtMost milliseconds: Int64?) -> [Letter] {
        if let letters = takeOrSleep() { return letters }
        if let milliseconds {
            if bell.wait(timeout: .now() + .milliseconds(Int(clamping: milliseconds))) == .timedOut { wakeUp() }
        } else {
            bell.wait()
        }
        return state.withLock { empty(&$0) }
    }

    private func takeOrSleep() -> [Letter]? {
        state.withLock { state in
            guard !state.isEmpty else {
                state.isAsleep = true
                return nil
            }
            return empty(&state)
        }
    }

    private func empty(_ state: inout State) -> [Letter] {
        isPressing.store(false, ordering: .relaxed)
        defer { (state.letters, state.urgent) = ([], []) }
        return state.urgent.isEmpty ? state.letters : state.urgent + state.letters
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
