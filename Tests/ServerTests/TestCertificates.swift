import Foundation
import RPC

/// An authority with the certificates of the samples' officers and a few more, in a temporary folder; made once a run.
final class TestCertificates: Sendable {
    static let shared = Result { try TestCertificates() }

    let folder: String

    private init() throws {
        folder = try temporaryFolder("certificates")
        try bash("exec '\(Repository.root.path)/Scripts/pki' '\(folder)'")
        for (agency, officer) in [
            ("jilin-hrss", "jilin-hrss"), ("jilin-hrss", "zhou-min"), ("jilin-hrss", "nobody"),
            ("siping-hrss", "ma-jun"), ("unknown", "nobody"), ("jilin-hrss", "two-hats"), ("jilin-hrss", "jumps"),
            ("jilin-hrss", "foreign-fund"), ("jilin-hrss", "approves-itself"),
            ("reads-clear", "reader"), ("looks-only", "visitor"), ("looks-only", "head"),
        ] {
            try issue(agency: agency, officer: officer)
        }
    }

    func files(_ name: String) -> TLSFiles {
        TLSFiles(
            certificateChain: "\(folder)/\(name)/cert.pem", privateKey: "\(folder)/\(name)/key.pem",
            trustRoots: "\(folder)/ca.pem")
    }

    private func issue(agency: String, officer: String) throws {
        try bash(
            """
            set -e; cd '\(folder)'; mkdir -p \(agency)/\(officer)
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/O=\(agency)/CN=\(officer)' \
              -keyout \(agency)/\(officer)/key.pem -out request.pem
            openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -days 2 \
              -set_serial 0x$(openssl rand -hex 9) \
              -extfile <(echo extendedKeyUsage=clientAuth) -out \(agency)/\(officer)/cert.pem
            cp ca.pem \(agency)/\(officer)/ca.pem
            """)
    }
}

enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Where the build puts programs and plugins: beside the tests themselves.
    static let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
}

struct CommandFailed: Error {
    var output: String
}

/// A folder that is removed when the tests end.
func temporaryFolder(_ name: String) throws -> String {
    let folder = NSTemporaryDirectory() + "casework-\(name)-\(ProcessInfo.processInfo.globallyUniqueString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    TemporaryFolders.shared.add(folder)
    return folder
}

private final class TemporaryFolders: @unchecked Sendable {
    static let shared = TemporaryFolders()
    /// Guards `folders`.
    private let lock = NSLock()
    private var folders: [String] = []

    private init() {
        atexit {
            for folder in TemporaryFolders.shared.folders { try? FileManager.default.removeItem(atPath: folder) }
        }
    }

    func add(_ folder: String) { lock.withLock { folders.append(folder) } }
}

/// What a script prints.
///
/// - Throws: `CommandFailed` when it ends with another exit code than 0.
@discardableResult
func bash(_ script: String) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", script]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let text = String(decoding: output, as: UTF8.self)
    guard process.terminationStatus == 0 else { throw CommandFailed(output: text) }
    return text
}

/// As `bash`, on a thread of its own: waiting on one of the few that run tasks would starve the server under test.
@discardableResult
func bashAside(_ script: String) async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try bash(script) }) }
    }
}
