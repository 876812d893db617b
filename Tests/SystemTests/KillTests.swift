import Crypto
import Foundation
import Kernel
import Store
import Testing

/// The server is killed while a client works; the client's own notes are then held against the store.
@Suite(.serialized)
struct KillTests {
    private static let rounds = 50
    /// More than the client gets done in that time, on a fast machine too.
    private static let (waves, lives) = (16, 90)
    /// Fen, by county: `Plugins/TransportSubsidy/policy`.
    private static let amounts: [String: Int64] = ["220122": 80_000, "220221": 60_000, "220621": 50_000]
    private static let granted: Int64 = 1_000_000_000

    @Test("what a client was told is there after 50 SIGKILLs, once, and the money agrees to the fen")
    func kill() async throws {
        let daemon = try Daemon()
        let clock = "2026-01-05 10:00"
        try daemon.start(clock: clock)
        try await daemon.awaitReady()
        let notes = daemon.folder.appending(path: "acknowledgements").path
        let client = try startClient(of: daemon, notes: notes)

        let seed = UInt64.random(in: 0 ... .max)
        print("seed of the kills: \(seed)")
        var random = SplitMix(state: seed)
        var kills = 0
        while kills < Self.rounds && client.isRunning {
            try await Task.sleep(for: .milliseconds(Int(random.next() % 500)))
            daemon.kill()
            kills += 1
            try daemon.start(clock: clock)
            try await daemon.awaitReady()
        }
        client.waitUntilExit()
        #expect(client.terminationStatus == 0, "the client gave up; the server said: \(daemon.words.suffix(2000))")
        #expect(kills == Self.rounds, "the client was done after \(kills) kills: give it more lives")
        #expect(daemon.stop() == 0)
        try compare(notes: notes, with: daemon)
    }

    private func startClient(of daemon: Daemon, notes: String) throws -> Process {
        let client = Process()
        client.executableURL = Daemon.programs.appending(path: "LifeClient")
        client.arguments = [
            "localhost", "\(daemon.port)", daemon.identities, notes, "\(Self.waves)", "\(Self.lives)",
        ]
        try client.run()
        return client
    }

    /// Each acknowledged event is in the history where it was said to be, none twice, and none besides but the ends of
    /// the publicity; the accounts are what the acknowledged budgets and payments alone make them.
    private func compare(notes: String, with daemon: Daemon) throws {
        let key = try MasterKey.read(path: daemon.folder.appending(path: "master.key").path)
        let reader = try StoreReader.openReadOnly(path: daemon.store, masterKey: key.bytes)
        let verification = try reader.verify()
        #expect(verification.problems == [])

        var sums = Sums()
        var acknowledged: [CaseID: Set<String>] = [:]
        var budgets: Set<String> = []
        for line in try String(contentsOfFile: notes, encoding: .utf8).split(separator: "\n").map(String.init) {
            let words = line.split(separator: " ").map(String.init)
            try sums.add(event: words[4], county: words[5])
            let isNew =
                words[1] == "-"
                ? budgets.insert(line).inserted
                : acknowledged[try CaseID(parsing: words[1]), default: []].insert(line).inserted
            #expect(isNew, "acknowledged twice: \(line)")
        }
        #expect(acknowledged.count == Self.waves * Self.lives)
        #expect(budgets.count == Self.amounts.count)
        for (id, lines) in acknowledged { try compare(id, lines, reader) }
        var found = Sums()
        for row in try reader.balances() where row.amount != 0 { found.add(row.pool, row.account, row.amount) }
        #expect(found == sums)
        let last = try reader.statistics().lastPosition
        // The store lets nobody else of this process have it open.
        try reader.close()
        try compare(budgets, with: daemon, key, upTo: last)
    }

    /// What pools and accounts hold; an account that holds nothing is as good as none.
    private struct Sums: Equatable {
        private var all: [Pool: [Account: Int64]] = [:]

        mutating func add(_ pool: Pool, _ account: Account, _ amount: Int64) {
            all[pool, default: [:]][account, default: 0] += amount
        }

        /// What an acknowledged event moves.
        mutating func add(event: String, county: String) throws {
            let pool = Pool(fund: "rural-revitalization", county: county, year: 2026)
            switch event {
            case "budget.set":
                add(pool, .granted, -KillTests.granted)
                add(pool, .available, KillTests.granted)
            case "payment.settled":
                let amount = try #require(KillTests.amounts[county])
                add(pool, .available, -amount)
                add(pool, .paid, amount)
            default: break
            }
        }
    }

    private func compare(_ id: CaseID, _ lines: Set<String>, _ reader: StoreReader) throws {
        let rows = try reader.history(of: id, before: nil, limit: 100)
        let county = try #require(try reader.get(id)).county
        let found = try rows.compactMap { try Self.line(of: $0, named: "\(id)", county: county) }
        #expect(Set(found) == lines, "case \(id)")
        #expect(rows.count == lines.count + 1, "case \(id) has another event")
    }

    /// Budgets are the store's own rows and belong to no case's history: they are looked for among all.
    private func compare(
        _ lines: Set<String>, with daemon: Daemon, _ key: MasterKey, upTo last: Position
    ) throws {
        let store = try SQLiteStore.open(
            SQLiteStore.Options(path: daemon.store, development: true, masterKey: key.bytes))
        var found: [String] = []
        for position in 1...last {
            let row = try #require(try store.history(at: position), "position \(position)")
            guard row.caseID.rawValue == 0 else { continue }
            let envelope = try Envelope(decoding: row.envelope)
            let county = envelope.postings.map(\.pool.county).joined(separator: "+")
            found.append(try #require(try Self.line(of: row, named: "-", county: county)))
        }
        try store.close()
        #expect(found.sorted() == lines.sorted())
    }

    /// The row as the client notes it; nil for what nobody sent.
    private static func line(of row: HistoryRow, named name: String, county: String) throws -> String? {
        let envelope = try Envelope(decoding: row.envelope)
        guard let key = envelope.key else { return nil }
        let hex = key.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        return "\(hex) \(name) \(row.position) \(envelope.version) \(envelope.event) \(county)"
    }
}

/// SplitMix64: a seed that is printed makes the same kills again.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}
