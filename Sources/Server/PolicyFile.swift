import Crypto
import Kernel
import Yams

/// Reads a policy file: what one county has decided for one case type, for some time.
///
/// ```yaml
/// type: transport-subsidy
/// county: "220122"
/// from: 2026-01-01
/// to: 2026-12-31                      # the last day; without it: until the county's next policy
/// values:
///   amount.mode: { value: flat, source: 农人社发〔2026〕3号 第二条 }
///   amount.flat: { value: 80000, source: 农人社发〔2026〕3号 第三条 }
///   stay.months: { value: 3, source: 农人社发〔2026〕3号 第五条 }
/// ```
///
/// Integers, texts and true or false are values; amounts are in fen.
struct PolicyFile: Sendable {
    var entry: PolicyBook.Entry
    var to: LocalDate?

    /// - Throws: `FileError` with the line.
    init(_ text: String, file: String) throws(FileError) {
        let root = try YAMLReader(text: text, file: file)
        let fields = try root.fields(["type", "county", "from", "to", "values"])
        guard let type = try fields["type"]?.text(), let county = try fields["county"]?.text(),
            let from = try fields["from"].map(Self.day), let values = fields["values"]
        else { throw FileError(file: file, "the keys type, county, from and values are needed") }
        guard county.utf8.count == 6, county.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
            throw root.error("county: a division code has six digits, not \"\(county)\"")
        }
        to = try fields["to"].map(Self.day)
        if let to, to < from { throw root.error("to: the last day lies before the first") }
        var read: [String: PolicyVersion.Entry] = [:]
        for (name, value) in try values.members() { read[name] = try Self.entry(value) }
        let version = PolicyVersion(digest: Self.digest(type: type, county: county, from: from, read), values: read)
        entry = PolicyBook.Entry(type: type, county: county, from: from, version: version)
    }

    /// All files as one book. After a last day without a next policy the county has configured nothing.
    ///
    /// - Throws: `FileError` for two policies of one county in force on one day: nobody could say which counts.
    static func book(of files: [(name: String, policy: PolicyFile)]) throws(FileError) -> PolicyBook {
        var entries: [PolicyBook.Entry] = []
        let groups = Dictionary(grouping: files) { "\($0.policy.entry.type) \($0.policy.entry.county)" }
        for group in groups.values {
            let ordered = group.sorted { $0.policy.entry.from < $1.policy.entry.from }
            for (index, file) in ordered.enumerated() {
                let next = index + 1 < ordered.count ? ordered[index + 1] : nil
                entries += try Self.entries(of: file.policy, before: next)
            }
        }
        return PolicyBook(entries: entries)
    }

    private static func entries(
        of policy: PolicyFile, before next: (name: String, policy: PolicyFile)?
    ) throws(FileError) -> [PolicyBook.Entry] {
        let start = next?.policy.entry.from
        if let next, let start, policy.to.map({ start <= $0 }) ?? (start == policy.entry.from) {
            throw FileError(
                file: next.name, "another policy of this county is in force on \(start): end that one first")
        }
        guard let after = policy.to?.adding(days: 1), start != after else { return [policy.entry] }
        var end = policy.entry
        end.from = after
        end.version = PolicyVersion(
            digest: digest(type: end.type, county: end.county, from: after, [:]), values: [:])
        return [policy.entry, end]
    }

    private static func day(_ reader: YAMLReader) throws(FileError) -> LocalDate {
        guard let day = LocalDate(parsing: try reader.text()) else { throw reader.error("a day is written 2026-03-01") }
        return day
    }

    private static func entry(_ reader: YAMLReader) throws(FileError) -> PolicyVersion.Entry {
        let fields = try reader.fields(["value", "source"])
        guard let written = fields["value"], let source = fields["source"] else {
            throw reader.error("the keys \"value\" and \"source\" are needed")
        }
        return PolicyVersion.Entry(value: try value(written), source: try source.text())
    }

    private static func value(_ reader: YAMLReader) throws(FileError) -> PolicyValue {
        let text = try reader.text()
        if let flag = Bool.construct(from: reader.scalar) { return .flag(flag) }
        if let number = Int64(text), reader.isPlain { return .integer(number) }
        guard !text.isEmpty else { throw reader.error("a value is expected") }
        return .text(text)
    }

    /// Names the content: the same values from the same day have the same digest whatever file they stand in.
    private static func digest(
        type: String, county: String, from: LocalDate, _ values: [String: PolicyVersion.Entry]
    ) -> Digest {
        var digest = CommandDigest(service: "casework.policy", method: type)
        digest.add(county)
        digest.add("\(from)")
        for (name, entry) in values.sorted(by: { $0.key < $1.key }) {
            digest.add(name)
            switch entry.value {
            case .integer(let number): digest.add("i\(number)")
            case .text(let text): digest.add("t\(text)")
            case .flag(let flag): digest.add("f\(flag)")
            }
            digest.add(entry.source)
        }
        return digest.finish()
    }
}

extension YAMLReader {
    /// Written without quotes, so that digits mean a number.
    fileprivate var isPlain: Bool { scalar.style == .plain || scalar.style == .any }

    fileprivate var scalar: Node.Scalar {
        if case .scalar(let scalar) = node { return scalar }
        return Node.Scalar("")
    }
}
