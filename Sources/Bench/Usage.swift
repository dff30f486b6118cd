import Glibc

/// What a piece of work cost this process.
struct Usage: Codable, Sendable {
    /// User and system time, milliseconds.
    var cpu: Double
    /// The most memory that the process has held, MB.
    var peakMemory: Double

    static func measure(_ body: () throws -> Void) rethrows -> Usage {
        let before = read()
        try body()
        let after = read()
        return Usage(cpu: after.cpu - before.cpu, peakMemory: after.peakMemory)
    }

    private static func read() -> Usage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func milliseconds(_ time: timeval) -> Double { Double(time.tv_sec) * 1000 + Double(time.tv_usec) / 1000 }
        return Usage(
            cpu: milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime), peakMemory: Double(usage.ru_maxrss) / 1024)
    }
}
