package import CPluginABI
internal import Glibc

/// Why a file cannot serve as a plugin, in words for an operator.
public struct LibraryError: Error, Equatable, Sendable {
    public var message: String

    public init(_ message: String) { self.message = message }
}

/// A plugin's library, loaded, and the table it filled.
///
/// A library is never unloaded: code of it may still be referred to. One decision at a time; the owner sees to that.
public final class PluginTable {
    /// Outlives the instance, and so this object, which is never let go of before it has closed the instance.
    private let host: UnsafeMutablePointer<casework_host>
    private let table: casework_plugin
    private let calls: Calls

    /// The functions that every plugin of this boundary fills in.
    private struct Calls {
        var describe: @convention(c) (UnsafeMutableRawPointer?, casework_sink) -> Int32
        var begin: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<casework_decision>, casework_sink) -> Int32
        var answer: @convention(c) (UnsafeMutableRawPointer?, UInt32, casework_sink) -> Int32
        var perform: @convention(c) (UnsafeMutableRawPointer?, UInt32, casework_sink) -> Int32
        var finish: @convention(c) (UnsafeMutableRawPointer?, casework_sink) -> Void
    }

    /// A loaded library, not yet asked for anything: initializers of it have run, the plugin has not.
    public struct Library: ~Copyable {
        /// Fills the table: what the header calls `casework_plugin_main`.
        package typealias Main = (UnsafePointer<casework_host>, UnsafeMutablePointer<casework_plugin>) -> Int32

        fileprivate let main: Main

        /// A plugin that is linked with its host, as in an author's tests.
        package init(main: @escaping Main) { self.main = main }

        /// - Parameter path: of the file; to load what a descriptor holds, `/proc/self/fd/N`.
        public init(path: String) throws(LibraryError) {
            guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
                throw LibraryError("it is not a shared library this machine can load: \(lastLinkerError(path))")
            }
            guard let symbol = dlsym(handle, "casework_plugin_main") else {
                throw LibraryError("it is a shared library but no plugin: it does not export casework_plugin_main")
            }
            main = unsafeBitCast(
                symbol,
                to: (@convention(c) (UnsafePointer<casework_host>, UnsafeMutablePointer<casework_plugin>) -> Int32)
                    .self)
        }
    }

    public init(_ library: consuming Library) throws(LibraryError) {
        host = .allocate(capacity: 1)
        host.initialize(
            to: casework_host(
                abi: CASEWORK_PLUGIN_ABI, size: UInt32(MemoryLayout<casework_host>.size), context: nil,
                log: { _, line in writeToStandardError(line) }))
        var table = casework_plugin()
        table.abi = CASEWORK_PLUGIN_ABI
        table.size = UInt32(MemoryLayout<casework_plugin>.size)
        guard library.main(host, &table) == CASEWORK_OK else {
            throw LibraryError("the plugin cannot serve a host with plugin interface \(CASEWORK_PLUGIN_ABI)")
        }
        self.table = table
        calls = try Self.checked(table)
    }

    deinit {
        table.close?(table.instance)
        host.deallocate()
    }

    private static func checked(_ table: casework_plugin) throws(LibraryError) -> Calls {
        guard table.abi == CASEWORK_PLUGIN_ABI else {
            throw LibraryError("the plugin speaks interface \(table.abi), this host \(CASEWORK_PLUGIN_ABI)")
        }
        guard Int(table.size) == MemoryLayout<casework_plugin>.size else {
            throw LibraryError("the plugin filled \(table.size) bytes of the table, not all of it")
        }
        guard let describe = table.describe, let begin = table.begin, let answer = table.guard,
            let perform = table.action, let finish = table.finish, table.close != nil
        else { throw LibraryError("the plugin left a function out of its table") }
        return Calls(describe: describe, begin: begin, answer: answer, perform: perform, finish: finish)
    }

    public var abi: UInt32 { table.abi }

    // MARK: - Calls

    func describe(_ collector: Collector) -> Bool { calls.describe(table.instance, collector.sink) == CASEWORK_OK }

    func begin(_ given: GivenDecision, _ collector: Collector) -> Bool {
        given.withDecision { calls.begin(table.instance, $0, collector.sink) == CASEWORK_OK }
    }

    func answer(guard index: Int, _ collector: Collector) -> Int32 {
        calls.answer(table.instance, UInt32(index), collector.sink)
    }

    func perform(action index: Int, _ collector: Collector) -> Int32 {
        calls.perform(table.instance, UInt32(index), collector.sink)
    }

    func finish(_ collector: Collector) { calls.finish(table.instance, collector.sink) }
}

/// What a decision is given, before it is lent to the plugin.
struct GivenDecision {
    var facts: ArraySlice<UInt8> = []
    var record: ArraySlice<UInt8> = []
    var event: [UInt8] = []
    /// Nil when guards are asked by themselves.
    var payload: ArraySlice<UInt8>?

    func withDecision<Result>(_ body: (UnsafePointer<casework_decision>) -> Result) -> Result {
        facts.withUnsafeBufferPointer { facts in
            record.withUnsafeBufferPointer { record in
                event.withUnsafeBufferPointer { event in
                    (payload ?? []).withUnsafeBufferPointer { payloadBytes in
                        var decision = casework_decision(
                            size: UInt32(MemoryLayout<casework_decision>.size), has_payload: payload == nil ? 0 : 1,
                            facts: facts.lent, record: record.lent, event: event.lent, payload: payloadBytes.lent)
                        return withUnsafePointer(to: &decision) { body($0) }
                    }
                }
            }
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    fileprivate var lent: casework_bytes { casework_bytes(start: baseAddress, count: count) }
}

private func writeToStandardError(_ line: casework_bytes) {
    var text = Array(UnsafeBufferPointer(start: line.start, count: min(line.count, 4096)))
    text.append(UInt8(ascii: "\n"))
    _ = write(STDERR_FILENO, text, text.count)
}

/// The linker's words, without the descriptor's path, which tells an operator nothing.
private func lastLinkerError(_ path: String) -> String {
    guard let text = dlerror() else { return "no reason given" }
    let message = String(cString: text)
    return message.hasPrefix(path + ": ") ? String(message.dropFirst(path.count + 2)) : message
}
