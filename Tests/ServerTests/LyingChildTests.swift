import CaseworkClient
import Foundation
import Schema
import Server
import SwiftProtobuf
import Synchronization
import Testing

/// A plugin's child that answers with more than it was asked (`Tests/LyingChild`), behind a server and real TLS: each
/// lie has its own reason, changes nothing, costs the child its life and no other connection anything.
@Suite("A lying child")
struct LyingChildTests {
    private static let county = "220122"
    private static let registered = #"{"found":true,"status":"脱贫人口","validFrom":"2020-01-01"}"#

    private struct Lie: Sendable {
        var name: String
        var reason: String
        var code = CaseworkError.Code.internal
        /// What the sentence says in English and Chinese.
        var says: (en: String, zh: String)
        /// Fresh children: one for the retry, and one for whoever asks next.
        var children: UInt64 = 2
        var attempt: @Sendable () async throws -> Void
    }

    @Test("is refused whatever it says, and another's work goes on at the same time", .timeLimit(.minutes(3)))
    func lies() async throws {
        let server = try TestServer(child: "LyingChild")
        try await server.setBudget(1_000_000, county: Self.county)
        let approval = try await reachApproval(server, confirmedBy: Officer.checker)
        let ownHands = try await reachApproval(server, confirmedBy: "jilin-hrss/two-hats")
        let check = try await reachCheck(server)
        try await answerRegistry(server, check)
        let person = Applicant()
        let lies = lies(at: server, approval: approval, ownHands: ownHands, check: check, person)

        let isOver = Atomic(false)
        let bystander = Bystander(server)
        async let worked: Void = bystander.work(until: { isOver.load(ordering: .acquiring) })
        for lie in lies {
            try await refused(lie, at: server, cases: [approval, ownHands, check], beside: bystander)
        }
        isOver.store(true, ordering: .releasing)
        try await worked

        // The same child told by an honest officer: nothing stands in the way of any of the cases.
        try await server.send("approval.granted", to: approval, as: Officer.approver)
        try await server.send("payment.ordered", to: approval, as: Officer.payer)
        let paid = try await server.send(
            "payment.settled", to: approval, as: Officer.cashier, json: #"{"reference":"B1"}"#)
        #expect(paid.states == ["paid"])
        try await server.send("employment.confirmed", to: check, as: Officer.checker)
        #expect(try await server.get(check).states == ["open/approval"])
        #expect(try await server.open(person).version == 1)
        try await server.stop()
    }

    private func lies(
        at server: TestServer, approval: String, ownHands: String, check: String, _ person: Applicant
    ) -> [Lie] {
        let replace = (en: "Tell the operator to replace the plugin", zh: "请告知系统管理员更换插件")
        return [
            Lie(name: "jumps from draft to paid", reason: "TAPE_NOT_OF_CHART", says: replace) {
                _ = try await server.open(person, as: "jilin-hrss/jumps")
            },
            Lie(name: "jumps from the approval to paid", reason: "TAPE_NOT_OF_CHART", says: replace) {
                try await server.send("approval.granted", to: approval, as: "jilin-hrss/jumps")
            },
            Lie(name: "posts to another's pool", reason: "FUND_NOT_DECLARED", says: replace) {
                try await server.send("approval.granted", to: approval, as: "jilin-hrss/foreign-fund")
            },
            Lie(name: "approves what its officer has just confirmed", reason: "EVENT_NOT_RAISABLE", says: replace) {
                try await server.send("employment.confirmed", to: check, as: "jilin-hrss/approves-itself")
            },
            // Whether hands are shared is not the child's to say: it is not even asked.
            Lie(
                name: "approved by who confirmed", reason: "FOUR_EYES", code: .permissionDenied,
                says: (
                    en: "who sent \"employment.confirmed\" must not send \"approval.granted\"",
                    zh: "办过“employment.confirmed”的人不得再办理"
                ),
                children: 0
            ) {
                try await server.send("approval.granted", to: ownHands, as: "jilin-hrss/two-hats")
            },
        ]
    }

    private func refused(
        _ lie: Lie, at server: TestServer, cases: [String], beside bystander: Bystander
    ) async throws {
        let before = try await state(server, cases)
        let error = await #expect(throws: CaseworkError.self, "\(lie.name)") { try await lie.attempt() }
        #expect(error?.code == lie.code && error?.reason == lie.reason, "\(lie.name): \(String(describing: error))")
        let message = try #require(error?.message)
        #expect(message.en.contains(lie.says.en) && message.zh.contains(lie.says.zh), "\(lie.name): \(message)")
        // A fresh child answers the bystander: of the two rounds one has begun after the lie.
        let rounds = bystander.rounds
        while bystander.rounds < rounds + 2 { try await Task.sleep(for: .milliseconds(5)) }
        let after = try await state(server, cases)
        #expect(after.cases == before.cases && after.pools == before.pools, "\(lie.name)")
        #expect(after.incidents == before.incidents && after.status == "serving", "\(lie.name)")
        #expect(after.restarts == before.restarts + lie.children, "\(lie.name)")
    }

    private struct Seen {
        /// With versions and heads of their histories.
        var cases: [Casework_V1_Case]
        var pools: [Casework_V1_PoolBalance]
        /// Of the plugin's child.
        var restarts: UInt64
        var incidents: UInt64
        var status: String
    }

    private func state(_ server: TestServer, _ names: [String]) async throws -> Seen {
        let client = try await server.client(Officer.agent)
        var cases: [Casework_V1_Case] = []
        for name in names { cases.append(try await server.get(name)) }
        let list = try await client.cases.list(.with { $0.countyPrefix = Self.county })
        #expect(list.cases.count == names.count)
        let health = try await client.operations.health()
        return Seen(
            cases: cases, pools: try await client.funds.accounts(.with { $0.county = Self.county }).pools,
            restarts: try #require(try await client.plugins.list().plugins.first).restarts,
            incidents: health.incidents, status: health.status)
    }

    // MARK: - Honest work

    private func reachCheck(_ server: TestServer) async throws -> String {
        let id = try await server.open(Applicant(), county: Self.county).caseID
        try await server.send("village.verified", to: id, as: Officer.village)
        try await server.advance("5wd")
        return id
    }

    private func answerRegistry(_ server: TestServer, _ id: String) async throws {
        try await server.send("registry.answered", to: id, as: Officer.registry, json: Self.registered)
    }

    private func reachApproval(_ server: TestServer, confirmedBy officer: String) async throws -> String {
        let id = try await reachCheck(server)
        try await server.send("employment.confirmed", to: id, as: officer)
        try await answerRegistry(server, id)
        #expect(try await server.get(id).states == ["open/approval"])
        return id
    }
}

/// Another agency's officer, on a connection of their own: opens case after case in another county and withdraws it.
private final class Bystander: Sendable {
    private let server: TestServer
    private let count = Atomic(0)

    init(_ server: TestServer) { self.server = server }

    var rounds: Int { count.load(ordering: .acquiring) }

    func work(until isOver: @Sendable () -> Bool) async throws {
        let officer = Officer.elsewhere
        while !isOver() {
            let opened = try await server.open(Applicant(), county: "220322", as: officer)
            let serial = String(1_000_001 + rounds).dropFirst()
            #expect(opened.number == "TS-220322-2026-\(serial)" && opened.states == ["open/villageCheck"])
            let withdrawn = try await server.send("withdraw", to: opened.caseID, as: officer)
            #expect(withdrawn.states == ["withdrawn"] && withdrawn.version == 2)
            count.add(1, ordering: .releasing)
        }
    }
}
