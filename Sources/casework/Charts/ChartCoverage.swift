import ChartAnalysis
import ArgumentParser
import ChartFiles
import Foundation
import Statechart

struct ChartCoverageCommand: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage", abstract: "Say what of a chart tests have not touched. 覆盖率。",
        discussion: """
            Counts transitions taken, both answers of every guard wherever it is asked,
            and every timer fired, stopped, paused and resumed, as far as the chart
            lets them.
            统计走过的转换、每处条件的两种回答、每个时限的到期、停止、暂停、恢复。

            Plays each --script as chart play does. Guards answer yes unless the
            script says otherwise, for all of it or for one event:
              {"guards":{"isLongEnough":"no"},
               "events":[{"event":{"name":"case.open"}},
                         {"event":{"name":"submit"},"guards":{"isFit":"failed"}}]}
            Adds the records given: lines of JSON that chart play --cover FILE writes,
            and that tests of a plugin write with CoveringResponder of Statechart.

            --json prints one object: chart, covered, of, percent and goals, each with
            kind (transition, guardYes, guardNo, timerFired, timerStopped, timerPaused,
            timerResumed), id and hits. An id is open/a#0 for the first transition of
            open/a, open/a#0 isFit for a guard it asks, open/a#0 do isFit for one its
            content asks, open/a entry isFit, variable rounds isFit for a first value, or
            a timer's.

            Examples:
              casework chart coverage chart.yaml --script paid.json --script denied.json
              casework chart coverage chart.yaml tests.cover --at-least 90
            """)

    @OptionGroup var output: OutputOptions
    @Argument(help: "Chart: .yaml, canonical .json, or .scxml.") var file: String
    @Argument(help: "Records of test runs.") var records: [String] = []
    @Option(help: ArgumentHelp("Events to play, JSON; may be repeated.", valueName: "file")) var script: [String] = []
    @Option(help: ArgumentHelp("Exit 1 below this share.", valueName: "percent")) var atLeast: Int?

    func validate() throws {
        guard !records.isEmpty || !script.isEmpty else { throw ValidationError("Give a record or a --script.") }
        guard (0...100).contains(atLeast ?? 0) else { throw ValidationError("--at-least is a percentage.") }
    }

    func run() throws {
        var coverage = ChartCoverage(try ChartSource.definition(file))
        for path in script { try add(coverage: &coverage, playing: path) }
        for path in records { try ChartCoverageCommand.add(coverage: &coverage, record: path) }
        let goals = coverage.goals
        let covered = goals.count { $0.hits > 0 }
        let percent = goals.isEmpty ? 100 : covered * 100 / goals.count
        if output.json {
            StandardStreams.print(json(coverage, goals, covered, percent).pretty())
        } else {
            ChartCoverageText(terminal: output.terminal, coverage: coverage).say(goals)
        }
        if let atLeast, percent < atLeast {
            throw Failure.refused("覆盖率 \(percent)%，低于 \(atLeast)%", "\(percent) % covered, less than \(atLeast) %")
        }
    }

    private func add(coverage: inout ChartCoverage, playing path: String) throws(Failure) {
        var player = ChartPlayer(coverage.definition)
        player.play(try ChartPlay.script(path, for: coverage.definition)) { line in
            for failure in line.failures { failure.of(path).say(in: output.language) }
        }
        if let stop = player.stop { throw stop.of(path) }
        do {
            try coverage.add(line: player.coverage.line)
        } catch {
            throw .refused("\(path)：\(error)", "\(path): \(error)")
        }
    }

    private static func add(coverage: inout ChartCoverage, record path: String) throws(Failure) {
        let lines = try TextFile.read(path).split(separator: "\n", omittingEmptySubsequences: false)
        for (offset, line) in lines.enumerated() where !line.isEmpty {
            do {
                try coverage.add(line: String(line))
            } catch {
                let zh = error.code == .unknownName ? "这是另一流程图或另一版本的记录" : "不是覆盖率记录"
                throw .refused("\(path):\(offset + 1)：\(zh)", "\(path):\(offset + 1): \(error)")
            }
        }
    }

    private func json(
        _ coverage: ChartCoverage, _ goals: [ChartCoverage.Goal], _ covered: Int, _ percent: Int
    ) -> JSONText {
        let all = goals.map { goal in
            JSONText.object([
                .init(name: "kind", value: .string(goal.kind.rawValue)), .init(name: "id", value: .string(goal.id)),
                .init(name: "hits", value: .word(String(goal.hits))),
            ])
        }
        return .object([
            .init(name: "chart", value: .string(coverage.definition.name)),
            .init(name: "covered", value: .word(String(covered))), .init(name: "of", value: .word(String(goals.count))),
            .init(name: "percent", value: .word(String(percent))), .init(name: "goals", value: .array(all)),
        ])
    }

    /// Adds a line to a record.
    static func append(_ line: String, to path: String) throws(Failure) {
        do {
            if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(fileURLWithPath: path)) }
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data((line + "\n").utf8))
            try handle.close()
        } catch {
            throw .usage("无法写入 \(path)", "cannot write \(path)")
        }
    }
}

