import CaseworkClient
import Foundation
import NIOCore
import RPC
import Schema
import SwiftProtobuf
import Synchronization
import Testing

/// The daemon as a process: how it starts, what it says, how it ends.
@Suite("caseworkd")
struct ProcessTests {
    @Test(
        "told to end, it answers what is in flight, refuses what comes after and ends with exit code 0",
        arguments: [SIGTERM, SIGINT])
    func signals(signal: Int32) async throws {
        let folder = try TestServer.prepare()
        let daemon = try Daemon(folder: folder)
        let port = try #require(try daemon.port())
        let client = try await connect(port: port)
        let opened = try await open(port: port)
        let child = try #require(try await client.plugins.list().plugins.first).process
        try #require(opened.version == 1 && child > 0)

        // While their plugin stands still nothing can be answered: all are in flight when the signal comes.
        kill(child, SIGSTOP)
        let flight = try await Flight(port: port, count: 24)
        daemon.send(signal)
        try await flight.untilDraining()
        let late = Data(CommandKey.fresh().bytes)
        let refusal = try await flight.refusal(of: late)
        #expect(refusal.code == .unavailable && refusal.reason == "STOPPING", "\(refusal)")
        #expect(flight.answered == 0)
        kill(child, SIGCONT)
        let answers = try await flight.land()
        #expect(answers.count == 24)
        let end = daemon.end(by: nil)
        #expect(end.code == 0)
        #expect(end.output.contains("caseworkd stops"))
        #expect(end.errors.isEmpty, "\(end.errors)")
        await client.close()

        let again = try Daemon(folder: folder)
        let second = try await connect(port: try #require(try again.port()))
        for (key, answer) in answers {
            let found = try await second.cases.lookup(.with { $0.key = key })
            #expect(found.found && found.answer.caseID == answer.caseID && found.answer.position == answer.position)
        }
        #expect(try await !second.cases.lookup(.with { $0.key = late }).found)
        await second.close()
        #expect(again.end(by: SIGTERM).code == 0)
    }

    @Test("after it was killed it goes on from what it had answered")
    func killed() async throws {
        let folder = try TestServer.prepare()
        let first = try Daemon(folder: folder)
        let opened = try await open(port: try #require(try first.port()))
        #expect(first.end(by: SIGKILL).code != 0)
        let second = try Daemon(folder: folder)
        let client = try await connect(port: try #require(try second.port()))
        let shown = try await client.cases.get(.with { $0.caseID = opened.caseID })
        #expect(shown.number == opened.number && shown.version == 1)
        await client.close()
        #expect(second.end(by: SIGTERM).code == 0)
    }

    @Test("a port that is taken is one line and exit code 69")
    func takenPort() async throws {
        let running = try Daemon(folder: try TestServer.prepare())
        let port = try #require(try running.port())
        let end = try Daemon(folder: try TestServer.prepare(), port: port).end(by: nil)
        #expect(end.code == 69)
        #expect(end.errors == "caseworkd: port \(port) of localhost is taken: stop what uses it, or choose another\n")
        #expect(running.end(by: SIGTERM).code == 0)
    }

    @Test("SIGHUP: new connections get the new certificate, open ones go on, a wrong certificate changes nothing")
    func reload() async throws {
        let folder = try TestServer.prepare()
        let pki = try TestCertificates.shared.get().folder
        try bash("cp '\(pki)/server/cert.pem' '\(pki)/server/key.pem' '\(folder)'")
        let daemon = try Daemon(folder: folder, certificates: folder)
        let port = try #require(try daemon.port())
        let old = try await connect(port: port)
        let first = try await serial(of: port)

        // Beside another's key a certificate is of no use.
        try bash(
            """
            set -e; cd '\(folder)'
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout new.pem \
              -out request.pem
            openssl x509 -req -in request.pem -CA '\(pki)/ca.pem' -CAkey '\(pki)/ca-key.pem' -days 2 \
              -set_serial 0x5eed -extfile <(echo subjectAltName=DNS:localhost,IP:127.0.0.1) -out cert.pem
            """)
        daemon.send(SIGHUP)
        let complaint = try daemon.complaints(until: "\n")
        #expect(complaint.contains("certificates stay as they were") && complaint.contains("\(folder)/key.pem"))
        #expect(try await serial(of: port) == first)

        try bash("mv '\(folder)/new.pem' '\(folder)/key.pem'")
        daemon.send(SIGHUP)
        let told = try daemon.complaints(until: "certificates were read anew")
        #expect(told.split(separator: "\n").count == 2, "one line each: \(told)")
        #expect(try await serial(of: port) == "serial=5EED" && first != "serial=5EED")
        #expect(try await open(port: port).version == 1)
        #expect(try await old.operations.health().status == "serving")
        await old.close()
        #expect(daemon.end(by: SIGTERM).code == 0)
    }

    /// The serial number of the certificate that a new connection is shown.
    private func serial(of port: Int) async throws -> String {
        let files = try TestCertificates.shared.get().files(Officer.agent)
        return try await bashAside(
            """
            openssl s_client -connect localhost:\(port) -cert '\(files.certificateChain)' -key '\(files.privateKey)' \
              -CAfile '\(files.trustRoots)' </dev/null 2>/dev/null | openssl x509 -noout -serial
            """
        ).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test(
        "wrong options are exit code 64 and say what is meant",
        arguments: [
            (["--listen", "localhost"], "--listen takes an address and a port"),
            (["--listen", "localhost:99999"], "--listen takes an address and a port"),
            (["--virtual-clock", "tomorrow"], "--virtual-clock takes a day"),
            (["--virtual-clock", "2026-09-14 24:00"], "--virtual-clock takes a day"),
            (["--virtual-clock", "2026-09-14"], "--virtual-clock needs --development"),
            (["--threads", "0"], "--threads takes 1 to 64"), (["--tea"], "Unknown option '--tea'"),
        ])
    func wrongOptions(options: [String], message: String) throws {
        let end = try Daemon(arguments: ["--state", "/nowhere"] + options).end(by: nil)
        #expect(end.code == 64)
        #expect(end.errors.contains(message), "\(end.errors)")
    }

    private func connect(port: Int) async throws -> CaseworkClient {
        let tls = try TestCertificates.shared.get().files(Officer.agent)
        return try await CaseworkClient.connect(host: "localhost", port: port, tls: tls)
    }

    private func open(port: Int) async throws -> Casework_V1_CommandResponse {
        let client = try await connect(port: port)
        let opened = try await client.cases.open(
            .with {
                $0.key = Data(CommandKey.fresh().bytes)
                $0.type = "transport-subsidy"
                $0.county = "220122"
                $0.json = Applicant().json
            })
        await client.close()
        return opened
    }
}

/// Cases being opened over one connection, all at the same time.
private final class Flight: Sendable {
    private typealias Landing = (key: Data, result: Result<ByteBuffer, RPCStatus>)

    private let connection: RPCClient
    private let count: Int
    private let landed = Atomic(0)
    private let landings: AsyncStream<Landing>

    /// Returns when the server has taken them all: it takes the requests of a connection in order, and this one
    /// answers another question that came after them.
    init(port: Int, count: Int) async throws {
        connection = try await RPCClient.connect(
            host: "localhost", port: port, tls: try TestCertificates.shared.get().files(Officer.agent))
        self.count = count
        let (landings, arrival) = AsyncStream.makeStream(of: Landing.self)
        self.landings = landings
        for _ in 0..<count {
            let request = try Casework_V1_OpenRequest(applying: Applicant())
            connection.call(
                service: Methods.Cases.service, method: Methods.Cases.open.name,
                payload: ByteBuffer(bytes: try request.serializedBytes() as [UInt8])
            ) { [self] result in
                landed.add(1, ordering: .releasing)
                arrival.yield((request.key, result))
            }
        }
        _ = try await health()
    }

    var answered: Int { landed.load(ordering: .acquiring) }

    private func health() async throws(RPCStatus) -> ByteBuffer {
        try await connection.call(
            service: Methods.Operations.service, method: Methods.Operations.health.name, payload: ByteBuffer())
    }

    /// Asks until the server takes nothing new.
    func untilDraining() async throws {
        for _ in 0..<100_000 {
            do throws(RPCStatus) {
                _ = try await health()
            } catch {
                #expect(error.reason == "STOPPING")
                return
            }
        }
        Issue.record("the server goes on as if it had not been told to end")
    }

    /// What a command under `key` is refused with.
    func refusal(of key: Data) async throws -> CaseworkError {
        var request = try Casework_V1_OpenRequest(applying: Applicant())
        request.key = key
        let payload = ByteBuffer(bytes: try request.serializedBytes() as [UInt8])
        let status = await #expect(throws: RPCStatus.self) {
            _ = try await connection.call(
                service: Methods.Cases.service, method: Methods.Cases.open.name, payload: payload)
        }
        return CaseworkError(try #require(status))
    }

    /// The answers, when all are there; a connection that is lost answers as well.
    func land() async throws -> [(key: Data, answer: Casework_V1_CommandResponse)] {
        var answers: [(key: Data, answer: Casework_V1_CommandResponse)] = []
        for await landing in landings.prefix(count) {
            let bytes = Array(try landing.result.get().readableBytesView)
            answers.append((landing.key, try Casework_V1_CommandResponse(serializedBytes: bytes)))
        }
        await connection.close()
        return answers
    }
}

/// A running `caseworkd`.
private final class Daemon {
    private let process = Process()
    private let output = Pipe()
    private let errors = Pipe()
    private var said = ""
    private var complained = ""

    /// - Parameter certificates: folder of the server's certificate and key; nil takes those that all tests share.
    convenience init(folder: String, port: Int = 0, certificates: String? = nil) throws {
        let (root, pki) = (Repository.root.path, try TestCertificates.shared.get().folder)
        let own = certificates ?? "\(pki)/server"
        try self.init(arguments: [
            "--state", folder, "--listen", "localhost:\(port)", "--policies", "\(root)/Plugins/TransportSubsidy/policy",
            "--calendar", "\(root)/Calendars/china.txt", "--certificate", "\(own)/cert.pem", "--key",
            "\(own)/key.pem", "--trust", "\(pki)/ca.pem", "--development", "--virtual-clock", "2026-09-14",
        ])
    }

    init(arguments: [String]) throws {
        process.executableURL = Repository.products.appending(path: "caseworkd")
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = errors
        try process.run()
    }

    /// The port it serves on; nil when it ended instead.
    func port() throws -> Int? {
        while !said.contains("\n") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { return nil }
            said += String(decoding: more, as: UTF8.self)
        }
        return said.split(separator: "localhost:").dropFirst().first.flatMap { Int($0.prefix(while: \.isNumber)) }
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// What it has logged so far, as soon as that holds these words, or when 10 s have passed.
    func complaints(until words: String) throws -> String {
        let deadline = Date.now.addingTimeInterval(10)
        while !complained.contains(words), Date.now < deadline {
            var ready = pollfd(fd: errors.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, 100) > 0 else { continue }
            complained += String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self)
        }
        return complained
    }

    /// Ends it by a signal, or waits until it ends by itself.
    func end(by signal: Int32?) -> (code: Int32, output: String, errors: String) {
        if let signal { send(signal) }
        said += String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        complained += String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, said, complained)
    }
}
