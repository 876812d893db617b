import ArgumentParser
import NIOPosix
import RPC

/// Puts a running server under load over mutual TLS and prints one JSON object of figures.
@main
struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "casework-load",
        abstract: "Load for a running caseworkd; prints figures as one JSON object.",
        discussion: """
            Examples:
              casework-load health --server 127.0.0.1:7420 --identities .state/pki --in-flight 64 --seconds 5
              casework-load lives --server 127.0.0.1:7420 --identities .state/pki --in-flight 256 --lives 20000
            """,
        subcommands: [HealthLoad.self, LivesLoad.self])
}

struct Target: ParsableArguments {
    @Option(help: "HOST:PORT of the server.")
    var server = "127.0.0.1:7420"

    @Option(help: "Folder with one folder an officer: AGENCY/OFFICER/{cert.pem,key.pem,ca.pem}.")
    var identities = ".state/pki"

    @Option(help: "Process id of the server, to count its CPU time and bytes written.")
    var pid: Int32?

    @Option(help: "Calls kept in flight.")
    var inFlight = 64

    /// Connects as one officer; all connections share one event loop, so that the client takes one core at most.
    func connect(_ agency: String, _ officer: String) async throws -> RPCClient {
        let parts = server.split(separator: ":")
        guard parts.count == 2, let port = Int(parts[1]) else { throw ValidationError("--server takes HOST:PORT") }
        let folder = "\(identities)/\(agency)/\(officer)"
        let files = TLSFiles(
            certificateChain: "\(folder)/cert.pem", privateKey: "\(folder)/key.pem", trustRoots: "\(folder)/ca.pem")
        return try await RPCClient.connect(host: String(parts[0]), port: port, tls: files, group: Self.group)
    }

    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
}
