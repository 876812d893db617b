/// What an agency is asked to do next. Each agency knows only its own steps.
enum Step: Equatable, Sendable {
    case file(String)
    case village, employment, approve, correct
    case registry
    case budgets(Int)
    case order, settle
    case resend

    /// `file applications-2026-08.csv`, `budgets 1`, `village`.
    init(parsing text: String) throws(Failure) {
        let words = text.split(separator: " ").map(String.init)
        switch (words.first, words.count) {
        case ("file", 2): self = .file(words[1])
        case ("budgets", 2):
            guard let round = Int(words[1]) else { fallthrough }
            self = .budgets(round)
        default:
            guard words.count == 1, let step = Step.plain[words[0]] else {
                throw .usage("没有“\(text)”这一步", "there is no step “\(text)”")
            }
            self = step
        }
    }

    private static let plain: [String: Step] = [
        "village": .village, "employment": .employment, "approve": .approve, "correct": .correct,
        "registry": .registry, "order": .order, "settle": .settle, "resend": .resend,
    ]
}

/// What became of everything that was sent again.
struct Resent: Equatable, Sendable {
    var repeated = 0
    var refused = 0
    var new = 0
}

extension Agency {
    /// Does one step and says what came of it.
    func perform(_ step: Step) async throws(Failure) -> Phrase {
        switch (name, step) {
        case ("jilin-hrss", .file(let roster)): try await file(roster)
        case ("jilin-hrss", .village): try await verifyInVillage()
        case ("jilin-hrss", .employment): try await confirmEmployment()
        case ("jilin-hrss", .approve): try await approve()
        case ("jilin-hrss", .correct): try await correctAccounts()
        case ("rural-revitalization", .registry): try await answerFromRegister()
        case ("county-finance", .budgets(let round)): try await setBudgets(round: round)
        case ("county-finance", .order): try await orderPayments()
        case ("county-finance", .settle): try await recordBankResults()
        default: throw .usage("\(name) 不办理这一步", "this step is not for \(name)")
        }
    }

    /// Sends everything in the book once more, in its order. What was done answers as it did; what was refused is
    /// refused again.
    func resend() async throws(Failure) -> Resent {
        let all = await outbox.sent
        let known = await outbox.answers
        let progress = Progress(Phrase("重新发送", "sending again"), total: all.count, language: language)
        var result = Resent()
        for item in all {
            switch try await perform(item.decoded(), label: item.label, officer: item.officer) {
            case .done(let receipt) where receipt.isRepeated: result.repeated += 1
            case .done: result.new += 1
            case .refused where known[item.label].map { $0.refusal.isEmpty } ?? false:
                throw .refused("\(item.label) 原已办理，现被拒绝", "\(item.label) had been done and is refused now")
            case .refused: result.refused += 1
            }
            await progress.step()
        }
        await progress.finish()
        return result
    }
}

extension Outbox.Sent {
    func decoded() throws(Failure) -> Request {
        let request: Request?
        do {
            request = try Request(kind: kind, bytes: self.request)
        } catch {
            request = nil
        }
        guard let request else { throw .usage("无法解读 \(label)", "cannot read \(label) from the book") }
        return request
    }
}
