import CaseworkPluginTestKit
import Kernel
import Testing
import Wire

/// A child that says what the chart did not ask, or takes what its case does not have.
@Suite("Lying tapes")
struct LyingTapeTests {
    struct Lie: Sendable, CustomStringConvertible {
        var name: String
        /// Who sends the event, and which.
        var event: String
        var by: Principal
        var code: Rejection.Code
        /// The finest code.
        var reason: String
        /// How often the child is asked: a lie is worth one fresh child.
        var asked: Int
        var change: @Sendable (inout TapeText) -> Void

        var description: String { name }

        init(
            name: String, event: String, by: Principal, code: Rejection.Code = .handlerFailed,
            kind: PluginFault.Kind? = nil, asked: Int = 2,
            change: @escaping @Sendable (inout TapeText) -> Void
        ) {
            (self.name, self.event, self.by) = (name, event, by)
            (self.code, self.asked, self.change) = (code, asked, change)
            reason = kind?.rawValue ?? code.rawValue
        }

        /// A bound is passed: that is no lie, and a fresh child would pass it again.
        init(
            name: String, passes code: Rejection.Code = .limitExceeded,
            change: @escaping @Sendable (inout TapeText) -> Void
        ) {
            self.init(
                name: name, event: "approval.granted", by: People.wangFang, code: code, asked: 1, change: change)
        }

        /// Refused before the plugin is asked at all.
        init(name: String, event: String, by: Principal, denied code: Rejection.Code) {
            self.init(name: name, event: event, by: by, code: code, asked: 0) { _ in }
        }
    }

    static func effects(_ body: (inout EffectsText) -> Void) -> [UInt8] {
        var effects = EffectsText()
        body(&effects)
        return effects.writer.bytes
    }

    static func raising(_ event: String) -> [UInt8] { effects { $0.raise(event) } }

