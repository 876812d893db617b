internal import CSandbox
internal import Glibc
internal import PluginLibrary
import Wire

/// A running child: its process, the socket to it, and the pipe its standard error comes through.
struct ChildProcess {
    struct Orders: Sendable {
        var executable: String
        /// Bytes of address space.
        var memory: UInt64
        /// Of the child's whole life.
        var cpuSeconds: UInt64
        /// For saying hello, in nanoseconds.
        var startDeadline: Int64
    }

    let process: pid_t
    let socket: Int32
    let errors: Int32

    /// Longest first message: chart and descriptors may be large.
    private static let helloLimit = 16 << 20

    // MARK: - Start

    /// Starts a child and waits for its first message. The child dies with the calling thread.
    ///
    /// - Returns: the child and its encoded `Hello`.
    static func start(
        _ library: SealedLibrary, _ orders: Orders
    ) throws(PluginError) -> (child: ChildProcess, hello: ArraySlice<UInt8>) {
        let child = try spawn(library, orders)
        do {
            return (child, try child.readHello(within: orders.startDeadline))
        } catch {
            let words = child.lastWords()
            let end = child.end()
            guard error.code == .notStarted else { throw error }
            let ending = end == .killed ? "" : ": \(end.sentence)"
            throw PluginError(.notStarted, error.message + ending + (words.isEmpty ? "" : "; it said: \(words)"))
        }
    }

    private static func spawn(_ library: SealedLibrary, _ orders: Orders) throws(PluginError) -> ChildProcess {
        var sockets: [Int32] = [-1, -1]
        var pipes: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &sockets) == 0 else {
            throw PluginError(.notStarted, "a plugin's process needs a socket: \(lastError())")
        }
        guard casework_pipe(&pipes) == 0 else {
            let error = lastError()
            sockets.forEach { close($0) }
            throw PluginError(.notStarted, "a plugin's process needs a pipe: \(error)")
        }
        defer {
            close(sockets[1])
            close(pipes[1])
        }
        var process: pid_t = 0
        let arguments = [orders.executable, "\(orders.memory)", "\(orders.cpuSeconds)", "\(getpid())"]
        let code = withCStrings(arguments) { arguments in
            withCStrings(environment()) { environment in
                casework_spawn(
                    orders.executable, arguments, environment, library.descriptor, sockets[1], pipes[1], &process)
            }
        }
        guard code == 0 else {
            close(sockets[0])
            close(pipes[0])
            throw PluginError(
                .notStarted, "the plugin host \(orders.executable) cannot be started: \(lastError(code))")
        }
        _ = fcntl(sockets[0], F_SETFL, O_NONBLOCK)
        return ChildProcess(process: process, socket: sockets[0], errors: pipes[0])
    }

    /// No backtraces, whose machinery the sandbox forbids; hashing by fixed seeds, so that a decision repeats exactly.
    private static func environment() -> [String] {
        var environment = ["SWIFT_BACKTRACE=enable=no", "SWIFT_DETERMINISTIC_HASHING=1", "LC_ALL=C.UTF-8"]
        if let path = getenv("LD_LIBRARY_PATH") { environment.append("LD_LIBRARY_PATH=\(String(cString: path))") }
        return environment
    }

    private func readHello(within nanoseconds: Int64) throws(PluginError) -> ArraySlice<UInt8> {
        let end = monotonicNow() + nanoseconds
        var frames = FrameReader(limit: Self.helloLimit)
        while true {
            let rest = end - monotonicNow()
            var watched = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard rest > 0, poll(&watched, 1, Int32(clamping: rest / 1_000_000 + 1)) != 0 else {
                throw PluginError(.notStarted, "the plugin did not say what it is in time")
            }
            switch receive(into: &frames) {
            case .some(0): throw PluginError(.notStarted, "the plugin's process ended before it said what it is")
            case .none: continue
            default: break
            }
            if let frame = try Self.next(&frames) { return try Self.hello(in: frame) }
        }
    }

    private static func next(_ frames: inout FrameReader) throws(PluginError) -> ArraySlice<UInt8>? {
        do {
            return try frames.next()
        } catch {
            throw PluginError(.notAPlugin, "the plugin's first message has \(error.count) bytes, which is too long")
        }
    }

    private static func hello(in frame: ArraySlice<UInt8>) throws(PluginError) -> ArraySlice<UInt8> {
        guard let reply = try? Reply(frame) else {
            throw PluginError(.notAPlugin, "the plugin's first message cannot be read")
        }
        switch reply.answer {
        case .hello(let hello): return hello
        case .fault(let message): throw PluginError(.notAPlugin, message)
        case .tape: throw PluginError(.notAPlugin, "the plugin answered before it was asked")
        }
    }

    // MARK: - While it runs

    /// Reads what is there. Nil when nothing is, 0 at the end.
    func receive(into frames: inout FrameReader) -> Int? {
        withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
            let count = recv(socket, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0 { return errno == EAGAIN || errno == EINTR ? nil : 0 }
            frames.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            return count
        }
    }

    /// Reads what the child wrote to its standard error; empty when there is nothing.
    func readErrors() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 1 << 14) { buffer, count in
            count = max(0, read(errors, buffer.baseAddress, buffer.count))
        }
    }

    private func lastWords() -> String {
        let text = String(decoding: readErrors(), as: UTF8.self)
        return text.split(separator: "\n").last.map { String($0.prefix(500)) } ?? ""
    }

    // MARK: - End

    enum End: Equatable {
        case exited(Int32)
        case signalled(Int32)
        /// By this process, because it was still running.
        case killed

        /// It used up the processor time of its life.
        var isWorn: Bool { self == .signalled(SIGXCPU) }

        var sentence: String {
            switch self {
            case .exited(let code): "its process ended with exit code \(code)"
            case .signalled(let signal):
                "its process was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
            case .killed: "its process was ended by the server"
            }
        }
    }

    /// Ends the process if it has not ended, reaps it and closes everything.
    func end() -> End {
        defer {
            close(socket)
            close(errors)
        }
        var status: Int32 = 0
        // A process whose socket is closed is already ending; what ended it is worth a moment's patience.
        for _ in 0..<50 {
            if waitpid(process, &status, WNOHANG) == process { return Self.end(from: status) }
            guard isGone else { break }
            usleep(1000)
        }
        kill(process, SIGKILL)
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let end = Self.end(from: status)
        return end == .signalled(SIGKILL) ? .killed : end
    }

    /// The other end of the socket is closed.
    private var isGone: Bool {
        var watched = pollfd(fd: socket, events: 0, revents: 0)
        return poll(&watched, 1, 0) > 0 && watched.revents & Int16(POLLHUP) != 0
    }

    private static func end(from status: Int32) -> End {
        let signal = status & 0x7f
        return signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
    }
}

/// Lends a null-ended array of C strings.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has an address") }
        return body(base)
    }
}
