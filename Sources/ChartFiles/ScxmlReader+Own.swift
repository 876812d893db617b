import Statechart

// What SCXML has no words for, in the charts' own namespace.

extension ScxmlReader {
    /// Elements of the own namespace that become lists: the key, and what each of the list may hold inside.
    private static let lists = ["casework:task": "tasks", "casework:job": "jobs", "casework:timer": "timers"]

    /// The keys that stand as attributes of the own namespace on elements of SCXML.
    private static let texts = ["after", "firstDay", "timer", "source"]

    /// True for an element that `own` or `more` reads.
    func isOwn(_ element: XMLElement, of place: String) -> Bool {
        switch element.name {
        case "casework:label", "casework:more": true
        case "casework:timer": place == "chart"
        case "casework:task", "casework:job": place == "state"
        case "casework:initialDo": place != "transition"
        default: false
        }
    }

    /// What the own attributes and elements add, but for `<casework:more>`.
    mutating func own(_ element: XMLElement, _ pointer: String) -> [JSON.Member] {
        var result: [JSON.Member] = []
        for key in ScxmlReader.texts {
            if let text = element.attributes["casework:\(key)"] { result.append(.init(key, .string(text))) }
        }
        for key in ["by", "distinctFrom"] {
            guard let text = element.attributes["casework:\(key)"] else { continue }
            result.append(.init(key, .array(ScxmlReader.words(text).map(JSON.string))))
        }
        if element.attributes["casework:settled"] == "true" { result.append(.init("settled", .boolean(true))) }
        if let steps = element.children.first(where: { $0.name == "casework:initialDo" }) {
            result.append(.init("initialDo", content(steps.children, "\(pointer)/initialDo")))
        }
        result += labels(element)
        for (name, key) in ScxmlReader.lists.sorted(by: { $0.key < $1.key }) {
            let elements = element.children.filter { $0.name == name }
            if !elements.isEmpty { result.append(.init(key, list(elements, "\(pointer)/\(key)"))) }
        }
        return result
    }

    private func labels(_ element: XMLElement) -> [JSON.Member] {
        let labels = element.children.filter { $0.name == "casework:label" }
        guard !labels.isEmpty else { return [] }
        return [.init("label", .object(labels.map { .init($0.attributes["xml:lang"] ?? "", .string($0.text)) }))]
    }

    private mutating func list(_ elements: [XMLElement], _ pointer: String) -> JSON {
        var result: [JSON] = []
        for element in elements {
            let place = "\(pointer)/\(result.count)"
            places[place] = element.place
            let texts = element.attributes.filter { !$0.key.contains(":") && $0.key != "xmlns" }
            let members = texts.sorted { $0.key < $1.key }.map { JSON.Member($0.key, value($0.key, $0.value)) }
            result.append(object(members + labels(element), element))
        }
        return .array(result)
    }

    /// Numbers are told by their key, so that a text of digits stays a text.
    private func value(_ key: String, _ text: String) -> JSON {
        if key == "attempts", let number = Int64(text) { return .integer(number) }
        return .string(text)
    }

    /// What fits nowhere else stands as JSON: texts with characters XML does not have, lists of texts with blanks.
    mutating func more(_ element: XMLElement) -> [JSON.Member] {
        guard let more = element.children.first(where: { $0.name == "casework:more" }) else { return [] }
        do {
            guard case .object(let members) = try JSON(reading: Array(more.text.utf8)) else {
                note("<casework:more>: expected a JSON object", more.place)
                return []
            }
            return members
        } catch {
            note("<casework:more>: \(error.message)", more.place)
            return []
        }
    }

    /// The members and what `<casework:more>` adds, which overrides what stands elsewhere.
    mutating func object(_ members: [JSON.Member], _ element: XMLElement) -> JSON {
        let more = more(element)
        var result = members
        var keys: Set<String> = []
        for member in members where !keys.insert(member.key).inserted {
            note("<\(element.name)> says twice what its \(member.key) is", element.place)
        }
        if !more.isEmpty {
            let overriding = Set(more.map(\.key))
            result.removeAll { overriding.contains($0.key) }
        }
        return .object(result + more)
    }
}

// MARK: - Ids and targets

extension ScxmlReader {
    /// In a document ids are unique; in a chart only inside their state: `open.payment` is `payment` inside `open`.
    static func localID(_ id: String, inside outer: String?) -> String {
        guard let outer, id.hasPrefix("\(outer).") else { return id }
        return String(id.dropFirst(outer.count + 1))
    }

    mutating func collectPaths(_ elements: [XMLElement], inside outer: (id: String, path: String)?) {
        for element in elements where ["state", "parallel", "final", "history"].contains(element.name) {
            guard let id = element.attributes["id"] else { continue }
            let local = ScxmlReader.localID(id, inside: outer?.id)
            let path = outer.map { "\($0.path)/\(local)" } ?? local
            paths[id] = path
            collectPaths(element.children, inside: (id, path))
        }
    }

    /// The states an attribute names; in the chart's own form as the chart's author spelled them, if that is told.
    mutating func targets(_ element: XMLElement, _ attribute: String, _ key: String) -> [JSON.Member] {
        let spelled = element.attributes["casework:\(key)"].map(ScxmlReader.words)
        guard let text = element.attributes[attribute] else { return [] }
        let ids = ScxmlReader.words(text)
        guard isChart else { return [.init(key, .array(ids.map(JSON.string)))] }
        let resolved = ids.map { "/\(paths[$0] ?? $0)" }
        guard let spelled else { return [.init(key, .array(resolved.map(JSON.string)))] }
        let agrees =
            spelled.count == resolved.count
            && zip(spelled, resolved).allSatisfy { $0 == $1 || (!$0.hasPrefix("/") && $1.hasSuffix("/\($0)")) }
        if !agrees {
            note("\(attribute) \(text) and casework:\(key) name different states", element.place)
        }
        return [.init(key, .array(spelled.map(JSON.string)))]
    }
}
