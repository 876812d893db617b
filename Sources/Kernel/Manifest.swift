public import Statechart
public import Wire

/// What a plugin says of itself: the fields of `casework.plugin.v1.Manifest` that the kernel goes by.
public struct Manifest: Equatable, Sendable {
    /// Of the plugin and of its case type.
    public var name = ""
    public var version = ""
    /// Funds it may post to, sorted.
    public var pools: [String] = []
    /// Policy values its facts carry, sorted.
    public var policyValues: [String] = []
    /// Message names of payloads by event.
    public var payloads: [String: String] = [:]
    /// Of the public case number: `TS`.
    public var numberPrefix = ""

    public init() {}

    /// Reads an encoded `Manifest`, and refuses names that are empty and lists that are too long.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: name = try value.string()
            case 2: version = try value.string()
            case 5: pools.append(try value.string())
            case 6: policyValues.append(try value.string())
            case 8: try read(payload: value.slice())
            case 9: numberPrefix = try value.string()
            default: break
            }
        }
        guard !name.isEmpty, !numberPrefix.isEmpty else { throw WireError("a manifest needs name and number prefix") }
        guard pools.count <= 16, policyValues.count <= 64 else { throw WireError("a manifest names too many values") }
        pools.sort()
        policyValues.sort()
    }

    private mutating func read(payload bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        var (event, message) = ("", "")
        while let (field, value) = try reader.next() {
            switch field {
            case 1: event = try value.string()
            case 2: message = try value.string()
            default: break
            }
        }
        payloads[event] = message
    }
}

/// Why the kernel does not take a plugin.
public struct UnfitPlugin: Error, Equatable, CustomStringConvertible {
    /// The case type it is for.
    public var type: String
    /// What is wrong with it, and what to do.
    public var reason: String

    public var description: String { "The plugin for \"\(type)\" cannot be used: \(reason)." }
}

/// A plugin whose library is verified and loaded: what `Kernel.install` takes.
public struct InstalledPlugin: Sendable {
    /// Of the library.
    public var digest: Digest
    public var manifest: Manifest
    public var definition: Definition
    /// Over `definition.identity`.
    public var definitionDigest: Digest

    public init(digest: Digest, manifest: Manifest, definition: Definition, definitionDigest: Digest) {
        self.digest = digest
        self.manifest = manifest
        self.definition = definition
        self.definitionDigest = definitionDigest
    }
}
