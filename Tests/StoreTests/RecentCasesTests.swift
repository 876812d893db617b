import Kernel
import Testing

@testable import Store

@Suite("Cases written lately")
struct RecentCasesTests {
    @Test("a case is known as the file has it, until enough others were written after it")
    func forgetting() {
        var recent = RecentCases(limit: 2)
        func write(_ id: UInt64) {
            var draft = Draft(totals: Totals())
            var row = Draft.Case()
            (row.version, row.incident, row.writer) = (id, true, 0)
            draft.cases[CaseID(rawValue: id)] = row
            recent.keep(draft)
        }
        for id in 1...4 as ClosedRange<UInt64> { write(id) }
        let known = recent[CaseID(rawValue: 2)]
        #expect(known?.version == 2)
        #expect(known?.isNew == false && known?.writer == nil && known?.incidentChanged == false)
        write(0)
        #expect(recent[CaseID(rawValue: 0)] == nil, "the store itself has no row")
        #expect(recent[CaseID(rawValue: 1)] == nil)
        #expect(recent[CaseID(rawValue: 4)]?.version == 4)
    }
}
