/// An event inside the interpreter: known names by id, others by name.
struct QueuedEvent: Hashable, Sendable {
    enum Kind: UInt8, Sendable { case external, `internal`, platform }

    /// In the event table, or -1.
    var id: Int32
    /// Longest prefix some transition listens to.
    var base: Int32
    /// Only where `id` is -1.
    var foreignName = ""
    var kind: Kind
    var data: ChartValue?
    var sendID: String?
    /// It came through the event processor of other interpreters' kind, so it has an origin.
    var hasOrigin = false
    var isError = false

    static let timer = QueuedEvent(id: -1, base: EventTable.all, kind: .external)

    func name(in definition: Definition) -> String {
        id >= 0 ? definition.tables.events.names[Int(id)] : foreignName
    }
}

/// First in, first out; keeps its room.
struct EventQueue: Sendable {
    private(set) var events: [QueuedEvent] = []
    private var head = 0

    var isEmpty: Bool { head == events.count }
    var count: Int { events.count - head }
    var waiting: ArraySlice<QueuedEvent> { events[head...] }

    mutating func append(_ event: QueuedEvent) { events.append(event) }

    mutating func removeFirst() -> QueuedEvent? {
        guard head < events.count else { return nil }
        defer {
            head += 1
            if head == events.count { removeAll() }
        }
        return events[head]
    }

    mutating func removeAll() {
        head = 0
        guard !events.isEmpty else { return }
        events.removeAll(keepingCapacity: true)
    }

    mutating func remove(where isUnwanted: (QueuedEvent) -> Bool) {
        let kept = waiting.filter { !isUnwanted($0) }
        events = kept
        head = 0
    }
}

/// A set of states as bits.
struct StateBits: Hashable, Sendable {
    private(set) var words: [UInt64]

    init(count: Int) { words = Array(repeating: 0, count: (count + 63) / 64) }

    @inline(__always)
    func contains(_ state: Int32) -> Bool {
        state >= 0 && words[Int(state) >> 6] & (1 << (UInt64(state) & 63)) != 0
    }

    @inline(__always)
    mutating func insert(_ state: Int32) { words[Int(state) >> 6] |= 1 << (UInt64(state) & 63) }

    @inline(__always)
    mutating func remove(_ state: Int32) { words[Int(state) >> 6] &= ~(1 << (UInt64(state) & 63)) }
}

extension Machine {
    func queued(_ name: String, _ kind: QueuedEvent.Kind, data: ChartValue? = nil) -> QueuedEvent {
        let table = definition.tables.events
        if let id = table.find(name) { return queued(id: id, kind, data: data) }
        let isError = kind != .external && EventTable.isError(name)
        return QueuedEvent(
            id: -1, base: table.longestBase(of: name), foreignName: name, kind: kind, data: data, isError: isError)
    }

    func queued(id: Int32, _ kind: QueuedEvent.Kind, data: ChartValue? = nil) -> QueuedEvent {
        let table = definition.tables.events
        let isError = kind != .external && table.isError[Int(id)]
        return QueuedEvent(id: id, base: table.parents[Int(id)], kind: kind, data: data, isError: isError)
    }

    func queued(_ event: ChartEvent) -> QueuedEvent {
        switch event {
        case .external(let name): return queued(name, .external)
        case .internal(let name): return queued(name, .internal)
        case .withData(let name, let data): return queued(name, .external, data: data)
        case .delayed(let send):
            var result = queued(send.event, .external, data: send.data)
            result.sendID = send.isNamed ? send.id : nil
            result.hasOrigin = true
            return result
        case .timer: return .timer
        }
    }

    /// Raises into the internal queue, within its bound.
    mutating func enqueue(_ event: QueuedEvent, _ run: inout Run) {
        guard internalQueue.count < ChartLimits.queuedEvents else {
            run.isOverLimit = true
            return
        }
        internalQueue.append(event)
    }

    /// - Parameter event: `EventTable.executionError` or `communicationError`.
    mutating func raiseError(_ event: Int32, sendID: String? = nil, _ run: inout Run) {
        var error = queued(id: event, .platform)
        error.sendID = sendID
        enqueue(error, &run)
    }
}
