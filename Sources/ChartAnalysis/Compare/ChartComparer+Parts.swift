import Statechart

// Transitions, tasks, timers and variables of two charts.

extension ChartComparer {
    // MARK: Transitions

    mutating func compareTransitions(_ a: Int, _ b: Int) {
        var left = Array(old.states[a].transitions)
        var right = Array(new.states[b].transitions)
        var pairs: [(Int, Int)] = []
        // The surest sign first: all the same, the same trigger and targets, the same trigger, the same targets.
        for sign in [whole(_:isOld:), aim(_:isOld:), trigger(_:isOld:), targetsOnly(_:isOld:)] {
            take(&left, &right, &pairs, by: sign)
        }
        for (was, now) in pairs.sorted(by: { $0.1 < $1.1 }) { compare(was, now) }
        let order = pairs.sorted { $0.0 < $1.0 }.map(\.1)
        if order != order.sorted() { tellOrder(a, b) }
        for was in left { tellGone(was, a, b) }
        for now in right {
            tellNew(now, a, b)
        }
    }

    private mutating func tellNew(_ now: Int, _ a: Int, _ b: Int) {
        let what = describe(now, in: new)
        // The timer starts on entry, and running cases have entered already.
        let isMissed = isOwnTimer(now, in: new) && isLive[a]
        tell(
            .transitionAdded, "新增转换：\(what.zh)\(isMissed ? "，已在其中的案件没有这个时限" : "")",
            "new transition: \(what.en)\(isMissed ? ", a time that does not run for cases already there" : "")",
            after: b, danger: isMissed ? .timerChanged : nil, pointer: places.new.transition(now))
    }

    private mutating func tellGone(_ was: Int, _ a: Int, _ b: Int) {
        let what = describe(was, in: old)
        tell(
            .transitionRemoved, "删去转换：\(what.zh)", "transition gone: \(what.en)", before: a, after: b,
            danger: isOwnTimer(was, in: old) ? .timerChanged : nil)
    }

    private mutating func tellOrder(_ a: Int, _ b: Int) {
        let what = name(b, in: new)
        tell(
            .orderChanged, "\(what.zh)的转换换了先后，先后决定取舍", "\(what.en) has its transitions in another order, which decides",
            before: a, after: b)
    }

    /// Matches what has a sign in common, in order, and takes it out of both lists.
    private func take(
        _ left: inout [Int], _ right: inout [Int], _ pairs: inout [(Int, Int)], by sign: (Int, Bool) -> String?
    ) {
        var waiting: [String: [Int]] = [:]
        for now in right.reversed() {
            if let key = sign(now, false) { waiting[key, default: []].append(now) }
        }
        var matched: Set<Int> = []
        left.removeAll { was in
            guard let key = sign(was, true), let now = waiting[key]?.popLast() else { return false }
            pairs.append((was, now))
            matched.insert(now)
            return true
        }
        right.removeAll { matched.contains($0) }
    }

    private func json(_ transition: Int, isOld: Bool) -> JSON? {
        isOld ? places.old.transitionJSON(transition) : places.new.transitionJSON(transition)
    }

    private func targets(_ transition: Int, isOld: Bool) -> String {
        let all = isOld ? old.transitions[transition].targets : new.transitions[transition].targets
        return all.map { isOld ? matching.after[$0].map { "\($0)" } ?? "gone" : "\($0)" }.joined(separator: " ")
    }

    /// The time of an `after` may change without it becoming another transition.
    private func kind(_ transition: Int, isOld: Bool) -> String {
        let definition = isOld ? old : new
        if case .timer(let timer) = definition.transitions[transition].event, !definition.timers[timer].isNamed {
            return "after"
        }
        return definition.triggerText(definition.transitions[transition])
    }

    private func whole(_ transition: Int, isOld: Bool) -> String? {
        guard case .object(let members) = json(transition, isOld: isOld) else { return nil }
        let rest = JSON.object(members.filter { $0.key != "to" && $0.key != "label" && $0.key != "source" })
        return "\(targets(transition, isOld: isOld)) \(String(decoding: rest.canonicalBytes(), as: UTF8.self))"
    }

    private func aim(_ transition: Int, isOld: Bool) -> String? {
        "\(kind(transition, isOld: isOld)) \(targets(transition, isOld: isOld))"
    }

    private func trigger(_ transition: Int, isOld: Bool) -> String? { kind(transition, isOld: isOld) }

    /// Another event, but the same roles and targets: the event was renamed.
    private func targetsOnly(_ transition: Int, isOld: Bool) -> String? {
        let definition = isOld ? old : new
        guard case .named = definition.transitions[transition].event else { return nil }
        let by = definition.transitions[transition].by.joined(separator: " ")
        return "\(targets(transition, isOld: isOld)) by \(by)"
    }

