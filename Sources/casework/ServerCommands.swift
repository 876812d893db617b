import ArgumentParser
import Schema
import SwiftProtobuf

struct PluginCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin", abstract: "Case types the server runs. 插件。", subcommands: [PluginList.self])
}

struct PluginList: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the installed plugins. 已安装的插件。",
        discussion: """
            Example:
              casework plugin list --json | jq -r '.plugins[] | .name + " " + .digest'
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await connection.with { session in
            let answer = try await session.call(Methods.Plugins.list, Casework_V1_ListPluginsRequest())
            if output.json { return try output.print(answer) }
            output.terminal.sayStore(isDevelopment: answer.development)
            output.terminal.say(PluginList.table(answer.plugins, language: output.language))
        }
    }

    private static func table(_ plugins: [Casework_V1_Plugin], language: Language) -> Table {
        let titles = [
            Phrase("名称", "name"), Phrase("说明", "label"), Phrase("版本", "version"), Phrase("运行", "runs"),
            Phrase("进程", "process"), Phrase("重启", "restarts"), Phrase("摘要", "digest"),
        ]
        var table = Table(
            columns: titles.enumerated().map { index, title in
                Table.Column(title: title.text(in: language), isRight: index == 4 || index == 5, isElastic: index == 1)
            })
        table.rows = plugins.map { plugin in
            [
                plugin.name, Phrase(plugin.labelZh, plugin.labelEn).text(in: language), plugin.version,
                plugin.isolation, plugin.process > 0 ? String(plugin.process) : "–", String(plugin.restarts),
                String(plugin.digest.prefix(12)),
            ]
        }
        return table
    }
}

struct ClockCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: "The server's clock. 时钟。", subcommands: [ClockShow.self, ClockAdvance.self])
}

struct ClockShow: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Say what time it is for the server. 当前时间。",
        discussion: """
            Example:
              casework clock show
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await connection.with { session in
            let answer = try await session.call(Methods.Operations.health, Casework_V1_HealthRequest())
            if output.json { return try output.print(answer) }
            HealthText.sayClock(answer, terminal: output.terminal)
        }
    }
}

struct ClockAdvance: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "advance", abstract: "Move the virtual clock of a development store; deadlines pass. 拨快时钟。",
        discussion: """
            Examples:
              casework clock advance 5wd     five working days
              casework clock advance 3d      three days
              casework clock advance 72h     seventy-two hours
              casework clock advance --to "2026-10-09 09:00"
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "How far: 5wd, 3d, 72h.") var by: String?
    @Option(help: "To this time in China, unless it is later already.") var to: String?

    func validate() throws {
        guard (by == nil) != (to == nil) else { throw ValidationError("say how far, or --to when") }
        guard to.map({ Moment.milliseconds($0) != nil }) ?? true else {
            throw ValidationError("--to takes a time such as \"2026-10-09 09:00\"")
        }
    }

    func run() async throws {
        try await connection.with { session in
            let request = Casework_V1_AdvanceClockRequest.with {
                $0.by = by ?? ""
                $0.toMillis = to.flatMap(Moment.milliseconds) ?? 0
            }
            let answer = try await session.call(Methods.Operations.advanceClock, request)
            if output.json { return try output.print(answer) }
            HealthText.sayClock(answer, terminal: output.terminal)
        }
    }
}

struct HealthCommand: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Say whether the server serves. 服务状态。",
        discussion: """
            Exit code 1 means that the server answers and takes no command: it is
            read-only, because its disk is full, or its store cannot be read. 3 means
            that no server answers there.

            Example:
              casework health --json
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await connection.with { session in
            let answer = try await session.call(Methods.Operations.health, Casework_V1_HealthRequest())
            if output.json { try output.print(answer) } else { HealthText.sayAll(answer, terminal: output.terminal) }
            if let failure = HealthText.failure(answer) { throw failure }
        }
    }
}

enum HealthText {
    /// Nil when commands are taken.
    static func failure(_ answer: Casework_V1_HealthResponse) -> Failure? {
        switch answer.status {
        case "serving": return nil
        case "read-only":
            return .refused(
                "服务只读：存储空间已满，暂不受理。请腾出空间，之后自行恢复",
                "the server is read-only: its store is full. Free space on its disk; it then takes commands again")
        default:
            return .refused(
                "服务暂不受理：存储无法读取。原因见服务日志", "the server takes no command: its store cannot be read; its log says why")
        }
    }

    static func sayAll(_ answer: Casework_V1_HealthResponse, terminal: Terminal) {
        let isWell =
            answer.status == "serving" && answer.incidents == 0 && answer.stranded == 0 && answer.postponed == 0
            && !hasLatelyTurnedAway(answer)
        terminal.say((isWell ? terminal.style.green("●") : terminal.style.yellow("●")) + " " + answer.status)
        sayClock(answer, terminal: terminal)
        terminal.say(
            Phrase(
                "历史 \(answer.lastPosition) 条 · 异常 \(answer.incidents) 件",
                "\(answer.lastPosition) events in the history · "
                    + (answer.incidents == 1 ? "1 incident" : "\(answer.incidents) incidents")))
        if answer.stranded > 0 {
            terminal.say(
                Phrase(
                    "停滞 \(answer.stranded) 件：插件未安装或数据损坏，见服务日志。",
                    "\(answer.stranded) cases stand still: their plugin is not installed or their rows are damaged; "
                        + "see the server's log."))
        }
        if answer.postponed > 0 {
            terminal.say(
                Phrase(
                    "暂缓 \(answer.postponed) 件：插件进程未能启动，正在重试。",
                    "\(answer.postponed) cases wait: their plugin's process cannot be started; it is tried again."))
        }
        if let unserved = unserved(answer) { terminal.say(unserved) }
        terminal.sayStore(isDevelopment: answer.development)
    }

    /// Within the last ten minutes: longer ago it is told, but no longer a warning.
    static func hasLatelyTurnedAway(_ answer: Casework_V1_HealthResponse) -> Bool {
        answer.unserved > 0 && answer.unservedSecondsAgo < 600
    }

    /// Nil when all that came were served.
    static func unserved(_ answer: Casework_V1_HealthResponse) -> Phrase? {
        let (count, seconds, reason) = (answer.unserved, answer.unservedSecondsAgo, answer.unservedReason)
        guard count > 0 else { return nil }
        return Phrase(
            "未能服务的连接 \(count) 个，最近一个在 \(seconds) 秒前：\(answer.unservedMessage) [\(reason)]",
            "\(count) connections were not served, the latest \(seconds) s ago: \(answer.unservedMessage) [\(reason)]")
    }

    static func sayClock(_ answer: Casework_V1_HealthResponse, terminal: Terminal) {
        let kind = answer.virtualClock ? Phrase("虚拟时钟", "virtual clock") : Phrase("系统时钟", "system clock")
        terminal.say("\(Moment.minute(answer.nowMillis))  \(kind.text(in: terminal.language))")
    }
}
