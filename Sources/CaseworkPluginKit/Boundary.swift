public import CPluginABI

/// Fills the table by which the host calls a case type. A plugin's entry is this one call:
///
/// ```swift
/// @c @implementation
/// public func casework_plugin_main(
///     _ host: UnsafePointer<casework_host>, _ plugin: UnsafeMutablePointer<casework_plugin>
/// ) -> Int32 { export(TransportSubsidy(), to: host, plugin) }
/// ```
///
/// - Returns: `CASEWORK_NOT_OK` when the host is too old or too new for this kit.
public func export<Type: CaseType>(
    _ type: Type, to host: UnsafePointer<casework_host>, _ plugin: UnsafeMutablePointer<casework_plugin>
) -> Int32 {
    let room = Int(plugin.pointee.size)
    guard host.pointee.abi == CASEWORK_PLUGIN_ABI, plugin.pointee.abi == CASEWORK_PLUGIN_ABI,
        Int(host.pointee.size) >= MemoryLayout<casework_host>.size, room >= MemoryLayout<casework_plugin>.size
    else { return code(CASEWORK_NOT_OK) }
    let instance = Session(type)
    instance.host = host
    plugin.pointee = table(for: instance)
    return code(CASEWORK_OK)
}

/// What a C function can hold on to: not generic, and calls on by class.
class Instance {
    enum Part: UInt32 {
        case manifest = 1, chart, `guard`, action, descriptors, reason, raised, effects, record
    }

    enum GuardReply { case yes, no(String), needsPayload }
    enum ActionReply { case done(raised: [String]), refused(String) }

    typealias Sink = (Part, [UInt8]) -> Void

    /// Outlives the instance, as the boundary promises.
    var host: UnsafePointer<casework_host>?

    func describe(_ write: Sink) throws {}
    func begin(facts: [UInt8], record: [UInt8], event: String, payload: [UInt8]?) throws {}
    func answer(guard index: Int) throws -> GuardReply { .needsPayload }
    func perform(action index: Int) throws -> ActionReply { .done(raised: []) }
    func finish(_ write: Sink) throws {}

    /// A handler threw what is no refusal. The type of the error goes to the log, never its content, which may be
    /// personal.
    func log(_ place: String, _ error: any Error) {
        guard let host else { return }
        let line = Array("\(place) failed: \(type(of: error))".utf8)
        line.withUnsafeBufferPointer { bytes in
            host.pointee.log(host.pointee.context, casework_bytes(start: bytes.baseAddress, count: bytes.count))
        }
    }
}

/// The header's constants arrive as `Int`.
private func code(_ value: Int) -> Int32 { Int32(truncatingIfNeeded: value) }

private func table(for instance: Instance) -> casework_plugin {
    casework_plugin(
        abi: CASEWORK_PLUGIN_ABI, size: UInt32(MemoryLayout<casework_plugin>.size),
        instance: Unmanaged.passRetained(instance).toOpaque(),
        describe: { instance, sink in
            attempt(instance, sink, "describe", failure: CASEWORK_NOT_OK) { instance, write in
                try instance.describe(write)
                return code(CASEWORK_OK)
            }
        },
        begin: { instance, decision, sink in
            attempt(instance, sink, "begin", failure: CASEWORK_NOT_OK) { instance, _ in
                let given = decision.pointee
                try instance.begin(
                    facts: given.facts.array, record: given.record.array,
                    event: String(decoding: given.event.array, as: UTF8.self),
                    payload: given.has_payload == 0 ? nil : given.payload.array)
                return code(CASEWORK_OK)
            }
        },
        guard: { instance, index, sink in
            attempt(instance, sink, "guard \(index)", failure: CASEWORK_GUARD_FAILED) { instance, write in
                switch try instance.answer(guard: Int(index)) {
                case .yes: return code(CASEWORK_YES)
                case .needsPayload: return code(CASEWORK_NEEDS_PAYLOAD)
                case .no(let reason):
                    write(.reason, Array(reason.utf8))
                    return code(CASEWORK_NO)
                }
            }
        },
        action: { instance, index, sink in
            attempt(instance, sink, "action \(index)", failure: CASEWORK_ACTION_FAILED) { instance, write in
                switch try instance.perform(action: Int(index)) {
                case .done(let raised):
                    for event in raised { write(.raised, Array(event.utf8)) }
                    return code(CASEWORK_DONE)
                case .refused(let reason):
                    write(.reason, Array(reason.utf8))
                    return code(CASEWORK_REFUSED)
                }
            }
        },
        finish: { instance, sink in
            _ = attempt(instance, sink, "finish", failure: CASEWORK_NOT_OK) { instance, write in
                try instance.finish(write)
                return code(CASEWORK_OK)
            }
        },
        close: { instance in
            guard let instance else { return }
            Unmanaged<Instance>.fromOpaque(instance).release()
        })
}

/// Runs one call of the table; what it throws becomes the call's failure, with the error as the reason.
private func attempt(
    _ context: UnsafeMutableRawPointer?, _ sink: casework_sink, _ place: @autoclosure () -> String,
    failure: Int, _ body: (Instance, Instance.Sink) throws -> Int32
) -> Int32 {
    guard let context else { return code(failure) }
    let instance = Unmanaged<Instance>.fromOpaque(context).takeUnretainedValue()
    let write: Instance.Sink = { part, bytes in
        bytes.withUnsafeBufferPointer { buffer in
            sink.write(sink.context, part.rawValue, casework_bytes(start: buffer.baseAddress, count: buffer.count))
        }
    }
    do {
        return try body(instance, write)
    } catch {
        instance.log(place(), error)
        // An error's own text may hold what the handler worked on; reasons are shown to people, so only its type goes.
        write(.reason, Array(((error as? Refusal)?.sentence.line ?? "\(type(of: error))").utf8))
        return code(failure)
    }
}

extension casework_bytes {
    fileprivate var array: [UInt8] { Array(UnsafeBufferPointer(start: start, count: count)) }
}