    private mutating func compare(_ was: Int, _ now: Int) {
        let (a, b) = (old.transitions[was], new.transitions[now])
        let what = describe(now, in: new)
        let pointer = places.new.transition(now)
        let source = (a.source, b.source)
        func text(_ list: [String]) -> String { list.isEmpty ? "–" : list.joined(separator: ", ") }
        if targets(was, isOld: true) != targets(now, isOld: false) {
            let (from, to) = (aims(was, in: old), aims(now, in: new))
            tell(
                .transitionRerouted, "\(lead(now, in: new).zh)：原到\(from.zh)，现到\(to.zh)",
                "\(lead(now, in: new).en): led to \(from.en), leads to \(to.en)", before: source.0, after: source.1,
                pointer: pointer)
        }
        compareTriggers(was, now)
        if a.guardText != b.guardText {
            let (from, to) = (a.guardText ?? "–", b.guardText ?? "–")
            tell(
                .guardChanged, "\(what.zh)：条件由“\(from)”改为“\(to)”", "\(what.en): condition was “\(from)”, is “\(to)”",
                before: source.0, after: source.1, pointer: pointer)
        }
        if a.by != b.by {
            tell(
                .rolesChanged, "\(what.zh)：可办角色由 \(text(a.by)) 改为 \(text(b.by))",
                "\(what.en): roles were \(text(a.by)), are \(text(b.by))", before: source.0, after: source.1,
                pointer: pointer)
        }
        if a.distinctFrom != b.distinctFrom {
            tell(
                .handsChanged, "\(what.zh)：回避由 \(text(a.distinctFrom)) 改为 \(text(b.distinctFrom))",
                "\(what.en): other hands than \(text(a.distinctFrom)) before, than \(text(b.distinctFrom)) now",
                before: source.0, after: source.1, pointer: pointer)
        }
        compareActions(was, now, what)
    }

    private mutating func compareActions(_ was: Int, _ now: Int, _ what: Sentence) {
        let source = (old.transitions[was].source, new.transitions[now].source)
        let (from, to) = (json(was, isOld: true), json(now, isOld: false))
        if from?["do"] != to?["do"] || from?["internal"] != to?["internal"] {
            let names = (actions(was, in: old), actions(now, in: new))
            let isNamed = names.0 != names.1
            tell(
                .actionsChanged, "\(what.zh)：动作\(isNamed ? "由 \(names.0) 改为 \(names.1)" : "有变")",
                "\(what.en): \(isNamed ? "did \(names.0), does \(names.1)" : "does something else")", before: source.0,
                after: source.1, pointer: places.new.transition(now))
        }
        if from?["source"] != to?["source"] {
            tell(
                .sourceChanged, "\(what.zh)：依据有变", "\(what.en): another source", before: source.0, after: source.1,
                pointer: places.new.transition(now))
        }
    }

    private func actions(_ transition: Int, in definition: Definition) -> String {
        let names = definition.transitions[transition].actionIndices.map { definition.actions[$0] }
        return names.isEmpty ? "–" : names.joined(separator: ", ")
    }

    private mutating func compareTriggers(_ was: Int, _ now: Int) {
        let (a, b) = (old.transitions[was], new.transitions[now])
        let pointer = places.new.transition(now)
        let what = describe(now, in: new)
        if case .timer(let first) = a.event, case .timer(let second) = b.event, !old.timers[first].isNamed {
            let (from, to) = (ChartComparer.time(old.timers[first]), ChartComparer.time(new.timers[second]))
            guard from != to else { return }
            tell(
                .deadlineChanged, "\(what.zh)：时限由 \(from.zh) 改为 \(to.zh)",
                "\(what.en): time was \(from.en), is \(to.en)",
                before: a.source, after: b.source, danger: .timerChanged, pointer: pointer)
        } else if old.triggerText(a) != new.triggerText(b) {
            tell(
                .eventChanged, "\(what.zh)：事件原为 \(old.triggerText(a))",
                "\(what.en): the event was \(old.triggerText(a))",
                before: a.source, after: b.source, pointer: pointer)
        }
    }

    private func isOwnTimer(_ transition: Int, in definition: Definition) -> Bool {
        guard case .timer(let timer) = definition.transitions[transition].event else { return false }
        return !definition.timers[timer].isNamed
    }

    private static func time(_ timer: TimerSpec) -> Sentence {
        timer.firstDayCounted
            ? Sentence("\(timer.duration)（含首日）", "\(timer.duration) (first day counted)")
            : Sentence("\(timer.duration)", "\(timer.duration)")
    }

    // MARK: Words for a transition

    private func lead(_ transition: Int, in definition: Definition) -> Sentence {
        let source = name(definition.transitions[transition].source, in: definition)
        let trigger = definition.triggerText(definition.transitions[transition])
        return Sentence("\(source.zh) \(trigger)", "\(source.en) \(trigger)")
    }

