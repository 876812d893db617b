import CaseworkClient
import Foundation
import Kernel
import Logging
import PluginHost
import RPC
import Schema
import Server
import SwiftProtobuf
import Testing

/// What a server says when it cannot start: one line, and the exit code of the part at fault.
@Suite("Startup")
struct StartupTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var code: StartupError.Code
        var message: String
        var change: @Sendable (inout ServerOptions, String) throws -> Void

        init(
            _ name: String, _ code: StartupError.Code, _ message: String,
            change: @escaping @Sendable (inout ServerOptions, String) throws -> Void
        ) {
            (testDescription, self.code, self.message, self.change) = (name, code, message, change)
        }
    }

    static let faults: [Fault] = [
        Fault("no authorization file", .configuration, "authorization file /none cannot be read") { options, _ in
            options.authorization = "/none"
        },
        Fault("a broken authorization file", .configuration, "authorization.yaml:1: agency: the key is unknown") {
            options, _ in
            try "agency: {}".write(toFile: options.authorization, atomically: true, encoding: .utf8)
        },
        Fault("no policy folder", .configuration, "policy folder /none cannot be read") { options, _ in
            options.policies = "/none"
        },
        Fault("a broken policy", .configuration, "x.yaml: the keys type, county, from and values are needed") {
            options, folder in
            options.policies = folder
            try "type: a".write(toFile: folder + "/x.yaml", atomically: true, encoding: .utf8)
            try FileManager.default.removeItem(atPath: folder + "/authorization.yaml")
            options.authorization = folder + "/authorization.txt"
            try TestServer.authorization.write(toFile: options.authorization, atomically: true, encoding: .utf8)
        },
        Fault("a broken calendar", .configuration, "holidays.txt:1: a line begins with year, off, work or #") {
            options, folder in
            options.calendar = folder + "/holidays.txt"
            try "tomorrow".write(toFile: options.calendar, atomically: true, encoding: .utf8)
        },
        Fault("no plugin folder", .configuration, "plugin folder /none does not exist") { options, _ in
            options.plugins = "/none"
        },
        Fault("a file that is no plugin", .plugin, "wrong.so") { _, folder in
            try "tea".write(toFile: folder + "/plugins/wrong.so", atomically: true, encoding: .utf8)
        },
        Fault("a store that is none", .store, "casework.db") { options, _ in
            try String(repeating: "tea", count: 2000).write(toFile: options.store, atomically: true, encoding: .utf8)
            try writeKey(options.masterKey)
        },
        Fault("a key whose store is gone", .store, "casework.db is not there, but it has been begun: restore it") {
            options, _ in
            try writeKey(options.masterKey)
        },
        Fault("a key whose store is empty", .store, "casework.db is an empty file, but it has been begun: restore") {
            options, _ in
            try writeKey(options.masterKey)
            try "".write(toFile: options.store, atomically: true, encoding: .utf8)
        },
        Fault("a store without its key", .store, "is there, but its master key") { options, _ in
            try "".write(toFile: options.store, atomically: true, encoding: .utf8)
        },
        Fault("a folder that is none", .store, "master.key") { options, _ in
            options.masterKey = "/none/master.key"
        },
        Fault("a virtual clock on a real store", .configuration, "add --development") { options, _ in
            options.development = false
        },
        Fault("no certificate", .configuration, "/none") { options, _ in
            options.tls.certificateChain = "/none"
        },
    ]

    @Test("says in one line what is wrong", arguments: faults)
    func fault(_ fault: Fault) throws {
        let folder = try TestServer.prepare()
        var options = try self.options(folder)
        try fault.change(&options, folder)
        let error = #expect(throws: StartupError.self) { try CaseworkServer.start(options, logger: Self.silent) }
        #expect(error?.code == fault.code)
        let line = error?.description ?? ""
        #expect(line.contains(fault.message), "\(line)")
        #expect(!line.contains("\n"), "\(line)")
    }

    private static func writeKey(_ path: String) throws {
        try String(repeating: "0", count: 64).write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }

    @Test("a first start that was cut short is taken up again, with or without its store")
    func cutShort() async throws {
        for hasStore in [false, true] {
            let folder = try TestServer.prepare()
            let key = folder + "/master.key"
            if hasStore {
                try await TestServer(isolation: .inProcess, folder: folder).stop()
                try FileManager.default.moveItem(atPath: key, toPath: key + ".new")
            } else {
                try Self.writeKey(key + ".new")
            }
            let server = try TestServer(isolation: .inProcess, folder: folder)
            #expect(FileManager.default.fileExists(atPath: key))
            #expect(!FileManager.default.fileExists(atPath: key + ".new"))
            try await server.stop()
        }
    }

    @Test("a first start that was cut short before its key was whole begins again", arguments: ["", "0123", "\n"])
    func cutShortInTheKey(content: String) async throws {
        let folder = try TestServer.prepare()
        let key = folder + "/master.key"
        try content.write(toFile: key + ".new", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key + ".new")
        let server = try TestServer(isolation: .inProcess, folder: folder)
        #expect(FileManager.default.fileExists(atPath: key))
        #expect(!FileManager.default.fileExists(atPath: key + ".new"))
        try await server.stop()
    }

    @Test("a store that is emptied or taken away is not begun anew, and its log stays where it is")
    func lostStore() async throws {
        let server = try TestServer(isolation: .inProcess)
        try await server.stop()
        let store = server.folder + "/casework.db"
        try "what was not written back".write(toFile: store + "-wal", atomically: true, encoding: .utf8)
        try Data().write(to: URL(fileURLWithPath: store))
        for words in ["is an empty file", "is not there"] {
            let error = #expect(throws: StartupError.self) {
                try CaseworkServer.start(server.options, logger: Self.silent)
            }
            #expect(error?.description.contains(words) == true)
            #expect(FileManager.default.fileExists(atPath: store + "-wal"))
            if words == "is an empty file" { try FileManager.default.removeItem(atPath: store) }
        }
        #expect(!FileManager.default.fileExists(atPath: store))
    }

    @Test("a port that is taken, and a store that is in use")
    func taken() async throws {
        let running = try TestServer(isolation: .inProcess)
        var options = try self.options(try TestServer.prepare())
        options.port = running.server.port
        let port = #expect(throws: StartupError.self) { try CaseworkServer.start(options, logger: Self.silent) }
        #expect(port?.code == .address)
        #expect(port?.description.contains("port \(running.server.port) of localhost is taken") == true)
        let store = #expect(throws: StartupError.self) {
            try CaseworkServer.start(running.options, logger: Self.silent)
        }
        #expect(store?.code == .store)
        #expect(try await running.client(Officer.agent).operations.health().status == "serving")
        try await running.stop()
    }

    @Test("a start that failed leaves nothing behind that stops the next")
    func again() async throws {
        let folder = try TestServer.prepare()
        var options = try self.options(folder)
        options.tls.privateKey = "/none"
        #expect(throws: StartupError.self) { try CaseworkServer.start(options, logger: Self.silent) }
        let server = try TestServer(isolation: .inProcess, folder: folder)
        try await server.stop()
    }

    @Test("calls under way are answered while the server stops, later ones are not taken")
    func stop() async throws {
        let server = try TestServer()
        let client = try await server.client(Officer.agent)
        let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    do {
                        return try await server.open(Applicant()).version == 1
                    } catch let error as CaseworkError {
                        #expect([.unavailable, .cancelled].contains(error.code))
                        return false
                    }
                }
            }
            // The first answer shows that the server is at work on them.
            var answered = try await group.next() == true ? 1 : 0
            try await server.server.stop()
            for try await done in group where done { answered += 1 }
            return answered
        }
        #expect(answers >= 1)
        await client.close()
        let again = try TestServer(isolation: .inProcess, folder: server.folder)
        let page = try await again.client(Officer.agent).cases.list(.with { $0.pageSize = 100 })
        #expect(page.cases.count >= answers)
        try await again.stop()
    }

    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func options(_ folder: String) throws -> ServerOptions {
        var options = ServerOptions(
            host: "localhost", port: 0, store: "\(folder)/casework.db", masterKey: "\(folder)/master.key",
            plugins: "\(folder)/plugins", policies: Repository.root.path + "/Plugins/TransportSubsidy/policy",
            authorization: "\(folder)/authorization.yaml", calendar: Repository.root.path + "/Calendars/china.txt",
            tls: try TestCertificates.shared.get().files("server"),
            pluginHost: Repository.products.appending(path: "casework-plugin-host").path)
        options.isolation = .inProcess
        options.development = true
        options.virtualClock = try #require(LocalDate(parsing: "2026-09-14")).start
        return options
    }
}
