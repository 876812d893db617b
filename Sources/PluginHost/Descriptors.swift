internal import CSandbox
internal import Glibc

/// A thread that belongs to one object, named for whoever looks at the process from outside.
struct OwnThread: Sendable {
    private let thread: pthread_t

    /// Bytes of stack: as much as a process's first thread has, since a plugin may run on it.
    private static let stackSize = 8 << 20

    private final class Start {
        let name: String
        let body: @Sendable () -> Void

        init(_ name: String, _ body: @escaping @Sendable () -> Void) { (self.name, self.body) = (name, body) }
    }

    /// - Parameter name: at most 15 bytes are kept.
    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, Self.stackSize)
        defer { pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let start = Unmanaged.passRetained(Start(String(decoding: name.utf8.prefix(15), as: UTF8.self), body))
        let code = pthread_create(&thread, &attributes, { context in
            guard let context else { return nil }
            let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
            casework_name_thread(start.name)
            start.body()
            return nil
        }, start.toOpaque())
        precondition(code == 0, "a thread cannot be started: \(lastError(code))")
        self.thread = thread
    }

    /// Waits for its end; once, and from another thread.
    func join() { pthread_join(thread, nil) }
}

/// Wakes a thread that polls or reads its descriptor.
struct Bell: Sendable {
    let descriptor: Int32

    init() {
        descriptor = casework_event()
        precondition(descriptor >= 0, "an event descriptor cannot be made: \(lastError())")
    }

    func ring() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// To be called once nobody rings or waits any more.
    func discard() { close(descriptor) }

    /// Forgets all rings so far.
    func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }

    /// Blocks until somebody rings.
    func wait() {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&watched, 1, -1) < 0, errno == EINTR {}
        clear()
    }
}

/// A timer to poll.
struct Alarm: Sendable {
    let descriptor: Int32

    init() {
        descriptor = casework_timer()
        precondition(descriptor >= 0, "a timer descriptor cannot be made: \(lastError())")
    }

    /// - Parameter nanoseconds: from now, > 0.
    func set(nanoseconds: Int64) { casework_timer_set(descriptor, nanoseconds) }

    func discard() { close(descriptor) }

    func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}

/// Nanoseconds of the clock that only goes forward.
func monotonicNow() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}

extension Duration {
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
