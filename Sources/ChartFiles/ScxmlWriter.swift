import Statechart

/// Writes a chart as SCXML that reads back to the same canonical JSON.
///
/// What SCXML has words for stands in its words, so that other tools can draw and run the chart's skeleton. The rest,
/// roles, tasks, labels, timers and sources, stands in the namespace `casework:`, which they pass over. In a chart's
/// own form a state's id is its path joined by dots; conditions keep their language, and events that match exactly
/// match by prefix elsewhere.
struct ScxmlWriter {
    /// Members of one object, and those not yet written.
    struct Rest {
        var members: [String: JSON] = [:]

        init(_ json: JSON) {
            guard case .object(let all) = json else { return }
            for member in all { members[member.key] = member.value }
        }

        /// A text that XML can hold.
        mutating func text(_ key: String) -> String? {
            guard case .string(let text) = members[key], XMLTag.canHold(text) else { return nil }
            members[key] = nil
            return text
        }

        mutating func flag(_ key: String) -> Bool {
            guard members[key] == .boolean(true) else { return false }
            members[key] = nil
            return true
        }

        mutating func list(_ key: String) -> [JSON] {
            guard case .array(let elements) = members[key] else { return [] }
            members[key] = nil
            return elements
        }

        /// A list of texts as words of one attribute.
        mutating func words(_ key: String) -> String? {
            guard case .array(let elements) = members[key] else { return nil }
            let texts = elements.compactMap { element in if case .string(let text) = element { text } else { nil } }
            let joined = texts.joined(separator: " ")
            guard XMLTag.canHold(joined), ScxmlReader.words(joined) == texts else { return nil }
            members[key] = nil
            return joined
        }

        /// A map of texts.
        mutating func map(_ key: String) -> [(key: String, value: String)] {
            guard case .object(let all) = members[key] else { return [] }
            var result: [(String, String)] = []
            for member in all {
                guard case .string(let text) = member.value, XMLTag.canHold(text), XMLTag.canHold(member.key) else {
                    return []
                }
                result.append((member.key, text))
            }
            members[key] = nil
            return result
        }

        /// What is left, as JSON.
        var more: [XMLTag] {
            guard !members.isEmpty else { return [] }
            let json = JSON.object(members.map { .init($0.key, $0.value) })
            return [XMLTag("casework:more", text: String(decoding: json.canonicalBytes(), as: UTF8.self))]
        }
    }

    private let isChart: Bool
    /// Paths of all states.
    private let paths: Set<String>

    static func text(of definition: Definition) throws(ChartError) -> String {
        let json = try JSON(reading: definition.canonicalJSON)
        let writer = ScxmlWriter(
            isChart: json["dialect"] == nil, paths: Set(definition.states.map(\.path)))
        return writer.chart(json).document
    }

    private func chart(_ json: JSON) -> XMLTag {
        var rest = Rest(json)
        var tag = XMLTag("scxml")
        tag.set("xmlns", "http://www.w3.org/2005/07/scxml")
        tag.set("xmlns:casework", XMLElement.ownNamespace)
        tag.set("version", "1.0")
        tag.set("datamodel", "casework")
        (rest.members["format"], rest.members["dialect"]) = (nil, nil)
        if isChart { tag.set("casework:form", "chart") }
        tag.set("name", rest.text("chart"))
        tag.set("binding", rest.text("binding"))
        setTargets(&tag, "initial", "initial", &rest, from: "")
        tag.set("casework:source", rest.text("source"))
        tag.children += labels(&rest)
        tag.children += rest.list("timers").map { own("casework:timer", $0) }
        tag.children += variables(&rest)
        if let steps = block("casework:initialDo", rest.list("initialDo")) { tag.children.append(steps) }
        tag.children += rest.list("states").map { state($0, inside: "") }
        tag.children += rest.more
        return tag
    }

