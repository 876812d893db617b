import ChartFiles
import Schema
import Statechart

/// A case as a person reads it on a terminal.
struct CaseText {
    private let item: Casework_V1_Case
    private let chart: Definition?
    private let terminal: Terminal
    private var style: Style { terminal.style }
    private var language: Language { terminal.language }
    private var labels: StateLabels { StateLabels(chart: chart, language: language) }

    init(_ item: Casework_V1_Case, chart: Definition?, terminal: Terminal) {
        self.item = item
        self.chart = chart
        self.terminal = terminal
    }

    func sayAll(events: [Casework_V1_PossibleEvent]) {
        sayHead()
        sayRecord()
        sayTree()
        sayTasksAndTimers()
        sayEvents(events)
    }

    func sayHead() {
        terminal.sayStore(isDevelopment: item.development)
        let type = chart?.label[language.rawValue] ?? item.type
        let number = item.number.isEmpty ? item.caseID : item.number
        terminal.say(style.bold(number) + "  " + type + "  v\(item.version)")
        let line = Phrase(
            "县 \(item.county) · 收件 \(Moment.minute(item.openedMillis)) · 最近变动 \(Moment.minute(item.changedMillis))",
            "county \(item.county) · received \(Moment.minute(item.openedMillis)) · "
                + "changed \(Moment.minute(item.changedMillis))")
        terminal.say(style.dim(line.text(in: language)))
        for attribute in item.attributes where !isInRecord(attribute) {
            terminal.say(style.yellow("\(attribute.name): \(CaseText.value(of: attribute, language))"))
        }
        if !item.incident.isEmpty {
            terminal.say(style.red(Phrase("异常：", "Incident: ").text(in: language) + item.incident))
        }
        if !item.waitingFor.isEmpty {
            let phrase = Phrase("等待资金：\(item.waitingFor)", "Waits for money of the fund \(item.waitingFor)")
            terminal.say(style.yellow(phrase.text(in: language)))
        }
    }

    /// Most attributes repeat a field of the record, so that cases can be listed by it.
    private func isInRecord(_ attribute: Casework_V1_Attribute) -> Bool {
        item.fields.contains { field in
            field.path.split(separator: ".").last.map(String.init) == attribute.name
                || field.valueZh == attribute.text && !attribute.text.isEmpty && attribute.name != "reason"
        }
    }

    func sayRecord() {
        guard !item.fields.isEmpty else { return }
        heading("案卷", "Record")
        let rows = item.fields.map { field in
            (
                Phrase(field.labelZh, field.labelEn).text(in: language),
                Phrase(field.valueZh, field.valueEn).text(in: language)
            )
        }
        let width = rows.map { TextWidth.of($0.0) }.max() ?? 0
        for (label, value) in rows {
            terminal.say("  " + style.dim(TextWidth.pad(label, columns: width)) + "  " + value)
        }
    }

    private func sayTree() {
        heading("进度", "State")
        guard let chart else { return terminal.say("  " + item.states.joined(separator: "\n  ")) }
        let active = CaseText.activeStates(of: chart, leaves: Set(item.states))
        let tree = treeText(chart, active: active, language: language.ofCharts)
        for line in tree.split(separator: "\n").dropFirst() {
            let isActive = line.contains("●") || line.contains("◉")
            terminal.say("  " + (isActive ? style.green(String(line)) : style.dim(String(line))))
        }
    }

    /// The active leaves with everything around them.
    static func activeStates(of chart: Definition, leaves: Set<String>) -> Set<Int> {
        var active: Set<Int> = []
        for state in chart.states where leaves.contains(state.path) {
            var next: Int? = state.index
            while let index = next {
                active.insert(index)
                next = chart.states[index].parent
            }
        }
        return active
    }

