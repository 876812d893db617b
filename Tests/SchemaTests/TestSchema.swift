import Foundation

enum TestSchema {
    /// The repository's root: tests read the files that the product ships, not copies.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The descriptor set that the transport subsidy's plugin carries, from its generated source.
    static let transportSubsidy: [UInt8] = {
        let file = root.appending(
            path: "Plugins/TransportSubsidy/Sources/Generated/TransportSubsidyDescriptors.swift")
        guard let text = try? String(contentsOf: file, encoding: .utf8),
            let literal = text.split(separator: "= [").last?.split(separator: "]").first
        else { preconditionFailure("\(file.path) is missing; run Scripts/generate") }
        return literal.split(whereSeparator: { !$0.isNumber }).compactMap { UInt8($0) }
    }()
}
