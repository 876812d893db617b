import CaseworkClient
import Foundation
import Kernel
import Logging
import PluginHost
import RPC
import Schema
import Server
import SwiftProtobuf
import Synchronization
import Testing

/// A whole server with the transport subsidy's plugin, on a new development store and a virtual clock, behind real TLS.
final class TestServer: Sendable {
    /// For tests that neither move the clock nor stop it.
    static let shared = Task { try TestServer() }

    static let authorization = """
        agencies:
          jilin-hrss:
            methods: [Cases.*, Funds.Accounts, Plugins.List, Operations.Health, Operations.Stats]
            types: [transport-subsidy]
            divisions: ["22"]
            roles: [agent, village, hrss.checker, hrss.approver]
            officers:
              li-na: { roles: [agent, hrss.checker] }
              zhang-wei: { roles: [village] }
              liu-min: { roles: [hrss.checker] }
              wang-fang: { roles: [village, hrss.approver] }
              zhou-min: { roles: [personal.reader], divisions: ["2201"] }
              two-hats: { roles: [hrss.checker, hrss.approver] }
              jumps: { roles: [agent, hrss.approver] }
              foreign-fund: { roles: [hrss.approver] }
              approves-itself: { roles: [hrss.checker, hrss.approver] }
          siping-hrss:
            methods: [Cases.*, Funds.*]
            types: ["*"]
            divisions: ["2203"]
            officers: { ma-jun: { roles: [agent, finance.budget] } }
          rural-revitalization:
            methods: [Cases.Send, Cases.Get, Cases.List]
            types: [transport-subsidy]
            divisions: ["22"]
            officers: { zhao-lei: { roles: [rr.checker] } }
          county-finance:
            methods: [Cases.Send, Cases.Get, Funds.SetBudget, Funds.Accounts]
            types: [transport-subsidy]
            divisions: ["22"]
            officers:
              chen-jie: { roles: [finance.payer, finance.budget] }
              liu-yang: { roles: [finance.cashier] }
          looks-only:
            methods: [Cases.Get, Cases.List, Cases.History, Cases.Explain]
            types: [transport-subsidy]
            divisions: ["22"]
            officers: { visitor: { roles: [village] }, head: { roles: [] } }
          reads-clear:
            methods: [Cases.Unmask]
            types: [transport-subsidy]
            divisions: ["22"]
            officers: { reader: { roles: [personal.reader] } }
          operator:
            methods: ["*"]
            types: ["*"]
            divisions: ["*"]
            officers: { admin: { roles: [operator] } }
        """

    let server: CaseworkServer
    let folder: String
    let options: ServerOptions
    private let recorder: ReasonRecorder
    private let clients = Mutex<[String: CaseworkClient]>([:])

    /// - Parameters:
    ///   - child: what holds the plugin, a product or a path; nil is `casework-plugin-host`.
    ///   - isDevelopment: false makes a store for real work, which has the real clock.
    init(
        isolation: Isolation = .child, child: String? = nil, folder existing: String? = nil,
        from day: String = "2026-09-14", isDevelopment: Bool = true
    ) throws {
        let certificates = try TestCertificates.shared.get()
        folder = try existing ?? Self.prepare()
        var options = ServerOptions(
            host: "localhost", port: 0, store: "\(folder)/casework.db", masterKey: "\(folder)/master.key",
            plugins: "\(folder)/plugins", policies: Repository.root.path + "/Plugins/TransportSubsidy/policy",
            authorization: "\(folder)/authorization.yaml", calendar: Repository.root.path + "/Calendars/china.txt",
            tls: certificates.files("server"), pluginHost: Self.program(child ?? "casework-plugin-host"))
        options.development = isDevelopment
        options.isolation = isolation
        let start = try #require(LocalDate(parsing: day)).start.advanced(milliseconds: 9 * 3_600_000)
        options.virtualClock = isDevelopment ? start : nil
        self.options = options
        let recorder = ReasonRecorder()
        self.recorder = recorder
        server = try CaseworkServer.start(options, logger: Logger(label: "test") { _ in recorder })
    }

    private static func program(_ name: String) -> String {
        name.hasPrefix("/") ? name : "\(Repository.products.path)/\(name)"
    }

    /// What connections were reported for so far, one of `casework.v1.Reason` each.
    var reportedReasons: [String] { recorder.reasons.all.withLock { $0 } }

    /// Cases of which the log says that they stand still, as often as it does.
    var stillCases: [String] { recorder.reasons.still.withLock { $0 } }

    /// What the log says of those that were only counted.
    var countedReports: [String] { recorder.reasons.counts.withLock { $0 } }

    /// A folder with the plugin and the authorization of these tests.
    static func prepare() throws -> String {
        let folder = try temporaryFolder("server")
        try authorization.write(toFile: "\(folder)/authorization.yaml", atomically: true, encoding: .utf8)
        try FileManager.default.createDirectory(atPath: "\(folder)/plugins", withIntermediateDirectories: false)
        try FileManager.default.copyItem(
            at: Repository.products.appending(path: "libTransportSubsidy.so"),
            to: URL(filePath: "\(folder)/plugins/libTransportSubsidy.so"))
        return folder
    }

