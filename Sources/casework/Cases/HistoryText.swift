import Schema
import Statechart

/// A case's history as a person reads it.
struct HistoryText {
    let labels: StateLabels
    let terminal: Terminal
    let withReasons: Bool

    init(chart: Definition?, terminal: Terminal, withReasons: Bool) {
        labels = StateLabels(chart: chart, language: terminal.language)
        self.terminal = terminal
        self.withReasons = withReasons
    }

    func say(_ entries: [Casework_V1_HistoryEntry]) {
        for entry in entries { say(entry) }
    }

    private func say(_ entry: Casework_V1_HistoryEntry) {
        let style = terminal.style
        let event = entry.agency.isEmpty && entry.event.contains("#") ? "⏱ " + entry.event : entry.event
        terminal.say(
            "\(style.dim(Moment.minute(entry.stampMillis)))  v\(entry.version)  \(style.bold(event))  \(who(entry))")
        terminal.say("    → " + labels.text(entry.states))
        if let payload = JSONText(parsing: entry.payloadJson), payload != .object([]) {
            terminal.say("    " + style.dim(payload.compact))
        }
        for posting in entry.postings {
            terminal.say(
                "    ¥ \(Money.yuan(posting.amountFen))  \(posting.from) → \(posting.to)  "
                    + style.dim("\(posting.fund) \(posting.county) \(posting.year)"))
        }
        guard withReasons else { return }
        for reason in entry.reasons {
            terminal.say(
                "    · \(reason.name): \(reason.answer)" + (reason.reason.isEmpty ? "" : " · \(reason.reason)"))
        }
    }

    private func who(_ entry: Casework_V1_HistoryEntry) -> String {
        if entry.agency.isEmpty { return Phrase("系统", "the system").text(in: terminal.language) }
        let hand = entry.officer.isEmpty ? entry.agency : "\(entry.officer)@\(entry.agency)"
        return entry.roles.isEmpty ? hand : hand + terminal.style.dim(" (\(entry.roles.joined(separator: ", ")))")
    }
}

/// States in the words of their chart.
struct StateLabels {
    let chart: Definition?
    let language: Language

    func one(_ path: String) -> String { names(path).last ?? path }

    /// What people call the event in that state, where the chart says it in one way only.
    func event(_ name: String, from path: String) -> String? {
        guard let chart else { return nil }
        let labels = chart.transitions.filter {
            $0.event == .named(name) && chart.states[$0.source].path == path
        }.map { $0.label[language.rawValue] }
        return Set(labels).count == 1 ? labels[0] : nil
    }

    /// What several active states have in common is said once: `办理中 / 县联审 / 就业核查 / 待核 + 身份核查 / 待核`.
    func text(_ paths: [String]) -> String {
        let all = paths.map(names)
        guard all.count > 1, let first = all.first else { return all.first?.joined(separator: " / ") ?? "" }
        let shared = first.indices.prefix { index in
            all.allSatisfy { $0.count > index + 1 && $0[index] == first[index] }
        }
        let rest = all.map { $0.dropFirst(shared.count).joined(separator: " / ") }.joined(separator: " + ")
        return (first.prefix(shared.count) + [rest]).joined(separator: " / ")
    }

    private func names(_ path: String) -> [String] {
        guard let chart, let state = chart.states.first(where: { $0.path == path }) else { return [path] }
        var names: [String] = []
        var next: Int? = state.index
        while let index = next {
            names.insert(chart.states[index].label[language.rawValue] ?? chart.states[index].id, at: 0)
            next = chart.states[index].parent
        }
        return names
    }
}
