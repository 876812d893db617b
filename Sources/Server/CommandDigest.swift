import Crypto
import Kernel

/// The digest of what a command asks for, without its key: each part with its length, so that no two contents run
/// together. A payload counts as the bytes of its message, whichever form it was sent in.
struct CommandDigest: ~Copyable {
    private var hash = SHA256()

    init(service: String, method: String) {
        add(service)
        add(method)
    }

    mutating func add(_ text: String) { add(Array(text.utf8)) }

    mutating func add(_ bytes: [UInt8]) {
        add(UInt64(bytes.count))
        hash.update(bytes)
    }

    mutating func add(_ number: Int64) { add(UInt64(bitPattern: number)) }

    mutating func add(_ number: UInt64) {
        hash.update((0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) })
    }

    consuming func finish() -> Digest { Digest(bytes: hash.finish()) }
}
