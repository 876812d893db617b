// States, transitions and tasks, once every path and name is known.

extension DefinitionReader {
    mutating func readState(_ index: Int) {
        let state = outline[index]
        let fields = state.fields
        var row = Tables.StateRow(
            kind: state.kind, isSettled: flag(fields, "settled"), depth: Int32(state.depth),
            parent: Int32(state.parent), last: Int32(state.last))
        parts.tables.levels = max(parts.tables.levels, state.depth + 1)
        row.children = slice(state.children.filter { !outline[$0].kind.isHistory })
        row.histories = slice(state.children.filter { outline[$0].kind.isHistory })
        if state.kind == .compound { row.entrance = entrance(fields, of: index) }
        if state.kind.isHistory {
            row.entrance = historyDefault(index)
            row.historySlot = Int32(parts.tables.histories.count)
            parts.tables.histories.append(Int32(index))
        }
        row.onEntry = block(fields, "entry")
        row.onExit = block(fields, "exit")
        row.doneData = payload(fields)
        row.doneEvent = parts.tables.events.id(of: "done.state.\(state.path)")
        row.hasVariables = fields.members["variables"] != nil
        let firstTimer = parts.timers.count
        let firstTransition = parts.transitions.count
        for (offset, element) in elements(fields, "transitions").enumerated() {
            readTransition(element, at: "\(fields.pointer)/transitions/\(offset)", of: index, firstTimer: firstTimer)
        }
        row.transitions = .init(
            start: Int32(firstTransition), count: Int32(parts.transitions.count - firstTransition))
        row.timers = .init(start: Int32(firstTimer), count: Int32(parts.timers.count - firstTimer))
        let tasks = readTasks(fields, of: index)
        row.tasks = .init(start: Int32(tasks.lowerBound), count: Int32(tasks.count))
        let jobs = readJobs(fields, of: index)
        row.jobs = .init(start: Int32(jobs.lowerBound), count: Int32(jobs.count))
        parts.tables.states.append(row)
        parts.states.append(
            State(
                index: index, id: state.id, path: state.path, kind: state.kind,
                parent: state.parent < 0 ? nil : state.parent, children: state.children, depth: state.depth,
                isSettled: row.isSettled, label: labels(fields), source: text(fields, "source"), tasks: tasks,
                jobs: jobs, transitions: firstTransition..<parts.transitions.count))
    }

    mutating func slice(_ states: [Int]) -> Tables.Slice {
        let start = parts.tables.stateLists.count
        parts.tables.stateLists += states.map(Int32.init)
        return .init(start: Int32(start), count: Int32(states.count))
    }

    private mutating func readTasks(_ fields: Fields, of state: Int) -> Range<Int> {
        let first = parts.tasks.count
        var ids: Set<String> = []
        for (offset, element) in elements(fields, "tasks").enumerated() {
            let pointer = "\(fields.pointer)/tasks/\(offset)"
            guard let task = self.fields(element, pointer, allowed: Keys.task) else { continue }
            let id = requiredText(task, "id")
            if !ids.insert(id).inserted { report(.duplicate, "the task \(id) stands twice", at: "\(pointer)/id") }
            parts.tasks.append(
                TaskSpec(
                    index: parts.tasks.count, id: id, state: state, role: requiredText(task, "role"),
                    due: duration(task, "due"), label: labels(task), source: text(task, "source")))
        }
        return first..<parts.tasks.count
    }

    private mutating func readJobs(_ fields: Fields, of state: Int) -> Range<Int> {
        let first = parts.jobs.count
        var ids: Set<String> = []
        for (offset, element) in elements(fields, "jobs").enumerated() {
            let pointer = "\(fields.pointer)/jobs/\(offset)"
            guard let job = self.fields(element, pointer, allowed: Keys.job) else { continue }
            let id = requiredText(job, "id")
            if !ids.insert(id).inserted { report(.duplicate, "the job \(id) stands twice", at: "\(pointer)/id") }
            let attempts = attempts(job)
            parts.jobs.append(
                JobSpec(
                    index: parts.jobs.count, id: id, state: state, worker: requiredText(job, "worker"),
                    attempts: attempts, wait: pause(job, "wait"), longest: pause(job, "longest"),
                    timeout: pause(job, "timeout"), label: labels(job), source: text(job, "source")))
        }
        return first..<parts.jobs.count
    }

