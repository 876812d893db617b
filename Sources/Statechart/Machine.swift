/// The state of one running chart and the algorithm on it: what an `Interpreter` holds.
struct Machine: Sendable {
    enum Phase: UInt8, Sendable { case notStarted, running, done }

    let definition: Definition
    var phase = Phase.notStarted
    /// Active states, ascending.
    var active: [Int32] = []
    /// The same as bits.
    var activeBits: StateBits
    /// By history slot; empty while nothing is remembered.
    var remembered: [[Int32]]
    /// By variable; nil while unbound.
    var values: [ChartValue?]
    /// States whose late variables are bound.
    var boundStates: StateBits
    /// Of the last id made for a send.
    var sendCount: Int64 = 0
    var internalQueue = EventQueue()
    /// Own sends without delay.
    var externalQueue = EventQueue()
    var event: QueuedEvent?
    /// Borrowed for the length of one call, so that a copy does not carry it.
    var scratch = Scratch()

    /// A chart not yet started.
    init(_ definition: Definition) {
        self.definition = definition
        activeBits = StateBits(count: definition.states.count)
        boundStates = StateBits(count: definition.tables.isLateBinding ? definition.states.count : 0)
        remembered = Array(repeating: [], count: definition.tables.histories.count)
        values = Array(repeating: nil, count: definition.tables.variables.count)
    }

    /// What one call gathers.
    struct Run {
        var macrostep = Macrostep()
        var microsteps = 0
        var contentSteps = 0
        /// The first `error.*` nobody took.
        var unhandled: String?
        var isRefused = false
        var isOverLimit = false

        var isStopped: Bool { isRefused || isOverLimit }
    }
}

// MARK: - Events in

extension Machine {
    /// Enters the initial configuration and runs until nothing moves.
    ///
    /// - Precondition: not started.
    mutating func start(_ responder: inout some Responder) -> Macrostep {
        precondition(phase == .notStarted, "a chart is started once")
        var run = beginRun()
        begin(&run, &responder)
        drain(&run, &responder)
        return finish(run, wasTaken: true)
    }

    /// Takes one event and runs until nothing moves, own sends without delay included.
    mutating func send(_ event: ChartEvent, _ responder: inout some Responder) -> Macrostep {
        var run = beginRun()
        receive(event, &run, &responder)
        drain(&run, &responder)
        return finish(run, wasTaken: !run.macrostep.taken.isEmpty)
    }

    /// Own sends without delay still waiting; only between `start`/`send` *one step* calls.
    var hasQueuedEvents: Bool { !externalQueue.isEmpty && phase == .running }

    /// As `start`, `send`, but leaves own sends queued, so that each macrostep is seen by itself.
    mutating func startOnly(_ responder: inout some Responder) -> Macrostep {
        var run = beginRun()
        begin(&run, &responder)
        return finish(run, wasTaken: true)
    }

    mutating func sendOnly(_ event: ChartEvent, _ responder: inout some Responder) -> Macrostep {
        var run = beginRun()
        receive(event, &run, &responder)
        return finish(run, wasTaken: !run.macrostep.taken.isEmpty)
    }

    mutating func takeQueued(_ responder: inout some Responder) -> Macrostep {
        var run = beginRun()
        takeOne(&run, &responder)
        return finish(run, wasTaken: true)
    }

    private mutating func begin(_ run: inout Run, _ responder: inout some Responder) {
        phase = .running
        bindVariables(owner: -1, &run, &responder)
        if !definition.tables.isLateBinding { bindAllOwned(&run, &responder) }
        enterInitial(&run, &responder)
        settle(&run, &responder)
    }

    private mutating func receive(_ event: ChartEvent, _ run: inout Run, _ responder: inout some Responder) {
        guard phase == .running else { return }
        let selector: Selector
        if case .timer(let index) = event {
            guard definition.timers.indices.contains(index) else { return }
            self.event = .timer
            selector = .timer(Int32(index))
        } else {
            let queued = queued(event)
            self.event = queued
            selector = .named(id: queued.id, base: queued.base)
        }
        select(selector, &run, &responder)
        run.macrostep.triggered = scratch.enabled.map(Int.init)
        followSelection(&run, &responder)
    }

    private mutating func drain(_ run: inout Run, _ responder: inout some Responder) {
        while hasQueuedEvents, goesOn(run) { takeOne(&run, &responder) }
    }

    private mutating func takeOne(_ run: inout Run, _ responder: inout some Responder) {
        guard phase == .running, let next = externalQueue.removeFirst() else { return }
        event = next
        select(.named(id: next.id, base: next.base), &run, &responder)
        followSelection(&run, &responder)
    }

    /// Goes where an event leads. What nobody hears changes nothing, whatever eventless transitions would do by now;
    /// a condition that failed over it is heard of. Imported charts do as SCXML says and look in any case.
    private mutating func followSelection(_ run: inout Run, _ responder: inout some Responder) {
        if !scratch.enabled.isEmpty {
            microstep(&run, &responder)
        } else if internalQueue.isEmpty, !definition.tables.isScxml {
            return
        }
        settle(&run, &responder)
    }

