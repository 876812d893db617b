public import SwiftProtobuf

/// One rpc: its names on the wire and the messages it takes and answers.
public struct Method<Request: Message, Response: Message>: Sendable {
    /// Full name of the service: `casework.v1.Cases`.
    public let service: String
    public let name: String

    public init(service: String, name: String) {
        self.service = service
        self.name = name
    }
}
