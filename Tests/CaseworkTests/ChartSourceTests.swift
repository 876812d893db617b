import Foundation
import Statechart
import Testing

@testable import casework

/// Where the command line looks for the shells that charts name.
@Suite("A chart's files")
struct ChartSourceTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("charts-\(UUID().uuidString)")

    private func write(_ text: String, _ name: String) throws {
        let file = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    private static let shell = "chart: shell\nlabel: { zh: 壳, en: Shell }\nstates: { open: { place: body }, b: }\n"

    private func body(_ shell: String, target: String = "/b") -> String {
        """
        chart: whole
        label: { zh: 整, en: Whole }
        shell: \(shell)
        places: { body: { states: { a: { transitions: [{ event: e, to: \(target) }] } } } }
        """
    }

    private func problem(_ name: String) -> String {
        let path = folder.appendingPathComponent(name).path
        do {
            _ = try ChartSource.definition(path)
            return ""
        } catch {
            return error.details.first?.en ?? error.phrase.en
        }
    }

    @Test func shellsBesideAndBelow() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write(Self.shell, "shell.yaml")
        try write(Self.shell, "parts/shell.yaml")
        try write(body("shell.yaml"), "beside.yaml")
        try write(body("parts/../parts/shell.yaml"), "below.yaml")
        for name in ["beside.yaml", "below.yaml"] {
            let chart = try ChartSource.definition(folder.appendingPathComponent(name).path)
            #expect(chart.name == "whole")
            #expect(chart.states.map(\.path) == ["open", "open/a", "b"])
        }
    }

    @Test func nothingOutsideIsRead() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write(Self.shell, "shell.yaml")
        try write(body("../shell.yaml"), "inner/above.yaml")
        try write(body("link.yaml"), "inner/linked.yaml")
        try FileManager.default.createSymbolicLink(
            atPath: folder.appendingPathComponent("inner/link.yaml").path,
            withDestinationPath: folder.appendingPathComponent("shell.yaml").path)
        let inner = folder.path + "/inner"
        #expect(
            problem("inner/above.yaml")
                == "\(inner)/above.yaml:3:8: shell ../shell.yaml: expected a path relative to this file, "
                + "inside the folder"
        )
        #expect(
            problem("inner/linked.yaml").hasPrefix("\(inner)/linked.yaml:3:8: shell link.yaml: the file lies outside"))
        #expect(problem("nothing.yaml") == "cannot read the file \(folder.path)/nothing.yaml")
    }

    @Test func problemsNameTheirFile() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write(Self.shell.replacingOccurrences(of: "b: }", with: "b: { colour: red } }"), "shell.yaml")
        try write(body("shell.yaml", target: "c"), "body.yaml")
        #expect(problem("body.yaml") == "\(folder.path)/body.yaml:4:64: to c: there is no such state")
        #expect(problem("shell.yaml").hasPrefix("\(folder.path)/shell.yaml:3:26: nothing fills the place body"))
    }
}
