/// An element of an XML document, with its place.
struct XMLElement: Sendable {
    struct Place: Hashable, Sendable {
        /// From 1.
        var line = 1
        /// From 1, in Unicode scalars.
        var column = 1
    }

    /// Of the charts' own namespace, which carries what SCXML has no words for.
    static let ownNamespace = "https://casework.example/chart"

    /// Without its namespace's prefix; in the charts' own namespace with the prefix `casework:`, whatever it was.
    var name: String
    /// Names in the charts' own namespace have the prefix `casework:`, others as they are written.
    var attributes: [String: String] = [:]
    var children: [XMLElement] = []
    /// Of the element itself, not of its children, in order.
    var text = ""
    var place: Place
}

/// What is wrong with a document.
struct XMLFailure: Error {
    var message: String
    var place: XMLElement.Place
}

/// Reads the part of XML 1.0 that state charts are written in: elements, attributes, text, CDATA, comments and the five
/// named entities.
///
/// There is no document type, so nothing can be expanded or fetched, and depth and length are bounded. That is why it
/// is not Foundation's parser: this is all that is needed, it knows its places, and it brings nothing with it.
struct XMLReader {
    /// Room for `ChartLimits.stateDepth` states with `ChartLimits.contentDepth` steps in the innermost.
    static let maximumDepth = 128

    private let bytes: [UInt8]
    private var position = 0
    /// The place told last, and where it is: the next lies behind it, so that all together cost one pass.
    private var known = (position: 0, place: XMLElement.Place())

