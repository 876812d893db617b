import Foundation
import Kernel
import Logging
import NIOPosix
import RPC
import Schema
import Statechart
import Store

extension ServerCore {
    /// Gives a command to the kernel and answers when it is durable or refused.
    ///
    /// - Parameters:
    ///   - offload: build the command on a reader's thread, because it takes a read of the store or much computing.
    ///   - then: told of the answer first, on the kernel's thread.
    func submit<Request>(
        _ exchange: Exchange<Request, Casework_V1_CommandResponse>, offload: Bool = false,
        then: @escaping @Sendable (Receipt) -> Void = { _ in },
        _ command: @escaping @Sendable () throws(Rejection) -> Command
    ) {
        carryOut(exchange, offload: offload, command) { outcome in
            if case .success(let receipt) = outcome { then(receipt) }
            exchange.answer(outcome.map { Casework_V1_CommandResponse($0) })
        }
    }

    /// The same for a command whose answer is not a `CommandResponse`.
    func carryOut<Request, Response>(
        _ exchange: Exchange<Request, Response>, offload: Bool,
        _ command: @escaping @Sendable () throws(Rejection) -> Command,
        reply: @escaping @Sendable (CommandOutcome) -> Void
    ) {
        let submit: @Sendable () -> Void = { [self] in
            do throws(Rejection) {
                kernel.submit(.command(try command(), reply: reply), deadline: exchange.deadline)
            } catch {
                exchange.refuse(error)
            }
        }
        guard offload else { return submit() }
        readers.submit { state in
            guard state == .active else { return exchange.refuse(.stopping) }
            submit()
        }
    }

    func key(_ bytes: Data) throws(Rejection) -> IdempotencyKey {
        // Version 7 and the variant of RFC 9562: other UUIDs do not begin with their time.
        guard let key = IdempotencyKey(bytes: bytes), key.high >> 12 & 0xf == 7, key.low >> 62 == 0b10 else {
            throw .badKey
        }
        return key
    }

    /// The bytes of the message that `event` carries, checked against the schema of the case's type.
    ///
    /// An event that the chart does not know is left to the kernel, which says so.
    func payload(
        _ payload: Payload, of event: String, type entry: CatalogEntry
    ) throws(Rejection) -> [UInt8] {
        guard let message = entry.payloadMessage(of: event) else {
            guard payload.isEmpty || !entry.definition.events.contains(event) else { throw .payloadUnexpected }
            return []
        }
        do {
            switch payload {
            case .none: return []
            case .json(let text): return try entry.codec.encode(json: text, as: message)
            case .protobuf(let data):
                let bytes = [UInt8](data)
                try entry.codec.validate(bytes, as: message)
                return bytes
            }
        } catch {
            throw error.code == .tooLarge ? .payloadTooLarge : .badPayload(error)
        }
    }

    /// What a caller attached, in either form.
    enum Payload: Sendable {
        case none
        case protobuf(Data)
        case json(String)

        /// More than an event loop should chew on between two reads of its sockets.
        var isHeavy: Bool {
            switch self {
            case .none: false
            case .protobuf(let data): data.count > 16 << 10
            case .json: true
            }
        }

        var isEmpty: Bool {
            switch self {
            case .none: true
            case .protobuf(let data): data.isEmpty
            case .json(let text): text.isEmpty || text == "{}"
            }
        }
    }

    // MARK: Which case

    /// The case a caller names by its id or public number; one that does not exist and one that is not the caller's get
    /// the same answer.
    func identify(_ name: String) throws -> CaseID {
        if let id = try Self.parse(name) { return id }
        guard name.utf8.count <= 64, let id = try reader.find(number: name) else { throw Rejection.notFound }
        return id
    }

    /// Nil when the name is not written as an id, and so may be a public number.
    static func parse(_ name: String) throws(Rejection) -> CaseID? {
        guard name.utf8.count == 14 else { return nil }
        do {
            return try CaseID(parsing: name)
        } catch {
            throw .badCaseID(error)
        }
    }

    /// The case in the grant's reach, as it stands in the store.
    func visible(_ name: String, _ grant: Grant) throws -> StoredCase {
        guard let stored = try reader.get(try identify(name)), grant.allows(type: stored.type, county: stored.county)
        else { throw Rejection.notFound }
        return stored
    }

    /// Id and place of a case in the grant's reach; reads the store when they are not remembered.
    func locate(_ name: String, _ grant: Grant) throws(Rejection) -> (id: CaseID, place: CasePlace) {
        do {
            let id = try identify(name)
            let place = try places[id] ?? remember(id)
            guard grant.allows(type: place.type, county: place.county) else { throw Rejection.notFound }
            return (id, place)
        } catch let rejection as Rejection {
            throw rejection
        } catch {
            logger.error("a read failed", metadata: ["error": "\(error)"])
            throw Rejection(reading: error)
        }
    }

    /// True when naming this case takes no read of the store.
    func isRemembered(_ name: String) -> Bool {
        guard let id = try? Self.parse(name) else { return false }
        return places[id] != nil
    }

    private func remember(_ id: CaseID) throws -> CasePlace {
        guard let stored = try reader.get(id) else { throw Rejection.notFound }
        let body = try CaseBody(decoding: stored.body)
        let place = CasePlace(type: stored.type, county: stored.county, plugin: body.plugin)
        places.keep(place, of: id)
        return place
    }
}

extension Casework_V1_CommandResponse {
    init(_ receipt: Receipt) {
        self.init()
        if receipt.caseID.rawValue != 0 { caseID = receipt.caseID.description }
        number = receipt.number
        version = receipt.version
        states = receipt.states
        stampMillis = receipt.stamp.milliseconds
        repeatedKey = receipt.repeated
        position = receipt.position
        headHash = receipt.headHash.data
    }
}

extension Casework_V1_OpenRequest {
    var attached: ServerCore.Payload {
        switch payload {
        case .protobuf(let data): .protobuf(data)
        case .json(let text): .json(text)
        case nil: .none
        }
    }
}

extension Casework_V1_SendRequest {
    var attached: ServerCore.Payload {
        switch payload {
        case .protobuf(let data): .protobuf(data)
        case .json(let text): .json(text)
        case nil: .none
        }
    }
}
