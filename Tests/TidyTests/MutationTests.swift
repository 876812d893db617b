import Foundation
import Testing

/// The bugs that `Scripts/mutate` plants still fit the sources they are planted in.
@Suite("Planted bugs")
struct MutationTests {
    struct Mutation: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var file = ""
        var old: [Substring] = []
    }

    static let mutations: [Mutation] = {
        var result: [Mutation] = []
        let lists = Repository.files(ending: ".txt").filter { $0.path.hasPrefix("Tests/Mutations/") }
        for line in lists.flatMap({ $0.text.split(separator: "\n") }) {
            if line.hasPrefix("# ") { result.append(Mutation(testDescription: String(line.dropFirst(2)))) }
            guard let last = result.indices.last else { continue }
            if line.hasPrefix("@ ") { result[last].file = "Sources/\(line.dropFirst(2))" }
            if line.hasPrefix("-") { result[last].old.append(line.dropFirst()) }
        }
        return result
    }()

    @Test("There are enough of them, each once")
    func count() {
        #expect(Self.mutations.count >= 90)
        #expect(Set(Self.mutations.map(\.testDescription)).count == Self.mutations.count)
    }

    @Test("What a bug replaces stands in its file, once", arguments: mutations)
    func stands(mutation: Mutation) {
        let text = "\n\(Repository.File(path: mutation.file).text)"
        let places = text.components(separatedBy: "\n\(mutation.old.joined(separator: "\n"))\n").count - 1
        #expect(places == 1, "\(mutation.file) has it \(places) times; mend Tests/Mutations")
    }
}
