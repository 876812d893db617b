import Kernel
import NIOPosix
import RPC
import Schema
import Store
import SwiftProtobuf

extension ServerCore {
    /// Role that may read personal data in clear, each time with a reason.
    static let unmaskingRole = "personal.reader"

    var caseMethods: [RPCMethod] {
        [
            method(Methods.Cases.open) { self.open($0) },
            method(Methods.Cases.send) { self.send($0) },
            method(Methods.Cases.get) { exchange in
                self.read(exchange) { try self.get(exchange.request, exchange.grant) }
            },
            method(Methods.Cases.list) { exchange in
                self.read(exchange) { try self.list(exchange.request, exchange.grant) }
            },
            method(Methods.Cases.lookup) { exchange in
                self.read(exchange) { try self.lookup(exchange.request, exchange.grant) }
            },
            method(Methods.Cases.history) { exchange in
                self.read(exchange) { try self.history(exchange.request, exchange.grant) }
            },
            method(Methods.Cases.explain) { self.explain($0) },
            method(Methods.Cases.unmask) { self.unmask($0) },
        ]
    }

    private func open(_ exchange: Exchange<Casework_V1_OpenRequest, Casework_V1_CommandResponse>) {
        let request = exchange.request
        guard exchange.grant.allows(type: request.type, county: request.county) else {
            return exchange.refuse(.placeDenied)
        }
        guard let entry = catalog.newest(of: request.type) else { return exchange.refuse(.typeUnknown(request.type)) }
        let place = CasePlace(type: request.type, county: request.county, plugin: entry.digest)
        submit(
            exchange, offload: request.attached.isHeavy, then: { [places] in places.keep(place, of: $0.caseID) },
            { [self] () throws(Rejection) in try command(request, entry, exchange.principal) })
    }

    private func command(
        _ request: Casework_V1_OpenRequest, _ entry: CatalogEntry, _ principal: Principal
    ) throws(Rejection) -> Command {
        let key = try key(request.key)
        let payload = try payload(request.attached, of: "case.open", type: entry)
        var digest = CommandDigest(service: Methods.Cases.service, method: Methods.Cases.open.name)
        digest.add(request.type)
        digest.add(request.county)
        digest.add(payload)
        return Command(
            key: key, digest: digest.finish(), principal: principal,
            kind: .open(type: request.type, county: request.county, payload: payload))
    }

    private func send(_ exchange: Exchange<Casework_V1_SendRequest, Casework_V1_CommandResponse>) {
        let request = exchange.request
        submit(exchange, offload: request.attached.isHeavy || !isRemembered(request.caseID)) {
            [self] () throws(Rejection) in try command(request, exchange.grant)
        }
    }

    private func command(_ request: Casework_V1_SendRequest, _ grant: Grant) throws(Rejection) -> Command {
        let key = try key(request.key)
        let (id, place) = try locate(request.caseID, grant)
        guard let entry = catalog.entry(plugin: place.plugin, type: place.type) else { throw .typeUnknown(place.type) }
        let payload = try payload(request.attached, of: request.event, type: entry)
        var digest = CommandDigest(service: Methods.Cases.service, method: Methods.Cases.send.name)
        digest.add(id.rawValue)
        digest.add(request.event)
        digest.add(payload)
        digest.add(request.expectedVersion)
        let expected = request.expectedVersion == 0 ? nil : request.expectedVersion
        return Command(
            key: key, digest: digest.finish(), principal: grant.principal,
            kind: .send(case: id, event: request.event, payload: payload, expectedVersion: expected))
    }

    private func get(_ request: Casework_V1_GetRequest, _ grant: Grant) throws -> Casework_V1_Case {
        try show(try visible(request.caseID, grant), view: .masked)
    }

