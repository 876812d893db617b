import Kernel
import Statechart
import Wire

/// Facts as a plugin reads them.
struct FactsView {
    struct PoolView: Equatable {
        var available: Int64 = 0
        var held: Int64 = 0
    }

    var now: Int64 = 0
    var today: Int64 = 0
    var county = ""
    var caller: (agency: String, officer: String, roles: [String])?
    var integers: [String: Int64] = [:]
    var pools: [String: PoolView] = [:]
    var conflicts: [String] = []
    var seed: [UInt8] = []
    var number = ""

    init(_ bytes: [UInt8]) throws {
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: now = try value.signed()
            case 2: today = try value.signed()
            case 4: county = try value.string()
            case 5: caller = try Self.caller(value.slice())
            case 6: try readPolicy(value.slice())
            case 7: try readPool(value.slice())
            case 8: conflicts.append(try value.string())
            case 9: seed = try value.array()
            case 10: number = try value.string()
            default: break
            }
        }
    }

    private static func caller(
        _ bytes: ArraySlice<UInt8>
    ) throws -> (agency: String, officer: String, roles: [String]) {
        var reader = WireReader(bytes)
        var result = (agency: "", officer: "", roles: [String]())
        while let (field, value) = try reader.next() {
            switch field {
            case 1: result.agency = try value.string()
            case 2: result.officer = try value.string()
            default: result.roles.append(try value.string())
            }
        }
        return result
    }

    private mutating func readPolicy(_ bytes: ArraySlice<UInt8>) throws {
        var reader = WireReader(bytes)
        var (name, number): (String, Int64) = ("", 0)
        while let (field, value) = try reader.next() {
            if field == 1 { name = try value.string() }
            if field == 2 { number = try value.signed() }
        }
        integers[name] = number
    }

    private mutating func readPool(_ bytes: ArraySlice<UInt8>) throws {
        var reader = WireReader(bytes)
        var (fund, view) = ("", PoolView())
        while let (field, value) = try reader.next() {
            switch field {
            case 1: fund = try value.string()
            case 2: view.available = try value.signed()
            default: view.held = try value.signed()
            }
        }
        pools[fund] = view
    }
}

/// What a handler sees and leaves behind.
struct Scene {
    var facts: FactsView
    var payload: [UInt8]
    var record: [UInt8]
    var effects = EffectsText()
    var refusal: (code: String, zh: String, en: String)?
}

/// Effects under way to their bytes.
struct EffectsText {
    private(set) var writer = WireWriter()

    mutating func attribute(_ name: String, _ value: Int64, personal: Bool = false) {
        writer.message(1) {
            $0.string(1, name)
            $0.present(2, UInt64(bitPattern: value))
            $0.bool(5, personal)
        }
    }

    mutating func claim(_ scope: String, _ key: [UInt8]) {
        writer.message(2) {
            $0.string(1, scope)
            $0.data(2, key)
        }
    }

    mutating func release(_ scope: String, _ key: [UInt8]) {
        writer.message(3) {
            $0.string(1, scope)
            $0.data(2, key)
        }
    }

    /// 1 reserve 2 commit 3 pay 4 settle 5 bounce 6 release
    mutating func post(_ operation: UInt64, _ amount: Int64, fund: String = testFund) {
        writer.message(4) {
            $0.unsigned(1, operation)
            $0.string(2, fund)
            $0.signed(3, amount)
        }
    }

    mutating func raise(_ event: String) { writer.member(5, Array(event.utf8)) }

    mutating func refuse(_ code: String, _ zh: String, _ en: String) {
        writer.message(6) {
            $0.string(1, code)
            $0.string(2, zh)
            $0.string(3, en)
        }
    }

    mutating func wait(_ amount: Int64, fund: String = testFund) {
        writer.message(7) {
            $0.string(1, fund)
            $0.signed(2, amount)
        }
    }
}

let testFund = "rural-revitalization"

/// The kinds of `casework.plugin.v1.Answer`.
enum AnswerKind: UInt64 {
    case guardYes = 1
    case guardNo, guardFailed, guardNeedsPayload, actionDone, actionFailed, actionRefused
}

/// A tape under way to its bytes.
struct TapeText {
    struct Answer {
        var kind: AnswerKind
        var index: Int
        var reason = ""
        var effects: [UInt8]?
    }

    var answers: [Answer] = []
    var record: [UInt8]?

    var bytes: [UInt8] {
        var writer = WireWriter()
        for answer in answers {
            writer.message(1) {
                $0.unsigned(1, answer.kind.rawValue)
                $0.unsigned(2, UInt64(answer.index))
                $0.string(3, answer.reason)
                if let effects = answer.effects { $0.member(4, effects) }
            }
        }
        if let record { writer.member(2, record) }
        return writer.bytes
    }
}

