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

/// Code that several test targets share.
func support(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

let package = Package(
    name: "casework",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Statechart", targets: ["Statechart"]),
        .library(name: "ChartFiles", targets: ["ChartFiles"]),
        .library(name: "CaseworkClient", targets: ["CaseworkClient"]),
        .library(name: "CaseworkPluginKit", targets: ["CaseworkPluginKit"]),
        .library(name: "CaseworkPluginTestKit", targets: ["CaseworkPluginTestKit"]),
        .library(name: "RPC", targets: ["RPC"]),
        .library(name: "Schema", targets: ["Schema"]),
        .library(name: "TransportSubsidy", type: .dynamic, targets: ["TransportSubsidy"]),
        .executable(name: "caseworkd", targets: ["caseworkd"]),
        .executable(name: "casework", targets: ["casework"]),
        .executable(name: "casework-plugin-host", targets: ["casework-plugin-host"]),
        .library(name: "LyingPlugin", type: .dynamic, targets: ["LyingPlugin"]),
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
        .target(name: "CAllocator", linkerSettings: [.linkedLibrary("jemalloc"), .linkedLibrary("sqlite3")]),
        .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(name: "CPluginABI"),
        .target(name: "CSandbox"),

        library("Statechart", []),
        library("ChartAnalysis", ["Statechart"]),
        library("ChartFiles", ["ChartAnalysis", "Statechart", yams]),
        library("Crypto", ["COpenSSL"]),
        library("Schema", [protobuf]),
        library("CivilTime", []),
        library("Wire", []),
        library("Kernel", ["CivilTime", "Statechart", "Wire"]),
        library("Store", ["Kernel", "Crypto", grdb, sqlite]),
        library("PluginLibrary", ["CPluginABI", "Statechart", "Wire"]),
        library("PluginHost", ["CSandbox", "Crypto", "Kernel", "PluginLibrary", "Wire"]),
        library("RPC", ["COpenSSL", nioCore, nioPosix]),
        library(
            "Server",
            [
                "Statechart", "Crypto", "Schema", "Kernel", "Store", "PluginHost", "RPC", logging, nioCore,
                nioPosix, protobuf, yams,
            ]),
        library("CaseworkClient", ["RPC", "Schema", nioCore, protobuf]),
        library("CaseworkPluginKit", ["CPluginABI", "CivilTime", "Schema", protobuf]),
        library(
            "CaseworkPluginTestKit",
            ["CPluginABI", "CaseworkPluginKit", "Kernel", "PluginLibrary", "Statechart", "Wire", protobuf]),

        executable(
            "caseworkd",
            ["CAllocator", "CSandbox", "Kernel", "PluginHost", "RPC", "Server", argumentParser, logging]),
        executable(
            "casework",
            [
                "CaseworkClient", "ChartAnalysis", "ChartFiles", "CivilTime", "RPC", "Schema", "Statechart",
                argumentParser, protobuf,
            ]),
        executable("casework-plugin-host", ["CSandbox", "PluginLibrary", "Wire"]),

        .target(
            name: "TransportSubsidy", dependencies: ["CaseworkPluginKit", "CPluginABI", "Schema", protobuf],
            path: "Plugins/TransportSubsidy/Sources", swiftSettings: settings, linkerSettings: pluginLinker),

        tests("StatechartTests", ["ChartAnalysis", "Statechart"]),
        tests("ChartFilesTests", ["ChartAnalysis", "ChartFiles", "Statechart"], exclude: ["Corpus", "Golden"]),
        tests("CryptoTests", ["Crypto"]),
        tests("SchemaTests", ["Schema", protobuf]),
        tests("KernelTests", ["CaseworkPluginTestKit", "Kernel", "Statechart", "Wire"], exclude: ["Golden"]),
        .target(name: "CFaultVFS", path: "Tests/CFaultVFS", linkerSettings: [.linkedLibrary("sqlite3")]),
        support("StoreWorkload", ["Kernel"]),
        .executableTarget(
            name: "StoreCrashWriter", dependencies: ["Kernel", "Store", "StoreWorkload"],
            path: "Tests/StoreCrashWriter", swiftSettings: settings),
        .executableTarget(
            name: "StorePowerWriter", dependencies: ["CFaultVFS", "Kernel", "Store", "StoreWorkload"],
            path: "Tests/StorePowerWriter", swiftSettings: settings),
        tests(
            "StoreTests",
            [
                "Kernel", "Store", "Crypto", "CFaultVFS", "StoreCrashWriter", "StorePowerWriter", "StoreWorkload",
                grdb,
            ], exclude: ["Golden"]),
        tests("RPCTests", ["RPC", nioCore, nioEmbedded, nioPosix]),
        .target(
            name: "LyingPlugin", dependencies: ["CPluginABI"], path: "Tests/LyingPlugin", linkerSettings: pluginLinker),
        .executableTarget(
            name: "LyingChild", dependencies: ["CSandbox", "PluginLibrary", "Wire"], path: "Tests/LyingChild",
            swiftSettings: settings),
        .executableTarget(
            name: "LifeClient", dependencies: ["CaseworkClient", "RPC", "Schema", protobuf], path: "Tests/LifeClient",
            swiftSettings: settings),
        tests("SystemTests", ["CaseworkClient", "Crypto", "Kernel", "LifeClient", "RPC", "Schema", "Store", protobuf]),
        tests(
            "PluginHostTests",
            [
                "Kernel", "PluginHost", "PluginLibrary", "Schema", "Statechart", "Wire", "casework-plugin-host",
                protobuf,
            ]),
        tests("CaseworkPluginKitTests", ["CPluginABI", "CaseworkPluginKit", "Schema", protobuf]),
        .testTarget(
            name: "TransportSubsidyTests",
            dependencies: [
                "CaseworkPluginKit", "CaseworkPluginTestKit", "Schema", "TransportSubsidy", protobuf,
            ],
            path: "Plugins/TransportSubsidy/Tests", swiftSettings: settings),
        tests(
            "ServerTests",
            [
                "CaseworkClient", "Kernel", "LyingChild", "PluginHost", "RPC", "Schema", "Server", logging, nioCore,
                protobuf,
            ]),
        tests(
            "CaseworkTests",
            [
                "casework", "CaseworkClient", "ChartAnalysis", "ChartFiles", "Schema", "Statechart", argumentParser,
                protobuf,
            ]),
        tests("SampleTests", ["casework", "Schema"]),
        tests("TidyTests", []),
    ]
)