    private func labels(_ rest: inout Rest) -> [XMLTag] {
        rest.map("label").map { language, text in
            var tag = XMLTag("casework:label", text: text)
            tag.set("xml:lang", language)
            return tag
        }
    }

    private func variables(_ rest: inout Rest) -> [XMLTag] {
        let variables = rest.list("variables")
        guard !variables.isEmpty else { return [] }
        var model = XMLTag("datamodel")
        for variable in variables {
            var rest = Rest(variable)
            var tag = XMLTag("data")
            tag.set("id", rest.text("id"))
            tag.set("expr", rest.text("value"))
            tag.set("casework:source", rest.text("source"))
            tag.children = rest.more
            model.children.append(tag)
        }
        return [model]
    }

    /// A task, a job or a timer: texts and numbers as attributes.
    private func own(_ name: String, _ json: JSON) -> XMLTag {
        var rest = Rest(json)
        var tag = XMLTag(name)
        for key in rest.members.keys.sorted() {
            if case .integer(let number) = rest.members[key] {
                tag.set(key, String(number))
                rest.members[key] = nil
            } else {
                tag.set(key, rest.text(key))
            }
        }
        tag.children = labels(&rest) + rest.more
        return tag
    }
}

// MARK: - States

extension ScxmlWriter {
    private func id(_ path: String) -> String {
        isChart ? String(path.map { $0 == "/" ? "." : $0 }) : path
    }

    private func state(_ json: JSON, inside outer: String) -> XMLTag {
        var rest = Rest(json)
        let local = rest.text("id")
        let path = isChart && !outer.isEmpty ? "\(outer)/\(local ?? "")" : local ?? ""
        var tag = XMLTag("state")
        let history = rest.text("history")
        if history != nil { tag.name = "history" }
        if rest.flag("final") { tag.name = "final" }
        let regions = rest.list("regions")
        if !regions.isEmpty { tag.name = "parallel" }
        tag.set("id", local.map { _ in id(path) })
        tag.set("type", history)
        if rest.flag("settled") { tag.set("casework:settled", "true") }
        tag.set("casework:source", rest.text("source"))
        tag.children += labels(&rest)
        tag.children += rest.list("tasks").map { own("casework:task", $0) }
        tag.children += rest.list("jobs").map { own("casework:job", $0) }
        tag.children += variables(&rest)
        tag.children += entrance(&tag, &rest, of: path, inside: outer)
        for (key, name) in [("entry", "onentry"), ("exit", "onexit")] { tag.children += blocks(name, rest.list(key)) }
        tag.children += rest.list("transitions").map { transition($0, of: path) }
        tag.children += (regions + rest.list("states")).map { state($0, inside: path) }
        let data = payload(&rest)
        if !data.isEmpty {
            var tagOfData = XMLTag("donedata")
            tagOfData.children = data
            tag.children.append(tagOfData)
        }
        tag.children += rest.more
        return tag
    }

    /// `initial` of a state, `to` of a history, and what is done on the way.
    private func entrance(_ tag: inout XMLTag, _ rest: inout Rest, of path: String, inside outer: String) -> [XMLTag] {
        if tag.name == "history" {
            var transition = XMLTag("transition")
            setTargets(&transition, "target", "to", &rest, from: outer)
            transition.children = steps(rest.list("do"))
            return [transition]
        }
        let content = steps(rest.list("initialDo"))
        guard !content.isEmpty else {
            setTargets(&tag, "initial", "initial", &rest, from: path)
            return []
        }
        var transition = XMLTag("transition")
        setTargets(&transition, "target", "initial", &rest, from: path)
        // Without a target SCXML has no place for what is done on the way in.
        var around = XMLTag(transition.attributes.isEmpty ? "casework:initialDo" : "initial")
        transition.children = content
        around.children = transition.attributes.isEmpty ? content : [transition]
        return [around]
    }

