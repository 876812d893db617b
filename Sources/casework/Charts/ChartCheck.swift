import ArgumentParser
import ChartFiles
import Statechart

struct ChartCheck: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say everything that is wrong with a chart, with line and column. 检查。",
        discussion: """
            Example:
              casework chart check Plugins/TransportSubsidy/chart.yaml
            """)

    @OptionGroup var output: OutputOptions
    @Argument(help: "Chart: .yaml, canonical .json, or .scxml.") var file: String

    func run() throws {
        let chart = try ChartSource.definition(file)
        output.terminal.say(
            Phrase(
                "\(file)：\(chart.states.count) 个状态，\(chart.transitions.count) 条转换，没有错误",
                "\(file): \(chart.states.count) states, \(chart.transitions.count) transitions, nothing wrong"))
    }
}
