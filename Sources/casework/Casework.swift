import ArgumentParser
import Foundation

/// The command line: everything an officer or an operator can ask of a server.
@main
struct Casework: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "casework",
        abstract: "Drive and follow the cases of a Casework server. 案件服务的命令行。",
        discussion: """
            The server and the identity come from --server and --identity, or from
            CASEWORK_SERVER and CASEWORK_IDENTITY.
            Exit codes: 0 done, 1 refused, 2 wrong usage, 3 server not reachable.
            A server that answers but cannot do it now, because it stops or its disk
            is full, refuses with its reason: 1. Output that cannot be written ends
            with 1 too.
            Where it is not known whether a command was carried out, its key is told:
            the same command with --key asks again, and it happens once.

            Examples:
              export CASEWORK_SERVER=localhost:7443
              export CASEWORK_IDENTITY=.state/pki/jilin-hrss/li-na
              casework case list --county 2201 --state open/approval
              casework case show TS-220122-2026-000001
              casework fund list
            """,
        version: "0.1.0",
        subcommands: [
            CaseCommands.self, FundCommands.self, PluginCommands.self, ChartCommands.self, ClockCommands.self,
            HealthCommand.self, SampleCommands.self,
        ])

    static func main() async {
        StandardStreams.prepare()
        let (done, language) = await perform()
        var code = done
        do {
            try StandardStreams.flush()
        } catch {
            if !error.isReadersWill { error.failure.say(in: language) }
            if code == 0 { code = Failure.Code.refused.rawValue }
        }
        Foundation.exit(code)
    }

    /// - Returns: the exit code, and the language in which all that the command has to say is said.
    private static func perform() async -> (Int32, Language) {
        var language = Language.chosen(option: nil, environment: ProcessInfo.processInfo.environment)
        do {
            var command = try parseAsRoot()
            if let speaking = command as? any SpeakingCommand { language = speaking.output.language }
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return (0, language)
        } catch let failure as Failure {
            failure.say(in: language)
            return (failure.code.rawValue, language)
        } catch {
            return (tell(error), language)
        }
    }

    /// Help and version go to standard output and end well; anything else the parser says is wrong usage.
    private static func tell(_ error: any Error) -> Int32 {
        let text = fullMessage(for: error)
        if exitCode(for: error) == .success {
            StandardStreams.print(text)
            return 0
        }
        StandardStreams.warn(text + "\n")
        return Failure.Code.usage.rawValue
    }
}

/// A command that prints for people, in one of the two languages, or for programs.
protocol SpeakingCommand: AsyncParsableCommand {
    var output: OutputOptions { get }
}
