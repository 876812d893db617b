import CaseworkClient
import Foundation
import PluginHost
import Schema
import Server
import SwiftProtobuf
import Testing

/// Whole lives of cases over TLS, with the real kernel, store and plugin.
@Suite("Whole lives")
struct LifeTests {
    private let registered = #"{"found":true,"status":"脱贫人口","validFrom":"2020-01-01"}"#

    @Test(
        "from application to payment, with the plugin in its child and in process",
        arguments: [Isolation.child, .inProcess])
    func payment(isolation: Isolation) async throws {
        let server = try TestServer(isolation: isolation)
        try await server.setBudget(1_000_000, county: "220122")
        let opened = try await server.open(Applicant())
        #expect(opened.number == "TS-220122-2026-000001" && opened.version == 1)
        #expect(opened.states == ["open/villageCheck"])
        let id = opened.caseID

        try await server.send("village.verified", to: id, as: Officer.village)
        try await server.advance("5wd")
        #expect(
            try await server.get(id).states == [
                "open/jointCheck/employment/pending", "open/jointCheck/registry/pending",
            ])
        async let employment = server.send("employment.confirmed", to: id, as: Officer.checker)
        async let registry = server.send("registry.answered", to: id, as: Officer.registry, json: registered)
        _ = try await (employment, registry)
        #expect(try await server.get(id).states == ["open/approval"])
        try await server.send("approval.granted", to: opened.number, as: Officer.approver)
        try await server.send("payment.ordered", to: id, as: Officer.payer)
        let paid = try await server.send("payment.settled", to: id, as: Officer.cashier, json: #"{"reference":"B1"}"#)
        #expect(paid.states == ["paid"] && paid.version == 8)

        let shown = try await server.get(opened.number)
        #expect(shown.settled && shown.tasks.isEmpty && shown.timers.isEmpty && shown.record.isEmpty)
        #expect(shown.attributes.contains { $0.name == "amount_fen" && $0.integer == 80_000 })
        let pools = try await server.client(Officer.payer).funds.accounts(.with { $0.county = "220122" }).pools
        #expect(pools.map(\.paidFen) == [80_000] && pools.map(\.availableFen) == [920_000])
        #expect(pools.map(\.grantedFen) == [1_000_000])
        try await server.stop()
    }

    @Test("the history says who did what and why, newest first, in pages, without a word of personal data")
    func history() async throws {
        let server = try TestServer(isolation: .inProcess)
        let person = Applicant()
        let opened = try await server.open(person)
        try await server.send("village.verified", to: opened.caseID, as: Officer.village)
        try await server.advance("5wd")
        let client = try await server.client(Officer.agent)
        var request = Casework_V1_HistoryRequest.with {
            $0.caseID = opened.caseID
            $0.pageSize = 2
        }
        var entries: [Casework_V1_HistoryEntry] = []
        repeat {
            let page = try await client.cases.history(request)
            #expect(page.entries.count <= 2)
            entries += page.entries
            request.pageToken = page.nextPageToken
        } while !request.pageToken.isEmpty
        #expect(entries.map(\.event) == ["publicity", "village.verified", "case.open"])
        #expect(entries.map(\.version) == [3, 2, 1])
        #expect(entries.map(\.officer) == ["", "zhang-wei", "li-na"])
        #expect(entries[2].reasons.map(\.name).contains("recordApplication"))
        #expect(entries[2].payloadJson.contains("张*") && entries[2].payloadJson.contains("138****0000"))
        let everything = entries.map { $0.textFormatString() }.joined()
        #expect(!everything.contains(person.residentNumber) && !everything.contains(person.cardNumber))
        #expect(!everything.contains("张三丰"))
        try await server.stop()
    }

