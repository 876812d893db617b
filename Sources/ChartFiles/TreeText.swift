public import Statechart

/// The language of labels and of the few words a drawing adds.
public enum ChartLanguage: String, Sendable, CaseIterable {
    case zh, en

    func label(_ labels: [String: String]) -> String? { labels[rawValue] ?? labels["en"] ?? labels["zh"] }
}

/// A chart as an indented tree for a terminal, active states marked.
///
/// `●` is active, `○` is not, `◉`/`◎` a final state; regions hang on a double line.
///
/// - Parameter active: indices of all active states, as `Interpreter.configuration` gives them.
public func treeText(_ definition: Definition, active: Set<Int>, language: ChartLanguage) -> String {
    var lines = [title(definition, language)]
    let outermost = definition.states.filter { $0.parent == nil }.map(\.index)
    appendTree(outermost, indentation: "", isParallel: false, definition, active, language, to: &lines)
    return lines.joined(separator: "\n") + "\n"
}

private func title(_ definition: Definition, _ language: ChartLanguage) -> String {
    guard let label = language.label(definition.label) else { return definition.name }
    return "\(definition.name)  \(label)"
}

private func appendTree(
    _ states: [Int], indentation: String, isParallel: Bool, _ definition: Definition, _ active: Set<Int>,
    _ language: ChartLanguage, to lines: inout [String]
) {
    for (offset, index) in states.enumerated() {
        let state = definition.states[index]
        let isLast = offset == states.count - 1
        let branch = isParallel ? (isLast ? "╚═ " : "╠═ ") : (isLast ? "└─ " : "├─ ")
        lines.append(indentation + branch + line(state, isActive: active.contains(index), language))
        let deeper = indentation + (isLast ? "   " : isParallel ? "║  " : "│  ")
        appendTree(
            state.children, indentation: deeper, isParallel: state.kind == .parallel, definition, active, language,
            to: &lines)
    }
}

private func line(_ state: State, isActive: Bool, _ language: ChartLanguage) -> String {
    let mark: String
    switch state.kind {
    case .final: mark = isActive ? "◉" : "◎"
    case .shallowHistory: mark = "H"
    case .deepHistory: mark = "H*"
    default: mark = isActive ? "●" : "○"
    }
    guard let label = language.label(state.label) else { return "\(mark) \(state.id)" }
    return "\(mark) \(label) (\(state.id))"
}
