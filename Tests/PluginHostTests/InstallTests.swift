import Glibc
import Kernel
import Testing

@testable import PluginHost

@Suite("Installing a plugin")
struct InstallTests {
    @Test("tells what it is", arguments: [Isolation.child, .inProcess])
    func describes(_ isolation: Isolation) throws {
        let bench = Bench(isolation: isolation)
        let description = try bench.host.install(library: Built.transportSubsidy)
        #expect(description.name == "transport-subsidy")
        #expect(description.abi == 1)
        #expect(description.guards == ["fundsAvailable", "isLongEnough", "isOutOfProvince", "isRegisteredOnDeparture"])
        #expect(description.actions.count == 16)
        #expect(description.chart.starts(with: Array("{\"chart\":\"transport-subsidy\"".utf8)))
        #expect(description.descriptors.count > 1000)
        #expect(bench.host.statuses.map(\.isolation) == [isolation])
        #expect(try bench.host.install(library: Built.transportSubsidy) == description)
        #expect(bench.host.statuses.count == 1)
    }

    @Test("refuses another file than the one asked for")
    func digest() throws {
        let bench = Bench()
        #expect(throws: PluginError(.digestMismatch, "")) {
            try bench.host.install(library: Built.lying, expecting: Digest(bytes: [UInt8](repeating: 1, count: 32)))
        }
        let folder = try TemporaryFolder()
        let named = "\(folder.path)/\(String(repeating: "ab", count: 32)).so"
        try folder.copy(Built.lying, to: named)
        #expect(throws: PluginError(.digestMismatch, "")) { try bench.host.install(library: named) }
        #expect(bench.host.statuses.isEmpty)
    }

    @Test("takes a file that bears its digest as its name")
    func namedByDigest() throws {
        let bench = Bench()
        let digest = try bench.host.install(library: Built.lying).digest
        let folder = try TemporaryFolder()
        let named = "\(folder.path)/\(digest.hex).so"
        try folder.copy(Built.lying, to: named)
        #expect(try Bench().host.install(library: named).digest == digest)
    }

    @Test("refuses what is no plugin, in a sentence", arguments: [Isolation.child, .inProcess])
    func noPlugin(_ isolation: Isolation) throws {
        let folder = try TemporaryFolder()
        let text = "\(folder.path)/text.so"
        try folder.write(Array("no library".utf8), to: text)
        let cases: [(String, PluginError.Code, String)] = [
            ("\(folder.path)/absent.so", .unreadable, "cannot be opened: No such file or directory"),
            (text, .notAPlugin, "not a shared library this machine can load"),
            (Self.libraryOfC, .notAPlugin, "does not export casework_plugin_main"),
        ]
        for (path, code, words) in cases {
            do {
                _ = try Bench(isolation: isolation).host.install(library: path)
                Issue.record("\(path) was installed")
            } catch {
                #expect(error.code == code)
                #expect(error.message.contains(words), "\(error.message)")
                #expect(error.message.hasPrefix("plugin \(path) "))
            }
        }
    }

    /// A shared library that is certainly there: this process has it loaded.
    private static let libraryOfC: String = {
        guard let maps = fopen("/proc/self/maps", "r") else { return "" }
        defer { fclose(maps) }
        var line = [CChar](repeating: 0, count: 8192)
        while fgets(&line, Int32(line.count), maps) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            guard let slash = text.firstIndex(of: "/"), text.hasSuffix("libc.so.6\n") else { continue }
            return String(text[slash...].dropLast())
        }
        return ""
    }()

    @Test("says so when the host's executable is not there")
    func noExecutable() {
        let host = PluginHost(options: PluginHost.Options(hostExecutable: "/nowhere/casework-plugin-host")) { _ in }
        do {
            _ = try host.install(library: Built.lying)
            Issue.record("it was installed")
        } catch {
            #expect(error.code == .notStarted)
            #expect(error.message.contains("/nowhere/casework-plugin-host cannot be started: No such file"))
        }
    }

    @Test("is for those who start caseworkd: the child's executable alone explains itself")
    func executableAlone() throws {
        #expect(system("'\(Built.host)' >/dev/null 2>&1") >> 8 == 2)
    }
}

/// A folder of a test's own, gone with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/casework-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw PluginError(.unreadable, lastError()) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { system("rm -r '\(path)'") }

    func write(_ bytes: [UInt8], to file: String) throws {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw PluginError(.unreadable, lastError())
        }
    }

    func copy(_ source: String, to file: String) throws {
        guard system("cp '\(source)' '\(file)'") == 0 else { throw PluginError(.unreadable, "cp failed") }
    }
}
