import ChartAnalysis
import ArgumentParser
import ChartFiles
import Statechart

struct ChartDiff: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Say how the process changed from one version of a chart to another. 比较。",
        discussion: """
            Speaks of states, transitions, tasks, timers and variables by their labels;
            a renamed or moved state is found by its label and its transitions.
            What endangers running cases is marked with ! and its code: live states
            removed, renamed, moved or of another kind, regions added to live parallel
            states, timers added to live states or with another definition, variables and
            histories gone. Exit 1 when there is such a thing, else 0.
            标有 ! 的变动会影响在办案件；有这样的变动时退出码为 1。

            --json prints one object: old, new, endangering (count) and changes, each
            with kind, before and after (paths of the state, null for none), danger
            (code or null), pointer (into the new canonical JSON), message.zh,
            message.en.

            Examples:
              casework chart diff released/chart.yaml chart.yaml
              casework chart diff old.json new.yaml --json | jq '.changes[].kind'
            """)

    @OptionGroup var output: OutputOptions
    @Argument(help: "The version that cases follow: .yaml, canonical .json, or .scxml.") var old: String
    @Argument(help: "The new version, in any of these forms.") var new: String

    func run() throws {
        let comparison = ChartComparison(from: try ChartSource.definition(old), to: try ChartSource.definition(new))
        let dangers = comparison.changes.filter { $0.danger != nil }
        if output.json {
            StandardStreams.print(json(comparison, dangers.count).pretty())
        } else {
            ChartDiffText(terminal: output.terminal).say(comparison)
        }
        guard dangers.isEmpty else {
            throw Failure.refused(
                "影响在办案件的变动：\(dangers.count) 处", "changes that endanger running cases: \(dangers.count)")
        }
    }

    private func json(_ comparison: ChartComparison, _ dangers: Int) -> JSONText {
        func path(_ path: String?) -> JSONText { path.map(JSONText.string) ?? .word("null") }
        let changes = comparison.changes.map { change in
            JSONText.object([
                .init(name: "kind", value: .string(change.kind.rawValue)),
                .init(name: "before", value: path(change.before)), .init(name: "after", value: path(change.after)),
                .init(name: "danger", value: path(change.danger?.name)),
                .init(name: "pointer", value: .string(change.pointer)),
                .init(name: "message", value: change.sentence.json),
            ])
        }
        return .object([
            .init(name: "old", value: .string(old)), .init(name: "new", value: .string(new)),
            .init(name: "endangering", value: .word(String(dangers))), .init(name: "changes", value: .array(changes)),
        ])
    }
}

/// A comparison on a terminal: a heading for each topic, one change a line.
struct ChartDiffText {
    let terminal: Terminal

    func say(_ comparison: ChartComparison) {
        guard !comparison.changes.isEmpty else {
            return terminal.say(Phrase("流程没有变动。", "The process is the same."))
        }
        var topic: Phrase?
        for change in comparison.changes {
            let next = ChartDiffText.topic(of: change.kind)
            if next != topic { terminal.say(terminal.style.bold(next.text(in: terminal.language))) }
            topic = next
            say(change)
        }
    }

    private func say(_ change: ChartChange) {
        let mark = change.danger == nil ? ChartDiffText.sign(of: change.kind) : "!"
        let code = change.danger.map { "  \($0.name)" } ?? ""
        let width = terminal.width.map { max(20, $0 - 4) }
        let lines = TextWidth.wrap(change.sentence.phrase.text(in: terminal.language) + code, columns: width)
        for (offset, line) in lines.enumerated() {
            let text = offset == 0 ? "  \(mark) \(line)" : "    \(line)"
            terminal.say(change.danger == nil ? text : terminal.style.red(text))
        }
    }

    private static func sign(of kind: ChartChange.Kind) -> String {
        let name = kind.rawValue
        return name.hasSuffix("Added") ? "+" : name.hasSuffix("Removed") ? "-" : "~"
    }

    private static func topic(of kind: ChartChange.Kind) -> Phrase {
        switch kind {
        case .chartRenamed, .labelChanged, .initialChanged: Phrase("流程与名称", "Chart and labels")
        case .stateRemoved, .stateRenamed, .stateMoved, .stateKindChanged, .settledChanged, .historyChanged,
            .stateAdded:
            Phrase("状态", "States")
        case .contentChanged, .jobsChanged, .sourceChanged: Phrase("内容与依据", "Content and sources")
        case .transitionRemoved, .transitionRerouted, .eventChanged, .deadlineChanged, .guardChanged, .rolesChanged,
            .handsChanged, .actionsChanged, .orderChanged, .transitionAdded:
            Phrase("转换", "Transitions")
        case .taskRemoved, .taskChanged, .taskAdded: Phrase("任务", "Tasks")
        case .timerRemoved, .timerChanged, .timerAdded: Phrase("时限", "Timers")
        case .variableRemoved, .variableChanged, .variableAdded: Phrase("变量", "Variables")
        }
    }
}
