import CaseworkClient
import Foundation
import NIOCore
import PluginHost
import RPC
import Schema
import SwiftProtobuf
import Testing

@Suite("Reading")
struct ReadTests {
    @Test("a case is shown masked, with its task, its fields in both languages and its chart")
    func get() async throws {
        let server = try await TestServer.shared.value
        let person = Applicant()
        let opened = try await server.open(person)
        let shown = try await server.get(opened.number)
        #expect(shown.caseID == opened.caseID && shown.type == "transport-subsidy" && shown.county == "220122")
        #expect(shown.recordJson.contains(#""name":"张*""#) && !shown.recordJson.contains(person.residentNumber))
        #expect(shown.record.isEmpty)
        #expect(shown.fields.first?.labelZh == "姓名" && shown.fields.first?.valueEn == "张*")
        #expect(shown.tasks.map(\.id) == ["verify"] && shown.tasks.map(\.role) == ["village"])
        #expect(shown.tasks[0].dueMillis > shown.tasks[0].openedMillis)
        #expect(shown.definition.count == 64 && shown.headHash.count == 32)
    }

    @Test("whatever is read of a development store says so, of a real one nothing does", arguments: [true, false])
    func developmentMark(isDevelopment: Bool) async throws {
        let server = try TestServer(isolation: .inProcess, isDevelopment: isDevelopment)
        let client = try await server.client(Officer.admin)
        var marks = [
            try await client.cases.list(.init()).development,
            try await client.cases.list(.with { $0.type = "tea" }).development,
            try await client.funds.accounts(.init()).development,
            try await client.plugins.list().development,
            try await client.operations.health().development,
        ]
        // The persons of tests are accepted by development stores only.
        if isDevelopment {
            let name = try await server.open(Applicant()).number
            let explained = try await client.cases.explain(.with { $0.caseID = name })
            let listed = try #require(try await client.cases.list(.init()).cases.first)
            marks += [explained.development, explained.case.development, listed.development]
            marks.append(try await server.get(name).development)
            marks.append(try await client.cases.history(.with { $0.caseID = name }).development)
        }
        #expect(marks == Array(repeating: isDevelopment, count: marks.count))
        try await server.stop()
    }

    @Test("lists keep to what is asked for and to what is the caller's, page by page")
    func list() async throws {
        let server = try TestServer(isolation: .inProcess)
        var numbers: [String] = []
        for county in ["220122", "220322", "220122", "220182"] {
            numbers.append(try await server.open(Applicant(), county: county).number)
        }
        try await server.send("withdraw", to: numbers[2], as: Officer.agent)
        func list(
            _ officer: String = Officer.agent, _ change: (inout Casework_V1_ListRequest) -> Void = { _ in }
        ) async throws -> [Int?] {
            var request = Casework_V1_ListRequest.with { $0.pageSize = 2 }
            change(&request)
            var found: [Int?] = []
            repeat {
                let page = try await server.client(officer).cases.list(request)
                #expect(page.cases.count <= 2 && page.cases.allSatisfy { $0.recordJson.isEmpty && $0.tasks.isEmpty })
                found += page.cases.map { numbers.firstIndex(of: $0.number) }
                request.pageToken = page.nextPageToken
            } while !request.pageToken.isEmpty
            return found
        }
        #expect(try await list() == [0, 1, 2, 3])
        #expect(try await list { $0.countyPrefix = "2201" } == [0, 2, 3])
        #expect(try await list { $0.onlyOpen = true } == [0, 1, 3])
        #expect(try await list { $0.state = "withdrawn" } == [2])
        #expect(try await list { $0.state = "open" } == [0, 1, 3])
        #expect(try await list { $0.state = "ope" } == [])
        #expect(try await list { $0.role = "village" } == [0, 1, 3])
        #expect(try await list { $0.role = "rr.checker" } == [])
        #expect(try await list { $0.type = "transport-subsidy" } == [0, 1, 2, 3])
        #expect(try await list { $0.type = "tea" } == [])
        #expect(try await list { $0.onlyIncidents = true } == [])
        #expect(try await list(Officer.elsewhere) == [1])
        #expect(try await list(Officer.elsewhere) { $0.countyPrefix = "2201" } == [])
        #expect(try await list(Officer.elsewhere) { $0.countyPrefix = "22" } == [1])
        #expect(try await list(Officer.reader) == [0, 2, 3])
        let page = try await server.client(Officer.agent).cases.list(.with { $0.pageSize = 4 })
        #expect(page.cases.count == 4 && page.nextPageToken.isEmpty)
        try await server.stop()
    }

