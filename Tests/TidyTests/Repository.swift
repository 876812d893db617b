import Foundation

/// The files of the product, as they lie in the work tree: what is built or generated elsewhere is left out.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    struct File: Sendable, CustomStringConvertible {
        /// From the root: `Sources/Kernel/Kernel.swift`.
        var path: String

        var description: String { path }
        var lines: [String] { text.components(separatedBy: "\n") }
        var isGenerated: Bool { path.contains("/Generated/") }

        var text: String {
            do {
                return try String(contentsOf: Repository.root.appendingPathComponent(path), encoding: .utf8)
            } catch {
                preconditionFailure("\(path) cannot be read: \(error)")
            }
        }
    }

    private static let folders = [
        ".ci", "Benchmarks", "Calendars", "Fuzzing", "Plugins", "Samples", "Schemas", "Scripts", "Sources", "Tests",
    ]
    private static let single = ["CONTRIBUTING.md", "LICENSE", "Package.swift", "README.md", ".gitignore"]

    static let files: [File] = {
        var paths = single
        for folder in folders {
            let names = FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path)
            while let name = names?.nextObject() as? String {
                var isFolder: ObjCBool = false
                let path = "\(folder)/\(name)"
                guard
                    FileManager.default.fileExists(
                        atPath: root.appendingPathComponent(path).path, isDirectory: &isFolder), !isFolder.boolValue,
                    !path.contains("/.build"), !path.contains("/Corpus/"),
                    !path.hasSuffix("/Package.resolved")
                else { continue }
                paths.append(path)
            }
        }
        return paths.sorted().map(File.init)
    }()

    static func files(ending suffixes: String...) -> [File] {
        files.filter { file in suffixes.contains { file.path.hasSuffix($0) } }
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }
}
