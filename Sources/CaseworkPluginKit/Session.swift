internal import Schema
internal import SwiftProtobuf

/// A case type behind the boundary: decodes what comes, calls the handlers, encodes what they say.
final class Session<Type: CaseType>: Instance {
    private let type: Type
    private var decision: Decision<Type.Record>?
    private var recordBefore: [UInt8] = []
    /// Encoded, of each action done or refused so far.
    private var effects: [[UInt8]] = []

    init(_ type: Type) { self.type = type }

    override func describe(_ write: Sink) throws {
        write(.manifest, try Type.manifest.serializedBytes())
        write(.chart, Array(Type.chart.utf8))
        for name in Type.guardNames { write(.guard, Array(name.utf8)) }
        for name in Type.actionNames { write(.action, Array(name.utf8)) }
        write(.descriptors, Type.descriptors)
    }

    override func begin(facts: [UInt8], record: [UInt8], event: String, payload: [UInt8]?) throws {
        decision = Decision(
            facts: try Facts(serializedBytes: facts), event: event, record: try Type.Record(serializedBytes: record),
            payload: payload)
        recordBefore = record
        effects.removeAll(keepingCapacity: true)
    }

    override func answer(guard index: Int) throws -> GuardReply {
        guard let decision else { throw NoDecision() }
        do {
            switch try type.answer(guard: index, decision) {
            case .yes: return .yes
            case .no(let reason): return .no(reason.line)
            }
        } catch is PayloadMissing {
            return .needsPayload
        }
    }

    override func perform(action index: Int) throws -> ActionReply {
        guard let before = decision else { throw NoDecision() }
        do {
            var working = before
            try type.perform(action: index, &working)
            effects.append(try working.effects.serializedBytes())
            let raised = working.effects.raise
            working.effects = Casework_Plugin_V1_Effects()
            decision = working
            return .done(raised: raised)
        } catch let refusal as Refusal {
            effects.append(try refusal.effects.serializedBytes())
            return .refused(refusal.sentence.line)
        }
    }

    override func finish(_ write: Sink) throws {
        defer { decision = nil }
        for effects in effects { write(.effects, effects) }
        guard let decision, !effects.isEmpty else { return }
        let record: [UInt8] = try decision.record.serializedBytes()
        if record != recordBefore { write(.record, record) }
    }
}

/// The host broke the order of calls.
struct NoDecision: Error {}

extension Refusal {
    fileprivate var effects: Casework_Plugin_V1_Effects {
        .with {
            $0.refuse.code = code
            $0.refuse.zh = sentence.zh
            $0.refuse.en = sentence.en
            $0.refuse.violations = violations.map { violation in
                .with {
                    $0.field = violation.field
                    $0.code = violation.code
                    $0.zh = violation.sentence.zh
                    $0.en = violation.sentence.en
                }
            }
        }
    }
}
