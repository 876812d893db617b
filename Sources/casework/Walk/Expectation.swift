import Schema

/// How a line of a roster ends, as the rules say or as the server says.
struct Ending: Equatable {
    enum Outcome: String, CaseIterable {
        case paid, waiting, returned, rejected, refused, skipped
        /// Somewhere on its way; no line of the samples ends so.
        case open
    }

    var outcome: Outcome
    /// Code of the refusal or rejection; several are joined by `+`, sorted.
    var reason: String
    var fen: Int64?
    /// Last days by column of the expectation: `village_due`, `publicity_ends` …
    var days: [String: String]
}

/// `Samples/expected.csv`: written by hand from the rules before anything ran.
struct Expectation {
    struct Line: Hashable {
        var file: String
        var line: Int
    }

    /// Columns with dates, and the task or timer of the chart each belongs to.
    static let deadlines = [
        "village_due": "verify", "publicity_ends": "publicity", "approve_due": "approve",
        "order_due": "orderPayment", "settle_due": "confirmPayment", "correct_due": "correctAccount",
        "return_lapses": "open/payment/returned#0", "joint_due": "checkEmployment",
    ]

    private(set) var lines: [Line] = []
    private(set) var endings: [Line: Ending] = [:]

    init(_ csv: CSV) throws(Failure) {
        let at = try csv.columns(["file", "line", "outcome", "reason", "fen"])
        let names = Expectation.deadlines.keys.sorted()
        let dates = try csv.columns(names)
        for row in csv.rows where row.cells.count == csv.header.count {
            guard let number = Int(row.cells[at[1]]), let outcome = Ending.Outcome(rawValue: row.cells[at[2]]) else {
                throw .usage("expected.csv 第 \(row.line) 行有误", "expected.csv, line \(row.line), is wrong")
            }
            let line = Line(file: row.cells[at[0]], line: number)
            let days = zip(names, dates).map { ($0, row.cells[$1]) }.filter { !$0.1.isEmpty }
            lines.append(line)
            endings[line] = Ending(
                outcome: outcome, reason: row.cells[at[3]], fen: Int64(row.cells[at[4]]),
                days: Dictionary(uniqueKeysWithValues: days))
        }
    }

    struct Difference {
        var line: Line
        var expected: Ending
        var found: Ending
    }

    struct Move: Equatable {
        var from: Ending.Outcome
        var to: Ending.Outcome
        var count: Int
    }

    /// How many lines have gone from which outcome to which, in the order of the outcomes.
    static func moves(in differences: [Difference]) -> [Move] {
        Ending.Outcome.allCases.flatMap { from in
            Ending.Outcome.allCases.compactMap { to in
                let count = differences.count { $0.expected.outcome == from && $0.found.outcome == to }
                return count > 0 ? Move(from: from, to: to, count: count) : nil
            }
        }
    }

    func differences(from found: Findings) -> [Difference] {
        lines.compactMap { line in
            guard let expected = endings[line] else { return nil }
            let ending = found.endings[line] ?? Ending(outcome: .skipped, reason: "BLANK_LINE", fen: nil, days: [:])
            return ending == expected ? nil : Difference(line: line, expected: expected, found: ending)
        }
    }
}

extension Expectation.Difference {
    /// `applications-2026-08.csv:12: outcome paid, expected rejected`.
    var text: String {
        var parts: [String] = []
        if found.outcome != expected.outcome { parts.append("outcome \(found.outcome), expected \(expected.outcome)") }
        if found.reason != expected.reason { parts.append("reason “\(found.reason)”, expected “\(expected.reason)”") }
        if found.fen != expected.fen {
            parts.append(
                "\(found.fen.map(String.init) ?? "no") fen, expected \(expected.fen.map(String.init) ?? "none")")
        }
        for name in Set(found.days.keys).union(expected.days.keys).sorted()
        where found.days[name] != expected.days[name] {
            parts.append("\(name) \(found.days[name] ?? "absent"), expected \(expected.days[name] ?? "absent")")
        }
        return "\(line.file):\(line.line): " + parts.joined(separator: "; ")
    }
}
