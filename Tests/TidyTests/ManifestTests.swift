import Foundation
import Testing

/// What a target says it needs, it needs: the build refuses an import beyond it, this test a word too many.
@Suite("The manifest")
struct ManifestTests {
    private struct Target {
        var name: String
        var folder: String
        var dependencies: [String]
    }

    private static let manifest = Repository.File(path: "Package.swift").text

    /// Products of other packages, by the names that stand for them.
    private static var products: [String: String] {
        let found = manifest.matches(of: /let (\w+): Target\.Dependency = \.product\(name: "(\w+)"/)
        return Dictionary(uniqueKeysWithValues: found.map { (String($0.1), String($0.2)) })
    }

    private static var targets: [Target] {
        let calls = manifest.matches(of: /(library|executable|support|tests)\(\s*"([\w-]+)",\s*\[([^\]]*)\]/)
        let short = calls.map { match in
            let isTest = match.1 == "support" || match.1 == "tests"
            return target(match.2, folder: (isTest ? "Tests/" : "Sources/") + match.2, match.3)
        }
        let long = /[tT]arget\(\s*name: "([\w-]+)",\s*dependencies: \[([^\]]*)\],\s*path: "([^"]+)"/
        let named = manifest.matches(of: long).map { match in
            target(match.1, folder: String(match.3), match.2)
        }
        return short + named
    }

    private static func target(_ name: Substring, folder: String, _ list: Substring) -> Target {
        let words = list.split { ", \n".contains($0) }.map(String.init)
        let dependencies = words.map { word in
            word.hasPrefix("\"") ? String(word.dropFirst().dropLast()) : products[word] ?? word
        }
        return Target(name: String(name), folder: folder, dependencies: dependencies)
    }

    /// Programs and plugins that a target needs built beside it, not linked in.
    private static var programs: Set<String> {
        let found = manifest.matches(of: /\.executableTarget\(\s*name: "([\w-]+)"/).map { String($0.1) }
        let short = manifest.matches(of: /executable\(\s*"([\w-]+)"/).map { String($0.1) }
        return Set(found + short)
    }

    /// The module that a line imports, or whose header it includes.
    private static func imported(_ line: String) -> String? {
        if let header = line.firstMatch(of: /^#include [<"](\w+\.h)[>"]/) { return headers[String(header.1)] }
        let words = line.split(separator: " ")
        return words.contains("import") ? words.last.map(String.init) : nil
    }

    /// The C targets, by the names of their headers.
    private static let headers: [String: String] = {
        let paths = Repository.files(ending: ".h").map { $0.path.split(separator: "/") }
        let faces = paths.filter { $0.count == 4 && $0[2] == "include" }
        return Dictionary(faces.map { (String($0[3]), String($0[1])) }) { first, _ in first }
    }()

    @Test("a plugin's child links what runs a plugin, and nothing of the server")
    func childIsSmall() {
        let dependencies = Dictionary(Self.targets.map { ($0.name, $0.dependencies) }) { first, _ in first }
        var (found, rest) = (Set<String>(), ["casework-plugin-host"])
        while let next = rest.popLast() {
            guard found.insert(next).inserted else { continue }
            rest += dependencies[next] ?? []
        }
        let expected: Set = ["casework-plugin-host", "CPluginABI", "CSandbox", "PluginLibrary", "Statechart", "Wire"]
        #expect(found == expected)
    }

    @Test("names no dependency that no file of the target imports")
    func everyDependencyIsImported() {
        let (targets, programs) = (Self.targets, Self.programs)
        #expect(targets.count > 25 && programs.count > 5)
        for target in targets {
            let files = Repository.files(ending: ".swift", ".c", ".h").filter { $0.path.hasPrefix(target.folder + "/") }
            #expect(!files.isEmpty, "\(target.name) has no files in \(target.folder)")
            let imported = Set(files.flatMap(\.lines).compactMap(Self.imported))
            for dependency in target.dependencies where !programs.contains(dependency) {
                #expect(imported.contains(dependency), "\(target.name) says it needs \(dependency), imports it nowhere")
            }
        }
    }
}
