import Statechart

/// Which state of the old chart is which of the new one: by id where it stayed, else by its label, its tasks, and the
/// transitions that lead out of it and to it.
struct StateMatching {
    private let old: Definition
    private let new: Definition
    /// By old state.
    private(set) var after: [Int?]
    /// By new state.
    private(set) var before: [Int?]
    private var features: (old: [Set<String>], new: [Set<String>])
    /// Share of common features from which two states count as the same.
    private static let likeness = 0.5
    /// Pairs of brothers compared by their features, at most.
    private static let maximumPairs = 4_096

    init(_ old: Definition, _ new: Definition) {
        self.old = old
        self.new = new
        after = Array(repeating: nil, count: old.states.count)
        before = Array(repeating: nil, count: new.states.count)
        features = (StateMatching.features(of: old), StateMatching.features(of: new))
        matchIDs(nil, nil)
        // What is found in one round shows more in the next; renamed states inside renamed states are rare.
        for _ in 0..<8 {
            let known = after.count { $0 != nil }
            matchLabelledBrothers()
            matchAcross { "\($0.id) \(StateMatching.name(of: $0) ?? "")" }
            matchAcross { StateMatching.name(of: $0) }
            matchLikeBrothers()
            if after.count(where: { $0 != nil }) == known { break }
        }
    }

    private static func name(of state: State) -> String? { state.label["zh"] ?? state.label["en"] }

    // MARK: Ways to match

    private mutating func match(_ a: Int, _ b: Int) {
        guard after[a] == nil, before[b] == nil else { return }
        after[a] = b
        before[b] = a
        matchIDs(a, b)
    }

    /// States inside two matched ones, all the way down.
    private mutating func matchIDs(_ a: Int?, _ b: Int?) {
        var inNew: [String: Int] = [:]
        for state in StateMatching.children(of: b, in: new) { inNew[new.states[state].id] = state }
        for state in StateMatching.children(of: a, in: old) {
            guard let other = inNew[old.states[state].id], isAlike(state, other) else { continue }
            match(state, other)
        }
    }

    static func children(of state: Int?, in definition: Definition) -> [Int] {
        if let state { return definition.states[state].children }
        return definition.states.lazy.filter { $0.parent == nil }.map(\.index)
    }

    private func isAlike(_ a: Int, _ b: Int) -> Bool { old.states[a].kind.isHistory == new.states[b].kind.isHistory }

    /// Parents known to be the same, with the states inside not matched yet.
    private func strangers() -> [(old: [Int], new: [Int])] {
        let pairs: [(Int?, Int?)] = [(nil, nil)] + after.enumerated().compactMap { a, b in b.map { (a, $0) } }
        return pairs.compactMap { a, b in
            let olds = StateMatching.children(of: a, in: old).filter { after[$0] == nil }
            let news = StateMatching.children(of: b, in: new).filter { before[$0] == nil }
            return olds.isEmpty || news.isEmpty ? nil : (olds, news)
        }
    }

    /// States of the same parent that have the same label.
    private mutating func matchLabelledBrothers() {
        for (olds, news) in strangers() {
            matchUnique(olds, news) { StateMatching.name(of: $0) }
        }
    }

    /// States anywhere that agree in something only one on each side has.
    private mutating func matchAcross(_ key: (State) -> String?) {
        matchUnique(
            old.states.indices.filter { after[$0] == nil }, new.states.indices.filter { before[$0] == nil }, key)
    }

    private mutating func matchUnique(_ olds: [Int], _ news: [Int], _ key: (State) -> String?) {
        func table(_ states: [Int], _ definition: Definition) -> [String: [Int]] {
            Dictionary(grouping: states.filter { key(definition.states[$0]) != nil }) {
                key(definition.states[$0]) ?? ""
            }
        }
        let inNew = table(news, new)
        let inOld = table(olds, old)
        for state in olds {
            guard let name = key(old.states[state]), inOld[name]?.count == 1, let others = inNew[name],
                others.count == 1, isAlike(state, others[0]), isPlausible(state, others[0])
            else { continue }
            match(state, others[0])
        }
    }

    /// An end does not become a state on the way.
    private func isPlausible(_ a: Int, _ b: Int) -> Bool {
        (old.states[a].kind == .final) == (new.states[b].kind == .final)
    }

    /// States of the same parent that have most of their features in common, the most alike first.
    private mutating func matchLikeBrothers() {
        for (olds, news) in strangers() where olds.count * news.count <= StateMatching.maximumPairs {
            var scores: [(score: Double, old: Int, new: Int)] = []
            for a in olds {
                for b in news where isAlike(a, b) {
                    let score = likeness(of: a, b)
                    if score >= StateMatching.likeness { scores.append((score, a, b)) }
                }
            }
            for best in scores.sorted(by: { ($1.score, $0.old, $0.new) < ($0.score, $1.old, $1.new) }) {
                match(best.old, best.new)
            }
        }
    }

    private func likeness(of a: Int, _ b: Int) -> Double {
        let (one, other) = (features.old[a], features.new[b])
        let common = one.intersection(other).count
        let all = one.union(other).count
        guard common > 1 || (common == 1 && all == 1) else { return 0 }
        return Double(common) / Double(all)
    }

    // MARK: Features

    private static func features(of definition: Definition) -> [Set<String>] {
        var result = definition.states.map { state in
            var features = Set(state.tasks.map { "task \(definition.tasks[$0].id) \(definition.tasks[$0].role)" })
            features.formUnion(state.children.map { "holds \(definition.states[$0].id)" })
            if let source = state.source { features.insert("source \(source)") }
            return features
        }
        for transition in definition.transitions {
            let trigger = definition.triggerText(transition)
            result[transition.source].insert("takes \(trigger)")
            for target in transition.targets {
                result[transition.source].insert("leads to \(definition.states[target].id)")
                result[target].insert("follows \(definition.states[transition.source].id) on \(trigger)")
            }
        }
        return result
    }
}

extension Definition {
    /// What starts a transition, in one word.
    func triggerText(_ transition: Transition) -> String {
        switch transition.event {
        case .named(let name): name
        case .done: "done"
        case .eventless: "–"
        case .timer(let timer): timers[timer].isNamed ? "timer \(timers[timer].id)" : "after \(timers[timer].duration)"
        }
    }
}
