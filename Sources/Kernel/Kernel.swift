import Statechart
import Wire

// What the kernel keeps is declared outside of it: inside a generic class each use would look its type up at run time.

enum KernelMode: Equatable {
    case serving
    /// The store was full; from this moment on one more commit is tried.
    case readOnly(until: Instant)
    /// The store could not be read; from this moment on that is tried again.
    case down(until: Instant)
}

/// What a request to a plugin's child was made for.
enum Ticket {
    case decision(LiveCase, Work, facts: [UInt8])
    case explanation(Question)
}

/// A command on its way, and everyone who sent it meanwhile.
struct InFlight {
    var digest: Digest
    var replies: [Reply]
}

/// What the kernel does of itself, timers and grants, and what must wait: the plugin's process could not be started, or
/// the case not be read. It is tried again at one moment for all.
struct Postponed {
    var cases: Set<CaseID> = []
    /// Queues whose heads have to be looked at again.
    var pools: Set<Pool> = []
    var until: Instant?
}

/// A case looked for by its id.
enum Found {
    case live(LiveCase)
    case absent
    /// There is such a case, but nothing can be done with it now.
    case unusable(Rejection)
}

/// The way of every event: queue, decision, acceptance, one atomic commit, reply.
///
/// A state machine on one thread: `receive` takes what comes in, `turn` does what is due, and neither ever waits. The
/// same inputs in the same order give the same bytes. A case has one event in flight and a queue behind it; nothing is
/// decided on top of a batch that is being committed, and no reply leaves before its commit is durable.
public final class Kernel<Store: CaseStore, Plugins: Decider> {
    public typealias Configuration = KernelConfiguration
    public typealias Input = KernelInput

    let configuration: Configuration
    let store: Store
    let decider: Plugins
    let deadlines: Deadlines

    var plugins: [Digest: CaseType] = [:]
    /// Those that open new cases, by type.
    var newest: [String: CaseType] = [:]
    var policies = PolicyBook()
    var pinnedPolicies = PinnedPolicies()

    var mode = KernelMode.serving
    public internal(set) var statistics = KernelStatistics()
    /// Set once and for ever: the kernel does nothing any more, and its server is to end.
    public internal(set) var breach: Breach?
    /// Of the newest durable event.
    public internal(set) var lastPosition: Position = 0
    /// The newest `now`.
    var clock = Instant(milliseconds: 0)
    var lastStamp = Instant(milliseconds: 0)
    var ledger = Ledger()
    var numbers = CaseNumbers(counters: [:])
    var ids = CaseIDSequence(node: 0)
    /// Ids made up to here may have been given before the kernel began.
    var idsProbedUntil = Instant(milliseconds: 0)

    var cases: [CaseID: LiveCase] = [:]
    /// Cases in memory, in the order in which they are looked at for eviction.
    var ring: [CaseID] = []
    /// Where the next look begins; what lies before it is done with.
    var ringStart = 0
    var inFlight: [KeyScope: InFlight] = [:]
    /// By agency: the keys of commands committed or taken in.
    var recentKeys: [String: RecentKeys] = [:]
    var tickets: [UInt64: Ticket] = [:]
    var nextTicket: UInt64 = 1
    var budgets: [Work] = []
    var budgetIsBusy = false
    var granting: Set<CaseID> = []
    var stranded: Set<CaseID> = []
    private var notices: [Notice] = []
    /// When the operator was last told of a fault of the store.
    private var told: [String: Instant] = [:]
    var postponed = Postponed()
    /// Claims of accepted events that are not yet durable.
    var claimsTaken: [[UInt8]: CaseID] = [:]

    var gathering = Gathering()
    var committing: (number: UInt64, events: Gathering)?
    var nextBatch: UInt64 = 1
    /// When the next timer is due, as far as it is known.
    var nextTimer: Instant?
    var timersAreStale = true

    /// - Throws: what the store throws when it cannot be read.
    public init(configuration: Configuration, store: Store, decider: Plugins) throws {
        self.configuration = configuration
        self.store = store
        self.decider = decider
        deadlines = Deadlines(calendar: configuration.holidays)
        try recover()
    }

    /// True while nothing new is taken because the store is full or cannot be read.
    public var isReadOnly: Bool { mode != .serving }

    /// True while nothing is taken because the store cannot be read.
    public var isDown: Bool {
        if case .down = mode { true } else { false }
    }

