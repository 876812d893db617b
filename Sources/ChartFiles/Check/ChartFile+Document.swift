import Statechart

extension ChartFile {
    /// A file read as far as its form: the chart's JSON, and where everything in it stands.
    struct Document {
        var json: JSON
        var problems: [ChartProblem]
        /// The place of a JSON pointer's problem.
        var locate: (ChartError) -> ChartProblem
    }

    /// The file in the form its name ends with: `.yaml`, `.yml`, `.json` or `.scxml`.
    static func document(text: String, file: String) throws(ChartFileError) -> Document {
        switch file.split(separator: ".").last {
        case "yaml", "yml":
            let chart = try YAMLChart.read(text, file: file)
            return Document(json: chart.json, problems: chart.problems, locate: chart.locate)
        case "scxml", "xml":
            let chart = try ScxmlReader.read(text, file: file)
            return Document(json: chart.json, problems: chart.problems, locate: chart.locate)
        default: return try jsonDocument(text: text, file: file)
        }
    }

    private static func jsonDocument(text: String, file: String) throws(ChartFileError) -> Document {
        // There are no lines to speak of, so the pointer tells the place.
        func locate(_ error: ChartError) -> ChartProblem {
            ChartProblem(file: file, line: 0, column: 0, code: error.code.rawValue, message: error.description)
        }
        guard file.hasSuffix(".json") else {
            let message = "expected a name that ends with .yaml, .json or .scxml"
            throw ChartFileError(problems: [locate(ChartError(.invalid, message))])
        }
        do {
            return Document(json: try JSON(reading: Array(text.utf8)), problems: [], locate: locate)
        } catch {
            throw ChartFileError(problems: [locate(error)])
        }
    }

    static func definition(_ document: Document, file: String) throws(ChartFileError) -> Definition {
        try refuse(document.problems, document.json, document.locate)
        return try definition(canonicalJSON: document.json.canonicalBytes(), file: file)
    }
}
