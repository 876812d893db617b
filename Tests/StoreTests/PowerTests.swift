import CFaultVFS
import Foundation
import Kernel
@testable import Store
import StoreWorkload
import Testing

/// What a store promises when the machine fails. One world of faults for the process: one after another.
@Suite(.serialized) struct PowerTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        #expect(fault_vfs_install())
        fault_vfs_reset()
    }

    private func faulty() -> SQLiteStore.Options {
        var faulty = options(folder.store, vfs: "fault")
        // Checkpoints and new logs come often enough for the power to fail in them.
        faulty.tuning.checkpointMilliseconds = 1
        faulty.tuning.restartPages = 60
        return faulty
    }

    /// Opens what the disk may hold after the failure, and answers what is wrong with it.
    private func problems(of image: String, acknowledged: [StoredReceipt]) -> [String] {
        do throws(StoreError) {
            let store = try SQLiteStore.open(options(image))
            defer { do { try store.close() } catch { Issue.record(error) } }
            var problems = try store.reader.verify().problems
            for receipt in acknowledged {
                do {
                    if try store.receipt(agency: receipt.agency, key: receipt.key) == receipt { continue }
                    problems.append("position \(receipt.position) was acknowledged and is lost")
                } catch { problems.append("\(error)") }
            }
            return problems
        } catch {
            return acknowledged.isEmpty && error.code != .corrupt ? [] : [error.description]
        }
    }

    private func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm", "-journal", ".lock"] { unlink(path + suffix) }
    }

    @Test func aStoreWhoseMakingWasInterruptedCanBeMadeAgain() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("power cut in the making, seed \(seed)")
        for operation in Int64(1)...40 {
            var random = Seeded(seed &+ UInt64(operation))
            fault_vfs_reset()
            fault_vfs_fail_power_at(operation)
            do { try SQLiteStore.open(faulty()).close() } catch { #expect(fault_vfs_power_failed()) }
            let image = folder.path + "/image.db"
            #expect(fault_vfs_write_image(folder.store, image, random.next(), 512))
            let store = try SQLiteStore.open(options(image))
            #expect(store.commit(event(first, version: 1, at: 1, previous: 0)).isCommitted)
            #expect(try store.reader.verify().problems == [], "seed \(seed), operation \(operation)")
            try store.close()
            remove(image)
            remove(folder.store)
        }
    }

    /// Commits until a commit is not answered with `committed`.
    private func commit(_ workload: inout Workload, _ store: SQLiteStore, batches: Int) -> Commits {
        var commits = Commits()
        for number in 1...batches where commits.outcome.isCommitted {
            let batch = workload.batch(UInt64(number), members: 8)
            commits.outcome = store.commit(batch).outcome
            if commits.outcome.isCommitted { commits.acknowledged += batch.members.compactMap(\.receipt) }
        }
        return commits
    }

    private struct Commits {
        var acknowledged: [StoredReceipt] = []
        var outcome = CommitResult.Outcome.committed
    }

    /// After a failed sync nobody knows what the disk holds, and a second one would lie.
    @Test("a failed sync ends the work until the kernel recovers", arguments: UInt64(1)...12)
    func failedSync(which: UInt64) throws {
        let store = try SQLiteStore.open(faulty())
        fault_vfs_fail_sync(Int64(which))
        var workload = Workload(seed: 5)
        let before = commit(&workload, store, batches: 400)
        #expect(before.outcome.isUnknown)
        #expect(commit(&workload, store, batches: 1).outcome.isUnknown, "and stays so")
        let definition = StoredDefinition(digest: Digest(bytes: [UInt8](repeating: 1, count: 32)), json: [1])
        #expect(throws: StoreError.self) { try store.keep(definition) }
        try expectOnDisk(before.acknowledged, seed: which)

        let recovery = try store.recover()
        #expect(recovery.lastPosition >= before.acknowledged.last?.position ?? 0)
        let image = try expectOnDisk(before.acknowledged, seed: which)
        #expect(image.lastPosition == recovery.lastPosition, "what a recovered store shows is on the disk")
        var open = CaseFilter()
        open.onlyOpen = true
        workload = Workload(
            seed: 7, position: recovery.lastPosition, stamp: recovery.lastStamp,
            cases: try store.reader.list(open, after: nil, limit: 1000))
        let after = commit(&workload, store, batches: 30)
        #expect(after.outcome.isCommitted, "and it goes on")
        try store.close()
        try expectOnDisk(before.acknowledged + after.acknowledged, seed: which)
    }

    @Test func thePowerMayFailWhileAFailedSyncIsRepaired() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("power cut after a failed sync, seed \(seed)")
        var random = Seeded(seed)
        for round in 0..<40 {
            fault_vfs_reset()
            let store = try SQLiteStore.open(faulty())
            fault_vfs_fail_sync(Int64.random(in: 1...30, using: &random))
            var workload = Workload(seed: random.next())
            let before = commit(&workload, store, batches: 400)
            #expect(before.outcome.isUnknown)
            fault_vfs_fail_power_at(fault_vfs_operations() + Int64.random(in: 1...60, using: &random))
            do { _ = try store.recover() } catch { #expect(fault_vfs_power_failed()) }
            let image = folder.path + "/image.db"
            #expect(fault_vfs_write_image(folder.store, image, random.next(), 512))
            #expect(problems(of: image, acknowledged: before.acknowledged) == [], "seed \(seed), round \(round)")
            do { try store.close() } catch {}
            remove(image)
            remove(folder.store)
        }
    }

    @discardableResult
    private func expectOnDisk(
        _ acknowledged: [StoredReceipt], seed: UInt64, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> StoreReader.Statistics {
        let image = folder.path + "/image.db"
        defer { remove(image) }
        #expect(fault_vfs_write_image(folder.store, image, seed, 512))
        #expect(problems(of: image, acknowledged: acknowledged) == [], sourceLocation: sourceLocation)
        let reader = try StoreReader.openReadOnly(path: image, masterKey: masterKey)
        defer { do { try reader.close() } catch { Issue.record(error) } }
        return try reader.statistics()
    }

    @Test func aFullDiskStopsWritingAndLosesNothing() throws {
        let store = try SQLiteStore.open(faulty())
        var workload = Workload(seed: 6)
        var acknowledged: [StoredReceipt] = []
        func commit(_ number: UInt64) -> CommitResult.Outcome {
            var next = workload
            let batch = next.batch(number, members: 8)
            let outcome = store.commit(batch).outcome
            if outcome.isCommitted {
                workload = next
                acknowledged += batch.members.compactMap(\.receipt)
            }
            return outcome
        }
        for round in 1...5 {
            fault_vfs_limit(fault_vfs_size() + 150_000)
            var outcome = CommitResult.Outcome.committed
            for number in 1...2000 where outcome.isCommitted { outcome = commit(UInt64(number)) }
            #expect(outcome.isFull, "round \(round): \(outcome)")
            let again = commit(0)
            #expect(again.isFull || again.isCommitted, "a checkpoint may have made room")
            #expect(try store.recover().lastPosition == acknowledged.last?.position)
            #expect(try store.reader.verify().problems == [])
            let image = folder.path + "/image.db"
            #expect(fault_vfs_write_image(folder.store, image, UInt64(round), 512))
            #expect(problems(of: image, acknowledged: acknowledged) == [])
            remove(image)
            fault_vfs_limit(-1)
            #expect(commit(0).isCommitted, "it goes on when there is room")
        }
        try store.close()
        #expect(problems(of: folder.store, acknowledged: acknowledged) == [])
    }
}
