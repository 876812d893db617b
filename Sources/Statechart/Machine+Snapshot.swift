// An interpreter as bytes: what it was told and what it remembers, nothing that can be worked out again.
//
// Version 1: version, phase, active leaves, remembered histories, variables, sends counted, late-bound states, own
// sends still queued. Numbers are unsigned LEB128 (signed ones zigzag), texts and lists are preceded by their length.

extension Machine {
    /// The whole state, compact, the same bytes for the same state. Not to be taken in the middle of a step.
    func snapshot() -> [UInt8] {
        var writer = SnapshotWriter()
        writer.number(1)
        writer.number(UInt64(phase.rawValue))
        writer.states(active.filter { definition.tables.states[Int($0)].kind.isLeaf })
        for memory in remembered { writer.states(memory) }
        for value in values {
            writer.flag(value != nil)
            if let value { writer.value(value) }
        }
        writer.number(UInt64(sendCount))
        for word in boundStates.words { writer.number(word) }
        writer.number(UInt64(externalQueue.count))
        for event in externalQueue.waiting { writer.event(event, in: definition) }
        return writer.bytes
    }

    /// The bytes do not tell of which chart they are: whoever keeps them keeps the chart's identity beside them, as the
    /// row of a case does, and restores with the same chart. With another they are refused or mean other states.
    ///
    /// - Throws: `ChartError` with code `snapshot` for bytes that are cut, go on after their end, or say what cannot be
    ///   in this chart: states it does not have, or that cannot be active together.
    init(_ definition: Definition, restoring snapshot: [UInt8]) throws(ChartError) {
        self.init(definition)
        var reader = SnapshotReader(snapshot)
        guard try reader.number() == 1 else { throw reader.failure("unknown version") }
        guard let phase = Phase(rawValue: UInt8(truncatingIfNeeded: try reader.number())) else {
            throw reader.failure("unknown phase")
        }
        self.phase = phase
        let stateCount = definition.states.count
        let leaves = try reader.states(below: stateCount)
        for slot in remembered.indices { remembered[slot] = try reader.states(below: stateCount) }
        for index in values.indices where try reader.flag() { values[index] = try reader.value() }
        guard let count = Int64(exactly: try reader.number()) else { throw reader.failure("a count out of range") }
        sendCount = count
        try restoreBound(&reader)
        let queued = try reader.count(atMost: ChartLimits.queuedEvents)
        for _ in 0..<queued { externalQueue.append(try reader.event(for: self)) }
        try reader.end()
        try activate(leaves, reader)
        try checkRemembered(reader)
    }

    private mutating func restoreBound(_ reader: inout SnapshotReader) throws(ChartError) {
        let count = Int32(boundStates.words.count * 64)
        for start in stride(from: Int32(0), to: count, by: 64) {
            let word = try reader.number()
            for bit in 0..<Int32(64) where word & (1 << UInt64(bit)) != 0 {
                guard Int(start + bit) < definition.states.count else { throw reader.failure("a state out of range") }
                boundStates.insert(start + bit)
            }
        }
    }

    private mutating func activate(_ leaves: [Int32], _ reader: SnapshotReader) throws(ChartError) {
        (active, activeBits) = try family(of: leaves, below: -1, reader)
        let topmost = active.count { definition.tables.states[Int($0)].parent < 0 }
        guard topmost == (phase == .notStarted ? 0 : 1) else { throw reader.failure("no legal configuration") }
    }

    /// The leaves with all that lies between them and `top`, ascending, if they can be active together.
    ///
    /// - Precondition: the leaves lie in `top`.
    private func family(
        of leaves: [Int32], below top: Int32, _ reader: SnapshotReader
    ) throws(ChartError) -> (states: [Int32], bits: StateBits) {
        let rows = definition.tables.states
        var states: [Int32] = []
        var bits = StateBits(count: rows.count)
        for leaf in leaves {
            guard rows[Int(leaf)].kind.isLeaf else { throw reader.failure("an active state with states inside") }
            var state = leaf
            while state != top, !bits.contains(state) {
                bits.insert(state)
                states.append(state)
                state = rows[Int(state)].parent
            }
        }
        states.sort()
        for state in states {
            let inside = rows[Int(state)].children.range.count { bits.contains(definition.tables.stateLists[$0]) }
            try checkInside(state, inside, reader)
        }
        return (states, bits)
    }

    /// Of a compound state one state inside is active, of a parallel one all.
    private func checkInside(_ state: Int32, _ inside: Int, _ reader: SnapshotReader) throws(ChartError) {
        let row = definition.tables.states[Int(state)]
        let wanted = row.kind == .compound ? 1 : row.kind == .parallel ? Int(row.children.count) : 0
        guard inside == wanted else { throw reader.failure("\(definition.states[Int(state)].path) is active in part") }
    }

    /// What comes back through a history must be able to be active together, as what is active now.
    private func checkRemembered(_ reader: SnapshotReader) throws(ChartError) {
        for (slot, history) in definition.tables.histories.enumerated() where !remembered[slot].isEmpty {
            let row = definition.tables.states[Int(history)]
            let isDeep = row.kind == .deepHistory
            for state in remembered[slot] {
                let member = definition.tables.states[Int(state)]
                let isFit = isDeep ? member.kind.isLeaf : member.parent == row.parent
                guard isFit, !member.kind.isHistory, isDescendant(state, of: row.parent) else {
                    throw reader.failure("a history remembers a state that is not its own")
                }
            }
            let members = isDeep ? try family(of: remembered[slot], below: row.parent, reader).states : remembered[slot]
            let inside = members.count { definition.tables.states[Int($0)].parent == row.parent }
            try checkInside(row.parent, inside, reader)
        }
    }
}

