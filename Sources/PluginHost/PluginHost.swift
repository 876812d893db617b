public import Kernel
internal import PluginLibrary
internal import Synchronization
import Wire

/// Keeps plugins and asks them: the kernel's `Decider`.
///
/// A library is copied into sealed memory, its digest taken from that copy, and the copy is what runs: by default in a
/// child that is shut in before any of the plugin's code runs, started on first use, ended past the deadline or the
/// memory limit, and started again by the next request. Safe to use from any thread; requests of one plugin are asked
/// in the order given.
public final class PluginHost: Decider, Sendable {
    public struct Options: Sendable {
        /// Path of `casework-plugin-host`; not needed in process.
        public var hostExecutable: String
        public var isolation: Isolation
        /// Longest time a child may be silent while it owes an answer.
        public var deadline: Duration
        /// Address space of a child, in bytes.
        public var memory: UInt64
        /// Processor time of a child's whole life; it is replaced when it has used it up.
        public var cpuSeconds: UInt64
        /// Whether what children write to standard error goes to the log line by line, or is only counted: a trap's
        /// message may hold personal data.
        public var showsOutput: Bool
        /// What children write to standard error, and how they ended. First the plugin's name.
        public var log: @Sendable (String, String) -> Void

        public init(
            hostExecutable: String, isolation: Isolation = .child, deadline: Duration = .seconds(2),
            memory: UInt64 = 512 << 20, cpuSeconds: UInt64 = 24 * 3600, showsOutput: Bool = false,
            log: @escaping @Sendable (String, String) -> Void = { _, _ in }
        ) {
            self.hostExecutable = hostExecutable
            self.isolation = isolation
            self.deadline = deadline
            self.memory = memory
            self.cpuSeconds = cpuSeconds
            self.showsOutput = showsOutput
            self.log = log
        }
    }

    fileprivate enum Seat {
        case child(PluginChild)
        case thread(PluginThread)
    }

    private struct Installed {
        var description: PluginDescription
        var seat: Seat
    }

    private struct State {
        var plugins: [Digest: Installed] = [:]
        /// Asked since the last flush.
        var asked: Set<Digest> = []
        /// Tickets nobody is there to answer.
        var orphans: [UInt64] = []
    }

    private let options: Options
    private let deliver: @Sendable (DecisionReply) -> Void
    private let state = Mutex(State())

    /// - Parameter deliver: called for each ticket once, on a thread of the host; it posts and returns.
    public init(options: Options, deliver: @escaping @Sendable (DecisionReply) -> Void) {
        self.options = options
        self.deliver = deliver
    }

    // MARK: - Installing

    /// Verifies a library, asks it what it is, and keeps it ready. The same library again changes nothing.
    ///
    /// - Parameter expected: the digest it must have. Without one, a file named `<digest>.so` must have that.
    public func install(
        library path: String, expecting expected: Digest? = nil
    ) throws(PluginError) -> PluginDescription {
        let library = try SealedLibrary(path: path, expected: expected)
        if let installed = state.withLock({ $0.plugins[library.digest] }) {
            library.discard()
            return installed.description
        }
        let installed: Installed
        do {
            installed = try options.isolation == .child ? startChild(library) : startThread(library)
        } catch {
            if options.isolation == .child { library.discard() }
            throw PluginError(error.code, "plugin \(path) cannot be used: \(error.message)")
        }
        state.withLock { $0.plugins[library.digest] = installed }
        return installed.description
    }

    /// A first child only says what the plugin is; the next is started when there is something to decide.
    private func startChild(_ library: SealedLibrary) throws(PluginError) -> Installed {
        let orders = ChildProcess.Orders(
            executable: options.hostExecutable, memory: options.memory, cpuSeconds: options.cpuSeconds,
            startDeadline: max(options.deadline, .seconds(10)).nanoseconds)
        let (child, hello) = try ChildProcess.start(library, orders)
        _ = child.end()
        let description = try describe(library, hello)
        let (name, log) = (description.name, options.log)
        let seat = PluginChild(
            library, orders, deadline: options.deadline.nanoseconds, name: name, showsOutput: options.showsOutput,
            events: PluginChild.Events(deliver: deliver, log: { log(name, $0) }))
        return Installed(description: description, seat: .child(seat))
    }

