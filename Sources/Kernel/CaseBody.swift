public import Statechart
public import Wire

/// The policy a case pinned when it was opened: the values its plugin declared, sorted by name. It never changes and
/// is written with every event: its bytes are made once.
public final class PinnedPolicy: Equatable, Sendable {
    public struct Value: Equatable, Sendable {
        public var name: String
        public var value: PolicyValue
        public var source: String
    }

    public let digest: Digest
    public let values: [Value]
    let hexDigest: String
    /// The content of the body's field 3.
    let stored: [UInt8]
    /// The fields 6 of facts.
    let facts: [UInt8]

    init(digest: Digest, values: [Value]) {
        self.digest = digest
        self.values = values
        hexDigest = digest.hex
        var (stored, facts) = (WireWriter(), WireWriter())
        stored.data(1, digest.bytes)
        for value in values {
            stored.message(2) { value.write(to: &$0) }
            facts.message(6) { value.write(to: &$0) }
        }
        self.stored = stored.bytes
        self.facts = facts.bytes
    }

    /// Takes from `version` what is declared; a value the county has not configured is absent.
    convenience init(_ version: PolicyVersion, declared names: [String]) {
        let values = names.sorted().compactMap { name in
            version.values[name].map { Value(name: name, value: $0.value, source: $0.source) }
        }
        self.init(digest: version.digest, values: values)
    }

    public static func == (a: PinnedPolicy, b: PinnedPolicy) -> Bool { a.stored == b.stored }
}

/// Policies that cases have pinned, by their bytes: the cases of one county share one, and it is read once.
struct PinnedPolicies {
    private static var limit: Int { 1024 }
    private var known: [[UInt8]: PinnedPolicy] = [:]

    /// The same policy, from here on one with those that are equal.
    mutating func shared(_ policy: PinnedPolicy) -> PinnedPolicy {
        if let known = known[policy.stored] { return known }
        if known.count >= Self.limit { known = [:] }
        known[policy.stored] = policy
        return policy
    }

    mutating func policy(decoding slice: ArraySlice<UInt8>) throws(WireError) -> PinnedPolicy {
        if let policy = known[Array(slice)] { return policy }
        return shared(try PinnedPolicy(decoding: slice))
    }
}

/// What the kernel knows of a case besides the plugin's record: the decoded body of a `StoredCase`.
public struct CaseBody: Equatable, Sendable {
    public struct Timer: Equatable, Sendable {
        /// In the definition.
        public var index: Int
        public var id: String
        /// `72h`, `90d`, `5wd`, `6mo`.
        public var rule: String
        public var firstDayCounted = false
        public var started: Instant
        /// Of no meaning while paused.
        public var due: Instant
        /// Since when it is paused.
        public var paused: Instant?
        /// At the pause: working days, days or milliseconds, as the rule counts.
        public var remaining: Int64 = 0
        /// Counted over a year whose holidays were not loaded.
        public var isProvisional = false
    }

    /// What the chart has sent with a delay, until it is due.
    public struct Send: Equatable, Sendable {
        /// As `cancel` names it.
        public var id: String
        public var event: String
        public var due: Instant
        /// The chart's author gave the id.
        public var isNamed = true
        /// What `_event.data` will be.
        public var data: ChartValue?
    }

    public struct Task: Equatable, Sendable {
        public var index: Int
        public var id: String
        public var role: String
        public var opened: Instant
        /// `Instant.max` when the task has no deadline.
        public var due: Instant
        public var withdrawn: Instant?
        public var remaining: Int64 = 0
        public var isProvisional = false
    }

    /// Money of a fund kept for the case; its account is reserved, committed or ordered.
    public struct Hold: Equatable, Sendable {
        public var pool: Pool
        public var account: Account
        /// In fen, > 0.
        public var amount: Int64
    }

    public struct Sender: Hashable, Sendable {
        public var event: String
        public var agency: String
        /// Empty when only the agency was proven.
        public var officer: String
    }

    public struct Waiting: Equatable, Sendable {
        public var pool: Pool
        public var amount: Int64
    }

    public struct Incident: Equatable, Sendable {
        /// The event that could not be done.
        public var event: String
        public var zh: String
        public var en: String
        /// The incident is over when none of these states is active any more.
        public var states: [String]
    }

    public var definition: Digest
    public var plugin: Digest
    /// Nil when the county had configured none on the day the case was opened.
    public var policy: PinnedPolicy?
    public var snapshot: [UInt8] = []
    public var timers: [Timer] = []
    public var tasks: [Task] = []
    public var withdrawn: [Task] = []
    public var holds: [Hold] = []
    public var senders: [Sender] = []
    public var waiting: Waiting?
    /// Keyed hashes, sorted.
    public var claims: [[UInt8]] = []
    public var incident: Incident?
    /// In the order in which the chart sent them.
    public var sends: [Send] = []

