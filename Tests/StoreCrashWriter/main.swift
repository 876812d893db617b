import Dispatch
import Glibc
import Kernel
import Store
import StoreWorkload

// Commits until it is killed: `StoreCrashWriter STORE JOURNAL SEED`. Before each batch the journal gets a line `sent`
// per member, after it one `done`, each in one write: it says what a client in another process would know.

func fail(_ reason: String) -> Never {
    let line = Array("StoreCrashWriter: \(reason)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    exit(1)
}

func append(_ lines: String, to file: Int32) {
    let bytes = Array(lines.utf8)
    guard write(file, bytes, bytes.count) == bytes.count else { fail("the journal cannot be written") }
}

func line(_ word: String, _ member: Member) -> String {
    let key = member.receipt?.key ?? IdempotencyKey(high: 0, low: 0)
    let money = member.journal.map { "\($0.pool.county):\($0.from.rawValue):\($0.to.rawValue):\($0.amount)" }
    return "\(word) \(key.high) \(key.low) \(member.history.position) \(member.history.caseID.rawValue) "
        + "\(member.write?.version ?? 0) \(money.first ?? "-")\n"
}

func openCases(_ reader: StoreReader) throws -> [StoredCase] {
    var filter = CaseFilter()
    filter.onlyOpen = true
    var cases: [StoredCase] = []
    while true {
        let page = try reader.list(filter, after: cases.last?.id, limit: 1000)
        if page.isEmpty { return cases }
        cases += page
    }
}

let arguments = CommandLine.arguments
guard arguments.count == 4, let seed = UInt64(arguments[3]) else { fail("usage: STORE JOURNAL SEED") }
let journal = open(arguments[2], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
guard journal >= 0 else { fail("the journal cannot be opened") }
var options = SQLiteStore.Options(path: arguments[1], development: true, masterKey: [UInt8](repeating: 1, count: 32))
// Checkpoints and new logs come often enough to be killed in.
options.tuning.checkpointMilliseconds = 3
options.tuning.restartPages = 200
// Cases are remembered, forgotten and read again.
options.tuning.rememberedCases = 3
let store = try SQLiteStore.open(options)
let recovery = try store.recover()
var workload = Workload(
    seed: seed, position: recovery.lastPosition, stamp: recovery.lastStamp, cases: try openCases(store.reader))
var random = Seeded(seed &+ 1)
append("ready\n", to: journal)
var number: UInt64 = 0
while true {
    number += 1
    let batch = workload.batch(number, members: Int.random(in: 1...64, using: &random))
    append(batch.members.map { line("sent", $0) }.joined(), to: journal)
    let answered = DispatchSemaphore(value: 0)
    store.commit(batch) { result in
        guard case .committed = result.outcome else { fail("\(result.outcome)") }
        append(batch.members.map { line("done", $0) }.joined(), to: journal)
        answered.signal()
    }
    answered.wait()
}
