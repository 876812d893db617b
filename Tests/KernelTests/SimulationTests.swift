import CaseworkPluginTestKit
import Kernel
import Testing

/// Random officers, a random disk and random children, all from one seed.
private final class Simulation {
    struct Asked {
        var command: Command
        var box: Box<[CommandOutcome]>
    }

    let world: World
    private var dice: Dice
    private var asked: [Asked] = []
    /// Those of `asked` that wait for their answer.
    private var open: [Int] = []
    private(set) var acknowledged: [IdempotencyKey: Receipt] = [:]
    private(set) var complaints: [String] = []
    private let trouble = Box(true)
    private static let counties = ["220122", "220183"]
    private static let officers = [
        People.liNa, People.wangFang, People.zhaoLei, People.chenJie, People.liuYang,
        Principal(agency: "jilin-hrss", officer: "", roles: ["agent", "hrss.approver", "hrss.checker", "village"]),
    ]

    init(seed: UInt64) throws {
        dice = Dice(state: seed)
        let seeds = Box(Dice(state: seed ^ 0xabcd))
        world = try World {
            $0.cacheLimit = 16
            $0.maximumBatch = 8
            $0.seed = { (0..<16).map { _ in UInt8(truncatingIfNeeded: seeds.value.next()) } }
        }
        makeTrouble(seed)
    }

    private func chance(_ percent: UInt64) -> Bool { dice.next() % 100 < percent }

    private func pick<Element>(_ elements: [Element]) -> Element { elements[Int(dice.next() % UInt64(elements.count))] }

    /// Children die and lie, the disk stutters; from a generator of their own.
    private func makeTrouble(_ seed: UInt64) {
        let luck = Box(Dice(state: seed ^ 0x5555))
        world.decider.fault = { [trouble] _ in
            guard trouble.value, luck.value.next() % 100 < 4 else { return nil }
            let faults: [DecisionReply.Fault] = [.crashed("signal 9"), .timedOut, .notStarted("no memory")]
            return faults.randomElement(using: &luck.value)
        }
        world.decider.tamper = { [trouble] _, tape in
            guard trouble.value, luck.value.next() % 100 < 3 else { return }
            tape.answers.append(.init(kind: .guardYes, index: 0))
        }
        world.store.fate = { [trouble] batch in
            guard trouble.value else { return .commit }
            switch luck.value.next() % 100 {
            case 0..<4: return .conflict([Int(luck.value.next() % UInt64(batch.members.count))])
            case 4: return .full
            case 5: return .unknown(written: false)
            case 6: return .unknown(written: true)
            default: return .commit
            }
        }
    }
}

// MARK: - What happens

extension Simulation {
    func run(_ steps: Int) throws {
        for step in 0..<steps {
            switch dice.next() % 100 {
            case 0..<16: apply()
            case 16..<62: send()
            // First a drought, so that many wait, then rain.
            case 62..<66: if step > steps / 2 { budget() }
            case 66..<70: repeatOne()
            case 70..<71: try restart()
            case 71..<79: world.now = world.now.advanced(milliseconds: Int64(dice.next() % 90_000_000))
            case 79..<81: world.now = world.now.advanced(milliseconds: -Int64(dice.next() % 5_000))
            default: break
            }
            moveOn()
        }
    }

    /// Some of what waits comes in, in any order; then perhaps a turn, perhaps the end of a commit.
    private func moveOn() {
        for _ in 0..<dice.next() % 6 { world.deliver(Int(dice.next() % 7)) }
        if chance(70) { world.kernel.turn(now: world.now) }
        if chance(60) { world.store.finish() }
        collect()
    }

    private func ask(_ kind: Command.Kind, by principal: Principal) {
        put(world.command(kind, by: principal))
    }

    private func put(_ command: Command) {
        open.append(asked.count)
        asked.append(Asked(command: command, box: world.send(command)))
    }

    private func apply() {
        // Few names, so that some come twice.
        let name = "person \(dice.next() % 150)"
        let payload = Subsidy.application(
            name, isFar: chance(95), isRegistered: chance(95), quarters: 1 + dice.next() % 8)
        ask(.open(type: "transport-subsidy", county: pick(Self.counties), payload: payload), by: People.liNa)
    }