    init(definition: Digest, plugin: Digest, policy: PinnedPolicy?) {
        self.definition = definition
        self.plugin = plugin
        self.policy = policy
    }
}

extension Instant {
    /// Later than any other: the due time of what is never due.
    public static let max = Instant(milliseconds: .max)
}

// MARK: - Encoding

extension CaseBody {
    /// The bytes of a `casework.store.v1.CaseBody`.
    public func encoded() -> [UInt8] {
        var writer = WireWriter(capacity: 768)
        writer.data(1, definition.bytes)
        writer.data(2, plugin.bytes)
        if let policy { writer.member(3, policy.stored) }
        writer.data(4, snapshot)
        for timer in timers { writer.message(5) { timer.write(to: &$0) } }
        for task in tasks { writer.message(6) { task.write(to: &$0) } }
        for task in withdrawn { writer.message(7) { task.write(to: &$0) } }
        for hold in holds { writer.message(8) { hold.write(to: &$0) } }
        for sender in senders { writer.message(9) { sender.write(to: &$0) } }
        if let waiting { writer.message(10) { $0.write(waiting.pool, amount: waiting.amount) } }
        for claim in claims { writer.member(11, claim) }
        if let incident { writer.message(12) { incident.write(to: &$0) } }
        for send in sends { writer.message(13) { send.write(to: &$0) } }
        return writer.bytes
    }
}

extension WireWriter {
    fileprivate mutating func write(_ pool: Pool, amount: Int64) {
        string(1, pool.fund)
        string(2, pool.county)
        signed(3, Int64(pool.year))
        signed(4, amount)
    }
}

extension PinnedPolicy.Value {
    fileprivate func write(to writer: inout WireWriter) {
        writer.string(1, name)
        writer.write(value)
        writer.string(5, source)
    }
}

extension CaseBody.Timer {
    fileprivate func write(to writer: inout WireWriter) {
        writer.unsigned(1, UInt64(index))
        writer.string(2, id)
        writer.string(3, rule)
        writer.bool(4, firstDayCounted)
        writer.signed(5, started.milliseconds)
        writer.signed(6, due.milliseconds)
        writer.signed(7, paused?.milliseconds ?? 0)
        writer.signed(8, remaining)
        writer.bool(9, isProvisional)
    }
}

extension CaseBody.Send {
    fileprivate func write(to writer: inout WireWriter) {
        writer.string(1, id)
        writer.string(2, event)
        writer.signed(3, due.milliseconds)
        writer.bool(4, isNamed)
        if let data { writer.member(5, data.bytes) }
    }
}

extension CaseBody.Task {
    fileprivate func write(to writer: inout WireWriter) {
        writer.unsigned(1, UInt64(index))
        writer.string(2, id)
        writer.string(3, role)
        writer.signed(4, opened.milliseconds)
        if due != .max { writer.present(5, UInt64(bitPattern: due.milliseconds)) }
        writer.signed(6, withdrawn?.milliseconds ?? 0)
        writer.signed(7, remaining)
        writer.bool(8, isProvisional)
    }
}

extension CaseBody.Hold {
    fileprivate func write(to writer: inout WireWriter) {
        writer.string(1, pool.fund)
        writer.string(2, pool.county)
        writer.signed(3, Int64(pool.year))
        writer.unsigned(4, UInt64(account.rawValue))
        writer.signed(5, amount)
    }
}

extension CaseBody.Sender {
    fileprivate func write(to writer: inout WireWriter) {
        writer.string(1, event)
        writer.string(2, agency)
        writer.string(3, officer)
    }
}

extension CaseBody.Incident {
    fileprivate func write(to writer: inout WireWriter) {
        writer.string(1, event)
        writer.string(2, zh)
        writer.string(3, en)
        for state in states { writer.member(4, state) }
    }
}

// MARK: - Decoding

extension CaseBody {
    /// Reads the bytes of a `casework.store.v1.CaseBody`.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        try self.init(decoding: bytes) { (slice) throws(WireError) in try PinnedPolicy(decoding: slice) }
    }

    /// - Parameter pinned: reads the policy.
    init(
        decoding bytes: [UInt8], policy pinned: (ArraySlice<UInt8>) throws(WireError) -> PinnedPolicy
    ) throws(WireError) {
        var reader = WireReader(bytes)
        let none = Digest(bytes: [UInt8](repeating: 0, count: 32))
        self.init(definition: none, plugin: none, policy: nil)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: definition = try value.digest()
            case 2: plugin = try value.digest()
            case 3: policy = try pinned(value.slice())
            case 4: snapshot = try value.array()
            case 5: timers.append(try Timer(decoding: value.slice()))
            case 6: tasks.append(try Task(decoding: value.slice()))
            case 7: withdrawn.append(try Task(decoding: value.slice()))
            case 8: holds.append(try Hold(decoding: value.slice()))
            case 9: senders.append(try Sender(decoding: value.slice()))
            case 10: waiting = try Waiting(decoding: value.slice())
            case 11: claims.append(try value.array())
            case 12: incident = try Incident(decoding: value.slice())
            case 13: sends.append(try Send(decoding: value.slice()))
            default: break
            }
        }
    }
}

