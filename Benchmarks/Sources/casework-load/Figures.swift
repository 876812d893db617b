import Foundation
import Synchronization

/// Latencies of one run, in nanoseconds.
final class Latencies: Sendable {
    private let values = Mutex<[UInt64]>([])

    func add(_ value: UInt64) { values.withLock { $0.append(value) } }

    /// The value below which `share` (0 … 1) of all lie, in milliseconds; 0 without values.
    func milliseconds(at shares: [Double]) -> [Double] {
        let sorted = values.withLock { $0.sorted() }
        return shares.map { share in
            guard !sorted.isEmpty else { return 0 }
            let index = min(sorted.count - 1, Int(Double(sorted.count) * share))
            return (Double(sorted[index]) / 1e4).rounded() / 100
        }
    }
}

/// What the kernel of the operating system has counted for a process: CPU seconds and bytes sent to the disk.
struct ProcessCounters {
    var cpuSeconds: Double
    var bytesWritten: Int64

    /// Zeros for no process, or for one whose counters may not be read.
    init(pid: Int32?) {
        (cpuSeconds, bytesWritten) = (0, 0)
        guard let pid else { return }
        let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        if let stat, let end = stat.lastIndex(of: ")") {
            let fields = stat[end...].split(separator: " ")
            cpuSeconds = ((Double(fields[12]) ?? 0) + (Double(fields[13]) ?? 0)) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
        if let io = try? String(contentsOfFile: "/proc/\(pid)/io", encoding: .utf8) {
            for line in io.split(separator: "\n") where line.hasPrefix("write_bytes:") {
                bytesWritten = line.split(separator: " ").last.flatMap { Int64($0) } ?? 0
            }
        }
    }
}

/// Prints figures as one JSON object with its keys in the order given.
func printFigures(_ figures: [(name: String, value: Double)]) {
    let members = figures.map { figure in
        let whole = figure.value == figure.value.rounded() && abs(figure.value) < 1e15
        return "\"\(figure.name)\": \(whole ? String(Int64(figure.value)) : String(format: "%.4g", figure.value))"
    }
    print("{\(members.joined(separator: ", "))}")
}

/// Seconds since the process began to count, and nanoseconds for latencies: the boot clock.
func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
