@testable import Kernel
import Testing

@Suite("Money in memory")
struct LedgerTests {
    static let pool = Pool(fund: testFund, county: "220122", year: 2026)

    private func ledger(available: Int64, waiters: [Waiter] = []) -> Ledger {
        var recovery = Recovery()
        recovery.balances = [(Self.pool, .available, available), (Self.pool, .granted, -available)]
        recovery.waiters = waiters
        return Ledger(recovery)
    }

    private func waiter(_ id: UInt64, since: Int64, amount: Int64 = 100) -> Waiter {
        Waiter(
            pool: Self.pool, since: Instant(milliseconds: since), caseID: CaseID(rawValue: id), amount: amount)
    }

    private func reserve(_ amount: Int64) -> FundChange {
        FundChange(lines: [JournalLine(pool: Self.pool, from: .available, to: .reserved, amount: amount)])
    }

    private func release(_ amount: Int64) -> FundChange {
        FundChange(lines: [JournalLine(pool: Self.pool, from: .reserved, to: .available, amount: amount)])
    }

    @Test("a debit counts when it is accepted, a credit when it is durable")
    func debitsAndCredits() {
        var ledger = ledger(available: 1000)
        ledger.accept(reserve(300))
        #expect(ledger.available(in: Self.pool) == 700)
        ledger.commit(reserve(300))
        #expect(ledger.available(in: Self.pool) == 700)
        ledger.accept(release(200))
        #expect(ledger.available(in: Self.pool) == 700)
        ledger.commit(release(200))
        #expect(ledger.available(in: Self.pool) == 900)
        ledger.accept(reserve(500))
        ledger.undo(reserve(500))
        #expect(ledger.available(in: Self.pool) == 900)
        #expect(ledger.balance(.reserved, of: Self.pool) == 100)
    }

    @Test("nothing is available to those behind a waiter, and all of it to those before")
    func nobodyOvertakes() {
        let ledger = ledger(available: 1000, waiters: [waiter(5, since: 50)])
        let at = { ledger.available(in: Self.pool, for: CaseID(rawValue: $0), since: Instant(milliseconds: $1)) }
        #expect(at(9, 60) == 0)
        #expect(at(6, 50) == 0)
        #expect(at(4, 50) == 1000)
        #expect(at(5, 50) == 1000)
        #expect(at(9, 40) == 1000)
    }

    @Test("the queue is by acceptance, and its head is not passed over for being dear")
    func queue() {
        var ledger = ledger(available: 100, waiters: [waiter(3, since: 30), waiter(1, since: 10, amount: 200)])
        #expect(ledger.affordableHead(of: Self.pool) == nil)
        ledger.accept(FundChange(joins: waiter(2, since: 5)))
        #expect(ledger.affordableHead(of: Self.pool)?.caseID.rawValue == 2)
        #expect(ledger.waiting(in: Self.pool).map(\.caseID.rawValue) == [2, 1, 3])
        var grant = reserve(100)
        grant.leaves = waiter(2, since: 5)
        ledger.accept(grant)
        #expect(ledger.affordableHead(of: Self.pool) == nil)
        ledger.undo(grant)
        #expect(ledger.waiting(in: Self.pool).map(\.caseID.rawValue) == [2, 1, 3])
        #expect(ledger.affordableHead(of: Self.pool)?.caseID.rawValue == 2)
    }

    struct Step: Sendable, CustomStringConvertible {
        var held: Account?
        var operation: Effects.Posting.Operation
        var amount: Int64
        /// The moves it makes, or nil when it is not legal.
        var moves: [String]?

        var description: String { "\(operation) \(amount) with \(held.map { "\($0)" } ?? "nothing") held" }
    }

    @Test(
        "a posting must be legal for what the case holds",
        arguments: [
            Step(held: nil, operation: .reserve, amount: 100, moves: ["available reserved 100"]),
            Step(held: .reserved, operation: .reserve, amount: 130, moves: ["available reserved 30"]),
            Step(held: .reserved, operation: .reserve, amount: 70, moves: ["reserved available 30"]),
            Step(held: .reserved, operation: .reserve, amount: 100, moves: []),
            Step(held: .committed, operation: .reserve, amount: 100),
            Step(held: .ordered, operation: .reserve, amount: 100),
            Step(held: .reserved, operation: .commit, amount: 100, moves: ["reserved committed 100"]),
            Step(held: .reserved, operation: .commit, amount: 99),
            Step(held: nil, operation: .commit, amount: 100),
            Step(held: .committed, operation: .commit, amount: 100),
            Step(held: .committed, operation: .pay, amount: 100, moves: ["committed ordered 100"]),
            Step(held: .reserved, operation: .pay, amount: 100),
            Step(held: .ordered, operation: .settle, amount: 100, moves: ["ordered paid 100"]),
            Step(held: .ordered, operation: .settle, amount: 1),
            Step(held: .committed, operation: .settle, amount: 100),
            Step(held: .ordered, operation: .bounce, amount: 100, moves: ["ordered committed 100"]),
            Step(held: .committed, operation: .bounce, amount: 100),
            Step(held: .reserved, operation: .release, amount: 100, moves: ["reserved available 100"]),
            Step(held: .committed, operation: .release, amount: 100, moves: ["committed available 100"]),
            Step(held: .ordered, operation: .release, amount: 100),
            Step(held: nil, operation: .release, amount: 100),
            Step(held: .reserved, operation: .release, amount: 50),
        ])
    func legality(step: Step) {
        let held = step.held.map { [CaseBody.Hold(pool: Self.pool, account: $0, amount: 100)] } ?? []
        var book = HoldBook(holds: held)
        let posting = Effects.Posting(operation: step.operation, fund: testFund, amount: step.amount)
        let result = Result { try book.post(posting, in: Self.pool) }
        let moves = book.lines.map { "\($0.from) \($0.to) \($0.amount)" }
        switch result {
        case .success: #expect(moves == step.moves)
        case .failure:
            #expect(step.moves == nil)
            #expect(book.holds == held)
            #expect(book.lines.isEmpty)
        }
    }
}
