import Statechart

/// One check of one chart: each topic looks at the chart and adds its findings.
struct Inspection {
    let definition: Definition
    let names: ImplementedNames?
    let places: ChartPlaces
    let isScxml: Bool
    var conditions: Conditions
    /// By transition: it can never be taken, as far as its own state tells.
    var isNever: [Bool]
    var reached: Reachability
    /// What is sent and heard; asked for when `isNever` is complete, as `opens` is.
    lazy var traffic = EventTraffic(places, definition)
    /// By state: a case can be in it when nothing has come yet.
    lazy var opens = activeAfterStart()
    /// States in which a case was already said to stay for ever.
    var stuck: Set<Int> = []
    private var findings: [ChartFinding] = []

    init(_ definition: Definition, names: ImplementedNames?) {
        self.definition = definition
        self.names = names
        places = ChartPlaces(definition)
        isScxml = definition.tables.isScxml
        conditions = Conditions(definition)
        isNever = Array(repeating: false, count: definition.transitions.count)
        reached = Reachability(definition)
    }

    /// In the order of the chart; the codes of one place ascending.
    mutating func run() -> [ChartFinding] {
        inspectChoices()
        reached.explore(without: isNever)
        inspectInnerChoices()
        inspectRegions()
        inspectWays()
        inspectCompletion()
        inspectCycles()
        inspectRaises()
        inspectEvents()
        inspectTimers()
        // What other tools' charts cannot say they need not say.
        if !isScxml {
            inspectRoles()
            inspectOwners()
            inspectTasks()
            inspectSources()
            inspectLabels()
            inspectNamedLabels()
        }
        inspectNames()
        return inOrder()
    }

    mutating func report(_ code: ChartFinding.Code, _ zh: String, _ en: String, at pointer: String) {
        findings.append(ChartFinding(code, Sentence(zh, en), pointer: pointer))
    }

    mutating func report(_ code: ChartFinding.Code, transition: Int, _ zh: String, _ en: String) {
        report(code, zh, en, at: places.transition(transition))
    }

    mutating func report(_ code: ChartFinding.Code, state: Int, _ zh: String, _ en: String) {
        report(code, zh, en, at: places.state(state))
    }

    /// The canonical JSON has its keys sorted, so that pointers alone do not give the order of the chart.
    private func inOrder() -> [ChartFinding] {
        var rank: [String: Int] = [:]
        for (index, state) in places.states.enumerated() { rank[state.pointer] = index }
        let keyed = findings.enumerated().map { offset, finding in
            var owner = finding.pointer[...]
            while rank[String(owner)] == nil, let slash = owner.lastIndex(of: "/") { owner = owner[..<slash] }
            let numbers = finding.pointer.dropFirst(owner.count).split(separator: "/").map { Int($0) ?? -1 }
            return (rank[String(owner)] ?? -1, numbers, finding.code.name, offset, finding)
        }
        return keyed.sorted { a, b in
            if a.0 != b.0 { return a.0 < b.0 }
            if a.1 != b.1 { return a.1.lexicographicallyPrecedes(b.1) }
            return (a.2, a.3) < (b.2, b.3)
        }.map(\.4)
    }

    // MARK: Words

    func path(_ state: Int) -> String { definition.states[state].path }

    func targets(_ transition: Int) -> String {
        definition.transitions[transition].targets.map(path).joined(separator: " ")
    }

    /// What starts a transition, as a person calls it.
    func trigger(_ transition: Int) -> Sentence {
        switch definition.transitions[transition].event {
        case .named(let name): Sentence("事件 \(name)", "the event \(name)")
        case .done: Sentence("完成（done）", "done")
        case .eventless: Sentence("无事件转换", "no event")
        case .timer(let timer):
            definition.timers[timer].isNamed
                ? Sentence("时限 \(definition.timers[timer].id)", "the timer \(definition.timers[timer].id)")
                : Sentence(
                    "时限 \(definition.timers[timer].duration)", "the time of \(definition.timers[timer].duration)")
        }
    }
}

// MARK: - What transitions listen to

/// What starts transitions, so that those which can meet are found without comparing all pairs.
enum TriggerKey: Hashable {
    case event(String)
    /// All events of a prefix of whole tokens; empty for all events.
    case prefix(String)
    case timer(Int)
    case done
    case eventless

    /// The keys of wider prefixes that take this one too, itself first.
    var wider: [TriggerKey] {
        var result = [self]
        switch self {
        case .event(let name), .prefix(let name):
            var rest = name[...]
            if case .event = self, !name.isEmpty { result.append(.prefix(name)) }
            while let dot = rest.utf8.lastIndex(of: UInt8(ascii: ".")) {
                rest = rest[..<dot]
                result.append(.prefix(String(rest)))
            }
            if self != .prefix("") { result.append(.prefix("")) }
        case .timer, .done, .eventless: break
        }
        return result
    }
}

extension Definition {
    func triggerKeys(of transition: Int) -> [TriggerKey] {
        switch transitions[transition].event {
        case .named(let text): text.split(separator: " ").map { TriggerKey(descriptor: $0) }
        case .timer(let timer): [.timer(timer)]
        case .done: [.done]
        case .eventless: [.eventless]
        }
    }
}

extension TriggerKey {
    /// `approval.granted`, `error.*` or `*`.
    init(descriptor: Substring) {
        if descriptor == "*" {
            self = .prefix("")
        } else if descriptor.hasSuffix(".*") {
            self = .prefix(String(descriptor.dropLast(2)))
        } else {
            self = .event(String(descriptor))
        }
    }
}
