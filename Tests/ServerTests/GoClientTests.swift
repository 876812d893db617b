import CaseworkClient
import Foundation
import RPC
import Schema
import Server
import SwiftProtobuf
import Testing

/// The whole server spoken to by a foreign program: the client of `Tests/Interop/go`, of Debian's packages alone.
@Suite(
    "A Go program at the real server",
    .enabled(if: GoClient.isPresent, "needs the packages golang-go and golang-github-containerd-ttrpc-dev"))
struct GoClientTests {
    @Test("opens a case, sends it an event and reads it, each officer with their own certificate")
    func life() async throws {
        let server = try await TestServer.shared.value
        let opening = try await GoClient.run(
            [
                call("Operations", "Health", Casework_V1_HealthRequest.with { $0.echo = Data("你好".utf8) }),
                call("Cases", "Open", Casework_V1_OpenRequest(applying: Applicant())),
            ], as: Officer.agent, on: server)
        let health = try opening.message(0, as: Casework_V1_HealthResponse.self)
        #expect(health.status == "serving" && health.echo == Data("你好".utf8))
        let opened = try opening.message(1, as: Casework_V1_CommandResponse.self)
        #expect(!opened.caseID.isEmpty && opened.version == 1 && opened.states == ["open/villageCheck"])
        #expect(opened.number.hasPrefix("TS-220122-2026-"), "\(opened.number)")

        let sending = try await GoClient.run(
            [send("village.verified", to: opened.caseID)], as: Officer.village, on: server)
        let sent = try sending.message(0, as: Casework_V1_CommandResponse.self)
        #expect(sent.caseID == opened.caseID && sent.version == 2 && sent.states == ["open/publicity"])

        let get = Casework_V1_GetRequest.with { $0.caseID = opened.number }
        let reading = try await GoClient.run([call("Cases", "Get", get)], as: Officer.agent, on: server)
        let shown = try reading.message(0, as: Casework_V1_Case.self)
        #expect(shown.caseID == opened.caseID && shown.version == 2 && shown.states == ["open/publicity"])
        #expect(shown.headHash.count == 32 && shown.recordJson.contains("138****0000"))
    }

