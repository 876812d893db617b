import Schema
import SwiftProtobuf

extension OutputOptions {
    /// Prints a message of the wire in protobuf's JSON form. Records and payloads, which travel as JSON text, are set
    /// in as objects, so that `jq` reaches into them.
    func print(_ message: some Message) throws(Failure) {
        let text: String
        do {
            text = try message.jsonString()
        } catch {
            throw .refused("无法写成 JSON", "the answer cannot be written as JSON")
        }
        StandardStreams.print(JSONText(parsing: text).map { OutputOptions.unfold($0).pretty() } ?? text)
    }

    /// Prints a document of another form than JSON: as it is, or for programs that want JSON as the text of the member
    /// named after its form.
    func write(_ document: String, as form: String) {
        guard json else { return StandardStreams.print(document, terminator: "") }
        StandardStreams.print(JSONText.object([.init(name: form, value: .string(document))]).pretty())
    }

    /// Prints what a committed command answers.
    func show(_ answer: Casework_V1_CommandResponse) throws(Failure) {
        if json { return try print(answer) }
        let terminal = terminal
        let parts = [
            terminal.style.green("✓"), answer.number.isEmpty ? answer.caseID : answer.number,
            answer.version > 0 ? "v\(answer.version)" : "", Moment.minute(answer.stampMillis),
            answer.states.joined(separator: " "),
        ]
        terminal.say(parts.filter { !$0.isEmpty }.joined(separator: "  "))
        if answer.repeatedKey {
            terminal.say(Phrase("此前已办理，这次没有新的变动。", "It had been done before; nothing happened now."))
        }
    }

    private static let folded = ["recordJson": "record", "payloadJson": "payload"]

    private static func unfold(_ value: JSONText) -> JSONText {
        switch value {
        case .word, .string: return value
        case .array(let elements): return .array(elements.map(unfold))
        case .object(let members):
            return .object(
                members.map { member in
                    guard let name = folded[member.name], case .string(let text) = member.value,
                        let inner = JSONText(parsing: text)
                    else { return JSONText.Member(name: member.name, value: unfold(member.value)) }
                    return JSONText.Member(name: name, value: inner)
                })
        }
    }
}
