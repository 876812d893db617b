import Glibc

/// How many descriptors this process may have open, and how many of them connections may take: a server whose clients
/// hold all of them could neither open its store's files nor start a plugin.
enum DescriptorRoom {
    /// For what is opened while serving: readers of the store, processes of plugins, files read anew.
    static let kept = 32

    /// The limit in force.
    static var limit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }

    /// With fewer not even a plugin's process can be started.
    private static func least(threads: Int) -> Int { 61 + taken(by: threads) - 2 }

    /// By event loops, which are not there yet when room is made: each polls, is woken and keeps time; then the
    /// listener and what it keeps in reserve.
    private static func taken(by threads: Int) -> Int { 3 * threads + 2 }

    /// - Throws: before anything is opened, when there are too few to serve anybody.
    static func check(threads: Int) throws(StartupError) {
        let least = least(threads: threads)
        guard limit < least else { return }
        throw StartupError(
            .configuration,
            "This process may have \(limit) descriptors open and needs at least \(least): raise the limit (ulimit -n).")
    }

    /// What is left for connections when everything else is open, at least one.
    static func connections(threads: Int) -> Int { max(1, limit - openNow - taken(by: threads) - kept) }

    private static var openNow: Int {
        guard let folder = opendir("/proc/self/fd") else { return kept }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without ".", ".." and the folder itself.
        return count - 3
    }
}
