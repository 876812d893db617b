import Crypto
import GRDB
import Kernel
import Synchronization

/// The kernel's reading connection with its statements, which go before it.
final class KernelConnection: Sendable {
    private let connection: DatabaseQueue
    /// Nil when closed. Its lock stands for the connection's queue: a read costs less than a turn of that queue.
    private let reads: Mutex<KernelReads?>

    init(_ location: Location, masterKey: MasterKey, storeKey: [UInt8]) throws {
        let connection = try location.reader(label: "casework.store.kernel")
        self.connection = connection
        reads = Mutex(
            try connection.unsafeRead { database in
                try KernelReads(database, masterKey: masterKey, storeKey: storeKey)
            })
    }

    func read<Value>(_ body: (KernelReads) throws -> Value) throws -> Value {
        try reads.withLock { reads in
            guard let reads else { throw StoreError(.broken, "The store is closed.") }
            return try body(reads)
        }
    }

    func recover(node: UInt16) throws -> Recovery {
        try connection.unsafeRead { database in try read { try $0.recover(database, node: node) } }
    }

    func close() throws {
        connection.unsafeRead { _ in reads.withLock { $0 = nil } }
        try connection.close()
    }
}