    /// One try is said by leaving the key out, so that the same chart is always written the same way.
    private mutating func attempts(_ job: Fields) -> Int {
        guard let value = job.members["attempts"] else {
            for key in ["wait", "longest"] where job.members[key] != nil {
                report(.invalid, "\(key) belongs to attempts", at: "\(job.pointer)/\(key)")
            }
            return 1
        }
        if job.members["wait"] == nil { report(.missing, "wait is missing: the pause between tries", at: job.pointer) }
        guard case .integer(let number) = value, (2...1_000).contains(number) else {
            report(
                .invalid, "attempts: expected 2 to 1000; a job without attempts is tried once",
                at: "\(job.pointer)/attempts")
            return 1
        }
        return Int(number)
    }

    private mutating func pause(_ job: Fields, _ key: String) -> ChartDuration? {
        guard let duration = duration(job, key) else { return nil }
        if case .milliseconds(let length) = duration, length > 0 { return duration }
        report(.invalid, "\(key): expected ms, s, m or h, more than none", at: "\(job.pointer)/\(key)")
        return nil
    }

    /// Where a compound state or the chart begins: `initial`, else the first state inside that is no history.
    mutating func entrance(_ fields: Fields, of state: Int) -> Tables.Entrance {
        var entrance = Tables.Entrance()
        entrance.block = block(fields, "initialDo")
        let wanted = texts(fields, "initial")
        var targets: [Int] = []
        for (offset, path) in wanted.enumerated() {
            let pointer = "\(fields.pointer)/initial/\(offset)"
            guard let target = resolve(path, from: state) else {
                report(.unknownName, "initial \(path): there is no such state inside", at: pointer)
                continue
            }
            guard isInside(target, state) else {
                report(.invalid, "initial \(path): expected a state inside this one", at: pointer)
                continue
            }
            targets.append(target)
        }
        if wanted.isEmpty {
            let children = state < 0 ? outline.indices.filter { outline[$0].parent < 0 } : outline[state].children
            if let first = children.first(where: { !outline[$0].kind.isHistory }) { targets = [first] }
        }
        checkTogether(targets, at: "\(fields.pointer)/initial")
        entrance.targets = slice(targets)
        return entrance
    }

    private mutating func historyDefault(_ index: Int) -> Tables.Entrance {
        let state = outline[index]
        var entrance = Tables.Entrance()
        entrance.block = block(state.fields, "do")
        var targets: [Int] = []
        let wanted = texts(state.fields, "to")
        if wanted.isEmpty { report(.missing, "a history needs a default: to", at: state.fields.pointer) }
        for (offset, path) in wanted.enumerated() {
            let pointer = "\(state.fields.pointer)/to/\(offset)"
            guard let target = resolve(path, from: state.parent) else {
                report(.unknownName, "to \(path): there is no such state", at: pointer)
                continue
            }
            // A history that leads to a history could lead in a circle.
            guard isInside(target, state.parent), !outline[target].kind.isHistory else {
                report(.invalid, "to \(path): expected a state beside the history, or inside one", at: pointer)
                continue
            }
            targets.append(target)
        }
        checkTogether(targets, at: "\(state.fields.pointer)/to")
        entrance.targets = slice(targets)
        return entrance
    }

    func isInside(_ state: Int, _ ancestor: Int) -> Bool {
        ancestor < 0 || (state > ancestor && state <= outline[ancestor].last)
    }

    /// A path as written: `/a/b` from the chart, else in the nearest enclosing scope that has it, then outward.
    func resolve(_ path: String, from state: Int) -> Int? {
        if parts.tables.isScxml { return stateOfPath[path] }
        if path.hasPrefix("/") { return stateOfPath[String(path.dropFirst())] }
        var scope = state
        while scope >= 0 {
            if let found = stateOfPath["\(outline[scope].path)/\(path)"] { return found }
            scope = outline[scope].parent
        }
        return stateOfPath[path]
    }

    /// States can be entered together only if they lie in different regions.
    mutating func checkTogether(_ targets: [Int], at pointer: String) {
        // The check compares pairs.
        guard targets.count <= 256 else {
            report(.limit, "more than 256 targets", at: pointer)
            return
        }
        // A history stands for what it remembers, which may be everything in its parent.
        let places = targets.map { outline[$0].kind.isHistory ? outline[$0].parent : $0 }
        for (offset, first) in places.enumerated() {
            for second in places[(offset + 1)...] {
                var common = first
                while common >= 0, common == first || common == second || !isInside(second, common) {
                    common = outline[common].parent
                }
                if first == second || isInside(first, second) || isInside(second, first) || common < 0
                    || outline[common].kind != .parallel
                {
                    report(
                        .invalid, "\(outline[first].path) and \(outline[second].path) cannot be active together",
                        at: pointer)
                    return
                }
            }
        }
    }
}