    /// Several blocks are as many elements, which is how SCXML says that a failure ends only one of them.
    private func blocks(_ name: String, _ steps: [JSON]) -> [XMLTag] {
        let inner = steps.compactMap { step -> [JSON]? in
            guard case .object(let members) = step, members.count == 1, case .array(let inner) = step["block"] else {
                return nil
            }
            return inner
        }
        guard steps.count > 1, inner.count == steps.count else { return block(name, steps).map { [$0] } ?? [] }
        return inner.map { steps in
            var tag = XMLTag(name)
            tag.children = self.steps(steps)
            return tag
        }
    }

    private func block(_ name: String, _ steps: [JSON]) -> XMLTag? {
        guard !steps.isEmpty else { return nil }
        var tag = XMLTag(name)
        tag.children = self.steps(steps)
        return tag
    }

    private func transition(_ json: JSON, of source: String) -> XMLTag {
        var rest = Rest(json)
        var tag = XMLTag("transition")
        setEvent(&tag, &rest, of: source)
        tag.set("cond", rest.text("if"))
        setTargets(&tag, "target", "to", &rest, from: source)
        if rest.flag("internal") { tag.set("type", "internal") }
        for key in ["by", "distinctFrom"] { tag.set("casework:\(key)", rest.words(key)) }
        tag.set("casework:source", rest.text("source"))
        tag.children = labels(&rest) + steps(rest.list("do")) + rest.more
        return tag
    }

    private func setEvent(_ tag: inout XMLTag, _ rest: inout Rest, of source: String) {
        let after = rest.text("after")
        let timer = rest.text("timer")
        if after != nil || timer != nil {
            // An event nobody sends: without one, other tools would take the transition at once.
            tag.set("event", timer.map { "casework.timer.\($0)" } ?? "casework.after.\(id(source))")
            tag.set("casework:after", after)
            tag.set("casework:firstDay", rest.text("firstDay"))
            tag.set("casework:timer", timer)
            return
        }
        guard let event = rest.text("event") else { return }
        let own = "done.state.\(id(source))"
        let written = isChart && event == "done" ? own : event
        tag.set("event", written)
        let isReadBack =
            isChart
            ? event == "done" || event != own
            : ScxmlReader.words(event).map(ScxmlReader.prefix).joined(separator: " ") == event
        if !isReadBack { tag.set("casework:event", event) }
    }

    /// Targets by id, and as they are spelled where that is not simply their path.
    ///
    /// - Parameter source: path of the state the targets are resolved from, empty for the chart.
    private func setTargets(
        _ tag: inout XMLTag, _ attribute: String, _ key: String, _ rest: inout Rest, from source: String
    ) {
        guard let words = rest.words(key) else { return }
        guard isChart else {
            tag.set(attribute, words)
            return
        }
        let spelled = ScxmlReader.words(words)
        let resolved = spelled.map { resolve($0, from: source) }
        tag.set(attribute, resolved.map(id).joined(separator: " "))
        guard spelled != resolved.map({ "/\($0)" }) else { return }
        tag.set("casework:\(attribute == "target" ? "to" : key)", words)
    }

    private func resolve(_ path: String, from source: String) -> String {
        if path.hasPrefix("/") { return String(path.dropFirst()) }
        var scope = source[...]
        while !scope.isEmpty {
            if paths.contains("\(scope)/\(path)") { return "\(scope)/\(path)" }
            scope = scope.lastIndex(of: "/").map { scope[..<$0] } ?? ""
        }
        return path
    }
}

// MARK: - Executable content

extension ScxmlWriter {
    private func steps(_ steps: [JSON]) -> [XMLTag] { steps.map(step) }

