internal import Kernel
internal import PluginLibrary
internal import Synchronization
import Wire

/// A plugin on a thread of the server's own process, behind the same face as a child.
final class PluginThread: Sendable {
    private struct State {
        var waiting: [Backlog.Entry] = []
        var isClosed = false
        var hello: Result<[UInt8], LibraryError>?
        var answered: UInt64 = 0
        var faults: UInt64 = 0
        var lastFault = ""
    }

    private let path: String
    private let deliver: @Sendable (DecisionReply) -> Void
    private let bell = Bell()
    private let ready = Bell()
    private let state = Mutex(State())
    private let thread = Mutex<OwnThread?>(nil)

    /// - Parameter library: its descriptor stays open for ever, as the linker knows the library by it.
    init(_ library: SealedLibrary, deliver: @escaping @Sendable (DecisionReply) -> Void) {
        path = "/proc/self/fd/\(library.descriptor)"
        self.deliver = deliver
        thread.withLock { $0 = OwnThread("plugin") { [self] in run() } }
    }

    deinit {
        bell.discard()
        ready.discard()
    }

    /// An encoded `HostReply` with what the plugin says of itself; waits for it.
    func hello() throws(LibraryError) -> [UInt8] {
        while true {
            if let hello = state.withLock({ $0.hello }) { return try hello.get() }
            ready.wait()
        }
    }

    /// False when it is closed.
    func decide(_ request: DecisionRequest) -> Bool {
        let entry = Backlog.Entry(ticket: request.ticket, frame: request.frame)
        return state.withLock { state in
            guard !state.isClosed else { return false }
            state.waiting.append(entry)
            return true
        }
    }

    func flush() { bell.ring() }

    /// An answer of its was not believed.
    func note(fault: String) {
        state.withLock {
            $0.faults += 1
            $0.lastFault = fault
        }
    }

    private func run() {
        let servant: Servant
        do throws(LibraryError) {
            servant = try Servant(PluginTable(PluginTable.Library(path: path)))
        } catch {
            state.withLock { $0.hello = .failure(error) }
            ready.ring()
            return
        }
        state.withLock { $0.hello = .success(servant.hello()) }
        ready.ring()
        while true {
            bell.wait()
            let (entries, isClosed) = state.withLock { state in
                defer { state.waiting = [] }
                return (state.waiting, state.isClosed)
            }
            for entry in entries { answer(entry, servant) }
            if isClosed { return }
        }
    }

    private func answer(_ entry: Backlog.Entry, _ servant: Servant) {
        let bytes = servant.answer(entry.frame.dropFirst(Frame.headerSize))
        let result: Result<[UInt8], DecisionReply.Fault>
        switch (try? Reply(bytes[...]))?.answer {
        case .tape(let tape): result = .success(Array(tape))
        case .fault(let message): result = .failure(.illegal(message))
        case .hello, nil: result = .failure(.illegal("what it sent is not a reply"))
        }
        state.withLock { state in
            switch result {
            case .success: state.answered += 1
            case .failure(let fault):
                state.faults += 1
                state.lastFault = fault.sentence
            }
        }
        deliver(DecisionReply(ticket: entry.ticket, tape: result))
    }

    func fill(_ status: inout PluginStatus) {
        state.withLock { state in
            status.answered = state.answered
            status.faults = state.faults
            status.lastFault = state.lastFault
        }
    }

    /// Answers what has been asked, then ends the thread. The library stays loaded.
    func close() {
        state.withLock { $0.isClosed = true }
        bell.ring()
        thread.withLock { $0.take() }?.join()
    }
}