/// What a case type does, as closures by name.
struct Handlers {
    typealias Guard = (Scene) -> (kind: AnswerKind, reason: String)
    typealias Action = (inout Scene) -> AnswerKind

    var guards: [String: Guard] = [:]
    var actions: [String: Action] = [:]
}

/// Decides as a plugin's child does, with Statechart's own interpreter; on request it dies, or lies.
final class HonestDecider: Decider {
    let definition: Definition
    var handlers: Handlers
    /// Answers made and not yet delivered.
    private(set) var outbox: [DecisionReply] = []
    private(set) var asked: [DecisionRequest] = []
    /// How often a fresh child was wanted.
    private(set) var renewals = 0
    /// Changes an answer before it leaves.
    var tamper: (DecisionRequest, inout TapeText) -> Void = { _, _ in }
    /// Takes the place of an answer.
    var fault: (DecisionRequest) -> DecisionReply.Fault? = { _ in nil }

    init(_ definition: Definition, _ handlers: Handlers) {
        self.definition = definition
        self.handlers = handlers
    }

    func decide(_ request: DecisionRequest) {
        asked.append(request)
        if let fault = fault(request) {
            outbox.append(DecisionReply(ticket: request.ticket, tape: .failure(fault)))
            return
        }
        do {
            var tape = try answer(request)
            tamper(request, &tape)
            outbox.append(DecisionReply(ticket: request.ticket, tape: .success(tape.bytes)))
        } catch {
            outbox.append(DecisionReply(ticket: request.ticket, tape: .failure(.illegal("\(error)"))))
        }
    }

    func renew(_ plugin: Digest, because reason: String) { renewals += 1 }

    func flush() {}

    /// The process ended: what was not delivered is lost.
    func forget() { outbox = [] }

    func take(_ index: Int = 0) -> DecisionReply? { outbox.isEmpty ? nil : outbox.remove(at: index % outbox.count) }

    private func answer(_ request: DecisionRequest) throws -> TapeText {
        let facts = try FactsView(request.facts)
        switch request.question {
        case .explain(let guards):
            let scene = Scene(facts: facts, payload: [], record: request.record)
            var recorder = Recorder(definition: definition, handlers: handlers, scene: scene)
            for index in guards { _ = recorder.answer(guard: index) }
            return recorder.tape
        case .decide(let event, let payload):
            let scene = Scene(facts: facts, payload: payload, record: request.record)
            var recorder = Recorder(definition: definition, handlers: handlers, scene: scene)
            try run(event, request.snapshot, &recorder)
            if recorder.scene.record != request.record { recorder.tape.record = recorder.scene.record }
            return recorder.tape
        }
    }

    private func run(_ event: DecisionRequest.Event, _ snapshot: [UInt8]?, _ recorder: inout Recorder) throws {
        var interpreter = Interpreter(definition)
        if let snapshot {
            interpreter = try Interpreter(definition, restoring: snapshot)
        } else {
            guard interpreter.start(&recorder).outcome == .completed else { return }
        }
        switch event {
        case .external(let name): _ = interpreter.send(.external(name), &recorder)
        case .internal(let name): _ = interpreter.send(.internal(name), &recorder)
        case .timer(let index): _ = interpreter.send(.timer(index), &recorder)
        case .delayed(let send): _ = interpreter.send(.delayed(send), &recorder)
        }
    }
}

/// Runs the handlers and writes down what they answer.
private struct Recorder: Responder {
    let definition: Definition
    let handlers: Handlers
    var scene: Scene
    var tape = TapeText()

    mutating func answer(guard index: Int) -> GuardAnswer {
        let answer = handlers.guards[definition.guards[index]].map { $0(scene) } ?? (.guardFailed, "no such guard")
        tape.answers.append(TapeText.Answer(kind: answer.kind, index: index, reason: answer.reason))
        switch answer.kind {
        case .guardYes: return .yes
        case .guardNo: return .no
        case .guardNeedsPayload: return .needsPayload
        default: return .failed
        }
    }

    mutating func perform(action index: Int) -> ActionAnswer {
        var copy = scene
        copy.effects = EffectsText()
        let kind = handlers.actions[definition.actions[index]].map { $0(&copy) } ?? .actionFailed
        if let refusal = copy.refusal { copy.effects.refuse(refusal.code, refusal.zh, refusal.en) }
        let effects = kind == .actionFailed ? nil : copy.effects.writer.bytes
        tape.answers.append(TapeText.Answer(kind: kind, index: index, effects: effects))
        guard kind == .actionDone else { return kind == .actionRefused ? .refused : .failed }
        scene = copy
        return .done(raised: raised(copy.effects))
    }

    private func raised(_ effects: EffectsText) -> [String] {
        var reader = WireReader(effects.writer.bytes)
        var names: [String] = []
        while let (field, value) = try? reader.next() {
            if field == 5, let name = try? value.string() { names.append(name) }
        }
        return names
    }
}
