import Statechart
import Yams

/// A chart's YAML made into the shape of canonical JSON, with the place of everything in it.
///
/// Only the shape is changed here: maps of states become lists with ids, a single value becomes a list where a list is
/// wanted, numbers become expressions. What the values mean is `Definition`'s to judge.
struct YAMLChart: Sendable {
    /// Where something stands.
    struct Place: Sendable {
        var file: String
        var line: Int
        var column: Int
    }

    var json = JSON.null
    var problems: [ChartProblem] = []
    /// Named where a problem has no place.
    var file: String
    /// By JSON pointer.
    var places: [String: Place] = [:]
    /// Nodes still to be read.
    private var budget = 500_000

    /// Levels of maps and lists that are read.
    static let maximumDepth = 200

    static func read(_ text: String, file: String) throws(ChartFileError) -> YAMLChart {
        // Parser, nodes and what is made of them are as deep as the text; what comes back is not.
        let result = LargeStack.run { Result { () throws(ChartFileError) in try parse(text, file: file) } }
        return try result.get()
    }

    private static func parse(_ text: String, file: String) throws(ChartFileError) -> YAMLChart {
        var chart = YAMLChart(file: file)
        let root: Node?
        do {
            if let refusal = try YAMLGate.refusal(of: text) {
                let problem = ChartProblem(
                    file: file, line: refusal.line, column: refusal.column, code: ChartError.Code.limit.rawValue,
                    message: refusal.message)
                throw ChartFileError(problems: [problem])
            }
            root = try Yams.compose(yaml: text)
        } catch let error as ChartFileError {
            throw error
        } catch {
            throw ChartFileError(problems: [chart.problem(error)])
        }
        guard let root else {
            throw ChartFileError(problems: [chart.problem("the file is empty", nil)])
        }
        if let tooDeep = tooDeep(root, levels: maximumDepth) {
            let message = "nested more than \(maximumDepth) deep"
            throw ChartFileError(problems: [chart.problem(.limit, message, tooDeep.mark)])
        }
        chart.json = chart.chart(root)
        return chart
    }

    /// The first node that lies too deep.
    private static func tooDeep(_ node: Node, levels: Int) -> Node? {
        switch node {
        case .scalar, .alias: return nil
        case .sequence(let sequence):
            guard levels > 0 else { return node }
            for element in sequence {
                if let found = tooDeep(element, levels: levels - 1) { return found }
            }
            return nil
        case .mapping(let mapping):
            guard levels > 0 else { return node }
            for pair in mapping {
                if let found = tooDeep(pair.key, levels: levels - 1) ?? tooDeep(pair.value, levels: levels - 1) {
                    return found
                }
            }
            return nil
        }
    }

    init(file: String) { self.file = file }

    private mutating func put(_ node: Node, _ pointer: String) {
        places[pointer] = node.mark.map { Place(file: file, line: $0.line, column: $0.column) }
    }

    /// Where the JSON pointer of a problem stands in the file: itself, or the nearest thing around it.
    func locate(_ error: ChartError) -> ChartProblem {
        var pointer = error.pointer[...]
        while places[String(pointer)] == nil, let slash = pointer.lastIndex(of: "/") { pointer = pointer[..<slash] }
        let place = places[String(pointer)]
        return ChartProblem(
            file: place?.file ?? file, line: place?.line ?? 0, column: place?.column ?? 0, code: error.code.rawValue,
            message: error.message, pointer: error.pointer)
    }

    private func problem(_ message: String, _ mark: Mark?) -> ChartProblem { problem(.syntax, message, mark) }

    private func problem(_ code: ChartError.Code, _ message: String, _ mark: Mark?) -> ChartProblem {
        ChartProblem(
            file: file, line: mark?.line ?? 0, column: mark?.column ?? 0, code: code.rawValue, message: message)
    }

