import Statechart

extension ChartFile {
    /// A file read as far as its form: the chart's JSON, and where everything in it stands.
    struct Document {
        var json: JSON
        var problems: [ChartProblem]
        /// As an author wrote it, without what exists only in SCXML import.
        var isAuthored = false
        /// The places of problems that name what they speak of by its JSON pointer, in which keys stand as they are.
        private var locate: ([ChartError]) -> [ChartProblem]

        init(_ chart: YAMLChart) {
            (json, problems) = (chart.json, chart.problems)
            isAuthored = true
            locate = { $0.map(chart.locate) }
        }

        init(_ chart: ScxmlReader) {
            (json, problems) = (chart.json, chart.problems)
            locate = { $0.map(chart.locate) }
        }

        /// The problems with their places, and with pointers as RFC 6901 writes them.
        func located(_ errors: [ChartError]) -> [ChartProblem] {
            locate(errors).map { problem in
                var problem = problem
                problem.pointer = json.escaped(pointer: problem.pointer)
                return problem
            }
        }

        init(json text: String, file: String) throws(ChartFileError) {
            let bytes = Array(text.utf8)
            problems = []
            locate = { JSONPlaces.problems($0, in: bytes, file: file) }
            do {
                json = try JSON(reading: bytes)
            } catch {
                throw ChartFileError(problems: JSONPlaces.problems([error], in: bytes, file: file))
            }
        }
    }

    /// A text by itself, in the form its file's name ends with: `.yaml`, `.yml`, `.json` or `.scxml`.
    static func document(text: String, file: String) throws(ChartFileError) -> Document {
        switch file.split(separator: ".").last {
        case "yaml", "yml": return Document(Composition.alone(try YAMLChart.read(text, file: file)))
        case "scxml", "xml": return Document(try ScxmlReader.read(text, file: file))
        case "json": return try Document(json: text, file: file)
        default:
            let message = "expected a name that ends with .yaml, .json or .scxml"
            throw ChartFileError(problems: [
                ChartProblem(file: file, line: 0, column: 0, code: ChartError.Code.invalid.rawValue, message: message)
            ])
        }
    }

    /// A file with the shells it names.
    static func document(at path: String, in folder: ChartFolder) throws(ChartFileError) -> Document {
        let file = folder.name + path
        guard path.hasSuffix(".yaml") || path.hasSuffix(".yml") else {
            return try document(text: try text(of: try folder.bytes(path), file: file), file: file)
        }
        return Document(try Composition.read(path, in: folder))
    }

    static func definition(_ document: Document, file: String) throws(ChartFileError) -> Definition {
        try refuse(document)
        return try definition(canonicalJSON: document.json.canonicalBytes(), file: file)
    }
}

extension JSON {
    /// A pointer whose keys stand as they are, with `~` and `/` in them written as RFC 6901 wants it: what is a key and
    /// what lies in it only the value itself can tell.
    func escaped(pointer: String) -> String {
        guard pointer.hasPrefix("/") else { return "" }
        let rest = pointer.dropFirst()
        if case .object(let members) = self {
            let fitting = members.filter { rest == $0.key || rest.hasPrefix("\($0.key)/") }
            if let member = fitting.max(by: { $0.key.utf8.count < $1.key.utf8.count }) {
                return "/\(JSON.escaped(member.key))"
                    + member.value.escaped(pointer: String(rest.dropFirst(member.key.count)))
            }
            // What is missing has no key here: it is the last part.
            return "/\(JSON.escaped(String(rest)))"
        }
        guard case .array(let elements) = self else { return "/\(JSON.escaped(String(rest)))" }
        let number = rest.prefix { $0 != "/" }
        guard let index = Int(number), elements.indices.contains(index) else { return "/\(rest)" }
        return "/\(number)" + elements[index].escaped(pointer: String(rest.dropFirst(number.count)))
    }

    private static func escaped(_ key: String) -> String {
        key.replacing("~", with: "~0").replacing("/", with: "~1")
    }
}