    @Test("who waits for money goes on in order when it arrives")
    func waiting() async throws {
        let server = try TestServer(isolation: .inProcess)
        try await server.setBudget(80_000, county: "220122")
        var ids: [String] = []
        for _ in 0..<3 { ids.append(try await server.open(Applicant()).caseID) }
        for id in ids { try await server.send("village.verified", to: id, as: Officer.village) }
        try await server.advance("5wd")
        for id in ids {
            try await server.send("employment.confirmed", to: id, as: Officer.checker)
            try await server.send("registry.answered", to: id, as: Officer.registry, json: registered)
        }
        var states: [[String]] = []
        for id in ids { states.append(try await server.get(id).states) }
        #expect(states == [["open/approval"], ["open/awaitFunds"], ["open/awaitFunds"]])
        #expect(try await server.get(ids[1]).waitingFor == "rural-revitalization")
        try await server.setBudget(160_000, county: "220122")
        try await server.advance("1s")
        #expect(try await server.get(ids[1]).states == ["open/approval"])
        #expect(try await server.get(ids[2]).states == ["open/awaitFunds"])
        try await server.stop()
    }

    @Test("who waits for money is seen in the accounts before anybody has granted any")
    func waitingWithoutBudget() async throws {
        let server = try TestServer(isolation: .inProcess)
        try await server.setBudget(80_000, county: "220182")
        var ids: [String] = []
        for county in ["220122", "220122", "220322"] {
            ids.append(try await server.open(Applicant(), county: county).caseID)
        }
        for id in ids { try await server.send("village.verified", to: id, as: Officer.village) }
        try await server.advance("5wd")
        for id in ids {
            try await server.send("employment.confirmed", to: id, as: Officer.checker)
            try await server.send("registry.answered", to: id, as: Officer.registry, json: registered)
            #expect(try await server.get(id).states == ["open/awaitFunds"])
        }
        func pools(
            as officer: String = Officer.agent, _ request: Casework_V1_AccountsRequest = .init()
        ) async throws -> [String] {
            let pools = try await server.client(officer).funds.accounts(request).pools
            return pools.map { "\($0.fund) \($0.county) \($0.year) \($0.grantedFen) \($0.waiting)" }
        }
        let (one, other) = ("rural-revitalization 220122 2026 0 2", "rural-revitalization 220322 2026 0 1")
        #expect(try await pools() == [one, "rural-revitalization 220182 2026 80000 0", other])
        #expect(try await pools(.with { $0.county = "220122" }) == [one])
        #expect(try await pools(.with { $0.year = 2027 }) == [])
        #expect(try await pools(as: Officer.elsewhere) == [other])
        try await server.setBudget(80_000, county: "220122")
        try await server.advance("1s")
        #expect(try await pools(.with { $0.county = "220122" }) == ["rural-revitalization 220122 2026 80000 1"])
        try await server.stop()
    }

    @Test("after a restart everything is there, and every key is answered as before")
    func restart() async throws {
        let first = try TestServer(isolation: .inProcess)
        let (person, openKey, sendKey) = (Applicant(), CommandKey.fresh(), CommandKey.fresh())
        let opened = try await first.open(person, key: openKey)
        let sent = try await first.send("village.verified", to: opened.caseID, as: Officer.village, key: sendKey)
        try await first.stop()

        let second = try TestServer(isolation: .inProcess, folder: first.folder)
        var repeated = try await second.open(person, key: openKey)
        #expect(repeated.repeatedKey)
        repeated.repeatedKey = false
        #expect(repeated == opened)
        let again = try await second.send("village.verified", to: opened.caseID, as: Officer.village, key: sendKey)
        #expect(again.repeatedKey && again.position == sent.position)
        let found = try await second.client(Officer.agent).cases.lookup(.with { $0.key = Data(sendKey.bytes) })
        #expect(found.found && found.answer.position == sent.position)
        #expect(sent.headHash.count == 32 && found.answer.headHash == sent.headHash && again.headHash == sent.headHash)
        #expect(opened.headHash.count == 32 && opened.headHash != sent.headHash)
        let other = try await second.client(Officer.elsewhere).cases.lookup(.with { $0.key = Data(sendKey.bytes) })
        #expect(!other.found)
        try await second.stop()
    }

