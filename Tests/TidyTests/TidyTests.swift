import Foundation
import Testing

/// What people forget.
@Suite("Tidiness")
struct TidyTests {
    @Test("functions have at most 70 lines")
    func functionLength() {
        for file in Repository.files(ending: ".swift") where !file.isGenerated {
            for function in SwiftText(file.text).functions where function.length > 70 {
                Issue.record("\(file):\(function.line): \(function.length) lines: \(function.name)")
            }
        }
    }

    @Test("lines have at most 120 characters")
    func lineLength() {
        for file in Repository.files(
            ending: ".swift", ".c", ".h", "Scripts/run", "Scripts/test", "Scripts/pki", "Scripts/mutate",
            ".ci/run")
        where !file.isGenerated {
            for (offset, line) in file.lines.enumerated() where line.count > 120 {
                Issue.record("\(file):\(offset + 1): \(line.count) characters")
            }
        }
    }

    @Test("no tabs, no blanks at a line's end, a line break at the file's end")
    func blanks() {
        for file in Repository.files(ending: ".swift", ".c", ".h", ".proto", ".yaml", ".md") where !file.isGenerated {
            for (offset, line) in file.lines.enumerated() where line.contains("\t") || line.hasSuffix(" ") {
                Issue.record("\(file):\(offset + 1): a tab or a blank at the end")
            }
            #expect(file.text.hasSuffix("\n"), "\(file) does not end with a line break")
        }
    }

    @Test("no notes left behind", arguments: ["TO" + "DO", "FIX" + "ME"])
    func notes(word: String) {
        for file in Repository.files(ending: ".swift", ".c", ".h", ".proto", ".yaml", ".md", "/run", "/test") {
            for (offset, line) in file.lines.enumerated() where line.contains(word) {
                Issue.record("\(file):\(offset + 1): \(word)")
            }
        }
    }

    @Test("no path of one machine", arguments: ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/Us" + "ers/"])
    func machinePaths(path: String) {
        for file in Repository.files where !file.path.hasSuffix(".csv") {
            for (offset, line) in file.lines.enumerated() where line.contains(path) {
                Issue.record("\(file):\(offset + 1): \(path)")
            }
        }
    }

    @Test("product code never traps on an error it could name", arguments: ["try!", "as!"])
    func traps(word: String) {
        for file in Repository.files(ending: ".swift") where !file.path.hasPrefix("Tests/") && !file.isGenerated {
            for (offset, line) in SwiftText(file.text).lines.enumerated() where line.contains(word) {
                Issue.record("\(file):\(offset + 1): \(word)")
            }
        }
    }

    @Test("@unchecked Sendable carries the sentence that makes it safe")
    func unchecked() {
        for file in Repository.files(ending: ".swift") where file.path.hasPrefix("Sources/") && !file.isGenerated {
            let lines = file.lines
            for (offset, line) in SwiftText(file.text).lines.enumerated() where line.contains("@unchecked Sendable") {
                // In the comment just above, or in that of the type around it.
                let above = lines[max(0, offset - 25)..<offset].reversed()
                let comments = above.prefix { !$0.hasPrefix("}") }.filter { $0.contains("//") }
                #expect(
                    comments.contains { $0.contains("@unchecked Sendable") || $0.contains("safe") }
                        || above.first?.contains("//") == true, "\(file):\(offset + 1): say above why it is safe")
            }
        }
    }

    @Test(
        "the pure targets stay pure",
        arguments: [
            "Statechart", "ChartAnalysis", "CivilTime", "Wire", "Kernel", "Crypto", "RPC", "PluginHost",
            "PluginLibrary", "CaseworkPluginKit",
        ])
    func noFoundation(target: String) {
        for file in Repository.files where file.path.hasPrefix("Sources/\(target)/") {
            for (offset, line) in file.lines.enumerated() where line.hasPrefix("import Foundation") {
                Issue.record("\(file):\(offset + 1): Foundation")
            }
        }
    }

    @Test func kernelAndStatechartKnowNoWorld() {
        let forbidden = ["NIO", "GRDB", "SwiftProtobuf", "Glibc", "Foundation", "Dispatch"]
        for file in Repository.files(ending: ".swift")
        where file.path.hasPrefix("Sources/Kernel/") || file.path.hasPrefix("Sources/Statechart/") {
            for line in file.lines where line.contains("import ") {
                let word = line.split(separator: " ").last.map(String.init) ?? ""
                #expect(!forbidden.contains { word.hasPrefix($0) }, "\(file): \(line)")
            }
        }
    }

