internal import CSandbox
internal import Crypto
internal import Glibc
internal import Kernel

/// A library's bytes in memory, sealed: what was hashed is what will be loaded, whatever becomes of the file.
struct SealedLibrary {
    /// Largest library, in bytes.
    static let limit = 256 << 20

    /// Never closed once loaded into this process, where the dynamic linker knows the library by its descriptor's path.
    let descriptor: Int32
    let digest: Digest

    /// - Parameter expected: what the digest must be; nil takes any.
    init(path: String, expected: Digest?) throws(PluginError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw PluginError(.unreadable, "plugin \(path) cannot be opened: \(lastError())")
        }
        defer { close(file) }
        descriptor = casework_sealed_copy(file, "casework-plugin", Self.limit)
        guard descriptor >= 0 else {
            throw PluginError(.unreadable, "plugin \(path) cannot be read: \(lastError())")
        }
        digest = Self.digest(of: descriptor)
        guard let wanted = expected ?? Self.digest(named: path), wanted != digest else { return }
        close(descriptor)
        throw PluginError(
            .digestMismatch,
            "plugin \(path) has the digest \(digest.hex), not \(wanted.hex); install the file it was packed as")
    }

    /// To be called when no child is started with it any more, and it was not loaded into this process.
    func discard() { close(descriptor) }

    private static func digest(of descriptor: Int32) -> Digest {
        var hasher = SHA256()
        var offset = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, offset)
            precondition(count >= 0, "a memory file cannot be read: \(lastError())")
            guard count > 0 else { return Digest(bytes: hasher.finish()) }
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += count
        }
    }

    /// A library kept under its digest, `<64 hexadecimal digits>.so`, must have it.
    static func digest(named path: String) -> Digest? {
        let file = path.split(separator: "/").last ?? ""
        guard file.hasSuffix(".so") else { return nil }
        let name = Array(file.utf8.dropLast(3))
        guard name.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for pair in stride(from: 0, to: 64, by: 2) {
            let text = String(decoding: name[pair..<pair + 2], as: UTF8.self)
            guard let byte = UInt8(text, radix: 16) else { return nil }
            bytes.append(byte)
        }
        return Digest(bytes: bytes)
    }
}

/// The words for `errno`.
func lastError(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
