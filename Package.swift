// swift-tools-version: 6.2
import PackageDescription

/// One set of rules for every Swift target: `Scripts/test` also builds with the explicit import check, so the
/// dependencies written here are the only ones there are.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// A plugin exports one symbol, binds everything when loaded and is never unloaded.
let pluginLinker: [LinkerSetting] = [
    .unsafeFlags([
        "-Xlinker", "--version-script=\(Context.packageDirectory)/Plugins/plugin.exports",
        "-Xlinker", "-z", "-Xlinker", "nodelete", "-Xlinker", "-z", "-Xlinker", "now",
        "-Xlinker", "-z", "-Xlinker", "defs",
    ])
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
/// The C face of the SQLite that GRDB uses: for the statements of a commit, and to count its writes.
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

let package = Package(
    name: "casework",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "CaseworkClient", targets: ["CaseworkClient"]),
        .library(name: "CaseworkPluginKit", targets: ["CaseworkPluginKit"]),
        .library(name: "TransportSubsidy", type: .dynamic, targets: ["TransportSubsidy"]),
        .executable(name: "caseworkd", targets: ["caseworkd"]),
        .executable(name: "casework", targets: ["casework"]),
        .executable(name: "casework-plugin-host", targets: ["casework-plugin-host"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(name: "CPluginABI"),
        .target(name: "CSandbox"),

        library("Statechart", []),
        library("ChartFiles", ["Statechart", yams]),
        library("Crypto", ["COpenSSL"]),
        library("Schema", [protobuf]),
        library("Kernel", ["Statechart"]),
        library("Store", ["Kernel", "Crypto", grdb, sqlite]),
        library("PluginHost", ["Kernel", "Schema", "Crypto", "CPluginABI", "CSandbox", protobuf]),
        library("RPC", ["COpenSSL", nioCore, nioPosix]),
        library(
            "Server",
            [
                "Statechart", "ChartFiles", "Crypto", "Schema", "Kernel", "Store", "PluginHost", "RPC", logging,
                nioCore, nioPosix, protobuf, yams,
            ]),
        library("CaseworkClient", ["RPC", "Schema", nioCore, protobuf]),
        library("CaseworkPluginKit", ["CPluginABI", "Schema", "Statechart", protobuf]),

        executable("caseworkd", ["Server", argumentParser, logging]),
        executable(
            "casework",
            [
                "CaseworkClient", "ChartFiles", "Kernel", "RPC", "Schema", "Statechart", argumentParser, protobuf,
            ]),
        executable(
            "casework-plugin-host", ["CPluginABI", "CSandbox", "Kernel", "PluginHost", "Schema", "Statechart", protobuf]
        ),

        .target(
            name: "TransportSubsidy", dependencies: ["CaseworkPluginKit", "CPluginABI", "Schema", protobuf],
            path: "Plugins/TransportSubsidy/Sources", swiftSettings: settings, linkerSettings: pluginLinker),
    ]
)