    static func read(_ text: String) throws(XMLFailure) -> XMLElement {
        var reader = XMLReader(bytes: Array(text.utf8))
        guard reader.bytes.count <= ChartFile.maximumBytes else {
            throw reader.failure(ChartFile.tooLong(ChartFile.maximumBytes))
        }
        if reader.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
        try reader.skipMisc()
        guard reader.peek(UInt8(ascii: "<")) else { throw reader.failure("expected an element") }
        let root = try reader.element(depth: 0, prefixes: [:])
        try reader.skipMisc()
        guard reader.position == reader.bytes.count else { throw reader.failure("expected the end of the document") }
        return root
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func place() -> XMLElement.Place {
        while known.position < min(position, bytes.count) {
            let byte = bytes[known.position]
            known.position += 1
            if byte == UInt8(ascii: "\n") {
                known.place.line += 1
                known.place.column = 1
            } else if byte & 0xC0 != 0x80 {
                known.place.column += 1
            }
        }
        return known.place
    }

    private mutating func failure(_ message: String) -> XMLFailure {
        XMLFailure(message: "XML: \(message)", place: place())
    }

    private func peek(_ byte: UInt8) -> Bool { position < bytes.count && bytes[position] == byte }

    private func starts(with text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

    private mutating func take(_ text: String) -> Bool {
        guard starts(with: text) else { return false }
        position += text.utf8.count
        return true
    }

    private mutating func skipBlanks() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    /// Comments, processing instructions and blanks.
    private mutating func skipMisc() throws(XMLFailure) {
        while true {
            skipBlanks()
            if take("<!--") {
                try skip(to: "-->")
            } else if take("<?") {
                try skip(to: "?>")
            } else if starts(with: "<!") {
                throw failure("a document type is not read")
            } else {
                return
            }
        }
    }

    private mutating func skip(to end: String) throws(XMLFailure) {
        while position < bytes.count {
            if take(end) { return }
            position += 1
        }
        throw failure("expected \(end)")
    }
}

// MARK: - Elements

extension XMLReader {
    /// - Parameter prefixes: the namespaces around it, by prefix.
    private mutating func element(depth: Int, prefixes: [String: String]) throws(XMLFailure) -> XMLElement {
        guard depth < XMLReader.maximumDepth else {
            throw failure("nested more than \(XMLReader.maximumDepth) deep")
        }
        var element = XMLElement(name: "", place: place())
        position += 1
        let tag = try name()
        try attributes(of: &element)
        let prefixes = XMLReader.prefixes(prefixes, and: element.attributes)
        element.name = XMLReader.name(tag, prefixes) ?? XMLReader.localName(tag)
        try nameOwnAttributes(of: &element, prefixes)
        if take("/>") { return element }
        guard take(">") else { throw failure("expected '>'") }
        try content(of: &element, depth: depth, prefixes: prefixes)
        guard try name() == tag else { throw failure("expected the end of \(tag)") }
        skipBlanks()
        guard take(">") else { throw failure("expected '>'") }
        return element
    }

    /// Up to and with the `</` of the element's end.
    private mutating func content(
        of element: inout XMLElement, depth: Int, prefixes: [String: String]
    ) throws(XMLFailure) {
        while position < bytes.count {
            if take("</") { return }
            if take("<!--") {
                try skip(to: "-->")
            } else if take("<![CDATA[") {
                let start = position
                try skip(to: "]]>")
                element.text += try text(bytes[start..<position - 3])
            } else if take("<?") {
                try skip(to: "?>")
            } else if peek(UInt8(ascii: "<")) {
                element.children.append(try self.element(depth: depth + 1, prefixes: prefixes))
            } else {
                element.text += try characters { $0 == UInt8(ascii: "<") }
            }
        }
        throw failure("expected the end of \(element.name)")
    }

    private mutating func attributes(of element: inout XMLElement) throws(XMLFailure) {
        while true {
            skipBlanks()
            guard position < bytes.count, !starts(with: "/>"), !starts(with: ">") else { return }
            let key = try name()
            skipBlanks()
            guard take("=") else { throw failure("expected '='") }
            skipBlanks()
            guard position < bytes.count, bytes[position] == 0x22 || bytes[position] == 0x27 else {
                throw failure("expected a value in quotes")
            }
            let quote = bytes[position]
            position += 1
            let value = try characters { $0 == quote }
            guard peek(quote) else { throw failure("the value of \(key) has no end") }
            position += 1
            guard element.attributes.updateValue(value, forKey: key) == nil else {
                throw failure("the attribute \(key) stands twice")
            }
        }
    }

    private static func prefixes(_ outer: [String: String], and attributes: [String: String]) -> [String: String] {
        guard attributes.keys.contains(where: { $0.hasPrefix("xmlns") }) else { return outer }
        var result = outer
        for (key, value) in attributes {
            if key == "xmlns" { result[""] = value }
            if key.hasPrefix("xmlns:") { result[String(key.dropFirst(6))] = value }
        }
        return result
    }

    /// The name with the prefix `casework:`, or nil where it is of another namespace.
    private static func name(_ written: String, _ prefixes: [String: String]) -> String? {
        let parts = written.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let prefix = parts.count == 2 ? String(parts[0]) : ""
        guard let last = parts.last, prefixes[prefix] == XMLElement.ownNamespace else { return nil }
        return "casework:\(last)"
    }

    /// An attribute without prefix belongs to its element and to no namespace.
    private mutating func nameOwnAttributes(
        of element: inout XMLElement, _ prefixes: [String: String]
    ) throws(XMLFailure) {
        let prefixed = element.attributes.filter { $0.key.contains(":") && !$0.key.hasPrefix("xmlns") }
        guard !prefixed.isEmpty else { return }
        for key in prefixed.keys { element.attributes[key] = nil }
        for (key, value) in prefixed.sorted(by: { $0.key < $1.key }) {
            // What only looks like the own namespace must not be taken for it.
            let name = XMLReader.name(key, prefixes) ?? (key.hasPrefix("casework:") ? "other:\(key)" : key)
            guard element.attributes.updateValue(value, forKey: name) == nil else {
                throw failure("the attribute \(key) stands twice")
            }
        }
    }

    private static func localName(_ tag: String) -> String {
        guard let colon = tag.lastIndex(of: ":") else { return tag }
        return String(tag[tag.index(after: colon)...])
    }

    private mutating func name() throws(XMLFailure) -> String {
        let start = position
        let ends: [UInt8] = [0x20, 0x09, 0x0A, 0x0D, 0x3D, 0x2F, 0x3E, 0x3C, 0x22, 0x27, 0x26]
        while position < bytes.count, !ends.contains(bytes[position]) { position += 1 }
        guard position > start else { throw failure("expected a name") }
        return try text(bytes[start..<position])
    }

    private mutating func text(_ slice: ArraySlice<UInt8>) throws(XMLFailure) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw failure("the text is not UTF-8") }
        return text
    }

    private mutating func characters(until isEnd: (UInt8) -> Bool) throws(XMLFailure) -> String {
        var collected: [UInt8] = []
        while position < bytes.count, !isEnd(bytes[position]) {
            guard bytes[position] == UInt8(ascii: "&") else {
                collected.append(bytes[position])
                position += 1
                continue
            }
            collected += String(Character(try entity())).utf8
        }
        return try text(collected[...])
    }

    private mutating func entity() throws(XMLFailure) -> Unicode.Scalar {
        let named: [(String, Unicode.Scalar)] = [
            ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"),
        ]
        for (text, scalar) in named where take(text) { return scalar }
        guard take("&#") else { throw failure("an entity nobody declared") }
        let radix = take("x") ? 16 : 10
        let start = position
        while position < bytes.count, position - start < 8, bytes[position] != UInt8(ascii: ";") { position += 1 }
        guard let number = UInt32(try text(bytes[start..<position]), radix: radix),
            let scalar = Unicode.Scalar(number), number > 0, take(";")
        else { throw failure("a character that does not exist") }
        return scalar
    }
}
