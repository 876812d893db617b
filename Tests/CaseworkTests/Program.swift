import Foundation

/// The built `casework`, run as a person runs it, in a folder of its own.
struct Program {
    struct Result {
        var code: Int32
        var output: String
        var errors: String
        var text: String { output + errors }
    }

    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("casework-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    /// The tests lie beside the programs they were built with.
    private static let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("casework").path

    /// What a shell makes of `script`, in which `casework` is the program.
    func shell(_ script: String) throws -> Result {
        try run([script], by: ["bash", "-c", "casework() { '\(Program.path)' \"$@\"; }; eval \"$0\""])
    }

    /// - Parameter limits: a command that runs another one within bounds, such as `prlimit`.
    func run(_ arguments: [String], within limits: [String] = []) throws -> Result {
        try run(arguments, by: limits + [Program.path])
    }

    private func run(_ arguments: [String], by command: [String]) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command + arguments
        process.currentDirectoryURL = folder
        process.environment = ["LANG": "en_US.UTF-8", "PATH": "/usr/bin:/bin"]
        let names = ["output", "errors"].map { folder.appendingPathComponent("\($0)-\(UUID().uuidString)") }
        let files = try names.map { name in
            try Data().write(to: name)
            return try FileHandle(forWritingTo: name)
        }
        (process.standardOutput, process.standardError) = (files[0], files[1])
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        let texts = try names.map { name in
            defer { try? FileManager.default.removeItem(at: name) }
            return String(decoding: try Data(contentsOf: name), as: UTF8.self)
        }
        // Killed by a signal is no exit code of the program's own.
        let code = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        return Result(code: code, output: texts[0], errors: texts[1])
    }
}
