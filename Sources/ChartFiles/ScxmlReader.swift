import Statechart

/// SCXML made into the shape of canonical JSON, with the dialect that carries its wider expressions.
///
/// Left out, and refused: scripts, invoked sessions, data from elsewhere. Charts that `ScxmlWriter` wrote come back
/// unchanged: what SCXML has no words for stands in elements and attributes of the namespace `casework:`.
struct ScxmlReader {
    private(set) var json = JSON.null
    private(set) var problems: [ChartProblem] = []
    private let file: String
    var places: [String: XMLElement.Place] = [:]
    private var anonymous = 0
    /// The chart's own form, not the wider SCXML: ids are those of paths, events match exactly.
    var isChart = false
    /// In a chart's own form, the paths of states by their ids in the document.
    var paths: [String: String] = [:]

    static func read(_ text: String, file: String) throws(ChartFileError) -> ScxmlReader {
        var reader = ScxmlReader(file: file)
        do {
            let root = try XMLReader.read(text)
            reader.json = reader.chart(root)
        } catch {
            reader.note(error.message, error.place)
            throw ChartFileError(problems: reader.problems)
        }
        return reader
    }

    private init(file: String) { self.file = file }

    func locate(_ error: ChartError) -> ChartProblem {
        var pointer = error.pointer[...]
        while places[String(pointer)] == nil, let slash = pointer.lastIndex(of: "/") { pointer = pointer[..<slash] }
        let place = places[String(pointer)]
        return ChartProblem(
            file: file, line: place?.line ?? 0, column: place?.column ?? 0, code: error.code.rawValue,
            message: error.message, pointer: error.pointer)
    }

    mutating func note(_ message: String, _ place: XMLElement.Place) {
        guard problems.count < 100 else { return }
        problems.append(
            ChartProblem(
                file: file, line: place.line, column: place.column, code: ChartError.Code.syntax.rawValue,
                message: message))
    }

    mutating func refuse(_ element: XMLElement) { note("<\(element.name)> has no place here", element.place) }

    static func words(_ text: String) -> [String] {
        text.split { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }.map(String.init)
    }
}

// MARK: - States

extension ScxmlReader {
    private mutating func chart(_ root: XMLElement) -> JSON {
        guard root.name == "scxml" else {
            note("expected <scxml>, found <\(root.name)>", root.place)
            return .null
        }
        places[""] = root.place
        isChart = root.attributes["casework:form"] == "chart"
        if isChart { collectPaths(root.children, inside: nil) }
        var result: [JSON.Member] = [.init("format", .integer(1))]
        if !isChart { result.append(.init("dialect", .string("scxml"))) }
        result.append(.init("chart", .string(root.attributes["name"] ?? "scxml")))
        if root.attributes["binding"] == "late" { result.append(.init("binding", .string("late"))) }
        result += targets(root, "initial", "initial")
        var states: [JSON] = []
        for child in root.children {
            switch child.name {
            case "state", "parallel", "final", "history":
                states.append(state(child, "/states/\(states.count)", inside: nil))
            case "datamodel": result.append(.init("variables", variables(child, "/variables")))
            default:
                if !isOwn(child, of: "chart") { refuse(child) }
            }
        }
        result += own(root, "") + [.init("states", .array(states))]
        return object(result, root)
    }

    private mutating func variables(_ element: XMLElement, _ pointer: String) -> JSON {
        var result: [JSON] = []
        for data in element.children where data.name == "data" {
            let place = "\(pointer)/\(result.count)"
            places[place] = data.place
            var members: [JSON.Member] = [.init("id", .string(data.attributes["id"] ?? ""))]
            if data.attributes["src"] != nil { note("data from elsewhere is not read", data.place) }
            if let value = data.attributes["expr"] ?? literal(data.text) {
                members.append(.init("value", .string(value)))
            }
            result.append(object(members + own(data, place), data))
        }
        return .array(result)
    }

