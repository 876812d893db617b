/// The names under which this wire is negotiated (ALPN, RFC 7301).
enum ApplicationProtocol {
    /// With the frames that plain ttrpc peers do not know, types from 0x10.
    static let casework: [UInt8] = Array("casework/1".utf8)
    /// As without negotiation.
    static let ttrpc: [UInt8] = Array("ttrpc".utf8)

    /// What our clients offer, in the form of RFC 7301: a length byte before each name.
    static let offer: [UInt8] = [UInt8(ttrpc.count)] + ttrpc

    /// Where the best known name lies in an offer; nil when none is known or the offer is malformed.
    static func choose(among offer: some RandomAccessCollection<UInt8>) -> Range<Int>? {
        let bytes = Array(offer)
        var best: Range<Int>?
        var position = 0
        while position < bytes.count {
            let start = position + 1
            let end = start + Int(bytes[position])
            guard end > start, end <= bytes.count else { return nil }
            let name = bytes[start..<end]
            if name.elementsEqual(casework) { return start..<end }
            if name.elementsEqual(ttrpc) { best = start..<end }
            position = end
        }
        return best
    }
}
