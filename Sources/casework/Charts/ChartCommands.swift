import ChartAnalysis
import ArgumentParser
import ChartFiles
import Statechart

struct ChartCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chart", abstract: "Read, draw and try charts without a server. 流程图。",
        subcommands: [
            ChartCheck.self, ChartDiff.self, ChartShow.self, ChartPlay.self, ChartCoverageCommand.self,
            ChartExport.self, ChartGenerate.self,
        ])
}

struct ChartShow: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Draw a chart as a tree. 绘制。",
        discussion: """
            Example:
              casework chart show Plugins/TransportSubsidy/chart.yaml --lang en
            """)

    @OptionGroup var output: OutputOptions
    @Argument(help: "Chart: .yaml, canonical .json, or .scxml.") var file: String

    func run() throws {
        StandardStreams.print(
            treeText(try ChartSource.definition(file), active: [], language: output.language.ofCharts), terminator: "")
    }
}

struct ChartPlay: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "play", abstract: "Let a chart run on a virtual clock, without server and plugin. 试运行。",
        discussion: """
            Prints one JSON object for the start and one for each event of the
            script. Guards answer yes and actions are done, unless told otherwise,
            here or in the script: "guards":{"isFit":"no"} beside "events" or in an
            entry. Without a script 120 s pass and the end is printed.

            An event that fails or is refused comes to nothing, as in the server; a
            sentence on standard error names it. A start that does so ends with 1.

            Example:
              casework chart play Plugins/TransportSubsidy/chart.yaml --script steps.json
              steps.json: {"events":[{"event":{"name":"case.open"}},
                                     {"after":60000,"event":{"name":"village.verified"}}]}
            """)

    @OptionGroup var output: OutputOptions
    @Argument(help: "Chart: .yaml, canonical .json, or .scxml.") var file: String
    @Option(help: ArgumentHelp("Events to send and when, JSON.", valueName: "file")) var script: String?
    @Option(help: ArgumentHelp("Guard that answers no; may be repeated.", valueName: "guard")) var no: [String] = []
    @Flag(help: "Write the whole state out and read it back after every step.") var restoreEveryStep = false
    @Flag(help: "Also tell each macrostep.") var trace = false
    @Option(help: ArgumentHelp("Append what was touched, for chart coverage.", valueName: "file")) var cover: String?

    func run() throws {
        let chart = try ChartSource.definition(file)
        for name in no where !chart.guards.contains(name) {
            throw Failure.usage("流程图没有条件“\(name)”", "the chart has no guard “\(name)”")
        }
        var options = ChartPlayer.Options()
        options.restoresEveryStep = restoreEveryStep
        options.traces = trace
        options.guards = Dictionary(uniqueKeysWithValues: Set(no).map { ($0, .no) })
        var player = ChartPlayer(chart, options: options)
        if let script {
            player.play(try ChartPlay.script(script, for: chart), line: show)
        } else {
            show(player.play())
        }
        if let cover { try ChartCoverageCommand.append(player.coverage.line, to: cover) }
        if let stop = player.stop { throw stop }
    }

    /// What came to nothing is told beside the lines, which programs read.
    private func show(_ line: ChartPlayer.Line) {
        StandardStreams.print(line.text)
        for failure in line.failures { failure.say(in: output.language) }
    }

    /// Reads a script and makes sure that the chart has the guards it answers for.
    static func script(_ path: String, for chart: Definition) throws(Failure) -> ChartPlayer.Script {
        let text = try TextFile.read(path)
        let script: ChartPlayer.Script
        do {
            script = try ChartPlayer.Script(json: Array(text.utf8))
        } catch {
            throw .usage("\(path):\(error)", "\(path): \(error)")
        }
        let answered = script.entries.reduce(into: Set(script.guards.keys)) { $0.formUnion($1.guards.keys) }
        if let unknown = answered.subtracting(chart.guards).sorted().first {
            throw .usage("\(path)：流程图没有条件“\(unknown)”", "\(path): the chart has no guard “\(unknown)”")
        }
        return script
    }
}

extension ChartPlayer {
    /// Why playing ended before its time, if it did.
    var stop: casework.Failure? {
        failure.map { .refused("运行中止：\($0.sentence.zh)", "the chart stopped: \($0.sentence.en)") }
    }
}

extension ChartPlayer.Line {
    /// What came to nothing.
    var failures: [Failure] { dropped.map { .refused($0.sentence.zh, $0.sentence.en) } }
}

struct ChartGenerate: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Print the Swift protocol that a plugin's handlers conform to. 生成接口。",
        discussion: """
            A guard or action that nobody wrote does not compile.

            Example:
              casework chart generate Plugins/TransportSubsidy/chart.yaml \\
                --type-name TransportSubsidy
            """)

    @OptionGroup var output: OutputOptions
    @Argument(help: "Chart: .yaml, canonical .json, or .scxml.") var file: String
    @Option(help: "Name of the Swift type that handles the cases.") var typeName: String

    func run() throws {
        let chart = try ChartSource.definition(file)
        do {
            StandardStreams.print(
                try HandlersGenerator.swift(for: chart, typeName: typeName, origin: file), terminator: "")
        } catch {
            throw Failure.refused("\(file)：\(error.sentence.zh)", "\(file): \(error.sentence.en)")
        }
    }
}

extension Language {
    var ofCharts: ChartLanguage { self == .zh ? .zh : .en }
}
