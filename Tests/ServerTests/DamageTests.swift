import CaseworkClient
import Foundation
import PluginHost
import Schema
import Server
import SwiftProtobuf
import Testing

@Suite("A damaged case")
struct DamageTests {
    @Test("is refused for good to whoever asks, told to the operator by its id, and the next case is as before")
    func oneRow() async throws {
        let first = try TestServer(isolation: .inProcess)
        let (damaged, other) = (try await first.open(Applicant()), try await first.open(Applicant()))
        for id in [damaged.caseID, other.caseID] {
            try await first.send("village.verified", to: id, as: Officer.village)
        }
        try await first.stop()
        try bash(
            """
            python3 -c 'import sqlite3, sys
            store = sqlite3.connect(sys.argv[1])
            store.execute("UPDATE cases SET sealed = zeroblob(200) WHERE number = ?", (sys.argv[2],))
            store.commit()' '\(first.folder)/casework.db' \(damaged.number)
            """)

        let second = try TestServer(isolation: .inProcess, folder: first.folder)
        try await second.advance("5wd")
        #expect(try await second.get(other.caseID).states.contains { $0.hasPrefix("open/jointCheck") })
        for name in [damaged.caseID, damaged.number] {
            let shown = await #expect(throws: CaseworkError.self) { _ = try await second.get(name) }
            #expect(shown?.code == .dataLoss && shown?.reason == "DAMAGED", "\(String(describing: shown))")
            let sent = await #expect(throws: CaseworkError.self) {
                try await second.send("withdraw", to: name, as: Officer.agent)
            }
            #expect(sent?.code == .dataLoss && sent?.reason == "DAMAGED", "\(String(describing: sent))")
        }
        let listed = try await second.client(Officer.agent).cases.list(.init()).cases
        #expect(listed.map(\.caseID) == [other.caseID])
        let health = try await second.client(Officer.agent).operations.health()
        #expect(health.status == "serving" && health.stranded == 1 && health.postponed == 0)
        #expect(second.stillCases == [damaged.caseID])
        #expect(try await second.send("withdraw", to: other.caseID, as: Officer.agent).states == ["withdrawn"])
        try await second.stop()
    }
}
