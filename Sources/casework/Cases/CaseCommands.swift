import ArgumentParser
import Schema
import SwiftProtobuf

struct CaseCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "case", abstract: "Open, drive and read cases. 案件。",
        subcommands: [
            CaseOpen.self, CaseSend.self, CaseShow.self, CaseList.self, CaseHistory.self, CaseDiagram.self,
            CaseExplain.self, CaseUnmask.self,
        ])
}

struct CaseOpen: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Open a case with its application. 收件。",
        discussion: """
            Example:
              casework case open transport-subsidy --county 220122 \\
                --payload @application.json
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Type of the case, such as transport-subsidy.") var type: String
    @Option(help: "Six-digit division code of the county that handles it.") var county: String
    @OptionGroup var content: PayloadOptions
    @OptionGroup var key: KeyOptions

    func run() async throws {
        let payload = try content.json()
        try await connection.with { session in
            try await key.once(in: output.language) { key throws(Failure) in
                try await session.call(
                    Methods.Cases.open,
                    .with {
                        $0.key = key
                        $0.type = type
                        $0.county = county
                        $0.json = payload
                    })
            } show: { answer throws(Failure) in
                try output.show(answer)
            }
        }
    }
}

struct CaseSend: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "send", abstract: "Send an event to a case. 办理。",
        discussion: """
            With --expect the event is refused when somebody else has changed the case
            since you looked.

            Examples:
              casework case send TS-220122-2026-000001 village.verified
              casework case send TS-220122-2026-000001 approval.denied \\
                --payload '{"code":"FALSE_PROOF"}'
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Id or number of the case.") var name: String
    @Argument(help: "Name of the event, as `casework case explain` lists them.") var event: String
    @Option(help: "Version you looked at.") var expect: UInt64 = 0
    @OptionGroup var content: PayloadOptions
    @OptionGroup var key: KeyOptions

    func run() async throws {
        let payload = try content.json()
        try await connection.with { session in
            try await key.once(in: output.language) { key throws(Failure) in
                try await session.call(
                    Methods.Cases.send,
                    .with {
                        $0.key = key
                        $0.caseID = name
                        $0.event = event
                        $0.expectedVersion = expect
                        if !payload.isEmpty { $0.json = payload }
                    })
            } show: { answer throws(Failure) in
                try output.show(answer)
            }
        }
    }
}

struct CaseList: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the cases you may see, in order of acceptance. 案件列表。",
        discussion: """
            Examples:
              casework case list --county 220523 --state open/awaitFunds
              casework case list --role hrss.approver --limit 20
              casework case list --json | jq '.cases[].number'
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "Type of case.") var type: String?
    @Option(help: "Division code, or its first digits.") var county: String?
    @Option(help: "State at or below this path, such as open/jointCheck.") var state: String?
    @Option(help: "Cases with an open task of this role.") var role: String?
    @Flag(help: "Leave out cases that have ended.") var open = false
    @Flag(help: "Only cases with an incident.") var incidents = false
    @Option(help: "At most this many.") var limit = 100

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
    }

    func run() async throws {
        try await connection.with { session in
            let answer = try await session.cases(filter, limit: limit)
            if output.json { return try output.print(answer) }
            let terminal = output.terminal
            terminal.sayStore(isDevelopment: answer.development)
            guard !answer.cases.isEmpty else { return terminal.say(Phrase("没有符合条件的案件。", "No case fits.")) }
            terminal.say(CaseText.table(answer.cases, language: output.language))
            if !answer.nextPageToken.isEmpty {
                terminal.say(Phrase("还有更多；用 --limit 增加条数。", "There are more; raise --limit to see them."))
            }
        }
    }

    private var filter: Casework_V1_ListRequest {
        .with {
            $0.type = type ?? ""
            $0.countyPrefix = county ?? ""
            $0.state = state ?? ""
            $0.role = role ?? ""
            $0.onlyOpen = open
            $0.onlyIncidents = incidents
        }
    }
}

struct CaseShow: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a case: record, state in its chart, deadlines, what can happen next. 案件详情。",
        discussion: """
            Personal data is masked; see `casework case unmask`.

            Example:
              casework case show TS-220122-2026-000001
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Id or number of the case.") var name: String
    @Option(help: "Answer for this officer of your own agency.") var officer: String?

    func run() async throws {
        try await connection.with { session in
            let answer = try await session.explain(name, officer: officer)
            if output.json { return try output.print(answer) }
            let chart = try await session.chart(of: answer.case)
            CaseText(answer.case, chart: chart, terminal: output.terminal).sayAll(events: answer.events)
        }
    }
}

struct CaseExplain: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say which events a case can take now, by whom, and what stands against it. 下一步。",
        discussion: """
            Guards, four-eyes rules and the fund are asked for the officer; nothing
            happens to the case.

            Examples:
              casework case explain TS-220122-2026-000001
              casework case explain TS-220122-2026-000001 --officer wang-fang --json
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Id or number of the case.") var name: String
    @Option(help: "Answer for this officer of your own agency.") var officer: String?

    func run() async throws {
        try await connection.with { session in
            let answer = try await session.explain(name, officer: officer)
            if output.json { return try output.print(answer) }
            let chart = try await session.chart(of: answer.case)
            output.terminal.sayStore(isDevelopment: answer.development)
            CaseText(answer.case, chart: chart, terminal: output.terminal).sayEvents(answer.events)
        }
    }
}

struct CaseHistory: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Say what happened to a case, oldest first. 办理过程。",
        discussion: """
            Examples:
              casework case history TS-220122-2026-000001
              casework case history TS-220122-2026-000001 --reasons
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Id or number of the case.") var name: String
    @Flag(help: "Add what every guard and action answered.") var reasons = false
    @Option(help: "At most this many events, the newest.") var limit = 200

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
    }

    func run() async throws {
        try await connection.with { session in
            let answer = try await session.history(of: name, limit: limit)
            if output.json { return try output.print(answer) }
            let chart = try await session.chart(of: session.call(Methods.Cases.get, .with { $0.caseID = name }))
            output.terminal.sayStore(isDevelopment: answer.development)
            if !answer.nextPageToken.isEmpty {
                output.terminal.say(
                    Phrase("更早的过程未列出；用 --limit 增加条数。", "Earlier events are left out; raise --limit to see them."))
            }
            HistoryText(chart: chart, terminal: output.terminal, withReasons: reasons).say(answer.entries.reversed())
        }
    }
}

struct CaseUnmask: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "unmask", abstract: "Read a case's personal data in clear; who and why is kept for ever. 查看未脱敏信息。",
        discussion: """
            Example:
              casework case unmask TS-220122-2026-000001 --reason "核对身份证原件"
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Id or number of the case.") var name: String
    @Option(help: "Why you must see it.") var reason: String
    @OptionGroup var key: KeyOptions

    func run() async throws {
        try await connection.with { session in
            try await key.once(in: output.language) { key throws(Failure) in
                try await session.call(
                    Methods.Cases.unmask,
                    .with {
                        $0.key = key
                        $0.caseID = name
                        $0.reason = reason
                    })
            } show: { answer throws(Failure) in
                if output.json { return try output.print(answer) }
                let chart = try await session.chart(of: answer)
                CaseText(answer, chart: chart, terminal: output.terminal).sayHead()
                CaseText(answer, chart: chart, terminal: output.terminal).sayRecord()
            }
        }
    }
}
