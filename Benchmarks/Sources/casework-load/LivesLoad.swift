import ArgumentParser
import Foundation
import NIOCore
import RPC
import Schema
import SwiftProtobuf

/// Takes whole transport subsidies from the application to the payment, many at a time.
struct LivesLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lives",
        abstract: "Whole lives of transport subsidies: durable commands a second, latency, batches, syncs, bytes.",
        discussion: """
            Each life is eight events: seven commands of five officers (claim, reserve, commit, pay, settle, tasks)
            and the end of the publicity, a timer. The server must run on a virtual clock: it is moved past the
            publicity once all have been verified. A command counts when its answer has come, and so is durable.
            """)

    @OptionGroup var target: Target

    @Option(help: "Cases to open.")
    var lives = 10_000

    @Option(help: "Bytes that the employer's name takes up in each record.")
    var padding = 900

    func run() async throws {
        let officers = try await Officers(target)
        let now = try await officers.now()
        try await officers.grantBudgets(now: now, lives: lives)
        let latencies = Latencies()
        let lives = Lives(officers: officers, count: lives, padding: padding, latencies: latencies)
        let (before, counters) = (try await officers.stats(), ProcessCounters(pid: target.pid))

        let opening = try await lives.run(stages: Stage.beforePublicity, inFlight: target.inFlight)
        let timers = try await endPublicity(officers, from: before.events)
        let closing = try await lives.run(stages: Stage.afterPublicity, inFlight: target.inFlight)

        let (after, used) = (try await officers.stats(), ProcessCounters(pid: target.pid))
        let recordBytes = try await officers.recordBytes(of: lives.firstCase, now: try await officers.now())
        guard recordBytes >= 1024 else {
            throw ValidationError("a record has only \(recordBytes) bytes; 1024 are wanted: raise --padding")
        }
        report(
            recordBytes, commands: opening.commands + closing.commands, seconds: opening.seconds + closing.seconds,
            timers: timers, latencies: latencies, stats: (before, after), counters: (counters, used))
        await officers.close()
    }

    /// Moves the clock past the publicity and waits until every case has gone on.
    private func endPublicity(_ officers: Officers, from events: UInt64) async throws -> Double {
        let expected = events + UInt64(lives) * 3
        let start = nanoseconds()
        try await officers.advanceClock(by: "12d")
        while try await officers.stats().events < expected {
            guard nanoseconds() - start < 600_000_000_000 else { throw ValidationError("the publicity does not end") }
            try await Task.sleep(for: .milliseconds(20))
        }
        return Double(lives) / (Double(nanoseconds() - start) / 1e9)
    }

    private func report(
        _ recordBytes: Int, commands: Int, seconds: Double, timers: Double, latencies: Latencies,
        stats: (before: Casework_V1_StatsResponse, after: Casework_V1_StatsResponse),
        counters: (before: ProcessCounters, after: ProcessCounters)
    ) {
        let events = Double(stats.after.events - stats.before.events)
        let batches = Double(stats.after.batches - stats.before.batches)
        let percentiles = latencies.milliseconds(at: [0.5, 0.99])
        printFigures([
            ("in_flight", Double(target.inFlight)), ("lives", Double(lives)),
            ("record_bytes", Double(recordBytes)),
            ("commands_per_second", Double(commands) / seconds), ("timers_per_second", timers),
            ("p50_ms", percentiles[0]), ("p99_ms", percentiles[1]),
            ("events_per_batch", events / max(batches, 1)), ("batches", batches),
            ("syncs", Double(stats.after.syncs - stats.before.syncs)),
            ("bytes_per_event", Double(stats.after.bytesWritten - stats.before.bytesWritten) / events),
            ("disk_bytes_per_event", Double(counters.after.bytesWritten - counters.before.bytesWritten) / events),
            ("server_cpu_us_per_event", (counters.after.cpuSeconds - counters.before.cpuSeconds) / events * 1e6),
            ("redecisions", Double(stats.after.redecisions - stats.before.redecisions)),
            ("rejections", Double(stats.after.rejections - stats.before.rejections)),
        ])
    }
}