extension WireReader.Value {
    func instant() throws(WireError) -> Instant { Instant(milliseconds: try signed()) }

    func digest() throws(WireError) -> Digest {
        let bytes = try array()
        guard bytes.count == 32 else { throw WireError("a digest has 32 bytes, not \(bytes.count)") }
        return Digest(bytes: bytes)
    }

    /// A value of a chart, as the interpreter writes it.
    package func chartValue() throws(WireError) -> ChartValue {
        let bytes = try array()
        do {
            return try ChartValue(decoding: bytes)
        } catch {
            throw WireError(error.message)
        }
    }

    func account() throws(WireError) -> Account {
        guard let account = Account(rawValue: UInt8(clamping: try unsigned())) else {
            throw WireError("an account is unknown")
        }
        return account
    }
}

extension PinnedPolicy {
    fileprivate convenience init(decoding bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        var read: (digest: Digest?, values: [Value]) = (nil, [])
        while let (field, value) = try reader.next() {
            switch field {
            case 1: read.digest = try value.digest()
            case 2: read.values.append(try Value(decoding: value.slice()))
            default: break
            }
        }
        guard let digest = read.digest else { throw WireError("a policy has no digest") }
        self.init(digest: digest, values: read.values)
    }
}

extension PinnedPolicy.Value {
    fileprivate init(decoding bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        self.init(name: "", value: .flag(false), source: "")
        while let (field, value) = try reader.next() {
            switch field {
            case 1: name = try value.string()
            case 5: source = try value.string()
            default: if let read = try PolicyValue(field: field, value) { self.value = read }
            }
        }
    }
}

extension CaseBody.Timer {
    fileprivate init(decoding bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        let zero = Instant(milliseconds: 0)
        self.init(index: 0, id: "", rule: "", started: zero, due: zero)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: index = Int(clamping: try value.unsigned())
            case 2: id = try value.string()
            case 3: rule = try value.string()
            case 4: firstDayCounted = try value.unsigned() != 0
            case 5: started = try value.instant()
            case 6: due = try value.instant()
            case 7: paused = try value.instant()
            case 8: remaining = try value.signed()
            case 9: isProvisional = try value.unsigned() != 0
            default: break
            }
        }
    }
}

extension CaseBody.Send {
    fileprivate init(decoding bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        self.init(id: "", event: "", due: Instant(milliseconds: 0), isNamed: false)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: id = try value.string()
            case 2: event = try value.string()
            case 3: due = try value.instant()
            case 4: isNamed = try value.unsigned() != 0
            case 5: data = try value.chartValue()
            default: break
            }
        }
    }
}

extension CaseBody.Task {
    fileprivate init(decoding bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        self.init(index: 0, id: "", role: "", opened: Instant(milliseconds: 0), due: .max)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: index = Int(clamping: try value.unsigned())
            case 2: id = try value.string()
            case 3: role = try value.string()
            case 4: opened = try value.instant()
            case 5: due = try value.instant()
            case 6: withdrawn = try value.instant()
            case 7: remaining = try value.signed()
            case 8: isProvisional = try value.unsigned() != 0
            default: break
            }
        }
    }
}

extension CaseBody.Hold {
    fileprivate init(decoding bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        self.init(pool: Pool(fund: "", county: "", year: 0), account: .reserved, amount: 0)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: pool.fund = try value.string()
            case 2: pool.county = try value.string()
            case 3: pool.year = Int(clamping: try value.signed())
            case 4: account = try value.account()
            case 5: amount = try value.signed()
            default: break
            }
        }
    }
}

extension CaseBody.Sender {
    fileprivate init(decoding bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        self.init(event: "", agency: "", officer: "")
        while let (field, value) = try reader.next() {
            switch field {
            case 1: event = try value.string()
            case 2: agency = try value.string()
            case 3: officer = try value.string()
            default: break
            }
        }
    }
}

extension CaseBody.Waiting {
    fileprivate init(decoding bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        self.init(pool: Pool(fund: "", county: "", year: 0), amount: 0)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: pool.fund = try value.string()
            case 2: pool.county = try value.string()
            case 3: pool.year = Int(clamping: try value.signed())
            case 4: amount = try value.signed()
            default: break
            }
        }
    }
}

extension CaseBody.Incident {
    fileprivate init(decoding bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        self.init(event: "", zh: "", en: "", states: [])
        while let (field, value) = try reader.next() {
            switch field {
            case 1: event = try value.string()
            case 2: zh = try value.string()
            case 3: en = try value.string()
            case 4: states.append(try value.string())
            default: break
            }
        }
    }
}
