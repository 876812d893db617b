public import CaseworkPluginKit
internal import Kernel
public import SwiftProtobuf

/// A server of one case type in a test: the real kernel with its funds, deadlines, claims, roles and four-eyes, on a
/// clock that the test moves and a store in memory. A year of a case takes milliseconds.
///
/// ```swift
/// let bench = try TestBench(TransportSubsidy(), at: "2026-09-14")
/// bench.setPolicy(["amount.mode": "flat", "amount.flat": 80_000, "stay.months": 3], county: "220122")
/// try bench.setBudget(100_000, fund: "rural-revitalization", county: "220122")
/// let filed = try bench.open(application, county: "220122", by: liNa)
/// try bench.send("village.verified", to: filed, by: wangFang)
/// try bench.advance(to: "2026-09-22")
/// #expect(bench[filed].states == ["open/jointCheck/employment/pending", "open/jointCheck/registry/pending"])
/// ```
///
/// The store counts as one for trials, where synthetic persons are accepted. Not safe to use from two threads at once.
public final class TestBench<Type: CaseType> {
    typealias BenchKernel = Kernel<MemoryStore, PluginDecider>

    private let store = MemoryStore()
    private let decider: PluginDecider
    private let plugin: InstalledPlugin
    private let configuration: KernelConfiguration
    private let results = Collected<CommitResult>()
    private var kernel: BenchKernel
    private var policies: [PolicyBook.Entry] = []
    private var now: Instant
    private var keys: UInt64 = 0

    /// - Parameters:
    ///   - date: the day on which the test begins, at 09:00 in China: `2026-03-02`.
    ///   - calendar: holidays and worked weekends, in the form of the server's calendar file; without one, Monday to
    ///     Friday are worked.
    /// - Throws: `TestBenchError` when the case type, the date or the calendar cannot be used.
    public init(_ type: Type, at date: String = "2026-03-02", calendar: String = "") throws {
        now = try Self.moment(date, hour: 9)
        do {
            decider = try PluginDecider(type)
            plugin = try .linked(manifest: Type.manifest.serializedBytes(), chart: Array(Type.chart.utf8))
            var configuration = KernelConfiguration(
                keyedHash: keyedHashForTests, seed: { [UInt8](repeating: 9, count: 16) },
                committed: { [results] in results.list.append($0) })
            configuration.development = true
            configuration.holidays = try Calendar(parsing: calendar)
            self.configuration = configuration
            kernel = try BenchKernel(configuration: configuration, store: store, decider: decider)
            try kernel.install(plugin)
        } catch {
            throw TestBenchError("the case type cannot be tried: \(error)")
        }
    }

    // MARK: - The world around the case

    /// Puts a county's policy in force; a case keeps the one in force on the day it is opened.
    public func setPolicy(_ values: [String: PolicyFigure], county: String, from date: String = "2020-01-01") throws {
        guard let day = LocalDate(parsing: date) else { throw TestBenchError("\(date) is no day, such as 2026-03-02") }
        let version = PolicyVersion(
            digest: Digest(bytes: keyedHashForTests(Array("\(county) \(day) \(policies.count)".utf8))),
            values: values.mapValues { PolicyVersion.Entry(value: $0.value, source: "test") })
        policies.append(
            PolicyBook.Entry(type: plugin.manifest.name, county: county, from: day, version: version))
        kernel.load(policies: PolicyBook(entries: policies))
    }

    /// Sets what a county's fund may spend in a year, in fen.
    /// - Parameter year: that of the clock unless given.
    /// - Throws: `Refused`, when more than that is in use already.
    public func setBudget(_ fen: Int64, fund: String, county: String, year: Int? = nil) throws {
        let pool = pool(fund, county, year)
        let treasury = Officer("finance", "treasurer", roles: ["finance.budget"])
        _ = try settle(.setBudget(pool: pool, amount: fen, document: "test"), by: treasury)
    }

