import ArgumentParser
import Foundation

/// The content of a command, and the key that makes it happen at most once.
struct PayloadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Payload as JSON; @FILE reads it from a file, - from standard input.", valueName: "json|@file|-"))
    var payload: String?

    @Option(
        name: .customLong("key"),
        help: ArgumentHelp(
            "Key of an earlier try, 32 hexadecimal digits: the command happens once however often it is sent.",
            valueName: "hex"))
    var givenKey: String?

    /// The payload's JSON; empty when none is given.
    func json() throws(Failure) -> String {
        guard let payload else { return "" }
        if payload == "-" { return String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self) }
        guard payload.hasPrefix("@") else { return payload }
        return try TextFile.read(String(payload.dropFirst()))
    }

    func key(_ session: Session) async throws(Failure) -> Data {
        guard let givenKey else { return try await session.newKey() }
        let digits = givenKey.filter { $0 != "-" }
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { offset in
            UInt8(digits.dropFirst(offset).prefix(2), radix: 16)
        }
        guard digits.count == 32, bytes.count == 16 else {
            throw .usage("--key 应为 32 位十六进制数字", "--key takes 32 hexadecimal digits")
        }
        return Data(bytes)
    }
}

/// Text files, with errors in the words of whoever named the file.
enum TextFile {
    /// Bytes that are read at most: rosters and records of test runs are long, but not longer.
    static let maximumBytes = 64 << 20

    static func read(_ path: String) throws(Failure) -> String {
        let bytes: [UInt8]
        do throws(BoundedFile.Failure) {
            bytes = try BoundedFile.bytes(path, limit: maximumBytes)
        } catch .tooLong {
            throw .usage(
                "文件 \(path) 超过 \(maximumBytes) 字节", "the file \(path) has more than \(maximumBytes) bytes")
        } catch {
            throw .usage("无法读取文件 \(path)", "cannot read the file \(path)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .usage("文件 \(path) 不是 UTF-8 编码", "the file \(path) is not UTF-8")
        }
        return text
    }
}
