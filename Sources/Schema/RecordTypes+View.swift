import Foundation

extension RecordTypes {
    func write(_ message: RecordMessage, view: RecordCodec.View, to writer: inout JSONWriter) {
        writer.raw("{")
        for (place, entry) in message.fields.enumerated() {
            let field = messages[message.type].fields[entry.field]
            if place > 0 { writer.raw(",") }
            writer.string(field.jsonName)
            writer.raw(":")
            write(entry.values, field, view: view, to: &writer)
        }
        writer.raw("}")
    }

    private func write(
        _ values: [RecordValue], _ field: RecordField, view: RecordCodec.View, to writer: inout JSONWriter
    ) {
        if let mask = mask(field, view) {
            let masked = values.map { mask($0) }
            return field.isRepeated ? list(masked, to: &writer) { $1.string($0) } : writer.string(masked[0])
        }
        if field.isMap { return writeMap(values, view: view, to: &writer) }
        guard field.isRepeated else { return write(values[0], field, view: view, to: &writer) }
        list(values, to: &writer) { write($0, field, view: view, to: &$1) }
    }

    private func list<Element>(
        _ elements: [Element], to writer: inout JSONWriter, each: (Element, inout JSONWriter) -> Void
    ) {
        writer.raw("[")
        for (place, element) in elements.enumerated() {
            if place > 0 { writer.raw(",") }
            each(element, &writer)
        }
        writer.raw("]")
    }

    private func writeMap(_ entries: [RecordValue], view: RecordCodec.View, to writer: inout JSONWriter) {
        writer.raw("{")
        for (place, entry) in entries.enumerated() {
            guard case .message(let entry) = entry else { continue }
            if place > 0 { writer.raw(",") }
            let fields = messages[entry.type].fields
            writer.string(plain(value(of: entry, 0), fields[0]))
            writer.raw(":")
            write([value(of: entry, 1)], fields[1], view: view, to: &writer)
        }
        writer.raw("}")
    }

    /// A field of a map's entry, or its default where it was left out.
    private func value(of entry: RecordMessage, _ index: Int) -> RecordValue {
        if let set = entry.fields.first(where: { $0.field == index }) { return set.values[0] }
        return switch messages[entry.type].fields[index].kind {
        case .bool: .bool(false)
        case .text: .text("")
        case .data: .data([])
        case .double, .float: .double(0)
        case .signed: .signed(0)
        case .unsigned: .unsigned(0)
        case .enumeration: .enumeration(0)
        case .message(let type): .message(RecordMessage(type: type))
        }
    }

    /// How each value of a field is hidden in this view; nil where the field is shown as it is.
    private func mask(_ field: RecordField, _ view: RecordCodec.View) -> ((RecordValue) -> String)? {
        guard field.isSensitive, case .masked = view else { return nil }
        return { value in
            guard case .text(let text) = value else { return "***" }
            return Masking.mask(text, as: field.format)
        }
    }

    private func write(_ value: RecordValue, _ field: RecordField, view: RecordCodec.View, to writer: inout JSONWriter)
    {
        switch value {
        case .message(let message): write(message, view: view, to: &writer)
        case _ where isQuoted(value, field): writer.string(plain(value, field))
        default: writer.raw(plain(value, field))
        }
    }

    /// 64-bit integers and what is not a number stand as strings in protobuf's JSON form.
    private func isQuoted(_ value: RecordValue, _ field: RecordField) -> Bool {
        switch (value, field.kind) {
        case (.bool, _): false
        case (.double(let number), _): !number.isFinite
        case (_, .signed(let bits, _, _)), (_, .unsigned(let bits, _)): bits == 64
        default: true
        }
    }

    private func plain(_ value: RecordValue, _ field: RecordField) -> String {
        switch value {
        case .bool(let value): return value ? "true" : "false"
        case .signed(let value): return String(value)
        case .unsigned(let value): return String(value)
        case .double(let value) where value.isNaN: return "NaN"
        case .double(let value) where value.isInfinite: return value > 0 ? "Infinity" : "-Infinity"
        case .double(let value): return field.kind == .float ? "\(Float(value))" : "\(value)"
        case .text(let value): return value
        case .data(let value): return Data(value).base64EncodedString()
        case .enumeration(let number):
            guard case .enumeration(let type) = field.kind else { return String(number) }
            return enums[type].values[number]?.name ?? String(number)
        case .message: return ""
        }
    }
}

extension RecordTypes {
    func list(_ message: RecordMessage, at path: RecordPath, view: RecordCodec.View, into rows: inout [RecordRow]) {
        for (index, values) in message.fields {
            let field = messages[message.type].fields[index]
            for (place, value) in values.enumerated() {
                let name = path.field(field.name)
                list(value, field, at: field.isRepeated ? name.element(place) : name, view: view, into: &rows)
            }
        }
    }

    private func list(
        _ value: RecordValue, _ field: RecordField, at path: RecordPath, view: RecordCodec.View,
        into rows: inout [RecordRow]
    ) {
        let shown: Bilingual
        if let mask = mask(field, view) {
            let text = mask(value)
            shown = Bilingual(zh: text, en: text)
        } else if case .message(let inner) = value {
            return list(inner, at: path, view: view, into: &rows)
        } else {
            shown = spoken(value, field)
        }
        let label = field.label ?? Bilingual(zh: field.name, en: field.name)
        rows.append(RecordRow(path: path.text, label: label, value: shown))
    }

    private func spoken(_ value: RecordValue, _ field: RecordField) -> Bilingual {
        switch (value, field.kind) {
        case (.bool(let value), _): return value ? Bilingual(zh: "是", en: "yes") : Bilingual(zh: "否", en: "no")
        case (.signed(let fen), _) where field.format == .moneyFen:
            let yuan = Self.yuan(fen)
            return Bilingual(zh: yuan + " 元", en: "CNY " + yuan)
        case (.enumeration(let number), .enumeration(let type)):
            if let label = enums[type].values[number]?.label { return label }
        default: break
        }
        let text = plain(value, field)
        return Bilingual(zh: text, en: text)
    }

    /// Fen as yuan with two decimals: 30000 is 300.00.
    static func yuan(_ fen: Int64) -> String {
        let rest = fen.magnitude % 100
        return "\(fen < 0 ? "-" : "")\(fen.magnitude / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
