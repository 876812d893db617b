import Schema
import SwiftProtobuf

/// The step of rural revitalization: its two checkers answer from the agency's own register, county by county in turn.
extension Agency {
    func answerFromRegister() async throws(Failure) -> Phrase {
        let register = try Register(table("register.csv"))
        let checker = "zhao-lei"
        try await waitForDeadlines(in: "open/publicity", officer: checker)
        let count = try await workThrough(
            role: "rr.checker", officer: checker, Phrase("身份核查", "register check")
        ) { item throws(Failure) in
            let hand = (Int(item.county) ?? 0).isMultiple(of: 2) ? checker : "sun-mei"
            let record = try await unmask(item, reason: "核对防返贫监测信息系统 registry check", officer: hand)
            let application = record.application
            let answer = register.answer(application.person.residentNumber, on: application.journey.departedOn)
            return try await sendUnlessDecided(
                "registry.answered", to: item, payload: answer.encoded, officer: hand)
        }
        return Phrase("身份核查 \(count) 件", "\(count) answered from the register")
    }
}

/// The register of people lifted out of poverty, as the agency's own system keeps it.
struct Register {
    private struct Entry {
        var status: String
        var from: String
        var to: String
    }

    private var entries: [String: [Entry]] = [:]

    init(_ csv: CSV) throws(Failure) {
        let at = try csv.columns(["公民身份号码", "身份类别", "认定日期", "终止日期"])
        for row in csv.rows where row.cells.count > (at.max() ?? 0) {
            let entry = Entry(status: row.cells[at[1]], from: row.cells[at[2]], to: row.cells[at[3]])
            entries[row.cells[at[0]].uppercased(), default: []].append(entry)
        }
    }

    /// What the register says of a person: the entry in force on that day, else the newest.
    func answer(_ residentNumber: String, on day: String) -> Cases_TransportSubsidy_V1_RegistryAnswer {
        let known = entries[residentNumber.uppercased(), default: []].sorted { $0.from < $1.from }
        let inForce = known.last { $0.from <= day && ($0.to.isEmpty || $0.to >= day) }
        guard let entry = inForce ?? known.last else { return .with { $0.found = false } }
        return .with {
            $0.found = true
            $0.status = entry.status
            $0.validFrom = entry.from
            $0.validTo = entry.to
        }
    }
}
