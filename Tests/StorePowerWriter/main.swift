import CFaultVFS
import Dispatch
import Glibc
import Kernel
import Store
import StoreWorkload
import Synchronization

// Commits what a client in another process asks for, until the power fails:
// `StorePowerWriter STORE IMAGES SEED SYNCHRONOUS`. Each line of its input is the size of the next batch of the seed's
// workload; `committed` answers it when the store has. When the power has failed it leaves what the disk may hold as
// IMAGES0.db, IMAGES1.db … and says `dark`.

func fail(_ reason: String) -> Never {
    let line = Array("StorePowerWriter: \(reason)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    exit(1)
}

func say(_ word: String) {
    let line = Array("\(word)\n".utf8)
    guard write(STDOUT_FILENO, line, line.count) == line.count else { fail("nobody listens") }
}

let arguments = CommandLine.arguments
guard arguments.count == 5, let seed = UInt64(arguments[3]), let synchronous = Synchronous(rawValue: arguments[4])
else { fail("usage: STORE IMAGES SEED SYNCHRONOUS") }
let (path, images) = (arguments[1], arguments[2])
guard fault_vfs_install() else { fail("the faulty disk cannot be installed") }

var options = SQLiteStore.Options(
    path: path, development: true, masterKey: [UInt8](repeating: 1, count: 32), vfs: "fault")
options.tuning.synchronous = synchronous
// Checkpoints and new logs come often enough for the power to fail in them. With NORMAL there are none: a checkpoint
// would sync the log, and with it the commits that went before. OFF never syncs.
options.tuning.checkpointMilliseconds = synchronous == .normal ? 600_000 : 1
options.tuning.restartPages = synchronous == .normal ? 1_000_000 : 60
// Cases are remembered, forgotten and read again.
options.tuning.rememberedCases = 3
let store = try SQLiteStore.open(options)
var random = Seeded(seed &+ 1)
fault_vfs_fail_power_at(fault_vfs_operations() + Int64.random(in: 1...500, using: &random))

func commit(_ batch: Batch) -> Bool {
    let answered = DispatchSemaphore(value: 0)
    let isCommitted = Atomic(false)
    store.commit(batch) { result in
        if case .committed = result.outcome { isCommitted.store(true, ordering: .releasing) }
        answered.signal()
    }
    answered.wait()
    return isCommitted.load(ordering: .acquiring)
}

var workload = Workload(seed: seed)
var number: UInt64 = 0
while let line = readLine(), let count = Int(line) {
    number += 1
    guard commit(workload.batch(number, members: count)) else { break }
    say("committed")
}
guard fault_vfs_power_failed() else { fail("a commit failed though there is power") }
for image in 0..<3 {
    let sector: Int64 = Bool.random(using: &random) ? 512 : 4096
    guard fault_vfs_write_image(path, "\(images)\(image).db", random.next(), sector) else {
        fail("an image cannot be written")
    }
}
say("dark")
// Nothing that could still change a file.
_exit(0)
