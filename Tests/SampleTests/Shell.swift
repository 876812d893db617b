import Foundation

/// Runs a program and keeps what it says.
struct Shell {
    struct Result {
        var code: Int32
        /// Standard output and standard error, as they came.
        var text: String
        var lines: [String] { text.split(separator: "\n").map(String.init) }
    }

    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Where the tests themselves were built: the programs lie beside them.
    static let programs = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Result {
        let running = try start(arguments, environment: environment)
        return try running.end()
    }

    static func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Running {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = root
        var all = ProcessInfo.processInfo.environment
        all["LANG"] = "en_US.UTF-8"
        all["LC_ALL"] = nil
        process.environment = all.merging(environment) { _, new in new }
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("shell-\(UUID().uuidString).txt")
        try Data().write(to: output)
        let file = try FileHandle(forWritingTo: output)
        process.standardOutput = file
        process.standardError = file
        process.standardInput = FileHandle.nullDevice
        try withSignalsOpen { try process.run() }
        return Running(process: process, output: output)
    }

    /// Threads of a test block signals, and a child inherits what its parent blocks: it would never hear of SIGTERM.
    private static func withSignalsOpen(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    struct Running {
        let process: Process
        fileprivate let output: URL

        var text: String {
            get throws { String(decoding: try Data(contentsOf: output), as: UTF8.self) }
        }

        /// Waits until the output has the words, or the program has ended, or five minutes have passed.
        func waits(for words: String) throws -> Bool {
            let deadline = Date().addingTimeInterval(300)
            while Date() < deadline {
                if try text.contains(words) { return true }
                if !process.isRunning { return try text.contains(words) }
                usleep(50_000)
            }
            return false
        }

        func end(signal: Int32? = nil) throws -> Result {
            if let signal { kill(process.processIdentifier, signal) }
            process.waitUntilExit()
            let result = Result(code: process.terminationStatus, text: try text)
            try FileManager.default.removeItem(at: output)
            return result
        }
    }

    /// A port of this machine that nobody uses now, and none of those the system gives to clients: one that asks
    /// again and again before the server listens would at last be given it, and be connected to itself.
    static func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = UInt16.random(in: 10_000..<30_000)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            address.sin_port = port.bigEndian
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if bound == 0 { return Int(port) }
        }
        throw CocoaError(.featureUnsupported)
    }

    /// A folder for `PATH` with these programs of this machine and these scripts instead of others.
    static func machine(_ programs: [String], scripts: [String: String]) throws -> URL {
        let folder = try folder()
        for name in programs {
            try FileManager.default.createSymbolicLink(
                at: folder.appendingPathComponent(name), withDestinationURL: URL(fileURLWithPath: "/usr/bin/\(name)"))
        }
        for (name, body) in scripts {
            let file = folder.appendingPathComponent(name)
            try Data("#!/bin/sh\n\(body)\n".utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        return folder
    }

    /// A folder of its own, removed when the test is done with it.
    static func folder() throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("casework-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }
}
