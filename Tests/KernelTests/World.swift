import CaseworkPluginTestKit
import Kernel
import Statechart
import Testing
import Wire

/// What a `@Sendable` closure puts somewhere; everything here runs on one thread.
// The tests call kernel, store and decider from one thread only, so nothing is ever shared.
final class Box<Value>: @unchecked Sendable {
    var value: Value

    init(_ value: Value) { self.value = value }
}

/// A small generator with a seed: the same seed gives the same bytes.
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Officers of the samples, with the roles they have there.
enum People {
    static let liNa = Principal(agency: "jilin-hrss", officer: "li-na", roles: ["agent", "hrss.checker"])
    static let wangFang = Principal(agency: "jilin-hrss", officer: "wang-fang", roles: ["village", "hrss.approver"])
    static let zhaoLei = Principal(agency: "rural-revitalization", officer: "zhao-lei", roles: ["rr.checker"])
    static let chenJie = Principal(
        agency: "county-finance", officer: "chen-jie", roles: ["finance.payer", "finance.budget"])
    static let liuYang = Principal(agency: "county-finance", officer: "liu-yang", roles: ["finance.cashier"])
}

/// A kernel with its store, its decider and its clock in the hands of a test.
final class World {
    typealias TestKernel = Kernel<MemoryStore, HonestDecider>

    static let county = "220122"
    static let pool = Pool(fund: testFund, county: county, year: 2026)

    let store: MemoryStore
    let decider: HonestDecider
    let plugin: InstalledPlugin
    private(set) var kernel: TestKernel
    var now: Instant
    private let results = Box<[CommitResult]>([])
    private let configuration: KernelConfiguration
    private var keys: UInt64 = 0

    /// - Parameter start: a moment in Asia/Shanghai, 09:00 of the day.
    init(
        chart: String = subsidyChart, handlers: Handlers = Subsidy.handlers, start: String = "2026-03-02",
        store: MemoryStore = MemoryStore(), change: (inout KernelConfiguration) -> Void = { _ in }
    ) throws {
        let definition = try Definition(canonicalJSON: Array(chart.utf8))
        self.store = store
        decider = HonestDecider(definition, handlers)
        plugin = InstalledPlugin(
            digest: digest(7), manifest: try testManifest(name: definition.name), definition: definition,
            definitionDigest: digest(8))
        now = try #require(LocalDate(parsing: start)).start.advanced(milliseconds: 9 * 3_600_000)
        var configuration = KernelConfiguration(
            keyedHash: keyedHashForTests, seed: { [UInt8](repeating: 9, count: 16) },
            committed: { [results] in results.value.append($0) })
        configuration.holidays = try testCalendar()
        change(&configuration)
        self.configuration = configuration
        kernel = try TestKernel(configuration: configuration, store: store, decider: decider)
        try kernel.install(plugin)
        kernel.load(policies: testPolicies)
    }

    /// The server is killed and started again: only what the store holds is left.
    func reboot(installing: Bool = true) throws {
        results.value = []
        decider.forget()
        kernel = try TestKernel(configuration: configuration, store: store, decider: decider)
        if installing { try kernel.install(plugin) }
        kernel.load(policies: testPolicies)
    }

    /// Sends a command; the answer is in the box once there is one.
    func send(_ command: Command) -> Box<[CommandOutcome]> {
        let box = Box<[CommandOutcome]>([])
        kernel.receive(.command(command, reply: { box.value.append($0) }), now: now)
        return box
    }

    /// Everything that can happen now happens; what has come back is in before a batch begins.
    func run() {
        for _ in 0..<100_000 {
            while deliver() {}
            kernel.turn(now: now)
            guard deliver() || !store.pending.isEmpty else { return }
            store.finish()
        }
        Issue.record("the world does not come to rest")
    }

    /// One answer of the store or of a child comes in; false when there is none.
    @discardableResult
    func deliver(_ choice: Int = 0) -> Bool {
        if let result = results.value.popLast() {
            kernel.receive(.committed(result), now: now)
        } else if let reply = decider.take(choice) {
            kernel.receive(.decided(reply), now: now)
        } else {
            return false
        }
        return true
    }

