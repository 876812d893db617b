import CaseworkClient
import Foundation
import Glibc
import RPC
import Testing

/// A real `caseworkd` in a folder of its own, with the certificates of the samples' officers, that can be killed.
final class Daemon {
    let folder: URL
    let port: Int
    private var process: Process?

    /// The package, found from this file.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    /// Where the build put its programs: beside the test bundle.
    static let programs = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()

    init() throws {
        port = try Self.freePort()
        folder = FileManager.default.temporaryDirectory.appending(path: "casework-system-\(UUID().uuidString)")
        let plugins = folder.appending(path: "plugins")
        try FileManager.default.createDirectory(at: plugins, withIntermediateDirectories: true)
        let library = "libTransportSubsidy.so"
        try FileManager.default.copyItem(
            at: Self.programs.appending(path: library), to: plugins.appending(path: library))
        try Self.run(Self.root.appending(path: "Scripts/pki").path, [identities])
    }

    deinit {
        kill()
        do { try FileManager.default.removeItem(at: folder) } catch { print("left behind: \(folder.path): \(error)") }
    }

    var identities: String { folder.appending(path: "pki").path }
    var store: String { folder.appending(path: "casework.db").path }
    var isRunning: Bool { process?.isRunning ?? false }

    func start(clock: String, after shell: String = "true") throws {
        process = try launch(clock: clock, after: shell, store: store)
    }

    /// Starts a server in this folder that is not waited for.
    ///
    /// - Parameters:
    ///   - shell: what a shell does before it becomes the server, such as `ulimit -n 64`.
    ///   - name: a name of the store.
    func launch(clock: String, after shell: String = "true", store name: String) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        let root = Self.root
        let program = Self.programs.appending(path: "caseworkd").path
        process.arguments = [
            "-c", "\(shell) && exec \"$0\" \"$@\"", program,
            "--listen", "localhost:\(port)", "--state", folder.path, "--store", name,
            "--policies", root.appending(path: "Plugins/TransportSubsidy/policy").path,
            "--authorization", root.appending(path: "Samples/authorization.yaml").path,
            "--calendar", root.appending(path: "Calendars/china.txt").path,
            "--certificate", "\(identities)/server/cert.pem", "--key", "\(identities)/server/key.pem",
            "--trust", "\(identities)/ca.pem", "--development", "--virtual-clock", clock,
        ]
        let log = try log()
        (process.standardOutput, process.standardError) = (log, log)
        try process.run()
        return process
    }

    var processID: Int32 { process?.processIdentifier ?? -1 }

    private func log() throws -> FileHandle {
        let path = folder.appending(path: "caseworkd.log").path
        if !FileManager.default.fileExists(atPath: path) {
            try #require(FileManager.default.createFile(atPath: path, contents: nil))
        }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seekToEnd()
        return handle
    }

    /// What the server wrote, for a test that fails.
    var words: String {
        do {
            return try String(contentsOf: folder.appending(path: "caseworkd.log"), encoding: .utf8)
        } catch {
            return "\(error)"
        }
    }

    /// SIGKILL: nothing is flushed, nothing is said.
    func kill() {
        guard let process, process.isRunning else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// SIGTERM; answers the exit code.
    func stop() -> Int32 {
        guard let process else { return -1 }
        process.terminate()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Waits until it ends by itself; answers the exit code.
    func awaitEnd() -> Int32 {
        guard let process else { return -1 }
        process.waitUntilExit()
        return process.terminationStatus
    }

    func connect(as officer: String) async throws -> CaseworkClient {
        let folder = "\(identities)/\(officer)"
        let files = TLSFiles(
            certificateChain: "\(folder)/cert.pem", privateKey: "\(folder)/key.pem", trustRoots: "\(folder)/ca.pem")
        return try await CaseworkClient.connect(host: "localhost", port: port, tls: files)
    }

    /// Waits until the server answers.
    func awaitReady() async throws {
        for _ in 0..<500 {
            do {
                let client = try await connect(as: "operator/admin")
                _ = try await client.operations.health()
                await client.close()
                return
            } catch let error as CaseworkError where error.code == .unavailable && isRunning {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        Issue.record("the server does not answer: \(words)")
    }

    /// A port that nobody listens on now. Not one of those the system gives to clients: a client that tries again and
    /// again before the server listens would at last be given that very port, and be connected to itself.
    private static func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = UInt16.random(in: 10_000..<30_000)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            try #require(descriptor >= 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
            address.sin_port = port.bigEndian
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if bound == 0 { return Int(port) }
        }
        throw POSIXError(.EADDRINUSE)
    }

    static func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(program) ended with \(process.terminationStatus)")
    }
}
