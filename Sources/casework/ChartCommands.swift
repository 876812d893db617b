import ArgumentParser
import ChartFiles
import Statechart

struct ChartCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chart", abstract: "Read, draw and try charts without a server. 流程图。",
        subcommands: [ChartCheck.self, ChartShow.self, ChartExport.self, ChartGenerate.self])
}

/// A chart file of any form, told by its extension.
enum ChartSource {
    static func definition(_ path: String) throws(Failure) -> Definition {
        let text = try TextFile.read(path)
        do {
            if path.hasSuffix(".json") {
                return try ChartFile.definition(canonicalJSON: Array(text.utf8), file: path)
            }
            return try ChartFile.definition(yaml: text, file: path)
        } catch {
            throw Failure(
                code: .refused,
                phrase: Phrase("\(path) 有 \(error.problems.count) 处错误", "\(path) has \(error.problems.count) problems"),
                details: error.problems.map { Phrase($0.description, $0.description) })
        }
    }
}

struct ChartCheck: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say everything that is wrong with a chart, with line and column. 检查。",
        discussion: """
            Example:
              casework chart check Plugins/TransportSubsidy/chart.yaml
            """)

    @OptionGroup var output: OutputOptions
    @Argument(help: "chart.yaml, or canonical JSON.") var file: String

    func run() throws {
        let chart = try ChartSource.definition(file)
        output.terminal.say(
            Phrase(
                "\(file):\(chart.states.count) 个状态,\(chart.transitions.count) 条转换,没有错误",
                "\(file): \(chart.states.count) states, \(chart.transitions.count) transitions, nothing wrong"))
    }
}

struct ChartShow: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Draw a chart as a tree. 绘制。",
        discussion: """
            Example:
              casework chart show Plugins/TransportSubsidy/chart.yaml --lang en
            """)

    @OptionGroup var output: OutputOptions
    @Argument(help: "chart.yaml, or canonical JSON.") var file: String

    func run() throws {
        print(treeText(try ChartSource.definition(file), active: [], language: output.language.ofCharts), terminator: "")
    }
}

struct ChartExport: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print a chart's canonical JSON, the form a server keeps for ever. 导出。",
        discussion: """
            Example:
              casework chart export Plugins/TransportSubsidy/chart.yaml > chart.json
            """)

    @OptionGroup var output: OutputOptions
    @Argument(help: "chart.yaml, or canonical JSON.") var file: String

    func run() throws { print(String(decoding: try ChartSource.definition(file).canonicalJSON, as: UTF8.self)) }
}

struct ChartGenerate: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Print the Swift protocol that a plugin's handlers conform to. 生成接口。",
        discussion: """
            A guard or action that nobody wrote does not compile.

            Example:
              casework chart generate Plugins/TransportSubsidy/chart.yaml --type-name TransportSubsidy
            """)

    @OptionGroup var output: OutputOptions
    @Argument(help: "chart.yaml, or canonical JSON.") var file: String
    @Option(help: "Name of the Swift type that handles the cases.") var typeName: String

    func run() throws {
        let chart = try ChartSource.definition(file)
        print(HandlersGenerator.swift(for: chart, typeName: typeName, origin: file), terminator: "")
    }
}

extension Language {
    var ofCharts: ChartLanguage { self == .zh ? .zh : .en }
}
