import Foundation
import Schema
import SwiftProtobuf

/// The steps of human resources and social security: li-na takes in, zhang-wei verifies in the village, liu-min checks
/// the work, wang-fang approves.
extension Agency {
    private static let intake = "li-na"
    private static let verifier = "zhang-wei"
    private static let checker = "liu-min"
    private static let approver = "wang-fang"

    func file(_ roster: String) async throws(Failure) -> Phrase {
        let lines = try Roster.lines(of: table(roster))
        let progress = Progress(Phrase("收件 \(roster)", "filing \(roster)"), total: lines.count, language: language)
        var opened = 0
        var refused = 0
        // One after the other: of two lines about the same person the first counts, whichever county it names.
        for line in lines {
            switch try await open(line, of: roster) {
            case .done: opened += 1
            case .refused: refused += 1
            }
            await progress.step()
        }
        await progress.finish()
        return Phrase(
            "\(roster)：收件 \(opened) 件，不予受理 \(refused) 件", "\(roster): \(opened) accepted, \(refused) refused")
    }

    private func open(_ line: RosterLine, of roster: String) async throws(Failure) -> Outcome {
        let label = "\(roster):\(line.line):case.open"
        let request = Casework_V1_OpenRequest.with {
            $0.key = Data(WalkKey.bytes(label))
            $0.type = "transport-subsidy"
            $0.county = line.county
            $0.protobuf = line.application.encoded
        }
        return try await ask(.open(request), label: label, officer: Agency.intake)
    }

    func verifyInVillage() async throws(Failure) -> Phrase {
        let count = try await workThrough(
            role: "village", officer: Agency.verifier, Phrase("村级核实", "village check")
        ) { item throws(Failure) in
            try await sendAndNote("village.verified", to: item, officer: Agency.verifier)
        }
        return Phrase("村级核实 \(count) 件，进入公示", "\(count) verified in the village; publicity begins")
    }

    func confirmEmployment() async throws(Failure) -> Phrase {
        try await waitForDeadlines(in: "open/publicity", officer: Agency.checker)
        let count = try await workThrough(
            role: "hrss.checker", officer: Agency.checker, Phrase("就业核查", "employment check")
        ) { item throws(Failure) in
            try await sendUnlessDecided("employment.confirmed", to: item, officer: Agency.checker)
        }
        return Phrase("就业核查 \(count) 件", "\(count) checked for their work")
    }

    func approve() async throws(Failure) -> Phrase {
        let count = try await workThrough(
            role: "hrss.approver", officer: Agency.approver, Phrase("审批", "approval")
        ) { item throws(Failure) in
            try await mustSend("approval.granted", to: item, officer: Agency.approver)
        }
        return Phrase("审批通过 \(count) 件", "\(count) approved")
    }

    /// Mends the accounts whose holders have brought a new one; the others wait.
    func correctAccounts() async throws(Failure) -> Phrase {
        let mended = try await corrections()
        let count = try await workThrough(
            role: "agent", officer: Agency.intake, Phrase("更正账户", "mending accounts")
        ) { item throws(Failure) in
            guard let card = mended[item.caseID] else { return false }
            let payload = Cases_TransportSubsidy_V1_Person.with { $0.cardNumber = card }.encoded
            return try await mustSend("account.corrected", to: item, payload: payload, officer: Agency.intake)
        }
        return Phrase("更正账户 \(count) 件，待重新下达", "\(count) accounts mended; to be ordered again")
    }

    /// New accounts by case, found through the agency's own book: which line of which roster became which case.
    private func corrections() async throws(Failure) -> [String: String] {
        let csv = try table("corrections.csv")
        let at = try csv.columns(["文件", "行", "更正后账号"])
        var result: [String: String] = [:]
        for row in csv.rows {
            let label = "\(row.cells[at[0]]):\(row.cells[at[1]]):case.open"
            if let answer = await outbox.answers[label] { result[answer.caseID] = row.cells[at[2]] }
        }
        return result
    }
}

extension Agency {
    /// Sends an event that must not be refused.
    func mustSend(
        _ event: String, to item: Casework_V1_Case, payload: Data = Data(), officer: String
    ) async throws(Failure) -> Bool {
        switch try await send(event, to: item, payload: payload, officer: officer) {
        case .done: return true
        case .refused(let failure): throw failure
        }
    }

    /// As `mustSend`, and notes the deadlines that the case has afterwards.
    func sendAndNote(
        _ event: String, to item: Casework_V1_Case, payload: Data = Data(), officer: String
    ) async throws(Failure) -> Bool {
        _ = try await mustSend(event, to: item, payload: payload, officer: officer)
        try await outbox.note(session(of: officer).call(Methods.Cases.get, .with { $0.caseID = item.caseID }))
        return true
    }

    /// Sends an event of the joint check. The other agency works on the same cases at the same moment, and a case that
    /// it has just rejected takes no more answers.
    func sendUnlessDecided(
        _ event: String, to item: Casework_V1_Case, payload: Data = Data(), officer: String
    ) async throws(Failure) -> Bool {
        switch try await send(event, to: item, payload: payload, officer: officer) {
        case .done: return true
        case .refused(let failure) where failure.reason == "EVENT_NOT_ALLOWED": return false
        case .refused(let failure): throw failure
        }
    }
}

extension Message {
    /// The wire bytes of a message of this walk: proto3 without required fields, so that encoding cannot fail.
    var encoded: Data {
        do {
            return try serializedData()
        } catch {
            preconditionFailure("a proto3 message without required fields always encodes")
        }
    }
}
