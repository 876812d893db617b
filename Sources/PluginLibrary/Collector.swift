internal import CPluginABI

/// Takes what a plugin writes to its sink, copied, sorted by what it is.
final class Collector {
    /// Bytes of a reason that are kept; a sentence in two languages takes a few hundred.
    static let longestReason = 1500

    var manifest: [UInt8] = []
    var chart: [UInt8] = []
    var guards: [String] = []
    var actions: [String] = []
    var descriptors: [UInt8] = []
    /// Of the call at hand.
    var reason = ""
    var raised: [String] = []
    /// Of the decision at hand, one for each action done or refused.
    var effects: [[UInt8]] = []
    var record: [UInt8]?

    /// Valid while this object is.
    var sink: casework_sink {
        casework_sink(context: Unmanaged.passUnretained(self).toOpaque()) { context, part, bytes in
            guard let context else { return }
            let collector = Unmanaged<Collector>.fromOpaque(context).takeUnretainedValue()
            collector.take(part, UnsafeBufferPointer(start: bytes.start, count: bytes.count))
        }
    }

    func beginCall() {
        reason = ""
        raised.removeAll(keepingCapacity: true)
    }

    func beginDecision() {
        beginCall()
        effects.removeAll(keepingCapacity: true)
        record = nil
    }

    /// A part this host does not know is a later one's, and left out.
    private func take(_ part: UInt32, _ bytes: UnsafeBufferPointer<UInt8>) {
        switch Int(part) {
        case CASEWORK_MANIFEST: manifest = Array(bytes)
        case CASEWORK_CHART: chart = Array(bytes)
        case CASEWORK_GUARD: guards.append(String(decoding: bytes, as: UTF8.self))
        case CASEWORK_ACTION: actions.append(String(decoding: bytes, as: UTF8.self))
        case CASEWORK_DESCRIPTORS: descriptors = Array(bytes)
        case CASEWORK_REASON: reason = String(decoding: bytes.prefix(Self.longestReason), as: UTF8.self)
        case CASEWORK_RAISED: raised.append(String(decoding: bytes, as: UTF8.self))
        case CASEWORK_EFFECTS: effects.append(Array(bytes))
        case CASEWORK_RECORD: record = Array(bytes)
        default: break
        }
    }
}
