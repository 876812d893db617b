public import Schema
public import SwiftProtobuf

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// One decision while it is being made: what is known, the record, and what the action at hand asks for.
///
/// A guard reads it. An action changes `record` and asks for effects; when it throws, both are as they were before it.
public struct Decision<Record: SwiftProtobuf.Message> {
    public let facts: Facts
    /// Name of the event, or the id of the timer that fired; empty when a guard is asked by itself.
    public let event: String
    public var record: Record

    let payloadBytes: [UInt8]?
    /// What the action at hand has asked for so far, for a test of that action.
    public internal(set) var effects = Casework_Plugin_V1_Effects()

    /// - Parameter payload: nil when a guard is asked before there is a payload.
    public init(facts: Facts, event: String, record: Record, payload: [UInt8]?) {
        self.facts = facts
        self.event = event
        self.record = record
        self.payloadBytes = payload
    }

    /// The message that came with the event.
    ///
    /// - Throws: `PayloadMissing` when there is none yet (a guard lets it through and so answers that it needs the
    ///   payload); a `Refusal` with `INVALID_PAYLOAD` when the bytes are not such a message.
    public func payload<Payload: SwiftProtobuf.Message>(as type: Payload.Type = Payload.self) throws -> Payload {
        guard let payloadBytes else { throw PayloadMissing() }
        do {
            return try Payload(serializedBytes: payloadBytes)
        } catch {
            throw Refusal(
                "INVALID_PAYLOAD", zh: "随事件提交的内容不是 \(Payload.protoMessageName)",
                en: "what came with the event is not a \(Payload.protoMessageName)")
        }
    }
}

/// Thrown by `Decision.payload(as:)` when a guard is asked before there is a payload.
public struct PayloadMissing: Error, Sendable {}

// MARK: - What is known

extension Decision {
    /// Today in Asia/Shanghai.
    public var today: CalendarDate { CalendarDate(daysSince1970: Int(facts.today)) }

    /// A whole number of the policy in force for this case; nil where the county has not configured it.
    public func policyInteger(_ name: String) -> Int64? {
        guard case .integer(let value) = policy(name)?.value else { return nil }
        return value
    }

    public func policyText(_ name: String) -> String? {
        guard case .text(let value) = policy(name)?.value else { return nil }
        return value
    }

    public func policyFlag(_ name: String) -> Bool? {
        guard case .flag(let value) = policy(name)?.value else { return nil }
        return value
    }

    /// Document and article behind a policy value; empty where it is not configured.
    public func policySource(_ name: String) -> String { policy(name)?.source ?? "" }

    private func policy(_ name: String) -> Casework_Plugin_V1_PolicyValue? {
        facts.policy.first { $0.name == name }
    }

    /// What the fund can still give this case: nothing while others wait before it.
    public func available(in fund: String) -> Fen { Fen(pool(fund)?.availableFen ?? 0) }

    /// What is reserved or committed for this case.
    public func held(in fund: String) -> Fen { Fen(pool(fund)?.heldFen ?? 0) }

    private func pool(_ fund: String) -> Casework_Plugin_V1_PoolFact? { facts.pools.first { $0.fund == fund } }

    /// A claim of this scope was found held by another case when the decision was tried before.
    public func isClaimHeldElsewhere(scope: String) -> Bool { facts.conflicts.contains(scope) }
}

// MARK: - What an action asks for

extension Decision {
    /// Sets a value to list and search cases by.
    public mutating func setAttribute(_ name: String, _ value: Int64) {
        effects.attributes.append(.with { $0.name = name; $0.integer = value })
    }

    /// - Parameter personal: the value is kept as a keyed hash, to be found only by equality.
    public mutating func setAttribute(_ name: String, _ value: String, personal: Bool = false) {
        effects.attributes.append(.with { $0.name = name; $0.text = value; $0.personal = personal })
    }

    public mutating func setAttribute(_ name: String, _ value: Bool) {
        effects.attributes.append(.with { $0.name = name; $0.flag = value })
    }

    /// Takes a key that one case at a time may hold: a person's benefit of a year.
    public mutating func claim(scope: String, key: String) { effects.claims.append(Self.claim(scope, key)) }

    public mutating func release(scope: String, key: String) { effects.releases.append(Self.claim(scope, key)) }

    private static func claim(_ scope: String, _ key: String) -> Casework_Plugin_V1_Claim {
        .with { $0.scope = scope; $0.key = Data(key.utf8) }
    }

    /// What is done to the money of a fund. County and budget year are the server's to add.
    public enum Posting: Sendable { case reserve, commit, pay, settle, bounce, release }

    public mutating func post(_ posting: Posting, _ amount: Fen, fund: String) {
        effects.postings.append(.with { $0.operation = posting.operation; $0.fund = fund; $0.amountFen = amount.value })
    }

    /// Queues for money of a fund; when there is enough the case gets the internal event `fund.granted`.
    public mutating func wait(for amount: Fen, fund: String) {
        effects.wait = .with { $0.fund = fund; $0.amountFen = amount.value }
    }

    /// Raises an internal event of this case.
    public mutating func raise(_ event: String) { effects.raise.append(event) }
}

extension Decision.Posting {
    fileprivate var operation: Casework_Plugin_V1_Posting.Operation {
        switch self {
        case .reserve: .reserve
        case .commit: .commit
        case .pay: .pay
        case .settle: .settle
        case .bounce: .bounce
        case .release: .release
        }
    }
}
