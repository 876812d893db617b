import Foundation
import RPC
import Synchronization

/// The process's own streams: the one place that writes to them, so that an answer nobody could read is never taken for
/// one that was given.
enum StandardStreams {
    private struct Output: Sendable {
        var waiting: [UInt8] = []
        /// What the system said when it took no more; whatever comes after is dropped.
        var fault: Int32?
    }

    private static let output = Mutex(Output())
    private static let isTerminal = isatty(STDOUT_FILENO) == 1
    /// Bytes that are gathered before they are written, unless somebody watches.
    private static let gathered = 1 << 16

    /// To be called before anything is opened. A reader that goes away is an error to be answered, not a signal.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        guard StandardDescriptors.hold() else { exit(Failure.Code.refused.rawValue) }
    }

    /// Prints on standard output. What cannot be written is told by `flush`.
    static func print(_ text: String, terminator: String = "\n") {
        output.withLock { output in
            output.waiting += text.utf8
            output.waiting += terminator.utf8
            if isTerminal || output.waiting.count > gathered { write(&output) }
        }
    }

    /// Writes what has been gathered.
    ///
    /// - Throws: `unwritten`, when any of what was printed since the last time is lost.
    static func flush() throws(Unwritten) {
        let fault = output.withLock { output in
            write(&output)
            defer { output.fault = nil }
            return output.fault
        }
        if let fault { throw Unwritten(fault: fault) }
    }

    /// Some of the output has gone nowhere.
    struct Unwritten: Error {
        /// `errno`.
        let fault: Int32

        /// The reader has seen enough, as `head` has: no news to whoever wrote the command.
        var isReadersWill: Bool { fault == EPIPE }

        var failure: Failure {
            let why = String(cString: strerror(fault))
            return .refused("输出未能写出：\(why)", "the output could not be written: \(why)")
        }
    }

    /// Prints a line or a part of one on standard error. What cannot be written there has nowhere else to go.
    static func warn(_ text: String) {
        var rest = Output(waiting: Array(text.utf8))
        write(&rest, to: STDERR_FILENO)
    }

    private static func write(_ output: inout Output, to stream: Int32 = STDOUT_FILENO) {
        defer { output.waiting.removeAll(keepingCapacity: true) }
        var done = 0
        while done < output.waiting.count, output.fault == nil {
            let count = output.waiting[done...].withUnsafeBytes { Foundation.write(stream, $0.baseAddress, $0.count) }
            if count >= 0 {
                done += count
            } else if errno == EAGAIN {
                // Somebody who shares the stream has made it one that does not wait.
                var ready = pollfd(fd: stream, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if errno != EINTR {
                output.fault = errno
            }
        }
    }
}
