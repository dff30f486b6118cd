import Glibc

/// How many files and connections this process may have open.
enum OpenFiles {
    /// Beyond this there is no use.
    private static let most: rlim_t = 65_536

    /// Raises the limit as far as the system lets: many systems start a process with 1024, and each listener of a hub
    /// takes one.
    static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let wanted = min(limit.rlim_max, most)
        guard limit.rlim_cur < wanted else { return }
        limit.rlim_cur = wanted
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
