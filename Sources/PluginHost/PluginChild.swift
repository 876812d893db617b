internal import Glibc
internal import Kernel
internal import PluginLibrary
internal import Synchronization
import Wire

/// A plugin in a child of its own: started when first asked, asked in order, started again when it has ended.
///
/// Whoever asks writes to the socket; this object's thread starts the child, reads its answers, watches the deadline
/// and buries it. Every ticket taken is answered exactly once.
final class PluginChild: Sendable {
    struct Events: Sendable {
        var deliver: @Sendable (DecisionReply) -> Void
        var log: @Sendable (String) -> Void
    }

    private enum Phase: Equatable {
        case idle
        /// There is something to ask, and no child yet.
        case wanted
        case running(socket: Int32)
        /// It has ended or is about to; its socket must not be written to any more, for the number may be another's.
        case burying
        case closed
    }

    private struct State {
        var phase = Phase.idle
        var backlog = Backlog()
        /// Bytes the socket has not taken yet.
        var outgoing: ArraySlice<UInt8> = []
        var isAlarmSet = false
        /// When the child last answered, or was first asked after having answered everything.
        var progress: Int64 = 0
        var process: Int32 = 0
        var starts: UInt64 = 0
        var answered: UInt64 = 0
        var faults: UInt64 = 0
        var lastFault = ""
        /// Why the running child is to be replaced.
        var doubt: String?

        mutating func note(fault: String) {
            faults += 1
            lastFault = fault
        }
    }

    private let library: SealedLibrary
    private let orders: ChildProcess.Orders
    private let deadline: Int64
    private let showsOutput: Bool
    private let events: Events
    private let bell = Bell()
    private let alarm = Alarm()
    private let state = Mutex(State())
    private let thread = Mutex<OwnThread?>(nil)

    /// - Parameter deadline: longest time without any answer while one is owed, in nanoseconds.
    init(
        _ library: SealedLibrary, _ orders: ChildProcess.Orders, deadline: Int64, name: String, showsOutput: Bool,
        events: Events
    ) {
        self.library = library
        self.orders = orders
        self.deadline = deadline
        self.showsOutput = showsOutput
        self.events = events
        thread.withLock { $0 = OwnThread("p:\(name)") { [self] in run() } }
    }

    /// The thread keeps this object until it has ended.
    deinit {
        bell.discard()
        alarm.discard()
        library.discard()
    }

    // MARK: - Asked by the kernel's thread

    /// False when it is closed: then nobody will answer.
    func decide(_ request: DecisionRequest) -> Bool {
        let entry = Backlog.Entry(ticket: request.ticket, frame: request.frame)
        return state.withLock { state in
            guard state.phase != .closed else { return false }
            state.backlog.add(entry)
            return true
        }
    }

    func flush() {
        let rings = state.withLock { state in
            if state.phase == .idle, !state.backlog.isEmpty { state.phase = .wanted }
            if state.phase == .burying { return false }
            return state.phase == .wanted || !pump(&state)
        }
        if rings { bell.ring() }
    }

