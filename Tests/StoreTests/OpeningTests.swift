import Foundation
import GRDB
import Kernel
@testable import Store
import Testing

@Suite struct OpeningTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func path() -> String { folder.store }

    @Test func aNewStoreIsEmptyAndItsOwnersAlone() throws {
        let path = path()
        let store = try SQLiteStore.open(options(path))
        let recovery = try store.recover()
        #expect(recovery.lastPosition == 0)
        #expect(recovery.lastStamp.milliseconds == 0)
        #expect(recovery.node < 1024)
        #expect(recovery.balances.isEmpty && recovery.waiters.isEmpty)
        #expect(try store.nextTimer() == nil)
        for file in ["", "-wal", ".lock"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: path + file)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
        try store.close()
    }

    @Test func itsNodeAndMarkStay() throws {
        let path = path()
        var numbered = options(path)
        numbered.tuning.node = 713
        try SQLiteStore.open(numbered).close()
        let store = try SQLiteStore.open(options(path))
        #expect(try store.recover().node == 713)
        #expect(store.isDevelopment && store.reader.isDevelopment)
        try store.close()
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let name: String
        let code: StoreError.Code
        let message: String
        let make: @Sendable (String) throws -> SQLiteStore.Options

        var testDescription: String { name }
    }

    static let refusals = [
        Refusal(
            name: "another master key", code: .wrongKey,
            message: "The master key is not the one the store PATH was made with.",
            make: { path in
                try SQLiteStore.open(options(path)).close()
                return SQLiteStore.Options(
                    path: path, development: true, masterKey: [UInt8](repeating: 2, count: 32))
            }),
        Refusal(
            name: "half a master key", code: .wrongKey, message: "A master key has 32 bytes.",
            make: { SQLiteStore.Options(path: $0, development: true, masterKey: [1]) }),
        Refusal(
            name: "a development store as a real one", code: .developmentMark,
            message: "The store PATH is a development store and can never become a real one.",
            make: { path in
                try SQLiteStore.open(options(path)).close()
                return options(path, development: false)
            }),
        Refusal(
            name: "a real store as a development one", code: .developmentMark,
            message: "The store PATH is a real store and can never become a development store.",
            make: { path in
                try SQLiteStore.open(options(path, development: false)).close()
                return options(path)
            }),
        Refusal(
            name: "an edited mark", code: .wrongKey,
            message: "The master key is not the one the store PATH was made with.",
            make: { path in
                try SQLiteStore.open(options(path)).close()
                try alter(path, "UPDATE meta SET value = x'00' WHERE name = 'development'")
                return options(path, development: false)
            }),
        Refusal(
            name: "text", code: .foreign, message: "The file PATH is not a Casework store.",
            make: { path in
                try String(repeating: "not a database\n", count: 400).write(
                    toFile: path, atomically: false, encoding: .utf8)
                return options(path)
            }),
        Refusal(
            name: "another program's database", code: .foreign, message: "The file PATH is not a Casework store.",
            make: { path in
                try alter(path, "CREATE TABLE people (name TEXT)")
                return options(path)
            }),
        Refusal(
            name: "a newer version's store", code: .newer,
            message: "The store PATH was made by a newer version of Casework.",
            make: { path in
                var newer = options(path)
                newer.tuning.schema.steps.append(Schema.Step(name: "9 later", sql: "CREATE TABLE later (x)"))
                try SQLiteStore.open(newer).close()
                return options(path)
            }),
        Refusal(
            name: "a store that is gone", code: .missing,
            message: "The store PATH is not there, but it has been begun: restore it from a backup; to begin a new "
                + "store, name a new folder.",
            make: { begun($0) }),
        Refusal(
            name: "a store that lost its tables", code: .missing,
            message: "The store PATH holds nothing, but it has been begun: restore it from a backup; to begin a new "
                + "store, name a new folder.",
            make: { path in
                try alter(path, "PRAGMA application_id = \(Schema.applicationID)")
                return begun(path)
            }),
        Refusal(
            name: "a folder that is not there", code: .inaccessible,
            message: "The store PATH/none cannot be made: Not a directory.",
            make: { path in
                try SQLiteStore.open(options(path)).close()
                return options(path + "/none")
            }),
        Refusal(
            name: "a damaged page", code: .corrupt,
            message: "The store PATH is damaged: database disk image is malformed (SQLite 11). "
                + "Restore it from a backup.",
            make: { path in
                try SQLiteStore.open(options(path)).close()
                let root = try DatabaseQueue(path: path).read {
                    try Int.fetchOne($0, sql: "SELECT rootpage FROM sqlite_master WHERE name = 'commits'") ?? 0
                }
                let file = try #require(FileHandle(forUpdatingAtPath: path))
                try file.seek(toOffset: UInt64((root - 1) * 4096))
                try file.write(contentsOf: Data(repeating: 0xff, count: 4096))
                try file.close()
                return options(path)
            }),
    ]

    /// Of a store whose key is there, so that the store must be too.
    private static func begun(_ path: String) -> SQLiteStore.Options {
        var options = options(path)
        options.mayBegin = false
        return options
    }

    @Test("a store that cannot be opened is told in one line", arguments: refusals)
    func refused(_ refusal: Refusal) throws {
        let path = path()
        let options = try refusal.make(path)
        let error = #expect(throws: StoreError.self) { try SQLiteStore.open(options) }
        #expect(error?.code == refusal.code)
        #expect(error?.description == refusal.message.replacingOccurrences(of: "PATH", with: path))
    }

    @Test func aRefusedFileIsNotChanged() throws {
        let path = path()
        try alter(path, "CREATE TABLE people (name TEXT)")
        let before = FileManager.default.contents(atPath: path)
        #expect(throws: StoreError.self) { try SQLiteStore.open(options(path)) }
        #expect(FileManager.default.contents(atPath: path) == before)
    }

    @Test func oneProcessAtATime() throws {
        let path = path()
        let store = try SQLiteStore.open(options(path))
        let error = #expect(throws: StoreError.self) { try SQLiteStore.open(options(path)) }
        #expect(
            error?.description
                == "The store \(path) is in use by another process (\(getpid())): end that one, or name another store.")
        try store.close()
        try SQLiteStore.open(options(path)).close()
    }

    @Test func anOlderStoreIsBroughtUpToDate() throws {
        let path = path()
        let older = try SQLiteStore.open(options(path))
        #expect(older.commit(event(first, version: 1, at: 1, previous: 0)).isCommitted)
        try older.close()
        var newer = options(path)
        newer.tuning.schema.steps.append(
            Schema.Step(name: "2 later", sql: "CREATE TABLE later (x); ALTER TABLE commits ADD COLUMN note TEXT"))
        let store = try SQLiteStore.open(newer)
        #expect(try store.load(first)?.version == 1)
        #expect(store.commit(event(first, version: 2, at: 2, previous: 1)).isCommitted)
        #expect(try store.reader.verify().problems == [])
        try store.close()
    }

    @Test func aFailedMigrationLeavesTheStoreAsItWas() throws {
        let path = path()
        try SQLiteStore.open(options(path)).close()
        let before = try dump(path)
        var newer = options(path)
        newer.tuning.schema.steps.append(Schema.Step(name: "2 later", sql: "CREATE TABLE later (x); SELECT nothing"))
        #expect(throws: StoreError.self) { try SQLiteStore.open(newer) }
        #expect(try dump(path) == before)
        try SQLiteStore.open(options(path)).close()
    }

    /// The tables are a stable face. `CASEWORK_RENEW_GOLDEN=1` renews the file; a step that shipped is never edited.
    @Test func theTablesAreThoseOfTheGoldenFile() throws {
        let path = path()
        try SQLiteStore.open(options(path)).close()
        let tables = try DatabaseQueue(path: path).read {
            try String.fetchAll($0, sql: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        }
        let text = tables.joined(separator: ";\n\n") + ";\n"
        let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/schema.sql")
        if ProcessInfo.processInfo.environment["CASEWORK_RENEW_GOLDEN"] == "1" {
            try text.write(to: golden, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: golden, encoding: .utf8) == text)
    }

    @Test func aClosedStoreRefuses() throws {
        let store = try SQLiteStore.open(options(path()))
        try store.close()
        try store.close()
        #expect(store.commit(event(first, version: 1, at: 1, previous: 0)).isUnknown)
        #expect(throws: StoreFault.self) { try store.load(first) }
        #expect(throws: StoreError.self) { try store.reader.get(first) }
        let definition = StoredDefinition(digest: Digest(bytes: [UInt8](repeating: 1, count: 32)), json: [])
        #expect(throws: StoreError.self) { try store.keep(definition) }
    }
}
