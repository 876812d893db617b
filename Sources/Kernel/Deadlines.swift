import Statechart

/// Counts deadlines on the calendar (domain.md §4.6): a period of days begins on the day after its start and ends at
/// 24:00 of its last day; hours are counted by the clock.
struct Deadlines {
    let calendar: Calendar

    struct Due: Equatable {
        var instant: Instant
        var isProvisional = false
    }

    func due(_ duration: ChartDuration, firstDayCounted: Bool, from start: Instant) -> Due {
        let day = LocalDate(start)
        // The day before which nothing counts: with a counted first day, the eve of the start.
        let eve = firstDayCounted ? day.adding(days: -1) : day
        switch duration {
        case .milliseconds(let length): return Due(instant: start.advanced(milliseconds: length))
        case .days(let count): return Due(instant: eve.adding(days: count).end)
        case .workingDays(let count): return workingDue(count, after: eve)
        case .months(let count): return Due(instant: eve.adding(months: count).end)
        }
    }

    /// What is left at a pause: the working days after the pause day up to the due day, or days, or milliseconds.
    func remaining(_ duration: ChartDuration, due: Instant, at pause: Instant) -> Int64 {
        // A deadline ends at 24:00, which is already the next day's 00:00.
        let (today, last) = (LocalDate(pause), LocalDate(due.advanced(milliseconds: -1)))
        switch duration {
        case .milliseconds: return max(0, due.milliseconds - pause.milliseconds)
        case .days, .months: return Int64(max(0, last.days - today.days))
        case .workingDays: return Int64(calendar.workingDays(after: today, through: last))
        }
    }

    /// When what was left at a pause is used up.
    func due(_ duration: ChartDuration, remaining: Int64, from resumption: Instant) -> Due {
        let day = LocalDate(resumption)
        switch duration {
        case .milliseconds: return Due(instant: resumption.advanced(milliseconds: remaining))
        case .days, .months: return Due(instant: day.adding(days: Int(remaining)).end)
        case .workingDays: return workingDue(Int(remaining), after: day)
        }
    }

    private func workingDue(_ count: Int, after eve: LocalDate) -> Due {
        let last = calendar.adding(workingDays: count, to: eve)
        return Due(instant: last.end, isProvisional: calendar.isProvisional(last))
    }
}

/// What happens in a case of itself at its time.
enum Alarm {
    /// Index of the timer.
    case timer(Int)
    case send(CaseBody.Send)
}

// MARK: - A case's timers and tasks

extension CaseBody {
    mutating func start(timer spec: TimerSpec, at now: Instant, _ deadlines: Deadlines) {
        let due = deadlines.due(spec.duration, firstDayCounted: spec.firstDayCounted, from: now)
        let rule = spec.duration.description
        var timer = Timer(index: spec.index, id: spec.id, rule: rule, started: now, due: due.instant)
        timer.firstDayCounted = spec.firstDayCounted
        timer.isProvisional = due.isProvisional
        cancel(timer: spec.index)
        timers.append(timer)
    }

    mutating func cancel(timer index: Int) { timers.removeAll { $0.index == index } }

    mutating func pause(timer spec: TimerSpec, at now: Instant, _ deadlines: Deadlines) {
        guard let place = timers.firstIndex(where: { $0.index == spec.index && $0.paused == nil }) else { return }
        timers[place].remaining = deadlines.remaining(spec.duration, due: timers[place].due, at: now)
        timers[place].paused = now
    }

    mutating func resume(timer spec: TimerSpec, at now: Instant, _ deadlines: Deadlines) {
        guard let place = timers.firstIndex(where: { $0.index == spec.index }), let paused = timers[place].paused else {
            return
        }
        timers[place].paused = nil
        defer { timers[place].remaining = 0 }
        // A pause that ends on its own day has taken nothing away, unless hours are counted.
        if LocalDate(paused) == LocalDate(now), !spec.duration.isByTheClock { return }
        let due = deadlines.due(spec.duration, remaining: timers[place].remaining, from: now)
        (timers[place].due, timers[place].isProvisional) = (due.instant, due.isProvisional)
    }

