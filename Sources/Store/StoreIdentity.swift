import Crypto
import GRDB
import Kernel

/// What was decided when a store was made and can never change: it is the associated data of the store's own key, so an
/// edited mark makes the store unreadable.
struct StoreIdentity: Sendable {
    let node: UInt16
    let development: Bool
    /// The store's own key, wrapped; it seals the rows of case 0.
    let wrappedKey: [UInt8]

    /// Whether the file was ever a store: read before a table is made.
    static func isThere(_ database: Database) throws -> Bool {
        try database.tableExists("meta") && read(database) != nil
    }

    /// Reads the identity, or nil in a store that was never finished.
    static func read(_ database: Database) throws -> StoreIdentity? {
        let query = try Query.cached(database, "SELECT name, value FROM meta")
        var values: [String: [UInt8]] = [:]
        while try query.step() { values[query.text(0)] = query.blob(1) }
        guard let node = values["node"], let mark = values["development"], let key = values["key"] else { return nil }
        guard node.count == 2, mark.count == 1 else {
            throw StoreError(.corrupt, "The store's identity is damaged. Restore it from a backup.")
        }
        return StoreIdentity(
            node: UInt16(node[0]) << 8 | UInt16(node[1]), development: mark[0] != 0, wrappedKey: key)
    }

    /// Writes a new identity; the caller's transaction makes it one with whatever else it writes.
    static func create(
        _ database: Database, node: UInt16, development: Bool, keys: inout CaseKeys
    ) throws -> StoreIdentity {
        let wrapped = keys.makeStoreKey(identity: marks(node, development))
        let values: [(String, [UInt8])] = [
            ("node", [UInt8(node >> 8), UInt8(node & 0xff)]), ("development", [development ? 1 : 0]), ("key", wrapped),
        ]
        let insert = try Query.cached(database, "INSERT INTO meta (name, value) VALUES (?, ?)")
        for (name, value) in values {
            try insert.bind(1, name)
            try insert.bind(2, value)
            try insert.run()
        }
        return StoreIdentity(node: node, development: development, wrappedKey: wrapped)
    }

    /// The store's own key; proves that the master key is right and the identity unaltered.
    func key(_ keys: inout CaseKeys, path: String) throws(StoreError) -> [UInt8] {
        do {
            return try keys.unwrapStoreKey(wrappedKey, identity: Self.marks(node, development))
        } catch {
            throw StoreError(.wrongKey, "The master key is not the one the store \(path) was made with.")
        }
    }

    private static func marks(_ node: UInt16, _ development: Bool) -> [UInt8] {
        var marks = Array("casework store".utf8)
        marks.append(integer: node)
        marks.append(development ? 1 : 0)
        return marks
    }
}
