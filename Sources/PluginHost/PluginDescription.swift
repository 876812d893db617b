public import Kernel
import Wire

/// What a plugin says of itself, and the digest under which it is called.
public struct PluginDescription: Equatable, Sendable {
    /// SHA-256 of the library's bytes, the very bytes that were loaded.
    public var digest: Digest
    /// An encoded `casework.plugin.v1.Manifest`.
    public var manifest: [UInt8]
    /// The chart as canonical JSON.
    public var chart: [UInt8]
    /// Names in the order of their indices.
    public var guards: [String]
    public var actions: [String]
    /// An encoded `google.protobuf.FileDescriptorSet`.
    public var descriptors: [UInt8]
    /// Of the plugin boundary.
    public var abi: UInt32
    /// From the manifest.
    public var name: String
    public var version: String

    /// - Parameter hello: an encoded `casework.plugin.v1.Hello`.
    init(digest: Digest, hello: ArraySlice<UInt8>) throws(WireError) {
        self.init(digest: digest)
        var reader = WireReader(hello)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: abi = UInt32(truncatingIfNeeded: try value.unsigned())
            case 2: manifest = try value.array()
            case 3: chart = try value.array()
            case 4: guards.append(try value.string())
            case 5: actions.append(try value.string())
            case 6: descriptors = try value.array()
            default: break
            }
        }
        try readNames()
    }

    private init(digest: Digest) {
        self.digest = digest
        (manifest, chart, descriptors) = ([], [], [])
        (guards, actions) = ([], [])
        (abi, name, version) = (0, "", "")
    }

    private mutating func readNames() throws(WireError) {
        var reader = WireReader(manifest[...])
        while let (field, value) = try reader.next() {
            switch field {
            case 1: name = try value.string()
            case 2: version = try value.string()
            default: break
            }
        }
        guard !name.isEmpty, !chart.isEmpty else { throw WireError("a plugin needs a name and a chart") }
    }
}

/// How a plugin fares.
public struct PluginStatus: Equatable, Sendable {
    public var digest: Digest
    public var name: String
    public var version: String
    public var isolation: Isolation
    /// Process id of the child; 0 when none runs.
    public var process: Int32
    /// Children started after the first one.
    public var restarts: UInt64
    /// Requests answered with a tape.
    public var answered: UInt64
    /// Requests answered with a fault, and answers that were not believed.
    public var faults: UInt64
    /// The newest fault, or empty.
    public var lastFault: String
}

/// Where a plugin's code runs.
public enum Isolation: String, Sendable {
    /// In a process of its own, shut in: what it does cannot harm the server.
    case child
    /// On a thread of the server: for tests and for code as trusted as the server. A trap ends the server, and an
    /// endless loop cannot be ended.
    case inProcess = "in-process"
}
