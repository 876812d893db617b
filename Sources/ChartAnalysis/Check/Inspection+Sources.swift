import Statechart

// Where rules come from, what things are called, and who has written what the chart names.

extension Inspection {
    /// Conditions, parameters, deadlines and due times without the document they follow. What a state says covers what
    /// lies in it, what a transition says its content too.
    ///
    /// A variable that nothing assigns is a parameter, such as how often a form may come back. One that is assigned
    /// only counts what happened; what it is compared with stands in a condition, which has the source.
    mutating func inspectSources() {
        var isCovered = Array(repeating: false, count: definition.states.count)
        for state in definition.states {
            isCovered[state.index] = state.source != nil || state.parent.map { isCovered[$0] } ?? false
        }
        for transition in definition.transitions where !isCovered[transition.source] && transition.sourceText == nil {
            inspectSource(of: transition)
        }
        for task in definition.tasks where task.due != nil && task.source == nil && !isCovered[task.state] {
            report(
                .sourceless, "任务 \(task.id) 的办理时限没有依据", "the due time of the task \(task.id) has no source",
                at: places.task(task.index))
        }
        for (offset, timer) in definition.timers.filter(\.isNamed).enumerated() where timer.source == nil {
            report(.sourceless, "时限 \(timer.id) 没有依据", "the timer \(timer.id) has no source", at: "/timers/\(offset)")
        }
        inspectSourcesOfContent(isCovered)
        inspectSourcesOfParameters()
    }

    private mutating func inspectSourcesOfContent(_ isCovered: [Bool]) {
        for step in places.steps {
            guard let condition = step.json["if"]?.string, let state = step.state, !isCovered[state],
                step.transition.map({ definition.transitions[$0].sourceText == nil }) ?? true
            else { continue }
            report(
                .sourceless, "\(path(state)) 的条件“\(condition)”没有依据",
                "the condition “\(condition)” of \(path(state)) has no source", at: "\(step.pointer)/if")
        }
    }

    private mutating func inspectSourcesOfParameters() {
        guard case .array(let variables) = places.root["variables"] else { return }
        var assigned: Set<String> = []
        for step in places.steps {
            assigned.formUnion(["assign", "as", "index", "idTo"].compactMap { step.json[$0]?.string })
        }
        for (offset, variable) in variables.enumerated() where variable["source"] == nil {
            guard let name = variable["id"]?.string, !assigned.contains(name) else { continue }
            report(
                .sourceless, "变量 \(name) 从不改变，是一个参数，却没有依据",
                "the variable \(name) never changes: it is a parameter, and has no source", at: "/variables/\(offset)")
        }
    }

    private mutating func inspectSource(of transition: Transition) {
        if let text = transition.guardText {
            report(
                .sourceless, transition: transition.index, "\(path(transition.source)) 的条件“\(text)”没有依据",
                "the condition “\(text)” of \(path(transition.source)) has no source")
        } else if case .timer(let timer) = transition.event, !definition.timers[timer].isNamed,
            definition.timers[timer].source == nil
        {
            let duration = definition.timers[timer].duration
            report(
                .sourceless, transition: transition.index, "\(path(transition.source)) 的时限 \(duration) 没有依据",
                "the time of \(duration) in \(path(transition.source)) has no source")
        }
    }

    mutating func inspectLabels() {
        func isWhole(_ label: [String: String]) -> Bool {
            label["zh"]?.isEmpty == false && label["en"]?.isEmpty == false
        }
        if !isWhole(definition.label) {
            report(.unlabelled, "流程图没有中英文名称", "the chart has no label in both languages", at: "")
        }
        for state in definition.states where !state.kind.isHistory && !isWhole(state.label) {
            report(
                .unlabelled, state: state.index, "状态 \(state.path) 没有中英文名称",
                "the state \(state.path) has no label in both languages")
        }
        for task in definition.tasks where !isWhole(task.label) {
            report(
                .unlabelled, "任务 \(task.id) 没有中英文名称", "the task \(task.id) has no label in both languages",
                at: places.task(task.index))
        }
    }

    // MARK: Names

    /// Labels of roles and guards that nothing in the chart names.
    mutating func inspectNamedLabels() {
        let roles = Set(definition.transitions.flatMap(\.by)).union(definition.tasks.map(\.role))
        for name in definition.roleLabels.keys.sorted() where !roles.contains(name) {
            report(
                .idleLabel, "没有转换或任务用到角色 \(name)", "no transition or task names the role \(name)",
                at: "/roles/\(name)")
        }
        for name in definition.guardLabels.keys.sorted() where !definition.guards.contains(name) {
            report(.idleLabel, "没有条件用到 \(name)", "no condition names the guard \(name)", at: "/guards/\(name)")
        }
    }

    mutating func inspectNames() {
        guard let names else { return }
        // A guard and an action may have the same name.
        let asked = placesOfGuards()
        var called: [String: String] = [:]
        for step in places.steps {
            if let name = step.json.string, called[name] == nil { called[name] = step.pointer }
        }
        for name in definition.guards where !names.guards.contains(name) {
            report(.unimplemented, "条件 \(name) 没有实现", "nobody wrote the guard \(name)", at: asked[name] ?? "")
        }
        for name in definition.actions where !names.actions.contains(name) {
            report(.unimplemented, "动作 \(name) 没有实现", "nobody wrote the action \(name)", at: called[name] ?? "")
        }
        for name in names.guards.subtracting(definition.guards).sorted() {
            report(
                .unused, "条件 \(name) 已实现，但流程图没有用到", "the guard \(name) is written, but the chart never asks it", at: "")
        }
        for name in names.actions.subtracting(definition.actions).sorted() {
            report(
                .unused, "动作 \(name) 已实现，但流程图没有用到", "the action \(name) is written, but the chart never calls it",
                at: "")
        }
    }

    /// By guard: an expression that asks it.
    private func placesOfGuards() -> [String: String] {
        let guards = Set(definition.guards)
        var found: [String: String] = [:]
        for (text, pointer) in places.expressions {
            for name in ExpressionLexer.names(in: text) where guards.contains(name) && found[name] == nil {
                found[name] = pointer
            }
        }
        return found
    }
}

extension ExpressionLexer {
    /// What an expression names, members of `_event` left out.
    static func names(in text: String) -> [String] {
        var lexer = ExpressionLexer(text)
        var result: [String] = []
        var isMember = false
        // A chart's expressions were read before: one that cannot be cut ends here.
        while let token = try? lexer.next(), token != .end {
            if case .name(let name) = token, !isMember { result.append(name) }
            isMember = token == .symbol(".")
        }
        return result
    }
}