    /// Sends what may be sent. False when the socket took only a part, so that the thread has to go on.
    private func pump(_ state: inout State) -> Bool {
        guard case .running(let socket) = state.phase else { return true }
        let wasIdle = state.backlog.sent.isEmpty
        for entry in state.backlog.next() { state.outgoing += entry.frame }
        if !state.backlog.sent.isEmpty {
            if wasIdle { state.progress = monotonicNow() }
            if !state.isAlarmSet {
                state.isAlarmSet = true
                alarm.set(nanoseconds: deadline)
            }
        }
        while !state.outgoing.isEmpty {
            let count = state.outgoing.withUnsafeBytes {
                send(socket, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            // An end is seen, and dealt with, where answers are read.
            guard count > 0 else { return errno != EAGAIN }
            state.outgoing = state.outgoing.dropFirst(count)
        }
        state.outgoing = []
        return true
    }

    /// Ends the running child; from here on nothing is sent to it any more.
    func renew(because reason: String) {
        let rings = state.withLock { state in
            state.note(fault: reason)
            guard case .running = state.phase else { return false }
            (state.phase, state.doubt) = (.burying, reason)
            return true
        }
        if rings { bell.ring() }
    }

    // MARK: - The thread

    private func run() {
        while waitUntilWanted() {
            do throws(PluginError) {
                let (child, _) = try ChildProcess.start(library, orders)
                serve(child)
            } catch {
                giveUp(error.message)
            }
        }
    }

    private func waitUntilWanted() -> Bool {
        while true {
            switch state.withLock({ $0.phase }) {
            case .wanted: return true
            case .closed: return false
            case .idle, .running, .burying: bell.wait()
            }
        }
    }

    /// No child can be started, so nobody will answer what is asked now.
    private func giveUp(_ message: String) {
        let unanswered = state.withLock { state in
            if state.phase != .closed { state.phase = .idle }
            return state.backlog.abandon()
        }
        for entry in unanswered { report(entry.ticket, .notStarted(message)) }
    }

    private enum Ending {
        case gone
        case timedOut
        case illegal(String)
        /// The kernel did not believe it.
        case doubted(String)
        case closing
    }

    private func serve(_ child: ChildProcess) {
        var lines = ErrorLines(areShown: showsOutput)
        var frames = FrameReader(limit: Servant.maximumReply)
        let answeredBefore = state.withLock { state in
            guard state.phase != .closed else { return state.answered }
            state.phase = .running(socket: child.socket)
            state.process = child.process
            state.starts += 1
            _ = pump(&state)
            return state.answered
        }
        var ending: Ending?
        while ending == nil { ending = step(child, &frames, &lines) }
        state.withLock { if $0.phase != .closed { $0.phase = .burying } }
        drainErrors(child, &lines)
        let end = child.end()
        let isWorn = end.isWorn && state.withLock { $0.answered } > answeredBefore
        bury(ending ?? .gone, end, isWorn: isWorn)
        lines.finish().forEach(events.log)
    }

    /// Waits for something to happen and deals with it; answers how the child ended, if it did.
    private func step(_ child: ChildProcess, _ frames: inout FrameReader, _ lines: inout ErrorLines) -> Ending? {
        let (phase, doubt, wantsRoom) = state.withLock { ($0.phase, $0.doubt, !$0.outgoing.isEmpty) }
        if phase == .closed { return .closing }
        if let doubt { return .doubted(doubt) }
        var watched = [
            pollfd(fd: child.socket, events: Int16(POLLIN | (wantsRoom ? POLLOUT : 0)), revents: 0),
            pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: alarm.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: lines.isOpen ? child.errors : -1, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&watched, nfds_t(watched.count), -1) > 0 else { return nil }
        if watched[1].revents != 0 { bell.clear() }
        if watched[3].revents != 0 { drainErrors(child, &lines) }
        if watched[3].revents & Int16(POLLIN) == 0, watched[3].revents != 0 { lines.isOpen = false }
        if watched[0].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0, let ending = read(child, &frames) {
            return ending
        }
        if watched[2].revents != 0, isOverdue() { return .timedOut }
        if watched[0].revents & Int16(POLLOUT) != 0 { _ = state.withLock { pump(&$0) } }
        return nil
    }

    private func read(_ child: ChildProcess, _ frames: inout FrameReader) -> Ending? {
        guard let count = child.receive(into: &frames) else { return nil }
        guard count > 0 else { return .gone }
        var replies: [DecisionReply] = []
        let ending = take(&frames, &replies)
        replies.forEach(events.deliver)
        return ending
    }

    /// Settles every whole reply that has arrived, and sends what had to wait for it.
    private func take(_ frames: inout FrameReader, _ replies: inout [DecisionReply]) -> Ending? {
        state.withLock { state in
            do {
                while let frame = try frames.next() {
                    let reply = try Reply(frame)
                    guard case .some(let result) = Self.result(of: reply), state.backlog.take(reply.ticket) else {
                        return .illegal("it answered what it was not asked")
                    }
                    count(result, &state)
                    replies.append(DecisionReply(ticket: reply.ticket, tape: result))
                }
            } catch let error as FrameReader.TooLong {
                return .illegal("a reply of \(error.count) bytes is over the limit of \(Servant.maximumReply)")
            } catch {
                return .illegal("what it sent is not a reply: \((error as? WireError)?.message ?? "\(error)")")
            }
            if !replies.isEmpty { state.progress = monotonicNow() }
            _ = pump(&state)
            return nil
        }
    }

    private static func result(of reply: Reply) -> Result<[UInt8], DecisionReply.Fault>? {
        switch reply.answer {
        case .tape(let tape): .success(Array(tape))
        case .fault(let message): .failure(.illegal(message))
        case .hello: nil
        }
    }

    private func count(_ result: Result<[UInt8], DecisionReply.Fault>, _ state: inout State) {
        switch result {
        case .success: state.answered += 1
        case .failure(let fault):
            state.note(fault: fault.sentence)
        }
    }

    /// Sets the alarm again for as long as an answer is owed.
    private func isOverdue() -> Bool {
        alarm.clear()
        return state.withLock { state in
            state.isAlarmSet = false
            guard !state.backlog.sent.isEmpty else { return false }
            let rest = state.progress + deadline - monotonicNow()
            guard rest > 0 else { return true }
            state.isAlarmSet = true
            alarm.set(nanoseconds: rest)
            return false
        }
    }

    private func drainErrors(_ child: ChildProcess, _ lines: inout ErrorLines) {
        let bytes = child.readErrors()
        if !bytes.isEmpty { lines.take(bytes, now: monotonicNow()).forEach(events.log) }
    }

    private func bury(_ ending: Ending, _ end: ChildProcess.End, isWorn: Bool) {
        let fault: DecisionReply.Fault
        switch ending {
        case .gone: fault = .crashed(end.sentence)
        case .timedOut: fault = .timedOut
        case .illegal(let message): fault = .illegal(message)
        case .doubted(let reason):
            // Whoever waits for an answer has no part in it.
            _ = clear(isWorn: true)
            return events.log("ended: its answer was not believed: \(reason)")
        case .closing: return
        }
        let guilty = clear(isWorn: isWorn)
        events.log("ended: \(fault.sentence)")
        if let guilty { report(guilty.ticket, fault) }
    }

    /// Makes room for the next child; answers the request whose fault the end was.
    private func clear(isWorn: Bool) -> Backlog.Entry? {
        state.withLock { state in
            let guilty = state.backlog.childEnded(isWorn: isWorn)
            (state.outgoing, state.process, state.doubt) = ([], 0, nil)
            if state.phase != .closed { state.phase = state.backlog.isEmpty ? .idle : .wanted }
            return guilty
        }
    }

    private func report(_ ticket: UInt64, _ fault: DecisionReply.Fault) {
        state.withLock { count(.failure(fault), &$0) }
        events.deliver(DecisionReply(ticket: ticket, tape: .failure(fault)))
    }

    // MARK: - Seen and ended from outside

    func fill(_ status: inout PluginStatus) {
        state.withLock { state in
            status.process = state.process
            status.restarts = state.starts > 0 ? state.starts - 1 : 0
            status.answered = state.answered
            status.faults = state.faults
            status.lastFault = state.lastFault
        }
    }

    /// Answers everything unanswered with a fault and ends the child.
    func close() {
        let unanswered = state.withLock { state in
            state.phase = .closed
            state.process = 0
            return state.backlog.abandon()
        }
        bell.ring()
        for entry in unanswered { report(entry.ticket, .notStarted("the server is closing")) }
        thread.withLock { $0.take() }?.join()
    }
}

extension DecisionReply.Fault {
    var sentence: String {
        switch self {
        case .crashed(let reason): "the plugin crashed: \(reason)"
        case .notStarted(let reason): "the plugin's process cannot be started: \(reason)"
        case .timedOut: "the plugin did not answer in time"
        case .illegal(let reason): "the plugin's answer is illegal: \(reason)"
        }
    }
}
