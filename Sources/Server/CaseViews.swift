import Foundation
import Kernel
import PluginHost
import Schema
import Statechart
import Store
import SwiftProtobuf

extension ServerCore {
    /// A case as its readers see it.
    func show(_ stored: StoredCase, view: RecordCodec.View) throws -> Casework_V1_Case {
        let body = try CaseBody(decoding: stored.body)
        var shown = try summary(stored, body)
        shown.tasks = body.tasks.map { task in
            .with {
                $0.id = task.id
                $0.role = task.role
                $0.openedMillis = task.opened.milliseconds
                $0.dueMillis = task.due == .max ? 0 : task.due.milliseconds
            }
        }
        shown.timers = body.timers.map { timer in
            .with {
                $0.id = timer.id
                $0.rule = timer.rule
                $0.startedMillis = timer.started.milliseconds
                $0.dueMillis = timer.due.milliseconds
                $0.paused = timer.paused != nil
                $0.provisional = timer.isProvisional
            }
        }
        // To a reader it is a deadline like the others, named after what it brings about.
        shown.timers += body.sends.map { send in
            .with {
                $0.id = send.event
                $0.dueMillis = send.due.milliseconds
            }
        }
        try show(record: stored.record, of: stored, body, view: view, in: &shown)
        return shown
    }

    private func show(
        record: [UInt8], of stored: StoredCase, _ body: CaseBody, view: RecordCodec.View,
        in shown: inout Casework_V1_Case
    ) throws {
        if case .clear = view { shown.record = record.data }
        // Without any plugin of the type nobody knows what the bytes mean; then nothing of them is shown.
        guard let entry = catalog.entry(plugin: body.plugin, type: stored.type) else { return }
        shown.recordJson = try entry.codec.json(record, as: entry.manifest.recordMessage, view: view)
        let rows = try entry.codec.rows(record, as: entry.manifest.recordMessage, view: view)
        shown.fields = rows.map { row in
            .with {
                $0.path = row.path
                $0.labelZh = row.label.zh
                $0.labelEn = row.label.en
                $0.valueZh = row.value.zh
                $0.valueEn = row.value.en
            }
        }
    }

    /// A case as a line of a list: without record, tasks and timers.
    func summary(_ stored: StoredCase) throws -> Casework_V1_Case {
        try summary(stored, try CaseBody(decoding: stored.body))
    }

    private func summary(_ stored: StoredCase, _ body: CaseBody) throws -> Casework_V1_Case {
        var shown = Casework_V1_Case()
        shown.caseID = stored.id.description
        shown.number = stored.number
        shown.type = stored.type
        shown.county = stored.county
        shown.version = stored.version
        shown.states = stored.states.split(separator: " ").map(String.init)
        shown.settled = stored.settled
        shown.incident = stored.incident
        shown.openedMillis = stored.openedAt.milliseconds
        shown.changedMillis = stored.changedAt.milliseconds
        shown.attributes = try Attributes(decoding: stored.attributes).entries.compactMap(Self.attribute)
        shown.headHash = stored.headHash.data
        shown.waitingFor = body.waiting?.pool.fund ?? ""
        shown.definition = body.definition.hex
        shown.development = isDevelopment
        return shown
    }

    /// Nil for a personal attribute: of that only a keyed hash is kept.
    private static func attribute(_ entry: Attributes.Entry) -> Casework_V1_Attribute? {
        var shown = Casework_V1_Attribute()
        shown.name = entry.name
        switch entry.value {
        case .integer(let value): shown.integer = value
        case .text(let value): shown.text = value
        case .flag(let value): shown.flag = value
        case .hash: return nil
        }
        return shown
    }

    // MARK: History

    func history(_ request: Casework_V1_HistoryRequest, _ grant: Grant) throws -> Casework_V1_HistoryResponse {
        let stored = try visible(request.caseID, grant)
        let before = try PageToken.position(request.pageToken)
        let rows = try reader.history(of: stored.id, before: before, limit: Self.pageSize(request.pageSize))
        var response = Casework_V1_HistoryResponse()
        response.entries = try rows.map { try entry($0, of: stored.type) }
        response.development = isDevelopment
        if let last = rows.last, last.previous != 0 { response.nextPageToken = PageToken.make(last.position) }
        return response
    }

    private func entry(_ row: HistoryRow, of type: String) throws -> Casework_V1_HistoryEntry {
        let envelope = try Envelope(decoding: row.envelope)
        let detail = try Detail(decoding: row.detail)
        var shown = Casework_V1_HistoryEntry()
        shown.position = row.position
        shown.version = envelope.version
        shown.stampMillis = row.stamp.milliseconds
        shown.event = envelope.event
        shown.agency = envelope.agency
        shown.officer = envelope.officer
        shown.roles = envelope.roles
        shown.states = envelope.states
        shown.postings = envelope.postings.map(Self.posting)
        shown.key = envelope.key?.bytes.data ?? Data()
        shown.hash = row.hash.data
        shown.definition = envelope.definition?.hex ?? ""
        shown.plugin = envelope.plugin?.hex ?? ""
        shown.policy = envelope.policy?.hex ?? ""
        if let entry = catalog.entry(plugin: envelope.plugin, type: type) {
            if let message = entry.payloadMessage(of: envelope.event), !detail.payload.isEmpty {
                shown.payloadJson = try entry.codec.json(detail.payload, as: message)
            }
            shown.reasons = try Self.reasons(detail.tape, entry.definition)
        }
        return shown
    }

    private static func posting(_ line: JournalLine) -> Casework_V1_Posting {
        .with {
            $0.fund = line.pool.fund
            $0.county = line.pool.county
            $0.year = Int32(clamping: line.pool.year)
            $0.from = "\(line.from)"
            $0.to = "\(line.to)"
            $0.amountFen = line.amount
        }
    }

    private static func reasons(_ tape: [UInt8], _ definition: Definition) throws -> [Casework_V1_Reasoning] {
        try Casework_Plugin_V1_Tape(serializedBytes: tape).answers.map { answer in
            let (names, word) = answer.kind.spoken(definition)
            let index = Int(answer.index)
            return .with {
                $0.name = names.indices.contains(index) ? names[index] : "\(index)"
                $0.answer = word
                $0.reason = answer.reason
            }
        }
    }
}

extension Casework_Plugin_V1_Answer.Kind {
    /// The names its index counts in, and the word for it.
    fileprivate func spoken(_ definition: Definition) -> (names: [String], word: String) {
        switch self {
        case .guardYes: (definition.guards, "yes")
        case .guardNo: (definition.guards, "no")
        case .guardFailed: (definition.guards, "failed")
        case .guardNeedsPayload: (definition.guards, "needs payload")
        case .actionDone: (definition.actions, "done")
        case .actionFailed: (definition.actions, "failed")
        case .actionRefused: (definition.actions, "refused")
        case .unspecified, .UNRECOGNIZED: ([], "")
        }
    }
}

extension [UInt8] {
    var data: Data { Data(self) }
}
