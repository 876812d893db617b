import Statechart

extension ChartFile {
    /// A file read as far as its form: the chart's JSON, and where everything in it stands.
    struct Document {
        var json: JSON
        var problems: [ChartProblem]
        /// As an author wrote it, without what exists only in SCXML import.
        var isAuthored = false
        /// The places of problems that name what they speak of by its JSON pointer.
        var locate: ([ChartError]) -> [ChartProblem]

        init(_ chart: YAMLChart) {
            (json, problems) = (chart.json, chart.problems)
            isAuthored = true
            locate = { $0.map(chart.locate) }
        }

        init(_ chart: ScxmlReader) {
            (json, problems) = (chart.json, chart.problems)
            locate = { $0.map(chart.locate) }
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
