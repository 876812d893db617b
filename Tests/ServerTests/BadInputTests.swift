import CaseworkClient
import Foundation
import NIOCore
import RPC
import Schema
import Server
import SwiftProtobuf
import Testing

/// Every input that is refused has its own code and a sentence in both languages, changes nothing, and harms no other
/// connection.
@Suite("Bad input")
struct BadInputTests {
    struct Bad: Sendable, CustomTestStringConvertible {
        var name: String
        var code: CaseworkError.Code
        var reason: String
        var field: String?
        /// Rows that the attempt itself writes rightly before it goes wrong.
        var writes: UInt64 = 0
        var attempt: @Sendable (TestServer, Casework_V1_CommandResponse) async throws -> Void
        var testDescription: String { name }
    }

    static let cases: [Bad] = [
        Bad(name: "an event the chart does not know", code: .failedPrecondition, reason: "EVENT_NOT_ALLOWED") {
            try await $0.send("tea.served", to: $1.caseID, as: Officer.village)
        },
        Bad(name: "the same with a payload", code: .failedPrecondition, reason: "EVENT_NOT_ALLOWED") {
            try await $0.send("tea.served", to: $1.caseID, as: Officer.village, json: #"{"cups":2}"#)
        },
        Bad(name: "an event this state does not know", code: .failedPrecondition, reason: "EVENT_NOT_ALLOWED") {
            try await $0.send("approval.granted", to: $1.caseID, as: Officer.approver)
        },
        Bad(name: "the kernel's own event", code: .failedPrecondition, reason: "EVENT_NOT_ALLOWED") {
            try await $0.send("fund.granted", to: $1.caseID, as: Officer.village)
        },
        Bad(name: "opening once more", code: .failedPrecondition, reason: "EVENT_NOT_ALLOWED") {
            try await $0.send("case.open", to: $1.caseID, as: Officer.agent, json: Applicant().json)
        },
        Bad(name: "a stale version", code: .aborted, reason: "STALE_VERSION") {
            try await $0.send("village.verified", to: $1.caseID, as: Officer.village, expecting: 7)
        },
        Bad(name: "another's role", code: .permissionDenied, reason: "PERMISSION_DENIED") {
            try await $0.send("village.verified", to: $1.caseID, as: Officer.agent)
        },
        Bad(name: "a village check by the agency's certificate", code: .permissionDenied, reason: "FOUR_EYES") {
            try await $0.send("village.verified", to: $1.caseID, as: Officer.agencyItself)
        },
        Bad(name: "a key used for other content", code: .alreadyExists, reason: "KEY_REUSED", writes: 1) {
            server, opened in
            let key = CommandKey.fresh()
            _ = try? await server.open(Applicant(), county: "220182", key: key)
            _ = try await server.open(Applicant(), county: "220182", key: key)
        },
        Bad(name: "a key that is no UUIDv7", code: .invalidArgument, reason: "KEY_MALFORMED", field: "key") {
            try await $0.sendRaw(to: $1) { $0.key = Data(repeating: 1, count: 16) }
        },
        Bad(name: "a short key", code: .invalidArgument, reason: "KEY_MALFORMED", field: "key") {
            try await $0.sendRaw(to: $1) { $0.key = Data(CommandKey.fresh().bytes.dropLast()) }
        },
        Bad(name: "bytes that are no message", code: .invalidArgument, reason: "PAYLOAD_MALFORMED", field: "") {
            try await $0.sendRaw(to: $1) {
                $0.event = "village.denied"
                $0.protobuf = Data([0xff, 0xff])
            }
        },
        Bad(
            name: "a field the message does not have", code: .invalidArgument, reason: "PAYLOAD_MALFORMED",
            field: "cups"
        ) {
            try await $0.send("village.denied", to: $1.caseID, as: Officer.village, json: #"{"cups":2}"#)
        },
        Bad(name: "text that is no JSON", code: .invalidArgument, reason: "PAYLOAD_MALFORMED", field: "") {
            try await $0.send("village.denied", to: $1.caseID, as: Officer.village, json: "code=1")
        },
        Bad(name: "a payload where none belongs", code: .invalidArgument, reason: "PAYLOAD_NOT_EXPECTED") {
            try await $0.send("village.verified", to: $1.caseID, as: Officer.village, json: #"{"code":"X"}"#)
        },
        Bad(name: "a payload over its limit", code: .invalidArgument, reason: "PAYLOAD_TOO_LARGE") {
            let text = String(repeating: "a", count: 300 << 10)
            try await $0.send("village.denied", to: $1.caseID, as: Officer.village, json: #"{"text":"\#(text)"}"#)
        },
        Bad(
            name: "an application with a wrong check digit", code: .invalidArgument, reason: "INVALID_APPLICATION",
            field: "person.resident_number"
        ) { server, _ in
            var person = Applicant()
            person.residentNumber =
                String(person.residentNumber.dropLast()) + (person.residentNumber.hasSuffix("1") ? "2" : "1")
            _ = try await server.open(person)
        },
        Bad(name: "an unknown case type", code: .permissionDenied, reason: "PLACE_NOT_GRANTED") { server, _ in
            _ = try await server.client(Officer.agent).cases.open(.with { $0.type = "tea" })
        },
        Bad(name: "an unknown case type for who may use all", code: .invalidArgument, reason: "TYPE_UNKNOWN") {
            server, _ in
            _ = try await server.client(Officer.elsewhere).cases.open(
                .with {
                    $0.type = "tea"
                    $0.county = "220322"
                })
        },
        Bad(name: "a county elsewhere", code: .permissionDenied, reason: "PLACE_NOT_GRANTED") { server, _ in
            _ = try await server.open(Applicant(), county: "220122", as: Officer.elsewhere)
        },
        Bad(name: "a method not granted", code: .permissionDenied, reason: "METHOD_NOT_GRANTED") { server, _ in
            _ = try await server.client(Officer.registry).funds.accounts(.init())
        },
        Bad(name: "a budget without the role", code: .permissionDenied, reason: "ROLE_MISSING") { server, _ in
            _ = try await server.client(Officer.admin).funds.setBudget(.init())
        },
        Bad(name: "a budget elsewhere", code: .permissionDenied, reason: "PLACE_NOT_GRANTED") { server, _ in
            _ = try await server.client(Officer.elsewhere).funds.setBudget(.with { $0.county = "220122" })
        },
        Bad(name: "an agency nobody knows", code: .permissionDenied, reason: "CALLER_UNKNOWN") { server, _ in
            _ = try await server.client("unknown/nobody").operations.health()
        },
        Bad(name: "an officer nobody knows", code: .permissionDenied, reason: "CALLER_UNKNOWN") { server, _ in
            _ = try await server.client("jilin-hrss/nobody").operations.health()
        },
        Bad(name: "a mistyped case id", code: .invalidArgument, reason: "CASE_ID_MALFORMED", field: "case_id") {
            _ = try await $0.get(String($1.caseID.dropLast()) + ($1.caseID.hasSuffix("0") ? "1" : "0"))
        },
        Bad(name: "a page token of nobody", code: .invalidArgument, reason: "PAGE_TOKEN_MALFORMED") { server, _ in
            _ = try await server.client(Officer.agent).cases.list(.with { $0.pageToken = "!" })
        },
        Bad(name: "a history's page token for a list", code: .invalidArgument, reason: "PAGE_TOKEN_MALFORMED") {
            server, _ in
            _ = try await server.client(Officer.agent).cases.list(.with { $0.pageToken = "h1" })
        },
        Bad(name: "reading in clear without the role", code: .permissionDenied, reason: "ROLE_MISSING") {
            server, opened in
            _ = try await server.client(Officer.agent).cases.unmask(
                .with {
                    $0.key = Data(CommandKey.fresh().bytes)
                    $0.caseID = opened.caseID
                    $0.reason = "curious"
                })
        },
        Bad(name: "a step that is none", code: .invalidArgument, reason: "STEP_MALFORMED", field: "by") { server, _ in
            try await server.advance("soon")
        },
    ]

    /// Nobody else writes to it, so that what a refused attempt wrote would be seen in the next row's position.
    private static let own = Task { try TestServer() }

    @Test("is refused with its own code and two sentences, and changes nothing", .serialized, arguments: cases)
    func refused(_ bad: Bad) async throws {
        let server = try await Self.own.value
        let opened = try await server.open(Applicant())
        let before = try await server.get(opened.caseID)
        let error = await #expect(throws: CaseworkError.self) { try await bad.attempt(server, opened) }
        #expect(error?.code == bad.code)
        #expect(error?.reason == bad.reason)
        if let field = bad.field { #expect(error?.violations.map(\.field) == [field]) }
        let message = try #require(error?.message)
        #expect(message.zh != message.en && message.zh.contains { $0.unicodeScalars.contains { $0.value > 0x4e00 } })
        // What is wrong, and what to do; of an application its violations say both.
        let isAdvised = message.zh.contains("请") && message.en.matches(of: /[.;:](?: |$)/).count >= 2
        #expect(isAdvised || bad.reason == "INVALID_APPLICATION", "\(message)")
        #expect(try await server.get(opened.caseID) == before)
        let next = try await server.open(Applicant())
        #expect(next.position == opened.position + 1 + bad.writes, "nothing was written")
    }

    @Test("a case that does not exist and one that is not yours get the same answer, for every method")
    func sameAnswer() async throws {
        let server = try await TestServer.shared.value
        let foreign = try await server.open(Applicant(), county: "220322")
        let client = try await server.client(Officer.reader)
        // Like a real id, but of no case: three days earlier.
        let absent = "0" + foreign.caseID.dropFirst().dropLast()
        let names = [foreign.caseID, foreign.number, "TS-220322-2026-999999", "0000000000000" + "0", String(absent)]
        for name in names {
            let attempts: [@Sendable () async throws -> Void] = [
                { _ = try await client.cases.get(.with { $0.caseID = name }) },
                { _ = try await client.cases.history(.with { $0.caseID = name }) },
                { _ = try await client.cases.explain(.with { $0.caseID = name }) },
                { try await server.send("village.verified", to: name, as: Officer.reader) },
                {
                    _ = try await client.cases.unmask(
                        .with {
                            $0.key = Data(CommandKey.fresh().bytes)
                            $0.caseID = name
                            $0.reason = "check"
                        })
                },
            ]
            for attempt in attempts {
                let error = await #expect(throws: CaseworkError.self) { try await attempt() }
                #expect(error?.code == .notFound && error?.reason == "NOT_FOUND", "\(name)")
                #expect(error?.message.zh == "没有这个案件，或您无权办理。请核对编号。", "\(name)")
                #expect(error?.violations.isEmpty == true)
            }
        }
    }

    @Test("a request that does not parse, or of no method, is refused, and the connection goes on")
    func malformedRequest() async throws {
        let server = try await TestServer.shared.value
        let tls = try TestCertificates.shared.get().files(Officer.agent)
        let raw = try await RPCClient.connect(host: "localhost", port: server.server.port, tls: tls)
        for method in ["Open", "Send", "Get", "List", "Lookup", "History", "Explain", "Unmask"] {
            let status = await #expect(throws: RPCStatus.self) {
                try await raw.call(
                    service: "casework.v1.Cases", method: method, payload: ByteBuffer(bytes: [0x0a, 0xff, 1]))
            }
            #expect(status?.code == RPCStatus.Code.invalidArgument, "\(method)")
            let error = CaseworkError(try #require(status))
            #expect(error.reason == "REQUEST_MALFORMED" && error.message.zh.contains("请按 casework/v1 的定义编码"))
        }
        let unknown = await #expect(throws: RPCStatus.self) {
            try await raw.call(service: "casework.v1.Cases", method: "Close", payload: ByteBuffer())
        }
        #expect(unknown?.code == RPCStatus.Code.unimplemented && unknown?.reason == "METHOD_UNKNOWN")
        #expect(unknown?.message.hasSuffix("check its spelling and version") == true)
        let health = try await raw.call(service: "casework.v1.Operations", method: "Health", payload: ByteBuffer())
        #expect(health.readableBytes > 0)
        await raw.close()
    }

    @Test("no refusal repeats a personal value")
    func silence() async throws {
        let server = try await TestServer.shared.value
        var person = Applicant()
        person.residentNumber = "990000198013011234"
        person.cardNumber = "6217000000000000009"
        let error = await #expect(throws: CaseworkError.self) { try await server.open(person) }
        let text = "\(String(describing: error)) \(error.map { "\($0.message) \($0.violations)" } ?? "")"
        #expect(!text.contains(person.residentNumber) && !text.contains(person.cardNumber) && !text.contains("张三丰"))
        #expect(error?.violations.count == 2)
    }
}

extension TestServer {
    /// Sends `village.verified` as the village, changed by `change`.
    func sendRaw(
        to opened: Casework_V1_CommandResponse, _ change: (inout Casework_V1_SendRequest) -> Void
    ) async throws {
        var request = Casework_V1_SendRequest.with {
            $0.key = Data(CommandKey.fresh().bytes)
            $0.caseID = opened.caseID
            $0.event = "village.verified"
        }
        change(&request)
        _ = try await client(Officer.village).cases.send(request)
    }
}