    private func lookup(
        _ request: Casework_V1_LookupRequest, _ grant: Grant
    ) throws -> Casework_V1_LookupResponse {
        let key = try key(request.key)
        guard let row = try reader.event(under: key, of: grant.principal.agency) else { return .init() }
        // Budgets belong to no case; an agency's own command to a case out of this officer's reach is not shown.
        if row.caseID.rawValue != 0 { _ = try visible("\(row.caseID)", grant) }
        return try .with {
            $0.found = true
            $0.answer = Casework_V1_CommandResponse(try Receipt(repeating: row))
        }
    }

    private func explain(_ exchange: Exchange<Casework_V1_ExplainRequest, Casework_V1_ExplainResponse>) {
        let request = exchange.request
        let agency = exchange.principal.agency
        guard
            let asked = request.officer.isEmpty
                ? exchange.grant : authorization.grant(agency: agency, officer: request.officer)
        else { return exchange.refuse(.officerUnknown) }
        readers.submit { [self] state in
            guard state == .active else { return exchange.refuse(.stopping) }
            do throws(Rejection) {
                let (id, place) = try locate(request.caseID, exchange.grant)
                guard asked.allows(type: place.type, county: place.county) else { throw .officerElsewhere }
                let input = KernelInput.explain(case: id, principal: asked.principal) { [self] result in
                    // Not on the kernel's thread: putting a case into words takes longer than deciding one.
                    readers.submit { _ in exchange.answer(result.flatMap { self.explanation($0, for: asked) }) }
                }
                kernel.submit(input, deadline: exchange.deadline)
            } catch {
                exchange.refuse(error)
            }
        }
    }

    private func unmask(_ exchange: Exchange<Casework_V1_UnmaskRequest, Casework_V1_Case>) {
        guard exchange.grant.has(role: Self.unmaskingRole), !exchange.principal.officer.isEmpty else {
            return exchange.refuse(.roleMissing(Self.unmaskingRole))
        }
        carryOut(exchange, offload: true) { [self] () throws(Rejection) in
            let (id, _) = try locate(exchange.request.caseID, exchange.grant)
            var digest = CommandDigest(service: Methods.Cases.service, method: Methods.Cases.unmask.name)
            digest.add(id.rawValue)
            digest.add(exchange.principal.officer)
            digest.add(exchange.request.reason)
            return Command(
                key: try key(exchange.request.key), digest: digest.finish(), principal: exchange.principal,
                kind: .unmask(case: id, reason: exchange.request.reason))
        } reply: { [self] outcome in
            switch outcome {
            case .failure(let rejection): exchange.refuse(rejection)
            case .success(let receipt):
                read(exchange) {
                    var stored = try self.visible(exchange.request.caseID, exchange.grant)
                    // Others may have gone on with the case meanwhile, and a key may come again: it shows what was
                    // read under it, never what has been added since.
                    if stored.version != receipt.version { stored.record = try self.record(of: receipt) }
                    return try self.show(stored, view: .clear)
                }
            }
        }
    }

    /// The record as it stood when the receipt's event was committed: that of the newest row before it which has one.
    private func record(of receipt: Receipt) throws -> [UInt8] {
        var place = receipt.position
        while true {
            let rows = try reader.history(of: receipt.caseID, before: place, limit: 16)
            for row in rows {
                if let record = try Detail(decoding: row.detail).recordAfter { return record }
            }
            guard let last = rows.last else { return [] }
            place = last.position
        }
    }
}

extension Rejection {
    fileprivate static let officerUnknown = Rejection(
        .invalidArgument, reason: "OFFICER_UNKNOWN", zh: "贵机构没有登记该人员。请核对姓名代码。",
        en: "Your agency has no such officer. Check the name.",
        violations: [Violation(field: "officer", code: "OFFICER_UNKNOWN", zh: "未登记", en: "not known")])

    fileprivate static let officerElsewhere = Rejection(
        .permissionDenied, reason: "PLACE_NOT_GRANTED", zh: "该人员无权办理此案件的事项类型或区划。请换一位人员，或联系系统管理员。",
        en: "That officer may not act for this case's type or division. Ask about another, or ask the operator.",
        violations: [Violation(field: "officer", code: "PLACE_NOT_GRANTED", zh: "无权办理", en: "not in reach")])
}
