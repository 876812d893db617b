import Foundation
import Testing

@testable import casework

/// `Scripts/run` as a newcomer starts it, but with the programs already built: the whole walk over TLS, one process per
/// agency, and everything that may go wrong at the start.
@Suite("Scripts/run", .serialized)
struct RunTests {
    func arguments(_ state: URL, port: Int, _ more: String...) -> [String] {
        ["Scripts/run", "--bin", Shell.programs.path, "--state", state.path, "--port", "\(port)"] + more
    }

    func remove(_ folder: URL) {
        #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) }
    }

    /// One walk serves several questions: it is the dear part.
    @Test func walkSecondStartAndWhatComesAfter() throws {
        let state = try Shell.folder()
        defer { remove(state) }
        let port = try Shell.freePort()

        let first = try Shell.run(arguments(state, port: port, "--smoke"))
        #expect(first.code == 0, "\(first.text)")
        #expect(first.text.contains("every line ended as expected"))
        let asked = try booksOfTheAgencies(state)

        let second = try Shell.start(arguments(state, port: port))
        #expect(try second.waits(for: "serving on localhost:\(port)"))
        let text = try second.text
        try everythingIsRepeated(text, asked: asked)
        #expect(text.contains("every line ended as expected"))
        let figures = try Figures.ofTheReadme()
        summaryTells(text, figures)
        #expect(!first.text.contains("what to try next"))

        let place = Place(state: state, port: port)
        try renamedRosterIsRefused(place)
        try swappedCertificatesAreRefused(place)
        try takenPortIsOneLine(place)
        try sameFolderTwiceIsOneLine(place)
        try everyPaymentWentThroughFiveHands(place, paid: figures.paid)
        try commandLineAnswers(place)
        try commandsOfTheReadmeRun(place)
        try commandLineAnswersAfterMoneyCame(place)
        try aGuardsReasonIsShown(place)
        try nothingTellsAResidentNumber(place, text)

        let ended = try second.end(signal: SIGINT)
        #expect(ended.code == 0, "\(ended.text.suffix(500))")
        try furtherStartTellsWhatHasMovedOn(place, asked: asked, figures)
        try damagedStoreIsOneLine(place)
    }