// MARK: - Values by themselves

extension ChartValue {
    /// Compact, the same bytes for the same value: as in a snapshot.
    public var bytes: [UInt8] {
        var writer = SnapshotWriter()
        writer.value(self)
        return writer.bytes
    }

    /// - Throws: `ChartError` with code `snapshot` for bytes that are no value.
    public init(decoding bytes: [UInt8]) throws(ChartError) {
        var reader = SnapshotReader(bytes)
        self = try reader.value()
        try reader.end()
    }
}

// MARK: - Writing

private struct SnapshotWriter {
    var bytes: [UInt8] = []

    mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func signed(_ value: Int64) { number(UInt64(bitPattern: (value << 1) ^ (value >> 63))) }

    mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }

    mutating func text(_ value: String) {
        number(UInt64(value.utf8.count))
        bytes += value.utf8
    }

    mutating func optional(_ value: String?) {
        flag(value != nil)
        if let value { text(value) }
    }

    /// Ascending, so that each is written as its distance from the one before.
    mutating func states(_ states: [Int32]) {
        number(UInt64(states.count))
        var previous: Int32 = 0
        for state in states {
            number(UInt64(state - previous))
            previous = state
        }
    }

    mutating func value(_ value: ChartValue) {
        switch value {
        case .null: bytes.append(0)
        case .boolean(let flag): bytes.append(flag ? 2 : 1)
        case .integer(let number):
            bytes.append(3)
            signed(number)
        case .string(let text):
            bytes.append(4)
            self.text(text)
        case .list(let values):
            bytes.append(5)
            number(UInt64(values.count))
            for element in values { self.value(element) }
        case .map(let entries):
            bytes.append(6)
            number(UInt64(entries.count))
            for entry in entries {
                text(entry.key)
                self.value(entry.value)
            }
        }
    }

    mutating func event(_ event: QueuedEvent, in definition: Definition) {
        text(event.name(in: definition))
        flag(event.hasOrigin)
        optional(event.sendID)
        flag(event.data != nil)
        if let data = event.data { value(data) }
    }
}

// MARK: - Reading

private struct SnapshotReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func failure(_ message: String) -> ChartError { ChartError(.snapshot, "snapshot, byte \(position): \(message)") }

    mutating func byte() throws(ChartError) -> UInt8 {
        guard position < bytes.count else { throw failure("it ends too early") }
        defer { position += 1 }
        return bytes[position]
    }

    func end() throws(ChartError) {
        guard position == bytes.count else { throw failure("it goes on after its end") }
    }

    mutating func number() throws(ChartError) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let next = try byte()
            guard shift < 63 || next <= 1 else { throw failure("a number of more than 64 bits") }
            result |= UInt64(next & 0x7F) << shift
            if next < 0x80 {
                // One way to write a number, so that equal states have equal bytes.
                guard next != 0 || shift == 0 else { throw failure("a number written too long") }
                return result
            }
        }
        throw failure("a number of more than 64 bits")
    }

    mutating func signed() throws(ChartError) -> Int64 {
        let value = try number()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func count(atMost limit: Int) throws(ChartError) -> Int {
        let value = try number()
        // Whatever is counted takes at least a byte.
        guard value <= UInt64(limit), value <= UInt64(bytes.count) else { throw failure("a length out of range") }
        return Int(value)
    }

    mutating func flag() throws(ChartError) -> Bool {
        switch try byte() {
        case 0: return false
        case 1: return true
        default: throw failure("expected 0 or 1")
        }
    }

    mutating func text() throws(ChartError) -> String {
        let length = try count(atMost: ChartLimits.valueWeight)
        guard position + length <= bytes.count,
            let text = String(validating: bytes[position..<position + length], as: UTF8.self)
        else { throw failure("a text that is cut or not UTF-8") }
        position += length
        return text
    }

    mutating func states(below limit: Int) throws(ChartError) -> [Int32] {
        let count = try count(atMost: limit)
        var result: [Int32] = []
        var previous: UInt64 = 0
        for offset in 0..<count {
            let step = try number()
            guard step < UInt64(limit), previous + step < UInt64(limit), offset == 0 || step > 0 else {
                throw failure("a state out of range")
            }
            previous += step
            result.append(Int32(previous))
        }
        return result
    }

    mutating func value(depth: Int = 0) throws(ChartError) -> ChartValue {
        guard depth <= ChartLimits.valueDepth + 1 else { throw failure("a value nested too deep") }
        switch try byte() {
        case 0: return .null
        case 1: return .boolean(false)
        case 2: return .boolean(true)
        case 3: return .integer(try signed())
        case 4: return .string(try text())
        case 5:
            var values: [ChartValue] = []
            for _ in 0..<(try count(atMost: ChartLimits.valueWeight)) { values.append(try value(depth: depth + 1)) }
            return .list(values)
        case 6:
            var entries: [ChartValue.Entry] = []
            for _ in 0..<(try count(atMost: ChartLimits.valueWeight)) {
                entries.append(.init(try text(), try value(depth: depth + 1)))
            }
            return .map(entries)
        default: throw failure("a value of unknown kind")
        }
    }

    mutating func event(for machine: Machine) throws(ChartError) -> QueuedEvent {
        var event = machine.queued(try text(), .external)
        event.hasOrigin = try flag()
        if try flag() { event.sendID = try text() }
        if try flag() { event.data = try value() }
        return event
    }
}
