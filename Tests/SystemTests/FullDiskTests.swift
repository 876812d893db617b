import Foundation
import Testing

/// What an operator and an officer see on the command line while the store's disk is full, and that they lose nothing.
@Suite("A full disk, on the command line", .serialized)
struct FullDiskTests {
    private static let application = """
        {"person": {"name": "测试人", "residentNumber": "990000199006159232", "phone": "19900000000", \
        "cardNumber": "6217000000000000004"}, "journey": {"destination": "370212", "employer": "某厂", \
        "departedOn": "2026-02-01", "employedUntil": "2026-08-01"}, "consentSigned": true}
        """

    @Test("health ends with 1 while the server takes no command; a refused command repeated by its printed key is done")
    func readOnly() async throws {
        let daemon = try Daemon()
        let (library, isFull) = try FullDisk.build(in: daemon.folder)
        try daemon.start(clock: "2026-09-14 09:00", after: "export LD_PRELOAD='\(library)' DISK_IS_FULL='\(isFull)'")
        try await daemon.awaitReady()
        #expect(try daemon.casework("health", as: "operator/admin").code == 0)
        let open = "case open transport-subsidy --county 220122 --payload '\(Self.application)'"

        try "".write(toFile: isFull, atomically: false, encoding: .utf8)
        let refused = try daemon.casework(open, as: "jilin-hrss/li-na")
        #expect(refused.code == 1 && refused.errors.contains("read-only for now"), "\(refused)")
        let key = try #require(FullDisk.key(in: refused.errors), "\(refused)")
        for (flags, word) in [("", "● read-only"), (" --json", "\"status\": \"read-only\"")] {
            let health = try daemon.casework("health" + flags, as: "operator/admin")
            #expect(health.code == 1 && health.output.contains(word), "\(health)")
            #expect(health.errors.hasPrefix("casework: the server is read-only"), "\(health)")
        }

        try FileManager.default.removeItem(atPath: isFull)
        var done = try daemon.casework("\(open) --key \(key)", as: "jilin-hrss/li-na")
        for _ in 0..<100 where done.code != 0 {
            try await Task.sleep(for: .milliseconds(50))
            done = try daemon.casework("\(open) --key \(key)", as: "jilin-hrss/li-na")
        }
        #expect(done.output.contains("TS-220122-2026-000001") && !done.output.contains("done before"), "\(done)")
        #expect(try daemon.casework("health", as: "operator/admin").code == 0)
        let log = daemon.words
        #expect(log.components(separatedBy: "the store is full: the server takes no command").count == 2, "\(log)")
        #expect(log.components(separatedBy: "the server takes commands again").count == 2, "\(log)")
        let again = try daemon.casework("\(open) --key \(key)", as: "jilin-hrss/li-na")
        #expect(again.code == 0 && again.output.contains("TS-220122-2026-000001"), "\(again)")
        #expect(again.output.contains("It had been done before"), "\(again)")
        #expect(daemon.stop() == 0)
    }

    @Test("who stops waiting for an answer is told the key, whatever has become of the command", arguments: [
        ("INT", Int32(130)), ("TERM", 143), ("HUP", 129),
    ])
    func interrupted(name: String, code: Int32) async throws {
        let daemon = try Daemon()
        let (library, _) = try FullDisk.build(in: daemon.folder)
        let hangs = daemon.folder.appending(path: "disk-hangs").path
        try daemon.start(clock: "2026-09-14 09:00", after: "export LD_PRELOAD='\(library)' DISK_HANGS='\(hangs)'")
        try await daemon.awaitReady()
        try "".write(toFile: hangs, atomically: false, encoding: .utf8)
        let grant = "fund set rural-revitalization 220122 2026 5000 --document 文"
        // Once the disk hangs over it, the command is the server's, and its answer does not come.
        let shell = """
            \(grant) & p=$!; while [ ! -e '\(hangs).now' ]; do sleep 0.01; done
            kill -\(name) $p; wait $p; exit $?
            """
        let said = try daemon.casework(shell, as: "county-finance/chen-jie")
        #expect(said.code == code && said.errors.hasPrefix("casework: interrupted: it is not known"), "\(said)")
        let key = try #require(FullDisk.key(in: said.errors), "\(said)")
        try FileManager.default.removeItem(atPath: hangs)
        let again = try daemon.casework("\(grant) --key \(key)", as: "county-finance/chen-jie")
        #expect(again.code == 0 && again.output.contains("5,000.00"), "\(again)")
        #expect(daemon.stop() == 0)
    }

