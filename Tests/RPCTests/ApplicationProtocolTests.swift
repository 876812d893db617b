import Testing

@testable import RPC

@Suite struct ApplicationProtocolTests {
    static func offer(_ names: String...) -> [UInt8] {
        names.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
    }

    static let offers: [([UInt8], String?)] = [
        (offer("ttrpc"), "ttrpc"),
        (offer("h2", "ttrpc"), "ttrpc"),
        (offer("ttrpc", "casework/1"), "ttrpc"),
        (offer("casework/1", "ttrpc"), "ttrpc"),
        (offer("casework/1"), nil),
        (offer("h2"), nil),
        (offer("ttrpc2", "casework/2"), nil),
        (offer("ttrpc").dropLast(), nil),
        ([0], nil),
        ([], nil),
    ]

    @Test("plain ttrpc is chosen, whatever else is offered, and nothing else", arguments: offers)
    func choice(offer: [UInt8], expected: String?) {
        let choice = ApplicationProtocol.choose(among: offer).map { String(decoding: offer[$0], as: UTF8.self) }
        #expect(choice == expected)
    }

    @Test("our own clients offer what our servers choose")
    func ownOffer() {
        let offer = ApplicationProtocol.offer
        #expect(ApplicationProtocol.choose(among: offer).map { Array(offer[$0]) } == ApplicationProtocol.ttrpc)
    }
}