    private func startThread(_ library: SealedLibrary) throws(PluginError) -> Installed {
        let seat = PluginThread(library, deliver: deliver)
        do {
            guard case .hello(let hello) = try Reply(seat.hello()[...]).answer else {
                throw LibraryError("its first message is no greeting")
            }
            return Installed(description: try describe(library, hello), seat: .thread(seat))
        } catch let error as PluginError {
            throw error
        } catch {
            throw PluginError(.notAPlugin, (error as? LibraryError)?.message ?? "\(error)")
        }
    }

    private func describe(
        _ library: SealedLibrary, _ hello: ArraySlice<UInt8>
    ) throws(PluginError) -> PluginDescription {
        do {
            return try PluginDescription(digest: library.digest, hello: hello)
        } catch {
            throw PluginError(.notAPlugin, "what it says of itself cannot be read: \(error.message)")
        }
    }

    // MARK: - Deciding

    public func decide(_ request: DecisionRequest) {
        state.withLock { state in
            guard let installed = state.plugins[request.plugin], installed.seat.decide(request) else {
                state.orphans.append(request.ticket)
                return
            }
            state.asked.insert(request.plugin)
        }
    }

    public func renew(_ plugin: Digest, because reason: String) {
        state.withLock { $0.plugins[plugin] }?.seat.renew(because: reason)
    }

    /// Sends what was asked since the last time. A request for a plugin that is not installed, or after `close`, is
    /// answered here, before this returns.
    public func flush() {
        let (seats, orphans) = state.withLock { state in
            defer {
                state.asked.removeAll(keepingCapacity: true)
                state.orphans = []
            }
            return (state.asked.compactMap { state.plugins[$0]?.seat }, state.orphans)
        }
        for seat in seats { seat.flush() }
        for ticket in orphans {
            let fault = DecisionReply.Fault.notStarted("its plugin is not installed, or closed")
            deliver(DecisionReply(ticket: ticket, tape: .failure(fault)))
        }
    }

    // MARK: - Seen and ended from outside

    /// Sorted by name and version.
    public var statuses: [PluginStatus] {
        let plugins = state.withLock { Array($0.plugins.values) }
        return plugins.map(status).sorted { ($0.name, $0.version) < ($1.name, $1.version) }
    }

    private func status(of installed: Installed) -> PluginStatus {
        let description = installed.description
        var status = PluginStatus(
            digest: description.digest, name: description.name, version: description.version,
            isolation: options.isolation, process: 0, restarts: 0, answered: 0, faults: 0, lastFault: "")
        switch installed.seat {
        case .child(let child): child.fill(&status)
        case .thread(let thread): thread.fill(&status)
        }
        return status
    }

    /// Answers everything unanswered, ends every child and waits for it.
    public func close() {
        let plugins = state.withLock { Array($0.plugins.values) }
        for installed in plugins { installed.seat.close() }
    }
}

extension PluginHost.Seat {
    fileprivate func decide(_ request: DecisionRequest) -> Bool {
        switch self {
        case .child(let child): child.decide(request)
        case .thread(let thread): thread.decide(request)
        }
    }

    /// A plugin on a thread of the server goes on: it cannot be ended alone.
    fileprivate func renew(because reason: String) {
        switch self {
        case .child(let child): child.renew(because: reason)
        case .thread(let thread): thread.note(fault: reason)
        }
    }

    fileprivate func flush() {
        switch self {
        case .child(let child): child.flush()
        case .thread(let thread): thread.flush()
        }
    }

    fileprivate func close() {
        switch self {
        case .child(let child): child.close()
        case .thread(let thread): thread.close()
        }
    }
}
