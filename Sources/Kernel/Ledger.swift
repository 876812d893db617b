/// Money in memory: what is durable, what accepted events have taken from it, and who waits.
///
/// A debit of `available` counts from the moment its event is accepted, a credit only once it is durable: whatever
/// becomes of the batch, nothing is spent twice.
struct Ledger {
    private var balances: [Pool: [Account: Int64]] = [:]
    /// Taken from `available` by events accepted and not yet durable.
    private var taken: [Pool: Int64] = [:]
    /// Sorted: first come, first served. Entries change when an event is accepted.
    private var queues: [Pool: [Waiter]] = [:]
    /// Pools in which the head of the queue may have become affordable.
    private(set) var stirred: Set<Pool> = []

    init() {}

    init(_ recovery: Recovery) {
        for entry in recovery.balances { balances[entry.pool, default: [:]][entry.account] = entry.amount }
        for waiter in recovery.waiters { queues[waiter.pool, default: []].append(waiter) }
        for pool in queues.keys { queues[pool]?.sort() }
        stirred = Set(queues.keys)
    }

    func balance(_ account: Account, of pool: Pool) -> Int64 { balances[pool]?[account] ?? 0 }

    func accounts(of pool: Pool) -> [Account: Int64] { balances[pool] ?? [:] }

    /// Those that have any money.
    var pools: [Pool] { Array(balances.keys) }

    /// What nobody has taken yet, in fen.
    func available(in pool: Pool) -> Int64 { balance(.available, of: pool) - (taken[pool] ?? 0) }

    /// What a case may take: nothing while others wait before it.
    func available(in pool: Pool, for caseID: CaseID, since: Instant) -> Int64 {
        if let head = queues[pool]?.first, (head.since, head.caseID) < (since, caseID) { return 0 }
        return max(0, available(in: pool))
    }

    func waiting(in pool: Pool) -> [Waiter] { queues[pool] ?? [] }

    var queuedPools: [Pool] { Array(queues.keys) }

    /// The first in the queue, if its amount is there.
    func affordableHead(of pool: Pool) -> Waiter? {
        guard let head = queues[pool]?.first, head.amount <= available(in: pool) else { return nil }
        return head
    }

    mutating func settle(_ pool: Pool) { stirred.remove(pool) }

    mutating func stir(_ pool: Pool) { if queues[pool]?.isEmpty == false { stirred.insert(pool) } }
}

// MARK: - The way of a change: accepted, then durable or undone

extension Ledger {
    mutating func accept(_ change: FundChange) {
        for (pool, debit) in change.debits { taken[pool, default: 0] += debit }
        if let waiter = change.leaves { remove(waiter) }
        if let waiter = change.joins { insert(waiter) }
    }

    mutating func commit(_ change: FundChange) {
        for (pool, debit) in change.debits { release(debit, of: pool) }
        for line in change.lines {
            balances[line.pool, default: [:]][line.from, default: 0] -= line.amount
            balances[line.pool, default: [:]][line.to, default: 0] += line.amount
            stir(line.pool)
        }
    }

    mutating func undo(_ change: FundChange) {
        for (pool, debit) in change.debits { release(debit, of: pool) }
        if let waiter = change.joins { remove(waiter) }
        if let waiter = change.leaves { insert(waiter) }
    }

    private mutating func release(_ debit: Int64, of pool: Pool) {
        let rest = (taken[pool] ?? 0) - debit
        taken[pool] = rest == 0 ? nil : rest
        stir(pool)
    }

    private mutating func insert(_ waiter: Waiter) {
        var queue = queues[waiter.pool] ?? []
        var (low, high) = (0, queue.count)
        while low < high {
            let middle = (low + high) / 2
            if queue[middle] < waiter { low = middle + 1 } else { high = middle }
        }
        queues[waiter.pool] = nil
        queue.insert(waiter, at: low)
        queues[waiter.pool] = queue
        stir(waiter.pool)
    }