    /// Actions are sorted by name: 0 bounceFunds, 1 claimPersonYear, 2 commitFunds, 3 computeAmount, 4 payFunds …
    static let lies: [Lie] = [
        Lie(
            name: "jumps from the approval to paid", event: "approval.granted", by: People.wangFang, kind: .offChart
        ) { tape in
            let settle = effects { $0.post(4, 80_000) }
            tape.answers.append(.init(kind: .actionDone, index: 4, effects: effects { $0.post(3, 80_000) }))
            tape.answers.append(.init(kind: .actionDone, index: 14, effects: settle))
        },
        Lie(name: "raises the bank's answer", event: "approval.granted", by: People.wangFang, kind: .raised) {
            $0.answers[0].effects = raising("payment.ordered")
        },
        Lie(name: "raises done", event: "approval.granted", by: People.wangFang, kind: .raised) {
            $0.answers[0].effects = raising("done.state.open/payment")
        },
        Lie(name: "raises fund.granted", event: "approval.granted", by: People.wangFang, kind: .raised) {
            $0.answers[0].effects = raising("fund.granted")
        },
        Lie(name: "raises child.settled", event: "approval.granted", by: People.wangFang, kind: .raised) {
            $0.answers[0].effects = raising("child.settled")
        },
        Lie(name: "raises job.done", event: "approval.granted", by: People.wangFang, kind: .raised) {
            $0.answers[0].effects = raising("job.done")
        },
        Lie(name: "raises case.open", event: "approval.granted", by: People.wangFang, kind: .raised) {
            $0.answers[0].effects = raising("case.open")
        },
        Lie(name: "raises error.execution", event: "approval.granted", by: People.wangFang, kind: .raised) {
            $0.answers[0].effects = raising("error.execution")
        },
        Lie(name: "approves without the role", event: "approval.granted", by: People.liNa, denied: .permissionDenied),
        Lie(name: "skips the four eyes", event: "approval.granted", by: both, denied: .fourEyes),
        Lie(name: "skips them by the agency's certificate", event: "approval.granted", by: faceless, denied: .fourEyes),
        Lie(name: "posts to another fund", event: "approval.granted", by: People.wangFang, kind: .foreignFund) {
            $0.answers[0].effects = effects { $0.post(2, 80_000, fund: "guarantee") }
        },
        Lie(name: "commits another amount", event: "approval.granted", by: People.wangFang, kind: .wrongPosting) {
            $0.answers[0].effects = effects { $0.post(2, 79_999) }
        },
        Lie(name: "pays at once", event: "approval.granted", by: People.wangFang, kind: .wrongPosting) {
            $0.answers[0].effects = effects { $0.post(3, 80_000) }
        },
        Lie(name: "commits twice", event: "approval.granted", by: People.wangFang, kind: .wrongPosting) {
            $0.answers[0].effects = effects {
                $0.post(2, 80_000)
                $0.post(2, 80_000)
            }
        },
        Lie(name: "posts nothing below zero", event: "approval.granted", by: People.wangFang, kind: .wrongPosting) {
            $0.answers[0].effects = effects { $0.post(2, -80_000) }
        },
        Lie(name: "an unknown operation", event: "approval.granted", by: People.wangFang, kind: .malformed) {
            $0.answers[0].effects = effects { $0.post(9, 80_000) }
        },
        Lie(name: "waits for another fund", event: "approval.granted", by: People.wangFang, kind: .foreignFund) {
            $0.answers[0].effects = effects { $0.wait(5, fund: "guarantee") }
        },
        Lie(name: "one answer too many", event: "approval.granted", by: People.wangFang, kind: .offChart) {
            $0.answers.append(.init(kind: .guardYes, index: 0))
        },
        Lie(name: "no answer at all", event: "approval.granted", by: People.wangFang, kind: .offChart) {
            $0.answers = []
        },
        Lie(name: "the wrong index", event: "approval.granted", by: People.wangFang, kind: .offChart) {
            $0.answers[0].index = 3
        },
        Lie(name: "an index out of range", event: "approval.granted", by: People.wangFang, kind: .offChart) {
            $0.answers[0].index = .max
        },
        Lie(name: "a guard for an action", event: "approval.granted", by: People.wangFang, kind: .offChart) {
            $0.answers[0] = .init(kind: .guardYes, index: 2)
        },
        Lie(name: "an action for a guard", event: "withdraw", by: People.liNa, kind: .offChart) {
            $0.answers.insert(.init(kind: .actionDone, index: 0), at: 0)
        },
        Lie(name: "a refusal without a reason", event: "approval.granted", by: People.wangFang, kind: .malformed) {
            $0.answers[0] = .init(kind: .actionRefused, index: 2)
        },
        Lie(name: "done and refused at once", event: "approval.granted", by: People.wangFang, kind: .malformed) {
            $0.answers[0].effects = effects { $0.refuse("NO", "不", "no") }
        },
        Lie(name: "effects of a failed action", event: "approval.granted", by: People.wangFang, kind: .malformed) {
            $0.answers[0] = .init(kind: .actionFailed, index: 2, effects: effects { $0.post(2, 80_000) })
        },
        Lie(name: "ends while it holds money", event: "approval.denied", by: People.wangFang, kind: .leftMoney) {
            for index in $0.answers.indices { $0.answers[index].effects = [] }
        },
        Lie(name: "a failed action", event: "approval.granted", by: People.wangFang, kind: .failed, asked: 1) {
            $0.answers[0] = .init(kind: .actionFailed, index: 2)
        },
        Lie(name: "too large a record", passes: .recordTooLarge) {
            $0.record = [UInt8](repeating: 1, count: 65_537)
        },
        Lie(name: "too long a reply") {
            $0.record = [UInt8](repeating: 1, count: 1 << 20)
        },
        Lie(name: "too many effects") {
            $0.answers[0].effects = effects { for name in 0..<65 { $0.raise("x\(name)") } }
        },
        Lie(name: "too many postings") {
            $0.answers[0].effects = effects { for _ in 0..<17 { $0.post(1, 1) } }
        },
        Lie(
            name: "amounts whose sum has no number", event: "approval.granted", by: People.wangFang, kind: .wrongPosting
        ) {
            $0.answers[0].effects = effects { for operation: UInt64 in [1, 2, 3, 4, 1] { $0.post(operation, .max) } }
        },
        Lie(name: "too many attributes") {
            $0.answers[0].effects = effects {
                $0.post(2, 80_000)
                for name in 0..<17 { $0.attribute("a\(name)", 1) }
            }
        },
        Lie(name: "too many claims") {
            $0.answers[0].effects = effects {
                $0.post(2, 80_000)
                for name in 0..<17 { $0.claim("s", [UInt8(name)]) }
            }
        },
        Lie(name: "too long a reason") {
            $0.answers[0].reason = String(repeating: "x", count: 2049)
        },
    ]

    static let both = Principal(
        agency: "jilin-hrss", officer: "li-na", roles: ["agent", "hrss.approver", "hrss.checker"])
    static let faceless = Principal(agency: "jilin-hrss", officer: "", roles: ["hrss.approver"])

