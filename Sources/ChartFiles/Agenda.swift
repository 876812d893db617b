import Statechart

/// What waits for its time while a chart is played: timers and delayed sends, first due first, then first come.
struct Agenda: Equatable, Sendable {
    enum Item: Equatable, Sendable {
        case timer(Int)
        case send(DelayedSend)
    }

    struct Entry: Equatable, Sendable {
        /// Milliseconds of virtual time.
        var due: Int64
        var order: Int64
        var item: Item
        /// Of a paused timer, what was left; it is not due.
        var remaining: Int64?

        /// What a send takes, written out; numbers, which every entry has, are left out.
        let bytes: Int

        init(due: Int64, order: Int64, item: Item, remaining: Int64? = nil) {
            (self.due, self.order, self.item, self.remaining) = (due, order, item, remaining)
            guard case .send(let send) = item else {
                bytes = 0
                return
            }
            let texts = [JSON.string(send.event), JSON.string(send.id), send.data?.json].compactMap { $0 }
            bytes = texts.reduce(0) { $0 + $1.canonicalBytes().count }
        }
    }

    /// As many as may wait in one queue of the interpreter; the server allows 32.
    static let entryLimit = ChartLimits.queuedEvents
    /// Room for the 32 sends of the server with the heaviest text each. Written out, the agenda stays well below what
    /// is read as JSON, `ChartLimits.bytes`, and is small enough to be written and read every tenth of a second.
    static let byteLimit = 32 * ChartLimits.valueWeight

    var now: Int64 = 0
    private var entries: [Entry] = []
    private var count: Int64 = 0
    /// What the sends take, written out.
    private var bytes = 0

    /// More waits than can be kept; to be asked after each intent that was followed.
    var isOverfull: Bool { entries.count > Agenda.entryLimit || bytes > Agenda.byteLimit }

    init() {}

    var nextTenth: Int64 { (now / 100 + 1) * 100 }

    mutating func follow(_ intent: Intent, in definition: Definition) {
        switch intent {
        case .startTimer(let timer):
            remove { $0 == .timer(timer) }
            add(.timer(timer), due: Agenda.due(of: definition.timers[timer], from: now))
        case .cancelTimer(let timer): remove { $0 == .timer(timer) }
        case .pauseTimer(let timer):
            for index in entries.indices where entries[index].item == .timer(timer) && entries[index].remaining == nil {
                entries[index].remaining = max(0, entries[index].due - now)
            }
        case .resumeTimer(let timer):
            for index in entries.indices where entries[index].item == .timer(timer) {
                guard let remaining = entries[index].remaining else { continue }
                entries[index].due = Agenda.sum(now, remaining)
                entries[index].remaining = nil
            }
        case .sendDelayed(let send): add(.send(send), due: Agenda.sum(now, send.delayMilliseconds))
        case .cancelDelayed(let id):
            remove { item in
                if case .send(let send) = item { send.id.isExactly(id) } else { false }
            }
        case .openTask, .reopenTask, .withdrawTask, .openJob, .withdrawJob: break
        }
    }

    private mutating func add(_ item: Item, due: Int64) {
        count += 1
        insert(Entry(due: due, order: count, item: item))
    }

    private mutating func insert(_ entry: Entry) {
        entries.append(entry)
        bytes += entry.bytes
    }

    private mutating func remove(where isUnwanted: (Item) -> Bool) {
        for entry in entries where isUnwanted(entry.item) { bytes -= entry.bytes }
        entries.removeAll { isUnwanted($0.item) }
    }

    private static func sum(_ a: Int64, _ b: Int64) -> Int64 {
        let result = a.addingReportingOverflow(b)
        return result.overflow ? Int64.max : result.partialValue
    }

    /// Takes out what is due first, at `end` at the latest, and moves the clock there.
    mutating func takeDue(by end: Int64) -> (ChartEvent, String)? {
        let running = entries.indices.filter { entries[$0].remaining == nil && entries[$0].due <= end }
        let isEarlier = { (a: Int, b: Int) in
            (entries[a].due, entries[a].order) < (entries[b].due, entries[b].order)
        }
        guard let index = running.min(by: isEarlier) else { return nil }
        let entry = entries.remove(at: index)
        bytes -= entry.bytes
        now = max(now, entry.due)
        switch entry.item {
        case .timer(let timer): return (.timer(timer), "timer \(timer)")
        case .send(let send): return (.delayed(send), send.event)
        }
    }

    /// Time zero is a Monday's midnight.
    private static func due(of timer: TimerSpec, from now: Int64) -> Int64 {
        let day: Int64 = 86_400_000
        switch timer.duration {
        case .milliseconds(let length): return sum(now, length)
        case .days(let number): return sum(now, Int64(number) * day)
        case .months(let number): return sum(now, Int64(number) * 30 * day)
        case .workingDays(let number):
            let weekday = now / day % 7
            let isWorkingDay = weekday < 5
            let steps = Int64(number) - (timer.firstDayCounted && isWorkingDay ? 1 : 0)
            guard steps > 0 else { return now }
            // From a weekend the count begins on Monday, as from the Friday before.
            let start = isWorkingDay ? weekday : 4
            let offset = isWorkingDay ? 0 : weekday - 4
            return sum(now, ((start + steps) / 5 * 7 + (start + steps) % 5 - start - offset) * day)
        }
    }
}

// MARK: - Written out

extension Agenda {
    var json: JSON {
        .object([
            .init("now", .integer(now)), .init("count", .integer(count)),
            .init("entries", .array(entries.map(\.json))),
        ])
    }

    init(_ json: JSON) throws(ChartError) {
        guard case .integer(let now) = json["now"], case .integer(let count) = json["count"],
            case .array(let entries) = json["entries"]
        else { throw ChartError(.invalid, "not an agenda") }
        self.now = now
        self.count = count
        for entry in entries { insert(try Entry(entry)) }
    }
}

extension Agenda.Entry {
    fileprivate var json: JSON {
        var members: [JSON.Member] = [.init("due", .integer(due)), .init("order", .integer(order))]
        if let remaining { members.append(.init("remaining", .integer(remaining))) }
        switch item {
        case .timer(let timer): members.append(.init("timer", .integer(Int64(timer))))
        case .send(let send):
            members += [
                .init("id", .string(send.id)), .init("event", .string(send.event)),
                .init("delay", .integer(send.delayMilliseconds)), .init("isNamed", .boolean(send.isNamed)),
            ]
            if let data = send.data { members.append(.init("data", data.json)) }
        }
        return .object(members)
    }

    fileprivate init(_ json: JSON) throws(ChartError) {
        guard case .integer(let due) = json["due"], case .integer(let order) = json["order"] else {
            throw ChartError(.invalid, "not an entry of an agenda")
        }
        var remaining: Int64?
        if case .integer(let left) = json["remaining"] { remaining = left }
        if case .integer(let timer) = json["timer"] {
            self.init(due: due, order: order, item: .timer(Int(timer)), remaining: remaining)
            return
        }
        guard case .string(let id) = json["id"], case .string(let event) = json["event"],
            case .integer(let delay) = json["delay"], case .boolean(let isNamed) = json["isNamed"]
        else { throw ChartError(.invalid, "not an entry of an agenda") }
        let send = DelayedSend(
            id: id, event: event, delayMilliseconds: delay, data: json["data"].map(ChartValue.init), isNamed: isNamed)
        self.init(due: due, order: order, item: .send(send), remaining: remaining)
    }
}
