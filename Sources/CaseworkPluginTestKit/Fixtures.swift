internal import Kernel
internal import Statechart

extension InstalledPlugin {
    /// A case type that is linked with the test, so that no library's digest names it.
    static func linked(manifest: [UInt8], chart: [UInt8]) throws -> InstalledPlugin {
        let definition = try Definition(canonicalJSON: chart)
        return InstalledPlugin(
            digest: Digest(bytes: keyedHashForTests(Array("plugin".utf8))), manifest: try Manifest(decoding: manifest),
            definition: definition, definitionDigest: Digest(bytes: keyedHashForTests(definition.identity)))
    }
}

/// What a `@Sendable` closure fills.
// `@unchecked Sendable`: kernel, store and plugin run on the thread of the test, so nothing is ever shared.
final class Collected<Value>: @unchecked Sendable {
    var list: [Value] = []
}

/// Stands for the keyed hash of a real store: FNV-1a, four times over. No secret is in it.
package func keyedHashForTests(_ bytes: [UInt8]) -> [UInt8] {
    (0..<4 as Range<UInt64>).flatMap { round -> [UInt8] in
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 &+ round
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return (0..<8 as Range<UInt64>).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) }
    }
}
