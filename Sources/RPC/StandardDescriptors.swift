#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

package enum StandardDescriptors {
    /// Holds the numbers of standard streams that are closed. Else the next file or connection would be given them, and
    /// get what the process prints. What stands in their place fails as a closed one does: it is open the other way.
    /// To be called before anything is opened.
    ///
    /// - Returns: false when that cannot be done: the process had better not go on.
    package static func hold() -> Bool {
        let streams = [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
        return streams.allSatisfy { number, direction in
            fcntl(number, F_GETFD) >= 0 || open("/dev/null", direction) == number
        }
    }
}
