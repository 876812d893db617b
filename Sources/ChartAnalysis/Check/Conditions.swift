import Statechart

/// Whether conditions can hold, alone or together.
///
/// A condition becomes a formula over atoms: guards of the plugin, states that may be active, comparisons of one thing
/// with a constant. All assignments are tried, those that contradict themselves left out. Nil is the answer where that
/// would be too many.
struct Conditions {
    indirect enum Formula {
        case always(Bool)
        case atom(Atom)
        case not(Formula)
        case all([Formula])
        case any([Formula])
    }

    enum Atom: Hashable {
        /// Anything that is only true or false, as its text.
        case opaque(String)
        case active(Int)
        /// The thing is an integer below the bound.
        case below(String, Int64)
        case equals(String, ChartValue)
    }

    /// Atoms of formulas asked about together, at most; each doubles the work.
    private static let maximumAtoms = 8
    private let definition: Definition
    private var formulas: [Formula?]
    /// Assignments still to be tried for this chart, so that no chart takes long.
    private var budget = 2_000_000

    init(_ definition: Definition) {
        self.definition = definition
        formulas = Array(repeating: nil, count: definition.transitions.count)
    }

    /// A transition's condition; always true where it has none.
    mutating func condition(of transition: Int) -> Formula {
        if let known = formulas[transition] { return known }
        let node = definition.tables.transitions[transition].condition
        let made = node < 0 ? .always(true) : formula(node)
        formulas[transition] = made
        return made
    }

    /// False for certain, true, or nil for what is too much to try.
    ///
    /// - Parameter source: a state that is active while the formulas are asked, or nil.
    mutating func canHold(_ formulas: [Formula], in source: Int? = nil) -> Bool? {
        let formula = Formula.all(formulas)
        if case .always(let value) = Conditions.simplified(formula) { return value }
        var atoms: [Atom] = []
        Conditions.collect(formula, into: &atoms)
        guard atoms.count <= Conditions.maximumAtoms, budget > 0 else { return nil }
        for assignment in 0..<(1 << atoms.count) {
            budget -= 1
            var values: [Atom: Bool] = [:]
            for (position, atom) in atoms.enumerated() { values[atom] = assignment & (1 << position) != 0 }
            if Conditions.value(of: formula, values), isPossible(values, in: source) { return true }
        }
        return false
    }

    /// True when one of the transitions is taken whatever the answers are.
    mutating func isExhaustive(_ transitions: [Int], in source: Int) -> Bool {
        canHold(transitions.map { .not(condition(of: $0)) }, in: source) == false
    }

    // MARK: Evaluation

    private static func value(of formula: Formula, _ values: [Atom: Bool]) -> Bool {
        switch formula {
        case .always(let value): value
        case .atom(let atom): values[atom] ?? false
        case .not(let inner): !value(of: inner, values)
        case .all(let parts): parts.allSatisfy { value(of: $0, values) }
        case .any(let parts): parts.contains { value(of: $0, values) }
        }
    }

    private static func simplified(_ formula: Formula) -> Formula {
        switch formula {
        case .always, .atom: return formula
        case .not(let inner):
            if case .always(let value) = simplified(inner) { return .always(!value) }
            return formula
        case .all(let parts):
            let simple = parts.map(simplified)
            if simple.contains(where: { if case .always(false) = $0 { true } else { false } }) { return .always(false) }
            return simple.allSatisfy { if case .always = $0 { true } else { false } } ? .always(true) : formula
        case .any(let parts):
            if case .always(let value) = simplified(.all(parts.map { .not($0) })) { return .always(!value) }
            return formula
        }
    }

    private static func collect(_ formula: Formula, into atoms: inout [Atom]) {
        guard atoms.count <= maximumAtoms else { return }
        switch formula {
        case .always: break
        case .atom(let atom): if !atoms.contains(atom) { atoms.append(atom) }
        case .not(let inner): collect(inner, into: &atoms)
        case .all(let parts), .any(let parts): for part in parts { collect(part, into: &atoms) }
        }
    }

    // MARK: Contradictions

    private func isPossible(_ values: [Atom: Bool], in source: Int?) -> Bool {
        var active = source.map { [$0] } ?? []
        var inactive: [Int] = []
        for case (.active(let state), let value) in values {
            if value { active.append(state) } else { inactive.append(state) }
        }
        for (position, state) in active.enumerated() {
            if inactive.contains(where: { $0 == state || definition.isInside(state, $0) }) { return false }
            if active[..<position].contains(where: { !definition.canCoexist($0, state) }) { return false }
        }
        return Conditions.areNumbersPossible(values)
    }

