import Statechart

// Events and timers: what is sent and nobody takes, what is taken and nobody sends.

/// What the chart's content sends, and to what it listens.
struct EventTraffic {
    struct Sent {
        var name: String
        var pointer: String
        var isDelayed: Bool
        /// What `cancel` would name, or nil.
        var id: String?
        var isSend: Bool
    }

    private(set) var sent: [Sent] = []
    private(set) var cancelled: Set<String> = []
    /// Some event's name, or some id to cancel, is worked out only when the chart runs.
    private(set) var sendsUnknown = false
    private(set) var cancelsUnknown = false
    /// Names of timers, by what is done with them.
    private(set) var timers: [String: Set<String>] = [:]
    private(set) var heard: Set<TriggerKey> = []
    private(set) var heardTimers: Set<Int> = []

    init(_ places: ChartPlaces, _ definition: Definition) {
        for step in places.steps { note(step) }
        for transition in definition.transitions {
            if case .timer(let timer) = transition.event { heardTimers.insert(timer) }
            if transition.event == .done {
                heard.insert(.event("done.state.\(definition.states[transition.source].path)"))
            }
            heard.formUnion(definition.triggerKeys(of: transition.index))
        }
    }

    private mutating func note(_ step: ChartPlaces.Step) {
        let json = step.json
        if let name = json["raise"]?.string {
            sent.append(Sent(name: name, pointer: "\(step.pointer)/raise", isDelayed: false, isSend: false))
        }
        noteSend(json, step.pointer)
        if let id = json["cancel"]?.string { cancelled.insert(id) }
        cancelsUnknown = cancelsUnknown || json["cancelOf"] != nil
        for key in ["start", "pause", "resume", "stop"] {
            if let name = json[key]?.string { timers[key, default: []].insert(name) }
        }
    }

    private mutating func noteSend(_ json: JSON, _ pointer: String) {
        guard json["send"] != nil || json["sendOf"] != nil else { return }
        // What goes elsewhere is not for this chart to hear.
        let target = json["target"]?.string ?? ""
        guard json["targetOf"] == nil, target.isEmpty || target == "#_internal" else { return }
        guard let name = json["send"]?.string else {
            sendsUnknown = true
            return
        }
        sent.append(
            Sent(
                name: name, pointer: "\(pointer)/send", isDelayed: json["delay"] != nil || json["delayOf"] != nil,
                id: json["id"]?.string ?? (json["idTo"] == nil ? nil : ""), isSend: true))
    }

    func hears(_ name: String) -> Bool { TriggerKey.event(name).wider.contains(where: heard.contains) }
}

extension Inspection {
    mutating func inspectEvents() {
        let traffic = self.traffic
        for sent in traffic.sent where !traffic.hears(sent.name) {
            report(
                .unhandled, "发出了 \(sent.name)，但没有转换处理它", "\(sent.name) is sent, and no transition takes it",
                at: sent.pointer)
        }
        for name in (names?.events ?? []).sorted() where !traffic.hears(name) {
            report(
                .unhandled, "插件动作会发出 \(name)，但没有转换处理它", "actions raise \(name), and no transition takes it", at: "")
        }
        for sent in traffic.sent where sent.isDelayed { inspectDelay(of: sent, traffic) }
        if !isScxml { inspectNames(of: traffic.sent) }
        if !isScxml, !traffic.sendsUnknown {
            inspectSenders(traffic)
            inspectOpenings(traffic)
        }
    }

    private mutating func inspectNames(of all: [EventTraffic.Sent]) {
        for sent in all {
            let first = ServerEvents.firstToken(of: sent.name)
            guard ServerEvents.reserved.contains(first) else { continue }
            report(
                .notItsOwn, "\(sent.name) 只由服务端发出，\(first).* 不能由流程图发出",
                "\(sent.name) comes from the server alone: a chart sends nothing named \(first).*", at: sent.pointer)
        }
    }

    private mutating func inspectDelay(of sent: EventTraffic.Sent, _ traffic: EventTraffic) {
        guard !traffic.cancelsUnknown else { return }
        guard let id = sent.id else {
            return report(
                .neverCancelled, "延时发送的 \(sent.name) 没有 id，无法取消",
                "the delayed \(sent.name) has no id, so nothing can cancel it",
                at: sent.pointer)
        }
        guard !traffic.cancelled.contains(id) else { return }
        report(
            .neverCancelled, "延时发送的 \(sent.name)（id \(id)）没有对应的 cancel",
            "nothing cancels the delayed \(sent.name) (id \(id))", at: sent.pointer)
    }

    /// What the chart's content sends and what its actions raise.
    private func raised(_ traffic: EventTraffic) -> Set<String> {
        Set(traffic.sent.map(\.name)).union(names?.events ?? [])
    }

    /// Transitions whose event cannot come: no role may send it, nothing raises it.
    private mutating func inspectSenders(_ traffic: EventTraffic) {
        let raised = raised(traffic).union(ServerEvents.names)
        let byRoles = Set(
            definition.transitions.filter { !$0.by.isEmpty }.flatMap { definition.triggerKeys(of: $0.index) })
        // Every prefix of what can come, to answer for `x.*`.
        let prefixes = Set(raised.flatMap { TriggerKey.event($0).wider }).union([.prefix("")])
        for transition in definition.transitions where transition.by.isEmpty && !isNever[transition.index] {
            guard case .named(let text) = transition.event, !hasJob(transition.source) else { continue }
            for key in definition.triggerKeys(of: transition.index) {
                guard !prefixes.contains(key), !isFromPlatform(key) else { continue }
                reportSenderless(transition, text, isElsewhere: byRoles.contains(key))
            }
        }
    }

