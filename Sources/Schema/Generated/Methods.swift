// Generated from the services in Schemas by Scripts/generate. Do not edit.

/// Every method of the wire with the messages it takes and answers.
public enum Methods {
    public enum Funds {
        public static let service = "casework.v1.Funds"
        public static let setBudget = Method<Casework_V1_SetBudgetRequest, Casework_V1_CommandResponse>(
            service: service, name: "SetBudget")
        public static let accounts = Method<Casework_V1_AccountsRequest, Casework_V1_AccountsResponse>(
            service: service, name: "Accounts")
    }

    public enum Plugins {
        public static let service = "casework.v1.Plugins"
        public static let list = Method<Casework_V1_ListPluginsRequest, Casework_V1_ListPluginsResponse>(
            service: service, name: "List")
    }

    public enum Operations {
        public static let service = "casework.v1.Operations"
        public static let health = Method<Casework_V1_HealthRequest, Casework_V1_HealthResponse>(
            service: service, name: "Health")
        public static let stats = Method<Casework_V1_StatsRequest, Casework_V1_StatsResponse>(
            service: service, name: "Stats")
        public static let advanceClock = Method<Casework_V1_AdvanceClockRequest, Casework_V1_HealthResponse>(
            service: service, name: "AdvanceClock")
    }

    public enum Cases {
        public static let service = "casework.v1.Cases"
        public static let open = Method<Casework_V1_OpenRequest, Casework_V1_CommandResponse>(
            service: service, name: "Open")
        public static let send = Method<Casework_V1_SendRequest, Casework_V1_CommandResponse>(
            service: service, name: "Send")
        public static let get = Method<Casework_V1_GetRequest, Casework_V1_Case>(
            service: service, name: "Get")
        public static let list = Method<Casework_V1_ListRequest, Casework_V1_ListResponse>(
            service: service, name: "List")
        public static let lookup = Method<Casework_V1_LookupRequest, Casework_V1_LookupResponse>(
            service: service, name: "Lookup")
        public static let history = Method<Casework_V1_HistoryRequest, Casework_V1_HistoryResponse>(
            service: service, name: "History")
        public static let explain = Method<Casework_V1_ExplainRequest, Casework_V1_ExplainResponse>(
            service: service, name: "Explain")
        public static let unmask = Method<Casework_V1_UnmaskRequest, Casework_V1_Case>(
            service: service, name: "Unmask")
    }
}