    @Test("reading in clear takes the role and a reason, and is in the history")
    func unmask() async throws {
        let server = try await TestServer.shared.value
        let person = Applicant()
        let opened = try await server.open(person)
        let client = try await server.client(Officer.reader)
        let clear = try await client.cases.unmask(
            .with {
                $0.key = Data(CommandKey.fresh().bytes)
                $0.caseID = opened.caseID
                $0.reason = "信访核查"
            })
        #expect(clear.recordJson.contains(person.residentNumber))
        let record = try Cases_TransportSubsidy_V1_Record(serializedBytes: clear.record)
        #expect(record.application.person.residentNumber == person.residentNumber)
        let newest = try await client.cases.history(.with { $0.caseID = opened.caseID }).entries.first
        #expect(newest?.officer == "zhou-min")
        let error = await #expect(throws: CaseworkError.self) {
            _ = try await client.cases.unmask(
                .with {
                    $0.key = Data(CommandKey.fresh().bytes)
                    $0.caseID = opened.caseID
                })
        }
        #expect(error?.violations.map(\.field) == ["reason"])
    }

    @Test("a key shows what was read under it, in clear, however far others have gone on with the case")
    func unmaskAgain() async throws {
        let server = try await TestServer.shared.value
        let opened = try await server.open(Applicant())
        let client = try await server.client(Officer.reader)
        let request = Casework_V1_UnmaskRequest.with {
            $0.key = Data(CommandKey.fresh().bytes)
            $0.caseID = opened.caseID
            $0.reason = "信访核查"
        }
        let first = try await client.cases.unmask(request)
        // Events with a record of their own and without.
        for _ in 0..<20 {
            var other = request
            other.key = Data(CommandKey.fresh().bytes)
            _ = try await client.cases.unmask(other)
        }
        try await server.send("village.denied", to: opened.caseID, as: Officer.village, json: #"{"code":"MOVED"}"#)
        let again = try await client.cases.unmask(request)
        #expect(again.version == 23 && again.states == ["rejected"])
        #expect(!again.record.isEmpty && again.record == first.record)
        #expect(again.recordJson == first.recordJson && again.fields == first.fields)
        #expect(try await server.get(opened.caseID).recordJson.contains("MOVED"))
    }

    @Test("plugins are listed with digest, chart and child")
    func plugins() async throws {
        let server = try await TestServer.shared.value
        _ = try await server.open(Applicant())
        let listed = try await server.client(Officer.agent).plugins.list().plugins
        #expect(listed.map(\.name) == ["transport-subsidy"] && listed.map(\.isolation) == ["child"])
        #expect(listed[0].process > 0 && listed[0].digest.count == 64 && listed[0].labelZh.isEmpty == false)
        #expect(listed[0].guards.contains("isOutOfProvince"))
        #expect(String(decoding: listed[0].chart, as: UTF8.self).contains("villageCheck"))
    }

    @Test("health answers with the echo it was given", arguments: [0, 1, 127, 128, 70_000])
    func health(echo: Int) async throws {
        let server = try await TestServer.shared.value
        let bytes = Data((0..<echo).map { UInt8(truncatingIfNeeded: $0) })
        let client = try await server.client(Officer.agent)
        let answer = try await client.call(Methods.Operations.health, .with { $0.echo = bytes })
        #expect(answer.echo == bytes && answer.status == "serving")
        #expect(answer.development && answer.virtualClock && answer.nowMillis > 1_700_000_000_000)
    }

    @Test("many who move the clock to one moment at once reach it once")
    func clock() async throws {
        let server = try TestServer()
        let operations = try await server.client(Officer.admin).operations
        let moment = try await operations.health().nowMillis + 19 * 86_400_000
        let reached = try await withThrowingTaskGroup(of: Int64.self) { group in
            for _ in 0..<16 { group.addTask { try await operations.advanceClock(to: moment).nowMillis } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(reached.allSatisfy { (moment..<moment + 3_600_000).contains($0) }, "\(reached) instead of \(moment)")
    }

    @Test("statistics count what was done")
    func stats() async throws {
        let server = try await TestServer.shared.value
        let client = try await server.client(Officer.agent)
        let before = try await client.operations.stats()
        _ = try await server.open(Applicant())
        let after = try await client.operations.stats()
        #expect(after.events > before.events && after.decisions > before.decisions && after.cases > before.cases)
        #expect(after.syncs > before.syncs && after.bytesWritten > before.bytesWritten && after.cpuMicros > 0)
    }
}