    @Test("a deadline that passed while the server was down is met when it starts, without anybody asking")
    func missedDeadline() async throws {
        let first = try TestServer(isolation: .inProcess)
        let opened = try await first.open(Applicant())
        try await first.send("village.verified", to: opened.caseID, as: Officer.village)
        try await first.stop()
        let second = try TestServer(isolation: .inProcess, folder: first.folder, from: "2026-11-02")
        var states: [String] = []
        for _ in 0..<1000 where !states.contains("open/jointCheck/registry/pending") {
            states = try await second.get(opened.caseID).states
        }
        #expect(states.contains("open/jointCheck/registry/pending"))
        try await second.stop()
    }

    @Test("explain says for each officer what is possible and what stands in the way")
    func explain() async throws {
        let server = try await TestServer.shared.value
        let opened = try await server.open(Applicant())
        let client = try await server.client(Officer.agent)
        func events(for officer: String) async throws -> [String: Casework_V1_PossibleEvent] {
            let answer = try await client.cases.explain(
                .with {
                    $0.caseID = opened.number
                    $0.officer = officer
                })
            #expect(answer.case.number == opened.number)
            return Dictionary(uniqueKeysWithValues: answer.events.map { ($0.event, $0) })
        }
        let own = try await events(for: "")
        #expect(own["village.verified"]?.possible == false)
        #expect(own["village.verified"]?.obstacles.map(\.kind) == ["role"])
        #expect(own["withdraw"]?.possible == true)
        let village = try await events(for: "wang-fang")
        #expect(village["village.verified"]?.possible == true && village["withdraw"]?.possible == false)
        #expect(village["village.verified"]?.to == ["open/publicity"])
        let nobody = await #expect(throws: CaseworkError.self) { try await events(for: "nobody") }
        #expect(nobody?.reason == "OFFICER_UNKNOWN")
    }

    @Test("explain never says that an officer may send what their sending would be refused")
    func explainReach() async throws {
        let server = try await TestServer.shared.value
        let opened = try await server.open(Applicant(), county: "220322")
        func explain(as asking: String, for officer: String = "") async throws -> Casework_V1_ExplainResponse {
            try await server.client(asking).cases.explain(
                .with {
                    $0.caseID = opened.caseID
                    $0.officer = officer
                })
        }
        // Their divisions are narrower than the agency's: for them there is no such case.
        let elsewhere = await #expect(throws: CaseworkError.self) {
            _ = try await explain(as: Officer.agent, for: "zhou-min")
        }
        #expect(elsewhere?.code == .permissionDenied && elsewhere?.reason == "PLACE_NOT_GRANTED")
        #expect(elsewhere?.violations.map(\.field) == ["officer"])

        // The roles of the village, but an agency that may only look.
        for (asking, officer) in [(Officer.visitor, ""), ("looks-only/head", "visitor")] {
            let answer = try await explain(as: asking, for: officer)
            let verified = try #require(answer.events.first { $0.event == "village.verified" })
            #expect(!verified.possible && verified.obstacles.map(\.kind) == ["method"], "\(verified)")
            #expect(verified.obstacles.allSatisfy { $0.en.contains("may not use Send") && $0.zh.contains("Send") })
            #expect(answer.events.allSatisfy { !$0.possible })
            let kernels = answer.events.filter { $0.by.isEmpty }
            #expect(kernels.allSatisfy { !$0.obstacles.map(\.kind).contains("method") })
        }
        let refused = await #expect(throws: CaseworkError.self) {
            try await server.send("village.verified", to: opened.caseID, as: Officer.visitor)
        }
        #expect(refused?.reason == "METHOD_NOT_GRANTED")
    }
}
