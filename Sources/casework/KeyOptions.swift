import ArgumentParser
import CaseworkClient
import Dispatch
import Foundation

/// The key that makes a command happen at most once.
struct KeyOptions: ParsableArguments {
    @Option(
        name: .customLong("key"),
        help: ArgumentHelp(
            "Key of an earlier try, 32 hexadecimal digits: the command happens once however often it is sent.",
            valueName: "hex"))
    var given: String?

    /// Sends a command and prints its answer. When either is cut short the failure tells the key: whoever knows it can
    /// ask again.
    func once<Answer>(
        in language: Language, send: (Data) async throws(Failure) -> Answer,
        show: (Answer) async throws(Failure) -> Void
    ) async throws(Failure) {
        let key = try bytes()
        let watch = InterruptWatch(key: key, language: language)
        defer { watch.end() }
        do throws(Failure) {
            let answer = try await send(key)
            do throws(Failure) {
                try await show(answer)
                do throws(StandardStreams.Unwritten) { try StandardStreams.flush() } catch { throw error.failure }
            } catch {
                throw error.afterCarryingOut
            }
        } catch {
            guard error.isUnsettled else { throw error }
            throw error.telling(key)
        }
    }

    /// A new key is of this machine's time; a development store, whose clock may be a virtual one, does not look at it.
    private func bytes() throws(Failure) -> Data {
        guard let given else {
            return Data(CommandKey(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)).bytes)
        }
        let digits = given.filter { $0 != "-" }
        // `UInt8(_:radix:)` would take a sign.
        guard digits.count == 32, digits.allSatisfy(\.isHexDigit) else {
            throw .usage("--key 应为 32 位十六进制数字", "--key takes 32 hexadecimal digits")
        }
        return Data(
            stride(from: 0, to: digits.count, by: 2).compactMap { offset in
                UInt8(digits.dropFirst(offset).prefix(2), radix: 16)
            })
    }
}

/// Tells the key to whoever stops waiting: the command is on its way all the same.
private struct InterruptWatch {
    private static let signals = [SIGINT, SIGTERM, SIGHUP]
    private let sources: [any DispatchSourceSignal]

    init(key: Data, language: Language) {
        sources = Self.signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                Failure.refused("已中断，命令是否办理不得而知", "interrupted: it is not known whether the command was carried out")
                    .telling(key).say(in: language)
                exit(128 + number)
            }
            source.resume()
            return source
        }
    }

    func end() {
        for source in sources { source.cancel() }
        for number in Self.signals { signal(number, SIG_DFL) }
    }
}

extension Failure {
    /// The same, of a command that has been carried out, and whose answer nobody has seen.
    fileprivate var afterCarryingOut: Failure {
        var copy = self
        copy.phrase = Phrase(phrase.zh + "；命令已经办理", phrase.en + "; the command itself was carried out")
        copy.isUnsettled = true
        return copy
    }

    fileprivate func telling(_ key: Data) -> Failure {
        let hex = key.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        var copy = self
        copy.details.append(
            Phrase("以同一幂等键重发：原命令加上 --key \(hex)", "to repeat it under the same key, add --key \(hex)"))
        return copy
    }
}
