import CaseworkPluginTestKit
@testable import Kernel
import Testing

@Suite("What comes in")
struct IntakeTests {
    @Test("the same key gives the same answer, while in flight and for ever after")
    func idempotency() throws {
        let world = try World()
        let kind = Command.Kind.open(
            type: "transport-subsidy", county: World.county, payload: Subsidy.application("zhang-san"))
        let command = world.command(kind, by: People.liNa)
        let (first, second) = (world.send(command), world.send(command))
        #expect(first.value.isEmpty)
        world.run()
        let answer = try #require(first.value.first).get()
        #expect(!answer.repeated)
        let third = world.send(command)
        for box in [second, third] {
            var again = try #require(box.value.first).get()
            #expect(again.repeated)
            again.repeated = false
            #expect(again == answer)
        }
        #expect(world.store.cases.count == 1)
        #expect(world.store.history.count == 1)
    }

    @Test("an agency's key means nothing to another agency")
    func scope() throws {
        let world = try World()
        let key = world.nextKey()
        let kind = Command.Kind.setBudget(pool: World.pool, amount: 5, document: "1号")
        let own = world.send(world.command(kind, by: People.chenJie, key: key))
        let other = world.send(world.command(kind, by: People.liNa, key: key, digest: 2))
        world.run()
        #expect(try own.value[0].get().position == 1)
        #expect(try other.value[0].get().position == 2)
    }

