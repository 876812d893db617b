import Statechart

/// What a picture says in the chosen language, and how a transition is described.
struct DiagramWords {
    let language: ChartLanguage

    init(_ language: ChartLanguage) { self.language = language }

    func label(_ labels: [String: String]) -> String? { language.label(labels) }

    func pick(_ zh: String, _ en: String) -> String { language == .zh ? zh : en }

    /// `5个工作日`, `5 working days`.
    func text(_ duration: ChartDuration) -> String {
        switch duration {
        case .days(let count): counted(count, "天", "day")
        case .workingDays(let count): counted(count, "个工作日", "working day")
        case .months(let count): counted(count, "个月", "month")
        case .milliseconds(let length):
            if length > 0, length % 3_600_000 == 0 {
                counted(Int(length / 3_600_000), "小时", "hour")
            } else if length > 0, length % 60_000 == 0 {
                counted(Int(length / 60_000), "分钟", "minute")
            } else if length % 1_000 == 0 {
                counted(Int(length / 1_000), "秒", "second")
            } else {
                counted(Int(length), "毫秒", "millisecond")
            }
        }
    }

    private func counted(_ count: Int, _ zh: String, _ en: String) -> String {
        language == .zh ? "\(count)\(zh)" : "\(count) \(en)\(count == 1 ? "" : "s")"
    }

    func role(_ name: String, _ definition: Definition) -> String {
        definition.roleLabels[name].flatMap(label) ?? name
    }

    private func roles(_ names: [String], _ definition: Definition) -> String {
        names.map { role($0, definition) }.joined(separator: pick("、", ", "))
    }

    /// What has to happen, in one line.
    func trigger(_ transition: Transition, _ definition: Definition) -> String {
        if let label = label(transition.label) { return label }
        switch transition.event {
        case .named(let name): return name
        case .done: return pick("完成", "Completed")
        case .eventless: return pick("自动", "At once")
        case .timer(let index): return text(definition.timers[index])
        }
    }

    func text(_ timer: TimerSpec) -> String {
        let counting = timer.firstDayCounted ? pick("（含首日）", ", the first counted") : ""
        let length = text(timer.duration) + counting
        return timer.isNamed ? "\(label(timer.label) ?? timer.id) · \(length)" : length
    }

    /// The label beside an arrow: what happens, under which condition, who may send it.
    func describe(_ transition: Transition, _ definition: Definition, in block: inout TextBlock) {
        let wrap = DiagramMetrics.labelText
        switch transition.event {
        case .timer(let index):
            block.add(trigger(transition, definition), .event, icon: .clock, wrap: wrap)
            if label(transition.label) != nil { block.add(text(definition.timers[index]), .detail, wrap: wrap) }
        case .named(let name):
            block.add(trigger(transition, definition), .event, wrap: wrap)
            if label(transition.label) != nil { block.add(name, .detail, wrap: wrap) }
        case .done: block.add(trigger(transition, definition), .event, wrap: wrap)
        case .eventless:
            if transition.guardText == nil || label(transition.label) != nil {
                block.add(trigger(transition, definition), .event, wrap: wrap)
            }
        }
        if let text = condition(transition, definition) { block.add("[\(text)]", .condition, wrap: wrap) }
        if !transition.by.isEmpty {
            block.add(roles(transition.by, definition), .sender, icon: .person, wrap: wrap)
        }
        if !transition.distinctFrom.isEmpty {
            let others = transition.distinctFrom.joined(separator: ", ")
            block.add("≠ \(others)", .sender, indent: TextBlock.iconWidth, wrap: wrap)
        }
    }

    /// A transition without condition after one with it is taken when that is not.
    private func condition(_ transition: Transition, _ definition: Definition) -> String? {
        if let text = transition.guardText { return ConditionWords(language).text(text, definition.guardLabels) }
        let first = definition.states[transition.source].transitions.lowerBound
        let earlier = definition.transitions[first..<transition.index]
        let isElse = earlier.contains { $0.event == transition.event && $0.guardText != nil }
        return isElse ? pick("否则", "otherwise") : nil
    }

    /// A transition inside its box: `event [guard] / actions`.
    func inner(_ transition: Transition, _ definition: Definition) -> String {
        var text = trigger(transition, definition)
        if let condition = condition(transition, definition) { text += " [\(condition)]" }
        let actions = transition.actionIndices.map { definition.actions[$0] }
        if !actions.isEmpty { text += " / " + actions.joined(separator: ", ") }
        if !transition.by.isEmpty { text += " · " + roles(transition.by, definition) }
        return text
    }

    func tooltip(_ transition: Transition, _ definition: Definition) -> String {
        let place = transition.sourceText.map { " (\($0))" } ?? ""
        return inner(transition, definition) + place
    }
}