    private mutating func beginRun() -> Run {
        scratch = definition.scratches.take()
        return Run()
    }

    private mutating func finish(_ run: Run, wasTaken: Bool) -> Macrostep {
        // What a run that was stopped half-way leaves behind is of no use to the next.
        if run.isStopped { scratch = Scratch() } else { definition.scratches.give(&scratch) }
        event = nil
        if phase == .done { externalQueue.removeAll() }
        var result = run.macrostep
        if run.isRefused {
            result.outcome = .refused
        } else if run.isOverLimit {
            result.outcome = .microstepLimit
        } else if let error = run.unhandled, !definition.tables.isScxml {
            result.outcome = .unhandledError(error)
        } else if !wasTaken {
            result.outcome = .unmatched
        }
        return result
    }

    /// False once nothing that could follow matters: the bound is met, or all of it will be dropped.
    private func goesOn(_ run: Run) -> Bool {
        phase == .running && !run.isStopped && (run.unhandled == nil || definition.tables.isScxml)
    }

    /// Eventless transitions first, then internal events, until neither is left or an error was taken by no transition.
    mutating func settle(_ run: inout Run, _ responder: inout some Responder) {
        while goesOn(run) {
            if definition.tables.hasEventless {
                select(.eventless, &run, &responder)
                if !scratch.enabled.isEmpty {
                    microstep(&run, &responder)
                    continue
                }
            }
            guard let next = internalQueue.removeFirst() else { break }
            event = next
            select(.named(id: next.id, base: next.base), &run, &responder)
            if !scratch.enabled.isEmpty {
                microstep(&run, &responder)
                continue
            }
            if next.isError, run.unhandled == nil { run.unhandled = next.name(in: definition) }
            // Counts too: in an imported chart a condition that fails for ever raises an error for each one dropped.
            countMicrostep(&run)
        }
        // A chart that has ended hears no errors any more; they make its last step no better.
        while run.unhandled == nil, let rest = internalQueue.removeFirst() {
            if rest.isError { run.unhandled = rest.name(in: definition) }
        }
        internalQueue.removeAll()
    }

    private func countMicrostep(_ run: inout Run) {
        run.microsteps += 1
        if run.microsteps > ChartLimits.microsteps { run.isOverLimit = true }
    }

    private mutating func microstep(_ run: inout Run, _ responder: inout some Responder) {
        countMicrostep(&run)
        guard !run.isOverLimit else { return }
        for transition in scratch.enabled { run.macrostep.taken.append(Int(transition)) }
        exitStates(&run, &responder)
        for index in scratch.enabled.indices where !run.isStopped {
            let block = definition.tables.transitions[Int(scratch.enabled[index])].block
            if block >= 0 { execute(block, &run, &responder) }
        }
        guard !run.isStopped else { return }
        enterStates(&run, &responder)
    }
}

// MARK: - What others see

extension Machine {
    var activeAtomicPaths: [String] {
        var paths: [String] = []
        for state in active where definition.tables.states[Int(state)].kind.isLeaf {
            paths.append(definition.states[Int(state)].path)
        }
        if paths.count > 1 { paths.sort() }
        return paths
    }

    var isSettled: Bool {
        guard phase != .notStarted else { return false }
        if phase == .done { return true }
        // A loop, as a closure would copy the machine.
        for state in active where !isSettled(state) { return false }
        return true
    }

    private func isSettled(_ state: Int32) -> Bool {
        guard definition.tables.states[Int(state)].kind.isLeaf else { return true }
        var current = state
        while current >= 0 {
            let row = definition.tables.states[Int(current)]
            if row.isSettled || row.kind == .final { return true }
            current = row.parent
        }
        return false
    }

    func candidates(for event: String) -> [Int] {
        let id = definition.tables.events.find(event) ?? -1
        let base = id >= 0 ? definition.tables.events.parents[Int(id)] : definition.tables.events.longestBase(of: event)
        return candidates(.named(id: id, base: base))
    }

    /// Transitions of active states that the selector matches, or with none those that listen to any event by name.
    func candidates(_ selector: Selector?) -> [Int] {
        guard phase == .running else { return [] }
        var result: [Int] = []
        // Loops, as closures would copy the machine and its tables.
        for state in active {
            for index in definition.tables.states[Int(state)].transitions.range where listens(index, selector) {
                // Deepest first; among equals, the order of the document, in which they come.
                let depth = definition.tables.depth(ofTransition: index)
                var place = result.count
                while place > 0, definition.tables.depth(ofTransition: result[place - 1]) < depth { place -= 1 }
                result.insert(index, at: place)
            }
        }
        return result
    }

    private func listens(_ transition: Int, _ selector: Selector?) -> Bool {
        let row = definition.tables.transitions[transition]
        guard let selector else { return row.trigger == .named }
        return definition.tables.matches(row, selector)
    }
}
