import Statechart

/// A promise that the kernel has broken to itself. What it knows can no longer be trusted: nothing more is written.
public struct Breach: Error, Equatable, Sendable {
    /// One line for the operator, without personal data.
    public let what: String
}

/// What every commit keeps. It holds by construction; here it is looked at once more before anything is written, in
/// release too: a mistake in this program must end in a sentence, not in a false row or a fen too many.
struct Promises {
    private var position: Position
    private let ledger: Ledger
    private var balances: [Pool: [Account: Int64]] = [:]
    private var cases: Set<CaseID> = []

    /// - Parameters:
    ///   - position: of the newest durable event.
    ///   - ledger: where the money is after it.
    init(after position: Position, _ ledger: Ledger) {
        self.position = position
        self.ledger = ledger
    }

    /// To be asked of each member of the commit, in order.
    ///
    /// - Parameters:
    ///   - version: of the case, as its newest durable event left it; 0 while it is being opened.
    ///   - isOwned: the case has ended, or somebody or something will go on with it.
    /// - Returns: the promise that does not hold, or nil.
    mutating func broken(by member: Member, version: UInt64, isOwned: Bool) -> Breach? {
        position += 1
        let what = order(member) ?? (member.write.flatMap { row(member, $0, version, isOwned) }) ?? money(member)
        return what.map { Breach(what: "event \(position) of case \(member.history.caseID): \($0)") }
    }

    private func order(_ member: Member) -> String? {
        guard member.history.position == position else { return "its position leaves a gap" }
        let points = [member.write?.head, member.receipt?.position].compactMap { $0 }
        return points.allSatisfy { $0 == position } ? nil : "its row or receipt points elsewhere"
    }

    private mutating func row(_ member: Member, _ row: StoredCase, _ version: UInt64, _ isOwned: Bool) -> String? {
        guard cases.insert(row.id).inserted else { return "the case has two events in one commit" }
        guard row.id == member.history.caseID else { return "its row is another case's" }
        guard member.expectedVersion == version, row.version == version + 1 else {
            return "version \(row.version) does not follow \(version)"
        }
        return isOwned ? nil : "nobody would own the case"
    }

    private mutating func money(_ member: Member) -> String? {
        for line in member.journal {
            guard line.amount > 0, line.from != line.to else { return "a journal line moves nothing" }
            var accounts = balances[line.pool] ?? ledger.accounts(of: line.pool)
            accounts[line.from, default: 0] -= line.amount
            accounts[line.to, default: 0] += line.amount
            balances[line.pool] = accounts
            guard line.from == .granted || accounts[line.from, default: 0] >= 0 else {
                return "\(line.from) of \(line.pool.fund) \(line.pool.county) \(line.pool.year) would be overdrawn"
            }
        }
        return nil
    }
}

extension Ledger {
    /// A pool whose accounts do not add up to nothing, as each journal line leaves them.
    var imbalance: Breach? {
        let pool = pools.sorted().first { accounts(of: $0).values.reduce(0, +) != 0 }
        return pool.map { pool in
            Breach(what: "the accounts of \(pool.fund) \(pool.county) \(pool.year) do not add up")
        }
    }
}

extension Kernel {
    /// Nil when all promises are kept.
    func breach(in events: Gathering) -> Breach? {
        var promises = Promises(after: lastPosition, ledger)
        for index in events.indices {
            let accepted = events.events[index]
            let isOwned = accepted.proposal.map { $0.interpreter.isSettled || $0.body.isOwned } ?? true
            let broken = promises.broken(
                by: events.members[index], version: accepted.live?.stored?.version ?? 0, isOwned: isOwned)
            if let broken { return broken }
        }
        return nil
    }

    /// A case has one event in flight.
    func move(_ live: LiveCase, to phase: LiveCase.Phase) {
        guard live.move(to: phase) else {
            return stop(Breach(what: "case \(live.id) has two events in flight"))
        }
    }

    func stop(_ breach: Breach) { self.breach = self.breach ?? breach }
}