    /// Makes a plugin known; the one installed last opens the new cases of its type.
    /// - Throws: `UnfitPlugin`, and what the store throws when it cannot keep the chart.
    public func install(_ plugin: InstalledPlugin) throws {
        guard !plugin.definition.isImported else {
            throw UnfitPlugin(
                type: plugin.manifest.name,
                reason: "its chart was imported from SCXML and would drop errors; write it as a chart.yaml")
        }
        try store.keep(StoredDefinition(digest: plugin.definitionDigest, json: plugin.definition.canonicalJSON))
        let type = CaseType(plugin)
        plugins[plugin.digest] = type
        newest[type.name] = type
        stranded = []
        statistics.stranded = 0
        timersAreStale = true
        for pool in ledger.queuedPools { ledger.stir(pool) }
    }

    /// Cases held in memory, busy ones included.
    public var casesInMemory: Int { cases.count }

    /// Replaces all policies. Cases that are open keep the values they have pinned.
    public func load(policies: PolicyBook) { self.policies = policies }

    /// Takes one input in. Never blocks; what it causes goes out with the next `turn`.
    public func receive(_ input: Input, now: Instant) {
        guard breach == nil else { return }
        advance(to: now)
        switch input {
        case .command(let command, let reply): admit(command, reply)
        case .decided(let reply): decided(reply)
        case .committed(let result): committed(result)
        case .explain(let id, let principal, let reply): explain(id, principal, reply)
        case .wake: break
        }
    }

    /// The end of a turn: fires due timers, grants money, starts a commit when the store is free, asks the plugins.
    public func turn(now: Instant) {
        guard breach == nil else { return }
        advance(to: now)
        retryStore()
        resumePostponed()
        fireTimers()
        grantWaiters()
        startCommit()
        decider.flush()
        evict()
    }

    /// When `turn` must be called again at the latest; nil when only an input can change anything.
    public var nextWake: Instant? {
        switch mode {
        case .down(let until): max(until, clock.advanced(milliseconds: 1))
        case .readOnly(let until) where clock < until: until
        case .readOnly, .serving:
            [nextTimer.map { max($0, clock).advanced(milliseconds: 1) }, postponed.until].compactMap { $0 }.min()
        }
    }

    private func advance(to now: Instant) { clock = max(clock, now) }

    /// The `now` of an event that comes in at this moment: never before the last.
    func stamp() -> Instant {
        lastStamp = max(lastStamp, clock)
        return lastStamp
    }
}

// MARK: - Cases in memory

extension Kernel {
    /// The case from memory or from the store.
    func find(_ id: CaseID) -> Found {
        if let live = cases[id] {
            live.isWarm = true
            // A case being opened is nobody's to address yet.
            return live.isBeingOpened ? .absent : .live(live)
        }
        do throws(StoreFault) {
            guard let stored = try store.load(id) else { return .absent }
            return try find(stored)
        } catch {
            if case .damaged(let why) = error {
                strand(id, because: why)
                return .unusable(.damaged)
            }
            return .unusable(refusal(error))
        }
    }

    private func find(_ stored: StoredCase) throws(StoreFault) -> Found {
        do {
            let body = try CaseBody(decoding: stored.body) { (slice) throws(WireError) in
                try pinnedPolicies.policy(decoding: slice)
            }
            guard let type = type(of: stored, body) else { return .unusable(.pluginMissing(stored.type)) }
            let live = try LiveCase(stored, body: body, type: type)
            keep(live)
            return .live(live)
        } catch {
            throw .damaged("the row of case \(stored.id) opens, but cannot be read: \(error)")
        }
    }

    func keep(_ live: LiveCase) {
        cases[live.id] = live
        ring.append(live.id)
    }

    /// The plugin a case runs on; failing that, the newest of its type with the same chart takes over.
    private func type(of stored: StoredCase, _ body: CaseBody) -> CaseType? {
        if let type = plugins[body.plugin] { return type }
        guard let type = newest[stored.type], type.plugin.definitionDigest == body.definition else { return nil }
        return type
    }