    /// Text between tags as an expression: numbers, lists and quoted texts as they are, else a text with single blanks.
    private func literal(_ text: String) -> String? {
        let plain = ScxmlReader.words(text).joined(separator: " ")
        guard let first = plain.utf8.first else { return nil }
        let isNumber = plain.utf8.allSatisfy { (0x30...0x39).contains($0) }
        if isNumber || [UInt8(ascii: "["), UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(first) { return plain }
        let escaped = plain.map { $0 == "\\" || $0 == "'" ? "\\\($0)" : String($0) }
        return "'\(escaped.joined())'"
    }

    private mutating func state(_ element: XMLElement, _ pointer: String, inside outer: String?) -> JSON {
        places[pointer] = element.place
        anonymous += element.attributes["id"] == nil ? 1 : 0
        let id = element.attributes["id"] ?? "_state\(anonymous)"
        var result: [JSON.Member] = [.init("id", .string(isChart ? ScxmlReader.localID(id, inside: outer) : id))]
        if element.name == "final" { result.append(.init("final", .boolean(true))) }
        if element.name == "history" {
            result.append(.init("history", .string(element.attributes["type"] ?? "shallow")))
        }
        result += targets(element, "initial", "initial")
        let key = element.name == "parallel" ? "regions" : "states"
        var inner: [JSON] = []
        var transitions: [JSON] = []
        for child in element.children {
            switch child.name {
            case "state", "parallel", "final", "history":
                inner.append(state(child, "\(pointer)/\(key)/\(inner.count)", inside: id))
            case "transition" where element.name == "history": result += defaultEntry(child, pointer, "to", "do")
            case "transition":
                transitions.append(transition(child, "\(pointer)/transitions/\(transitions.count)", of: id))
            case "initial":
                for child in child.children where child.name == "transition" {
                    result += defaultEntry(child, pointer, "initial", "initialDo")
                }
            case "datamodel": result.append(.init("variables", variables(child, "\(pointer)/variables")))
            case "donedata": result += doneData(child, pointer)
            case "onentry", "onexit": break
            default:
                if !isOwn(child, of: "state") { refuse(child) }
            }
        }
        if !inner.isEmpty { result.append(.init(key, .array(inner))) }
        if !transitions.isEmpty { result.append(.init("transitions", .array(transitions))) }
        result += blocks(element, "onentry", "entry", pointer) + blocks(element, "onexit", "exit", pointer)
        return object(result + own(element, pointer), element)
    }

    /// Each `<onentry>` is a block of its own: what fails in one leaves the next alone.
    private mutating func blocks(
        _ element: XMLElement, _ tag: String, _ key: String, _ pointer: String
    ) -> [JSON.Member] {
        let elements = element.children.filter { $0.name == tag }
        guard let first = elements.first else { return [] }
        if elements.count == 1 { return [.init(key, content(first.children, "\(pointer)/\(key)"))] }
        var blocks: [JSON] = []
        for (offset, element) in elements.enumerated() {
            let inner = content(element.children, "\(pointer)/\(key)/\(offset)/block")
            blocks.append(.object([.init("block", inner)]))
        }
        return [.init(key, .array(blocks))]
    }

    private mutating func defaultEntry(
        _ element: XMLElement, _ pointer: String, _ target: String, _ content: String
    ) -> [JSON.Member] {
        var result = targets(element, "target", "to").map { JSON.Member(target, $0.value) }
        places["\(pointer)/\(target)"] = element.place
        if !element.children.isEmpty {
            result.append(.init(content, self.content(element.children, "\(pointer)/\(content)")))
        }
        return result
    }

    private mutating func transition(_ element: XMLElement, _ pointer: String, of source: String) -> JSON {
        places[pointer] = element.place
        var result: [JSON.Member] = []
        if let event = event(element, of: source) { result.append(.init("event", .string(event))) }
        if let condition = element.attributes["cond"] { result.append(.init("if", .string(condition))) }
        result += targets(element, "target", "to")
        if element.attributes["type"] == "internal" { result.append(.init("internal", .boolean(true))) }
        let steps = element.children.filter { !isOwn($0, of: "transition") }
        if !steps.isEmpty { result.append(.init("do", content(steps, "\(pointer)/do"))) }
        return object(result + own(element, pointer), element)
    }

    private func event(_ element: XMLElement, of source: String) -> String? {
        let attributes = element.attributes
        if let event = attributes["casework:event"] { return event }
        if attributes["casework:after"] != nil || attributes["casework:timer"] != nil { return nil }
        guard isChart else {
            return attributes["event"].map {
                ScxmlReader.words($0).map(ScxmlReader.prefix).joined(separator: " ")
            }
        }
        return attributes["event"] == "done.state.\(source)" ? "done" : attributes["event"]
    }

    /// SCXML matches by whole tokens: `a`, `a.` and `a.*` all take `a` and `a.b`.
    static func prefix(_ descriptor: String) -> String {
        if descriptor == "*" || descriptor == ".*" { return "*" }
        if descriptor.hasSuffix(".*") { return descriptor }
        return descriptor.hasSuffix(".") ? "\(descriptor)*" : "\(descriptor).*"
    }

    private mutating func doneData(_ element: XMLElement, _ pointer: String) -> [JSON.Member] {
        for child in element.children where child.name != "param" && child.name != "content" { refuse(child) }
        return payload(element, pointer)
    }
}

// MARK: - Executable content

extension ScxmlReader {
    mutating func content(_ elements: [XMLElement], _ pointer: String) -> JSON {
        var steps: [JSON] = []
        for element in elements {
            let place = "\(pointer)/\(steps.count)"
            places[place] = element.place
            if element.name == "casework:call", let action = element.attributes["action"] {
                steps.append(.string(action))
            } else {
                let members = step(element, place)
                steps.append(object(members, element))
            }
        }
        return .array(steps)
    }

