import ArgumentParser
import ChartFiles
import Schema
import SwiftProtobuf

struct CaseDiagram: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagram", abstract: "Draw where a case stands in its chart, as an SVG picture. 进度图。",
        discussion: """
            Example:
              casework case diagram TS-220122-2026-000001 > case.svg
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Id or number of the case.") var name: String
    @OptionGroup var picture: PictureOptions

    func run() async throws {
        try await connection.with { session in
            let item = try await session.call(Methods.Cases.get, .with { $0.caseID = name })
            guard let chart = try await session.chart(of: item) else {
                throw Failure.refused("服务端已不再提供该案件的流程图", "the server no longer lists the case's chart")
            }
            let active = CaseText.activeStates(of: chart, leaves: Set(item.states))
            output.write(try picture.svg(chart, active: active, language: output.language.ofCharts), as: "svg")
        }
    }
}
