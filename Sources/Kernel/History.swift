public import Wire

/// What may be read of a history row without opening its seal: who did what to which case, without its content.
public struct Envelope: Equatable, Sendable {
    public enum Kind: UInt64, Sendable {
        case opened = 1
        /// Sent by a caller.
        case external
        /// Sent by the kernel: `fund.granted`.
        case `internal`
        case timer
        /// The event could not be done; nothing but the incident happened.
        case incident
        /// Personal data was read in clear.
        case unmasked
        /// A budget: of the store, not of a case.
        case budget
    }

    public var kind: Kind
    /// Of a timer: its id.
    public var event: String
    public var agency = ""
    public var officer = ""
    public var roles: [String] = []
    /// Paths of the active atomic states after the event, sorted.
    public var states: [String] = []
    /// Of the case after the event.
    public var version: UInt64 = 0
    public var key: IdempotencyKey?
    /// Public case number.
    public var number = ""
    public var postings: [JournalLine] = []
    public var definition: Digest?
    public var plugin: Digest?
    public var policy: Digest?
    public var calendar: Digest?
    public var settled = false
    /// No transition took the event.
    public var unmatched = false
    /// Sentences of the incident this event began, or empty.
    public var incident = (zh: "", en: "")
    /// The document that grants a budget.
    public var document = ""
    /// When the event was accepted, where that is later than the row's stamp: a timer is stamped with its own moment.
    public var recorded: Instant?

    init(kind: Kind, event: String) {
        self.kind = kind
        self.event = event
    }

    public static func == (a: Envelope, b: Envelope) -> Bool { a.encoded() == b.encoded() }
}

extension Envelope {
    /// The bytes of a `casework.store.v1.Envelope`.
    public func encoded() -> [UInt8] {
        var writer = WireWriter(capacity: 384)
        writer.unsigned(1, kind.rawValue)
        writer.string(2, event)
        writer.string(3, agency)
        writer.string(4, officer)
        for role in roles { writer.member(5, role) }
        for state in states { writer.member(6, state) }
        writer.unsigned(7, version)
        writer.data(8, key?.bytes ?? [])
        writer.string(9, number)
        for line in postings { writer.message(10) { line.write(to: &$0) } }
        for (field, digest) in [(11, definition), (12, plugin), (13, policy), (14, calendar)] as [(UInt32, Digest?)] {
            writer.data(field, digest?.bytes ?? [])
        }
        writer.bool(15, settled)
        writer.bool(16, unmatched)
        writer.string(17, incident.zh)
        writer.string(18, incident.en)
        writer.string(19, document)
        writer.signed(20, recorded?.milliseconds ?? 0)
        return writer.bytes
    }

    /// Reads the bytes of a `casework.store.v1.Envelope`.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        self.init(kind: .opened, event: "")
        var known = false
        while let (field, value) = try reader.next() {
            guard field == 1 else {
                try read(field, value)
                continue
            }
            guard let kind = Kind(rawValue: try value.unsigned()) else { throw WireError("the row's kind is unknown") }
            (self.kind, known) = (kind, true)
        }
        guard known else { throw WireError("the row has no kind") }
    }

    private mutating func read(_ field: UInt32, _ value: WireReader.Value) throws(WireError) {
        switch field {
        case 2: event = try value.string()
        case 3: agency = try value.string()
        case 4: officer = try value.string()
        case 5: roles.append(try value.string())
        case 6: states.append(try value.string())
        case 7: version = try value.unsigned()
        case 8: key = IdempotencyKey(bytes: try value.slice())
        case 9: number = try value.string()
        case 10: postings.append(try JournalLine(decoding: value.slice()))
        case 11: definition = try value.digest()
        case 12: plugin = try value.digest()
        case 13: policy = try value.digest()
        case 14: calendar = try value.digest()
        case 15: settled = try value.unsigned() != 0
        case 16: unmatched = try value.unsigned() != 0
        case 17: incident.zh = try value.string()
        case 18: incident.en = try value.string()
        case 19: document = try value.string()
        case 20: recorded = try value.instant()
        default: break
        }
    }
}

extension JournalLine {
    fileprivate func write(to writer: inout WireWriter) {
        writer.string(1, pool.fund)
        writer.string(2, pool.county)
        writer.signed(3, Int64(pool.year))
        writer.unsigned(4, UInt64(from.rawValue))
        writer.unsigned(5, UInt64(to.rawValue))
        writer.signed(6, amount)
    }

    fileprivate init(decoding bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        self.init(pool: Pool(fund: "", county: "", year: 0), from: .granted, to: .available, amount: 0)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: pool.fund = try value.string()
            case 2: pool.county = try value.string()
            case 3: pool.year = Int(clamping: try value.signed())
            case 4: from = try value.account()
            case 5: to = try value.account()
            case 6: amount = try value.signed()
            default: break
            }
        }
    }
}

/// The sealed part of a history row: the inputs of the decision and its answers.
public struct Detail: Equatable, Sendable {
    public var payload: [UInt8] = []
    /// An encoded `casework.plugin.v1.Facts`.
    public var facts: [UInt8] = []
    /// An encoded `casework.plugin.v1.Tape`, as the child gave it.
    public var tape: [UInt8] = []
    /// Keyed hash of the interpreter's snapshot after the event.
    public var snapshotMark: [UInt8] = []
    /// Why personal data was read.
    public var reason = ""

    public init() {}

    /// The record after the event; nil when the event left it as it was.
    public var recordAfter: [UInt8]? {
        get throws(WireError) {
            var reader = WireReader(tape)
            var record: [UInt8]?
            while let (field, value) = try reader.next() {
                if field == 2 { record = try value.array() }
            }
            return record
        }
    }

    /// The bytes of a `casework.store.v1.Detail`.
    public func encoded() -> [UInt8] {
        var writer = WireWriter(capacity: payload.count + facts.count + tape.count + 64)
        writer.data(1, payload)
        writer.data(2, facts)
        writer.data(3, tape)
        writer.data(4, snapshotMark)
        writer.string(5, reason)
        return writer.bytes
    }

    /// Reads the bytes of a `casework.store.v1.Detail`.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: payload = try value.array()
            case 2: facts = try value.array()
            case 3: tape = try value.array()
            case 4: snapshotMark = try value.array()
            case 5: reason = try value.string()
            default: break
            }
        }
    }
}

extension Receipt {
    /// The answer of a command that was committed before, rebuilt from the history row that holds it.
    public init(repeating row: HistoryRow) throws(WireError) {
        let envelope = try Envelope(decoding: row.envelope)
        self.init(
            caseID: row.caseID, number: envelope.number, version: envelope.version, position: row.position,
            stamp: row.stamp, states: envelope.states, headHash: row.hash, repeated: true)
    }
}