    private mutating func reportSenderless(_ transition: Transition, _ text: String, isElsewhere: Bool) {
        let source = path(transition.source)
        if isElsewhere {
            report(
                .roleless, transition: transition.index, "\(source) 处理 \(text) 却没有写 by，而别处写了：在这里谁也不能发送它",
                "\(source) takes \(text) without by, unlike other transitions: no role may send it here")
        } else {
            report(
                .undeclared, transition: transition.index, "\(source) 处理 \(text)，但没有 by，图中也没有发出它的地方",
                "\(source) takes \(text), but there is no by and nothing in the chart raises it")
        }
    }

    /// Transitions that wait for `case.open` where a case is only after it was opened.
    private mutating func inspectOpenings(_ traffic: EventTraffic) {
        guard !raised(traffic).contains(ServerEvents.opening) else { return }
        let opens = self.opens
        for transition in definition.transitions where !isNever[transition.index] && !opens[transition.source] {
            guard reached.isActive[transition.source], transition.event == .named(ServerEvents.opening),
                !hasJob(transition.source)
            else { continue }
            report(
                .undeclared, transition: transition.index,
                "\(path(transition.source)) 等 case.open，但案件只在开始时收到它一次，走到这里的案件不会再收到",
                "\(path(transition.source)) waits for case.open, which comes once, at the start, "
                    + "and to no case that has come this far")
        }
    }

    /// What an action may raise is taken to be raised.
    func activeAfterStart() -> [Bool] {
        let comes = ["job", "child"]
        let isLater = definition.transitions.map { transition in
            if isNever[transition.index] { return true }
            switch transition.event {
            case .eventless, .done: return false
            case .timer: return true
            case .named:
                let isFromOutside = definition.triggerKeys(of: transition.index).allSatisfy { key in
                    guard case .event(let name) = key else { return false }
                    return ServerEvents.names.contains(name) || comes.contains(where: { name.hasPrefix("\($0).") })
                }
                return !transition.by.isEmpty || isFromOutside
            }
        }
        var start = Reachability(definition)
        start.explore(without: isLater)
        return start.isActive
    }

    /// A machine's answer may come as any event.
    private func hasJob(_ state: Int) -> Bool {
        definition.upwards(from: state).contains { !definition.states[$0].jobs.isEmpty }
    }

    private func isFromPlatform(_ key: TriggerKey) -> Bool {
        switch key {
        case .event(let name), .prefix(let name):
            if key == .event(name), name.hasPrefix("done.state.") {
                return isCompletion(of: String(name.dropFirst(11)))
            }
            return ServerEvents.platform.contains(ServerEvents.firstToken(of: name))
        case .timer, .done, .eventless: return true
        }
    }

    private func isCompletion(of path: String) -> Bool {
        definition.states.contains { $0.path == path && reached.canBeDone[$0.index] }
    }

    // MARK: Roles

    mutating func inspectRoles() {
        let heard = Set(
            definition.transitions.filter { !$0.by.isEmpty }.flatMap { definition.triggerKeys(of: $0.index) })
        for transition in definition.transitions {
            let isSentByPeople = definition.triggerKeys(of: transition.index).contains { key in
                switch key {
                case .event(let name): name != "fund.granted" && !name.hasPrefix("done.") && !name.hasPrefix("error.")
                case .prefix: !isFromPlatform(key)
                case .timer, .done, .eventless: false
                }
            }
            if !isSentByPeople, !(transition.by.isEmpty && transition.distinctFrom.isEmpty) {
                let what = trigger(transition.index)
                report(
                    .pointlessBy, transition: transition.index,
                    "\(path(transition.source))：\(what.zh)不由人发送，by 与 distinctFrom 不起作用",
                    "\(path(transition.source)): nobody sends \(what.en), so by and distinctFrom do nothing")
            }
            for (offset, event) in transition.distinctFrom.enumerated()
            where !TriggerKey.event(event).wider.contains(where: heard.contains) {
                report(
                    .unknownHands, "distinctFrom 写了 \(event)，但图中没有谁能发送它，这一限制不起作用",
                    "distinctFrom names \(event), which no role sends in this chart: it forbids nothing",
                    at: "\(places.transition(transition.index))/distinctFrom/\(offset)")
            }
        }
    }

    // MARK: Timers

    mutating func inspectTimers() {
        let traffic = self.traffic
        for (offset, timer) in definition.timers.filter(\.isNamed).enumerated() {
            let pointer = "/timers/\(offset)"
            if !traffic.heardTimers.contains(timer.index) {
                report(
                    .unheardTimer, "时限 \(timer.id) 到期时没有转换处理", "no transition takes the timer \(timer.id)", at: pointer)
            } else if traffic.timers["start"]?.contains(timer.id) != true {
                report(.unstartedTimer, "时限 \(timer.id) 从不启动", "nothing starts the timer \(timer.id)", at: pointer)
            } else if traffic.timers["stop"]?.contains(timer.id) != true {
                report(
                    .unstoppedTimer, "时限 \(timer.id) 启动后从不停止，可能在别的状态里到期",
                    "nothing stops the timer \(timer.id): it may fire in another state", at: pointer)
            }
        }
    }
}
