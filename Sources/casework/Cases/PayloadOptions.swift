import ArgumentParser
import Foundation

/// The content of a command.
struct PayloadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Payload as JSON; @FILE reads it from a file, - from standard input.", valueName: "json|@file|-"))
    var payload: String?

    /// The payload's JSON; empty when none is given.
    func json() throws(Failure) -> String {
        guard let payload else { return "" }
        if payload == "-" { return try TextFile.read("-") }
        guard payload.hasPrefix("@") else { return payload }
        return try TextFile.read(String(payload.dropFirst()))
    }
}

/// Text files, with errors in the words of whoever named the file.
enum TextFile {
    /// Bytes that are read at most: rosters and records of test runs are long, but not longer.
    static let maximumBytes = 64 << 20

    /// - Parameter path: `-` is standard input.
    static func read(_ path: String) throws(Failure) -> String {
        let bytes: [UInt8]
        do throws(BoundedFile.Failure) {
            bytes = try path == "-"
                ? BoundedFile.bytes(of: STDIN_FILENO, limit: maximumBytes)
                : BoundedFile.bytes(path, limit: maximumBytes)
        } catch .tooLong {
            throw .usage(
                "文件 \(path) 超过 \(maximumBytes) 字节", "the file \(path) has more than \(maximumBytes) bytes")
        } catch where path == "-" {
            throw .usage("无法读取标准输入", "cannot read standard input")
        } catch {
            throw .usage("无法读取文件 \(path)", "cannot read the file \(path)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .usage("文件 \(path) 不是 UTF-8 编码", "the file \(path) is not UTF-8")
        }
        return text
    }
}
