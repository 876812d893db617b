import Kernel
import Statechart
import Wire

/// A tape as the tests look at it.
struct TapeView: Equatable {
    struct Answer: Equatable {
        var kind: UInt64 = 0
        var index = 0
        var reason = ""
        var effects: [UInt8]?
    }

    var answers: [Answer] = []
    var record: [UInt8]?

    init(_ bytes: [UInt8]) throws {
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: answers.append(try Self.answer(value.slice()))
            case 2: record = try value.array()
            default: break
            }
        }
    }

    private static func answer(_ bytes: ArraySlice<UInt8>) throws -> Answer {
        var reader = WireReader(bytes)
        var answer = Answer()
        while let (field, value) = try reader.next() {
            switch field {
            case 1: answer.kind = try value.unsigned()
            case 2: answer.index = Int(try value.unsigned())
            case 3: answer.reason = try value.string()
            case 4: answer.effects = try value.array()
            default: break
            }
        }
        return answer
    }
}

/// Re-enacts a tape, as the kernel does: every question must be the tape's next, and nothing may be left over.
struct TapePlayer: Responder {
    private var rest: ArraySlice<TapeView.Answer>
    private(set) var fits = true

    init(_ tape: TapeView) { rest = tape.answers[...] }

    var isDone: Bool { fits && rest.isEmpty }

    mutating func answer(guard index: Int) -> GuardAnswer {
        switch take(index, 1...4) {
        case 1: .yes
        case 2: .no
        case 4: .needsPayload
        default: .failed
        }
    }

    mutating func perform(action index: Int) -> ActionAnswer {
        switch take(index, 5...7) {
        case 5: .done(raised: [])
        case 7: .refused
        default: .failed
        }
    }

    private mutating func take(_ index: Int, _ kinds: ClosedRange<UInt64>) -> UInt64 {
        guard let answer = rest.popFirst(), answer.index == index, kinds.contains(answer.kind) else {
            fits = false
            return 0
        }
        return answer.kind
    }
}

extension Liar {
    /// Where the chart stands after `case.open`.
    static func openSnapshot(_ chart: [UInt8]) throws -> [UInt8] {
        struct Agreeable: Responder {
            mutating func answer(guard index: Int) -> GuardAnswer { .yes }
            mutating func perform(action index: Int) -> ActionAnswer { .done(raised: []) }
        }
        var interpreter = Interpreter(try Definition(canonicalJSON: chart))
        var responder = Agreeable()
        _ = interpreter.start(&responder)
        _ = interpreter.send(.external("case.open"), &responder)
        return interpreter.snapshot()
    }
}
