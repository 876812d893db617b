import Crypto
import Kernel
import PluginHost
import Schema
import Statechart
import SwiftProtobuf

/// A case type as one version of its plugin describes it.
struct CatalogEntry: Sendable {
    let description: PluginDescription
    let manifest: Casework_Plugin_V1_Manifest
    let definition: Definition
    let definitionDigest: Digest
    let codec: RecordCodec

    var digest: Digest { description.digest }

    /// - Throws: an error whose description says what is wrong with the plugin's own words.
    init(_ description: PluginDescription) throws {
        self.description = description
        manifest = try Casework_Plugin_V1_Manifest(serializedBytes: description.manifest)
        definition = try Definition(canonicalJSON: description.chart)
        definitionDigest = Digest(bytes: SHA256.hash(definition.identity))
        codec = try RecordCodec(descriptorSet: description.descriptors)
        for message in [manifest.recordMessage] + manifest.payloads.map(\.message) where !codec.has(message) {
            throw CatalogError(
                description: "its manifest names the message \(message), which its descriptors do not have")
        }
    }

    /// What the kernel needs of it.
    func installed() throws -> InstalledPlugin {
        InstalledPlugin(
            digest: digest, manifest: try Manifest(decoding: description.manifest), definition: definition,
            definitionDigest: definitionDigest)
    }

    /// The message that an event carries; nil when it carries none.
    func payloadMessage(of event: String) -> String? {
        manifest.payloads.first { $0.event == event }?.message
    }
}

struct CatalogError: Error, CustomStringConvertible {
    var description: String
}

/// The case types that are installed. Fixed when the server starts.
struct TypeCatalog: Sendable {
    private(set) var entries: [CatalogEntry] = []
    private var byPlugin: [Digest: Int] = [:]
    private var newest: [String: Int] = [:]

    mutating func add(_ entry: CatalogEntry) {
        byPlugin[entry.digest] = entries.count
        newest[entry.manifest.name] = entries.count
        entries.append(entry)
    }

    /// The version that opens new cases.
    func newest(of type: String) -> CatalogEntry? { newest[type].map { entries[$0] } }

    /// The version a case runs on, or the newest of its type, whose schema has every field of the older ones.
    func entry(plugin: Digest?, type: String) -> CatalogEntry? {
        plugin.flatMap { byPlugin[$0] }.map { entries[$0] } ?? newest(of: type)
    }
}
