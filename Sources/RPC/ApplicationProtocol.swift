/// The names under which this wire is negotiated (ALPN, RFC 7301).
///
/// Who offers several gets plain ttrpc, as without negotiation. `casework/1`, which adds frames from type 0x10 on for
/// ping, cancel and goaway, is not chosen before the server has those frames: who were given it would wait in vain.
enum ApplicationProtocol {
    static let ttrpc: [UInt8] = Array("ttrpc".utf8)

    /// What our clients offer, in the form of RFC 7301: a length byte before each name.
    static let offer: [UInt8] = [UInt8(ttrpc.count)] + ttrpc

    /// Where the known name lies in an offer; nil when it is not there or the offer is malformed.
    static func choose(among offer: some RandomAccessCollection<UInt8>) -> Range<Int>? {
        let bytes = Array(offer)
        var choice: Range<Int>?
        var position = 0
        while position < bytes.count {
            let start = position + 1
            let end = start + Int(bytes[position])
            guard end > start, end <= bytes.count else { return nil }
            if bytes[start..<end].elementsEqual(ttrpc) { choice = start..<end }
            position = end
        }
        return choice
    }
}