    @Test("nothing happens, and the caller is told", arguments: lies)
    func lie(lie: Lie) throws {
        let world = try World()
        _ = try world.budget(100_000).get()
        let id = try world.open("zhang-san")
        try world.reachFunds(id)
        let before = try #require(world.store.cases[id])
        let (rows, asked) = (world.store.history.count, world.decider.asked.count)
        world.decider.tamper = { _, tape in lie.change(&tape) }
        let outcome = try world.event(lie.event, id, by: lie.by)
        #expect(failure(outcome) == lie.code)
        if case .failure(let rejection) = outcome {
            #expect(rejection.reason == lie.reason)
            #expect(!rejection.zh.isEmpty && !rejection.en.isEmpty)
        }
        #expect(world.decider.asked.count - asked == lie.asked)
        // A child that was not believed is not asked again.
        #expect(world.decider.renewals == (lie.asked == 2 ? 2 : 0))
        #expect(world.store.cases[id] == before)
        #expect(world.store.history.count == rows)
        #expect(world.store.balance(.available, World.pool) == 20_000)
        // The same child, honest again, finds the case as it was.
        world.decider.tamper = { _, _ in }
        #expect(try world.event("approval.granted", id, by: People.wangFang).get().states == ["open/payment/toOrder"])
    }

    /// The quick look before the child is asked lets an event pass that some transition allows; which one it is, the
    /// tape decides.
    @Test(
        "a tape that takes the way of other hands is refused by the hands, whatever its guard says",
        arguments: [
            (#""by":["agent"],"distinctFrom":["case.open"]"#, Rejection.Code.fourEyes),
            (#""by":["hrss.approver"]"#, .permissionDenied),
        ])
    func hands(way: String, code: Rejection.Code) throws {
        let chart = """
            {"chart":"gate","format":1,"initial":["intake"],"states":[
            {"id":"intake","transitions":[{"event":"case.open","by":["agent"],"to":["a"]}]},
            {"id":"a","tasks":[{"id":"t","role":"agent"}],"transitions":[
            {"event":"go","if":"isOpen","to":["paid"],\(way)},{"event":"go","by":["agent"],"to":["sent"]}]},
            {"id":"paid","final":true},{"id":"sent","final":true}]}
            """
        var handlers = Handlers()
        handlers.guards["isOpen"] = { _ in (.guardNo, "") }
        let world = try World(chart: chart, handlers: handlers)
        let id = try world.settle(.open(type: "gate", county: World.county, payload: []), by: People.liNa).get().caseID
        let (before, asked) = (world.store.cases[id], world.decider.asked.count)
        world.decider.tamper = { _, tape in tape.answers[0].kind = .guardYes }
        #expect(failure(try world.event("go", id, by: People.liNa)) == code)
        #expect(world.decider.asked.count == asked + 1)
        #expect(world.store.cases[id] == before && world.store.history.count == 1)
        world.decider.tamper = { _, _ in }
        #expect(try world.event("go", id, by: People.liNa).get().states == ["sent"])
    }

    @Test("garbage instead of a tape", arguments: [[0xff], [8, 1, 8], [0x0a, 0x7f], [0x0a, 2, 8, 99]] as [[UInt8]])
    func garbage(bytes: [UInt8]) throws {
        let world = try World()
        let id = try world.open("zhang-san")
        let box = world.send(
            world.command(
                .send(case: id, event: "village.verified", payload: [], expectedVersion: nil), by: People.wangFang))
        for _ in 0..<2 {
            let ticket = try #require(world.decider.take()).ticket
            world.kernel.receive(.decided(DecisionReply(ticket: ticket, tape: .success(bytes))), now: world.now)
        }
        #expect(failure(try #require(box.value.first)) == .handlerFailed)
        #expect(world.store.cases[id]?.version == 1)
    }

    @Test("answers to tickets nobody holds are dropped")
    func strangers() throws {
        let world = try World()
        let id = try world.open("zhang-san")
        for ticket in [0, 1, 2, 99, UInt64.max] {
            world.kernel.receive(.decided(DecisionReply(ticket: ticket, tape: .success([]))), now: world.now)
        }
        world.run()
        #expect(world.store.cases[id]?.version == 1)
        #expect(world.store.history.count == 1)
    }

    @Test("a skipped publicity is the kernel's to notice: the timer decides, not the tape")
    func opensFurther() throws {
        let world = try World()
        world.decider.tamper = { _, tape in
            tape.answers.append(.init(kind: .guardYes, index: 2))
            tape.answers.append(.init(kind: .guardYes, index: 1))
        }
        let kind = Command.Kind.open(
            type: "transport-subsidy", county: World.county, payload: Subsidy.application("zhang-san"))
        #expect(failure(try world.settle(kind, by: People.liNa)) == .handlerFailed)
        #expect(world.store.cases.isEmpty)
        #expect(world.store.counters.isEmpty)
    }
}
