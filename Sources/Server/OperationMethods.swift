import Foundation
import Kernel
import Logging
import NIOCore
import NIOPosix
import RPC
import Schema
import Statechart
import Store
import SwiftProtobuf
import Synchronization

extension ServerCore {
    var operationMethods: [RPCMethod] {
        let health = HealthAnswers(core: self)
        return [
            RPCMethod(service: Methods.Operations.service, name: Methods.Operations.health.name) { [self] call in
                let name = Methods.Operations.health.name
                switch admit(call, service: Methods.Operations.service, method: name) {
                case .failure(let rejection): call.fail(RPCStatus(rejection))
                case .success: health.answer(call)
                }
            },
            method(Methods.Operations.stats) { $0.succeed(self.stats()) },
            method(Methods.Operations.advanceClock) { self.advanceClock($0, health) },
        ]
    }

    private func stats() -> Casework_V1_StatsResponse {
        let counts = board.status.statistics
        let counters = store.counters
        return .with {
            $0.batches = counts.batches
            $0.events = counts.events
            $0.syncs = UInt64(clamping: counters.syncs)
            $0.bytesWritten = UInt64(clamping: counters.bytesWritten)
            $0.decisions = counts.decisions
            $0.redecisions = counts.redecisions
            $0.faults = counts.faults
            $0.cases = UInt64(clamping: store.holdings.cases)
            $0.rejections = counts.rejections
            $0.cpuMicros = Self.processorTime()
        }
    }

    /// User and system time of this process, in microseconds.
    private static func processorTime() -> Int64 {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        let seconds = Int64(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        return seconds * 1_000_000 + Int64(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
    }

    private func advanceClock(
        _ exchange: Exchange<Casework_V1_AdvanceClockRequest, Casework_V1_HealthResponse>, _ health: HealthAnswers
    ) {
        guard clock.isVirtual else { return exchange.refuse(.clockIsReal) }
        guard let target = Self.target(of: exchange.request, from: clock.now, holidays) else {
            return exchange.refuse(.badStep)
        }
        clock.advance(to: target)
        logger.notice(
            "virtual clock advanced", metadata: ["to": "\(LocalDate(target))", "by": "\(exchange.principal)"])
        kernel.post(.wake)
        kernel.whenQuiet { exchange.succeed(health.response()) }
    }

    /// Nil when a request says neither how far nor to when, or both, or more than ten years.
    static func target(
        of request: Casework_V1_AdvanceClockRequest, from now: Instant, _ holidays: Holidays
    ) -> Instant? {
        guard request.toMillis != 0 else { return moment(after: request.by, from: now, holidays) }
        let isNear = (0...now.milliseconds + 3_650 * 86_400_000).contains(request.toMillis)
        return request.by.isEmpty && isNear ? Instant(milliseconds: request.toMillis) : nil
    }

    /// The moment a step leads to: working days, days and months keep the time of day. Nil for what is no step of at
    /// most ten years.
    static func moment(after step: String, from now: Instant, _ holidays: Holidays) -> Instant? {
        let today = LocalDate(now)
        let timeOfDay = now.milliseconds - today.start.milliseconds
        let day: LocalDate
        switch ChartDuration(parsing: step) {
        case .milliseconds(let count):
            return (0...3_650 * 86_400_000).contains(count) ? now.advanced(milliseconds: count) : nil
        case .days(let count) where (0...3_650).contains(count): day = today.adding(days: count)
        case .workingDays(let count) where (0...2_500).contains(count):
            day = holidays.adding(workingDays: count, to: today)
        case .months(let count) where (0...120).contains(count): day = today.adding(months: count)
        default: return nil
        }
        return day.start.advanced(milliseconds: timeOfDay)
    }
}

/// Answers `Health` on the event loop without asking anybody: it is what load balancers and benchmarks call all the
/// time.
final class HealthAnswers: Sendable {
    private struct Cached {
        var millisecond: Int64 = 0
        /// The answer without its echo.
        var buffer = ByteBuffer()
    }

    private let core: ServerCore
    private let cached = Mutex(Cached())

    init(core: ServerCore) { self.core = core }

    func answer(_ call: RPCCall) {
        guard let echo = Self.echo(call.payload) else { return call.fail(RPCStatus(.badRequest)) }
        var buffer = current()
        if echo.readableBytes > 0 { Self.append(echo, to: &buffer) }
        call.succeed(buffer)
    }

    /// Within one millisecond all answers are the same but for their echo.
    private func current() -> ByteBuffer {
        let now = core.clock.now.milliseconds
        return cached.withLock { cached in
            if cached.millisecond != now || cached.buffer.readableBytes == 0 {
                cached.millisecond = now
                // This message of numbers and short texts always encodes.
                cached.buffer = ByteBuffer(bytes: (try? response().serializedBytes() as [UInt8]) ?? [])
            }
            return cached.buffer
        }
    }

    func response() -> Casework_V1_HealthResponse {
        let status = core.board.status
        let unserved = core.connections.unserved
        return .with {
            $0.status = status.condition.rawValue
            $0.nowMillis = core.clock.now.milliseconds
            $0.development = core.isDevelopment
            $0.virtualClock = core.clock.isVirtual
            $0.lastPosition = status.lastPosition
            $0.incidents = UInt64(clamping: core.store.holdings.incidents)
            $0.stranded = UInt64(clamping: status.statistics.stranded)
            $0.postponed = UInt64(clamping: status.statistics.postponed)
            guard unserved.count > 0 else { return }
            $0.unserved = unserved.count
            $0.unservedReason = unserved.reason
            $0.unservedSecondsAgo = (NIODeadline.now() - unserved.time).nanoseconds / 1_000_000_000
            $0.unservedMessage = unserved.message
        }
    }

    /// The `echo` of a request. A request of that one field is read here, any other by the library; nil when it does
    /// not parse.
    private static func echo(_ payload: ByteBuffer) -> ByteBuffer? {
        var rest = payload
        guard let tag: UInt8 = rest.readInteger() else { return payload }
        if tag == 0x0a, let length: UInt8 = rest.readInteger(), length < 0x80, Int(length) == rest.readableBytes {
            return rest
        }
        guard let request = try? Casework_V1_HealthRequest(serializedBytes: Array(payload.readableBytesView)) else {
            return nil
        }
        return ByteBuffer(bytes: request.echo)
    }

    private static func append(_ echo: ByteBuffer, to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(0x3a))
        var length = echo.readableBytes
        while length >= 0x80 {
            buffer.writeInteger(UInt8(truncatingIfNeeded: length) | 0x80)
            length >>= 7
        }
        buffer.writeInteger(UInt8(length))
        buffer.writeImmutableBuffer(echo)
    }
}
