import Glibc
import Synchronization

/// The mark of the one process that may write a store: exclusive `flock`s on the store's file itself, which holds
/// under whatever name it is opened, and on a file beside it, which says whose it is. The operating system drops them
/// when the process ends, however it ends.
final class LockFile: Sendable {
    private let store: Descriptor
    private let beside: Descriptor

    /// - Parameter store: the store's file, which is there.
    /// - Throws: `.busy` when another process holds it, `.inaccessible` when it cannot be opened or locked.
    init(store: String) throws(StoreError) {
        let path = store + ".lock"
        let claim = try InodeClaim(store)
        guard let file = Descriptor(open(store, O_RDWR | O_CLOEXEC), claim) else { throw .cannotLock(store) }
        let isFree = file.lock()
        // A link in its place would have whatever it leads to overwritten.
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        guard let beside = Descriptor(open(path, flags, 0o600)) else { throw .cannotLock(store) }
        // What stands in a file that nobody holds is a word of a former owner.
        guard beside.lock() else { throw .inUse(store, by: Self.owner(path)) }
        guard isFree else { throw .inUse(store, by: " under another name") }
        Self.write(owner: getpid(), to: beside.number)
        (self.store, self.beside) = (file, beside)
    }

    private static func owner(_ path: String) -> String {
        guard let file = Descriptor(open(path, O_RDONLY | O_CLOEXEC)) else { return "" }
        var text = [UInt8](repeating: 0, count: 20)
        let count = pread(file.number, &text, text.count, 0)
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

/// An open file.
private final class Descriptor: Sendable {
    let number: Int32
    private let claim: InodeClaim?

    init?(_ number: Int32, _ claim: InodeClaim? = nil) {
        guard number >= 0 else { return nil }
        (self.number, self.claim) = (number, claim)
    }

    func lock() -> Bool { flock(number, LOCK_EX | LOCK_NB) == 0 }

    /// Unlocked first: a child being started at this moment may hold a copy of the descriptor for a little longer.
    deinit {
        _ = flock(number, LOCK_UN)
        close(number)
    }
}

/// A store's file within this process. SQLite's own locks are the process's: they would all be dropped if the process
/// opened a store's file a second time and closed it again, so it is never opened twice.
private final class InodeClaim: Sendable {
    private struct Inode: Hashable {
        var device: dev_t
        var number: ino_t
    }

    private static let claimed = Mutex<Set<Inode>>([])
    private let inode: Inode

    init(_ path: String) throws(StoreError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .cannotLock(path) }
        let inode = Inode(device: status.st_dev, number: status.st_ino)
        guard Self.claimed.withLock({ $0.insert(inode).inserted }) else { throw .inUse(path, by: " (\(getpid()))") }
        self.inode = inode
    }

    deinit { Self.claimed.withLock { _ = $0.remove(inode) } }
}

extension StoreError {
    fileprivate static func cannotLock(_ store: String) -> StoreError {
        StoreError(.inaccessible, "The store \(store) cannot be locked: \(String(cString: strerror(errno))).")
    }

    fileprivate static func inUse(_ store: String, by owner: String) -> StoreError {
        StoreError(
            .busy, "The store \(store) is in use by another process\(owner): end that one, or name another store.")
    }
}