    @Test("is refused with codes, sentences and typed details, and its connection goes on")
    func refusals() async throws {
        let server = try await TestServer.shared.value
        let opened = try await server.open(Applicant())
        var unparsable = try Casework_V1_OpenRequest(applying: Applicant())
        unparsable.protobuf = Data([0xff, 0xff])
        let answers = try await GoClient.run(
            [
                call("Cases", "Nothing", Casework_V1_GetRequest()),
                call("Cases", "Open", unparsable),
                GoClient.Call(service: "Cases", method: "Open", payload: Data([0x0a, 0xff, 1])),
                send("payment.ordered", to: opened.caseID),
                send("tea.served", to: opened.caseID),
                call("Operations", "Health", Casework_V1_HealthRequest()),
            ], as: Officer.agent, on: server)
        #expect(
            answers.map(\.code) == [12, 3, 3, 9, 9, 0], "\(answers.map { "\($0.code) \($0.sentence)" })")
        #expect(
            answers.map(\.info.reason) == [
                "METHOD_UNKNOWN", "PAYLOAD_MALFORMED", "REQUEST_MALFORMED", "EVENT_NOT_ALLOWED", "EVENT_NOT_ALLOWED",
                "",
            ])
        #expect(answers[0].sentence.contains(#"service "casework.v1.Cases" has no method "Nothing""#))
        // What is wrong with the payload as a whole belongs to no field of it.
        #expect(answers.map { $0.violations.map(\.reason) } == [[], ["MALFORMED"], [], [], [], []])
        #expect(answers[1].violations.first?.description_p.isEmpty == false)
        for answer in answers[1...4] {
            #expect(answer.info.domain == "casework" && answer.info.metadata["en"] == answer.sentence)
            #expect(answer.info.metadata["zh"]?.isEmpty == false)
        }
        #expect(answers[3].sentence.contains("payment.ordered"), "\(answers[3].sentence)")
        #expect(try await server.get(opened.caseID).version == 1)
    }

    /// One method, who asks it, and what must be in the answer.
    struct Question: Sendable, CustomTestStringConvertible {
        var name: String
        var officer = Officer.agent
        var request: @Sendable (Casework_V1_CommandResponse) throws -> any Message
        var check: @Sendable (Data, Casework_V1_CommandResponse) throws -> Bool
        var testDescription: String { name }
    }

    static let questions: [Question] = [
        Question(name: "Cases.List") { _ in
            Casework_V1_ListRequest.with { $0.countyPrefix = "220422" }
        } check: {
            try Casework_V1_ListResponse(serializedBytes: $0).cases.map(\.number).contains($1.number)
        },
        Question(name: "Cases.History") { opened in
            Casework_V1_HistoryRequest.with { $0.caseID = opened.caseID }
        } check: { bytes, _ in
            let entries = try Casework_V1_HistoryResponse(serializedBytes: bytes).entries
            return entries.map(\.event) == ["case.open"] && entries[0].officer == "li-na" && !entries[0].reasons.isEmpty
        },
        Question(name: "Cases.Explain") { opened in
            Casework_V1_ExplainRequest.with {
                $0.caseID = opened.number
                $0.officer = "wang-fang"
            }
        } check: { bytes, opened in
            let answer = try Casework_V1_ExplainResponse(serializedBytes: bytes)
            let possible = answer.events.filter(\.possible).map(\.event)
            return answer.case.caseID == opened.caseID && possible.contains("village.verified")
                && answer.events.contains { $0.obstacles.contains { $0.kind == "role" && !$0.zh.isEmpty } }
        },
        Question(name: "Funds.SetBudget", officer: Officer.payer) { _ in
            Casework_V1_SetBudgetRequest.with {
                $0.key = Data(CommandKey.fresh().bytes)
                $0.fund = "rural-revitalization"
                $0.county = "220422"
                $0.year = 2031
                $0.amountFen = 1_234_500
                $0.document = "吉财农指〔2031〕1号"
            }
        } check: { bytes, _ in
            let answer = try Casework_V1_CommandResponse(serializedBytes: bytes)
            return answer.position > 0 && !answer.repeatedKey
        },
        Question(name: "Funds.Accounts", officer: Officer.payer) { _ in
            Casework_V1_AccountsRequest.with {
                $0.county = "220721"
                $0.year = 2032
            }
        } check: { bytes, _ in
            let pools = try Casework_V1_AccountsResponse(serializedBytes: bytes).pools
            return pools.map(\.grantedFen) == [77_700] && pools.map(\.availableFen) == [77_700]
        },
        Question(name: "Plugins.List") { _ in
            Casework_V1_ListPluginsRequest()
        } check: { bytes, _ in
            let plugins = try Casework_V1_ListPluginsResponse(serializedBytes: bytes).plugins
            return plugins.map(\.name) == ["transport-subsidy"] && plugins[0].digest.count == 64
        },
    ]

    @Test("asks for lists, histories, explanations, money and plugins, and reads the answers", arguments: questions)
    func methods(_ question: Question) async throws {
        let server = try await TestServer.shared.value
        let opened = try await server.open(Applicant(), county: "220422")
        try await server.setBudget(77_700, county: "220721", year: 2032)
        let name = question.name.split(separator: ".").map(String.init)
        let answers = try await GoClient.run(
            [call(name[0], name[1], try question.request(opened))], as: question.officer, on: server)
        #expect(answers[0].code == 0, "\(answers[0].sentence)")
        #expect(try question.check(answers[0].payload, opened))
    }

    @Test("a command whose time is over before it is sent is not carried out")
    func late() async throws {
        let server = try await TestServer.shared.value
        let request = try Casework_V1_OpenRequest(applying: Applicant())
        var late = try call("Cases", "Open", request)
        late.timeout = "-1s"
        let lookup = Casework_V1_LookupRequest.with { $0.key = request.key }
        let answers = try await GoClient.run(
            [late, call("Cases", "Lookup", lookup)], as: Officer.agent, on: server)
        #expect(answers[0].code == 4, "\(answers[0].sentence)")
        #expect(try answers.message(1, as: Casework_V1_LookupResponse.self).found == false)
    }

    private func call(_ service: String, _ method: String, _ request: some Message) throws -> GoClient.Call {
        GoClient.Call(service: service, method: method, payload: try request.serializedData())
    }

    private func send(_ event: String, to id: String) throws -> GoClient.Call {
        let request = Casework_V1_SendRequest.with {
            $0.key = Data(CommandKey.fresh().bytes)
            $0.caseID = id
            $0.event = event
        }
        return try call("Cases", "Send", request)
    }
}

