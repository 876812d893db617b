/// Turns a chart's JSON into a definition's parts and notes every problem on the way.
///
/// First the outline of states, so that every path is known; then names; then what refers to them.
struct DefinitionReader {
    /// A JSON object with the place where it stands.
    struct Fields {
        var members: [String: JSON] = [:]
        var pointer = ""
    }

    struct Outline {
        var id: String
        var path: String
        var kind: State.Kind
        var parent: Int
        var depth: Int
        var last: Int
        var children: [Int] = []
        var fields: Fields
    }

    struct Parts {
        var name = ""
        var label: [String: String] = [:]
        var source: String?
        var roleLabels: [String: [String: String]] = [:]
        var guardLabels: [String: [String: String]] = [:]
        var guards: [String] = []
        var actions: [String] = []
        var events: [String] = []
        var states: [State] = []
        var transitions: [Transition] = []
        var timers: [TimerSpec] = []
        var tasks: [TaskSpec] = []
        var jobs: [JobSpec] = []
        var tables = Tables()
    }

    private let root: JSON
    /// The file is an author's own; what exists only in SCXML import is refused.
    let isAuthored: Bool
    var problems: [ChartError] = []
    var parts = Parts()
    var outline: [Outline] = []
    var stateOfPath: [String: Int] = [:]
    var names = ChartNames()
    var eventNames: Set<ExactText> = []

    init(_ root: JSON, isAuthored: Bool = false) {
        self.root = root
        self.isAuthored = isAuthored
    }

    /// - Returns: nil when there are problems.
    mutating func read() -> Parts? {
        guard let chart = fields(root, "", allowed: Keys.chart, imported: Keys.importedChart) else {
            return nil
        }
        readHead(chart)
        readOutline(chart)
        guard !problems.contains(where: { $0.code == .limit }) else { return nil }
        readVariables(chart)
        readNamedTimers(chart)
        parts.tables.start = entrance(chart, of: -1)
        for index in outline.indices { readState(index) }
        guard problems.isEmpty else { return nil }
        finish()
        return parts
    }

    mutating func report(_ code: ChartError.Code, _ message: String, at pointer: String) {
        // Enough to mend a file by; a broken large one must not fill the memory.
        guard problems.count < 100 else { return }
        problems.append(ChartError(code, message, pointer: pointer))
    }

    private mutating func readHead(_ chart: Fields) {
        parts.name = requiredText(chart, "chart")
        if !parts.name.isEmpty, !parts.name.utf8.allSatisfy(DefinitionReader.isPlain) {
            report(.invalid, "the chart's name has characters other than letters, digits, '-' and '.'", at: "/chart")
        }
        if chart.members["format"] != .integer(1) { report(.invalid, "expected format: 1", at: "/format") }
        switch chart.members["dialect"] {
        case nil: break
        case .string("scxml"): parts.tables.isScxml = true
        default: report(.invalid, "expected the dialect scxml, or none", at: "/dialect")
        }
        switch chart.members["binding"] {
        case nil: break
        case .string("late"): parts.tables.isLateBinding = true
        default: report(.invalid, "expected the binding late, or none", at: "/binding")
        }
        parts.label = labels(chart)
        parts.source = text(chart, "source")
        parts.roleLabels = labelsByName(chart, "roles")
        parts.guardLabels = labelsByName(chart, "guards")
        names.isScxml = parts.tables.isScxml
        names.isAuthored = isAuthored
        names.chart = parts.name
    }

    static func isPlain(_ byte: UInt8) -> Bool {
        ExpressionLexer.isNameStart(byte) || ExpressionLexer.isDigit(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".")
    }
}

/// The keys each kind of object may have.
enum Keys {
    static let chart: Set<String> = [
        "chart", "format", "dialect", "binding", "label", "source", "initial", "initialDo", "variables", "timers",
        "states", "regions", "roles", "guards",
    ]
    /// What a chart says of a role or a guard.
    static let named: Set<String> = ["label"]
    static let state: Set<String> = [
        "id", "label", "source", "initial", "initialDo", "states", "regions", "final", "history", "to", "do",
        "settled", "tasks", "jobs", "transitions", "entry", "exit", "variables", "data", "content",
    ]
    static let transition: Set<String> = [
        "event", "after", "firstDay", "timer", "by", "distinctFrom", "if", "do", "to", "internal", "source", "label",
    ]
    static let task: Set<String> = ["id", "role", "due", "label", "source"]
    static let job: Set<String> = ["id", "worker", "attempts", "wait", "longest", "timeout", "label", "source"]
    static let timer: Set<String> = ["id", "duration", "firstDay", "label", "source"]
    static let variable: Set<String> = ["id", "value", "source"]

    // What exists only in charts imported from SCXML, with what an author writes instead.

