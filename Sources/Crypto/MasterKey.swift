import COpenSSL
import Glibc

/// The secret from which a store's keys come: 32 random bytes, kept in a file of 64 hexadecimal digits that only its
/// owner may read. Whoever loses it loses every sealed value.
public struct MasterKey: Sendable {
    public static let byteCount = 32

    public let bytes: [UInt8]

    /// - Parameter bytes: 32 bytes; nil for any other length.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    public static func random() -> MasterKey { MasterKey(unchecked: randomBytes(byteCount)) }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// The key for one purpose, such as `claims`: HMAC-SHA256 of the purpose under the master key. Keys of different
    /// purposes tell nothing of each other.
    public func subkey(_ purpose: String) -> [UInt8] {
        HMACSHA256(key: bytes).authenticate(Array("casework 1 \(purpose)".utf8))
    }

    /// Reads a key file. It must be readable by its owner alone.
    public static func read(path: String) throws(KeyFileError) -> MasterKey {
        // Opening a pipe nobody writes to would wait for ever.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .system(path, "cannot be read") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .system(path, "cannot be read") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw KeyFileError("The key file \(path) is no file that holds a key: name another.")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw KeyFileError("The key file \(path) can be read by others: run chmod 600 on it.")
        }
        var text = [UInt8](repeating: 0, count: 128)
        let count = Glibc.read(file, &text, text.count)
        guard count >= 0 else { throw .system(path, "cannot be read") }
        guard let bytes = decodeHex(text.prefix(count)), let key = MasterKey(bytes: bytes) else {
            throw KeyFileError("The key file \(path) does not hold a key of 64 hexadecimal digits.")
        }
        return key
    }

    /// Writes a new random key to a file that must not exist yet, durable when this returns.
    public static func create(path: String) throws(KeyFileError) -> MasterKey {
        let key = random()
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .system(path, "cannot be created") }
        defer { close(file) }
        let text = encodeHex(key.bytes) + [UInt8(ascii: "\n")]
        guard write(file, text, text.count) == text.count, fsync(file) == 0 else {
            let error = KeyFileError.system(path, "cannot be written")
            // A file that holds no key would only be in the way of the next attempt.
            unlink(path)
            throw error
        }
        try sync(folderOf: path)
        return key
    }
}

extension MasterKey {
    /// Gives a key file its name for good, durable when this returns; what had that name before is gone.
    public static func rename(_ path: String, to name: String) throws(KeyFileError) {
        guard Glibc.rename(path, name) == 0 else { throw .system(name, "cannot be made") }
        try sync(folderOf: name)
    }

    private static func sync(folderOf name: String) throws(KeyFileError) {
        let folder = name.lastIndex(of: "/").map { String(name[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(name, "cannot be synced") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(name, "cannot be synced") }
    }
}

/// Why a key file could not be used: one line for people.
public struct KeyFileError: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }

    static func system(_ path: String, _ what: String) -> KeyFileError {
        KeyFileError("The key file \(path) \(what): \(String(cString: strerror(errno))).")
    }
}

private func encodeHex(_ bytes: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
}

/// Digits of either case; one line end may follow.
private func decodeHex(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    let digits = text.last == UInt8(ascii: "\n") ? text.dropLast() : text
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in digits {
        guard let value = Character(UnicodeScalar(digit)).hexDigitValue else { return nil }
        if let upper = high {
            bytes.append(upper << 4 | UInt8(value))
            high = nil
        } else {
            high = UInt8(value)
        }
    }
    return bytes
}