    /// Where a fund's money is, in fen.
    public func money(fund: String, county: String, year: Int? = nil) -> Money {
        let pool = pool(fund, county, year)
        return Money(
            available: store.balance(.available, pool), reserved: store.balance(.reserved, pool),
            committed: store.balance(.committed, pool), ordered: store.balance(.ordered, pool),
            paid: store.balance(.paid, pool))
    }

    /// Moves the clock on; what falls due meanwhile happens in its order, each at its own time.
    /// - Throws: `TestBenchError` for what is no day, or a moment that has passed.
    public func advance(to date: String, hour: Int = 9) throws {
        let moment = try Self.moment(date, hour: hour)
        guard moment >= now else { throw TestBenchError("\(date) lies before \(LocalDate(now)); time only goes on") }
        now = moment
        run()
    }

    /// The server is killed and started again: only what was committed is left.
    public func restart() throws {
        decider.forget()
        results.list = []
        kernel = try BenchKernel(configuration: configuration, store: store, decider: decider)
        try kernel.install(plugin)
        kernel.load(policies: PolicyBook(entries: policies))
        run()
    }

    // MARK: - The case

    /// Opens a case with the event `case.open`.
    /// - Throws: `Refused`; then no case exists.
    public func open(_ application: some Message, county: String, by officer: Officer) throws -> CaseNumber {
        let payload: [UInt8] = try application.serializedBytes()
        let receipt = try settle(.open(type: plugin.manifest.name, county: county, payload: payload), by: officer)
        return CaseNumber(id: receipt.caseID, text: receipt.number)
    }

    /// Sends an event.
    /// - Throws: `Refused`; then the case is as it was.
    /// - Returns: the active states afterwards.
    @discardableResult
    public func send(
        _ event: String, _ payload: (any Message)? = nil, to number: CaseNumber, by officer: Officer
    ) throws -> [String] {
        let payload: [UInt8] = try payload?.serializedBytes() ?? []
        let kind = Command.Kind.send(case: number.id, event: event, payload: payload, expectedVersion: nil)
        return try settle(kind, by: officer).states
    }

    /// The case as its newest event left it.
    public subscript(number: CaseNumber) -> CaseView<Type.Record> {
        get throws {
            guard let stored = store.cases[number.id] else { throw TestBenchError("there is no case \(number)") }
            return try CaseView(stored, history: store.history)
        }
    }

    // MARK: -

    private func settle(_ kind: Command.Kind, by officer: Officer) throws -> Receipt {
        keys += 1
        let command = Command(
            key: IdempotencyKey(high: UInt64(now.milliseconds) << 16 | 0x7000, low: keys),
            digest: Digest(bytes: keyedHashForTests([])), principal: officer.principal, kind: kind)
        let answers = Collected<CommandOutcome>()
        kernel.receive(.command(command, reply: { answers.list.append($0) }), now: now)
        run()
        guard let answer = answers.list.first else { throw TestBenchError("the event was not answered") }
        do {
            return try answer.get()
        } catch {
            throw Refused(error)
        }
    }

    /// Everything that can happen now happens.
    private func run() {
        for _ in 0..<1_000_000 {
            while let input = nextInput() { kernel.receive(input, now: now) }
            kernel.turn(now: now)
            if !store.pending.isEmpty { store.finish() } else if results.list.isEmpty && !decider.isAsked { break }
        }
        precondition(store.complaints.isEmpty, "the kernel broke its promises to the store: \(store.complaints)")
    }

    private func nextInput() -> KernelInput? {
        if let result = results.list.popLast() { return .committed(result) }
        return decider.answer().map { .decided($0) }
    }

    private func pool(_ fund: String, _ county: String, _ year: Int?) -> Pool {
        Pool(fund: fund, county: county, year: year ?? LocalDate(now).year)
    }

    private static func moment(_ date: String, hour: Int) throws -> Instant {
        guard let day = LocalDate(parsing: date), (0...23).contains(hour) else {
            throw TestBenchError("\(date), hour \(hour), is no moment; a day is 2026-03-02, an hour 0 to 23")
        }
        return day.start.advanced(milliseconds: Int64(hour) * 3_600_000)
    }
}
