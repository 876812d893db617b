import ArgumentParser
import ChartFiles
import Statechart

struct ChartExport: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print a chart's canonical JSON, the form a server keeps for ever. 导出。",
        discussion: """
            Example:
              casework chart export Plugins/TransportSubsidy/chart.yaml > chart.json
            """)

    @OptionGroup var output: OutputOptions
    @Argument(help: "Chart: .yaml, canonical .json, or .scxml.") var file: String

    func run() throws { print(String(decoding: try ChartSource.definition(file).canonicalJSON, as: UTF8.self)) }
}
