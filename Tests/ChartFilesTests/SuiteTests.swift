import ChartFiles
import Foundation
import Statechart
import Synchronization
import Testing

/// The statechart tests of others, read from `CASEWORK_SUITES` or `../shared/suites`; nothing of them is copied.
enum Suites {
    struct Index: Decodable {
        struct Entry: Decodable, Sendable, CustomTestStringConvertible {
            var id: String
            var suite: String
            var file: String
            var expectFile: String?
            var tier: String

            var testDescription: String { id }
        }
        var tests: [Entry]
    }

    struct Expectation: Decodable {
        struct Event: Decodable {
            var nextConfiguration: [String]
        }
        var initialConfiguration: [String]
        var events: [Event]
    }

    /// Where the suites are looked for.
    struct Place {
        var folder: URL
        /// Somebody counts on them: when they are not there, that is an error.
        var isRequired: Bool

        init(environment: [String: String], beside root: URL) {
            let given = environment["CASEWORK_SUITES"].map { URL(filePath: $0) }
            folder = (given ?? root.appending(path: "../shared/suites")).appending(path: "statecharts")
            isRequired = given != nil
        }

        private var index: URL { folder.appending(path: "index.json") }
        var isThere: Bool { FileManager.default.fileExists(atPath: index.path) }
        /// Whether their presence is tested at all, or skipped.
        var isTested: Bool { isRequired || isThere }

        /// None when they are not there.
        var entries: [Index.Entry] {
            guard isThere else { return [] }
            do {
                return try JSONDecoder().decode(Index.self, from: Data(contentsOf: index)).tests
            } catch {
                fatalError("\(index.path): \(error)")
            }
        }

        /// What the test of their presence complains of; nil when all are there.
        var complaint: String? {
            entries.count == 139 ? nil : "expected 139 tests in \(folder.path), found \(entries.count)"
        }
    }

    static let place = Place(environment: ProcessInfo.processInfo.environment, beside: Package.root)
    static let folder = place.folder
    static let isThere = place.isThere
    static let entries = place.entries
}

@Suite("Statechart tests of others")
struct SuiteTests {
    @Test("The suite is there", .enabled(if: Suites.place.isTested, "no suites/statecharts"))
    func presence() {
        #expect(Suites.place.complaint == nil)
    }

    @Test("A suite that is counted on and absent is an error, one that nobody asked for is skipped")
    func absence() {
        let nowhere = URL(filePath: "/nowhere/casework")
        let required = Suites.Place(environment: ["CASEWORK_SUITES": "/nowhere"], beside: nowhere)
        #expect(required.isTested && !required.isThere)
        #expect(required.complaint == "expected 139 tests in /nowhere/statecharts, found 0")
        #expect(!Suites.Place(environment: [:], beside: nowhere).isTested)
    }

    @Test(
        "Each as it is, and restored at every step", .enabled(if: Suites.isThere, "no suites/statecharts"),
        arguments: Suites.entries, [false, true])
    func play(entry: Suites.Index.Entry, restores: Bool) throws {
        let text = try String(contentsOf: Suites.folder.appending(path: entry.file), encoding: .utf8)
        let definition = try ChartFile.definition(scxml: text, file: entry.file)
        let difference = try Suites.difference(definition, entry, restores: restores)
        #expect(difference == nil)
        Suites.count(passed: difference == nil, restores: restores)
    }
}

extension Suites {
    struct Tally {
        var played = 0
        var plain = 0
        var restored = 0
    }

    private static let tally = Mutex(Tally())

    /// Tells both counts once all have been played.
    static func count(passed: Bool, restores: Bool) {
        tally.withLock { tally in
            tally.played += 1
            if passed { restores ? (tally.restored += 1) : (tally.plain += 1) }
            guard tally.played == 2 * entries.count else { return }
            print(
                """
                third-party statechart tests: \(tally.plain) of \(entries.count) passed plainly, \
                \(tally.restored) of \(entries.count) restored at every step
                """)
        }
    }

    /// - Returns: how the chart differs from what the entry expects, or nil.
    static func difference(_ definition: Definition, _ entry: Index.Entry, restores: Bool) throws -> String? {
        var options = ChartPlayer.Options()
        options.restoresEveryStep = restores
        var player = ChartPlayer(definition, options: options)
        guard let expectFile = entry.expectFile else {
            let end = player.play()
            if let failure = player.failure { return "fails: \(failure)" }
            if (player.restores > 0) != restores { return "is restored \(player.restores) times" }
            return end.configuration == ["pass"] && player.isDone ? nil : "ends in \(end.configuration)"
        }
        let data = try Data(contentsOf: folder.appending(path: expectFile))
        let expectation = try JSONDecoder().decode(Expectation.self, from: data)
        var lines: [[String]] = []
        player.play(try ChartPlayer.Script(json: Array(data))) { lines.append($0.configuration) }
        let expected = ([expectation.initialConfiguration] + expectation.events.map(\.nextConfiguration)).map {
            $0.sorted()
        }
        if let failure = player.failure { return "fails: \(failure)" }
        if (player.restores > 0) != restores { return "is restored \(player.restores) times" }
        return lines == expected ? nil : "\(lines) ≠ \(expected)"
    }
}