    /// A step of a chart goes by index. Names come in from outside, with an event, and are looked for there once.
    @Test("the interpreter's steps look nothing up by name and make no sets")
    func stepsGoByIndex() {
        let folder = "Sources/Statechart/"
        let steps = Repository.files(ending: ".swift").filter { file in
            ["Machine", "Scratch", "EventQueue"].contains { file.path.hasPrefix(folder + $0) }
        }
        #expect(steps.count > 6)
        var lookUps: [String] = []
        for file in steps {
            for (offset, line) in SwiftText(file.text).lines.enumerated() {
                for word in ["Set<", "Set(", "Dictionary", "[String:", "[\""] where line.contains(word) {
                    Issue.record("\(file):\(offset + 1): \(word)")
                }
                if line.contains(".find(") { lookUps.append(file.path) }
            }
        }
        // An event's, and that of a question about one, which is no step.
        #expect(lookUps == [folder + "EventQueue.swift", folder + "Machine.swift"])
    }

    /// An option of one level asked for at another is some other option there: TCP_NODELAY as a socket's is SO_DEBUG,
    /// which only root may set.
    @Test func socketOptionsAreOfTheirLevel() {
        for file in Repository.files(ending: ".swift") where file.path.hasPrefix("Sources/") {
            for match in file.text.matches(of: /\.socketOption\(\.(\w+)\)/) {
                #expect(match.output.1.hasPrefix("so_"), "\(file.path): \(match.output.0)")
            }
        }
    }

    /// `URL.path()` writes blanks and Chinese letters as `%20`: no file has that name.
    @Test func pathsAreNotPercentEncoded() {
        for file in Repository.files(ending: ".swift") where !file.path.hasPrefix("Tests/TidyTests/") {
            #expect(!file.text.contains(".path()"), "\(file.path)")
        }
    }

    /// What is printed past the one way out is not missed when it could not be written.
    @Test func theCommandLinePrintsInOnePlace() {
        let ways = ["Swift.print(", "FileHandle.standard", "fputs(", "fputc(", "puts(", "printf("]
        for file in Repository.files(ending: ".swift") where file.path.hasPrefix("Sources/casework/") {
            guard !file.path.hasSuffix("/StandardStreams.swift") else { continue }
            for way in ways { #expect(!file.text.contains(way), "\(file.path): \(way)") }
            // `OutputOptions` prints messages by a function of that name.
            guard !file.path.hasSuffix("/OutputOptions+Print.swift") else { continue }
            #expect(!file.text.contains(/(^|[^\w.])print\(/), "\(file.path)")
        }
    }

    @Test func licenceIsApache() {
        let licence = Repository.File(path: "LICENSE").text
        #expect(licence.contains("Apache License"))
        #expect(licence.contains("Version 2.0, January 2004"))
    }

    @Test func everyTestTargetIsDocumented() throws {
        let manifest = Repository.File(path: "Package.swift").text
        let guide = Repository.File(path: "CONTRIBUTING.md").text
        let names = try manifest.matches(of: Regex("tests\\(\\s*\"([A-Za-z]+)\"")).compactMap { $0.output[1].substring }
        #expect(names.count > 8)
        for name in names { #expect(guide.contains("`\(name)`"), "CONTRIBUTING.md does not say what \(name) tests") }
    }

    @Test func everyTestFolderIsATarget() throws {
        let manifest = Repository.File(path: "Package.swift").text
        let folders = try FileManager.default.contentsOfDirectory(
            atPath: Repository.root.appendingPathComponent("Tests").path)
        for folder in folders where folder.hasSuffix("Tests") {
            #expect(manifest.contains("\"\(folder)\""), "Tests/\(folder) is built by nobody")
        }
    }

    @Test(
        "scripts are well formed and may be run",
        arguments: [
            "Scripts/run", "Scripts/test", "Scripts/pki", "Scripts/generate", "Scripts/pictures", ".ci/run",
        ])
    func scripts(path: String) throws {
        let url = Repository.root.appendingPathComponent(path)
        #expect(FileManager.default.isExecutableFile(atPath: url.path))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-n", url.path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test(
        "generated code is what Scripts/generate writes",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/protoc"), "protoc is not installed"))
    func generatedCode() throws {
        let process = Process()
        process.executableURL = Repository.root.appendingPathComponent("Scripts/generate")
        process.arguments = ["--check"]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}

@Suite("The measure of Swift source itself")
struct SwiftTextTests {
    @Test func blanksCommentsAndStrings() {
        let text = SwiftText("let a = \"{ \\(f(\"}\")) \" // {\nlet b = #\"\\\"{\"# /* { /* } */ { */ + c\n")
        #expect(text.lines[0].filter { "{}".contains($0) }.isEmpty)
        #expect(text.lines[1].hasSuffix("+ c"))
        #expect(text.lines[1].filter { "{}".contains($0) }.isEmpty)
    }

    @Test func findsFunctionsAndTheirLength() {
        let source = """
            protocol P { func requirement(_ a: Int) -> Int }
            struct S {
                func short() { }
                func long(
                    a: Int
                ) throws -> Int
                {
                    if a > 0 {
                        return 1
                    }
                    return self.init(x)
                }
                init?(text: String) {
                    return nil
                }
            }
            """
        let functions = SwiftText(source).functions
        #expect(functions.map(\.line) == [3, 4, 13])
        #expect(functions.map(\.length) == [1, 9, 3])
    }
}
