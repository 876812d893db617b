import Foundation
import Schema
import SwiftProtobuf

/// How every line of the samples stands on the server, joined with the books the agencies kept.
struct Findings {
    var endings: [Expectation.Line: Ending] = [:]
    private(set) var pools: [Casework_V1_PoolBalance] = []
    /// County of each line that became a case.
    private(set) var counties: [Expectation.Line: String] = [:]

    static func gather(
        _ session: Session, outbox folder: String, lines: [Expectation.Line]
    ) async throws(Failure) -> Findings {
        let books = try Books(folder: folder)
        await books.load()
        let answers = await books.answers
        var deadlines = await books.deadlines
        var cases: [String: Casework_V1_Case] = [:]
        for listed in try await session.cases(Casework_V1_ListRequest(), limit: 1_000_000).cases {
            let item = try await session.call(Methods.Cases.get, .with { $0.caseID = listed.caseID })
            cases[item.caseID] = item
            for task in item.tasks where task.dueMillis > 0 {
                deadlines[item.caseID, default: [:]][task.id] = Moment.lastDay(task.dueMillis)
            }
            for timer in item.timers {
                deadlines[item.caseID, default: [:]][timer.id] = Moment.lastDay(timer.dueMillis)
            }
        }
        var result = Findings()
        for line in lines {
            guard let answer = answers["\(line.file):\(line.line):case.open"] else { continue }
            guard answer.refusal.isEmpty, let item = cases[answer.caseID] else {
                result.endings[line] = Ending(outcome: .refused, reason: answer.refusal, fen: nil, days: [:])
                continue
            }
            result.counties[line] = item.county
            result.endings[line] = Ending(of: item, deadlines: deadlines[item.caseID] ?? [:])
        }
        result.pools = try await session.call(Methods.Funds.accounts, Casework_V1_AccountsRequest()).pools
        return result
    }
}

/// The books of all agencies, read together.
private actor Books {
    private let paths: [String]
    private(set) var answers: [String: Outbox.Answer] = [:]
    private(set) var deadlines: [String: [String: String]] = [:]
    private let books: [Outbox]

    init(folder: String) throws(Failure) {
        do {
            let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            paths = files.filter { $0.hasSuffix(".jsonl") }.sorted().map { folder + "/" + $0 }
        } catch {
            throw .usage("无法读取目录 \(folder)", "cannot read the folder \(folder)")
        }
        var books: [Outbox] = []
        for path in paths { books.append(try Outbox(path: path)) }
        self.books = books
    }

    func load() async {
        for book in books {
            answers.merge(await book.answers) { _, new in new }
            for item in await book.deadlines { deadlines[item.caseID, default: [:]][item.id] = item.day }
        }
    }
}

extension Ending {
    init(of item: Casework_V1_Case, deadlines: [String: String]) {
        outcome = Ending.outcome(of: item)
        reason = item.attributes.first { $0.name == "reason" }?.text ?? ""
        fen = nil
        if [.paid, .waiting, .returned].contains(outcome) {
            fen = item.attributes.first { $0.name == "amount_fen" }?.integer
        }
        days = [:]
        for (column, id) in Expectation.deadlines { days[column] = deadlines[id] }
        // Mending the account in time stops the 90 days.
        if outcome != .returned { days["return_lapses"] = nil }
    }

    private static func outcome(of item: Casework_V1_Case) -> Outcome {
        switch item.states {
        case ["paid"]: .paid
        case ["rejected"]: .rejected
        case ["open/awaitFunds"]: .waiting
        case ["open/payment/returned"]: .returned
        default: .open
        }
    }
}
