public import Statechart

/// A chart as Mermaid's `stateDiagram-v2`, for pages that draw such text; thinner than `svgText`.
public func mermaidText(_ definition: Definition, active: Set<Int> = [], language: ChartLanguage) -> String {
    var writer = MermaidWriter(definition, language)
    return writer.write(active)
}

private struct MermaidWriter {
    private let definition: Definition
    private let words: DiagramWords
    private var lines = ["stateDiagram-v2"]

    init(_ definition: Definition, _ language: ChartLanguage) {
        self.definition = definition
        words = DiagramWords(language)
    }

    mutating func write(_ active: Set<Int>) -> String {
        writeInside(of: nil, indent: "  ")
        for transition in definition.transitions {
            // A transition that stays where it is has no arrow in Mermaid.
            for target in transition.targets {
                lines.append("  \(id(transition.source)) --> \(id(target)) : \(text(of: transition))")
            }
        }
        for state in definition.states where state.kind.isHistory {
            for target in definition.entrance(of: state.index) {
                lines.append("  \(id(state.index)) --> \(id(target))")
            }
        }
        let lit = definition.states.filter { active.contains($0.index) && $0.kind.isLeaf }.map { id($0.index) }
        if !lit.isEmpty {
            lines.append("  classDef active fill:#ffe7a3,stroke:#c98500,color:#4a3200")
            lines.append("  class \(lit.joined(separator: ",")) active")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func id(_ state: Int) -> String { "s\(state)" }

    private mutating func writeInside(of parent: Int?, indent: String) {
        let isParallel = parent.map { definition.states[$0].kind == .parallel } ?? false
        var states = definition.states(inside: parent)
        // A history is no region: those of a parallel state stand at the beginning, where nothing is parted yet.
        if isParallel { states = states.filter(\.kind.isHistory) + states.filter { !$0.kind.isHistory } }
        var hasRegion = false
        for state in states {
            if isParallel, !state.kind.isHistory {
                if hasRegion { lines.append("\(indent)--") }
                hasRegion = true
            }
            let name = MermaidWriter.escaped(label(of: state))
            guard state.children.isEmpty else {
                lines.append("\(indent)state \"\(name)\" as \(id(state.index)) {")
                writeInside(of: state.index, indent: indent + "  ")
                lines.append("\(indent)}")
                continue
            }
            lines.append("\(indent)state \"\(name)\" as \(id(state.index))")
            if state.kind == .final { lines.append("\(indent)\(id(state.index)) --> [*]") }
        }
        for target in definition.entrance(of: parent) where !isParallel {
            lines.append("\(indent)[*] --> \(id(target))")
        }
    }

    private func label(of state: State) -> String {
        switch state.kind {
        case .shallowHistory: "H"
        case .deepHistory: "H*"
        default:
            // A state without a name is no state for Mermaid.
            words.label(state.label).flatMap { $0.isEmpty ? nil : $0 } ?? state.id
        }
    }

    private func text(of transition: Transition) -> String {
        MermaidWriter.escaped(words.inner(transition, definition))
    }

    /// Mermaid's entity codes for what would end a label or be read as its language.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in TextWrap.printable(text).unicodeScalars {
            let isSpecial =
                switch scalar {
                case "\"", "#", ";", "<", ">", "&", "{", "}", "`", "%", ":": true
                // `[[fork]]` in a label would make a bar of the state.
                case "[": result.hasSuffix("[")
                // `direction TB` anywhere in a line would turn the picture.
                default: scalar.properties.isWhitespace && result.suffix(9).lowercased() == "direction"
                }
            if isSpecial { result += "#\(scalar.value);" } else { result.unicodeScalars.append(scalar) }
        }
        return result
    }
}