    /// The clock moves, and what falls due happens in its order.
    func advance(to date: String, hour: Int64 = 9) throws {
        now = try #require(LocalDate(parsing: date)).start.advanced(milliseconds: hour * 3_600_000)
        run()
    }

    func nextKey() -> IdempotencyKey {
        keys += 1
        return IdempotencyKey(high: UInt64(now.milliseconds) << 16 | 0x7000, low: keys)
    }

    func command(
        _ kind: Command.Kind, by principal: Principal, key: IdempotencyKey? = nil, digest content: UInt8 = 1
    ) -> Command {
        Command(key: key ?? nextKey(), digest: digest(content), principal: principal, kind: kind)
    }

    /// Sends an event without waiting for anything.
    func ask(_ event: String, _ id: CaseID, by principal: Principal) -> Box<[CommandOutcome]> {
        send(command(.send(case: id, event: event, payload: [], expectedVersion: nil), by: principal))
    }

    /// Sends a command and lets everything happen.
    @discardableResult
    func settle(_ kind: Command.Kind, by principal: Principal) throws -> CommandOutcome {
        let box = send(command(kind, by: principal))
        run()
        return try #require(box.value.first)
    }

    @discardableResult
    func open(_ person: String, isRegistered: Bool = true, quarters: UInt64 = 4) throws -> CaseID {
        let payload = Subsidy.application(person, isRegistered: isRegistered, quarters: quarters)
        let kind = Command.Kind.open(type: plugin.manifest.name, county: Self.county, payload: payload)
        return try settle(kind, by: People.liNa).get().caseID
    }

    @discardableResult
    func event(_ name: String, _ id: CaseID, by principal: Principal, version: UInt64? = nil) throws -> CommandOutcome {
        try settle(.send(case: id, event: name, payload: [], expectedVersion: version), by: principal)
    }

    func budget(_ amount: Int64, document: String = "吉财〔2026〕1号") throws -> CommandOutcome {
        try settle(.setBudget(pool: Self.pool, amount: amount, document: document), by: People.chenJie)
    }

    func states(_ id: CaseID) -> String { store.cases[id]?.states ?? "" }

    func body(_ id: CaseID) throws -> CaseBody { try CaseBody(decoding: #require(store.cases[id]).body) }

    /// The newest row of the case.
    func envelope(_ id: CaseID) throws -> Envelope {
        let stored = try #require(store.cases[id])
        let row = try #require(try store.history(at: stored.head))
        return try Envelope(decoding: row.envelope)
    }

    /// To the joint check's end: both agencies have answered.
    func reachFunds(_ id: CaseID) throws {
        _ = try event("village.verified", id, by: People.wangFang).get()
        try advance(to: "2026-03-10")
        _ = try event("employment.confirmed", id, by: People.liNa).get()
        _ = try event("registry.answered", id, by: People.zhaoLei).get()
    }
}

func digest(_ byte: UInt8) -> Digest { Digest(bytes: [UInt8](repeating: byte, count: 32)) }

func testManifest(name: String) throws -> Manifest {
    var writer = WireWriter()
    writer.string(1, name)
    writer.string(2, "1.0.0")
    writer.string(5, testFund)
    writer.string(6, "amount.flat")
    writer.string(9, "TS")
    return try Manifest(decoding: writer.bytes)
}

let testPolicies = PolicyBook(entries: [
    PolicyBook.Entry(
        type: "transport-subsidy", county: World.county, from: LocalDate(days: 18_000),
        version: PolicyVersion(
            digest: digest(3), values: ["amount.flat": .init(value: .integer(80_000), source: "吉农〔2021〕9号 第三条")])),
    PolicyBook.Entry(
        type: "transport-subsidy", county: "220183", from: LocalDate(days: 18_000),
        version: PolicyVersion(digest: digest(4), values: ["amount.flat": .init(value: .integer(50_000), source: "")])),
])

/// The holidays that the tests meet.
func testCalendar() throws -> Calendar { try Calendar(parsing: testHolidays) }

let testHolidays = """
    year 2025
    off 10-01..10-08 National Day
    year 2026
    off 01-01..01-03 New Year
    work 01-04 New Year
    work 02-14 Spring Festival
    off 02-15..02-23 Spring Festival
    work 02-28 Spring Festival
    off 04-04..04-06 Qingming
    """