    mutating func open(task spec: TaskSpec, at now: Instant, _ deadlines: Deadlines) {
        let due = spec.due.map { deadlines.due($0, firstDayCounted: false, from: now) }
        var task = Task(index: spec.index, id: spec.id, role: spec.role, opened: now, due: due?.instant ?? .max)
        task.isProvisional = due?.isProvisional ?? false
        tasks.removeAll { $0.index == spec.index }
        withdrawn.removeAll { $0.index == spec.index }
        tasks.append(task)
    }

    mutating func withdraw(task spec: TaskSpec, at now: Instant, keeping: Bool, _ deadlines: Deadlines) {
        guard let place = tasks.firstIndex(where: { $0.index == spec.index }) else { return }
        var task = tasks.remove(at: place)
        guard keeping else { return }
        task.withdrawn = now
        if let duration = spec.due { task.remaining = deadlines.remaining(duration, due: task.due, at: now) }
        withdrawn.removeAll { $0.index == spec.index }
        withdrawn.append(task)
    }

    /// Opens the task as it was withdrawn, with the time that was left; anew if it never was.
    mutating func reopen(task spec: TaskSpec, at now: Instant, _ deadlines: Deadlines) {
        guard let place = withdrawn.firstIndex(where: { $0.index == spec.index }) else {
            return open(task: spec, at: now, deadlines)
        }
        var task = withdrawn.remove(at: place)
        if let duration = spec.due {
            let due = deadlines.due(duration, remaining: task.remaining, from: now)
            (task.due, task.isProvisional) = (due.instant, due.isProvisional)
        }
        (task.withdrawn, task.remaining) = (nil, 0)
        tasks.append(task)
    }

    mutating func send(_ send: DelayedSend, at now: Instant) {
        let due = now.advanced(milliseconds: min(send.delayMilliseconds, Self.longestDelay))
        sends.append(
            Send(id: send.id, event: send.event, due: due, isNamed: send.isNamed, data: send.data))
    }

    /// A hundred years: what is sent later than that never comes, and its time stays a time.
    private static var longestDelay: Int64 { 100 * 366 * 86_400_000 }

    mutating func cancel(sends id: String) { sends.removeAll { $0.id.isExactly(id) } }

    /// It happens, or is over without having happened.
    mutating func remove(_ alarm: Alarm) {
        switch alarm {
        case .timer(let index): cancel(timer: index)
        case .send(let send):
            if let place = sends.firstIndex(of: send) { sends.remove(at: place) }
        }
    }
}

// With every event. Parts of the body are taken, because a look at the whole of it would copy it.
extension CaseContent {
    /// What happens next of itself; of what is due together, timers go before what the chart has sent, and of timers
    /// the one that stands first in the chart.
    var nextAlarm: (alarm: Alarm, due: Instant)? {
        let running = body.timers.lazy.filter { $0.paused == nil }
        let timer = running.min { ($0.due, $0.index) < ($1.due, $1.index) }
        guard let send = body.sends.min(by: { $0.due < $1.due }), send.due < timer?.due ?? .max else {
            return timer.map { (.timer($0.index), $0.due) }
        }
        return (.send(send), send.due)
    }

    /// The narrow index rows the case has beside it.
    func dueEntries(_ id: CaseID) -> [DueEntry] {
        let (timers, sends, tasks) = (body.timers, body.sends, body.tasks)
        var entries: [DueEntry] = []
        entries.reserveCapacity(timers.count + sends.count + tasks.count)
        for timer in timers where timer.paused == nil {
            entries.append(DueEntry(queue: "", due: timer.due, caseID: id))
        }
        for send in sends { entries.append(DueEntry(queue: "", due: send.due, caseID: id)) }
        for task in tasks { entries.append(DueEntry(queue: task.role, due: task.due, caseID: id)) }
        return entries
    }
}

extension ChartDuration {
    fileprivate var isByTheClock: Bool {
        if case .milliseconds = self { true } else { false }
    }
}

extension DelayedSend {
    /// As the chart sent it; its time has come.
    init(_ send: CaseBody.Send) {
        self.init(
            id: send.id, event: send.event, delayMilliseconds: 0, data: send.data, isNamed: send.isNamed)
    }
}
