internal import CPluginABI

internal import Statechart
import Wire

/// Answers the interpreter by calling the plugin, and keeps each answer for the tape.
struct TapeRecorder: Responder {
    struct Answer {
        /// Numbers of `casework.plugin.v1.Answer.Kind`.
        enum Kind: UInt64 {
            case yes = 1, no, guardFailed, needsPayload, done, actionFailed, refused
        }

        var kind: Kind
        var index: Int
        var reason: String

        var hasEffects: Bool { kind == .done || kind == .refused }
    }

    let plugin: PluginTable
    let collector: Collector
    private(set) var answers: [Answer] = []
    /// Set when the plugin answered with a number the boundary does not have.
    private(set) var violation: String?

    init(_ plugin: PluginTable, _ collector: Collector) {
        self.plugin = plugin
        self.collector = collector
    }

    mutating func answer(guard index: Int) -> GuardAnswer {
        collector.beginCall()
        let code = plugin.answer(guard: index, collector)
        switch Int(code) {
        case CASEWORK_YES: return note(.yes, index, .yes)
        case CASEWORK_NO: return note(.no, index, .no)
        case CASEWORK_GUARD_FAILED: return note(.guardFailed, index, .failed)
        case CASEWORK_NEEDS_PAYLOAD: return note(.needsPayload, index, .needsPayload)
        default:
            violation = "guard \(index) answered \(code)"
            return .failed
        }
    }

    mutating func perform(action index: Int) -> ActionAnswer {
        collector.beginCall()
        let code = plugin.perform(action: index, collector)
        switch Int(code) {
        case CASEWORK_DONE: return note(.done, index, .done(raised: collector.raised))
        case CASEWORK_ACTION_FAILED: return note(.actionFailed, index, .failed)
        case CASEWORK_REFUSED: return note(.refused, index, .refused)
        default:
            violation = "action \(index) answered \(code)"
            return .failed
        }
    }

    private mutating func note<Reply>(_ kind: Answer.Kind, _ index: Int, _ reply: Reply) -> Reply {
        answers.append(Answer(kind: kind, index: index, reason: collector.reason))
        return reply
    }

    /// The encoded `Tape`, once the plugin has finished. Nil when it handed over more or fewer effects than it
    /// performed actions.
    func tape() -> [UInt8]? {
        guard answers.count(where: \.hasEffects) == collector.effects.count else { return nil }
        var tape = WireWriter(capacity: 512)
        var next = 0
        for answer in answers {
            tape.message(1) { body in
                body.unsigned(1, answer.kind.rawValue)
                body.unsigned(2, UInt64(answer.index))
                body.string(3, answer.reason)
                guard answer.hasEffects else { return }
                body.member(4, collector.effects[next])
                next += 1
            }
        }
        if let record = collector.record { tape.member(2, record) }
        return tape.bytes
    }
}