    private mutating func step(_ element: XMLElement, _ pointer: String) -> [JSON.Member] {
        func text(_ attribute: String, _ key: String) -> [JSON.Member] {
            element.attributes[attribute].map { [.init(key, .string($0))] } ?? []
        }
        switch element.name {
        case "raise": return text("event", "raise") + payload(element, pointer)
        case "log": return [.init("log", .string(element.attributes["label"] ?? ""))] + text("expr", "value")
        case "assign":
            let value = element.attributes["expr"] ?? literal(element.text) ?? "''"
            return text("location", "assign") + [.init("value", .string(value))]
        case "cancel": return text("sendid", "cancel") + text("sendidexpr", "cancelOf")
        case "foreach":
            let loop = text("array", "foreach") + text("item", "as") + text("index", "index")
            return loop + [.init("do", content(steps(of: element), "\(pointer)/do"))]
        case "if": return branch(element, pointer)
        case "send": return send(element, pointer)
        case "casework:block": return [.init("block", content(steps(of: element), "\(pointer)/block"))]
        case "casework:start", "casework:pause", "casework:resume", "casework:stop":
            return text("timer", String(element.name.dropFirst("casework:".count)))
        default:
            refuse(element)
            return [.init("log", .string(""))]
        }
    }

    private func steps(of element: XMLElement) -> [XMLElement] {
        element.children.filter { $0.name != "casework:more" }
    }

    /// `<elseif/>` and `<else/>` stand between the steps they part; here each is the other branch of the one before.
    private mutating func branch(_ element: XMLElement, _ pointer: String) -> [JSON.Member] {
        var parts: [(condition: String?, steps: [XMLElement])] = [(element.attributes["cond"] ?? "", [])]
        for child in steps(of: element) {
            switch child.name {
            case "elseif": parts.append((child.attributes["cond"] ?? "", []))
            case "else": parts.append((nil, []))
            default: parts[parts.count - 1].steps.append(child)
            }
        }
        guard parts.dropLast().allSatisfy({ $0.condition != nil }) else {
            note("<else> must come last", element.place)
            return [.init("log", .string(""))]
        }
        return branch(parts[...], pointer)
    }

    private mutating func branch(
        _ parts: ArraySlice<(condition: String?, steps: [XMLElement])>, _ pointer: String
    ) -> [JSON.Member] {
        guard let first = parts.first, let condition = first.condition else { return [] }
        places[pointer] = places[pointer] ?? first.steps.first?.place
        var result: [JSON.Member] = [
            .init("if", .string(condition)), .init("then", content(first.steps, "\(pointer)/then")),
        ]
        let rest = parts.dropFirst()
        if let next = rest.first {
            let otherwise =
                next.condition == nil
                ? content(next.steps, "\(pointer)/else")
                : .array([.object(branch(rest, "\(pointer)/else/0"))])
            result.append(.init("else", otherwise))
        }
        return result
    }

    private mutating func send(_ element: XMLElement, _ pointer: String) -> [JSON.Member] {
        let renamed = [
            "event": "send", "eventexpr": "sendOf", "delayexpr": "delayOf", "target": "target",
            "targetexpr": "targetOf", "type": "type", "typeexpr": "typeOf", "id": "id", "idlocation": "idTo",
        ]
        var result: [JSON.Member] = []
        for (attribute, value) in element.attributes.sorted(by: { $0.key < $1.key }) {
            if let key = renamed[attribute] { result.append(.init(key, .string(value))) }
        }
        if let delay = element.attributes["casework:delay"] {
            result.append(.init("delay", .string(delay)))
        } else if let delay = element.attributes["delay"] {
            if let milliseconds = ChartDuration.milliseconds(ofTime: delay) {
                result.append(.init("delay", .string("\(milliseconds)ms")))
            } else {
                note("delay: expected a time such as 1.5s or 200ms, found \(delay)", element.place)
            }
        }
        return result + payload(element, pointer)
    }

    /// `<param>`, `<content>` and `namelist`. Of two of a name the last counts.
    private mutating func payload(_ element: XMLElement, _ pointer: String) -> [JSON.Member] {
        var data: [JSON.Member] = []
        var named: Set<String> = []
        for name in ScxmlReader.words(element.attributes["namelist"] ?? "") where named.insert(name).inserted {
            data.append(.init(name, .string(name)))
        }
        for child in element.children where child.name == "param" || child.name == "casework:param" {
            let name = child.attributes["name"] ?? ""
            data.removeAll { $0.key == name }
            data.append(.init(name, .string(child.attributes["expr"] ?? child.attributes["location"] ?? "")))
            places["\(pointer)/data/\(name)"] = child.place
        }
        var result: [JSON.Member] = data.isEmpty ? [] : [.init("data", .object(data))]
        for child in element.children where child.name == "content" || child.name == "casework:content" {
            let value = child.attributes["expr"] ?? literal(child.text) ?? "''"
            result.append(.init("content", .string(value)))
            places["\(pointer)/content"] = child.place
        }
        return result
    }
}
