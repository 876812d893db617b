import Foundation
import Testing

/// What fuzzing left: files that go everywhere in the readers, and each that once led one astray. `Scripts/fuzz` begins
/// with them and looks for more.
@Suite("The readers' corpus")
struct CorpusTests {
    @Test("Each file is read, or refused with a reason", arguments: ReaderProperties.Reader.allCases)
    func corpus(reader: ReaderProperties.Reader) throws {
        let folder = Package.root.appending(path: "Tests/ChartFilesTests/Corpus/\(reader.rawValue)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names.count > 1)
        for name in names {
            let bytes = Array(try Data(contentsOf: folder.appending(path: name)))
            #expect(ReaderProperties.violation(of: reader, bytes) == nil, "\(reader.rawValue)/\(name)")
        }
    }
}
