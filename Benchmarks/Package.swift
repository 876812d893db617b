// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "casework-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "casework", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "casework-load",
            dependencies: [
                .product(name: "CaseworkClient", package: "casework"),
                .product(name: "RPC", package: "casework"),
                .product(name: "Schema", package: "casework"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings),
        .target(name: "CAllocations"),
        .executableTarget(
            name: "statechart-bench",
            dependencies: [.product(name: "Statechart", package: "casework"), "CAllocations"],
            swiftSettings: settings),
        .executableTarget(name: "sqlite-writer", linkerSettings: [.linkedLibrary("sqlite3"), .linkedLibrary("crypto")]),
    ]
)
