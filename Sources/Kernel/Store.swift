/// A fund of one county in one budget year.
public struct Pool: Hashable, Comparable, Sendable {
    /// Name of the fund: `rural-revitalization`.
    public var fund: String
    /// Six-digit division code.
    public var county: String
    /// Calendar year in Asia/Shanghai.
    public var year: Int

    public init(fund: String, county: String, year: Int) {
        self.fund = fund
        self.county = county
        self.year = year
    }

    public static func < (a: Pool, b: Pool) -> Bool { (a.fund, a.county, a.year) < (b.fund, b.county, b.year) }
}

/// The accounts of a pool. Every posting moves fen from one to another, so their sum stays zero.
public enum Account: UInt8, CaseIterable, Sendable {
    /// What the budget documents granted, as a negative balance: where the money comes from.
    case granted = 1
    case available = 2
    case reserved = 3
    case committed = 4
    /// Ordered at the treasury, not yet confirmed by the bank.
    case ordered = 5
    case paid = 6
}

/// One line of a journal entry: `amount` fen leave `from` and arrive in `to`.
public struct JournalLine: Equatable, Sendable {
    public var pool: Pool
    public var from: Account
    public var to: Account
    /// In fen, > 0.
    public var amount: Int64

    public init(pool: Pool, from: Account, to: Account, amount: Int64) {
        self.pool = pool
        self.from = from
        self.to = to
        self.amount = amount
    }
}

/// A case as the store keeps it. `body` and `record` are sealed at rest; everything else lies open and is searchable.
public struct StoredCase: Equatable, Sendable {
    public var id: CaseID
    public var type: String
    /// Public case number.
    public var number: String
    public var county: String
    /// 1 when opened, then one more each event.
    public var version: UInt64
    public var openedAt: Instant
    public var changedAt: Instant
    /// Position of the case's newest history row; the way into its history.
    public var head: Position
    /// Chain hash of the history row at `head`, made by the store. Ignored on write.
    public var headHash: [UInt8]
    /// Paths of the active atomic states, sorted, joined by one space.
    public var states: String
    /// The case has ended, though it may still take events.
    public var settled: Bool
    /// The incident's sentence, or empty.
    public var incident: String
    /// Open attributes, encoded as `casework.store.v1.Attributes`; personal ones are only keyed hashes.
    public var attributes: [UInt8]
    /// Kernel state: definition, plugin and policy digests, interpreter snapshot, timers, tasks, senders, holds;
    /// encoded as `casework.store.v1.CaseBody`.
    public var body: [UInt8]
    /// The plugin's record. Sealed.
    public var record: [UInt8]

    public init(
        id: CaseID, type: String, number: String, county: String, version: UInt64, openedAt: Instant,
        changedAt: Instant, head: Position, headHash: [UInt8] = [], states: String, settled: Bool, incident: String,
        attributes: [UInt8], body: [UInt8], record: [UInt8]
    ) {
        self.id = id
        self.type = type
        self.number = number
        self.county = county
        self.version = version
        self.openedAt = openedAt
        self.changedAt = changedAt
        self.head = head
        self.headHash = headHash
        self.states = states
        self.settled = settled
        self.incident = incident
        self.attributes = attributes
        self.body = body
        self.record = record
    }
}

/// One event in the life of a case (or of the store: case 0, such as a budget).
public struct HistoryRow: Equatable, Sendable {
    public var position: Position
    public var caseID: CaseID
    /// Position of the case's row before this one; 0 for the first.
    public var previous: Position
    public var stamp: Instant
    /// What may be read without opening the seal: event, principal, states, version, key, amounts posted, digests of
    /// definition, plugin, policy and calendar; encoded as `casework.store.v1.Envelope`.
    public var envelope: [UInt8]
    /// Payload, facts, tape and record after; encoded as `casework.store.v1.Detail`. Sealed.
    public var detail: [UInt8]
    /// The row's chain hash, made by the store. Ignored on write.
    public var hash: [UInt8]

    public init(
        position: Position, caseID: CaseID, previous: Position, stamp: Instant, envelope: [UInt8], detail: [UInt8],
        hash: [UInt8] = []
    ) {
        self.position = position
        self.caseID = caseID
        self.previous = previous
        self.stamp = stamp
        self.envelope = envelope
        self.detail = detail
        self.hash = hash
    }
}

/// A row of a narrow index beside the case: a timer or an open task, by when it is due.
public struct DueEntry: Hashable, Comparable, Sendable {
    /// Role whose worklist it is; empty for a timer.
    public var queue: String
    public var due: Instant
    public var caseID: CaseID

    public init(queue: String, due: Instant, caseID: CaseID) {
        self.queue = queue
        self.due = due
        self.caseID = caseID
    }

    public static func < (a: DueEntry, b: DueEntry) -> Bool {
        (a.queue, a.due, a.caseID) < (b.queue, b.due, b.caseID)
    }
}

/// A case waiting for money of a pool, in strict order of acceptance.
public struct Waiter: Hashable, Comparable, Sendable {
    public var pool: Pool
    /// When the case was opened: who came first goes first; the case id breaks a tie.
    public var since: Instant
    public var caseID: CaseID
    /// In fen.
    public var amount: Int64

