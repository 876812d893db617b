import ArgumentParser
import ChartFiles
import Statechart

struct ChartExport: SpeakingCommand {
    /// What a chart can be turned into.
    enum Form: String, CaseIterable, ExpressibleByArgument {
        case json, scxml, svg, mermaid, dot
    }

    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print a chart in another form: canonical JSON, a picture. 导出。",
        discussion: """
            json is the form a server keeps for ever; svg a laid-out picture; mermaid and
            dot are plain dumps for other tools. scxml reads back to the same chart: what
            it has no words for (roles, tasks, labels, timers) stands in a namespace of
            its own.

            Examples:
              casework chart export Plugins/TransportSubsidy/chart.yaml > chart.json
              casework chart export Plugins/TransportSubsidy/chart.yaml --to svg \\
                --lang zh --active open/approval > chart.svg
            """)

    @OptionGroup var output: OutputOptions
    @Argument(help: "Chart: .yaml, canonical .json, or .scxml.") var file: String
    @Option(name: .customLong("to"), help: "Form to print.") var form = Form.json
    @OptionGroup var picture: PictureOptions
    @Option(help: ArgumentHelp("State to light up; may be repeated.", valueName: "path")) var active: [String] = []

    func run() throws {
        let chart = try ChartSource.definition(file)
        let language = output.language.ofCharts
        let lit = try activeStates(of: chart)
        switch form {
        case .json: StandardStreams.print(String(decoding: chart.canonicalJSON, as: UTF8.self))
        case .scxml: output.write(try ChartFile.scxml(of: chart), as: form.rawValue)
        case .svg: output.write(try picture.svg(chart, active: lit, language: language), as: form.rawValue)
        case .mermaid: output.write(mermaidText(chart, active: lit, language: language), as: form.rawValue)
        case .dot: output.write(dotText(chart, active: lit, language: language), as: form.rawValue)
        }
    }

    private func activeStates(of chart: Definition) throws(Failure) -> Set<Int> {
        let known = Set(chart.states.map(\.path))
        for path in active where !known.contains(path) {
            throw .usage("流程图没有状态“\(path)”", "the chart has no state “\(path)”")
        }
        return CaseText.activeStates(of: chart, leaves: Set(active))
    }
}

/// How a picture looks.
struct PictureOptions: ParsableArguments {
    enum Theme: String, CaseIterable, ExpressibleByArgument {
        case auto, light, dark

        var ofPictures: DiagramTheme {
            switch self {
            case .auto: .auto
            case .light: .light
            case .dark: .dark
            }
        }
    }

    @Option(help: "Colours of a picture; auto follows the reader's system.") var theme = Theme.auto

    func svg(_ chart: Definition, active: Set<Int>, language: ChartLanguage) throws(Failure) -> String {
        do {
            return try svgText(chart, active: active, language: language, theme: theme.ofPictures)
        } catch {
            throw .refused("流程图过大，无法绘制：\(error)", "the chart cannot be drawn: \(error)")
        }
    }
}
