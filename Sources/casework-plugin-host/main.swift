// The child that holds one plugin. It is given the library as descriptor 3 and a socket as descriptor 4, shuts itself
// in, loads the library, says what the plugin is, and then answers requests until the socket closes.
// Arguments: bytes of address space, seconds of processor time, process id of the server.

import CSandbox
import Glibc
import PluginLibrary
import Wire

let socket = Int32(CASEWORK_SOCKET_FD)

/// Writes everything, or ends: without the server there is nobody to work for.
func send(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { _exit(1) }
        rest = rest.dropFirst(count)
    }
}

func framed(_ reply: [UInt8]) -> [UInt8] {
    var frame: [UInt8] = []
    frame.reserveCapacity(reply.count + Frame.headerSize)
    Frame.append(reply, to: &frame)
    return frame
}

/// A line for the server's log.
func say(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
}

/// Tells the server why this plugin cannot be used, and ends.
func fail(_ message: String) -> Never {
    send(framed(Servant.fault(ticket: 0, message)))
    _exit(1)
}

func enterSandbox(memory: UInt64, cpuSeconds: UInt64, parent: pid_t) {
    var missing = [CChar](repeating: 0, count: 256)
    let limits = casework_limits(memory_bytes: memory, cpu_seconds: cpuSeconds)
    let code = casework_sandbox_enter(limits, parent, &missing, missing.count)
    guard code == 0 else { fail("its process cannot be shut in: \(String(cString: strerror(code)))") }
    guard missing[0] != 0 else { return }
    say("sandbox: \(String(decoding: missing.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))")
}

func makeServant() -> Servant {
    do throws(LibraryError) {
        let library = try PluginTable.Library(path: "/proc/self/fd/\(CASEWORK_LIBRARY_FD)")
        let code = casework_sandbox_close()
        guard code == 0 else { fail("its process cannot be shut in: \(String(cString: strerror(code)))") }
        return try Servant(PluginTable(library))
    } catch {
        fail(error.message)
    }
}

/// Answers not sent yet: those to requests that arrived together go out together, unless they take long to make or grow
/// large. So one write serves many quick decisions. One that hangs keeps back the answers made within a millisecond
/// before it: they are lost with this process and asked for again, which changes nothing, since handlers are pure.
struct Outbox {
    private static let longestWait: Int64 = 1_000_000
    private static let mostBytes = 1 << 16

    private var bytes: [UInt8] = []
    private var since: Int64 = 0

    mutating func add(_ reply: [UInt8]) {
        if bytes.isEmpty { since = now() }
        Frame.append(reply, to: &bytes)
        if bytes.count >= Self.mostBytes || now() - since >= Self.longestWait { flush() }
    }

    mutating func flush() {
        send(bytes)
        bytes.removeAll(keepingCapacity: true)
    }

    private func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Answers requests until the socket closes.
func serve(_ servant: Servant) {
    /// Longest request, in bytes.
    let limit = 8 << 20
    var frames = FrameReader(limit: limit)
    var outbox = Outbox()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    while true {
        let count = recv(socket, buffer.baseAddress, buffer.count, 0)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        frames.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        do {
            while let request = try frames.next() { outbox.add(servant.answer(request)) }
        } catch {
            fail("a request of \(error.count) bytes is over the limit of \(limit)")
        }
        outbox.flush()
    }
}

let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
guard numbers.count == 3, CommandLine.arguments.count == 4, let parent = pid_t(exactly: numbers[2]) else {
    say("casework-plugin-host is started by caseworkd")
    exit(2)
}
enterSandbox(memory: numbers[0], cpuSeconds: numbers[1], parent: parent)
let servant = makeServant()
send(framed(servant.hello()))
serve(servant)
_exit(0)