extension Casework_V1_OpenRequest {
    /// An application as its own message, not as JSON.
    init(applying person: Applicant) throws {
        let application = try Cases_TransportSubsidy_V1_Application(jsonString: person.json)
        self = .with {
            $0.key = Data(CommandKey.fresh().bytes)
            $0.type = "transport-subsidy"
            $0.county = "220122"
        }
        protobuf = try application.serializedData()
    }
}

/// The client of `Tests/Interop/go`, built once.
private enum GoClient {
    static let packages = "/usr/share/gocode"

    static var isPresent: Bool {
        let hasPackage = FileManager.default.fileExists(atPath: "\(packages)/src/github.com/containerd/ttrpc")
        guard hasPackage, case .success = Result(catching: { try bash("go version") }) else { return false }
        return true
    }

    static let executable = Task { () throws -> String in
        let path = try temporaryFolder("go") + "/client"
        try await bashAside(
            """
            cd '\(Repository.root.path)/Tests/Interop/go'
            GO111MODULE=off GOPATH=\(packages) GOFLAGS= timeout 120 go build -o '\(path)' .
            """)
        return path
    }

    struct Call: Sendable {
        var service: String
        var method: String
        var payload: Data
        /// As Go writes a duration; empty for none.
        var timeout = ""

        var line: String {
            "casework.v1.\(service) \(method) \(payload.isEmpty ? "-" : Hex.text(payload)) \(timeout)"
        }
    }

    struct Answer: Sendable {
        /// 0 for an answer, else a code of `google.rpc.Code`.
        var code: Int32 = 0
        var sentence = ""
        var payload = Data()
        /// Empty where the status carried none.
        var info = Google_Rpc_ErrorInfo()
        var violations: [Google_Rpc_BadRequest.FieldViolation] = []

        mutating func read(detail type: String, _ bytes: Data) throws {
            switch type {
            case "type.googleapis.com/google.rpc.ErrorInfo": info = try Google_Rpc_ErrorInfo(serializedBytes: bytes)
            case "type.googleapis.com/google.rpc.BadRequest":
                violations = try Google_Rpc_BadRequest(serializedBytes: bytes).fieldViolations
            default: break
            }
        }
    }

    /// Makes these calls one after the other over one connection.
    static func run(_ calls: [Call], as officer: String, on server: TestServer) async throws -> [Answer] {
        let tls = try TestCertificates.shared.get().files(officer)
        let folder = try temporaryFolder("calls")
        let script = calls.map(\.line).joined(separator: "\n")
        try script.write(toFile: "\(folder)/calls", atomically: true, encoding: .utf8)
        try await bashAside(
            """
            timeout 60 '\(try await executable.value)' -details -host localhost -port \(server.server.port) \
              -cert '\(tls.certificateChain)' -key '\(tls.privateKey)' -ca '\(tls.trustRoots)' \
              <'\(folder)/calls' >'\(folder)/answers'
            """)
        let output = try String(contentsOfFile: "\(folder)/answers", encoding: .utf8)
        let answers = try parse(output)
        try #require(answers.count == calls.count, "\(output)")
        return answers
    }

    private static func parse(_ output: String) throws -> [Answer] {
        var answers: [Answer] = []
        for line in output.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            switch (words[0], words.count) {
            case ("ok", 2):
                answers.append(Answer(payload: try #require(Hex.bytes(words[1]))))
            case ("error", 3):
                answers.append(Answer(code: try #require(Int32(words[1])), sentence: words[2]))
            case ("detail", 3):
                try #require(!answers.isEmpty)
                try answers[answers.count - 1].read(detail: words[1], try #require(Hex.bytes(words[2])))
            default: throw CommandFailed(output: output)
            }
        }
        return answers
    }
}

extension [GoClient.Answer] {
    /// The message that one of the calls was answered with.
    fileprivate func message<M: Message>(_ index: Int, as type: M.Type) throws -> M {
        try #require(self[index].code == 0, "\(self[index].code) \(self[index].sentence)")
        return try M(serializedBytes: self[index].payload)
    }
}

private enum Hex {
    static func text(_ bytes: Data) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// Nil for what is no pair of digits.
    static func bytes(_ text: String) -> Data? {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == text.count, digits.count % 2 == 0 else { return nil }
        return Data(stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }
}
