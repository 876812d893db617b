/// An element to be written.
struct XMLTag {
    var name: String
    var attributes: [(key: String, value: String)] = []
    var children: [XMLTag] = []
    /// Instead of children.
    var text: String?

    init(_ name: String) { self.name = name }

    init(_ name: String, text: String) {
        self.name = name
        self.text = text
    }

    mutating func set(_ key: String, _ value: String?) {
        if let value { attributes.append((key, value)) }
    }

    /// True for what XML 1.0 has characters for; most control characters are none.
    static func canHold(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x9, 0xA, 0xD: true
            case 0..<0x20, 0xFFFE, 0xFFFF: false
            default: true
            }
        }
    }

    /// The whole document, an element a line.
    var document: String {
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        write(into: &text, depth: 0)
        return text
    }

    private func write(into output: inout String, depth: Int) {
        let indentation = String(repeating: "  ", count: depth)
        output += "\(indentation)<\(name)"
        for (key, value) in attributes { output += " \(key)=\"\(XMLTag.escaped(value, isAttribute: true))\"" }
        if let text {
            output += ">\(XMLTag.escaped(text, isAttribute: false))</\(name)>\n"
        } else if children.isEmpty {
            output += "/>\n"
        } else {
            output += ">\n"
            for child in children { child.write(into: &output, depth: depth + 1) }
            output += "\(indentation)</\(name)>\n"
        }
    }

    /// White space in attributes, and a carriage return anywhere, would be read as something else.
    private static func escaped(_ text: String, isAttribute: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"" where isAttribute: result += "&quot;"
            case "\t" where isAttribute, "\n" where isAttribute, "\r": result += "&#\(scalar.value);"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
