import Foundation
import Schema
import SwiftProtobuf

/// A command of the walk as it goes over the wire: it can be written down and asked again.
enum Request: Sendable {
    case open(Casework_V1_OpenRequest)
    case send(Casework_V1_SendRequest)
    case setBudget(Casework_V1_SetBudgetRequest)
    case unmask(Casework_V1_UnmaskRequest)

    /// What the server answers to any of them.
    struct Receipt: Sendable {
        var caseID: String
        var number = ""
        /// The key had been used: nothing happened now.
        var isRepeated: Bool
        /// Only of an unmasked read: the record in clear.
        var record = Data()
    }

    func perform(_ session: Session) async throws(Failure) -> Receipt {
        switch self {
        case .open(let request): return Receipt(try await session.call(Methods.Cases.open, request))
        case .send(let request): return Receipt(try await session.call(Methods.Cases.send, request))
        case .setBudget(let request): return Receipt(try await session.call(Methods.Funds.setBudget, request))
        case .unmask(let request):
            // The answer is the case itself and does not say whether the reading was noted before.
            let isKnown = try await session.call(Methods.Cases.lookup, .with { $0.key = request.key }).found
            let item = try await session.call(Methods.Cases.unmask, request)
            return Receipt(caseID: item.caseID, number: item.number, isRepeated: isKnown, record: item.record)
        }
    }

    // MARK: - Written down

    private enum Kind: String {
        case open, send, setBudget, unmask
    }

    var kind: String {
        switch self {
        case .open: Kind.open.rawValue
        case .send: Kind.send.rawValue
        case .setBudget: Kind.setBudget.rawValue
        case .unmask: Kind.unmask.rawValue
        }
    }

    func bytes() throws -> Data {
        switch self {
        case .open(let request): try request.serializedData()
        case .send(let request): try request.serializedData()
        case .setBudget(let request): try request.serializedData()
        case .unmask(let request): try request.serializedData()
        }
    }

    /// nil for a kind this version does not know.
    init?(kind: String, bytes: Data) throws {
        switch Kind(rawValue: kind) {
        case .open: self = .open(try Casework_V1_OpenRequest(serializedBytes: bytes))
        case .send: self = .send(try Casework_V1_SendRequest(serializedBytes: bytes))
        case .setBudget: self = .setBudget(try Casework_V1_SetBudgetRequest(serializedBytes: bytes))
        case .unmask: self = .unmask(try Casework_V1_UnmaskRequest(serializedBytes: bytes))
        case nil: return nil
        }
    }
}

extension Request.Receipt {
    init(_ answer: Casework_V1_CommandResponse) {
        self.init(caseID: answer.caseID, number: answer.number, isRepeated: answer.repeatedKey)
    }
}
