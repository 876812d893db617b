import Crypto
import GRDB
import Synchronization

/// The kernel's reading connection with its statements, which go before it.
final class KernelConnection: Sendable {
    private let connection: DatabaseQueue
    private let reads: Mutex<KernelReads?>

    init(_ location: Location, masterKey: MasterKey, storeKey: [UInt8]) throws {
        let connection = try location.reader(label: "casework.store.kernel")
        self.connection = connection
        reads = Mutex(
            try connection.unsafeRead { database in
                try KernelReads(database, masterKey: masterKey, storeKey: storeKey)
            })
    }

    func read<Value>(_ body: (KernelReads, Database) throws -> Value) throws -> Value {
        try connection.unsafeRead { database in
            guard let reads = reads.withLock({ $0 }) else { throw StoreError(.broken, "The store is closed.") }
            return try body(reads, database)
        }
    }

    func close() throws {
        connection.unsafeRead { _ in reads.withLock { $0 = nil } }
        try connection.close()
    }
}
