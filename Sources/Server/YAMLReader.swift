import Yams

/// A file is not what its form asks for. The message names file, line and what to do.
struct FileError: Error, Equatable, CustomStringConvertible {
    var description: String

    init(file: String, line: Int? = nil, _ message: String) {
        description = line.map { "\(file):\($0): \(message)" } ?? "\(file): \(message)"
    }
}

/// A node of a YAML file that is read strictly: every key must be known, every value of its kind.
struct YAMLReader {
    let file: String
    /// How a person finds the node: `agencies.jilin-hrss.roles`.
    let path: String
    let node: Node

    init(text: String, file: String) throws(FileError) {
        self.file = file
        path = ""
        do {
            guard let node = try Yams.compose(yaml: text) else { throw FileError(file: file, "the file is empty") }
            self.node = node
        } catch let error as YamlError {
            throw FileError(file: file, "it is not YAML: \(error)".split(separator: "\n").joined(separator: " "))
        } catch let error as FileError {
            throw error
        } catch {
            throw FileError(file: file, "it is not YAML: \(error)")
        }
    }

    private init(file: String, path: String, node: Node) {
        self.file = file
        self.path = path
        self.node = node
    }

    func error(_ message: String) -> FileError {
        FileError(file: file, line: node.mark?.line, path.isEmpty ? message : "\(path): \(message)")
    }

    /// The members of a mapping, in the order of the file.
    func members() throws(FileError) -> [(key: String, value: YAMLReader)] {
        guard case .mapping(let mapping) = node else { throw error("a mapping is expected") }
        var members: [(String, YAMLReader)] = []
        var seen: Set<String> = []
        for (key, value) in mapping {
            guard case .scalar(let name) = key else { throw error("a key is not a plain word") }
            guard seen.insert(name.string).inserted else { throw error("\"\(name.string)\" stands twice") }
            let place = path.isEmpty ? name.string : "\(path).\(name.string)"
            members.append((name.string, YAMLReader(file: file, path: place, node: value)))
        }
        return members
    }

    /// The members of a mapping that may have these keys only.
    func fields(_ known: Set<String>) throws(FileError) -> [String: YAMLReader] {
        var fields: [String: YAMLReader] = [:]
        for (key, value) in try members() {
            guard known.contains(key) else {
                throw value.error("the key is unknown; known are \(known.sorted().joined(separator: ", "))")
            }
            fields[key] = value
        }
        return fields
    }

    func elements() throws(FileError) -> [YAMLReader] {
        guard case .sequence(let sequence) = node else { throw error("a list is expected") }
        return sequence.enumerated().map { YAMLReader(file: file, path: "\(path)[\($0)]", node: $1) }
    }

    func text() throws(FileError) -> String {
        guard case .scalar(let scalar) = node else { throw error("a text is expected") }
        return scalar.string
    }

    func texts() throws(FileError) -> [String] {
        var texts: [String] = []
        for element in try elements() { texts.append(try element.text()) }
        return texts
    }
}
