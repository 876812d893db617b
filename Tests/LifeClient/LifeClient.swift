import CaseworkClient
import Foundation
import RPC
import Schema

/// A client that does not give up: it takes transport subsidies from application to payment while its server is killed
/// and comes back, and writes down every answer it got.
///
///     life-client HOST PORT IDENTITIES ACKNOWLEDGEMENTS WAVES LIVES-PER-WAVE
///
/// One line an acknowledgement: `key caseID position version event county`; the case of a budget is `-`. It ends with
/// exit code 0 when every life has been paid, and with 1 and a sentence when the server refuses what it must not.
@main
struct LifeClient {
    static func main() async {
        let words = CommandLine.arguments
        guard words.count == 7, let port = Int(words[2]), let waves = Int(words[5]), let lives = Int(words[6]) else {
            fail("usage: life-client HOST PORT IDENTITIES ACKNOWLEDGEMENTS WAVES LIVES")
        }
        guard let log = AcknowledgementLog(path: words[4]) else { fail("cannot write \(words[4])") }
        let office = Office(host: words[1], port: port, identities: words[3])
        do {
            let run = Run(office: office, log: log)
            try await run.grantBudgets()
            for wave in 0..<waves { try await run.takeWave(wave, lives: lives) }
        } catch {
            fail("\(error)")
        }
    }

    static func fail(_ sentence: String) -> Never {
        FileHandle.standardError.write(Data("life-client: \(sentence)\n".utf8))
        exit(1)
    }
}

/// The officers' connections, made anew when they are lost.
actor Office {
    private let host: String
    private let port: Int
    private let identities: String
    private var connections: [String: CaseworkClient] = [:]

    init(host: String, port: Int, identities: String) {
        self.host = host
        self.port = port
        self.identities = identities
    }

    /// Repeats the call, over new connections, until the server has answered it one way or the other.
    func persist<Answer: Sendable>(
        as officer: String, _ call: @Sendable (CaseworkClient) async throws -> Answer
    ) async throws -> Answer {
        for _ in 0..<3000 {
            do {
                return try await call(try await connection(of: officer))
            } catch let error as CaseworkError where error.isOpen {
                connections[officer] = nil
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        LifeClient.fail("the server is gone for good")
    }

    private func connection(of officer: String) async throws -> CaseworkClient {
        if let known = connections[officer] { return known }
        let folder = "\(identities)/\(officer)"
        let files = TLSFiles(
            certificateChain: "\(folder)/cert.pem", privateKey: "\(folder)/key.pem", trustRoots: "\(folder)/ca.pem")
        let client = try await CaseworkClient.connect(host: host, port: port, tls: files)
        connections[officer] = client
        return client
    }
}

extension CaseworkError {
    /// Nobody knows yet whether the command was carried out: ask again under the same key.
    fileprivate var isOpen: Bool {
        [.unavailable, .deadlineExceeded, .cancelled, .unauthenticated, .resourceExhausted].contains(code)
    }
}

/// Appends whole lines with one write each, so that what is in the file is what was acknowledged.
final class AcknowledgementLog: Sendable {
    private let descriptor: Int32

    init?(path: String) {
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT, 0o600)
        if descriptor < 0 { return nil }
    }

    func add(_ key: CommandKey, _ answer: Casework_V1_CommandResponse, _ event: String, county: String) {
        let hex = key.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        let id = answer.caseID.isEmpty ? "-" : answer.caseID
        let line = Array("\(hex) \(id) \(answer.position) \(answer.version) \(event) \(county)\n".utf8)
        guard write(descriptor, line, line.count) == line.count else { LifeClient.fail("the log is full") }
    }
}
