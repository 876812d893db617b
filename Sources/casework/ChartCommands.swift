import ArgumentParser

struct ChartCommands: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "chart", abstract: "Charts. 流程图。")
}