    /// Mostly what the case waits for, now and then anything by anyone.
    private func send() {
        guard let id = somebody() else { return }
        let states = world.states(id)
        let fitting = Self.steps.filter { states.contains($0.state) && ($0.event != "withdraw" || chance(5)) }
        let step = fitting.isEmpty || chance(5) ? pick(Self.steps) : pick(fitting)
        let principal = chance(5) ? pick(Self.officers) : step.by
        let version = chance(10) ? world.store.cases[id]?.version : nil
        ask(.send(case: id, event: step.event, payload: [], expectedVersion: version), by: principal)
        if chance(2) { ask(.unmask(case: id, reason: "核查"), by: principal) }
    }

    /// A case that still moves, if three looks find one.
    private func somebody() -> CaseID? {
        guard !world.store.order.isEmpty else { return nil }
        let looks = (0..<3).map { _ in pick(world.store.order) }
        return looks.first { world.store.cases[$0]?.settled == false } ?? looks[0]
    }

    private static let steps: [(state: String, event: String, by: Principal)] = [
        ("villageCheck", "village.verified", People.wangFang),
        ("publicity", "objection.raised", People.liNa), ("objectionReview", "objection.dismissed", People.liNa),
        ("employment/pending", "employment.confirmed", People.liNa),
        ("registry/pending", "registry.answered", People.zhaoLei),
        ("awaitFunds", "withdraw", People.liNa), ("approval", "approval.granted", People.wangFang),
        ("approval", "approval.granted", People.wangFang), ("approval", "approval.denied", People.wangFang),
        ("approval", "approval.granted", People.wangFang), ("toOrder", "payment.ordered", People.chenJie),
        ("ordered", "payment.settled", People.liuYang),
        ("ordered", "payment.returned", People.liuYang), ("returned", "account.corrected", People.liNa),
        ("unpaid", "account.corrected", People.liNa), ("open", "withdraw", People.liNa),
    ]

    private func budget() {
        let pool = Pool(fund: testFund, county: pick(Self.counties), year: 2026)
        let granted = -world.store.balance(.granted, pool)
        let amount = chance(10) ? Int64(dice.next() % 10) * 40_000 : granted + Int64(dice.next() % 8) * 20_000
        ask(.setBudget(pool: pool, amount: amount, document: "\(amount)号"), by: People.chenJie)
    }

    private func repeatOne() {
        guard !asked.isEmpty else { return }
        put(pick(asked).command)
    }

    /// Killed at any moment; callers who got no answer will ask again.
    private func restart() throws {
        try world.reboot()
        for index in open {
            asked[index].box = world.send(asked[index].command)
        }
    }

    /// Reads answers; what was unavailable is asked again under the same key.
    private func collect() {
        let waiting = open
        open = []
        for index in waiting {
            switch asked[index].box.value.first {
            case .success(let receipt): acknowledge(asked[index].command.key, receipt)
            case .failure(let rejection) where rejection.code == .unavailable:
                if chance(30) { asked[index].box = world.send(asked[index].command) }
                open.append(index)
            case .failure: break
            case nil: open.append(index)
            }
        }
    }

    private func acknowledge(_ key: IdempotencyKey, _ receipt: Receipt) {
        var plain = receipt
        plain.repeated = false
        let before = acknowledged.updateValue(plain, forKey: key)
        if let before, before != plain { complaints.append("a key was answered in two ways") }
    }

    /// No more trouble: everything asked is asked until it is answered, and time goes by.
    func heal() throws {
        trouble.value = false
        for _ in 0..<40 {
            world.now = world.now.advanced(milliseconds: 5_000)
            world.run()
            collect()
        }
        for _ in 0..<6 {
            world.now = world.now.advanced(milliseconds: 40 * 86_400_000)
            world.run()
        }
        if !open.isEmpty { complaints.append("\(open.count) commands are never answered") }
    }
}

// MARK: - What must hold

extension Simulation {
    func check() throws {
        complaints += world.store.complaints
        try checkMoney()
        try checkReceipts()
        try checkRows()
        try checkOwners()
    }

