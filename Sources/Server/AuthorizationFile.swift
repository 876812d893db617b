/// Reads the authorization file:
///
/// ```yaml
/// agencies:
///   jilin-hrss:                       # the certificate's O
///     label: { zh: 吉林省人力资源和社会保障部门, en: Jilin human resources }
///     methods: [Cases.*, Funds.Accounts, Operations.Health]
///     types: [transport-subsidy]
///     divisions: ["22"]               # prefixes of division codes
///     officers:
///       li-na: { roles: [agent, hrss.checker] }        # the certificate's CN
///       wang-fang: { roles: [village], divisions: ["220122"] }
/// ```
enum AuthorizationFile {
    /// - Throws: `FileError` with the line.
    static func parse(_ text: String, file: String) throws(FileError) -> Authorization {
        let root = try YAMLReader(text: text, file: file).fields(["agencies"])
        guard let agencies = root["agencies"] else { throw FileError(file: file, "the key \"agencies\" is missing") }
        var authorization = Authorization()
        for (name, reader) in try agencies.members() { authorization.agencies[name] = try agency(reader) }
        return authorization
    }

    private static func agency(_ reader: YAMLReader) throws(FileError) -> Authorization.Agency {
        let fields = try reader.fields(["label", "methods", "types", "divisions", "roles", "officers"])
        var agency = Authorization.Agency()
        agency.methods = try fields["methods"]?.texts() ?? []
        agency.types = try fields["types"]?.texts() ?? []
        agency.divisions = try divisions(fields["divisions"])
        agency.roles = try fields["roles"]?.texts() ?? []
        for (name, officer) in try fields["officers"]?.members() ?? [] {
            agency.officers[name] = try self.officer(officer)
        }
        return agency
    }

    private static func officer(_ reader: YAMLReader) throws(FileError) -> Authorization.Officer {
        let fields = try reader.fields(["label", "roles", "divisions"])
        var officer = Authorization.Officer()
        officer.roles = try fields["roles"]?.texts() ?? []
        officer.divisions = try divisions(fields["divisions"])
        return officer
    }

    private static func divisions(_ reader: YAMLReader?) throws(FileError) -> [String] {
        guard let reader else { return [] }
        let prefixes = try reader.texts()
        for prefix in prefixes where prefix != "*" {
            guard (1...6).contains(prefix.utf8.count), prefix.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
                throw reader.error("a division is 1 to 6 digits or *, not \"\(prefix)\"")
            }
        }
        return prefixes
    }
}
