public import Kernel

/// Reproducible random numbers: SplitMix64 (Steele, Lea, Flood 2014).
public struct Seeded: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(_ seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    public mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }
}

/// Whole lives of cases as a kernel would write them: opened, numbered with a claim, reserved, committed, ordered,
/// paid and settled; each step with a receipt and index rows. It goes on from whatever cases it is given.
public struct Workload: Sendable {
    public static let agency = "jilin-hrss"
    public static let pools = (0..<4).map { Pool(fund: "rural-revitalization", county: "22010\($0)", year: 2026) }
    public static let amount: Int64 = 50_000
    static let lastStep: UInt64 = 6
    public static let start = Instant(milliseconds: 1_780_000_000_000)

    public var position: Position
    private var random: Seeded
    private var living: [StoredCase] = []
    private var budgeted: Bool
    private var time: Instant

    /// - Parameters:
    ///   - position: the last one committed; 0 begins with a budget for each pool.
    ///   - cases: those that have not ended.
    public init(seed: UInt64, position: Position = 0, stamp: Instant = start, cases: [StoredCase] = []) {
        random = Seeded(seed)
        self.position = position
        living = cases
        budgeted = position > 0
        time = max(stamp, Self.start)
    }

    public mutating func batch(_ number: UInt64, members count: Int) -> Batch {
        var members: [Member] = []
        if !budgeted {
            members = Self.pools.map { budget($0) }
            budgeted = true
        }
        while members.count < count { members.append(step()) }
        return Batch(number: number, members: members)
    }

    private mutating func nextRow(_ id: CaseID, previous: Position) -> HistoryRow {
        position += 1
        time = time.advanced(milliseconds: 1)
        return HistoryRow(
            position: position, caseID: id, previous: previous, stamp: time, envelope: random.bytes(120),
            detail: random.bytes(Int.random(in: 100...900, using: &random)))
    }

    private mutating func budget(_ pool: Pool) -> Member {
        let member = Member(history: nextRow(CaseID(rawValue: 0), previous: 0))
        member.journal = [JournalLine(pool: pool, from: .granted, to: .available, amount: 1 << 40)]
        member.receipt = receipt(position)
        return member
    }

    private mutating func step() -> Member {
        if living.count < 40 || Int.random(in: 0..<6, using: &random) == 0 { return open() }
        let index = Int.random(in: 0..<living.count, using: &random)
        var row = living[index]
        let before = row
        let history = nextRow(row.id, previous: row.head)
        row.version += 1
        row.head = history.position
        row.changedAt = history.stamp
        row.states = "step\(row.version)"
        row.settled = row.version == Self.lastStep
        row.record = random.bytes(Int.random(in: 100...1500, using: &random))
        if row.version == 2 { row.number = "TS-\(row.county)-2026-\(row.id.rawValue)" }
        if row.settled { living.remove(at: index) } else { living[index] = row }
        return member(row, after: before, history)
    }

    private mutating func open() -> Member {
        let history = nextRow(CaseID(rawValue: 1 + position), previous: 0)
        let row = StoredCase(
            id: history.caseID, type: "transport-subsidy", number: "",
            county: Self.pools.randomElement(using: &random)?.county ?? "", version: 1, openedAt: history.stamp,
            changedAt: history.stamp, head: history.position, states: "step1", settled: false, incident: "",
            attributes: [1, 2, 3], body: random.bytes(300), record: random.bytes(500))
        living.append(row)
        return member(row, after: nil, history)
    }

    private mutating func member(_ row: StoredCase, after: StoredCase?, _ history: HistoryRow) -> Member {
        let member = Member(history: history)
        member.write = row
        member.expectedVersion = after?.version ?? 0
        member.receipt = receipt(history.position)
        if let after { member.dueRemoved = [Self.due(after)] }
        if !row.settled { member.dueAdded = [Self.due(row)] }
        let pool = Pool(fund: "rural-revitalization", county: row.county, year: 2026)
        switch row.version {
        case 2:
            member.claims = [Self.claim(row.id)]
            member.counter = ("TS-\(row.county)-2026", Int64(row.id.rawValue))
        case 3: member.journal = [JournalLine(pool: pool, from: .available, to: .reserved, amount: Self.amount)]
        case 4: member.journal = [JournalLine(pool: pool, from: .reserved, to: .committed, amount: Self.amount)]
        case 5: member.journal = [JournalLine(pool: pool, from: .committed, to: .ordered, amount: Self.amount)]
        case 6: member.journal = [JournalLine(pool: pool, from: .ordered, to: .paid, amount: Self.amount)]
        default: break
        }
        return member
    }

    /// A timer at odd versions, a task at even ones.
    static func due(_ row: StoredCase) -> DueEntry {
        DueEntry(
            queue: row.version.isMultiple(of: 2) ? "hrss.checker" : "",
            due: row.changedAt.advanced(milliseconds: 432_000_000), caseID: row.id)
    }

    public static func claim(_ id: CaseID) -> [UInt8] {
        var random = Seeded(id.rawValue)
        return random.bytes(32)
    }

    private mutating func receipt(_ position: Position) -> StoredReceipt {
        let key = IdempotencyKey(
            high: UInt64(time.milliseconds) << 16 | 0x7000 | UInt64.random(in: 0..<4096, using: &random),
            low: random.next())
        return StoredReceipt(
            agency: Self.agency, key: key, digest: Digest(bytes: random.bytes(32)), position: position)
    }
}
