/// One running chart, as a value: copy it to try something, drop it to forget. A copy is cheap; what it holds is copied
/// when one of the two goes on.
///
/// The algorithm is that of SCXML 1.0, Appendix D, with three clarifications: a transition's domain is the least common
/// *compound* ancestor; of two conflicting transitions the first in document order wins, but a descendant's beats its
/// ancestor's; a default initial state may be parallel, never a history. A parallel state inside a parallel state
/// counts as a region, so its completion can complete the outer one.
///
/// Charts that were not imported from SCXML depart from it twice: an event that nobody hears changes nothing, eventless
/// transitions are not even looked at; and with an error that no transition takes the macrostep ends, to be dropped.
///
/// It does no input or output, reads no clock and depends on nothing but its definition, events and answers.
public struct Interpreter: Sendable {
    /// `@unchecked Sendable`: it is written only by an interpreter that holds it alone.
    private final class Box: @unchecked Sendable {
        var machine: Machine

        init(_ machine: Machine) { self.machine = machine }
    }

    private var box: Box

    private var machine: Machine {
        // Lent, not copied: an interpreter is read far more often than it moves.
        _read { yield box.machine }
        _modify {
            if !isKnownUniquelyReferenced(&box) { box = Box(box.machine) }
            yield &box.machine
        }
    }

    /// A chart not yet started.
    public init(_ definition: Definition) { box = Box(Machine(definition)) }

    /// The bytes do not tell of which chart they are: whoever keeps them keeps the chart's identity beside them, as the
    /// row of a case does, and restores with the same chart. With another they are refused or mean other states.
    ///
    /// - Throws: `ChartError` with code `snapshot` for bytes that are cut, go on after their end, or say what cannot be
    ///   in this chart: states it does not have, or that cannot be active together.
    public init(_ definition: Definition, restoring snapshot: [UInt8]) throws(ChartError) {
        box = Box(try Machine(definition, restoring: snapshot))
    }

    public var definition: Definition { machine.definition }

    /// The whole state, compact, the same bytes for the same state.
    public func snapshot() -> [UInt8] { machine.snapshot() }
}

// MARK: - Events in

extension Interpreter {
    /// Enters the initial configuration and runs until nothing moves.
    ///
    /// - Precondition: not started.
    public mutating func start(_ responder: inout some Responder) -> Macrostep { machine.start(&responder) }

    /// Takes one event and runs until nothing moves, own sends without delay included.
    public mutating func send(_ event: ChartEvent, _ responder: inout some Responder) -> Macrostep {
        machine.send(event, &responder)
    }

    /// Own sends without delay still waiting; only between calls that do *one step*.
    package var hasQueuedEvents: Bool { machine.hasQueuedEvents }

    /// As `start`, `send`, but leaves own sends queued, so that each macrostep is seen by itself.
    package mutating func startOnly(_ responder: inout some Responder) -> Macrostep { machine.startOnly(&responder) }

    package mutating func sendOnly(_ event: ChartEvent, _ responder: inout some Responder) -> Macrostep {
        machine.sendOnly(event, &responder)
    }

    package mutating func takeQueued(_ responder: inout some Responder) -> Macrostep { machine.takeQueued(&responder) }
}

// MARK: - What others see

extension Interpreter {
    /// All active states, in document order. Of a chart that is done, those it ended in.
    public var configuration: [Int] { machine.active.map(Int.init) }

    /// Paths of the active states without states inside, sorted.
    public var activeAtomicPaths: [String] { machine.activeAtomicPaths }

    /// A final state of the chart itself was reached; nothing happens any more.
    public var isDone: Bool { machine.phase == .done }

    /// The case counts as ended: done, or every active leaf is final or lies in a `settled` state.
    public var isSettled: Bool { machine.isSettled }

    public func isActive(_ state: Int) -> Bool { machine.activeBits.contains(Int32(state)) }

    /// Transitions of active states that listen to an external event, innermost first, guards not asked.
    public func candidates(for event: String) -> [Int] { machine.candidates(for: event) }

    /// Transitions of active states that listen to some event by name, innermost first, guards not asked.
    public func candidates() -> [Int] { machine.candidates(nil) }

    /// The value of a variable, or nil while it is unbound or unknown.
    public func value(of variable: String) -> ChartValue? {
        machine.definition.variables.firstIndex(of: variable).flatMap { machine.values[$0] }
    }
}
