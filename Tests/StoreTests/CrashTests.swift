import Foundation
import Kernel
@testable import Store
import StoreWorkload
import Testing

/// A process that commits is killed at random moments; its journal is what its clients know.
@Suite struct CrashTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    struct Sent: Equatable {
        var key: IdempotencyKey
        var position: Position
        var caseID: CaseID
        var version: UInt64
        /// `county:from:to:fen`, or `-`.
        var money: Substring
    }

    @Test func everythingAcknowledgedSurvivesAKill() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("kill, seed \(seed)")
        var random = Seeded(seed)
        var known: [Position: Sent] = [:]
        for round in 0..<50 {
            let journal = folder.path + "/journal\(round)"
            let delay = UInt32.random(in: 0...120_000, using: &random)
            try kill(afterMicroseconds: delay, journal: journal, seed: random.next())
            let store = try SQLiteStore.open(options(folder.store))
            for sent in try settled(journal, store) {
                #expect(known.updateValue(sent, forKey: sent.position) == nil, "seed \(seed): a position used twice")
            }
            try store.close()
        }
        let store = try SQLiteStore.open(options(folder.store))
        #expect(try store.reader.verify().problems == [], "seed \(seed)")
        #expect(try store.recover().lastPosition == UInt64(known.count), "seed \(seed): something nobody sent")
        #expect(Set(known.values.map(\.key)).count == known.count, "seed \(seed): a key used twice")
        try checkHistory(store, known)
        #expect(try sums(store) == recomputed(known.values), "seed \(seed)")
        print("killed 50 times, \(known.count) members kept")
        try store.close()
    }

    private func kill(afterMicroseconds delay: UInt32, journal: String, seed: UInt64) throws {
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "StoreCrashWriter")
        let process = Process()
        process.executableURL = program
        process.arguments = [folder.store, journal, "\(seed)"]
        try process.run()
        while process.isRunning, !FileManager.default.fileExists(atPath: journal) { usleep(200) }
        while process.isRunning, FileManager.default.contents(atPath: journal)?.count ?? 0 < 100 { usleep(200) }
        usleep(delay)
        #expect(process.isRunning, "it must be killed, not end")
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal)
    }

    /// What a client that repeats its unanswered commands knows in the end. Every answered one must be there.
    private func settled(_ journal: String, _ store: SQLiteStore) throws -> [Sent] {
        let text = String(decoding: FileManager.default.contents(atPath: journal) ?? Data(), as: UTF8.self)
        var answered: Set<IdempotencyKey> = []
        var sent: [Sent] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 7, let high = UInt64(words[1]), let low = UInt64(words[2]),
                let position = UInt64(words[3]), let id = UInt64(words[4]), let version = UInt64(words[5])
            else { continue }
            let key = IdempotencyKey(high: high, low: low)
            if words[0] == "done" { answered.insert(key) } else {
                sent.append(
                    Sent(
                        key: key, position: position, caseID: CaseID(rawValue: id), version: version, money: words[6]))
            }
        }
        return try sent.filter { member in
            let receipt = try store.receipt(agency: Workload.agency, key: member.key)
            if answered.contains(member.key) {
                #expect(receipt?.position == member.position, "an acknowledged member is lost")
            }
            return receipt != nil
        }
    }

    /// Each case has exactly the rows that were sent for it, one a version.
    private func checkHistory(_ store: SQLiteStore, _ known: [Position: Sent]) throws {
        let cases = Dictionary(grouping: known.values.filter { $0.caseID.rawValue != 0 }, by: \.caseID)
        #expect(try store.reader.statistics().cases == cases.count)
        for (id, events) in cases {
            let versions = events.map(\.version).sorted()
            #expect(versions == Array(1...UInt64(versions.count)), "case \(id.rawValue)")
            #expect(try store.load(id)?.version == versions.last)
            let positions = try store.reader.history(of: id, before: nil, limit: 1000).map(\.position)
            #expect(positions == events.map(\.position).sorted(by: >))
        }
    }

    private func sums(_ store: SQLiteStore) throws -> [String: Int64] {
        var sums: [String: Int64] = [:]
        for row in try store.reader.balances() where row.amount != 0 {
            sums["\(row.pool.county) \(row.account.rawValue)"] = row.amount
        }
        return sums
    }

    private func recomputed(_ known: some Sequence<Sent>) -> [String: Int64] {
        var sums: [String: Int64] = [:]
        for sent in known {
            let parts = sent.money.split(separator: ":")
            guard parts.count == 4, let amount = Int64(parts[3]) else { continue }
            sums["\(parts[0]) \(parts[1])", default: 0] -= amount
            sums["\(parts[0]) \(parts[2])", default: 0] += amount
        }
        return sums.filter { $0.value != 0 }
    }
}