/// Coverage on a terminal: a table of shares, then what is missing.
struct ChartCoverageText {
    let terminal: Terminal
    let coverage: ChartCoverage
    private var definition: Definition { coverage.definition }

    private static let topics: [(Phrase, [ChartCoverage.Goal.Kind])] = [
        (Phrase("转换", "Transitions"), [.transition]),
        (Phrase("条件的回答", "Answers of guards"), [.guardYes, .guardNo]),
        (Phrase("时限", "Timers"), [.timerFired, .timerStopped, .timerPaused, .timerResumed]),
    ]

    func say(_ goals: [ChartCoverage.Goal]) {
        let language = terminal.language
        var table = Table(columns: [
            .init(title: definition.name, isElastic: true),
            .init(title: Phrase("已覆盖", "covered").text(in: language), isRight: true),
            .init(title: Phrase("共", "of").text(in: language), isRight: true), .init(title: "%", isRight: true),
        ])
        for (title, kinds) in ChartCoverageText.topics {
            let some = goals.filter { kinds.contains($0.kind) }
            if !some.isEmpty { table.rows.append(row(title.text(in: language), some)) }
        }
        table.rows.append(row(Phrase("合计", "All").text(in: language), goals))
        terminal.say(table)
        let missing = goals.filter { $0.hits == 0 }
        guard !missing.isEmpty else { return }
        terminal.say("")
        terminal.say(terminal.style.bold(Phrase("未覆盖：", "Missing:").text(in: language)))
        for goal in missing { say(goal) }
    }

    private func row(_ title: String, _ goals: [ChartCoverage.Goal]) -> [String] {
        let covered = goals.count { $0.hits > 0 }
        return [title, String(covered), String(goals.count), String(goals.isEmpty ? 100 : covered * 100 / goals.count)]
    }

    private func say(_ goal: ChartCoverage.Goal) {
        let text = words(for: goal).text(in: terminal.language)
        for (offset, line) in TextWidth.wrap(text, columns: terminal.width.map { max(20, $0 - 4) }).enumerated() {
            terminal.say((offset == 0 ? "  " : "    ") + line)
        }
    }

    private func words(for goal: ChartCoverage.Goal) -> Phrase {
        switch goal.kind {
        case .transition:
            let text = describe(definition.transitions[goal.index])
            return Phrase("\(text) 未走过", "\(text): never taken")
        case .guardYes: return answer(coverage.guardUses[goal.index], "从未回答“是”", "never yes")
        case .guardNo: return answer(coverage.guardUses[goal.index], "从未回答“否”", "never no")
        case .timerFired: return timer(goal, "从未到期", "never fired")
        case .timerStopped: return timer(goal, "从未中途停止", "never stopped before its end")
        case .timerPaused: return timer(goal, "从未暂停", "never paused")
        case .timerResumed: return timer(goal, "从未恢复", "never resumed")
        }
    }

    private func answer(_ use: ChartCoverage.GuardUse, _ zh: String, _ en: String) -> Phrase {
        if let transition = use.transition {
            let text = describe(definition.transitions[transition])
            let content = use.isInContent ? Phrase("的动作中", ", in its actions") : Phrase("", "")
            return Phrase("\(text) \(content.zh)条件 \(use.name) \(zh)", "\(text)\(content.en): guard \(use.name) \(en)")
        }
        let place = use.id.dropLast(use.name.count + 1)
        return Phrase("\(place)：条件 \(use.name) \(zh)", "\(place): guard \(use.name) \(en)")
    }

    private func timer(_ goal: ChartCoverage.Goal, _ zh: String, _ en: String) -> Phrase {
        let duration = definition.timers[goal.index].duration
        return Phrase("时限 \(goal.id)（\(duration)）\(zh)", "timer \(goal.id) (\(duration)): \(en)")
    }

    private func describe(_ transition: Transition) -> String {
        let trigger: String
        switch transition.event {
        case .named(let name): trigger = name
        case .done: trigger = "done"
        case .eventless: trigger = "–"
        case .timer(let timer):
            let spec = definition.timers[timer]
            trigger = spec.isNamed ? "timer \(spec.id)" : "after \(spec.duration)"
        }
        let condition = transition.guardText.map { " [\($0)]" } ?? ""
        let targets = transition.targets.map { definition.states[$0].path }.joined(separator: " ")
        let aim = targets.isEmpty ? "" : " → \(targets)"
        return "\(definition.states[transition.source].path)  \(trigger)\(condition)\(aim)"
    }
}