    private func everythingIsRepeated(_ text: String, asked: Int) throws {
        let total = try #require(
            text.split(separator: "\n").first { $0.contains("answers repeated") && !$0.hasPrefix(" ") })
        let counts = total.split(separator: " ").compactMap { Int($0) }
        #expect(counts.count == 3 && counts.last == 0 && total.hasSuffix(" 0 new"), "\(total)")
        #expect(counts.dropLast().reduce(0, +) == asked, "\(total); asked at first: \(asked)")
    }

    /// README's money has come: the cases that waited are on their way, which is what it was for.
    private func furtherStartTellsWhatHasMovedOn(_ place: Place, asked: Int, _ figures: Figures) throws {
        let third = try Shell.run(arguments(place.state, port: place.port, "--smoke"))
        #expect(third.code == 0, "\(third.text)")
        try everythingIsRepeated(third.text, asked: asked)
        #expect(third.text.contains("How the samples stand now"), "\(third.text)")
        #expect(third.text.contains("\(figures.waiting) lines have moved on since the walk"), "\(third.text)")
        let move = "待资金 waiting for money → 办理中 on the way: \(figures.waiting)"
        #expect(third.text.contains(move), "\(third.text)")
        let rest = figures.lines - figures.waiting
        #expect(third.text.contains("the other \(rest) ended as expected"), "\(third.text)")
    }

    /// What README says came of the walk.
    struct Figures {
        var lines: Int
        var paid: Int
        var waiting: Int

        static func ofTheReadme() throws -> Figures {
            let readme = try String(contentsOf: Shell.root.appendingPathComponent("README.md"), encoding: .utf8)
            let sentence = readme.replacingOccurrences(of: "\n", with: " ")
            let found = try #require(
                try /rosters of (\d+) lines, .*?: (\d+) are paid, (\d+) wait for money/.firstMatch(in: sentence))
            return Figures(
                lines: try #require(Int(found.1)), paid: try #require(Int(found.2)),
                waiting: try #require(Int(found.3)))
        }
    }

    /// How many requests stand in the agencies' books; the lines of the rosters are among them, each once.
    private func booksOfTheAgencies(_ state: URL) throws -> Int {
        let folder = state.appendingPathComponent("walk")
        let books = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "jsonl" }
        #expect(books.count == 3)
        let labels = try books.flatMap { book in
            try String(contentsOf: book, encoding: .utf8).split(separator: "\n").compactMap { line in
                let entry = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                return (entry?["sent"] as? [String: Any])?["label"] as? String
            }
        }
        #expect(Set(labels).count == labels.count)
        // 361 lines, 3 of them blank.
        #expect(labels.count { $0.hasSuffix(":case.open") } == 358)
        return labels.count
    }

    struct Place {
        var state: URL
        var port: Int
        var server: String { "localhost:\(port)" }
    }

    func walk(_ place: Place, identities: URL, samples: URL, book: URL, _ step: String) throws -> Shell.Result {
        try Shell.run([
            Shell.programs.appendingPathComponent("casework").path, "sample", "walk", "--server", place.server,
            "--agency", "jilin-hrss", "--identities", identities.path, "--outbox", book.path, "--samples",
            samples.path, step,
        ])
    }

    /// The same persons under another file name have other keys: their claim refuses them.
    private func renamedRosterIsRefused(_ place: Place) throws {
        let folder = try Shell.folder()
        defer { remove(folder) }
        try FileManager.default.copyItem(
            at: Shell.root.appendingPathComponent("Samples/applications-2026-08.csv"),
            to: folder.appendingPathComponent("renamed.csv"))
        let result = try walk(
            place, identities: place.state.appendingPathComponent("pki/jilin-hrss"), samples: folder, book: folder,
            "file renamed.csv")
        #expect(result.code == 0)
        let book = try String(contentsOf: folder.appendingPathComponent("jilin-hrss.jsonl"), encoding: .utf8)
        let refusals = book.components(separatedBy: "\"refusal\":\"DUPLICATE_APPLICATION\"").count - 1
        // Every line that became a case, and those that were duplicates before.
        #expect(refusals >= 161 + 4, "\(result.text)")
        #expect(result.text.contains(" 0 accepted"), "\(result.text)")
    }

    /// Whose certificate files lie in an officer's folder, and what the server says to it: it goes by the certificate.
    private static let swaps: [(held: [String: String], reason: String)] = [
        (["li-na": "jilin-hrss/zhang-wei", "zhang-wei": "jilin-hrss/li-na"], "[PERMISSION_DENIED]"),
        // The other agency may not open cases at all, whatever its officers' roles: the finer reason is told.
        (["li-na": "county-finance/chen-jie", "wang-fang": "jilin-hrss/wang-fang"], "[METHOD_NOT_GRANTED]"),
    ]

    private func swappedCertificatesAreRefused(_ place: Place) throws {
        for swap in Self.swaps {
            let folder = try Shell.folder()
            defer { remove(folder) }
            let identities = folder.appendingPathComponent("identities")
            try FileManager.default.createDirectory(at: identities, withIntermediateDirectories: true)
            for (name, other) in swap.held {
                try FileManager.default.copyItem(
                    at: place.state.appendingPathComponent("pki/\(other)"), to: identities.appendingPathComponent(name))
            }
            let result = try walk(
                place, identities: identities, samples: Shell.root.appendingPathComponent("Samples"), book: folder,
                "file applications-2026-08.csv")
            #expect(result.code == 1, "\(swap)")
            #expect(result.text.contains(swap.reason), "\(swap): \(result.text)")
            #expect(!result.text.contains("accepted"), "\(swap): \(result.text)")
        }
    }

    private func takenPortIsOneLine(_ place: Place) throws {
        let state = try Shell.folder()
        defer { remove(state) }
        let result = try Shell.run(arguments(state, port: place.port, "--smoke"))
        #expect(result.code == 1)
        #expect(result.lines.count == 1, "\(result.text)")
        #expect(result.text.contains("\(place.port)") && result.text.contains("taken"), "\(result.text)")
    }

    /// The server that answers there has the same certificates, but it is not this run's own.
    private func sameFolderTwiceIsOneLine(_ place: Place) throws {
        let log = place.state.appendingPathComponent("caseworkd.log")
        let before = try String(contentsOf: log, encoding: .utf8)
        let result = try Shell.run(arguments(place.state, port: place.port, "--smoke"))
        #expect(result.code == 1)
        #expect(result.lines.count == 1, "\(result.text)")
        #expect(result.text.contains("casework.db") && result.text.contains("in use"), "\(result.text)")
        let after = try String(contentsOf: log, encoding: .utf8)
        #expect(after.hasPrefix(before) && after.contains("caseworkd serves on"), "the first run's log is kept")
        let left = try FileManager.default.contentsOfDirectory(atPath: place.state.path)
        #expect(!left.contains { $0.hasPrefix("caseworkd.log.") }, "\(left)")
    }

    /// A store whose first pages were overwritten.
    private func damagedStoreIsOneLine(_ place: Place) throws {
        let store = place.state.appendingPathComponent("casework.db")
        let file = try FileHandle(forWritingTo: store)
        try file.write(contentsOf: Data(repeating: 0x5a, count: 64 << 10))
        try file.close()
        let result = try Shell.run(arguments(place.state, port: place.port, "--smoke"))
        #expect(result.code == 1)
        #expect(result.lines.count == 1, "\(result.text)")
        #expect(result.text.contains("casework.db"), "\(result.text)")
    }

    /// The shell blocks of the README are run as they stand, but for the address and the folders.
    private func commandsOfTheReadmeRun(_ place: Place) throws {
        let readme = try String(contentsOf: Shell.root.appendingPathComponent("README.md"), encoding: .utf8)
        let blocks = readme.components(separatedBy: "```sh\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
        #expect(blocks.count == 3)
        let first = try #require(blocks.first)
        for line in first.split(separator: "\n") {
            let script = String(line.prefix { $0 != " " })
            #expect(FileManager.default.isExecutableFile(atPath: Shell.root.appendingPathComponent(script).path))
        }
        let commands = blocks.dropFirst().joined()
            .replacingOccurrences(of: "localhost:7443", with: place.server)
            .replacingOccurrences(of: "$PWD/.build/release", with: Shell.programs.path)
            .replacingOccurrences(of: ".state/", with: place.state.path + "/")
        let result = try Shell.run(["bash", "-euo", "pipefail", "-c", commands])
        #expect(result.code == 0, "\(result.text)")
        #expect(result.text.contains("awaitFunds"), "\(result.text)")
    }

    /// A store without its master key can never be read again; it is not begun anew over it.
    @Test func storeWithoutItsKeyIsOneLine() throws {
        let state = try Shell.folder()
        defer { remove(state) }
        try Data(repeating: 0x5a, count: 64 << 10).write(to: state.appendingPathComponent("casework.db"))
        let result = try Shell.run(arguments(state, port: Shell.freePort(), "--smoke"))
        #expect(result.code == 1)
        #expect(result.lines.count == 1, "\(result.text)")
        #expect(result.text.contains("master.key"), "\(result.text)")
    }

    @Test("wrong usage", arguments: [["--port"], ["--fly"], ["--state"]])
    func usage(arguments: [String]) throws {
        let result = try Shell.run(["Scripts/run"] + arguments)
        #expect(result.code == 2)
        #expect(result.text.contains("Scripts/run [--smoke]"))
    }

    @Test("a port that is none", arguments: ["abc", "99999", "0", "-1", "74 43", ""])
    func wrongPort(port: String) throws {
        let result = try Shell.run(["Scripts/run", "--port", port])
        #expect(result.code == 2)
        #expect(result.lines == ["run: --port takes a number from 1 to 65535, not \"\(port)\""], "\(result.text)")
    }

    /// Of what a server says that does not start, the line that says what is wrong is passed on.
    @Test(
        "a server that does not start is one line",
        arguments: [
            ("echo 'Error: the tea is cold'; echo 'Usage: caseworkd'; echo; echo 'See caseworkd --help'; exit 64",
             "the tea is cold"),
            ("echo 'a beginning'; echo 'caseworkd: the disk is full'; exit 74", "caseworkd: the disk is full"),
            ("exit 1", "the server ended without a word"),
        ])
    func serverThatDoesNotStart(script: String, complaint: String) throws {
        let state = try Shell.folder()
        defer { remove(state) }
        let programs = try Shell.machine([], scripts: ["caseworkd": script])
        defer { remove(programs) }
        for name in ["casework", "casework-plugin-host", "libTransportSubsidy.so"] {
            try FileManager.default.createSymbolicLink(
                at: programs.appendingPathComponent(name),
                withDestinationURL: Shell.programs.appendingPathComponent(name))
        }
        let result = try Shell.run(["Scripts/run", "--bin", programs.path, "--state", state.path, "--smoke"])
        #expect(result.code == 1)
        #expect(result.lines == ["run: \(complaint)"], "\(result.text)")
    }

    @Test func missingProgramsAreNamed() throws {
        let state = try Shell.folder()
        defer { remove(state) }
        let result = try Shell.run(["Scripts/run", "--bin", state.path, "--state", state.path, "--smoke"])
        #expect(result.code == 1)
        #expect(result.text.contains("casework is missing"), "\(result.text)")
    }

    /// Stopped in the middle of the walk, it ends well and goes on where it was, here with the plugin in the server's
    /// own process.
    @Test func interruptedWalkGoesOn() throws {
        let state = try Shell.folder()
        defer { remove(state) }
        let port = try Shell.freePort()
        let running = try Shell.start(arguments(state, port: port, "--smoke"))
        #expect(try running.waits(for: "publicity begins"))
        let stopped = try running.end(signal: SIGTERM)
        #expect(stopped.code == 0, "\(stopped.text)")
        #expect(!stopped.text.contains("How the samples ended"))
        let again = try Shell.start(arguments(state, port: port, "--in-process"))
        #expect(try again.waits(for: "serving on localhost:\(port)"))
        #expect(try again.text.contains("every line ended as expected"))
        try ask(
            Question("plugin list", as: "operator/admin", "transport-subsidy", "in-process"),
            Place(state: state, port: port))
        let ended = try again.end(signal: SIGTERM)
        #expect(ended.code == 0, "\(ended.text)")
    }
}
