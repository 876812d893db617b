import Glibc
import Kernel
import Synchronization
import Testing

@testable import PluginHost

/// What the build made, beside the tests themselves.
enum Built {
    static let folder: String = {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count)
        let text = String(decoding: path.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return text.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    }()

    static var host: String { "\(folder)/casework-plugin-host" }
    static var lying: String { "\(folder)/libLyingPlugin.so" }
    static var transportSubsidy: String { "\(folder)/libTransportSubsidy.so" }
}

/// A host, what it delivered, and what its children said.
final class Bench: Sendable {
    let host: PluginHost
    private let collector: Collector

    private final class Collector: Sendable {
        let replies = Mutex<[DecisionReply]>([])
        let lines = Mutex<[String]>([])
        let bell = Bell()
    }

    init(
        executable: String = Built.host, isolation: Isolation = .child, deadline: Duration = .seconds(2),
        memory: UInt64 = 512 << 20, cpu: UInt64 = 600, showsOutput: Bool = true
    ) {
        let collector = Collector()
        self.collector = collector
        host = PluginHost(
            options: PluginHost.Options(
                hostExecutable: executable, isolation: isolation, deadline: deadline, memory: memory, cpuSeconds: cpu,
                showsOutput: showsOutput,
                log: { name, line in collector.lines.withLock { $0.append("\(name): \(line)") } }),
            deliver: { reply in
                collector.replies.withLock { $0.append(reply) }
                collector.bell.ring()
            })
    }

    deinit { host.close() }

    var log: [String] { collector.lines.withLock { $0 } }

    /// Everything delivered so far, in order.
    var delivered: [DecisionReply] { collector.replies.withLock { $0 } }

    /// Waits until that many replies have come in all, for at most ten seconds.
    func replies(_ count: Int) -> [DecisionReply] {
        let end = monotonicNow() + 10_000_000_000
        while delivered.count < count, monotonicNow() < end {
            var watched = pollfd(fd: collector.bell.descriptor, events: Int16(POLLIN), revents: 0)
            poll(&watched, 1, 100)
            collector.bell.clear()
        }
        return delivered
    }

    /// Asks all at once and waits for as many replies.
    func ask(_ requests: [DecisionRequest]) -> [DecisionReply] {
        let before = delivered.count
        for request in requests { host.decide(request) }
        host.flush()
        return Array(replies(before + requests.count).dropFirst(before))
    }
}

/// The misbehaving plugin, with a case standing in `open`.
struct Liar {
    let bench: Bench
    let digest: Digest
    let snapshot: [UInt8]

    init(_ bench: Bench) throws {
        self.bench = bench
        let description = try bench.host.install(library: Built.lying)
        digest = description.digest
        snapshot = try Self.openSnapshot(description.chart)
    }

    func request(_ ticket: UInt64, _ event: String, payload: [UInt8] = []) -> DecisionRequest {
        DecisionRequest(
            ticket: ticket, plugin: digest, snapshot: snapshot, record: [], facts: [],
            question: .decide(event: .external(event), payload: payload))
    }

    func ask(_ ticket: UInt64, _ event: String, payload: [UInt8] = []) throws -> DecisionReply {
        try #require(bench.ask([request(ticket, event, payload: payload)]).first)
    }
}

extension DecisionReply {
    var fault: Fault? {
        guard case .failure(let fault) = tape else { return nil }
        return fault
    }

    var isTape: Bool { fault == nil }

    /// The reason of the first answer.
    var firstReason: String? {
        guard case .success(let bytes) = tape else { return nil }
        return try? TapeView(bytes).answers.first?.reason
    }
}
