import ArgumentParser
import Foundation
import NIOCore
import RPC
import Schema
import SwiftProtobuf
import Synchronization

/// Keeps calls of `Operations.Health` in flight on a few connections for some seconds.
struct HealthLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Health calls with a 200-byte echo: requests a second, server CPU per 100k.")

    @OptionGroup var target: Target

    @Option(help: "Connections.")
    var connections = 1

    @Option(help: "Seconds.")
    var seconds = 5.0

    func run() async throws {
        var clients: [RPCClient] = []
        for _ in 0..<connections { clients.append(try await target.connect("operator", "admin")) }
        let request = Casework_V1_HealthRequest.with { $0.echo = Data(repeating: 0x61, count: 200) }
        let payload = ByteBuffer(bytes: try request.serializedBytes() as [UInt8])
        let before = ProcessCounters(pid: target.pid)
        let start = nanoseconds()
        let end = start + UInt64(seconds * 1e9)
        let totals = await withTaskGroup(of: Tally.self) { group in
            for client in clients {
                group.addTask { await pump(client, payload: payload, inFlight: target.inFlight, until: end) }
            }
            return await group.reduce(into: Tally()) { $0.add($1) }
        }
        let elapsed = Double(nanoseconds() - start) / 1e9
        let after = ProcessCounters(pid: target.pid)
        guard totals.failed == 0 else { throw ValidationError("\(totals.failed) calls failed: \(totals.failure)") }
        printFigures([
            ("connections", Double(connections)), ("in_flight", Double(target.inFlight)),
            ("requests_per_second", Double(totals.answered) / elapsed),
            ("server_cpu_seconds_per_100k", (after.cpuSeconds - before.cpuSeconds) / Double(totals.answered) * 1e5),
        ])
        for client in clients { await client.close() }
    }
}

struct Tally {
    var answered = 0
    var failed = 0
    var failure = ""

    mutating func add(_ other: Tally) {
        answered += other.answered
        failed += other.failed
        if failure.isEmpty { failure = other.failure }
    }
}

/// Each answer makes the next call, so that `inFlight` are always under way; ends when the last has been answered.
private func pump(_ client: RPCClient, payload: ByteBuffer, inFlight: Int, until end: UInt64) async -> Tally {
    await withCheckedContinuation { continuation in
        let pump = HealthPump(client: client, payload: payload, end: end, inFlight: inFlight) {
            continuation.resume(returning: $0)
        }
        for _ in 0..<inFlight { pump.call() }
    }
}

private final class HealthPump: Sendable {
    private let client: RPCClient
    private let payload: ByteBuffer
    private let end: UInt64
    private let state: Mutex<(running: Int, tally: Tally)>
    private let finished: @Sendable (Tally) -> Void

    init(
        client: RPCClient, payload: ByteBuffer, end: UInt64, inFlight: Int,
        finished: @escaping @Sendable (Tally) -> Void
    ) {
        self.client = client
        self.payload = payload
        self.end = end
        self.finished = finished
        state = Mutex((inFlight, Tally()))
    }

    func call() {
        client.call(
            service: Methods.Operations.health.service, method: Methods.Operations.health.name, payload: payload
        ) { result in
            let goesOn = nanoseconds() < self.end
            let last: Tally? = self.state.withLock { state in
                switch result {
                case .success: state.tally.answered += 1
                case .failure(let status): state.tally.add(Tally(failed: 1, failure: status.message))
                }
                guard !goesOn else { return nil }
                state.running -= 1
                return state.running == 0 ? state.tally : nil
            }
            if goesOn { self.call() } else if let last { self.finished(last) }
        }
    }
}
