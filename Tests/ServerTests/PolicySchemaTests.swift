import Foundation
import Testing

@testable import Server

/// The schema that editors use says of a policy what the server says of it. Read by Python's `jsonschema` and `yaml`
/// (Debian `python3-jsonschema`, `python3-yaml`); without them this is skipped.
@Suite("Schema of policies", .enabled("python3-jsonschema and python3-yaml are needed") { SchemaJudge.isPresent })
struct PolicySchemaTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
    private static let good = """
        type: a
        county: "220122"
        from: 2026-01-01
        to: 2026-12-31
        values: { amount: { value: 800, source: 文件 } }

        """

    @Test(
        "a schema and a reader that agree",
        arguments: [
            ("from: 2026-01-01", "from: 2026-01-01", true),
            ("to: 2026-12-31\n", "", true),
            ("value: 800", "value: flat", true),
            ("value: 800", "value: true", true),
            ("type: a\n", "", false),
            ("county: \"220122\"", "county: \"22012\"", false),
            ("county: \"220122\"", "county: 农安县", false),
            ("from: 2026-01-01\n", "", false),
            ("from: 2026-01-01", "from: soon", false),
            ("from:", "since:", false),
            ("value: 800, ", "", false),
            (", source: 文件", "", false),
            (", source: 文件", ", source: 文件, article: 2", false),
            ("value: 800", "value: ''", false),
            ("{ amount: { value: 800, source: 文件 } }", "[1]", false),
        ])
    func agree(_ old: String, _ new: String, _ isGood: Bool) throws {
        let text = Self.good.replacingOccurrences(of: old, with: new)
        #expect(new == old || text != Self.good)
        let read = try? PolicyFile(text, file: "policy.yaml")
        #expect((read != nil) == isGood)
        #expect(try SchemaJudge.accepts(text, Self.root.appending(path: "Schemas/policy.schema.json")) == isGood)
    }

    @Test("every policy of the plugins is as the schema says")
    func plugins() throws {
        let plugins = Self.root.appending(path: "Plugins")
        var read = 0
        for plugin in try FileManager.default.contentsOfDirectory(at: plugins, includingPropertiesForKeys: nil) {
            let folder = plugin.appending(path: "policy")
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            for file in names.map({ folder.appending(path: $0) }) where file.pathExtension == "yaml" {
                let schema = Self.root.appending(path: "Schemas/policy.schema.json")
                #expect(try SchemaJudge.accepts(String(contentsOf: file, encoding: .utf8), schema), "\(file.path)")
                read += 1
            }
        }
        #expect(read > 0)
    }
}

private enum SchemaJudge {
    private static let script = """
        import json, sys, yaml, jsonschema
        schema = json.load(open(sys.argv[1], encoding="utf-8"))
        text = yaml.safe_load(sys.stdin.buffer.read().decode("utf-8"))
        instance = json.loads(json.dumps(text, default=str))
        jsonschema.Draft202012Validator.check_schema(schema)
        errors = list(jsonschema.Draft202012Validator(schema).iter_errors(instance))
        print("refused" if errors else "accepted")
        """

    static let isPresent = (try? run(["-c", "import jsonschema, yaml; jsonschema.Draft202012Validator"], "")) != nil

    static func accepts(_ yaml: String, _ schema: URL) throws -> Bool {
        let word = try run(["-c", script, schema.path], yaml)
        try #require(["accepted", "refused"].contains(word))
        return word == "accepted"
    }

    private struct Failed: Error {}

    private static func run(_ arguments: [String], _ input: String) throws -> String {
        let process = Process()
        let (stdin, stdout) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = arguments
        (process.standardInput, process.standardOutput, process.standardError) = (stdin, stdout, Pipe())
        try process.run()
        stdin.fileHandleForWriting.write(Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        let output = stdout.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed() }
        return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
