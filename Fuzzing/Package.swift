// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "casework-fuzzing",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "casework", path: "..")],
    targets: [
        .executableTarget(
            name: "casework-fuzz",
            dependencies: [
                .product(name: "ChartFiles", package: "casework"), .product(name: "Statechart", package: "casework"),
            ],
            // libFuzzer brings its own `main`.
            swiftSettings: [.swiftLanguageMode(.v6), .unsafeFlags(["-parse-as-library"])])
    ]
)