    static let importedChart = [
        "dialect": "leave it out",
        "binding": "leave it out, variables have their first value from the start",
    ]
    static let importedState = ["variables": "declare them at the top of the chart"]
    static let importedStep = [
        "sendOf": "write send and the event's name", "cancelOf": "write cancel and the id", "idTo": "write id",
        "target": "leave it out, events go to the case itself",
        "targetOf": "leave it out, events go to the case itself",
        "type": "leave it out, events go to the case itself",
        "typeOf": "leave it out, events go to the case itself",
    ]
}

// MARK: - Fields

extension DefinitionReader {
    /// - Parameter imported: of the allowed keys those that an author may not use, each with what to do instead.
    mutating func fields(
        _ json: JSON, _ pointer: String, allowed: Set<String>, imported: [String: String] = [:]
    ) -> Fields? {
        guard case .object(let members) = json else {
            report(.invalid, "expected a map, found \(json.kindName)", at: pointer)
            return nil
        }
        var result = Fields(pointer: pointer)
        for member in members {
            if isAuthored, let advice = imported[member.key] {
                report(
                    .unknownKey, "\(member.key) exists only in charts imported from SCXML: \(advice)",
                    at: "\(pointer)/\(member.key)")
                continue
            }
            if member.isWorthKeeping { result.members[member.key] = member.value }
            if !allowed.contains(member.key) {
                let known = allowed.filter { !isAuthored || imported[$0] == nil }.sorted().joined(separator: ", ")
                report(.unknownKey, "unknown key \(member.key); known here: \(known)", at: "\(pointer)/\(member.key)")
            }
        }
        return result
    }

    mutating func text(_ fields: Fields, _ key: String) -> String? {
        guard let value = fields.members[key] else { return nil }
        guard case .string(let text) = value else {
            report(.invalid, "\(key): expected a text, found \(value.kindName)", at: "\(fields.pointer)/\(key)")
            return nil
        }
        return text
    }

    /// A text that must be there; an empty one after a problem was noted.
    mutating func requiredText(_ fields: Fields, _ key: String) -> String {
        guard fields.members[key] != nil else {
            report(.missing, "\(key) is missing", at: fields.pointer)
            return ""
        }
        guard let text = text(fields, key) else { return "" }
        if text.isEmpty || text.utf8.count > ChartLimits.nameBytes {
            report(.invalid, "\(key): expected 1 to \(ChartLimits.nameBytes) bytes", at: "\(fields.pointer)/\(key)")
            return ""
        }
        return text
    }

    mutating func elements(_ fields: Fields, _ key: String) -> [JSON] {
        guard let value = fields.members[key] else { return [] }
        guard case .array(let elements) = value else {
            report(.invalid, "\(key): expected a list, found \(value.kindName)", at: "\(fields.pointer)/\(key)")
            return []
        }
        return elements
    }

    mutating func texts(_ fields: Fields, _ key: String) -> [String] {
        var result: [String] = []
        for (offset, element) in elements(fields, key).enumerated() {
            if case .string(let text) = element, !text.isEmpty, text.utf8.count <= ChartLimits.nameBytes {
                result.append(text)
            } else {
                report(
                    .invalid, "\(key): expected a text of 1 to \(ChartLimits.nameBytes) bytes",
                    at: "\(fields.pointer)/\(key)/\(offset)")
            }
        }
        return result
    }

    mutating func flag(_ fields: Fields, _ key: String) -> Bool {
        switch fields.members[key] {
        case nil: return false
        case .boolean(let value): return value
        case .some(let value):
            report(.invalid, "\(key): expected true or false, found \(value.kindName)", at: "\(fields.pointer)/\(key)")
            return false
        }
    }

    mutating func labels(_ fields: Fields) -> [String: String] {
        guard let value = fields.members["label"] else { return [:] }
        let pointer = "\(fields.pointer)/label"
        guard case .object(let members) = value else {
            report(.invalid, "label: expected a map from language to text", at: pointer)
            return [:]
        }
        var result: [String: String] = [:]
        for member in members {
            guard case .string(let text) = member.value else {
                report(.invalid, "label: expected a text", at: "\(pointer)/\(member.key)")
                continue
            }
            result[member.key] = text
        }
        return result
    }

    /// Labels of what the chart names elsewhere, by its name.
    mutating func labelsByName(_ chart: Fields, _ key: String) -> [String: [String: String]] {
        guard let value = chart.members[key] else { return [:] }
        guard case .object(let members) = value else {
            report(.invalid, "\(key): expected a map from name to label", at: "/\(key)")
            return [:]
        }
        var result: [String: [String: String]] = [:]
        for member in members {
            guard let fields = fields(member.value, "/\(key)/\(member.key)", allowed: Keys.named) else { continue }
            result[member.key] = labels(fields)
        }
        return result
    }

    mutating func duration(_ fields: Fields, _ key: String) -> ChartDuration? {
        guard let text = text(fields, key) else { return nil }
        if let duration = ChartDuration(parsing: text) { return duration }
        report(
            .invalid, "\(key): expected a duration such as 30s, 72h, 90d, 5wd or 6mo, found \(text)",
            at: "\(fields.pointer)/\(key)")
        return nil
    }

