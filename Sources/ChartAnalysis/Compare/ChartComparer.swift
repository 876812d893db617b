import Statechart

/// Goes through two charts whose states are matched and tells every difference.
struct ChartComparer {
    let old: Definition
    let new: Definition
    let matching: StateMatching
    let places: (old: ChartPlaces, new: ChartPlaces)
    /// By old state: a running case can be in it, or inside.
    let isLive: [Bool]
    private var changes: [ChartChange] = []

    init(_ old: Definition, _ new: Definition) {
        self.old = old
        self.new = new
        matching = StateMatching(old, new)
        places = (ChartPlaces(old), ChartPlaces(new))
        isLive = ChartComparer.liveStates(of: old)
    }

    mutating func run() -> [ChartChange] {
        compareHeads()
        for state in old.states { compareGone(state) }
        for state in new.states { compareNew(state) }
        compareTimers()
        compareVariables()
        let rank = Dictionary(uniqueKeysWithValues: ChartChange.Kind.allCases.enumerated().map { ($1, $0) })
        return changes.enumerated().sorted { a, b in
            (rank[a.element.kind] ?? 0, a.offset) < (rank[b.element.kind] ?? 0, b.offset)
        }.map(\.element)
    }

    /// States in which a case that has not ended for good can rest, and those around them.
    private static func liveStates(of definition: Definition) -> [Bool] {
        var reached = Reachability(definition)
        reached.explore(without: Array(repeating: false, count: definition.transitions.count))
        var isLive = Array(repeating: false, count: definition.states.count)
        for state in definition.states.reversed() where reached.isActive[state.index] {
            let isAtEnd = state.kind == .final && state.parent == nil
            if state.kind.isLeaf, !isAtEnd { isLive[state.index] = true }
            if isLive[state.index], let parent = state.parent { isLive[parent] = true }
        }
        return isLive
    }

    // MARK: Telling

    mutating func tell(
        _ kind: ChartChange.Kind, _ zh: String, _ en: String, before: Int? = nil, after: Int? = nil,
        danger: ChartFinding.Code? = nil, pointer: String? = nil
    ) {
        let isInDanger = danger != nil && (before.map { isLive[$0] || old.states[$0].kind.isHistory } ?? true)
        changes.append(
            ChartChange(
                kind: kind, sentence: Sentence(zh, en), before: before.map { old.states[$0].path },
                after: after.map { new.states[$0].path }, danger: isInDanger ? danger : nil,
                pointer: pointer ?? after.map(places.new.state) ?? nearest(before)))
    }

    /// Where the new chart has what is left around an old state.
    private func nearest(_ state: Int?) -> String {
        guard let state else { return "" }
        let left = old.upwards(from: state).lazy.compactMap { matching.after[$0] }.first
        return left.map(places.new.state) ?? ""
    }

    /// A state by its label and path.
    func name(_ state: Int, in definition: Definition) -> Sentence {
        let state = definition.states[state]
        func text(_ language: String) -> String {
            guard let label = state.label[language] else { return state.path }
            return language == "zh" ? "“\(label)”（\(state.path)）" : "“\(label)” (\(state.path))"
        }
        return Sentence(text("zh"), text("en"))
    }

    // MARK: The chart itself

    private mutating func compareHeads() {
        if old.name != new.name {
            tell(.chartRenamed, "案件类型由 \(old.name) 改为 \(new.name)", "the case type \(old.name) is now \(new.name)")
        }
        if old.label != new.label { tell(.labelChanged, "流程图改了名称", "the chart has another label") }
        compareNamedLabels(old.roleLabels, new.roleLabels, "角色", "role")
        compareNamedLabels(old.guardLabels, new.guardLabels, "条件", "guard")
        if old.source != new.source { tell(.sourceChanged, "流程图的依据有变", "the chart has another source") }
        if entrance(old.tables.start, old).compactMap({ matching.after[$0] }) != entrance(new.tables.start, new) {
            let to = entrance(new.tables.start, new).map { name($0, in: new) }
            tell(
                .initialChanged, "案件改从\(to.map(\.zh).joined(separator: "、"))开始",
                "cases now begin in \(to.map(\.en).joined(separator: ", "))")
        }
    }

    private mutating func compareNamedLabels(
        _ was: [String: [String: String]], _ now: [String: [String: String]], _ zh: String, _ en: String
    ) {
        for name in Set(was.keys).union(now.keys).sorted() where was[name] != now[name] {
            tell(.labelChanged, "\(zh) \(name) 改了名称", "the \(en) \(name) has another label")
        }
    }

    private func entrance(_ entrance: Tables.Entrance, _ definition: Definition) -> [Int] {
        entrance.targets.range.map { Int(definition.tables.stateLists[$0]) }
    }

    // MARK: States

    private mutating func compareGone(_ state: State) {
        guard matching.after[state.index] == nil else { return }
        // What went with the state around it is told there.
        if let parent = state.parent, matching.after[parent] == nil { return }
        let what = name(state.index, in: old)
        if state.kind.isHistory {
            return tell(
                .historyChanged, "历史状态\(what.zh)已删去", "the history \(what.en) is gone", before: state.index,
                danger: .historyChanged)
        }
        let inner = Int(old.tables.states[state.index].last) - state.index
        tell(
            .stateRemoved, "删去了\(what.zh)\(inner > 0 ? "，连同里面 \(inner) 个状态" : "")",
            "\(what.en) is gone\(inner > 0 ? ", with \(inner) inside" : "")", before: state.index, danger: .stateGone)
    }