    /// A connection as this officer, `agency/officer`; one for each officer.
    func client(_ name: String) async throws -> CaseworkClient {
        if let client = clients.withLock({ $0[name] }) { return client }
        let client = try await CaseworkClient.connect(
            host: "localhost", port: server.port, tls: try TestCertificates.shared.get().files(name))
        clients.withLock { $0[name] = client }
        return client
    }

    func stop() async throws {
        for client in clients.withLock({ Array($0.values) }) { await client.close() }
        try await server.stop()
    }
}

/// Keeps the reasons that are logged, and nothing else of the log.
private struct ReasonRecorder: LogHandler {
    final class Reasons: Sendable {
        let all = Mutex<[String]>([])
        let counts = Mutex<[String]>([])
        let still = Mutex<[String]>([])
    }

    let reasons = Reasons()
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.notice

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        if "\(event.message)".contains(" more ") { reasons.counts.withLock { $0.append("\(event.message)") } }
        if "\(event.message)".contains("stands still"), let id = event.metadata?["case"] {
            reasons.still.withLock { $0.append("\(id)") }
        }
        guard let reason = event.metadata?["reason"] else { return }
        reasons.all.withLock { $0.append("\(reason)") }
    }
}

/// The officers of the tests.
enum Officer {
    static let agent = "jilin-hrss/li-na"
    static let village = "jilin-hrss/zhang-wei"
    static let checker = "jilin-hrss/liu-min"
    static let approver = "jilin-hrss/wang-fang"
    static let reader = "jilin-hrss/zhou-min"
    static let agencyItself = "jilin-hrss/jilin-hrss"
    static let elsewhere = "siping-hrss/ma-jun"
    static let registry = "rural-revitalization/zhao-lei"
    static let payer = "county-finance/chen-jie"
    static let cashier = "county-finance/liu-yang"
    static let admin = "operator/admin"
    static let clearReader = "reads-clear/reader"
    static let visitor = "looks-only/visitor"
}

// MARK: - What officers do

extension TestServer {
    func open(
        _ person: Applicant, county: String = "220122", as officer: String = Officer.agent, key: CommandKey = .fresh()
    ) async throws -> Casework_V1_CommandResponse {
        try await client(officer).cases.open(
            .with {
                $0.key = Data(key.bytes)
                $0.type = "transport-subsidy"
                $0.county = county
                $0.json = person.json
            })
    }

    @discardableResult
    func send(
        _ event: String, to name: String, as officer: String, json: String? = nil, key: CommandKey = .fresh(),
        expecting version: UInt64 = 0
    ) async throws -> Casework_V1_CommandResponse {
        try await client(officer).cases.send(
            .with {
                $0.key = Data(key.bytes)
                $0.caseID = name
                $0.event = event
                $0.expectedVersion = version
                if let json { $0.json = json }
            })
    }

    func get(_ name: String, as officer: String = Officer.agent) async throws -> Casework_V1_Case {
        try await client(officer).cases.get(.with { $0.caseID = name })
    }

    func setBudget(_ fen: Int64, county: String, year: Int32 = 2026) async throws {
        _ = try await client(Officer.payer).funds.setBudget(
            .with {
                $0.key = Data(CommandKey.fresh().bytes)
                $0.fund = "rural-revitalization"
                $0.county = county
                $0.year = year
                $0.amountFen = fen
                $0.document = "吉财农指〔\(year)〕118号"
            })
    }

    func advance(_ step: String) async throws {
        _ = try await client(Officer.admin).operations.advanceClock(by: step)
    }
}

extension CommandKey {
    /// On a development store a key may be of any time.
    static func fresh() -> CommandKey { CommandKey(milliseconds: 1_789_000_000_000) }
}

/// A synthetic person, each one another.
struct Applicant: Sendable {
    private static let count = Atomic<Int>(1)

    var residentNumber: String
    var destination = "330100"
    var cardNumber: String

    init() {
        let serial = Self.count.add(1, ordering: .relaxed).newValue
        // Prefix 99 is synthetic; the serial number of a day has three digits, so the day moves on.
        let body = "990000\(1970 + serial / 1000)0101" + String(1000 + serial % 1000).dropFirst()
        residentNumber = body + Self.checkDigit(of: body)
        cardNumber = Self.luhn("62170000000" + String(1_000_000 + serial))
    }

    var json: String {
        """
        {"person":{"name":"张三丰","residentNumber":"\(residentNumber)","phone":"13812340000",\
        "cardNumber":"\(cardNumber)"},"journey":{"destination":"\(destination)","employer":"某厂",\
        "departedOn":"2026-03-01","employedUntil":"2026-08-31"},"consentSigned":true}
        """
    }

    /// GB 11643-1999.
    private static func checkDigit(of body: String) -> String {
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        let sum = zip(body, weights).reduce(0) { $0 + ($1.0.wholeNumberValue ?? 0) * $1.1 }
        return String(Array("10X98765432")[sum % 11])
    }

    /// ISO/IEC 7812-1, annex B.
    private static func luhn(_ body: String) -> String {
        let sum = body.reversed().enumerated().reduce(0) { sum, digit in
            let value = (digit.element.wholeNumberValue ?? 0) * (digit.offset % 2 == 0 ? 2 : 1)
            return sum + value / 10 + value % 10
        }
        return body + String((10 - sum % 10) % 10)
    }
}
