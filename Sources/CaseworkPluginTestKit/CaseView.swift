internal import Kernel
public import SwiftProtobuf

/// Who sends an event.
public struct Officer: Hashable, Sendable {
    public var agency: String
    public var name: String
    /// As the chart names them in `by:`.
    public var roles: [String]

    public init(_ agency: String, _ name: String, roles: [String]) {
        self.agency = agency
        self.name = name
        self.roles = roles
    }

    var principal: Principal { Principal(agency: agency, officer: name, roles: roles) }
}

/// Names a case of a bench.
public struct CaseNumber: Hashable, Sendable, CustomStringConvertible {
    let id: CaseID
    /// As people write it: `TS-220122-2026-000001`.
    public let text: String

    public var description: String { text }
}

/// A value of a policy, written as a literal: an amount in fen, a word, a switch.
public enum PolicyFigure: Equatable, Sendable {
    case integer(Int64)
    case text(String)
    case flag(Bool)

    var value: PolicyValue {
        switch self {
        case .integer(let number): .integer(number)
        case .text(let text): .text(text)
        case .flag(let flag): .flag(flag)
        }
    }
}

extension PolicyFigure: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral {
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(stringLiteral value: String) { self = .text(value) }
    public init(booleanLiteral value: Bool) { self = .flag(value) }
}

/// Where a fund's money is, in fen.
public struct Money: Equatable, Sendable {
    public var available: Int64
    /// Set aside for cases that are not approved yet.
    public var reserved: Int64
    /// Promised by an approval.
    public var committed: Int64
    /// Ordered at the treasury, not yet confirmed by the bank.
    public var ordered: Int64
    public var paid: Int64

    public init(
        available: Int64 = 0, reserved: Int64 = 0, committed: Int64 = 0, ordered: Int64 = 0, paid: Int64 = 0
    ) {
        self.available = available
        self.reserved = reserved
        self.committed = committed
        self.ordered = ordered
        self.paid = paid
    }
}

/// An event was refused, and nothing has changed.
public struct Refused: Error, CustomStringConvertible {
    /// Upper case and stable: the plugin's own, or one of `casework/v1/errors.proto`.
    public var code: String
    public var zh: String
    public var en: String
    /// Codes of what is wrong with single fields, in their order.
    public var violations: [String]

    init(_ rejection: Rejection) {
        code = rejection.reason
        zh = rejection.zh
        en = rejection.en
        violations = rejection.violations.map(\.code)
    }

    public var description: String { "\(code): \(en)" }
}

/// The test itself asks for what cannot be.
public struct TestBenchError: Error, CustomStringConvertible {
    public var description: String

    init(_ description: String) { self.description = description }
}

/// A case as its newest event left it.
public struct CaseView<Record: Message> {
    public struct Task: Equatable, Sendable {
        public var id: String
        public var role: String
        /// The last day on which it is in time, in China.
        public var lastDay: String
    }

    /// The active states without states inside, sorted.
    public var states: [String]
    /// Of the newest event; the first is 1.
    public var version: UInt64
    /// It counts as ended.
    public var isSettled: Bool
    public var record: Record
    /// Open tasks, in the order of the chart.
    public var tasks: [Task]
    /// What the server must be helped with, or empty: `中文 | English`.
    public var incident: String
    /// Names of the events that happened to it, the oldest first; a timer's is its id.
    public var events: [String]

    init(_ stored: StoredCase, history: [HistoryRow]) throws {
        states = stored.states.split(separator: " ").map(String.init)
        version = stored.version
        isSettled = stored.settled
        record = try Record(serializedBytes: stored.record)
        incident = stored.incident
        tasks = try CaseBody(decoding: stored.body).tasks.filter { $0.withdrawn == nil }.map {
            // A task is in time until the end of its last day, which is the first moment of the next.
            Task(id: $0.id, role: $0.role, lastDay: "\(LocalDate($0.due.advanced(milliseconds: -1)))")
        }
        events = try history.filter { $0.caseID == stored.id }.map { try Envelope(decoding: $0.envelope).event }
    }
}