    mutating func firstDayCounted(_ fields: Fields) -> Bool {
        switch fields.members["firstDay"] {
        case nil: return false
        case .string("counted"): return true
        default:
            report(.invalid, "firstDay: expected counted, or no such key", at: "\(fields.pointer)/firstDay")
            return false
        }
    }
}

// MARK: - Outline

extension DefinitionReader {
    private mutating func readOutline(_ chart: Fields) {
        let states = elements(chart, "states")
        if chart.members["regions"] != nil {
            report(.invalid, "a chart has states; a parallel state goes inside", at: "/regions")
        }
        if states.isEmpty { report(.missing, "a chart needs at least one state", at: "/states") }
        for (offset, state) in states.enumerated() {
            addOutline(state, at: "/states/\(offset)", parent: -1)
        }
    }

    private mutating func addOutline(_ json: JSON, at pointer: String, parent: Int) {
        let depth = parent < 0 ? 0 : outline[parent].depth + 1
        guard outline.count < ChartLimits.states, depth < ChartLimits.stateDepth else {
            if problems.last?.code != .limit {
                report(
                    .limit,
                    "more than \(ChartLimits.states) states, or nested more than \(ChartLimits.stateDepth) deep",
                    at: pointer)
            }
            return
        }
        guard let fields = fields(json, pointer, allowed: Keys.state, imported: Keys.importedState) else {
            return
        }
        let id = requiredText(fields, "id")
        checkID(id, at: "\(pointer)/id")
        let path = parent < 0 || parts.tables.isScxml ? id : "\(outline[parent].path)/\(id)"
        let index = outline.count
        let kind = kind(fields)
        outline.append(
            Outline(id: id, path: path, kind: kind, parent: parent, depth: depth, last: index, fields: fields))
        if stateOfPath.updateValue(index, forKey: path) != nil {
            report(.duplicate, "the state \(path) stands twice", at: "\(pointer)/id")
        }
        if parent >= 0 { outline[parent].children.append(index) }
        let key = kind == .parallel ? "regions" : "states"
        for (offset, child) in elements(fields, key).enumerated() {
            addOutline(child, at: "\(pointer)/\(key)/\(offset)", parent: index)
        }
        outline[index].last = outline.count - 1
        checkShape(index)
    }

    private mutating func checkID(_ id: String, at pointer: String) {
        let isFit =
            parts.tables.isScxml
            ? id.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "/" }
            : ExpressionLexer.isName(id)
        if !id.isEmpty, !isFit {
            report(.invalid, "id \(id): expected letters, digits and '_', first a letter", at: pointer)
        }
    }

    private mutating func kind(_ fields: Fields) -> State.Kind {
        let isFinal = flag(fields, "final")
        let history = text(fields, "history")
        let hasStates = fields.members["states"] != nil
        let hasRegions = fields.members["regions"] != nil
        if [isFinal, history != nil, hasStates, hasRegions].count(where: { $0 }) > 1 {
            report(.invalid, "a state is only one of final, history, with states, with regions", at: fields.pointer)
        }
        if isFinal { return .final }
        switch history {
        case nil: return hasStates ? .compound : hasRegions ? .parallel : .atomic
        case "shallow": return .shallowHistory
        case "deep": return .deepHistory
        default:
            report(.invalid, "history: expected shallow or deep", at: "\(fields.pointer)/history")
            return .shallowHistory
        }
    }

    private mutating func checkShape(_ index: Int) {
        let state = outline[index]
        let keys = state.fields.members
        func refuse(_ unfit: [String], _ what: String) -> [(String, String)] {
            unfit.filter { keys[$0] != nil }.map { ($0, what) }
        }
        var wrong: [(String, String)] = []
        switch state.kind {
        case .final:
            wrong = refuse(["transitions", "tasks", "jobs", "initial", "initialDo", "to", "do"], "a final state")
            if state.parent >= 0, outline[state.parent].kind == .parallel {
                report(.invalid, "a region cannot be final", at: state.fields.pointer)
            }
        case .shallowHistory, .deepHistory:
            let unfit = [
                "transitions", "tasks", "jobs", "initial", "initialDo", "entry", "exit", "settled", "variables", "data",
                "content",
            ]
            wrong = refuse(unfit, "a history")
            if state.parent < 0 { report(.invalid, "a history lies inside a state", at: state.fields.pointer) }
        case .atomic, .parallel:
            wrong = refuse(
                ["initial", "initialDo", "to", "do", "data", "content"], "a state without states of its own")
        case .compound:
            wrong = refuse(["to", "do", "data", "content"], "a state with states inside")
        }
        for (key, what) in wrong {
            report(.invalid, "\(key) has no place in \(what)", at: "\(state.fields.pointer)/\(key)")
        }
        let inner = state.children.filter { !outline[$0].kind.isHistory }
        // Where reading stopped at a limit there may have been more.
        if state.kind == .compound || state.kind == .parallel, inner.isEmpty, problems.last?.code != .limit {
            report(.missing, "the state needs at least one state inside", at: state.fields.pointer)
        }
    }
}
