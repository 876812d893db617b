import GRDB
import GRDBSQLite

/// Where a store lies and how its connections are opened.
///
/// Why these settings: pages of 4096 bytes are those of the file system and of most disks, so that none is torn by its
/// own write; a small page also keeps the cost of one changed case small. Nothing is mapped into memory, because an
/// I/O error in a mapping is a signal and not an error code. The writer's cache holds the upper levels of ten million
/// cases; a reader's is small, since every commit empties it.
struct Location: Sendable {
    /// How long a connection waits for another program's lock.
    static let busySeconds: Int32 = 5

    let path: String
    var vfs: String?
    var synchronous = Synchronous.full

    func writer(label: String, cacheKibibytes: Int = 65_536) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = label
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(Double(Self.busySeconds))
        configuration.prepareDatabase { [synchronous] database in
            let isNew = try Self.refuseForeign(database)
            try WriteAheadLog.keepOnClose(database)
            try database.execute(
                sql: """
                    PRAGMA page_size = 4096;
                    PRAGMA auto_vacuum = NONE;
                    PRAGMA synchronous = \(synchronous.rawValue);
                    PRAGMA wal_autocheckpoint = 0;
                    PRAGMA cache_size = -\(cacheKibibytes);
                    PRAGMA mmap_size = 0;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA trusted_schema = OFF;
                    -- What is overwritten was sealed: zeroing it would only cost writes.
                    PRAGMA secure_delete = OFF;
                    """)
            guard try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL") == "wal" else {
                throw SQLiteFailure(code: SQLITE_CANTOPEN, message: "its file system has no write-ahead log")
            }
            // Before the first table: a file with tables and no mark is another program's.
            if isNew { try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)") }
        }
        return try DatabaseQueue(path: uri, configuration: configuration)
    }

    func readerConfiguration(label: String) -> Configuration {
        var configuration = Configuration()
        configuration.label = label
        configuration.readonly = true
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(Double(Self.busySeconds))
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            _ = try Self.refuseForeign(database)
            try WriteAheadLog.keepOnClose(database)
            try database.execute(
                sql: "PRAGMA cache_size = -8192; PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF")
        }
        return configuration
    }

    func reader(label: String) throws -> DatabaseQueue {
        try DatabaseQueue(path: uri, configuration: readerConfiguration(label: label))
    }

    func readers(label: String) throws -> DatabasePool {
        try DatabasePool(path: uri, configuration: readerConfiguration(label: label))
    }

    /// A file with another program's mark, or with tables and no mark, is not touched. True for an empty file.
    private static func refuseForeign(_ database: Database) throws -> Bool {
        let mark = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        if mark == Schema.applicationID { return false }
        let tables = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master") ?? 0
        guard mark == 0, tables == 0 else {
            throw SQLiteFailure(code: SQLITE_NOTADB, message: "another program's database")
        }
        return true
    }

    /// A name with SQLite's parameters needs the URI form, in which three characters of a path have a meaning.
    private var uri: String {
        guard let vfs else { return path }
        var escaped = ""
        for character in path {
            switch character {
            case "%": escaped += "%25"
            case "?": escaped += "%3f"
            case "#": escaped += "%23"
            default: escaped.append(character)
            }
        }
        return "file:\(escaped)?vfs=\(vfs)"
    }
}

/// SQLite's setting of the same name.
package enum Synchronous: String, Sendable {
    /// Every commit is on the disk before it is answered.
    case full = "FULL"
    /// Only for the tests that prove that `full` is needed.
    case normal = "NORMAL"
    case off = "OFF"
}
