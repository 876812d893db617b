import Statechart

/// A chart and its shell made into one.
///
/// The shell is a chart that several share: its states, with a named place in one or more of them (`place: body`). The
/// chart names it (`shell: ../shell.yaml`) and says what goes into each place (`places: { body: { states: … } }`). The
/// chart's name, label and source win over the shell's, and so do its labels of roles and guards; variables and timers
/// of both count. Whatever runs, is checked or hashed is the chart made of both; nothing in it tells that there were
/// two files. A shell may have a shell.
struct Composition {
    /// Shells of shells.
    static let maximumShells = 8

    private let folder: ChartFolder
    /// Files that wait for their shell.
    private var waiting: [String] = []

    static func read(_ path: String, in folder: ChartFolder) throws(ChartFileError) -> YAMLChart {
        var composition = Composition(folder: folder)
        var chart = try composition.read(path)
        chart.refuseOpenPlaces()
        return chart
    }

    /// A chart whose other files cannot be reached.
    static func alone(_ chart: YAMLChart) -> YAMLChart {
        var chart = chart
        if let shell = chart.take("shell") {
            let message = "shell \(shell.text): a shell is read only where the chart is read from a folder"
            chart.note(.invalid, message, "/shell")
        }
        chart.refusePlacesWithoutShell()
        chart.refuseOpenPlaces()
        return chart
    }

    private mutating func read(_ path: String) throws(ChartFileError) -> YAMLChart {
        let file = folder.name + path
        let text = try ChartFile.text(of: try folder.bytes(path), file: file)
        var chart = try YAMLChart.read(text, file: file)
        chart.checkPlaces()
        guard let shell = chart.take("shell") else {
            chart.refusePlacesWithoutShell()
            return chart
        }
        waiting.append(path)
        defer { waiting.removeLast() }
        guard let shellPath = shellPath(shell.text, of: path, &chart) else { return chart.withoutPlaces }
        let composed: YAMLChart
        do {
            composed = try read(shellPath)
        } catch {
            // What is wrong with the shell stands in the shell; that it is not there, where it is named.
            for problem in error.problems {
                if problem.line == 0, problem.file == folder.name + shellPath {
                    let isTooLong = problem.code == ChartError.Code.limit.rawValue
                    chart.note(isTooLong ? .limit : .unknownName, "shell \(shell.text): \(problem.message)", "/shell")
                } else {
                    chart.problems.append(problem)
                }
            }
            return chart.withoutPlaces
        }
        guard composed.json != .null else {
            chart.problems += composed.problems
            return chart.withoutPlaces
        }
        return chart.filling(composed)
    }

    private func shellPath(_ written: String, of path: String, _ chart: inout YAMLChart) -> String? {
        guard let result = ChartFolder.resolve(written, from: path) else {
            chart.note(.invalid, "shell \(written): expected a path relative to this file, inside the folder", "/shell")
            return nil
        }
        guard result.hasSuffix(".yaml") || result.hasSuffix(".yml") else {
            chart.note(.invalid, "shell \(written): expected a name that ends with .yaml", "/shell")
            return nil
        }
        if let start = waiting.firstIndex(of: result) {
            let circle = (waiting[start...] + [result]).joined(separator: " → ")
            chart.note(.invalid, "shell \(written): the shells lead in a circle: \(circle)", "/shell")
            return nil
        }
        guard waiting.count <= Composition.maximumShells else {
            chart.note(.limit, "shell \(written): more than \(Composition.maximumShells) shells in shells", "/shell")
            return nil
        }
        return result
    }
}

// MARK: - Parts of a chart's file

extension JSON {
    fileprivate var text: String { if case .string(let text) = self { text } else { "" } }
    fileprivate var members: [Member] { if case .object(let members) = self { members } else { [] } }
    fileprivate var elements: [JSON] { if case .array(let elements) = self { elements } else { [] } }

    /// Levels of lists and maps.
    fileprivate var depth: Int {
        switch self {
        case .array(let elements): 1 + (elements.lazy.map(\.depth).max() ?? 0)
        case .object(let members): 1 + (members.lazy.map(\.value.depth).max() ?? 0)
        default: 0
        }
    }
}

