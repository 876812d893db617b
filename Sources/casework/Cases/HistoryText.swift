import Schema
import Statechart

/// A case's history as a person reads it.
struct HistoryText {
    let chart: Definition?
    let terminal: Terminal
    let withReasons: Bool

    init(chart: Definition?, terminal: Terminal, withReasons: Bool) {
        self.chart = chart
        self.terminal = terminal
        self.withReasons = withReasons
    }

    func say(_ entries: [Casework_V1_HistoryEntry]) {
        for entry in entries { say(entry) }
    }

    private func say(_ entry: Casework_V1_HistoryEntry) {
        let style = terminal.style
        terminal.say(
            "\(style.dim(Moment.minute(entry.stampMillis)))  v\(entry.version)  \(style.bold(entry.event))  \(who(entry))")
        terminal.say("    → " + entry.states.map(label).joined(separator: ", "))
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
            terminal.say("    · \(reason.name): \(reason.answer)" + (reason.reason.isEmpty ? "" : " · \(reason.reason)"))
        }
    }

    private func who(_ entry: Casework_V1_HistoryEntry) -> String {
        if entry.agency.isEmpty { return Phrase("系统", "the system").text(in: terminal.language) }
        let hand = entry.officer.isEmpty ? entry.agency : "\(entry.officer)@\(entry.agency)"
        return entry.roles.isEmpty ? hand : hand + terminal.style.dim(" (\(entry.roles.joined(separator: ", ")))")
    }

    private func label(_ path: String) -> String {
        guard let chart, let state = chart.states.first(where: { $0.path == path }) else { return path }
        var names: [String] = []
        var next: Int? = state.index
        while let index = next {
            names.insert(chart.states[index].label[terminal.language.rawValue] ?? chart.states[index].id, at: 0)
            next = chart.states[index].parent
        }
        return names.joined(separator: " / ")
    }
}
