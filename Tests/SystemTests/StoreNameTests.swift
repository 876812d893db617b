import Foundation
import Glibc
import Testing

/// A store has one writer, under whatever name it is opened.
@Suite("A store's other names", .serialized)
struct StoreNameTests {
    struct Name: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Makes another name of a store in a folder; answers it.
        var make: @Sendable (_ store: String, _ folder: String) throws -> String
    }

    static let names = [
        Name(testDescription: "a symbolic link") { store, folder in
            try FileManager.default.createSymbolicLink(atPath: folder + "/link.db", withDestinationPath: store)
            return folder + "/link.db"
        },
        Name(testDescription: "a hard link") { store, folder in
            try FileManager.default.linkItem(atPath: store, toPath: folder + "/hard.db")
            return folder + "/hard.db"
        },
        Name(testDescription: "a link to its folder") { store, folder in
            let place = URL(fileURLWithPath: store).deletingLastPathComponent().path
            try FileManager.default.createSymbolicLink(atPath: folder + "/place", withDestinationPath: place)
            return folder + "/place/casework.db"
        },
        Name(testDescription: "a roundabout path") { _, folder in folder + "/../casework.db" },
    ]

    @Test("a second server is refused as under the first name, and the first goes on", arguments: names)
    func otherName(name: Name) async throws {
        try await refusesSecond(name.make)
    }

    @Test(
        "nor does another mount of the file help",
        .enabled(if: geteuid() == 0, "only root may mount: tried where the tests run as root"))
    func otherMount() async throws {
        try await refusesSecond(
            { _, folder in
                try Data().write(to: URL(fileURLWithPath: folder + "/mounted.db"))
                return folder + "/mounted.db"
            },
            after: { store, other in
                """
                exec unshare -m bash -c 'mount --bind "\(store)" "\(other)" && exec "$0" "$@"' "$0" "$@"
                """
            })
    }

    private func refusesSecond(
        _ make: (_ store: String, _ folder: String) throws -> String,
        after shell: (_ store: String, _ other: String) -> String = { _, _ in "true" }
    ) async throws {
        let daemon = try Daemon()
        let clock = "2026-09-14 09:00"
        try daemon.start(clock: clock)
        try await daemon.awaitReady()
        let folder = daemon.folder.appending(path: "另一个 place").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let other = try make(daemon.store, folder)
        let second = try daemon.launch(clock: clock, after: shell(daemon.store, other), store: other)
        second.waitUntilExit()
        #expect(second.terminationStatus == 74, "\(daemon.words)")
        #expect(daemon.words.contains("is in use by another process"), "\(daemon.words)")
        try await daemon.awaitReady()
        #expect(daemon.stop() == 0)
    }
}