extension YAMLChart {
    /// A place nobody filled yet.
    struct OpenPlace {
        var name: String
        /// Of the state.
        var pointer: String
    }

    mutating func note(_ code: ChartError.Code, _ message: String, _ pointer: String) {
        guard problems.count < 100 else { return }
        problems.append(locate(ChartError(code, message, pointer: pointer)))
    }

    /// Removes a member of the chart and returns its value.
    mutating func take(_ key: String) -> JSON? {
        guard case .object(var members) = json, let index = members.firstIndex(where: { $0.key == key }) else {
            return nil
        }
        let value = members.remove(at: index).value
        json = .object(members)
        return value
    }

    /// Without what could not be filled in, so that only that is told.
    var withoutPlaces: YAMLChart {
        var chart = self
        chart.json = .null
        return chart
    }

    mutating func refusePlacesWithoutShell() {
        if take("places") != nil { note(.invalid, "places: belongs to a chart that names its shell", "/places") }
    }

    var openPlaces: [OpenPlace] {
        var result: [OpenPlace] = []
        YAMLChart.visit(json, "") { state, pointer in
            if let place = state["place"] { result.append(OpenPlace(name: place.text, pointer: pointer)) }
        }
        return result
    }

    private static func visit(_ json: JSON, _ pointer: String, _ body: (JSON, String) -> Void) {
        for key in ["states", "regions"] {
            for (offset, state) in (json[key]?.elements ?? []).enumerated() {
                let place = "\(pointer)/\(key)/\(offset)"
                body(state, place)
                visit(state, place, body)
            }
        }
    }

    /// What is wrong with the places a file itself declares.
    mutating func checkPlaces() {
        var names: Set<String> = []
        var wrong: [(String, String)] = []
        YAMLChart.visit(json, "") { state, pointer in
            guard let place = state["place"] else { return }
            if !YAMLChart.isName(place.text) {
                wrong.append(("place: expected letters, digits and '_', first a letter", "\(pointer)/place"))
            }
            if !names.insert(place.text).inserted {
                wrong.append(("the place \(place.text) stands twice", "\(pointer)/place"))
            }
            for key in ["states", "regions", "initial", "initialDo", "final", "history"] where state[key] != nil {
                wrong.append(("\(key) has no place in a state that others fill", "\(pointer)/\(key)"))
            }
        }
        for (message, pointer) in wrong { note(.invalid, message, pointer) }
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= ChartLimits.nameBytes else { return false }
        return !(0x30...0x39).contains(first)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_")
            }
    }

    mutating func refuseOpenPlaces() {
        let open = openPlaces
        guard !open.isEmpty else { return }
        for place in open {
            let message =
                "nothing fills the place \(place.name): a shell runs only as part of a chart that names it (shell:)"
            note(.missing, message, "\(place.pointer)/place")
        }
        // A state in its stead, so that nothing else is told of a state that is only not there yet.
        json = json.mappingStates("") { state, _ in
            guard let place = state["place"], state["states"] == nil else { return state }
            let stead = JSON.object([.init("id", .string(YAMLChart.isName(place.text) ? place.text : "place"))])
            return .object(state.without("place").members + [.init("states", .array([stead]))])
        }
    }
}

// MARK: - Filling

extension JSON {
    fileprivate func without(_ key: String) -> JSON { .object(members.filter { $0.key != key }) }

    /// Each state changed, then those inside it that were there before.
    fileprivate func mappingStates(_ pointer: String, _ change: (JSON, String) -> JSON) -> JSON {
        guard case .object(let members) = self else { return self }
        return .object(
            members.map { member in
                guard member.key == "states" || member.key == "regions", case .array(let states) = member.value else {
                    return member
                }
                let changed = states.enumerated().map { offset, state in
                    let place = "\(pointer)/\(member.key)/\(offset)"
                    return change(state.mappingStates(place, change), place)
                }
                return Member(member.key, .array(changed))
            })
    }
}

extension YAMLChart {
    /// The keys of a chart whose states are its shell's.
    private static let bodyKeys: Set<String> = [
        "format", "chart", "label", "source", "variables", "timers", "roles", "guards",
    ]