    private static func areNumbersPossible(_ values: [Atom: Bool]) -> Bool {
        var lowest: [String: Int64] = [:]
        var bound: [String: Int64] = [:]
        var exact: [String: ChartValue] = [:]
        for (atom, value) in values {
            switch atom {
            case .below(let thing, let limit):
                if value { bound[thing] = min(bound[thing] ?? limit, limit) }
                if !value { lowest[thing] = max(lowest[thing] ?? limit, limit) }
            case .equals(let thing, let constant) where value:
                if let other = exact.updateValue(constant, forKey: thing), other != constant { return false }
            default: break
            }
        }
        for (thing, limit) in bound {
            if let low = lowest[thing], low >= limit { return false }
            if case .integer(let number) = exact[thing], number >= limit { return false }
        }
        for (thing, low) in lowest {
            if case .integer(let number) = exact[thing], number < low { return false }
        }
        return true
    }
}

// MARK: - From expressions

extension Conditions {
    /// The formula of an expression's node.
    func formula(_ index: Int32) -> Formula {
        guard index >= 0 else { return .always(false) }
        let node = definition.tables.program.nodes[Int(index)]
        switch node.operation {
        case .constant: return .always(definition.tables.program.constants[Int(node.a)] == .boolean(true))
        case .failing: return .always(false)
        case .and: return .all([formula(node.a), formula(node.b)])
        case .or: return .any([formula(node.a), formula(node.b)])
        case .not: return .not(formula(node.a))
        case .isIn: return node.a < 0 ? .always(false) : .atom(.active(Int(node.a)))
        case .equal: return equality(node)
        case .notEqual: return .not(equality(node))
        case .less, .lessEqual, .greater, .greaterEqual: return order(node, index)
        default: return .atom(.opaque(text(index)))
        }
    }

    private func equality(_ node: Program.Node) -> Formula {
        if let constant = constant(node.b) { return .atom(.equals(text(node.a), constant)) }
        if let constant = constant(node.a) { return .atom(.equals(text(node.b), constant)) }
        return .atom(.opaque("\(text(node.a))==\(text(node.b))"))
    }

    /// Every comparison with an integer is a `below`, or not.
    private func order(_ node: Program.Node, _ index: Int32) -> Formula {
        var operation = node.operation
        var thing = node.a
        var number = constant(node.b)
        if number == nil {
            number = constant(node.a)
            thing = node.b
            let mirrored: [Program.Node.Operation: Program.Node.Operation] = [
                .less: .greater, .lessEqual: .greaterEqual, .greater: .less, .greaterEqual: .lessEqual,
            ]
            operation = mirrored[operation] ?? operation
        }
        guard case .integer(let limit) = number, limit < Int64.max else { return .atom(.opaque(text(index))) }
        switch operation {
        case .less: return .atom(.below(text(thing), limit))
        case .lessEqual: return .atom(.below(text(thing), limit + 1))
        case .greater: return .not(.atom(.below(text(thing), limit + 1)))
        default: return .not(.atom(.below(text(thing), limit)))
        }
    }

    private func constant(_ index: Int32) -> ChartValue? {
        let node = definition.tables.program.nodes[Int(index)]
        if node.operation == .constant { return definition.tables.program.constants[Int(node.a)] }
        guard node.operation == .negate, case .integer(let value) = constant(node.a) else { return nil }
        return .integer(-value)
    }

    /// One text for one meaning; two things of the same text have the same value in one step.
    private func text(_ index: Int32) -> String {
        guard index >= 0 else { return "" }
        let program = definition.tables.program
        let node = program.nodes[Int(index)]
        switch node.operation {
        case .constant: return "#\(program.constants[Int(node.a)])"
        case .variable, .ask, .event, .isIn, .failing: return "\(node.operation)\(node.a)"
        case .member: return "\(text(node.a)).\(program.names[Int(node.b)])"
        case .list:
            let elements = (node.a..<node.a + node.b).map { text(program.operands[Int($0)]) }
            return "[\(elements.joined(separator: ","))]"
        default: return "\(node.operation)(\(text(node.a)),\(text(node.b)))"
        }
    }
}

// MARK: - Where states lie

extension Definition {
    /// True for a state somewhere inside the other, not for itself.
    func isInside(_ state: Int, _ ancestor: Int) -> Bool {
        state > ancestor && state <= Int(tables.states[ancestor].last)
    }

    /// True when both states can be active at once.
    func canCoexist(_ a: Int, _ b: Int) -> Bool {
        if a == b || isInside(a, b) || isInside(b, a) { return true }
        var common = states[a].parent
        while let state = common, !isInside(b, state) { common = states[state].parent }
        return common.map { states[$0].kind == .parallel } ?? false
    }

    /// The state and all above it, innermost first.
    func upwards(from state: Int) -> some Sequence<Int> {
        sequence(first: state) { self.states[$0].parent }
    }
}
