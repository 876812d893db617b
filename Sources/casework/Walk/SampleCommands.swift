import ArgumentParser
import Foundation
import Schema

struct SampleCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "Play the samples against a development server. 演示数据。",
        subcommands: [SampleWalk.self, SampleSummary.self])
}

struct SampleWalk: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "walk", abstract: "Be one agency and do the steps you are told.",
        discussion: """
            The process holds the certificates of this agency's officers only. Steps
            are given as arguments, or read from standard input, one a line; after
            each, standard output says `done STEP` or `failed STEP`.

              jilin-hrss            "file FILE.csv"  village  employment  approve  correct
              rural-revitalization  registry
              county-finance        "budgets ROUND"  order  settle
              any                   resend (all that was asked, under the same keys)

            Example:
              casework sample walk --server localhost:7443 --agency jilin-hrss \\
                --identities .state/pki/jilin-hrss --outbox .state/walk \\
                "file applications-2026-08.csv" village
            """)

    @Option(help: "Address of the server. Environment: CASEWORK_SERVER.") var server: String?
    @Option(help: "Name of the agency.") var agency: String
    @Option(help: "Folder with one folder of certificate files for each officer.") var identities: String
    @Option(help: "Folder where the agency keeps its book of what it asked.") var outbox: String
    @Option(help: "Folder with the rosters.") var samples = "Samples"
    @OptionGroup var output: OutputOptions
    @Argument(help: "Steps; none: read from standard input.") var steps: [String] = []

    func run() async throws {
        let connection = ConnectionOptions.parse(server: server)
        let address = try connection.address(environment: ProcessInfo.processInfo.environment)
        let book = try Outbox(path: "\(outbox)/\(agency).jsonl")
        let agency = try await Agency.open(
            agency, at: address, identities: identities, outbox: book, samples: samples, language: output.language)
        do {
            try await perform(as: agency)
        } catch {
            await agency.close()
            throw error
        }
        await agency.close()
    }

    private func perform(as agency: Agency) async throws {
        for text in steps { try await perform(Step(parsing: text), as: agency) }
        guard steps.isEmpty else { return }
        while let text = readLine() {
            do {
                try await perform(Step(parsing: text), as: agency)
            } catch {
                try tell("failed \(text)")
                throw error
            }
            try tell("done \(text)")
        }
    }

    private func perform(_ step: Step, as agency: Agency) async throws(Failure) {
        guard step == .resend else { return try say(try await agency.perform(step)) }
        let resent = try await agency.resend()
        try say(
            Phrase(
                "\(resent.repeated) 件回答重复，\(resent.refused) 件仍被拒绝，\(resent.new) 件新办",
                "\(resent.repeated) answers repeated, \(resent.refused) refused as before, \(resent.new) new"))
        try tell("counted \(resent.repeated) \(resent.refused) \(resent.new)")
    }

    /// In both languages: the two read it together.
    private func say(_ phrase: Phrase) throws(Failure) { try tell("\(agency): \(phrase.zh) · \(phrase.en)") }

    /// The script that leads the walk waits for the line.
    private func tell(_ line: String) throws(Failure) {
        StandardStreams.print(line)
        do throws(StandardStreams.Unwritten) { try StandardStreams.flush() } catch { throw error.failure }
    }
}

struct SampleSummary: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary",
        abstract: "Say how the samples ended, and compare every line with Samples/expected.csv.",
        discussion: """
            Exit code 1 when a line ended otherwise than expected; with --later,
            differences are what has happened since, and no failure.

            Example:
              casework sample summary --identity .state/pki/operator/admin \\
                --outbox .state/walk
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "Folder with the agencies' books of what they asked.") var outbox: String
    @Option(help: "Folder with the rosters and the expectation.") var samples = "Samples"
    @Flag(help: "Some time after the walk: say what has moved on since.") var later = false

    func run() async throws {
        let expected = try Expectation(CSV(parsing: TextFile.read("\(samples)/expected.csv")))
        let found = try await connection.with { session in
            try await Findings.gather(session, outbox: outbox, lines: expected.lines)
        }
        let differences = expected.differences(from: found)
        SummaryText(expected: expected, found: found, terminal: output.terminal, isLater: later).say(differences)
        if !differences.isEmpty, !later {
            throw Failure.refused(
                "\(differences.count) 行与预期不符", "\(differences.count) lines ended otherwise than expected")
        }
    }
}

extension ConnectionOptions {
    /// For a command that opens several sessions and so asks for no identity.
    fileprivate static func parse(server: String?) -> ConnectionOptions {
        var options = ConnectionOptions()
        options.server = server
        options.identity = nil
        return options
    }
}
