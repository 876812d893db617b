import CaseworkClient
import Foundation
import NIOCore
import RPC
import Schema
import SwiftProtobuf

/// The connections of the people who act in a life.
struct Officers {
    let agent: RPCClient
    let village: RPCClient
    let checker: RPCClient
    let approver: RPCClient
    let registry: RPCClient
    let payer: RPCClient
    let cashier: RPCClient
    private let operations: RPCClient

    init(_ target: Target) async throws {
        agent = try await target.connect("jilin-hrss", "li-na")
        village = try await target.connect("jilin-hrss", "zhang-wei")
        checker = try await target.connect("jilin-hrss", "liu-min")
        approver = try await target.connect("jilin-hrss", "wang-fang")
        registry = try await target.connect("rural-revitalization", "zhao-lei")
        payer = try await target.connect("county-finance", "chen-jie")
        cashier = try await target.connect("county-finance", "liu-yang")
        operations = try await target.connect("operator", "admin")
    }

    func close() async {
        for client in [agent, village, checker, approver, registry, payer, cashier, operations] {
            await client.close()
        }
    }

    func now() async throws -> Int64 {
        try await ask(operations, Methods.Operations.health, Casework_V1_HealthRequest()).nowMillis
    }

    func stats() async throws -> Casework_V1_StatsResponse {
        try await ask(operations, Methods.Operations.stats, Casework_V1_StatsRequest())
    }

    func advanceClock(by step: String) async throws {
        _ = try await ask(operations, Methods.Operations.advanceClock, .with { $0.by = step })
    }

    /// Gives each county of the run more than all its cases can take.
    func grantBudgets(now: Int64, lives: Int) async throws {
        for county in Stage.counties {
            _ = try await ask(
                payer, Methods.Funds.setBudget,
                .with {
                    $0.key = Data(CommandKey(milliseconds: now).bytes)
                    $0.fund = "rural-revitalization"
                    $0.county = county
                    $0.year = Stage.year
                    $0.amountFen = Int64(lives) * 1_000_00 + 1_000_000_000_00
                    $0.document = "benchmark"
                })
        }
    }

    /// Bytes of a case's record, read in clear as the cashier may: that leaves a row in its history.
    func recordBytes(of caseID: String, now: Int64) async throws -> Int {
        try await ask(
            cashier, Methods.Cases.unmask,
            .with {
                $0.key = Data(CommandKey(milliseconds: now).bytes)
                $0.caseID = caseID
                $0.reason = "benchmark"
            }
        ).record.count
    }

    private func ask<Request: Message, Response: Message>(
        _ client: RPCClient, _ method: Method<Request, Response>, _ request: Request
    ) async throws -> Response {
        let payload = ByteBuffer(bytes: try request.serializedBytes() as [UInt8])
        let answer = try await client.call(service: method.service, method: method.name, payload: payload)
        return try Response(serializedBytes: Array(answer.readableBytesView))
    }
}
