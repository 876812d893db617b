import GRDBSQLite
import Glibc
import Synchronization

/// Counts what SQLite writes and syncs in this process, for benchmarks and operators: a thin layer over the default VFS
/// that changes nothing else.
///
/// C boundary: SQLite calls function pointers without context, so the counters belong to the process.
enum FileTraffic {
    static let syncs = Atomic<Int>(0)
    static let bytesWritten = Atomic<Int>(0)

    /// The name to open a database with, or nil when the layer could not be put in place; then nothing is counted.
    static let vfsName: String? = Layer.installed == nil ? nil : "casework-counted"
}

/// `@unchecked Sendable`: everything in it is written once, before SQLite can call, and never freed.
private struct Layer: @unchecked Sendable {
    let vfs: UnsafeMutablePointer<sqlite3_vfs>
    /// The methods of the default VFS's files, and the same with `xWrite` and `xSync` counted.
    let original: UnsafePointer<sqlite3_io_methods>
    let counted: UnsafePointer<sqlite3_io_methods>

    static let base = Base(vfs: sqlite3_vfs_find(nil))

    static let installed: Layer? = install()

    struct Base: @unchecked Sendable { let vfs: UnsafeMutablePointer<sqlite3_vfs>? }

    private static func install() -> Layer? {
        guard let base = base.vfs, let original = methods(of: base) else { return nil }
        let counted = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        counted.initialize(to: original.pointee)
        counted.pointee.xWrite = { file, bytes, count, offset in
            FileTraffic.bytesWritten.add(Int(count), ordering: .relaxed)
            return Layer.installed?.original.pointee.xWrite(file, bytes, count, offset) ?? SQLITE_IOERR
        }
        counted.pointee.xSync = { file, flags in
            FileTraffic.syncs.add(1, ordering: .relaxed)
            return Layer.installed?.original.pointee.xSync(file, flags) ?? SQLITE_IOERR
        }
        let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        vfs.initialize(to: base.pointee)
        vfs.pointee.zName = UnsafePointer(strdup("casework-counted"))
        vfs.pointee.xOpen = { _, name, file, flags, outFlags in
            guard let base = Layer.base.vfs, let file else { return SQLITE_CANTOPEN }
            let result = base.pointee.xOpen(base, name, file, flags, outFlags)
            if result == SQLITE_OK, let layer = Layer.installed, file.pointee.pMethods == layer.original {
                file.pointee.pMethods = layer.counted
            }
            return result
        }
        guard sqlite3_vfs_register(vfs, 0) == SQLITE_OK else { return nil }
        return Layer(vfs: vfs, original: original, counted: UnsafePointer(counted))
    }

    /// Opens a temporary file to learn which methods the VFS gives its files.
    private static func methods(of vfs: UnsafeMutablePointer<sqlite3_vfs>) -> UnsafePointer<sqlite3_io_methods>? {
        let size = Int(vfs.pointee.szOsFile)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        let file = memory.assumingMemoryBound(to: sqlite3_file.self)
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_DELETEONCLOSE | SQLITE_OPEN_TEMP_DB
        guard vfs.pointee.xOpen(vfs, nil, file, flags, nil) == SQLITE_OK else { return nil }
        let methods = file.pointee.pMethods
        _ = methods?.pointee.xClose(file)
        return methods
    }
}
