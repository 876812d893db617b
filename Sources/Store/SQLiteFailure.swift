import GRDB
import GRDBSQLite

/// A refusal of SQLite, with its extended code.
struct SQLiteFailure: Error, CustomStringConvertible {
    let code: Int32
    let message: String

    init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    init(_ error: DatabaseError) {
        self.init(code: error.extendedResultCode.rawValue, message: error.message ?? "no reason given")
    }

    var primary: Int32 { code & 0xff }

    var description: String { "\(message) (SQLite \(code))" }

    /// The store's words for it.
    func storeError(path: String) -> StoreError {
        switch primary {
        case SQLITE_CORRUPT: StoreError(.corrupt, "The store \(path) is damaged: \(self). Restore it from a backup.")
        case SQLITE_NOTADB: StoreError(.foreign, "The file \(path) is not a Casework store.")
        case SQLITE_FULL: StoreError(.full, "The disk that holds \(path) is full.")
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY, SQLITE_AUTH:
            StoreError(.inaccessible, "The store \(path) cannot be opened: \(self).")
        case SQLITE_BUSY, SQLITE_LOCKED:
            StoreError(.busy, "The store \(path) is locked by another program.")
        default: StoreError(.failed, "The store \(path) cannot be used: \(self).")
        }
    }
}

/// Runs `body` and puts what GRDB or SQLite refused into the store's words.
func translatingErrors<Value>(path: String, _ body: () throws -> Value) throws(StoreError) -> Value {
    do {
        return try body()
    } catch let error as StoreError {
        throw error
    } catch let error as SQLiteFailure {
        throw error.storeError(path: path)
    } catch let error as DatabaseError {
        throw SQLiteFailure(error).storeError(path: path)
    } catch {
        throw StoreError(.failed, "The store \(path) cannot be used: \(error).")
    }
}