    private func aims(_ transition: Int, in definition: Definition) -> Sentence {
        let all = definition.transitions[transition].targets.map { name($0, in: definition) }
        guard !all.isEmpty else { return Sentence("原处", "itself") }
        return Sentence(all.map(\.zh).joined(separator: "、"), all.map(\.en).joined(separator: ", "))
    }

    private func describe(_ transition: Int, in definition: Definition) -> Sentence {
        let targets = definition.transitions[transition].targets.map { definition.states[$0].path }
        let (source, aim) = (
            lead(transition, in: definition), targets.isEmpty ? "" : " → \(targets.joined(separator: " "))"
        )
        return Sentence(source.zh + aim, source.en + aim)
    }

    // MARK: Tasks

    mutating func compareTasks(_ a: Int, _ b: Int) {
        let (olds, news) = (old.tasks[old.states[a].tasks], new.tasks[new.states[b].tasks])
        let what = name(b, in: new)
        let now = Dictionary(news.map { ($0.id, $0) }) { first, _ in first }
        let known = Set(olds.map(\.id))
        for task in olds {
            guard let now = now[task.id] else {
                tell(
                    .taskRemoved, "\(what.zh)不再有任务 \(task.id)", "\(what.en) no longer has the task \(task.id)",
                    before: a, after: b)
                continue
            }
            let pointer = places.new.task(now.index)
            func due(_ task: TaskSpec) -> String { task.due.map { "\($0)" } ?? "–" }
            if (task.role, due(task)) != (now.role, due(now)) {
                tell(
                    .taskChanged, "\(what.zh)的任务 \(task.id)：由 \(task.role)（\(due(task))）改为 \(now.role)（\(due(now))）",
                    "\(what.en), task \(task.id): \(task.role) (\(due(task))) before, \(now.role) (\(due(now))) now",
                    before: a, after: b, pointer: pointer)
            }
            if task.label != now.label {
                tell(
                    .labelChanged, "任务 \(task.id) 改了名称", "the task \(task.id) has another label", before: a, after: b,
                    pointer: pointer)
            }
            if task.source != now.source {
                tell(
                    .sourceChanged, "任务 \(task.id) 的依据有变", "the task \(task.id) has another source", before: a,
                    after: b, pointer: pointer)
            }
        }
        for task in news where !known.contains(task.id) {
            tell(
                .taskAdded, "\(what.zh)新增任务 \(task.id)（\(task.role)）",
                "\(what.en) has a new task \(task.id) (\(task.role))", before: a,
                after: b, pointer: places.new.task(task.index))
        }
    }

    // MARK: Timers and variables

    mutating func compareTimers() {
        let (olds, news) = (old.timers.filter(\.isNamed), new.timers.filter(\.isNamed))
        let now = Dictionary(news.enumerated().map { ($1.id, ($0, $1)) }, uniquingKeysWith: { first, _ in first })
        for timer in olds {
            guard let (offset, other) = now[timer.id] else {
                tell(.timerRemoved, "删去了时限 \(timer.id)", "the timer \(timer.id) is gone", danger: .timerChanged)
                continue
            }
            let (from, to) = (ChartComparer.time(timer), ChartComparer.time(other))
            guard from != to else { continue }
            tell(
                .timerChanged, "时限 \(timer.id) 由 \(from.zh) 改为 \(to.zh)",
                "the timer \(timer.id) was \(from.en), is \(to.en)",
                danger: .timerChanged, pointer: "/timers/\(offset)")
        }
        let known = Set(olds.map(\.id))
        for (offset, timer) in news.enumerated() where !known.contains(timer.id) {
            tell(.timerAdded, "新增时限 \(timer.id)", "the timer \(timer.id) is new", pointer: "/timers/\(offset)")
        }
    }

    mutating func compareVariables() {
        let values = (ChartComparer.variables(places.old), ChartComparer.variables(places.new))
        for name in old.variables {
            guard new.variables.contains(name) else {
                tell(.variableRemoved, "删去了变量 \(name)", "the variable \(name) is gone", danger: .variableGone)
                continue
            }
            guard values.0[name] != values.1[name] else { continue }
            let (from, to) = (values.0[name] ?? "–", values.1[name] ?? "–")
            tell(
                .variableChanged, "变量 \(name) 的初值由 \(from) 改为 \(to)",
                "the variable \(name) began with \(from), begins with \(to)")
        }
        let known = Set(old.variables)
        for name in new.variables where !known.contains(name) {
            tell(.variableAdded, "新增变量 \(name)", "the variable \(name) is new")
        }
    }

    private static func variables(_ places: ChartPlaces) -> [String: String] {
        var result: [String: String] = [:]
        for json in [places.root] + places.states.map(\.json) {
            guard case .array(let variables) = json["variables"] else { continue }
            for variable in variables {
                if let name = variable["id"]?.string { result[name] = variable["value"]?.string }
            }
        }
        return result
    }
}
