import ArgumentParser
import Foundation
import Testing

@testable import casework

/// The help of every command is a golden file: `CASEWORK_RENEW_GOLDEN=1 swift test --filter HelpTests` renews them.
@Suite("Help")
struct HelpTests {
    static let commands: [any ParsableCommand.Type] = all(below: Casework.self)

    private static func all(below command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        [command] + command.configuration.subcommands.flatMap { all(below: $0) }
    }

    private static func name(of command: any ParsableCommand.Type) -> String {
        path(to: command, from: Casework.self)?.joined(separator: "-") ?? "unknown"
    }

    private static func path(
        to command: any ParsableCommand.Type, from root: any ParsableCommand.Type
    ) -> [String]? {
        let own = root.configuration.commandName ?? "\(root)"
        if root == command { return [own] }
        for sub in root.configuration.subcommands {
            if let rest = path(to: command, from: sub) { return [own] + rest }
        }
        return nil
    }

    private var folder: URL {
        URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent()
            .appendingPathComponent("Golden/help")
    }

    @Test func helpIsAsAgreed() throws {
        let renews = ProcessInfo.processInfo.environment["CASEWORK_RENEW_GOLDEN"] == "1"
        for command in HelpTests.commands {
            let file = folder.appendingPathComponent(HelpTests.name(of: command) + ".txt")
            let help = Casework.helpMessage(for: command, columns: 100) + "\n"
            if renews { try Data(help.utf8).write(to: file) }
            let golden = try String(contentsOf: file, encoding: .utf8)
            #expect(help == golden, "renew with CASEWORK_RENEW_GOLDEN=1 if the change is meant")
        }
    }

    @Test("explanations fit a terminal of 80 columns", arguments: commands.indices)
    func width(index: Int) {
        for line in HelpTests.commands[index].configuration.discussion.split(separator: "\n") {
            #expect(TextWidth.of(line) <= 78, "\(line)")
        }
    }

    @Test("every command that does something shows an example", arguments: commands.indices)
    func examples(index: Int) {
        let configuration = HelpTests.commands[index].configuration
        guard configuration.subcommands.isEmpty else { return }
        #expect(configuration.discussion.contains("Example"), "\(HelpTests.name(of: HelpTests.commands[index]))")
    }
}
