import Foundation
import Kernel
@testable import Store
import StoreWorkload
import Testing

/// The power fails while a process writes (`Tests/StorePowerWriter`, on a disk that loses what was not synced); this
/// process is its client and keeps its own book of what was acknowledged. Every image of the disk is held against it.
@Suite struct PowerCutTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func everythingAcknowledgedSurvivesAPowerCut() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("power cut, seed \(seed)")
        var (images, acknowledged, inFlight) = (0, 0, 0)
        for round in 0..<70 {
            for result in try await failPower(seed: seed &+ UInt64(round), synchronous: .full) {
                #expect(result.problems == [], "seed \(seed), round \(round)")
                images += 1
                acknowledged += result.acknowledged
                inFlight += result.unansweredAndKept
            }
        }
        #expect(images == 210)
        #expect(acknowledged > 2_000)
        print("\(images) images hold \(acknowledged) acknowledged members, and \(inFlight) whose answer was lost")
    }

    /// The test above would be worth nothing if it passed without the syncs.
    @Test("with the syncs taken out the same test fails", arguments: [Synchronous.off, .normal])
    func theTestCanFail(synchronous: Synchronous) async throws {
        var results: [Result] = []
        for seed in UInt64(100)..<108 { results += try await failPower(seed: seed, synchronous: synchronous) }
        let lost = results.filter { !$0.problems.isEmpty }.count
        #expect(lost > results.count / 10, "\(lost) of \(results.count)")
    }

    struct Result: Sendable {
        var problems: [String] = []
        var acknowledged = 0
        var unansweredAndKept = 0
    }

    /// One failure at a random operation, and what is wrong with three images of it. On a thread of its own: it waits
    /// for a process, and the tests beside it must not wait with it.
    private func failPower(seed: UInt64, synchronous: Synchronous) async throws -> [Result] {
        let cut = PowerCut(folder: folder.path, seed: seed, synchronous: synchronous)
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result { try cut.results() }) }
        }
    }
}

/// One failure of the power, and what the client makes of it.
private struct PowerCut: Sendable {
    /// What the client knows when the power has failed.
    struct Book {
        var acknowledged: [Member] = []
        /// The batch whose answer never came: all of it is there, or nothing.
        var unanswered: [Member] = []
    }

    struct WriterFailed: Error {
        var answer: String
    }

    var folder: String
    var seed: UInt64
    var synchronous: Synchronous

    private var store: String { folder + "/store.db" }

    func results() throws -> [PowerCutTests.Result] {
        let images = folder + "/image"
        let paths = (0..<3).map { "\(images)\($0).db" }
        defer { for path in paths + [store] { remove(path) } }
        let book = try client(images: images)
        return paths.map { check($0, book) }
    }

    private func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm", "-journal", ".lock"] { unlink(path + suffix) }
    }

    // MARK: - The client

    /// Asks for batch after batch until the writer has no power left.
    private func client(images: String) throws -> Book {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "StorePowerWriter")
        process.arguments = [store, images, "\(seed)", synchronous.rawValue]
        let (requests, answers) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (requests, answers)
        try process.run()
        var book = Book()
        var workload = Workload(seed: seed)
        var random = Seeded(seed)
        for number in 1... {
            let size = Int.random(in: 1...24, using: &random)
            let asked = workload.batch(UInt64(number), members: size).members
            try requests.fileHandleForWriting.write(contentsOf: Data("\(size)\n".utf8))
            let answer = try word(answers.fileHandleForReading)
            guard answer == "committed" else {
                process.waitUntilExit()
                guard answer == "dark", process.terminationStatus == 0 else { throw WriterFailed(answer: answer) }
                book.unanswered = asked
                break
            }
            book.acknowledged += asked
        }
        return book
    }

    private func word(_ file: FileHandle) throws -> String {
        var bytes: [UInt8] = []
        while let byte = try file.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: - The images

    /// Opens what the disk may hold after the failure and holds it against the client's book.
    private func check(_ image: String, _ book: Book) -> PowerCutTests.Result {
        var result = PowerCutTests.Result(acknowledged: book.acknowledged.count)
        do {
            let store = try SQLiteStore.open(options(image))
            defer { do { try store.close() } catch { result.problems.append("\(error)") } }
            result.problems = try store.reader.verify().problems
            let lost = try book.acknowledged.filter { try !isKept($0, store) }
            result.problems += lost.map { "position \($0.history.position) was acknowledged and is lost" }
            let inFlight = try book.unanswered.filter { try isKept($0, store) }
            if !inFlight.isEmpty, inFlight.count < book.unanswered.count { result.problems.append("half a batch") }
            result.unansweredAndKept = inFlight.count
            let kept = book.acknowledged + inFlight
            result.problems += try doubles(store, kept)
            let (found, expected) = (try balances(store), balances(of: kept))
            if found != expected { result.problems.append("the funds are \(found), by the client's book \(expected)") }
        } catch {
            result.problems.append("\(error)")
        }
        return result
    }

    /// The receipt is there as it was sent: key, content and place in the history.
    private func isKept(_ member: Member, _ store: SQLiteStore) throws -> Bool {
        guard let receipt = member.receipt else { return false }
        return try store.receipt(agency: receipt.agency, key: receipt.key) == receipt
    }

    /// What is there twice, or though nobody asked for it: each case has exactly the rows of the client's book.
    private func doubles(_ store: SQLiteStore, _ kept: [Member]) throws -> [String] {
        var problems: [String] = []
        let statistics = try store.reader.statistics()
        let cases = Dictionary(grouping: kept.filter { $0.write != nil }, by: \.history.caseID)
        if statistics.lastPosition != Position(kept.count) { problems.append("\(statistics.lastPosition) rows") }
        if statistics.cases != cases.count { problems.append("\(statistics.cases) cases") }
        for (id, members) in cases {
            let rows = try store.reader.history(of: id, before: nil, limit: 1000)
            let sent = members.map(\.history.position)
            if rows.map(\.position) != sent.sorted(by: >) { problems.append("case \(id.rawValue) has other rows") }
            let version = try store.load(id)?.version
            if version != UInt64(sent.count) { problems.append("case \(id.rawValue) is at another version") }
        }
        return problems
    }

    private func balances(_ store: SQLiteStore) throws -> [String: Int64] {
        var sums: [String: Int64] = [:]
        for row in try store.reader.balances() where row.amount != 0 {
            sums["\(row.pool.county) \(row.account)"] = row.amount
        }
        return sums
    }

    /// Recomputed from what the client sent, without a look at the store.
    private func balances(of members: [Member]) -> [String: Int64] {
        var sums: [String: Int64] = [:]
        for line in members.flatMap(\.journal) {
            sums["\(line.pool.county) \(line.from)", default: 0] -= line.amount
            sums["\(line.pool.county) \(line.to)", default: 0] += line.amount
        }
        return sums.filter { $0.value != 0 }
    }
}
