import Crypto
import Foundation
import Kernel

/// The files that say how a server behaves, read and checked before anything is opened.
struct Configuration: Sendable {
    var authorization: Authorization
    var holidays: Holidays
    var calendarDigest: Digest
    var policies: PolicyBook

    init(_ options: ServerOptions) throws(StartupError) {
        let authorization = try Self.read(options.authorization, "authorization")
        let calendar = try Self.read(options.calendar, "calendar")
        do throws(FileError) {
            self.authorization = try AuthorizationFile.parse(authorization, file: options.authorization)
        } catch {
            throw StartupError(.configuration, "\(error)")
        }
        do throws(CalendarError) {
            holidays = try Holidays(parsing: calendar)
        } catch {
            throw StartupError(.configuration, "\(options.calendar):\(error.line): \(error.message)")
        }
        calendarDigest = Digest(bytes: SHA256.hash(Array(calendar.utf8)))
        policies = try Self.policies(options.policies)
    }

    private static func policies(_ folder: String) throws(StartupError) -> PolicyBook {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw StartupError(.configuration, "The policy folder \(folder) cannot be read: make it, or name another.")
        }
        var files: [(name: String, policy: PolicyFile)] = []
        for name in names.sorted() where name.hasSuffix(".yaml") {
            let file = "\(folder)/\(name)"
            let text = try read(file, "policy")
            do throws(FileError) {
                files.append((file, try PolicyFile(text, file: file)))
            } catch {
                throw StartupError(.configuration, "\(error)")
            }
        }
        do throws(FileError) {
            return try PolicyFile.book(of: files)
        } catch {
            throw StartupError(.configuration, "\(error)")
        }
    }

    private static func read(_ file: String, _ what: String) throws(StartupError) -> String {
        do {
            return try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw StartupError(.configuration, "The \(what) file \(file) cannot be read: check its name and rights.")
        }
    }
}