    public init(pool: Pool, since: Instant, caseID: CaseID, amount: Int64) {
        self.pool = pool
        self.since = since
        self.caseID = caseID
        self.amount = amount
    }

    public static func < (a: Waiter, b: Waiter) -> Bool {
        (a.pool, a.since, a.caseID) < (b.pool, b.since, b.caseID)
    }
}

/// The durable answer to a key.
public struct StoredReceipt: Equatable, Sendable {
    public var agency: String
    public var key: IdempotencyKey
    public var digest: Digest
    /// The history row that holds the answer.
    public var position: Position

    public init(agency: String, key: IdempotencyKey, digest: Digest, position: Position) {
        self.agency = agency
        self.key = key
        self.digest = digest
        self.position = position
    }
}

/// Everything one accepted event writes. All of it is committed, or none.
///
/// A class, because it is handed on many times and never copied. `@unchecked Sendable`: from when its batch is given to
/// a store until the store has answered, nobody changes it.
public final class Member: @unchecked Sendable {
    /// The row to write, and the version it must replace (0: the case must not exist); nil for an event of the store.
    public var write: StoredCase?
    public var expectedVersion: UInt64 = 0
    public var history: HistoryRow
    public var receipt: StoredReceipt?
    /// Keyed hashes of claims that must be free, and of claims this case gives back.
    public var claims: [[UInt8]] = []
    public var releases: [[UInt8]] = []
    public var journal: [JournalLine] = []
    /// The narrow index rows to remove and to add.
    public var dueRemoved: [DueEntry] = []
    public var dueAdded: [DueEntry] = []
    public var waiterRemoved: [Waiter] = []
    public var waiterAdded: [Waiter] = []
    /// A counter of public case numbers and its new value: `TS-220122-2026`, 17.
    public var counter: (name: String, value: Int64)?

    public init(history: HistoryRow) { self.history = history }
}

/// The members of one group commit; positions follow each other without a gap.
public struct Batch: Sendable {
    /// 1, 2, 3 …: a result names its batch.
    public var number: UInt64
    public var members: [Member]

    public init(number: UInt64, members: [Member]) {
        self.number = number
        self.members = members
    }
}

/// The outcome of a batch.
public struct CommitResult: Sendable {
    public enum Outcome: Sendable {
        /// Durable on disk, all members.
        case committed
        /// Preconditions of these members (indices) did not hold; nothing of the batch was written.
        case conflict(members: [Int])
        /// Nothing was written and writing is closed until there is space again.
        case full
        /// Unknown whether it was written: drop all memory and recover from a store opened anew.
        case unknown(String)
    }

    public var number: UInt64
    public var outcome: Outcome
    /// Chain hashes of the members' history rows, in order; empty unless committed by a store that keeps a chain.
    public var hashes: [[UInt8]]

    public init(number: UInt64, outcome: Outcome, hashes: [[UInt8]] = []) {
        self.number = number
        self.outcome = outcome
        self.hashes = hashes
    }
}

/// A chart in use: its canonical JSON, kept for ever under its digest.
public struct StoredDefinition: Equatable, Sendable {
    public var digest: Digest
    public var json: [UInt8]

    public init(digest: Digest, json: [UInt8]) {
        self.digest = digest
        self.json = json
    }
}

/// What a kernel needs to begin or to begin again.
public struct Recovery: Sendable {
    public var lastPosition: Position = 0
    public var lastStamp = Instant(milliseconds: 0)
    /// Node number of this store, 0 … 1023, part of new case ids.
    public var node: UInt16 = 0
    public var balances: [(pool: Pool, account: Account, amount: Int64)] = []
    public var waiters: [Waiter] = []
    public var counters: [String: Int64] = [:]
    /// The latest key among each agency's receipts.
    public var newestKeys: [String: IdempotencyKey] = [:]

    public init() {}
}

/// Why a read of the store gave nothing. The message is one line for the operator's log, without personal data.
public enum StoreFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// Nothing can be read for now: to be tried again.
    case down(String)
    /// What was asked for is not what was written. Waiting does not help, and all the rest can be read.
    case damaged(String)

    public var description: String {
        switch self {
        case .down(let message), .damaged(let message): message
        }
    }
}

/// A seam: SQLite in the daemon, memory in tests. Reads see every commit whose result has been delivered; `commit`
/// returns at once and delivers its result later, on any thread.
public protocol CaseStore: AnyObject {
    func recover() throws(StoreFault) -> Recovery
    func load(_ id: CaseID) throws(StoreFault) -> StoredCase?
    func history(at position: Position) throws(StoreFault) -> HistoryRow?
    func receipt(agency: String, key: IdempotencyKey) throws(StoreFault) -> StoredReceipt?
    /// The case that holds a claim, by its keyed hash.
    func holder(of claim: [UInt8]) throws(StoreFault) -> CaseID?
    /// The earliest timers (entries with an empty queue) due at or before `until`, in order.
    func timers(until: Instant, limit: Int) throws(StoreFault) -> [DueEntry]
    /// When the next timer is due, if there is one.
    func nextTimer() throws(StoreFault) -> Instant?
    /// Keeps a definition; the same digest again changes nothing.
    func keep(_ definition: StoredDefinition) throws
    func commit(_ batch: Batch, then: @escaping @Sendable (CommitResult) -> Void)
}
