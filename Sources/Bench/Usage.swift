import Glibc

/// What a piece of work cost this process.
struct Usage: Codable, Sendable {
    /// User and system time, milliseconds.
    var cpu: Double
    /// The most memory that the process has held, MB.
    var peakMemory: Double
    /// Of `cpu` what was spent outside the kernel, milliseconds.
    var user = 0.0
    /// How long it took, milliseconds.
    var wall = 0.0

    static func measure(_ body: () throws -> Void) rethrows -> Usage {
        let before = read()
        let elapsed = try ContinuousClock().measure(body)
        let after = read()
        return Usage(
            cpu: after.cpu - before.cpu, peakMemory: after.peakMemory, user: after.user - before.user,
            wall: elapsed / .milliseconds(1))
    }

    private static func read() -> Usage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func milliseconds(_ time: timeval) -> Double { Double(time.tv_sec) * 1000 + Double(time.tv_usec) / 1000 }
        let user = milliseconds(usage.ru_utime)
        return Usage(
            cpu: user + milliseconds(usage.ru_stime), peakMemory: Double(usage.ru_maxrss) / 1024, user: user)
    }
}
