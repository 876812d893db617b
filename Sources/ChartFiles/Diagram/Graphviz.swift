public import Statechart

/// A chart in the language of Graphviz's `dot`, boxes as clusters; thinner than `svgText`.
public func dotText(_ definition: Definition, active: Set<Int> = [], language: ChartLanguage) -> String {
    var writer = DotWriter(definition, active, language)
    return writer.write()
}

private struct DotWriter {
    private let definition: Definition
    private let active: Set<Int>
    private let words: DiagramWords
    private var lines: [String] = []

    init(_ definition: Definition, _ active: Set<Int>, _ language: ChartLanguage) {
        self.definition = definition
        self.active = active
        words = DiagramWords(language)
    }

    mutating func write() -> String {
        let name = words.label(definition.label) ?? definition.name
        lines = [
            "digraph chart {", "  graph [compound=true, labelloc=t, label=\(quoted(name))];",
            "  node [shape=box, style=rounded, fontsize=12];", "  edge [fontsize=10];",
        ]
        writeInside(of: nil, indent: "  ")
        for transition in definition.transitions {
            let targets = transition.targets.isEmpty ? [transition.source] : transition.targets
            let text = words.inner(transition, definition)
            for target in targets { writeEdge(anchor(transition.source), transition.source, target, text) }
        }
        for state in definition.states where state.kind.isHistory {
            for target in definition.entrance(of: state.index) { writeEdge("s\(state.index)", nil, target, "") }
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    private mutating func writeInside(of parent: Int?, indent: String) {
        for state in definition.states(inside: parent) {
            guard !state.children.isEmpty else {
                lines.append("\(indent)s\(state.index) [\(attributes(of: state))];")
                continue
            }
            let isRegion = parent.map { definition.states[$0].kind == .parallel } ?? false
            let style = active.contains(state.index) ? "bold" : isRegion ? "dashed" : "rounded"
            lines.append("\(indent)subgraph cluster_\(state.index) {")
            lines.append("\(indent)  label=\(quoted(label(of: state))); style=\(style);")
            if state.kind == .parallel { lines.append("\(indent)  a\(state.index) [shape=point, style=invis];") }
            writeInside(of: state.index, indent: indent + "  ")
            lines.append("\(indent)}")
        }
        for target in definition.entrance(of: parent) {
            let dot = parent.map { "a\($0)" } ?? "start"
            lines.append("\(indent)\(dot) [shape=point, width=0.14];")
            writeEdge(dot, nil, target, "", indent: indent)
        }
    }

    private func attributes(of state: State) -> String {
        let lit = active.contains(state.index) ? ", style=\"rounded,filled\", fillcolor=\"#ffe7a3\"" : ""
        let shape =
            switch state.kind {
            case .final: ", peripheries=2"
            case .shallowHistory, .deepHistory: ", shape=circle"
            default: ""
            }
        return "label=\(quoted(label(of: state)))\(shape)\(lit)"
    }

    private func label(of state: State) -> String {
        switch state.kind {
        case .shallowHistory: "H"
        case .deepHistory: "H*"
        default: words.label(state.label) ?? state.id
        }
    }

    /// What stands for a state where an arrow needs a node: itself, or a point inside its cluster.
    private func anchor(_ state: Int) -> String {
        definition.states[state].children.isEmpty ? "s\(state)" : "a\(state)"
    }

    private mutating func writeEdge(
        _ from: String, _ source: Int?, _ target: Int, _ text: String, indent: String = "  "
    ) {
        var attributes = text.isEmpty ? [] : ["label=\(quoted(text))"]
        // An arrow between a box and what lies in it cannot end at the border.
        let related = source.map { isRelated($0, target) } ?? false
        if let source, !definition.states[source].children.isEmpty, !related {
            attributes.append("ltail=cluster_\(source)")
        }
        if !definition.states[target].children.isEmpty, !related, source != nil {
            attributes.append("lhead=cluster_\(target)")
        }
        let list = attributes.isEmpty ? "" : " [\(attributes.joined(separator: ", "))]"
        lines.append("\(indent)\(from) -> \(anchor(target))\(list);")
    }

    private func isRelated(_ a: Int, _ b: Int) -> Bool {
        let (outer, inner) = (definition.states[min(a, b)].path, definition.states[max(a, b)].path)
        return inner == outer || inner.hasPrefix(outer + "/")
    }

    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in TextWrap.printable(text).unicodeScalars {
            if scalar == "\"" || scalar == "\\" { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result + "\""
    }
}

extension Definition {
    /// In document order; given nil, the outermost.
    func states(inside parent: Int?) -> [State] {
        parent.map { states[$0].children.map { states[$0] } } ?? states.filter { $0.parent == nil }
    }
}
