import ChartFiles
import Statechart

/// What must hold for any bytes whatever that a reader of charts is given; the fuzzer looks for bytes for which it does
/// not, and the tests run the corpus it left.
enum ReaderProperties {
    enum Reader: String, CaseIterable, Sendable {
        case yaml, scxml, json, expression
    }

    /// - Returns: what is wrong with the readers, or nil. A file that is refused with a reason is in order.
    static func violation(of reader: Reader, _ bytes: [UInt8]) -> String? {
        let definition: Definition
        do {
            definition = try read(reader, bytes)
        } catch {
            return complaint(about: error)
        }
        return difference(definition) ?? endlessness(definition)
    }

    private static func read(_ reader: Reader, _ bytes: [UInt8]) throws(ChartFileError) -> Definition {
        switch reader {
        case .yaml: try ChartFile.definition(bytes: bytes, file: "c.yaml")
        case .scxml: try ChartFile.definition(bytes: bytes, file: "c.scxml")
        case .json: try ChartFile.definition(bytes: bytes, file: "c.json")
        case .expression: try ChartFile.definition(bytes: chart(around: bytes), file: "c.json")
        }
    }

    /// A chart whose only condition is the text; a text that begins with `x` is read in the wider grammar of SCXML.
    private static func chart(around expression: [UInt8]) -> [UInt8] {
        let isScxml = expression.first == UInt8(ascii: "x")
        var json = Array(#"{"chart":"c","format":1,"#.utf8)
        if isScxml { json += #""dialect":"scxml","#.utf8 }
        json += #""states":[{"id":"a","transitions":[{"event":"e","if":""#.utf8
        for byte in expression.dropFirst(isScxml ? 1 : 0) {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): json += [UInt8(ascii: "\\"), byte]
            case 0..<0x20: json += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            default: json.append(byte)
            }
        }
        json += #"","to":["b"]}]},{"id":"b","variables":[]}],"variables":[{"id":"n","value":"1"},"#.utf8
        return json + #"{"id":"s","value":"'text'"},{"id":"l","value":"[1, 2]"}]}"#.utf8
    }

    private static func complaint(about error: ChartFileError) -> String? {
        if error.problems.isEmpty { return "refused without a reason" }
        if error.problems.count > 200 { return "\(error.problems.count) problems" }
        if let long = error.problems.first(where: { $0.message.utf8.count > 1_000 }) {
            return "a message of \(long.message.utf8.count) bytes"
        }
        for problem in error.problems where problem.message.isEmpty || problem.code.isEmpty {
            return "a problem without a message or code"
        }
        return nil
    }

    /// What was read is written and read again to the same bytes.
    private static func difference(_ definition: Definition) -> String? {
        do {
            let again = try Definition(canonicalJSON: definition.canonicalJSON)
            if again.canonicalJSON != definition.canonicalJSON { return "canonical JSON is not stable" }
            if again.identity != definition.identity { return "the identity is not stable" }
            let text = try ChartFile.scxml(of: definition)
            return scxmlDifference(definition, text)
        } catch {
            return "what was written is refused: \(error)"
        }
    }

    private static func scxmlDifference(_ definition: Definition, _ text: String) -> String? {
        do {
            let copy = try ChartFile.definition(scxml: text, file: "again.scxml")
            return copy.canonicalJSON == definition.canonicalJSON ? nil : "SCXML comes back as another chart:\n\(text)"
        } catch {
            return "the SCXML written is refused: \(error)\n\(text)"
        }
    }

    /// A chart that runs is stopped by its limits, and a snapshot changes nothing.
    private static func endlessness(_ definition: Definition) -> String? {
        var interpreter = Interpreter(definition)
        var responder = AgreeableResponder()
        let outcome = interpreter.start(&responder).outcome
        guard outcome == .completed else { return nil }
        for event in definition.events.prefix(8) + ["e"] {
            let before = interpreter
            let macrostep = interpreter.send(.external(event), &responder)
            guard macrostep.outcome == .completed || macrostep.outcome == .unmatched else {
                interpreter = before
                continue
            }
            do {
                let restored = try Interpreter(definition, restoring: interpreter.snapshot())
                if restored.snapshot() != interpreter.snapshot() { return "a snapshot changes when read back" }
            } catch {
                return "a snapshot is refused: \(error)"
            }
        }
        return nil
    }
}

/// Guards say yes, actions are done.
private struct AgreeableResponder: Responder {
    func answer(guard index: Int) -> GuardAnswer { .yes }
    func perform(action index: Int) -> ActionAnswer { .done(raised: []) }
}