    private mutating func compareNew(_ state: State) {
        guard let before = matching.before[state.index] else {
            if let parent = state.parent, matching.before[parent] == nil { return }
            let what = name(state.index, in: new)
            let inner = Int(new.tables.states[state.index].last) - state.index
            if let parent = liveParallel(around: state) {
                let around = name(parent, in: new)
                return tell(
                    .stateAdded, "\(around.zh)新增区域\(what.zh)，在办案件在其中没有状态",
                    "\(around.en) has the new region \(what.en), in which running cases have no state",
                    after: state.index, danger: .regionAdded)
            }
            return tell(
                .stateAdded, "新增\(what.zh)\(inner > 0 ? "，连同里面 \(inner) 个状态" : "")",
                "\(what.en) is new\(inner > 0 ? ", with \(inner) inside" : "")", after: state.index)
        }
        comparePlaces(before, state.index)
        compareKinds(before, state.index)
        compareContent(before, state.index)
        compareTasks(before, state.index)
        compareTransitions(before, state.index)
    }

    /// The parallel state a new region came into, if running cases can be in it.
    private func liveParallel(around state: State) -> Int? {
        guard !state.kind.isHistory, let parent = state.parent, new.states[parent].kind == .parallel,
            let before = matching.before[parent], old.states[before].kind == .parallel, isLive[before]
        else { return nil }
        return parent
    }

    private mutating func comparePlaces(_ a: Int, _ b: Int) {
        let (was, now) = (old.states[a], new.states[b])
        let (from, to) = (name(a, in: old), name(b, in: new))
        let isMoved = was.parent.map { matching.after[$0] } != now.parent.map { Optional($0) }
        let danger: ChartFinding.Code =
            was.kind.isHistory ? .historyChanged : isMoved ? .stateMoved : .stateRenamed
        if isMoved {
            tell(
                .stateMoved, "\(from.zh)移到了 \(now.path)", "\(from.en) is now at \(now.path)", before: a, after: b,
                danger: danger)
        } else if was.id != now.id {
            tell(
                .stateRenamed, "\(from.zh)改名为\(to.zh)", "\(from.en) is now called \(to.en)", before: a, after: b,
                danger: danger)
        }
        if was.label != now.label, was.id == now.id {
            tell(.labelChanged, "\(from.zh)的名称改为\(to.zh)", "\(from.en) is labelled \(to.en)", before: a, after: b)
        }
        if was.source != now.source {
            tell(.sourceChanged, "\(to.zh)的依据有变", "\(to.en) has another source", before: a, after: b)
        }
    }

    private mutating func compareKinds(_ a: Int, _ b: Int) {
        let (was, now) = (old.states[a], new.states[b])
        let what = name(b, in: new)
        if was.kind.isHistory {
            if was.kind != now.kind {
                tell(
                    .historyChanged, "历史状态\(what.zh)的深浅有变", "the history \(what.en) remembers another depth", before: a,
                    after: b, danger: .historyChanged)
            }
        } else if was.kind != now.kind {
            let (from, to) = (ChartComparer.words(was.kind), ChartComparer.words(now.kind))
            tell(
                .stateKindChanged, "\(what.zh)由\(from.zh)变为\(to.zh)", "\(what.en) was \(from.en), is \(to.en)",
                before: a, after: b,
                danger: .stateChanged)
        }
        if was.isSettled, !now.isSettled {
            tell(
                .settledChanged, "在\(what.zh)的案件不再算办结", "cases in \(what.en) no longer count as settled", before: a,
                after: b,
                danger: .stateChanged)
        } else if now.isSettled, !was.isSettled {
            tell(
                .settledChanged, "在\(what.zh)的案件现在算办结", "cases in \(what.en) now count as settled", before: a, after: b)
        }
        let starts = (
            entrance(old.tables.states[a].entrance, old).compactMap { matching.after[$0] },
            entrance(new.tables.states[b].entrance, new)
        )
        if was.kind == now.kind, starts.0 != starts.1 {
            let to = starts.1.map { name($0, in: new) }
            tell(
                .initialChanged, "进入\(what.zh)时改从\(to.map(\.zh).joined(separator: "、"))开始",
                "\(what.en) now begins in \(to.map(\.en).joined(separator: ", "))", before: a, after: b)
        }
    }

    private static func words(_ kind: State.Kind) -> Sentence {
        switch kind {
        case .atomic: Sentence("单一状态", "a plain state")
        case .compound: Sentence("有内层的状态", "a state with states inside")
        case .parallel: Sentence("并行状态", "a parallel state")
        case .final: Sentence("结束状态", "a final state")
        case .shallowHistory, .deepHistory: Sentence("历史状态", "a history")
        }
    }

    private mutating func compareContent(_ a: Int, _ b: Int) {
        let what = name(b, in: new)
        for (key, zh, en) in [
            ("entry", "进入", "on entry"), ("exit", "离开", "on exit"), ("initialDo", "开始", "at its start"),
        ]
        where places.old.states[a].json[key] != places.new.states[b].json[key] {
            tell(.contentChanged, "\(what.zh)\(zh)时的动作有变", "\(what.en) does something else \(en)", before: a, after: b)
        }
        if places.old.states[a].json["jobs"] != places.new.states[b].json["jobs"] {
            tell(.jobsChanged, "\(what.zh)的机器任务有变", "\(what.en) has other jobs", before: a, after: b)
        }
    }
}
