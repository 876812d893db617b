public import Schema
import SwiftProtobuf

/// Cases: open them, send them events, read where they stand and why.
public struct CasesService: Sendable {
    let client: CaseworkClient

    public func open(_ request: Casework_V1_OpenRequest) async throws(CaseworkError) -> Casework_V1_CommandResponse {
        try await client.call(Methods.Cases.open, request)
    }

    public func send(_ request: Casework_V1_SendRequest) async throws(CaseworkError) -> Casework_V1_CommandResponse {
        try await client.call(Methods.Cases.send, request)
    }

    /// The case with its record masked.
    public func get(_ request: Casework_V1_GetRequest) async throws(CaseworkError) -> Casework_V1_Case {
        try await client.call(Methods.Cases.get, request)
    }

    public func list(_ request: Casework_V1_ListRequest) async throws(CaseworkError) -> Casework_V1_ListResponse {
        try await client.call(Methods.Cases.list, request)
    }

    /// What became of the command with a key of this agency.
    public func lookup(_ request: Casework_V1_LookupRequest) async throws(CaseworkError) -> Casework_V1_LookupResponse {
        try await client.call(Methods.Cases.lookup, request)
    }

    public func history(
        _ request: Casework_V1_HistoryRequest
    ) async throws(CaseworkError) -> Casework_V1_HistoryResponse {
        try await client.call(Methods.Cases.history, request)
    }

    /// Which events could happen now, and for the others why not.
    public func explain(
        _ request: Casework_V1_ExplainRequest
    ) async throws(CaseworkError) -> Casework_V1_ExplainResponse {
        try await client.call(Methods.Cases.explain, request)
    }

    /// The case with personal data in clear: needs the role and a reason, and leaves a row in the history.
    public func unmask(_ request: Casework_V1_UnmaskRequest) async throws(CaseworkError) -> Casework_V1_Case {
        try await client.call(Methods.Cases.unmask, request)
    }
}

/// The money of the funds.
public struct FundsService: Sendable {
    let client: CaseworkClient

    public func setBudget(
        _ request: Casework_V1_SetBudgetRequest
    ) async throws(CaseworkError) -> Casework_V1_CommandResponse {
        try await client.call(Methods.Funds.setBudget, request)
    }

    public func accounts(
        _ request: Casework_V1_AccountsRequest
    ) async throws(CaseworkError) -> Casework_V1_AccountsResponse {
        try await client.call(Methods.Funds.accounts, request)
    }
}

/// The case types that the server runs.
public struct PluginsService: Sendable {
    let client: CaseworkClient

    public func list() async throws(CaseworkError) -> Casework_V1_ListPluginsResponse {
        try await client.call(Methods.Plugins.list, Casework_V1_ListPluginsRequest())
    }
}

/// The state of the server.
public struct OperationsService: Sendable {
    let client: CaseworkClient

    public func health() async throws(CaseworkError) -> Casework_V1_HealthResponse {
        try await client.call(Methods.Operations.health, Casework_V1_HealthRequest())
    }

    public func stats() async throws(CaseworkError) -> Casework_V1_StatsResponse {
        try await client.call(Methods.Operations.stats, Casework_V1_StatsRequest())
    }

    /// Moves the virtual clock of a development store: `5wd`, `3d`, `72h`.
    public func advanceClock(by step: String) async throws(CaseworkError) -> Casework_V1_HealthResponse {
        try await client.call(Methods.Operations.advanceClock, .with { $0.by = step })
    }

    /// Moves the virtual clock of a development store to a moment, in milliseconds of Unix time; never back.
    public func advanceClock(to milliseconds: Int64) async throws(CaseworkError) -> Casework_V1_HealthResponse {
        try await client.call(Methods.Operations.advanceClock, .with { $0.toMillis = milliseconds })
    }
}
