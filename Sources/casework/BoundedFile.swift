#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Files that are read no further than they may be long: a device has no end, and a file may be larger than memory.
enum BoundedFile {
    enum Failure: Error {
        case unreadable, tooLong
    }

    /// - Parameter limit: bytes; at most one more is read.
    static func bytes(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        // Opening a pipe nobody writes to would wait for ever.
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw .unreadable }
        defer { close(file) }
        guard fcntl(file, F_SETFL, O_RDONLY) == 0 else { throw .unreadable }
        return try bytes(of: file, limit: limit)
    }

    /// Of a file that is open already, from where it stands.
    static func bytes(of file: Int32, limit: Int) throws(Failure) -> [UInt8] {
        var result: [UInt8] = []
        var chunk = Array(repeating: UInt8(0), count: 1 << 16)
        while result.count <= limit {
            let count = read(file, &chunk, min(chunk.count, limit + 1 - result.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable }
            guard count > 0 else { return result }
            result += chunk[..<count]
        }
        throw .tooLong
    }
}
