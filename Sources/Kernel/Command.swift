/// Who stands behind a command: an agency, and the officer of it whose own certificate proved the hand.
public struct Principal: Hashable, Sendable {
    public var agency: String
    /// Empty when only the agency is proven; such a principal never satisfies a four-eyes rule.
    public var officer: String
    /// Roles granted by the server's authorization, sorted.
    public var roles: [String]

    public init(agency: String, officer: String, roles: [String]) {
        self.agency = agency
        self.officer = officer
        self.roles = roles.sorted()
    }
}

/// One request to change something, already authenticated and authorized for its method, type and division.
public struct Command: Sendable {
    public enum Kind: Sendable {
        /// Opens a case of `type` in `county` (six-digit division code); its first event is `case.open`.
        case open(type: String, county: String, payload: [UInt8])
        /// Sends an external event; refused as stale if the case is not at `expectedVersion` where one is given.
        case send(case: CaseID, event: String, payload: [UInt8], expectedVersion: UInt64?)
        /// Sets a fund's budget for a county and year to `amount` fen, under the number of the document that grants it.
        case setBudget(pool: Pool, amount: Int64, document: String)
        /// Records that the caller reads personal data in clear, and why. The answer carries no data: the server reads
        /// the record after the commit.
        case unmask(case: CaseID, reason: String)
    }

    public var key: IdempotencyKey
    /// Over everything the caller asked for: the same key with another digest is another command.
    public var digest: Digest
    public var principal: Principal
    public var kind: Kind

    public init(key: IdempotencyKey, digest: Digest, principal: Principal, kind: Kind) {
        self.key = key
        self.digest = digest
        self.principal = principal
        self.kind = kind
    }
}

/// What a committed command answers, now and each time its key comes again.
public struct Receipt: Equatable, Sendable {
    /// Zero for a command that belongs to no case.
    public var caseID: CaseID
    /// Public case number, such as `TS-220122-2026-000017`.
    public var number: String
    /// The case's version after the event: 1 when opened, then one more each event.
    public var version: UInt64
    public var position: Position
    public var stamp: Instant
    /// Paths of the active atomic states, sorted.
    public var states: [String]
    /// Chain hash of the case's history up to this event; empty where the store keeps no chain.
    public var headHash: [UInt8]
    /// True when the key had been committed before and nothing happened now.
    public var repeated: Bool

    public init(
        caseID: CaseID, number: String, version: UInt64, position: Position, stamp: Instant, states: [String],
        headHash: [UInt8] = [], repeated: Bool = false
    ) {
        self.caseID = caseID
        self.number = number
        self.version = version
        self.position = position
        self.stamp = stamp
        self.states = states
        self.headHash = headHash
        self.repeated = repeated
    }
}

/// Why a command changed nothing. Equality is on the code.
public struct Rejection: Error, Sendable {
    /// Stable codes of the kernel; the server maps each to a status of the wire.
    public enum Code: String, Sendable, CaseIterable {
        case notFound = "NOT_FOUND"
        case eventNotAllowed = "EVENT_NOT_ALLOWED"
        case permissionDenied = "PERMISSION_DENIED"
        case fourEyes = "FOUR_EYES"
        case staleVersion = "STALE_VERSION"
        case keyReused = "KEY_REUSED"
        case keyTooOld = "KEY_TOO_OLD"
        case keyInFuture = "KEY_IN_FUTURE"
        /// The plugin refused; `reason` carries its own code.
        case refused = "REFUSED"
        case handlerFailed = "HANDLER_FAILED"
        case fundShort = "FUND_SHORT"
        case claimHeld = "CLAIM_HELD"
        case payloadTooLarge = "PAYLOAD_TOO_LARGE"
        case recordTooLarge = "RECORD_TOO_LARGE"
        case limitExceeded = "LIMIT_EXCEEDED"
        case queueFull = "QUEUE_FULL"
        case typeUnknown = "TYPE_UNKNOWN"
        case invalidArgument = "INVALID_ARGUMENT"
        case unavailable = "UNAVAILABLE"
        /// Part of the store is not what was written.
        case damaged = "DAMAGED"
    }

    public struct Violation: Equatable, Sendable {
        public var field: String
        public var code: String
        public var zh: String
        public var en: String

        public init(field: String, code: String, zh: String, en: String) {
            self.field = field
            self.code = code
            self.zh = zh
            self.en = en
        }
    }

    public var code: Code
    /// The finest stable code: the plugin's for `.refused`, else that of `code`.
    public var reason: String
    public var zh: String
    public var en: String
    public var violations: [Violation]

    public init(_ code: Code, reason: String? = nil, zh: String, en: String, violations: [Violation] = []) {
        self.code = code
        self.reason = reason ?? code.rawValue
        self.zh = zh
        self.en = en
        self.violations = violations
    }
}

extension Rejection: Equatable {
    public static func == (a: Rejection, b: Rejection) -> Bool { a.code == b.code && a.reason == b.reason }
}

public typealias CommandOutcome = Result<Receipt, Rejection>
