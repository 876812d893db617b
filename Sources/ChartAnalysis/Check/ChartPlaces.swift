import Statechart

/// Where a chart's parts stand in its canonical JSON.
struct ChartPlaces {
    /// One element of executable content: an action's name or a map.
    struct Step {
        var json: JSON
        var pointer: String
        /// The transition whose content it is, or nil for what runs on entry, exit and at the start.
        var transition: Int?
        /// The state whose content it is, or whose transition's; nil for what the chart itself runs at the start.
        var state: Int?
    }

    let root: JSON
    /// By state.
    private(set) var states: [(json: JSON, pointer: String)] = []
    /// All of them, steps within steps included.
    private(set) var steps: [Step] = []
    private let definition: Definition

    init(_ definition: Definition) {
        self.definition = definition
        do {
            // What was read once is read again; the definition keeps no tree of it.
            root = try JSON(reading: definition.canonicalJSON)
        } catch {
            preconditionFailure("a definition's own canonical JSON cannot be read: \(error)")
        }
        addStates(root, "")
        addSteps(root["initialDo"], "/initialDo", nil, nil)
        for index in states.indices { addSteps(ofState: index) }
    }

    func state(_ index: Int) -> String { states[index].pointer }

    func transition(_ index: Int) -> String {
        let source = definition.transitions[index].source
        return "\(states[source].pointer)/transitions/\(index - definition.states[source].transitions.lowerBound)"
    }

    func transitionJSON(_ index: Int) -> JSON? {
        let source = definition.transitions[index].source
        guard case .array(let all) = states[source].json["transitions"] else { return nil }
        return all[index - definition.states[source].transitions.lowerBound]
    }

    func task(_ index: Int) -> String {
        let state = definition.tasks[index].state
        return "\(states[state].pointer)/tasks/\(index - definition.states[state].tasks.lowerBound)"
    }

    /// Everything that is worked out when the chart runs, with where it stands: conditions, then what content says.
    var expressions: [(text: String, pointer: String)] {
        var result: [(text: String, pointer: String)] = []
        func add(_ json: JSON?, _ pointer: String) {
            if let text = json?.string { result.append((text, pointer)) }
        }
        func addVariables(of json: JSON, _ pointer: String) {
            guard case .array(let variables) = json["variables"] else { return }
            for (offset, variable) in variables.enumerated() {
                add(variable["value"], "\(pointer)/variables/\(offset)/value")
            }
        }
        func addPayload(of json: JSON, _ pointer: String) {
            add(json["content"], "\(pointer)/content")
            guard case .object(let members) = json["data"] else { return }
            for member in members { add(member.value, "\(pointer)/data/\(member.key)") }
        }
        addVariables(of: root, "")
        for (json, pointer) in states { addVariables(of: json, pointer) }
        for transition in definition.transitions {
            add(transitionJSON(transition.index)?["if"], "\(self.transition(transition.index))/if")
        }
        let keys = ["if", "foreach", "value", "sendOf", "delayOf", "targetOf", "typeOf", "cancelOf"]
        for step in steps {
            for key in keys { add(step.json[key], "\(step.pointer)/\(key)") }
            addPayload(of: step.json, step.pointer)
        }
        for (json, pointer) in states { addPayload(of: json, pointer) }
        return result
    }

    private mutating func addStates(_ json: JSON, _ pointer: String) {
        for key in ["states", "regions"] {
            guard case .array(let inner) = json[key] else { continue }
            for (offset, state) in inner.enumerated() {
                let place = "\(pointer)/\(key)/\(offset)"
                states.append((state, place))
                addStates(state, place)
            }
        }
    }

    private mutating func addSteps(ofState index: Int) {
        let (json, pointer) = states[index]
        for key in ["initialDo", "do", "entry", "exit"] { addSteps(json[key], "\(pointer)/\(key)", nil, index) }
        guard case .array(let transitions) = json["transitions"] else { return }
        let first = definition.states[index].transitions.lowerBound
        for (offset, transition) in transitions.enumerated() {
            addSteps(transition["do"], "\(pointer)/transitions/\(offset)/do", first + offset, index)
        }
    }

    private mutating func addSteps(_ json: JSON?, _ pointer: String, _ transition: Int?, _ state: Int?) {
        guard case .array(let elements) = json else { return }
        for (offset, element) in elements.enumerated() {
            let place = "\(pointer)/\(offset)"
            steps.append(Step(json: element, pointer: place, transition: transition, state: state))
            for key in ["then", "else", "do", "block"] {
                addSteps(element[key], "\(place)/\(key)", transition, state)
            }
        }
    }
}

extension JSON {
    var string: String? { if case .string(let text) = self { text } else { nil } }
}