    /// Forgets idle cases above the limit, those not used since the last round first.
    private func evict() {
        // Cases that were refused while being opened leave their place in the ring behind.
        if ring.count > 2 * cases.count + 1024 { ring.removeAll { cases[$0] == nil } }
        // Two rounds at most: the first may find all of them warm.
        var looks = 2 * (ring.count - ringStart)
        while cases.count > configuration.cacheLimit, looks > 0, ringStart < ring.count {
            looks -= 1
            let id = ring[ringStart]
            ringStart += 1
            guard let live = cases[id] else { continue }
            if live.isIdle && !live.isWarm {
                cases[id] = nil
            } else {
                live.isWarm = false
                ring.append(id)
            }
        }
        guard ringStart > ring.count / 2 else { return }
        ring.removeFirst(ringStart)
        ringStart = 0
    }

    /// - Parameter why: one line for the operator, told once as long as the case stands still.
    func strand(_ id: CaseID, because why: String) {
        guard stranded.insert(id).inserted else { return }
        statistics.stranded = stranded.count
        notices.append(Notice(caseID: id, why: why))
    }

    /// What a caller is told of a read that failed; the operator is told more, once an hour.
    func refusal(_ fault: StoreFault) -> Rejection {
        tell(fault)
        return switch fault {
        case .down: .storeDown
        case .damaged: .damaged
        }
    }

    func tell(_ fault: StoreFault) {
        if let last = told[fault.description], clock < last.advanced(milliseconds: Self.tellingPause) { return }
        // Messages name rows: with very many of them some may be told again.
        if told.count >= Self.mostTold { told = [:] }
        told[fault.description] = clock
        notices.append(Notice(caseID: nil, why: fault.description))
    }

    private static var tellingPause: Int64 { 3_600_000 }
    private static var mostTold: Int { 1024 }

    /// What an operator must be told since the last time.
    public func takeNotices() -> [Notice] {
        defer { notices = [] }
        return notices
    }
}

// MARK: - The way of a case's events

extension Kernel {
    /// Starts the next event of the case, until one is in flight or there is none.
    func pump(_ live: LiveCase) {
        while mode.isTrying(at: clock), live.phase == .idle {
            let timersRest = postponed.cases.contains(live.id)
            guard let work = live.takeNext(until: clock, timersRest: timersRest) else { return }
            begin(work, on: live)
        }
    }

    private func begin(_ work: Work, on live: LiveCase) {
        var work = work
        if let changed = live.stored?.changedAt { work.stamp = max(work.stamp, changed) }
        if let command = work.command, let rejection = objection(to: command, on: live) {
            return finish(work, .failure(rejection))
        }
        switch work.kind {
        case .command(let command):
            if case .unmask(_, let reason) = command.kind { return unmask(work, command, reason, on: live) }
        case .granted(let pool):
            guard live.body.waiting?.pool == pool else {
                granting.remove(live.id)
                if let waiting = live.body.waiting { ledger.stir(waiting.pool) }
                return
            }
        case .alarm: break
        }
        ask(work, on: live)
    }

    /// What can be refused without asking the plugin.
    private func objection(to command: Command, on live: LiveCase) -> Rejection? {
        guard case .send(_, let event, _, let expected) = command.kind, let version = live.stored?.version else {
            return nil
        }
        if let expected, expected != version { return .stale(expected: expected, actual: version) }
        let all = live.type.definition.transitions
        let candidates = live.interpreter.candidates(for: event).filter { !all[$0].by.isEmpty }
        guard !candidates.isEmpty, event != ServerEvents.opening, event != ServerEvents.granted else {
            return .eventNotAllowed(event, states: live.interpreter.activeAtomicPaths)
        }
        let hands = Hands(principal: command.principal, senders: live.body.senders)
        return hands.objection(toAll: candidates, of: all, event: event)
    }

    /// Answers a command, and everyone who sent the same one meanwhile.
    func finish(_ work: Work, _ outcome: CommandOutcome) {
        guard let command = work.command else { return }
        if case .failure = outcome { statistics.rejections += 1 }
        guard let waiting = inFlight.removeValue(forKey: KeyScope(command)) else { return }
        for (index, reply) in waiting.replies.enumerated() {
            reply(outcome.map { index == 0 ? $0 : $0.again })
        }
    }
}

extension KernelMode {
    /// Whether work goes on: also while a full store is tried again.
    func isTrying(at clock: Instant) -> Bool {
        switch self {
        case .serving: true
        case .readOnly(let until): clock >= until
        case .down: false
        }
    }
}

extension Receipt {
    /// The same answer, marked as given before.
    fileprivate var again: Receipt {
        var copy = self
        copy.repeated = true
        return copy
    }
}
