import Foundation
import NIOCore
import Testing

@testable import RPC

/// The client of `Tests/Interop/go`, built once.
private enum GoClient {
    static let packages = "/usr/share/gocode"

    static var isPresent: Bool {
        let hasPackage = FileManager.default.fileExists(atPath: "\(packages)/src/github.com/containerd/ttrpc")
        guard hasPackage, case .success(let version) = Result(catching: { try RPCTests.run(["go", "version"]) }) else {
            return false
        }
        return version.status == 0
    }

    static let executable = Task { () throws -> String in
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Interop/go").path
        let path = try Certificates.shared.get().path("go-client")
        let (status, output) = try await runAside(
            ["go", "build", "-o", path, "."],
            environment: ["GO111MODULE": "off", "GOPATH": packages, "GOFLAGS": ""], folder: source)
        guard status == 0 else { throw CommandFailed(command: "go build", output: output) }
        return path
    }

    /// The lines printed for these calls.
    static func run(_ calls: [String], on server: TestServer, options: [String] = []) async throws -> [String] {
        let files = server.certificates.files("li-na")
        let script = server.certificates.path("calls-\(UUID().uuidString)")
        try calls.joined(separator: "\n").write(toFile: script, atomically: true, encoding: .utf8)
        let (_, output) = try await runAside(
            [
                "sh", "-c", "calls=$1; shift; exec \"$@\" <\"$calls\"", "sh", script, try await executable.value,
                "-port",
                "\(server.port)", "-cert", files.certificateChain, "-key", files.privateKey, "-ca", files.trustRoots,
            ] + options)
        return output.split(separator: "\n").map(String.init)
    }
}

@Suite(
    .enabled(if: GoClient.isPresent, "needs the packages golang-go and golang-github-containerd-ttrpc-dev"))
struct GoClientTests {
    static let calls: [(call: String, answer: String)] = [
        ("test.Echo Echo 0a0568656c6c6f", "ok 0a0568656c6c6f"),
        ("test.Echo Echo -", "ok "),
        ("test.Echo Elsewhere 01", "ok 01"),
        ("test.Echo Echo 02 5s", "ok 02"),
        (
            "test.Echo Nothing 01",
            "error 12 service \"test.Echo\" has no method \"Nothing\": check its spelling and version"
        ),
        (
            "test.Nothing Echo 01",
            "error 12 this server has no service \"test.Nothing\": check its spelling and version"
        ),
        ("test.Echo Hold 01 50ms", "error 4 \(RPCStatus.deadlineExceeded.message)"),
        ("test.Echo Hold 01 -1s", "error 4 \(RPCStatus.deadlineExceeded.message)"),
        ("test.Echo Refuse 01", "error 9 不行"),
        ("test.Echo Echo \(String(repeating: "ab", count: 100_000))", "ok \(String(repeating: "ab", count: 100_000))"),
        ("parallel 500 test.Echo Elsewhere 0102030405", "ok 500"),
        ("test.Echo Who -", "ok " + hex("jilin-hrss|li-na|casework://agency/jilin-hrss/officer/li-na urn:second|32")),
    ]

    static func hex(_ text: String) -> String {
        text.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    @Test(
        "a Go program makes calls one after the other on one connection", arguments: ["", "ttrpc", "casework/1,ttrpc"])
    func oneConnection(offer: String) async throws {
        try await TestServer.with { server in
            let options = offer.isEmpty ? [] : ["-alpn", offer]
            let lines = try await GoClient.run(Self.calls.map(\.call), on: server, options: options)
            #expect(lines == Self.calls.map(\.answer))
        }
    }

    @Test("a message too long is refused and the connection goes on")
    func tooLong() async throws {
        try await TestServer.with { server in
            let long = "test.Echo Echo " + String(repeating: "00", count: 4 << 20)
            let lines = try await GoClient.run([long, "test.Echo Echo 01"], on: server)
            let sentence = "error 8 the request has 4194326 bytes, more than 4194304: split it"
            #expect(lines == [sentence, "ok 01"])
        }
    }

    @Test("a Go program with an unknown protocol is turned away in the handshake", arguments: ["h2", "h2,casework/1"])
    func unknownProtocol(offer: String) async throws {
        try await TestServer.with { server in
            let lines = try await GoClient.run(["test.Echo Echo 01"], on: server, options: ["-alpn", offer])
            #expect(lines == ["remote error: tls: no application protocol"])
        }
    }
}
