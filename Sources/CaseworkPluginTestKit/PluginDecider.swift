internal import CPluginABI
internal import CaseworkPluginKit
internal import Kernel
internal import PluginLibrary
import Wire

/// Asks a case type that is linked with the test: through the same table and the same messages as the child that holds
/// a plugin, without the process.
final class PluginDecider: Decider {
    private let servant: Servant
    private var waiting: [DecisionRequest] = []

    init(_ type: some CaseType) throws(LibraryError) {
        servant = try Servant(PluginTable(PluginTable.Library { host, plugin in export(type, to: host, plugin) }))
    }

    func decide(_ request: DecisionRequest) { waiting.append(request) }

    func renew(_ plugin: Digest, because reason: String) {}

    func flush() {}

    var isAsked: Bool { !waiting.isEmpty }

    /// A server that is killed forgets what it has asked.
    func forget() { waiting = [] }

    /// The answer to the oldest question; nil when nothing is asked.
    func answer() -> DecisionReply? {
        guard !waiting.isEmpty else { return nil }
        let request = waiting.removeFirst()
        let bytes = servant.answer(request.frame.dropFirst(Frame.headerSize))
        let tape: Result<[UInt8], DecisionReply.Fault> =
            switch (try? Reply(bytes[...]))?.answer {
            case .tape(let tape): .success(Array(tape))
            case .fault(let message): .failure(.illegal(message))
            case .hello, nil: .failure(.illegal("what it sent is not a reply"))
            }
        return DecisionReply(ticket: request.ticket, tape: tape)
    }
}