    private func sayTasksAndTimers() {
        guard !item.tasks.isEmpty || !item.timers.isEmpty else { return }
        heading("待办与期限", "Open tasks and deadlines")
        for task in item.tasks {
            let due = task.dueMillis > 0 ? until(task.dueMillis) : ""
            terminal.say("  " + [task.id, task.role, due].filter { !$0.isEmpty }.joined(separator: " · "))
        }
        for timer in item.timers {
            var notes = timer.rule.isEmpty ? [] : [timer.rule]
            notes.append(timer.paused ? Phrase("已暂停", "paused").text(in: language) : until(timer.dueMillis))
            if timer.provisional {
                notes.append(
                    Phrase("节假日安排未公布，暂定", "provisional: that year's holidays are not known").text(in: language))
            }
            terminal.say("  ⏱ " + ([timer.id] + notes).joined(separator: " · "))
        }
    }

    private func until(_ milliseconds: Int64) -> String {
        Phrase("截至 \(Moment.deadline(milliseconds))", "until \(Moment.deadline(milliseconds))").text(in: language)
    }

    func sayEvents(_ events: [Casework_V1_PossibleEvent]) {
        heading("下一步", "What can happen next")
        guard !events.isEmpty else {
            return terminal.say("  " + Phrase("已办结，无后续事项。", "Nothing: the case has ended.").text(in: language))
        }
        for event in events { say(event) }
    }

    private func say(_ event: Casework_V1_PossibleEvent) {
        let mark = event.possible ? style.green("✓") : style.dim("✗")
        let targets = labels.text(event.to)
        let by = event.by.isEmpty ? Phrase("系统", "the system").text(in: language) : event.by.joined(separator: ", ")
        let name = event.possible ? style.bold(event.event) : event.event
        let label = labels.event(event.event, from: event.from).map { " · \($0)" } ?? ""
        terminal.say("  \(mark) \(name)\(label) → \(targets)  " + style.dim("(\(by))"))
        for reason in event.obstacles + event.because {
            terminal.say("      " + style.dim(Phrase(reason.zh, reason.en).text(in: language)))
        }
        if event.needsPayload {
            let phrase = Phrase("取决于提交的内容", "depends on what is sent with it")
            terminal.say("      " + style.dim(phrase.text(in: language)))
        }
    }

    private func heading(_ zh: String, _ en: String) {
        terminal.say("")
        terminal.say(style.bold(Phrase(zh, en).text(in: language)))
    }

    static func value(of attribute: Casework_V1_Attribute, _ language: Language) -> String {
        switch attribute.value {
        case .integer(let value) where attribute.name.hasSuffix("_fen"):
            Phrase("\(Money.yuan(value)) 元", "CNY \(Money.yuan(value))").text(in: language)
        case .integer(let value): String(value)
        case .text(let text): text
        case .flag(let flag): flag ? "✓" : "✗"
        case nil: "–"
        }
    }

    /// The bare value where it says enough by itself: an amount, a reason.
    private static func note(_ attribute: Casework_V1_Attribute, _ language: Language) -> String {
        let text = value(of: attribute, language)
        return attribute.name.hasSuffix("_fen") || attribute.name == "reason" ? text : "\(attribute.name) \(text)"
    }

    static func table(_ cases: [Casework_V1_Case], language: Language) -> Table {
        let titles = [
            Phrase("案号", "number"), Phrase("县", "county"), Phrase("版本", "v"), Phrase("收件", "received"),
            Phrase("最近变动", "changed"), Phrase("状态", "state"), Phrase("备注", "notes"),
        ]
        var table = Table(
            columns: titles.enumerated().map { index, title in
                Table.Column(title: title.text(in: language), isRight: index == 2, isElastic: index >= 5)
            })
        table.rows = cases.map { item in
            let notes =
                item.attributes.map { note($0, language) }
                + (item.incident.isEmpty ? [] : ["⚠ " + item.incident])
                + (item.waitingFor.isEmpty ? [] : [Phrase("待资金", "waits").text(in: language)])
            return [
                item.number.isEmpty ? item.caseID : item.number, item.county, String(item.version),
                Moment.date(item.openedMillis), Moment.minute(item.changedMillis),
                item.states.joined(separator: " "), notes.joined(separator: " · "),
            ]
        }
        return table
    }
}
