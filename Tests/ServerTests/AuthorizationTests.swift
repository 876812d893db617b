import Kernel
import RPC
import Testing

@testable import Server

@Suite("Authorization")
struct AuthorizationTests {
    private static let parsed = Result {
        try AuthorizationFile.parse(TestServer.authorization, file: "authorization.yaml")
    }

    private func grant(_ agency: String, _ officer: String) throws -> Grant? {
        let peer = PeerIdentity(agency: agency, officer: officer, fingerprint: [], uris: [])
        return try Self.parsed.get().grant(to: peer)
    }

    @Test(
        "roles are those of the officer, or of the agency for its own certificate",
        arguments: [
            ("jilin-hrss", "li-na", ["agent", "hrss.checker"]), ("jilin-hrss", "zhou-min", ["personal.reader"]),
            ("jilin-hrss", "", ["agent", "hrss.approver", "hrss.checker", "village"]), ("jilin-hrss", "nobody", nil),
            ("unknown", "li-na", nil), ("", "", nil), ("siping-hrss", "", []),
        ] as [(String, String, [String]?)])
    func roles(agency: String, officer: String, roles: [String]?) throws {
        #expect(try grant(agency, officer)?.principal.roles == roles)
    }

    @Test(
        "methods are allowed one by one, by service or all",
        arguments: [
            ("rural-revitalization", "zhao-lei", "casework.v1.Cases", "Send", true),
            ("rural-revitalization", "zhao-lei", "casework.v1.Cases", "Open", false),
            ("rural-revitalization", "zhao-lei", "casework.v1.Cases", "*", false),
            ("jilin-hrss", "li-na", "casework.v1.Cases", "Open", true),
            ("jilin-hrss", "li-na", "casework.v1.CasesX", "Open", false),
            ("jilin-hrss", "li-na", "casework.v1.Operations", "AdvanceClock", false),
            ("operator", "admin", "casework.v1.Operations", "AdvanceClock", true),
        ])
    func methods(agency: String, officer: String, service: String, method: String, allowed: Bool) throws {
        #expect(try grant(agency, officer)?.allows(service: service, method: method) == allowed)
    }

    @Test(
        "a case is in reach by its type and its county, and an officer's divisions narrow the agency's",
        arguments: [
            ("jilin-hrss", "li-na", "transport-subsidy", "220122", true),
            ("jilin-hrss", "li-na", "tea", "220122", false),
            ("jilin-hrss", "li-na", "transport-subsidy", "210122", false),
            ("jilin-hrss", "zhou-min", "transport-subsidy", "220122", true),
            ("jilin-hrss", "zhou-min", "transport-subsidy", "220322", false),
            ("siping-hrss", "ma-jun", "tea", "220322", true), ("siping-hrss", "ma-jun", "tea", "220122", false),
            ("operator", "admin", "tea", "110000", true),
        ])
    func reach(agency: String, officer: String, type: String, county: String, allowed: Bool) throws {
        #expect(try grant(agency, officer)?.allows(type: type, county: county) == allowed)
    }

    @Test(
        "lists are narrowed to the divisions in reach",
        arguments: [
            ("jilin-hrss", "li-na", "", ["22"]), ("jilin-hrss", "li-na", "2201", ["2201"]),
            ("jilin-hrss", "li-na", "2", ["22"]),
            ("jilin-hrss", "li-na", "21", []), ("jilin-hrss", "zhou-min", "", ["2201"]),
            ("jilin-hrss", "zhou-min", "2203", []), ("operator", "admin", "", [""]),
            ("operator", "admin", "22", ["22"]),
        ])
    func prefixes(agency: String, officer: String, asked: String, prefixes: [String]) throws {
        #expect(try grant(agency, officer)?.countyPrefixes(within: asked) == prefixes)
    }

    @Test(
        "a file that is not of the form is refused with its line",
        arguments: [
            ("", "a.yaml: the file is empty"), ("agencies: [", "a.yaml: it is not YAML"),
            ("agency: {}", "a.yaml:1: agency: the key is unknown; known are agencies"),
            ("agencies:\n  a: { method: [] }", "a.yaml:2: agencies.a.method: the key is unknown"),
            ("agencies:\n  a: { methods: Cases.Get }", "a.yaml:2: agencies.a.methods: a list is expected"),
            (
                "agencies:\n  a:\n    divisions: [22x]",
                "a.yaml:3: agencies.a.divisions: a division is 1 to 6 digits or *"
            ),
            ("agencies:\n  a: { officers: { b: [agent] } }", "a.yaml:2: agencies.a.officers.b: a mapping is expected"),
            ("{}", "a.yaml: the key \"agencies\" is missing"),
        ])
    func badFile(text: String, message: String) {
        let error = #expect(throws: FileError.self) { try AuthorizationFile.parse(text, file: "a.yaml") }
        #expect(error.map { "\($0)".hasPrefix(message) } == true, "\(error.map { "\($0)" } ?? "")")
    }
}
