import Foundation
import Schema
import SwiftProtobuf
import Testing

@testable import casework

@Suite("The walk through the samples")
struct WalkTests {
    @Test(
        "steps",
        arguments: [
            ("file a.csv", Step.file("a.csv")), ("budgets 2", .budgets(2)), ("village", .village), ("resend", .resend),
        ])
    func steps(text: String, step: Step) throws {
        #expect(try Step(parsing: text) == step)
    }

    @Test("not steps", arguments: ["", "file", "budgets x", "fly", "village 2"])
    func noSteps(text: String) {
        #expect(throws: Failure.self) { try Step(parsing: text) }
    }

    @Test func keysDependOnTheLabelAlone() {
        let labels = (0..<2000).map { "roster.csv:\($0):case.open" }
        #expect(Set(labels.map(WalkKey.bytes)).count == labels.count)
        let key = WalkKey.bytes("a")
        #expect(key == WalkKey.bytes("a"))
        #expect(key.count == 16)
        #expect(key[6] >> 4 == 7, "a UUIDv7")
        #expect(key[8] >> 6 == 2, "of the RFC's variant")
        #expect(key.prefix(6).reduce(Int64(0)) { $0 << 8 | Int64($1) } == WalkKey.time)
    }

    @Test func theBookSurvivesACutLine() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("book-\(UUID()).jsonl").path
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: path) } }
        let request = Request.send(.with { $0.event = "village.verified" })
        let book = try Outbox(path: path)
        try await book.write(Outbox.Sent(label: "a", officer: "li-na", kind: request.kind, request: request.bytes()))
        try await book.write(Outbox.Answer(label: "a", caseID: "7", number: "TS-1"))
        try await book.write(Outbox.Deadline(caseID: "7", id: "verify", day: "2026-09-20"))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600, "the book holds personal data")

        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        handle.seekToEndOfFile()
        handle.write(Data(#"{"sent":{"label":"b","off"#.utf8))
        try handle.close()

        let again = try Outbox(path: path)
        let sent = await again.sent
        #expect(sent.map(\.label) == ["a"])
        #expect(await again.answers["a"]?.caseID == "7")
        #expect(await again.deadlines.map(\.day) == ["2026-09-20"])
        guard case .send(let decoded) = try #require(sent.first).decoded() else {
            Issue.record("another kind of request came back")
            return
        }
        #expect(decoded.event == "village.verified")
        try await again.write(Outbox.Answer(label: "b", refusal: "BAD_CARD"))
        #expect(try await Outbox(path: path).answers["b"]?.refusal == "BAD_CARD", "what follows a cut line is not lost")
    }

    @Test func differencesNameWhatDiffers() throws {
        let header = (["file", "line", "outcome", "reason", "fen"] + Expectation.deadlines.keys.sorted())
        let expected = try Expectation(
            CSV(
                parsing: header.joined(separator: ",")
                    + "\na.csv,2,paid,,80000,,,,,,,,2026-09-20\na.csv,3,skipped,BLANK_LINE,,,,,,,,,\n"))
        #expect(expected.lines.count == 2)
        var found = Findings()
        let line = Expectation.Line(file: "a.csv", line: 2)
        found.endings[line] = Ending(outcome: .paid, reason: "", fen: 80_000, days: ["village_due": "2026-09-20"])
        #expect(expected.differences(from: found).isEmpty)
        found.endings[line] = Ending(outcome: .rejected, reason: "X", fen: nil, days: ["village_due": "2026-09-21"])
        let texts = expected.differences(from: found).map(\.text)
        #expect(
            texts == [
                "a.csv:2: outcome rejected, expected paid; reason “X”, expected “”; no fen, expected 80000; "
                    + "village_due 2026-09-21, expected 2026-09-20"
            ])
    }

    @Test func movesAreCountedByOutcome() {
        func difference(
            _ line: Int, _ from: Ending.Outcome, _ to: Ending.Outcome, _ fen: Int64? = nil
        ) -> casework.Expectation.Difference {
            casework.Expectation.Difference(
                line: Expectation.Line(file: "a.csv", line: line),
                expected: Ending(outcome: from, reason: "", fen: 60_000, days: [:]),
                found: Ending(outcome: to, reason: "", fen: fen, days: [:]))
        }
        let moves = casework.Expectation.moves(in: [
            difference(2, .waiting, .open), difference(3, .returned, .paid), difference(4, .waiting, .open),
            difference(5, .paid, .paid, 50_000), difference(6, .waiting, .paid),
        ])
        #expect(
            moves == [
                .init(from: .paid, to: .paid, count: 1), .init(from: .waiting, to: .paid, count: 1),
                .init(from: .waiting, to: .open, count: 2), .init(from: .returned, to: .paid, count: 1),
            ])
    }

    @Test func caseStatesBecomeOutcomes() {
        let paid = Casework_V1_Case.with {
            $0.states = ["paid"]
            $0.attributes = [
                .with {
                    $0.name = "amount_fen"
                    $0.integer = 60_000
                }
            ]
        }
        let ending = Ending(of: paid, deadlines: ["verify": "2026-09-20", "other": "2026-01-01"])
        #expect(ending == Ending(outcome: .paid, reason: "", fen: 60_000, days: ["village_due": "2026-09-20"]))
    }
}