    @Test("books that no longer add up stop the server with a sentence, and it does not start on them again")
    func booksDoNotAddUp() async throws {
        let daemon = try Daemon()
        let (library, isFull) = try FullDisk.build(in: daemon.folder)
        let shell = "export LD_PRELOAD='\(library)' DISK_IS_FULL='\(isFull)'"
        try daemon.start(clock: "2026-09-14 09:00", after: shell)
        try await daemon.awaitReady()
        let grant = "fund set rural-revitalization 220122 2026 5000 --document 文"
        #expect(try daemon.casework(grant, as: "county-finance/chen-jie").code == 0)
        let forge = """
            import sqlite3, sys
            store = sqlite3.connect(sys.argv[1])
            store.execute("UPDATE balances SET amount = amount + 1 WHERE amount > 0")
            store.commit()
            """
        try Daemon.run("/usr/bin/env", ["python3", "-c", forge, daemon.store])
        // A write that fails makes it read its books anew.
        try "".write(toFile: isFull, atomically: false, encoding: .utf8)
        _ = try daemon.casework(grant + "0", as: "county-finance/chen-jie")
        #expect(daemon.awaitEnd() == 70)
        let sentence = "the accounts of rural-revitalization 220122 2026 do not add up"
        #expect(daemon.words.contains(sentence) && daemon.words.contains("stops before it writes anything false"))
        try FileManager.default.removeItem(atPath: isFull)
        try daemon.start(clock: "2026-09-14 09:00")
        #expect(daemon.awaitEnd() == 74)
        #expect(daemon.words.contains("The store cannot be trusted: \(sentence). Restore it from a backup."))
    }

    @Test("an answer that cannot be written is asked for again under the key that is told; it happened once")
    func lostAnswers() async throws {
        let daemon = try Daemon()
        try daemon.start(clock: "2026-09-14 09:00")
        try await daemon.awaitReady()
        let number = "TS-220122-2026-000001"
        let commands = [
            ("case open transport-subsidy --county 220122 --payload '\(Self.application)'", "jilin-hrss/li-na", number),
            ("case unmask \(number) --reason '核对身份证原件'", "county-finance/liu-yang", "990000199006159232"),
            ("fund set rural-revitalization 220122 2026 5000 --document 文", "county-finance/chen-jie", "5,000.00"),
            ("case send \(number) withdraw", "jilin-hrss/li-na", "withdrawn"),
        ]
        for (command, officer, answer) in commands {
            let lost = try daemon.casework(command + " >/dev/full", as: officer)
            #expect(lost.code == 1 && lost.errors.contains("No space left on device"), "\(lost)")
            #expect(lost.errors.contains("the command itself was carried out"), "\(lost)")
            let key = try #require(FullDisk.key(in: lost.errors), "\(lost)")
            let again = try daemon.casework("\(command) --key \(key)", as: officer)
            #expect(again.code == 0 && again.output.contains(answer), "\(command)\n\(again)")
        }
        let history = try daemon.casework("case history \(number) --json", as: "jilin-hrss/li-na")
        #expect(history.output.components(separatedBy: "\"position\"").count - 1 == 3, "\(history.output)")
        #expect(daemon.stop() == 0)
    }
}

extension Daemon {
    struct Said {
        var code: Int32
        var output: String
        var errors: String
    }

    /// Runs the command line as this officer.
    ///
    /// - Parameter words: as a shell reads them.
    func casework(_ words: String, as officer: String) throws -> Said {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", "'\(Self.programs.appending(path: "casework").path)' \(words)"]
        process.environment = [
            "LC_ALL": "", "LANG": "en_US.UTF-8", "PATH": "/usr/bin:/bin", "CASEWORK_SERVER": "localhost:\(port)",
            "CASEWORK_IDENTITY": "\(identities)/\(officer)",
        ]
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let wrong = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Said(code: process.terminationStatus, output: text, errors: wrong)
    }
}

/// A library for a process whose store's disk is full, or hangs, as long as a file is there.
enum FullDisk {
    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <unistd.h>
        ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
            const char *hangs = getenv("DISK_HANGS");
            while (hangs && access(hangs, F_OK) == 0) {
                char now[4096];
                snprintf(now, sizeof now, "%s.now", hangs);
                close(open(now, O_WRONLY | O_CREAT, 0600));
                usleep(10000);
            }
            if (getenv("DISK_IS_FULL") && access(getenv("DISK_IS_FULL"), F_OK) == 0) {
                errno = ENOSPC;
                return -1;
            }
            ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
            return real(file, bytes, count, at);
        }
        ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
            return pwrite64(file, bytes, count, at);
        }
        """

    /// The library's path, and that of the file.
    static func build(in folder: URL) throws -> (library: String, isFull: String) {
        let file = folder.appending(path: "full.c")
        try source.write(to: file, atomically: true, encoding: .utf8)
        let library = folder.appending(path: "libfull.so").path
        try Daemon.run("/usr/bin/env", ["clang", "-shared", "-fPIC", "-o", library, file.path, "-ldl"])
        return (library, folder.appending(path: "disk-is-full").path)
    }

    /// What a failure says to repeat the command with.
    static func key(in text: String) -> String? {
        text.firstMatch(of: /add --key ([0-9a-f]{32})/).map { String($0.1) }
    }
}
