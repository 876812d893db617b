import Foundation
import RPC

/// A certificate authority in a temporary folder, made with the `openssl` command; EC P-256 throughout.
final class Certificates: Sendable {
    /// One for all tests of a run: making keys takes a moment.
    static let shared = Result { try Certificates() }

    let folder: String

    private init() throws {
        folder = NSTemporaryDirectory() + "casework-rpc-\(ProcessInfo.processInfo.globallyUniqueString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        atexit {
            guard case .success(let certificates) = Certificates.shared else { return }
            do {
                try FileManager.default.removeItem(atPath: certificates.folder)
            } catch {
                print("\(certificates.folder) cannot be removed: \(error)")
            }
        }
        try authority("ca")
        try authority("foreign")
        try issue(
            "server", subject: "/O=casework/CN=server",
            extensions: [
                "subjectAltName=DNS:localhost,IP:127.0.0.1", "extendedKeyUsage=serverAuth",
            ])
        try issue(
            "li-na", subject: "/O=jilin-hrss/CN=li-na",
            extensions: [
                "subjectAltName=URI:casework://agency/jilin-hrss/officer/li-na,DNS:x,URI:urn:second",
                "extendedKeyUsage=clientAuth",
            ])
        try issue("county-finance", subject: "/O=county-finance/CN=county-finance", extensions: clientUse)
        try issue("stranger", subject: "/O=jilin-hrss/CN=li-na", extensions: clientUse, authority: "foreign")
        try issue("nameless", subject: "/CN=li-na", extensions: clientUse)
        try issue("two-agencies", subject: "/O=jilin-hrss/O=county-finance/CN=li-na", extensions: clientUse)
        try issue("expired", subject: "/O=jilin-hrss/CN=li-na", extensions: clientUse, days: "-1")
        try issue("elsewhere", subject: "/O=casework/CN=server", extensions: ["subjectAltName=DNS:elsewhere.example"])
    }

    private var clientUse: [String] { ["extendedKeyUsage=clientAuth"] }

    func path(_ file: String) -> String { "\(folder)/\(file)" }

    /// The files of whoever is named, trusting `ca`.
    func files(_ name: String) -> TLSFiles {
        TLSFiles(
            certificateChain: path("\(name).pem"), privateKey: path("\(name).key"), trustRoots: path("ca.pem"))
    }

    private func authority(_ name: String) throws {
        try openssl(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/O=casework/CN=\(name)", "-keyout", path("\(name).key"), "-out", path("\(name).pem"),
            ])
    }

    private func issue(
        _ name: String, subject: String, extensions: [String], authority: String = "ca", days: String = "2"
    ) throws {
        try openssl(
            [
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject,
                "-keyout", path("\(name).key"), "-out", path("\(name).csr"),
            ])
        let lines = extensions.joined(separator: "\n")
        try lines.write(toFile: path("\(name).ext"), atomically: true, encoding: .utf8)
        try openssl(
            [
                "x509", "-req", "-in", path("\(name).csr"), "-CA", path("\(authority).pem"),
                "-CAkey", path("\(authority).key"), "-CAcreateserial", "-days", days, "-extfile", path("\(name).ext"),
                "-out", path("\(name).pem"),
            ])
    }

    private func openssl(_ arguments: [String]) throws {
        let (status, output) = try run(["openssl"] + arguments)
        guard status == 0 else {
            throw CommandFailed(command: "openssl \(arguments.joined(separator: " "))", output: output)
        }
    }
}

struct CommandFailed: Error {
    var command: String
    var output: String
}

/// Runs a command to its end, for two minutes at most.
func run(
    _ command: [String], environment: [String: String] = [:], folder: String? = nil
) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["timeout", "120"] + command
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}

/// As `run`, on a thread of its own: waiting on one of the few that run tasks would starve the server under test.
func runAside(
    _ command: [String], environment: [String: String] = [:], folder: String? = nil
) async throws -> (status: Int32, output: String) {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(with: Result { try run(command, environment: environment, folder: folder) })
        }
    }
}