    /// The accounts recomputed from the history alone.
    private func checkMoney() throws {
        var sums: [Pool: [Account: Int64]] = [:]
        for row in world.store.history {
            for line in try Envelope(decoding: row.envelope).postings {
                sums[line.pool, default: [:]][line.from, default: 0] -= line.amount
                sums[line.pool, default: [:]][line.to, default: 0] += line.amount
            }
        }
        if sums != world.store.balances { complaints.append("the accounts are not what the history says") }
        var held: [Pool: [Account: Int64]] = [:]
        for hold in try world.store.cases.values.flatMap({ try CaseBody(decoding: $0.body).holds }) {
            held[hold.pool, default: [:]][hold.account, default: 0] += hold.amount
        }
        for (pool, accounts) in world.store.balances {
            for account in [Account.reserved, .committed, .ordered] {
                guard accounts[account, default: 0] != held[pool]?[account] ?? 0 else { continue }
                complaints.append("\(account) of \(pool.county) is not what the cases hold")
            }
        }
    }

    private func checkReceipts() throws {
        var keys: [IdempotencyKey: Position] = [:]
        for row in world.store.history {
            guard let key = try Envelope(decoding: row.envelope).key else { continue }
            if keys.updateValue(row.position, forKey: key) != nil { complaints.append("a command happened twice") }
        }
        for (key, receipt) in acknowledged where keys[key] != receipt.position {
            complaints.append("an acknowledged command is not in the history")
        }
    }

    /// The narrow rows are exactly what the bodies say.
    private func checkRows() throws {
        var (due, waiters, claims) = (Set<DueEntry>(), Set<Waiter>(), [[UInt8]: CaseID]())
        for row in world.store.cases.values {
            let body = try CaseBody(decoding: row.body)
            for timer in body.timers where timer.paused == nil {
                due.insert(DueEntry(queue: "", due: timer.due, caseID: row.id))
            }
            for task in body.tasks { due.insert(DueEntry(queue: task.role, due: task.due, caseID: row.id)) }
            if let waiting = body.waiting {
                waiters.insert(Waiter(pool: waiting.pool, since: row.openedAt, caseID: row.id, amount: waiting.amount))
            }
            for claim in body.claims { claims[claim] = row.id }
        }
        if due != world.store.due { complaints.append("the due rows are not what the cases say") }
        if waiters != world.store.waiters { complaints.append("the waiters are not what the cases say") }
        if claims != world.store.claims { complaints.append("the claims are not what the cases say") }
    }

    /// Nothing stalls in silence, and nothing that is due is left lying.
    private func checkOwners() throws {
        for row in world.store.cases.values where !row.settled {
            let body = try CaseBody(decoding: row.body)
            let running = body.timers.filter { $0.paused == nil }
            let isOwned = !body.tasks.isEmpty || !running.isEmpty || body.waiting != nil || body.incident != nil
            if !isOwned { complaints.append("\(row.number) belongs to nobody in \(row.states)") }
            if let timer = running.first(where: { $0.due < world.now }) {
                complaints.append("\(row.number) lies on its timer \(timer.id)")
            }
        }
        for pool in Set(world.store.waiters.map(\.pool)) {
            let head = try #require(world.store.waiters.filter { $0.pool == pool }.min())
            if head.amount <= world.store.balance(.available, pool) { complaints.append("money lies while cases wait") }
        }
    }

    var bytes: [[UInt8]] { world.store.history.flatMap { [$0.envelope, $0.detail] } }
}

@Suite("Simulation")
struct SimulationTests {
    @Test("whatever breaks, money, receipts, order and owners hold", arguments: Array(1...16) as [UInt64])
    func holds(seed: UInt64) throws {
        let simulation = try Simulation(seed: seed)
        try simulation.run(1500)
        try simulation.heal()
        try simulation.check()
        let complaints = Set(simulation.complaints).sorted()
        #expect(complaints.isEmpty, "seed \(seed): \(complaints)")
        let kinds = try simulation.world.store.history.map { try Envelope(decoding: $0.envelope).kind }
        let counts = Dictionary(kinds.map { ($0, 1) }, uniquingKeysWith: +)
        print("seed \(seed): \(counts.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key) \($0.value)" })")
        for kind in [Envelope.Kind.opened, .external, .internal, .timer, .budget] {
            #expect(counts[kind, default: 0] >= 3, "seed \(seed) hardly tries \(kind)")
        }
    }

    @Test("the same seed gives the same bytes", arguments: [3, 11] as [UInt64])
    func deterministic(seed: UInt64) throws {
        let runs = try (0..<2).map { _ in
            let simulation = try Simulation(seed: seed)
            try simulation.run(800)
            try simulation.heal()
            return simulation.bytes
        }
        #expect(runs[0] == runs[1])
        #expect(runs[0].count > 100)
    }
}
