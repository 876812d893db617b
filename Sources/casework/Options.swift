import ArgumentParser
import Foundation

extension Language: ExpressibleByArgument {}

/// How to print.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON for programs.")
    var json = false

    @Option(name: .customLong("lang"), help: "Language of sentences: zh or en. Default: that of the terminal's locale.")
    var chosen: Language?

    var language: Language { Language.chosen(option: chosen, environment: ProcessInfo.processInfo.environment) }

    var terminal: Terminal {
        Terminal.current(language: language, environment: ProcessInfo.processInfo.environment)
    }
}

/// Which server, and as whom.
struct ConnectionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Address of the server. Environment: CASEWORK_SERVER.", valueName: "host:port"))
    var server: String?

    @Option(
        help: ArgumentHelp(
            "Folder with cert.pem, key.pem and ca.pem of the officer. Environment: CASEWORK_IDENTITY.",
            valueName: "folder"))
    var identity: String?

    func address(environment: [String: String]) throws(Failure) -> Address {
        guard let text = server ?? environment["CASEWORK_SERVER"], !text.isEmpty else {
            throw .usage("请用 --server 或 CASEWORK_SERVER 指明服务地址", "say which server with --server or CASEWORK_SERVER")
        }
        guard let address = Address(text) else {
            throw .usage("“\(text)”不是地址，应如 localhost:7443", "“\(text)” is not an address such as localhost:7443")
        }
        return address
    }

    func folder(environment: [String: String]) throws(Failure) -> String {
        guard let folder = identity ?? environment["CASEWORK_IDENTITY"], !folder.isEmpty else {
            throw .usage(
                "请用 --identity 或 CASEWORK_IDENTITY 指明证书目录", "say who you are with --identity or CASEWORK_IDENTITY")
        }
        return folder
    }

    /// Opens a session, runs `body` and closes the session whatever comes.
    func with<Result>(_ body: (Session) async throws -> Result) async throws -> Result {
        let environment = ProcessInfo.processInfo.environment
        let session = try await Session.open(
            address(environment: environment), identity: folder(environment: environment))
        do {
            let result = try await body(session)
            await session.close()
            return result
        } catch {
            await session.close()
            throw error
        }
    }
}

/// `host:port`; an IPv6 address is written in brackets.
struct Address: Equatable {
    var host: String
    var port: Int

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { return nil }
        self.host = host
        self.port = port
    }
}
