import CaseworkClient
import Foundation
import Glibc
import RPC
import Schema
import SwiftProtobuf
import Testing

/// A server that cannot serve what it accepts says so, does not spin, and goes on.
@Suite("Connections that cannot be served", .serialized)
struct ConnectionTests {
    private static let clock = "2026-09-14 09:00"

    private func tell(_ daemon: Daemon, _ reason: String) -> Int {
        daemon.words.components(separatedBy: "\n").count { $0.contains("reason=\(reason)") }
    }

    /// The client, or nil when the server closed the connection.
    private func client(of daemon: Daemon) async throws -> CaseworkClient? {
        do {
            let client = try await daemon.connect(as: "operator/admin")
            _ = try await client.operations.health()
            return client
        } catch let error as CaseworkError {
            #expect(error.code == .unavailable, "\(error)")
            return nil
        }
    }

    /// Processor time that the server takes within a second in which nobody asks it anything, in seconds.
    private func processorTime(_ daemon: Daemon) async throws -> Double {
        func used() throws -> Double {
            let text = try String(contentsOfFile: "/proc/\(daemon.processID)/stat", encoding: .utf8)
            let fields = try #require(text.split(separator: ")").last).split(separator: " ")
            let ticks = try #require(Int(fields[11])) + #require(Int(fields[12]))
            return Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
        let before = try used()
        try await Task.sleep(for: .seconds(1))
        return try used() - before
    }

    @Test("with 64 descriptors, of 40 clients some are served and the others told; it says so once and goes on")
    func fewDescriptors() async throws {
        let daemon = try Daemon()
        try daemon.start(clock: Self.clock, after: "ulimit -n 64")
        try await daemon.awaitReady()
        #expect(daemon.words.contains("64 descriptors, so at most "), "\(daemon.words)")
        var clients: [CaseworkClient] = []
        for _ in 0..<40 {
            if let client = try await client(of: daemon) { clients.append(client) }
        }
        #expect((1..<40).contains(clients.count))
        #expect(tell(daemon, "TOO_MANY_CONNECTIONS") == 1, "\(daemon.words)")
        #expect(try await processorTime(daemon) < 0.3)
        let first = try #require(clients.first)
        let health = try await first.operations.health()
        #expect(health.unserved == UInt64(40 - clients.count))
        #expect(health.unservedReason == "TOO_MANY_CONNECTIONS")
        // It can still read its store and start its plugin.
        #expect(try await first.cases.list(.with { $0.pageSize = 10 }).cases.isEmpty)
        for client in clients { await client.close() }
        try await daemon.awaitReady()
        #expect(daemon.stop() == 0)
    }

    @Test("too few descriptors to serve anybody are one sentence at the start", arguments: [
        (40, 1, 64), (63, 1, 64), (64, 16, 109),
    ])
    func noDescriptors(limit: Int, threads: Int, least: Int) throws {
        let daemon = try Daemon()
        let shell = "ulimit -n \(limit) && set -- \"$@\" --threads \(threads)"
        let process = try daemon.launch(clock: Self.clock, after: shell, store: daemon.store)
        process.waitUntilExit()
        #expect(process.terminationStatus == 78)
        #expect(daemon.words.contains("may have \(limit) descriptors open and needs at least \(least)"))
    }

    @Test("event loops count among what is open: at the least there is, with many of them, somebody is served")
    func manyThreads() async throws {
        let daemon = try Daemon()
        try daemon.start(clock: Self.clock, after: "ulimit -n 109 && set -- \"$@\" --threads 16")
        try await daemon.awaitReady()
        #expect(daemon.stop() == 0)
    }

    @Test("the soft limit is raised to the hard one")
    func softLimit() async throws {
        let daemon = try Daemon()
        try daemon.start(clock: Self.clock, after: "ulimit -Sn 70 && ulimit -Hn 900")
        try await daemon.awaitReady()
        #expect(daemon.words.contains("900 descriptors, so at most "), "\(daemon.words)")
        #expect(daemon.stop() == 0)
    }

    @Test("when the last descriptor is taken while it serves, a client is turned away at once, and later served")
    func descriptorsRunOut() async throws {
        let daemon = try Daemon()
        try daemon.start(clock: Self.clock)
        try await daemon.awaitReady()
        // Lowered until a client finds none left: nobody but the server can count what it has open.
        var soft = 64
        while let served = try await client(of: daemon), soft > 3 {
            await served.close()
            soft -= 1
            try limit(daemon, soft)
        }
        for _ in 1..<5 { #expect(try await client(of: daemon) == nil) }
        #expect(tell(daemon, "DESCRIPTORS_EXHAUSTED") == 1, "\(daemon.words)")
        #expect(try await processorTime(daemon) < 0.3)
        try limit(daemon, soft + 200)
        let served = try #require(try await client(of: daemon))
        #expect(try await served.operations.health().unserved == 5)
        await served.close()
        #expect(daemon.stop() == 0)
    }

    private func limit(_ daemon: Daemon, _ soft: Int) throws {
        try Daemon.run("/usr/bin/prlimit", ["--pid", "\(daemon.processID)", "--nofile=\(soft):"])
    }

    @Test(
        "what was started without standard streams gives their numbers to nobody",
        .enabled(if: geteuid() == 0, "only root may see what the server has open: tried where the tests run as root"))
    func closedStreamsAreHeld() async throws {
        let daemon = try Daemon()
        try daemon.start(clock: Self.clock, after: "exec <&- >&- 2>&-")
        try await daemon.awaitReady()
        for number in 0...2 {
            let place = try FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/\(daemon.processID)/fd/\(number)")
            #expect(place == "/dev/null")
        }
        #expect(daemon.stop() == 0)
    }

    @Test("what was started without standard streams serves, and tells by its exit code why it does not")
    func closedStreams() async throws {
        let daemon = try Daemon()
        try daemon.start(clock: Self.clock, after: "exec <&- >&- 2>&-")
        try await daemon.awaitReady()
        let second = try daemon.launch(clock: Self.clock, after: "exec <&- >&- 2>&-", store: daemon.store)
        second.waitUntilExit()
        #expect(second.terminationReason == .exit && second.terminationStatus == 74)
        #expect(daemon.stop() == 0)
    }

    @Test("a connection whose socket cannot be set up is told, in full once, and counted")
    func setupFails() async throws {
        let daemon = try Daemon()
        let library = try RefusingSocket.build(in: daemon.folder)
        try daemon.start(clock: Self.clock, after: "export LD_PRELOAD='\(library)' REFUSED_SOCKETS=3")
        // Nothing is asked before it serves: each connection counts.
        for _ in 0..<500 where !daemon.words.contains("caseworkd serves") {
            try await Task.sleep(for: .milliseconds(20))
        }
        for _ in 0..<3 { #expect(try await client(of: daemon) == nil, "\(daemon.words)") }
        let served = try #require(try await client(of: daemon), "\(daemon.words)")
        #expect(tell(daemon, "CONNECTION_NOT_SET_UP") == 1, "\(daemon.words)")
        #expect(daemon.words.contains("could not be set up") && daemon.words.contains("Permission denied"))
        let health = try await served.operations.health()
        #expect(health.unserved == 3 && health.unservedReason == "CONNECTION_NOT_SET_UP")
        await served.close()
        #expect(daemon.stop() == 0)
    }
}

/// A library that makes the first sockets of a process refuse an option, as a system does to a process without the
/// right to it.
enum RefusingSocket {
    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <stdlib.h>
        #include <sys/socket.h>
        int setsockopt(int socket, int level, int name, const void *value, socklen_t size) {
            static int refused;
            const char *most = getenv("REFUSED_SOCKETS");
            if (level == SOL_SOCKET && name == SO_KEEPALIVE && most && refused < atoi(most)) {
                refused++;
                errno = EACCES;
                return -1;
            }
            int (*real)(int, int, int, const void *, socklen_t) = dlsym(RTLD_NEXT, "setsockopt");
            return real(socket, level, name, value, size);
        }
        """

    /// The library's path.
    static func build(in folder: URL) throws -> String {
        let file = folder.appending(path: "refuse.c")
        try source.write(to: file, atomically: true, encoding: .utf8)
        let library = folder.appending(path: "librefuse.so").path
        try Daemon.run("/usr/bin/env", ["clang", "-shared", "-fPIC", "-o", library, file.path, "-ldl"])
        return library
    }
}
