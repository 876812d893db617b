public import Statechart

/// One difference between two versions of a chart, as a person who knows the process would tell it.
public struct ChartChange: Hashable, Sendable {
    /// Stable names, in the order a report tells them.
    public enum Kind: String, Sendable, CaseIterable {
        case chartRenamed, labelChanged, initialChanged
        case stateRemoved, stateRenamed, stateMoved, stateKindChanged, settledChanged, historyChanged, stateAdded
        case contentChanged, jobsChanged, sourceChanged
        case transitionRemoved, transitionRerouted, eventChanged, deadlineChanged, guardChanged, rolesChanged
        case handsChanged, actionsChanged, orderChanged, transitionAdded
        case taskRemoved, taskChanged, taskAdded
        case timerRemoved, timerChanged, timerAdded
        case variableRemoved, variableChanged, variableAdded
    }

    public var kind: Kind
    public var sentence: Sentence
    /// Path of the state it concerns in the old chart and in the new one; nil where there is none.
    public var before: String?
    public var after: String?
    /// What a running case would meet if it were moved to the new version as it stands; nil for what harms none.
    public var danger: ChartFinding.Code?
    /// Where the new chart has it, or what is left around it: JSON pointer into its canonical JSON.
    public var pointer: String
}

/// Two versions of a chart, the old one and the new.
public struct ChartComparison: Sendable {
    /// In the order of `ChartChange.Kind`, those of a kind in the order of the chart.
    public let changes: [ChartChange]

    public init(from old: Definition, to new: Definition) {
        var comparer = ChartComparer(old, new)
        changes = comparer.run()
    }

    /// No running case is in danger.
    public var isHarmless: Bool { changes.allSatisfy { $0.danger == nil } }

    /// What endangers running cases, as `casework chart check --against` says it.
    public var findings: [ChartFinding] {
        changes.compactMap { change in
            change.danger.map { ChartFinding($0, change.sentence, pointer: change.pointer) }
        }
    }
}