    private mutating func remove(_ waiter: Waiter) {
        queues[waiter.pool]?.removeAll { $0.caseID == waiter.caseID }
        if queues[waiter.pool]?.isEmpty == true { queues[waiter.pool] = nil }
        stir(waiter.pool)
    }
}

/// What one event does to the money: journal lines, and a place in a queue left or taken.
struct FundChange: Equatable {
    var lines: [JournalLine] = []
    var leaves: Waiter?
    var joins: Waiter?

    /// Taken from `available` by pool, after what the same event gives back there.
    var debits: [Pool: Int64] {
        var sums: [Pool: Int64] = [:]
        for line in lines {
            if line.from == .available { sums[line.pool, default: 0] += line.amount }
            if line.to == .available { sums[line.pool, default: 0] -= line.amount }
        }
        return sums.filter { $0.value > 0 }
    }

    /// Pools whose money or queue it touches.
    var pools: Set<Pool> { Set(lines.map(\.pool) + [leaves, joins].compactMap { $0?.pool }) }
}

extension TapeError {
    fileprivate static func wrongPosting(_ what: String) -> TapeError { .illegal(PluginFault(.wrongPosting, what)) }
}

/// What a case holds while one event's postings are tried on it.
struct HoldBook {
    private(set) var holds: [CaseBody.Hold]
    private(set) var lines: [JournalLine] = []

    init(holds: [CaseBody.Hold]) { self.holds = holds }

    func hold(of fund: String) -> CaseBody.Hold? { holds.first { $0.pool.fund == fund } }

    /// - Parameter pool: where the fund's money lies for this case; a hold keeps its own.
    mutating func post(_ posting: Effects.Posting, in pool: Pool) throws(TapeError) {
        let held = hold(of: posting.fund)
        switch posting.operation {
        case .reserve: try reserve(posting.amount, in: pool, held: held)
        case .commit: try move(held, posting, from: .reserved, to: .committed)
        case .pay: try move(held, posting, from: .committed, to: .ordered)
        case .settle: try move(held, posting, from: .ordered, to: .paid)
        case .bounce: try move(held, posting, from: .ordered, to: .committed)
        case .release:
            let from: Account = held?.account == .committed ? .committed : .reserved
            try move(held, posting, from: from, to: .available)
        }
    }

    /// Sets the hold to the amount, whatever it was.
    private mutating func reserve(_ amount: Int64, in pool: Pool, held: CaseBody.Hold?) throws(TapeError) {
        guard held == nil || held?.account == .reserved else {
            throw .wrongPosting("money is reserved though the case's hold is \(held?.account ?? .reserved)")
        }
        let (change, overflow) = amount.subtractingReportingOverflow(held?.amount ?? 0)
        guard !overflow else { throw .wrongPosting("an amount is out of range") }
        if change > 0 { lines.append(JournalLine(pool: pool, from: .available, to: .reserved, amount: change)) }
        if change < 0 { lines.append(JournalLine(pool: pool, from: .reserved, to: .available, amount: -change)) }
        set(CaseBody.Hold(pool: pool, account: .reserved, amount: amount), fund: pool.fund)
    }

    private mutating func move(
        _ held: CaseBody.Hold?, _ posting: Effects.Posting, from: Account, to: Account
    ) throws(TapeError) {
        guard let held, held.account == from else {
            let found = held.map { "\($0.account)" } ?? "none"
            throw .wrongPosting("\(posting.operation) needs a hold that is \(from), not \(found)")
        }
        guard held.amount == posting.amount else {
            let asked = "\(posting.operation) of \(posting.amount) fen"
            throw .wrongPosting("\(asked) does not match the hold of \(held.amount)")
        }
        lines.append(JournalLine(pool: held.pool, from: from, to: to, amount: held.amount))
        let rests = to == .committed || to == .ordered
        set(rests ? CaseBody.Hold(pool: held.pool, account: to, amount: held.amount) : nil, fund: posting.fund)
    }

    private mutating func set(_ hold: CaseBody.Hold?, fund: String) {
        holds.removeAll { $0.pool.fund == fund }
        if let hold { holds.append(hold) }
    }
}