    @Test("a fresh key costs no look into the store, in whatever order clients of one agency send; a used one is found")
    func freshKeys() throws {
        let world = try World()
        let high = world.nextKey().high
        func budget(_ low: UInt64, by principal: Principal = People.chenJie) throws -> Receipt {
            let kind = Command.Kind.setBudget(pool: World.pool, amount: Int64(low), document: "1号")
            let key = IdempotencyKey(high: high, low: low)
            let box = world.send(world.command(kind, by: principal, key: key, digest: UInt8(low)))
            world.run()
            return try box.value[0].get()
        }
        for low in [3, 4, 7, 5] as [UInt64] { #expect(try !budget(low).repeated) }
        #expect(try !budget(3, by: People.liNa).repeated, "each agency has its own")
        #expect(world.store.receiptReads == 0)
        for start in 1...2 {
            for low in [3, 4, 5, 7] as [UInt64] { #expect(try budget(low).repeated) }
            #expect(world.store.receiptReads == 4 * start)
            try world.reboot()
        }
        #expect(try !budget(6).repeated, "a client whose clock is behind")
        #expect(world.store.receiptReads == 9, "the second start knows the latest key too")
        #expect(try !budget(8).repeated)
        #expect(world.store.receiptReads == 9)
    }

    @Test("more keys than are remembered: each is known for ever, and none of the newest is taken for known")
    func manyKeys() {
        func key(_ low: UInt64) -> IdempotencyKey { IdempotencyKey(high: 1 << 60, low: low) }
        var dice = Dice(state: 20_261_128)
        // Even keys come in, somewhat out of order; odd ones never do.
        let even = (1...20_000).map { UInt64(2 * $0) }
        let arrivals = even.map { (at: $0 + .random(in: 0..<200, using: &dice), key: $0) }.sorted { $0.at < $1.at }
        var keys = RecentKeys()
        for arrival in arrivals {
            #expect(!keys.mayHold(key(arrival.key)))
            keys.insert(key(arrival.key))
        }
        #expect(even.allSatisfy { keys.mayHold(key($0)) })
        #expect(keys.mayHold(key(3)), "what is long ago is not remembered one by one")
        #expect(even.suffix(RecentKeys.limit / 2).allSatisfy { !keys.mayHold(key($0 + 1)) })
    }

    @Test("a rejected command leaves no receipt: its key can be used when the cause is gone")
    func rejectedKeysAreFree() throws {
        let world = try World()
        let id = try world.open("zhang-san")
        let kind = Command.Kind.send(case: id, event: "village.verified", payload: [], expectedVersion: nil)
        let key = world.nextKey()
        let first = world.send(world.command(kind, by: People.liNa, key: key))
        world.run()
        #expect(first.value == [.failure(Rejection(.permissionDenied, zh: "", en: ""))])
        let wang = Principal(agency: "jilin-hrss", officer: "wang-fang", roles: ["village"])
        let second = world.send(world.command(kind, by: wang, key: key, digest: 2))
        world.run()
        #expect(try second.value[0].get().version == 2)
    }

    @Test("another content under a known key is another command", arguments: [true, false])
    func keyReused(whileInFlight: Bool) throws {
        let world = try World()
        let kind = Command.Kind.setBudget(pool: World.pool, amount: 5, document: "1号")
        let key = world.nextKey()
        _ = world.send(world.command(kind, by: People.chenJie, key: key, digest: 1))
        if !whileInFlight { world.run() }
        let second = world.send(world.command(kind, by: People.chenJie, key: key, digest: 2))
        world.run()
        #expect(second.value == [.failure(Rejection(.keyReused, zh: "", en: ""))])
        #expect(world.store.history.count == 1)
    }

    @Test(
        "a key carries its time",
        arguments: [
            (-400 * 86_400_000, nil), (-400 * 86_400_000 - 1, .keyTooOld), (600_000, nil), (600_001, .keyInFuture),
        ] as [(Int64, Rejection.Code?)])
    func keyTime(offset: Int64, code: Rejection.Code?) throws {
        let world = try World()
        let key = IdempotencyKey(high: UInt64(world.now.milliseconds + offset) << 16 | 0x7000, low: 1)
        let kind = Command.Kind.setBudget(pool: World.pool, amount: 5, document: "1号")
        let box = world.send(world.command(kind, by: People.chenJie, key: key))
        world.run()
        #expect(box.value.first.map(failure) == .some(code))
    }

    struct Bad: Sendable, CustomStringConvertible {
        var name: String
        var code: Rejection.Code
        var kind: @Sendable (CaseID) -> Command.Kind

        var description: String { name }
    }

    static let tooMuch = [UInt8](repeating: 0, count: 256 * 1024 + 1)

    @Test(
        "what cannot be taken says so and changes nothing",
        arguments: [
            Bad(name: "unknown case", code: .notFound) { _ in
                .send(case: CaseID(rawValue: 12), event: "x", payload: [], expectedVersion: nil)
            },
            Bad(name: "case 0", code: .notFound) { _ in
                .send(case: CaseID(rawValue: 0), event: "x", payload: [], expectedVersion: nil)
            },
            Bad(name: "unknown event", code: .eventNotAllowed) {
                .send(case: $0, event: "no.such", payload: [], expectedVersion: nil)
            },
            Bad(name: "event of another state", code: .eventNotAllowed) {
                .send(case: $0, event: "approval.granted", payload: [], expectedVersion: nil)
            },
            Bad(name: "case.open sent", code: .eventNotAllowed) {
                .send(case: $0, event: "case.open", payload: [], expectedVersion: nil)
            },
            Bad(name: "fund.granted sent", code: .eventNotAllowed) {
                .send(case: $0, event: "fund.granted", payload: [], expectedVersion: nil)
            },
            Bad(name: "done sent", code: .eventNotAllowed) {
                .send(case: $0, event: "done", payload: [], expectedVersion: nil)
            },
            Bad(name: "empty event", code: .eventNotAllowed) {
                .send(case: $0, event: "", payload: [], expectedVersion: nil)
            },
            Bad(name: "stale version", code: .staleVersion) {
                .send(case: $0, event: "withdraw", payload: [], expectedVersion: 2)
            },
            Bad(name: "large payload", code: .payloadTooLarge) {
                .send(case: $0, event: "withdraw", payload: tooMuch, expectedVersion: nil)
            },
            Bad(name: "large opening", code: .payloadTooLarge) { _ in
                .open(type: "transport-subsidy", county: "220122", payload: tooMuch)
            },
            Bad(name: "unknown type", code: .typeUnknown) { _ in .open(type: "no", county: "220122", payload: []) },
            Bad(name: "bad county", code: .invalidArgument) { _ in
                .open(type: "transport-subsidy", county: "22012x", payload: [])
            },
            Bad(name: "empty reason", code: .invalidArgument) { .unmask(case: $0, reason: "") },
            Bad(name: "reading an unknown case", code: .notFound) { _ in
                .unmask(case: CaseID(rawValue: 99), reason: "why")
            },
            Bad(name: "negative budget", code: .invalidArgument) { _ in
                .setBudget(pool: World.pool, amount: -1, document: "1号")
            },
            Bad(name: "budget without document", code: .invalidArgument) { _ in
                .setBudget(pool: World.pool, amount: 1, document: "")
            },
            Bad(name: "budget of no year", code: .invalidArgument) { _ in
                .setBudget(pool: Pool(fund: testFund, county: "220122", year: 1), amount: 1, document: "1号")
            },
            Bad(name: "budget of no fund", code: .invalidArgument) { _ in
                .setBudget(pool: Pool(fund: "", county: "220122", year: 2026), amount: 1, document: "1号")
            },
        ])
    func refusals(bad: Bad) throws {
        let world = try World()
        let id = try world.open("zhang-san")
        let (rows, asked) = (world.store.history.count, world.decider.asked.count)
        let outcome = try world.settle(bad.kind(id), by: People.liNa)
        #expect(failure(outcome) == bad.code)
        guard case .failure(let rejection) = outcome else { return }
        #expect(!rejection.zh.isEmpty && !rejection.en.isEmpty)
        #expect(world.store.history.count == rows)
        #expect(world.decider.asked.count == asked, "the plugin was asked for nothing")
        // Nothing stays behind: the case goes on.
        #expect(try world.event("village.verified", id, by: People.wangFang).get().version == 2)
    }

    @Test("above its bound the queue takes nothing new, and forgets nothing it took")
    func queueFull() throws {
        let world = try World { $0.queueLimit = 3 }
        let kind = Command.Kind.setBudget(pool: World.pool, amount: 5, document: "1号")
        let boxes = (0..<5).map { _ in world.send(world.command(kind, by: People.chenJie)) }
        #expect(boxes.map(\.value.first).map { $0.flatMap(failure) } == [nil, nil, nil, .queueFull, .queueFull])
        world.run()
        #expect(try boxes.prefix(3).map { try $0.value[0].get().position } == [1, 2, 3])
        #expect(failure(try world.budget(6)) == nil)
    }

    @Test("commands of many cases share a commit, up to 256, and none is answered before it")
    func groupCommit() throws {
        let world = try World()
        let boxes = (0..<300).map { person in
            let payload = Subsidy.application("\(person)", isRegistered: true, quarters: 4)
            let kind = Command.Kind.open(type: world.plugin.manifest.name, county: World.county, payload: payload)
            return world.send(world.command(kind, by: People.liNa))
        }
        while world.deliver() {}
        #expect(boxes.allSatisfy { $0.value.isEmpty })
        world.run()
        for box in boxes { _ = try #require(box.value.first).get() }
        #expect(world.store.batches == [256, 44])
    }

    @Test("commands of one case are decided one after the other, those of others beside them")
    func perCaseQueue() throws {
        let world = try World()
        let (a, b) = (try world.open("a"), try world.open("b"))
        let send = { (id: CaseID, event: String) in
            world.send(
                world.command(.send(case: id, event: event, payload: [], expectedVersion: nil), by: People.wangFang))
        }
        let boxes = [send(a, "village.verified"), send(a, "village.denied"), send(b, "village.verified")]
        #expect(world.decider.outbox.count == 2)
        world.run()
        #expect(boxes.map { failure($0.value[0]) } == [nil, .eventNotAllowed, nil])
    }

    @Test("stamps never go back, whatever the clock does")
    func stamps() throws {
        let world = try World()
        let id = try world.open("a")
        world.now = world.now.advanced(milliseconds: -5_000_000)
        _ = try world.event("village.verified", id, by: People.wangFang).get()
        let stamps = world.store.history.map(\.stamp)
        #expect(stamps == stamps.sorted())
    }

    @Test("reading in clear is an event with its reason, and no chart sees it")
    func unmask() throws {
        let world = try World()
        let id = try world.open("zhang-san")
        let asked = world.decider.asked.count
        let receipt = try world.settle(.unmask(case: id, reason: "投诉核查"), by: People.liNa).get()
        #expect(receipt.version == 2)
        #expect(world.decider.asked.count == asked)
        let row = try #require(try world.store.history(at: receipt.position))
        #expect(try Envelope(decoding: row.envelope).kind == .unmasked)
        #expect(try Detail(decoding: row.detail).reason == "投诉核查")
        #expect(row.previous == 1)
        #expect(world.states(id) == "open/villageCheck")
    }

    @Test("a bounded memory forgets idle cases and nothing else")
    func cache() throws {
        let world = try World { $0.cacheLimit = 4 }
        let ids = try (0..<40).map { try world.open("person \($0)") }
        for id in ids { _ = try world.event("village.verified", id, by: People.wangFang).get() }
        #expect(world.store.cases.values.allSatisfy { $0.version == 2 })
        #expect(world.kernel.casesInMemory <= 5)
    }
}

/// The code of a rejection; nil for a success.
func failure(_ outcome: CommandOutcome) -> Rejection.Code? {
    guard case .failure(let rejection) = outcome else { return nil }
    return rejection.code
}
