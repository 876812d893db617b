import Glibc

/// The mark of the one process that may write a store: an exclusive `flock` on a file beside it. The kernel of the
/// operating system drops it when the process ends, however it ends.
final class LockFile: Sendable {
    private let descriptor: Int32

    /// - Throws: `.busy` when another process holds it, `.inaccessible` when it cannot be made.
    init(path: String, store: String) throws(StoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreError(.inaccessible, "The store \(store) cannot be locked: \(String(cString: strerror(errno))).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let owner = Self.owner(descriptor)
            close(descriptor)
            throw StoreError(
                .busy, "The store \(store) is in use by another process\(owner): end that one, or name another store.")
        }
        Self.write(owner: getpid(), to: descriptor)
        self.descriptor = descriptor
    }

    /// Unlocked first: a child being started at this moment may hold a copy of the descriptor for a little longer.
    deinit {
        _ = flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func owner(_ descriptor: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &text, text.count, 0)
        let digits = text.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }
        return digits.isEmpty ? "" : " (\(String(decoding: digits, as: UTF8.self)))"
    }

    /// Only for the message above: a failure to write it loses nothing else.
    private static func write(owner: pid_t, to descriptor: Int32) {
        let text = "\(owner)\n"
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.utf8.count, 0)
    }
}