    private func step(_ json: JSON) -> XMLTag {
        if case .string(let action) = json {
            var tag = XMLTag("casework:call")
            tag.set("action", action)
            return tag
        }
        var rest = Rest(json)
        let kinds: [(key: String, write: (inout Rest) -> XMLTag)] = [
            ("raise", raise), ("sendOf", send), ("send", send), ("cancel", cancel), ("cancelOf", cancel),
            ("assign", assign), ("if", branch), ("foreach", loop), ("log", log), ("block", inner),
        ]
        if let kind = kinds.first(where: { rest.members[$0.key] != nil }) {
            var tag = kind.write(&rest)
            tag.children += rest.more
            return tag
        }
        let operation = ["start", "pause", "resume", "stop"].first { rest.members[$0] != nil } ?? ""
        var tag = XMLTag("casework:\(operation)")
        tag.set("timer", rest.text(operation))
        return tag
    }

    private func raise(_ rest: inout Rest) -> XMLTag {
        var tag = XMLTag("raise")
        tag.set("event", rest.text("raise"))
        // SCXML raises nothing but a name.
        tag.children = payload(&rest).map { part in
            var own = part
            own.name = "casework:\(part.name)"
            return own
        }
        return tag
    }

    private func send(_ rest: inout Rest) -> XMLTag {
        var tag = XMLTag("send")
        let attributes = [
            ("send", "event"), ("sendOf", "eventexpr"), ("id", "id"), ("idTo", "idlocation"), ("target", "target"),
            ("targetOf", "targetexpr"), ("type", "type"), ("typeOf", "typeexpr"), ("delayOf", "delayexpr"),
        ]
        for (key, attribute) in attributes { tag.set(attribute, rest.text(key)) }
        if let delay = rest.text("delay") {
            let written = ScxmlWriter.milliseconds(delay)
            tag.set("delay", written)
            if written != delay { tag.set("casework:delay", delay) }
        }
        tag.children = payload(&rest)
        return tag
    }

    /// SCXML has seconds and milliseconds only.
    private static func milliseconds(_ delay: String) -> String? {
        guard case .milliseconds(let length) = ChartDuration(parsing: delay) else { return nil }
        return "\(length)ms"
    }

    private func cancel(_ rest: inout Rest) -> XMLTag {
        var tag = XMLTag("cancel")
        tag.set("sendid", rest.text("cancel"))
        tag.set("sendidexpr", rest.text("cancelOf"))
        return tag
    }

    private func assign(_ rest: inout Rest) -> XMLTag {
        var tag = XMLTag("assign")
        tag.set("location", rest.text("assign"))
        tag.set("expr", rest.text("value"))
        return tag
    }

    private func log(_ rest: inout Rest) -> XMLTag {
        var tag = XMLTag("log")
        let label = rest.text("log")
        if label?.isEmpty == false { tag.set("label", label) }
        tag.set("expr", rest.text("value"))
        return tag
    }

    private func inner(_ rest: inout Rest) -> XMLTag {
        var tag = XMLTag("casework:block")
        tag.children = steps(rest.list("block"))
        return tag
    }

    private func loop(_ rest: inout Rest) -> XMLTag {
        var tag = XMLTag("foreach")
        for (key, attribute) in [("foreach", "array"), ("as", "item"), ("index", "index")] {
            tag.set(attribute, rest.text(key))
        }
        tag.children = steps(rest.list("do"))
        return tag
    }

    private func branch(_ rest: inout Rest) -> XMLTag {
        var tag = XMLTag("if")
        tag.set("cond", rest.text("if"))
        tag.children = steps(rest.list("then"))
        let otherwise = rest.list("else")
        if !otherwise.isEmpty { tag.children += [XMLTag("else")] + steps(otherwise) }
        return tag
    }

    private func payload(_ rest: inout Rest) -> [XMLTag] {
        var result: [XMLTag] = rest.map("data").map { name, expression in
            var tag = XMLTag("param")
            tag.set("name", name)
            tag.set("expr", expression)
            return tag
        }
        if let content = rest.text("content") {
            var tag = XMLTag("content")
            tag.set("expr", content)
            result.append(tag)
        }
        return result
    }
}