    /// This chart with its states from the shell, and in their places what it fills them with.
    func filling(_ shell: YAMLChart) -> YAMLChart {
        var result = shell
        result.problems = problems + shell.problems
        result.file = file
        result.places[""] = places[""]
        var body = self
        let fills = body.take("places")?.members ?? []
        if fills.isEmpty { result.note("places: expected what goes into the places of the shell", at: body, "/shell") }
        for member in body.json.members {
            guard YAMLChart.bodyKeys.contains(member.key) else {
                let message = "\(member.key) has no place beside a shell; states go into its places"
                result.note(message, at: body, "/\(member.key)")
                continue
            }
            result.adopt(member, from: body)
        }
        result.fill(fills, from: body)
        return result
    }

    private mutating func note(_ message: String, at other: YAMLChart, _ pointer: String) {
        guard problems.count < 100 else { return }
        problems.append(other.locate(ChartError(.invalid, message, pointer: pointer)))
    }

    private mutating func adopt(_ member: JSON.Member, from body: YAMLChart) {
        let (key, value) = (member.key, member.value)
        let shells = take(key)
        let before = shells?.elements ?? []
        let isList = key == "variables" || key == "timers"
        if isList {
            json = .object(json.members + [.init(key, .array(before + value.elements))])
        } else if key == "roles" || key == "guards" {
            let kept = (shells?.members ?? []).filter { value[$0.key] == nil }
            json = .object(json.members + [.init(key, .object(kept + value.members))])
        } else {
            json = .object(json.members + [member])
        }
        adoptPlaces(from: body) { parts in
            guard parts.count > 1, parts[1] == key else { return nil }
            guard isList, parts.count > 2, let offset = Int(parts[2]) else { return parts.joined(separator: "/") }
            return (["", key, "\(before.count + offset)"] + parts[3...].map(String.init)).joined(separator: "/")
        }
    }

    /// - Parameter moved: of the parts of a pointer into the other file, where that is here; nil where it is not.
    private mutating func adoptPlaces(from other: YAMLChart, moved: ([Substring]) -> String?) {
        for (pointer, place) in other.places {
            if let moved = moved(pointer.split(separator: "/", omittingEmptySubsequences: false)) {
                places[moved] = place
            }
        }
    }

    private mutating func fill(_ fills: [JSON.Member], from body: YAMLChart) {
        let places = openPlaces
        let open = Dictionary(places.map { ($0.name, $0) }) { first, _ in first }
        var contents: [String: JSON] = [:]
        for fill in fills {
            guard let place = open[fill.key] else {
                let known = places.isEmpty ? "none is open" : "open are \(open.keys.sorted().joined(separator: ", "))"
                note("the shell has no place \(fill.key); \(known)", at: body, "/places/\(fill.key)")
                continue
            }
            contents[place.pointer] = content(fill, at: place, from: body)
        }
        adoptPlaces(from: body) { parts in
            guard parts.count > 3, parts[1] == "places", let place = open[String(parts[2])] else { return nil }
            return "\(place.pointer)/\(parts[3...].joined(separator: "/"))"
        }
        json = json.mappingStates("") { state, pointer in
            guard let content = contents[pointer] else { return state }
            return .object(state.without("place").members + content.members)
        }
    }

    private mutating func content(_ fill: JSON.Member, at place: OpenPlace, from body: YAMLChart) -> JSON {
        let pointer = "/places/\(fill.key)"
        let allowed = ["states", "regions", "initial", "initialDo"]
        for member in fill.value.members where !allowed.contains(member.key) {
            let message = "unknown key \(member.key); a place takes \(allowed.joined(separator: ", "))"
            note(message, at: body, "\(pointer)/\(member.key)")
        }
        if fill.value["states"] == nil, fill.value["regions"] == nil {
            note("the place needs states or regions", at: body, pointer)
        }
        // What is too deep would be refused later, but first it would have to be walked.
        let depth = place.pointer.utf8.count { $0 == UInt8(ascii: "/") } + fill.value.depth
        guard depth <= ChartLimits.jsonDepth else {
            note("nested more than \(ChartLimits.stateDepth) deep", at: body, pointer)
            return .object([])
        }
        return .object(fill.value.members.filter { allowed.contains($0.key) })
    }
}