    private func problem(_ error: any Error) -> ChartProblem {
        switch error as? YamlError {
        case .scanner(_, let message, let mark, _), .parser(_, let message, let mark, _),
            .composer(_, let message, let mark, _):
            // libyaml's own bound lies beyond the reader's, and its words speak to a programmer.
            message.contains("nesting level")
                ? problem(.limit, "nested more than \(YAMLChart.maximumDepth) deep", mark)
                : problem("YAML: \(message)", mark)
        case .duplicatedKeysInMapping(let keys, let context):
            problem("YAML: the key \(keys.joined(separator: ", ")) stands twice", context.mark)
        case .reader(let message, _, _, _): problem("YAML: \(message)", nil)
        default: problem("YAML: the text cannot be read", nil)
        }
    }

    private mutating func note(_ code: ChartError.Code, _ message: String, at mark: Mark?) {
        guard problems.count < 100 else { return }
        problems.append(
            ChartProblem(
                file: file, line: mark?.line ?? 0, column: mark?.column ?? 0, code: code.rawValue, message: message))
    }
}

// MARK: - Values

extension YAMLChart {
    private typealias Members = [(key: String, node: Node)]

    /// The members of a map, or nil after noting that it is none.
    private mutating func members(_ node: Node, _ pointer: String) -> Members? {
        put(node, pointer)
        guard case .mapping(let mapping) = node else {
            note(.invalid, "expected a map, found \(YAMLChart.kindName(node))", at: node.mark)
            return nil
        }
        var result: Members = []
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                note(.invalid, "expected a text as key", at: key.mark)
                continue
            }
            result.append((name, value))
            // Replaced by the value's own place where the value is read; for unknown keys this is the better one.
            put(key, "\(pointer)/\(name)")
        }
        return result
    }

    private static func kindName(_ node: Node) -> String {
        switch node {
        case .scalar: "a single value"
        case .mapping: "a map"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    /// Any value as it stands; every scalar is a text, except a plain true or false.
    private mutating func plain(_ node: Node, _ pointer: String) -> JSON {
        budget -= 1
        guard budget > 0 else {
            if budget == 0 { note(.limit, "the chart has too many parts", at: node.mark) }
            return .null
        }
        switch node {
        case .scalar(let scalar):
            if places[pointer] == nil { put(node, pointer) }
            return YAMLChart.scalar(scalar)
        case .sequence(let sequence):
            if places[pointer] == nil { put(node, pointer) }
            return .array(sequence.enumerated().map { plain($0.element, "\(pointer)/\($0.offset)") })
        case .mapping:
            guard let members = members(node, pointer) else { return .null }
            return .object(members.map { .init($0.key, plain($0.node, "\(pointer)/\($0.key)")) })
        case .alias: return .null
        }
    }

    private static func scalar(_ scalar: Node.Scalar) -> JSON {
        guard scalar.style == .plain else { return .string(scalar.string) }
        switch scalar.string {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "", "~", "null": return .null
        default: return .string(scalar.string)
        }
    }

    /// A text, whatever it looks like: `if: true`, `value: 0`.
    private mutating func text(_ node: Node, _ pointer: String) -> JSON {
        guard case .scalar(let scalar) = node else { return plain(node, pointer) }
        put(node, pointer)
        return .string(scalar.string)
    }

    /// A list of texts, also where the author wrote one text.
    private mutating func texts(_ node: Node, _ pointer: String) -> JSON {
        guard case .sequence(let sequence) = node else { return .array([text(node, "\(pointer)/0")]) }
        put(node, pointer)
        return .array(sequence.enumerated().map { text($0.element, "\(pointer)/\($0.offset)") })
    }

    private mutating func list(
        _ node: Node, _ pointer: String, _ element: (inout YAMLChart, Node, String) -> JSON
    ) -> JSON {
        put(node, pointer)
        guard case .sequence(let sequence) = node else {
            if case .scalar(let scalar) = node, YAMLChart.scalar(scalar) == .null { return .array([]) }
            note(.invalid, "expected a list, found \(YAMLChart.kindName(node))", at: node.mark)
            return .array([])
        }
        return .array(sequence.enumerated().map { element(&self, $0.element, "\(pointer)/\($0.offset)") })
    }

    /// A map from id to something, as a list of things with ids, in the order written.
    private mutating func listWithIDs(
        _ node: Node, _ pointer: String, _ element: (inout YAMLChart, Node, String) -> [JSON.Member]
    ) -> JSON {
        put(node, pointer)
        guard case .mapping(let mapping) = node else {
            note(.invalid, "expected a map from id to description, found \(YAMLChart.kindName(node))", at: node.mark)
            return .array([])
        }
        var result: [JSON] = []
        for (key, value) in mapping {
            let place = "\(pointer)/\(result.count)"
            let inner = element(&self, value, place).filter { $0.key != "id" }
            if places["\(place)/id"] != nil {
                note(.unknownKey, "the id stands before the colon; leave this one out", "\(place)/id")
            }
            put(key, place)
            put(key, "\(place)/id")
            result.append(.object([.init("id", .string(key.scalar?.string ?? ""))] + inner))
        }
        return .array(result)
    }
}

// MARK: - The chart's form

extension YAMLChart {
    private mutating func chart(_ node: Node) -> JSON {
        guard let members = members(node, "") else { return .null }
        var result: [JSON.Member] = [.init("format", .integer(1))]
        for (key, value) in members {
            let pointer = "/\(key)"
            switch key {
            case "format":
                if value.scalar?.string != "1" { note(.invalid, "expected format: 1", at: value.mark) }
            case "chart", "source", "shell": result.append(.init(key, text(value, pointer)))
            case "places": result.append(.init(key, fills(value, pointer)))
            case "label": result.append(.init(key, label(value, pointer)))
            case "roles", "guards": result.append(.init(key, labelsByName(value, pointer)))
            case "initial": result.append(.init(key, texts(value, pointer)))
            case "initialDo": result.append(.init(key, content(value, pointer)))
            case "states": result.append(.init(key, listWithIDs(value, pointer) { $0.state($1, $2) }))
            case "variables": result.append(.init(key, listWithIDs(value, pointer) { $0.variable($1, $2) }))
            case "timers": result.append(.init(key, listWithIDs(value, pointer) { $0.timer($1, $2) }))
            default: result.append(.init(key, plain(value, pointer)))
            }
        }
        return .object(result)
    }

    private mutating func label(_ node: Node, _ pointer: String) -> JSON {
        guard let members = members(node, pointer) else { return .null }
        for language in ["zh", "en"] where !members.contains(where: { $0.key == language }) {
            note(.missing, "label: \(language) is missing", at: node.mark)
        }
        return .object(members.map { .init($0.key, text($0.node, "\(pointer)/\($0.key)")) })
    }

    /// What the chart says of roles or guards: `hrss.checker: { label: { zh: …, en: … } }`.
    private mutating func labelsByName(_ node: Node, _ pointer: String) -> JSON {
        .object(
            (members(node, pointer) ?? []).map { name, value in
                let place = "\(pointer)/\(name)"
                let inner = (members(value, place) ?? []).map { key, value in
                    let inside = "\(place)/\(key)"
                    return JSON.Member(key, key == "label" ? label(value, inside) : plain(value, inside))
                }
                return .init(name, .object(inner))
            })
    }

    private mutating func variable(_ node: Node, _ pointer: String) -> [JSON.Member] {
        guard case .mapping = node else {
            return [.init("value", text(node, "\(pointer)/value"))]
        }
        return (members(node, pointer) ?? []).map { .init($0.key, text($0.node, "\(pointer)/\($0.key)")) }
    }

    private mutating func timer(_ node: Node, _ pointer: String) -> [JSON.Member] {
        guard case .mapping = node else {
            return [.init("duration", text(node, "\(pointer)/duration"))]
        }
        return (members(node, pointer) ?? []).map { key, value in
            .init(key, key == "label" ? label(value, "\(pointer)/label") : text(value, "\(pointer)/\(key)"))
        }
    }

    private mutating func state(_ node: Node, _ pointer: String) -> [JSON.Member] {
        // `confirmed:` alone is a state nothing is said about.
        if case .scalar(let scalar) = node, YAMLChart.scalar(scalar) == .null { return [] }
        budget -= 1
        guard budget > 0, let members = members(node, pointer) else { return [] }
        return members.map { key, value in
            let place = "\(pointer)/\(key)"
            switch key {
            case "label": return .init(key, label(value, place))
            case "source", "history", "place", "content": return .init(key, text(value, place))
            case "initial", "to": return .init(key, texts(value, place))
            case "states", "regions": return .init(key, listWithIDs(value, place) { $0.state($1, $2) })
            case "transitions": return .init(key, list(value, place) { $0.transition($1, $2) })
            case "tasks": return .init(key, list(value, place) { $0.task($1, $2) })
            case "jobs": return .init(key, list(value, place) { $0.job($1, $2) })
            case "entry", "exit", "do", "initialDo": return .init(key, content(value, place))
            case "data": return .init(key, expressions(value, place))
            default: return .init(key, plain(value, place))
            }
        }
    }

    /// What a chart puts into the places of its shell: as inside a state.
    private mutating func fills(_ node: Node, _ pointer: String) -> JSON {
        guard let members = members(node, pointer), case .mapping(let mapping) = node else { return .object([]) }
        let fills = members.map { name, value in
            JSON.Member(name, .object(state(value, "\(pointer)/\(name)")))
        }
        for key in mapping.keys { put(key, "\(pointer)/\(key.scalar?.string ?? "")") }
        return .object(fills)
    }

    private mutating func transition(_ node: Node, _ pointer: String) -> JSON {
        guard let members = members(node, pointer) else { return .object([]) }
        return .object(
            members.map { key, value in
                let place = "\(pointer)/\(key)"
                switch key {
                case "label": return .init(key, label(value, place))
                case "event": return .init(key, event(value, place))
                case "by", "distinctFrom", "to": return .init(key, texts(value, place))
                case "do": return .init(key, content(value, place))
                case "if", "after", "firstDay", "timer", "source": return .init(key, text(value, place))
                default: return .init(key, plain(value, place))
                }
            })
    }

    /// Several events are written as a list, and kept as one text.
    private mutating func event(_ node: Node, _ pointer: String) -> JSON {
        guard case .array(let names) = texts(node, pointer), case .sequence = node else { return text(node, pointer) }
        let parts = names.compactMap { name in if case .string(let text) = name { text } else { nil as String? } }
        return .string(parts.joined(separator: " "))
    }

    private mutating func task(_ node: Node, _ pointer: String) -> JSON {
        guard let members = members(node, pointer) else { return .object([]) }
        return .object(
            members.map { key, value in
                let place = "\(pointer)/\(key)"
                return .init(key, key == "label" ? label(value, place) : text(value, place))
            })
    }

    private mutating func job(_ node: Node, _ pointer: String) -> JSON {
        guard case .object(let members) = task(node, pointer) else { return .object([]) }
        return .object(
            members.map { member in
                guard member.key == "attempts", case .string(let text) = member.value, let number = Int64(text) else {
                    return member
                }
                return .init("attempts", .integer(number))
            })
    }

    private mutating func content(_ node: Node, _ pointer: String) -> JSON {
        guard case .sequence = node else { return .array([step(node, "\(pointer)/0")]) }
        return list(node, pointer) { $0.step($1, $2) }
    }

    private mutating func step(_ node: Node, _ pointer: String) -> JSON {
        guard case .mapping = node else { return text(node, pointer) }
        budget -= 1
        guard budget > 0, let members = members(node, pointer) else { return .object([]) }
        return .object(
            members.map { key, value in
                let place = "\(pointer)/\(key)"
                switch key {
                case "then", "else", "do", "block": return .init(key, content(value, place))
                case "data": return .init(key, expressions(value, place))
                default: return .init(key, text(value, place))
                }
            })
    }

    private mutating func expressions(_ node: Node, _ pointer: String) -> JSON {
        .object((members(node, pointer) ?? []).map { .init($0.key, text($0.node, "\(pointer)/\($0.key)")) })
    }
}
