/// Reads the part of Mermaid's `stateDiagram-v2` that charts are dumped as, as strictly as its grammar does: what is
/// not exactly one of its statements is an error.
struct MermaidReader {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    struct State: Equatable {
        var label: String
        var parent: String?
        /// Which of the regions that `--` separates, from 0.
        var region: Int
    }

    struct Arrow: Hashable {
        var from: String
        var to: String
        var label: String
    }

    private(set) var states: [String: State] = [:]
    /// Those from and to `[*]` included; `[*]` is told by the state it stands in.
    private(set) var arrows: [Arrow] = []
    private(set) var active: [String] = []
    /// How many `--` there are.
    private(set) var dividers = 0
    private var open: [(id: String, region: Int)] = []

    init(_ text: String) throws {
        // Before anything is read, Mermaid puts its entity codes away, and ends a style's colour in its own way.
        guard text.firstMatch(of: /style.*:\S*#.*;/) == nil else { throw Failure(description: "read as a style") }
        var lines = text.replacing(/#(\d+);/) { "\u{FB02}\($0.output.1)\u{B6}" }.split(
            separator: "\n", omittingEmptySubsequences: false)
        guard lines.first == "stateDiagram-v2", lines.last == "" else { throw Failure(description: "no diagram") }
        lines = lines.dropFirst().dropLast()
        for line in lines { try read(line.trimmingPrefix(/[ ]+/)) }
        guard open.isEmpty else { throw Failure(description: "a state is not closed") }
    }

    private mutating func read(_ line: Substring) throws {
        // A comment, the end of a statement, or markup.
        for word in ["%%", "#", ";", "`", "<", "&"] where line.contains(word) && !line.hasPrefix("classDef ") {
            throw Failure(description: "\(word) in \(line)")
        }
        if line.firstMatch(of: /(?i)direction\s+(tb|bt|rl|lr)/) != nil {
            throw Failure(description: "read as a direction: \(line)")
        }
        if let match = line.wholeMatch(of: /state "([^"]+)" as ([^:\s\-{]+)( {)?/) {
            try add(String(match.output.2), String(match.output.1), isOpen: match.output.3 != nil)
        } else if line == "}" {
            guard open.popLast() != nil else { throw Failure(description: "nothing to close") }
        } else if line == "--" {
            guard !open.isEmpty else { throw Failure(description: "regions outside a state") }
            open[open.count - 1].region += 1
            dividers += 1
        } else if let match = line.wholeMatch(of: /([^:\s\-{]+) --> ([^:\s\-{]+)( : ([^:;]*))?/) {
            arrows.append(
                Arrow(
                    from: end(match.output.1), to: end(match.output.2),
                    label: match.output.4.map { MermaidReader.decoded(String($0)) } ?? ""))
        } else if let match = line.wholeMatch(of: /class ([\w,]+) active/) {
            active = match.output.1.split(separator: ",").map(String.init)
        } else if !line.hasPrefix("classDef active fill:") {
            throw Failure(description: "no statement: \(line)")
        }
    }

    private func end(_ name: Substring) -> String { name == "[*]" ? "[*] in \(open.last?.id ?? "")" : String(name) }

    private mutating func add(_ id: String, _ label: String, isOpen: Bool) throws {
        guard label.firstMatch(of: /(?i)(<<|\[\[)(fork|join|choice)/) == nil else {
            throw Failure(description: "no label: \(label)")
        }
        let state = State(label: MermaidReader.decoded(label), parent: open.last?.id, region: open.last?.region ?? 0)
        guard states.updateValue(state, forKey: id) == nil else { throw Failure(description: "\(id) stands twice") }
        if isOpen { open.append((id, 0)) }
    }

    private static func decoded(_ text: String) -> String {
        text.replacing(/\u{FB02}(\d+)\u{B6}/) { match in
            UInt32(match.output.1).flatMap(Unicode.Scalar.init).map { String($0) } ?? "?"
        }
    }
}
