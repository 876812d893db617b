import CaseworkClient
import Foundation
import NIOCore
import RPC
import Schema
import Server
import SwiftProtobuf
import Testing

/// What one client sends wrongly is no concern of another's.
@Suite("Bystanders")
struct BystanderTests {
    private static let rounds = 12
    private static let county = "220182"

    @Test("one client's mistakes change nothing for another, whose work goes on at the same time")
    func bystander() async throws {
        let server = try TestServer()
        let mistakes = try await mistakes(at: server)
        let strangers = try Strangers(port: server.server.port)
        try await server.setBudget(1_000_000, county: Self.county)
        let client = try await server.client(Officer.agent)
        let before = try await client.operations.health()
        let pools = try await accounts(client)
        #expect(pools.map(\.availableFen) == [1_000_000])

        for round in 1...Self.rounds {
            // Both at once: the mistakes all together, the bystander's calls one after the other.
            async let wrong: Void = make(mistakes, in: round)
            async let strange: Void = strangers.connect()
            let opened = try await server.open(Applicant(), county: Self.county)
            #expect(opened.number == "TS-\(Self.county)-2026-" + String(1_000_000 + round).dropFirst())
            #expect(opened.version == 1 && opened.states == ["open/villageCheck"] && !opened.repeatedKey)
            let health = try await client.operations.health()
            #expect(health.status == "serving" && health.incidents == before.incidents)
            #expect(try await accounts(client) == pools, "round \(round)")
            await wrong
            try await strange
        }
        // Nothing but the bystander's own cases has been written.
        let after = try await client.operations.health()
        #expect(after.lastPosition == before.lastPosition + UInt64(Self.rounds))
        // Each of the strangers was turned away for what it did, in every round: some are told in full, the others are
        // counted, at the latest when the server ends.
        try await server.stop()
        for reason in Strangers.reasons {
            let inFull = server.reportedReasons.count { $0 == reason }
            let counted = server.countedReports.filter { $0.hasPrefix(reason + ": ") }
            let numbers = counted.compactMap { Int($0.dropFirst(reason.count + 2).prefix { $0.isNumber }) }
            #expect(inFull >= 1 && inFull + numbers.reduce(0, +) == Self.rounds, "\(reason): \(inFull), \(counted)")
        }
    }

    @Test("a command whose time is over when it arrives is not carried out, and its key stays free")
    func late() async throws {
        let server = try await TestServer.shared.value
        let tls = try TestCertificates.shared.get().files(Officer.agent)
        let connection = try await RPCClient.connect(host: "localhost", port: server.server.port, tls: tls)
        let (person, key) = (Applicant(), CommandKey.fresh())
        let payload: [UInt8] = try Casework_V1_OpenRequest.with {
            $0.key = Data(key.bytes)
            $0.type = "transport-subsidy"
            $0.county = "220122"
            $0.json = person.json
        }.serializedBytes()
        let status = await #expect(throws: RPCStatus.self) {
            try await connection.call(
                service: Methods.Cases.service, method: Methods.Cases.open.name, payload: ByteBuffer(bytes: payload),
                timeout: .nanoseconds(1))
        }
        #expect(status?.code == RPCStatus.Code.deadlineExceeded)

        // Requests of one connection are taken in order: once this is answered, the late one has been passed over.
        _ = try await connection.call(
            service: Methods.Operations.service, method: Methods.Operations.health.name, payload: ByteBuffer())
        await connection.close()
        _ = try await server.open(Applicant())
        let found = try await server.client(Officer.agent).cases.lookup(.with { $0.key = Data(key.bytes) })
        #expect(found == Casework_V1_LookupResponse(), "never seen")
        let opened = try await server.open(person, key: key)
        #expect(!opened.repeatedKey && opened.version == 1)
    }

    private func accounts(_ client: CaseworkClient) async throws -> [Casework_V1_PoolBalance] {
        try await client.funds.accounts(.with { $0.county = Self.county }).pools
    }
}

// MARK: - Mistakes

extension BystanderTests {
    private struct Mistake: Sendable {
        var reason: String
        var attempt: @Sendable () async throws -> Void
    }

    /// What an officer of another county does wrongly, to a case of their own and to one of others.
    private func mistakes(at server: TestServer) async throws -> [Mistake] {
        let officer = Officer.elsewhere
        let key = CommandKey.fresh()
        let own = try await server.open(Applicant(), county: "220322", as: officer, key: key).caseID
        let foreign = try await server.open(Applicant(), county: "220122").caseID
        let client = try await server.client(officer)
        return [
            Mistake(reason: "STALE_VERSION") {
                try await server.send("withdraw", to: own, as: officer, expecting: 7)
            },
            Mistake(reason: "EVENT_NOT_ALLOWED") { try await server.send("tea.served", to: own, as: officer) },
            Mistake(reason: "PAYLOAD_MALFORMED") {
                _ = try await client.cases.open(
                    .with {
                        $0.key = Data(CommandKey.fresh().bytes)
                        $0.type = "transport-subsidy"
                        $0.county = "220322"
                        $0.protobuf = Data([0xff, 0xff])
                    })
            },
            Mistake(reason: "NOT_FOUND") { try await server.send("withdraw", to: foreign, as: officer) },
            Mistake(reason: "KEY_REUSED") {
                _ = try await server.open(Applicant(), county: "220322", as: officer, key: key)
            },
        ]
    }

    /// Makes them all at the same time; each is refused with its own reason, in every round again.
    private func make(_ mistakes: [Mistake], in round: Int) async {
        await withTaskGroup(of: Void.self) { group in
            for mistake in mistakes {
                group.addTask {
                    let error = await #expect(throws: CaseworkError.self, "\(mistake.reason), round \(round)") {
                        try await mistake.attempt()
                    }
                    #expect(error?.reason == mistake.reason, "round \(round)")
                }
            }
        }
    }
}

/// What comes from who does not speak this wire or may not: by the openssl command, all at the same time.
private struct Strangers {
    /// What the server reports of them, in the order of `connect`.
    static let reasons = [
        "NOT_TTRPC", "HTTP_NOT_TTRPC", "MESSAGE_TOO_LONG", "CERTIFICATE_MISSING", "CERTIFICATE_REFUSED",
    ]

    private let script: String

    /// Makes the certificate of an authority that the server does not know.
    init(port: Int) throws {
        let certificates = try TestCertificates.shared.get()
        let officer = certificates.files(Officer.elsewhere)
        let folder = try temporaryFolder("strangers")
        try bash(
            """
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
              -subj /O=jilin-hrss/CN=li-na -keyout '\(folder)/key.pem' -out '\(folder)/cert.pem'
            """)
        script = """
            speak() {
              openssl s_client -quiet -connect localhost:\(port) -CAfile '\(officer.trustRoots)' "$@" || true
            } >/dev/null 2>&1
            known=(-cert '\(officer.certificateChain)' -key '\(officer.privateKey)')
            printf '\\xde\\xad\\xbe\\xef' | speak "${known[@]}" &
            printf 'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' | speak "${known[@]}" &
            printf '\\xff\\xff\\xff\\xff\\0\\0\\0\\x01\\x01\\0' | speak "${known[@]}" &
            speak </dev/null &
            speak -cert '\(folder)/cert.pem' -key '\(folder)/key.pem' </dev/null &
            wait
            """
    }

    /// Returns when the server has closed all connections.
    func connect() async throws { try await bashAside(script) }
}
