import Kernel
import Logging
import NIOCore
import NIOPosix
import RPC
import Schema
import SwiftProtobuf

/// One call whose sender may use the method and whose message has been read: what a service handles.
struct Exchange<Request: Message, Response: Message>: Sendable {
    let grant: Grant
    let request: Request
    private let call: RPCCall

    fileprivate init(grant: Grant, request: Request, call: RPCCall) {
        self.grant = grant
        self.request = request
        self.call = call
    }

    var deadline: NIODeadline? { call.deadline }
    var principal: Principal { grant.principal }

    func succeed(_ response: Response) {
        do {
            call.succeed(ByteBuffer(bytes: try response.serializedBytes() as [UInt8]))
        } catch {
            call.fail(
                RPCStatus(code: RPCStatus.Code.internal, message: "the answer cannot be encoded: tell the operator"))
        }
    }

    func refuse(_ rejection: Rejection) { call.fail(RPCStatus(rejection)) }

    func answer(_ result: Result<Response, Rejection>) {
        switch result {
        case .success(let response): succeed(response)
        case .failure(let rejection): refuse(rejection)
        }
    }
}

extension ServerCore {
    /// Offers a method: the sender is looked up and the message read before the service sees the call.
    func method<Request: Message, Response: Message>(
        _ method: Method<Request, Response>, handle: @escaping @Sendable (Exchange<Request, Response>) -> Void
    ) -> RPCMethod {
        RPCMethod(service: method.service, name: method.name) { [self] call in
            switch admit(call, service: method.service, method: method.name) {
            case .failure(let rejection): call.fail(RPCStatus(rejection))
            case .success(let grant):
                guard let request = try? Request(serializedBytes: Array(call.payload.readableBytesView)) else {
                    return call.fail(RPCStatus(.badRequest))
                }
                handle(Exchange(grant: grant, request: request, call: call))
            }
        }
    }

    func admit(_ call: RPCCall, service: String, method: String) -> Result<Grant, Rejection> {
        guard let grant = authorization.grant(to: call.peer) else {
            denials.note(call.peer, "the certificate's agency or officer is not in the authorization file")
            return .failure(.unknownCaller)
        }
        guard grant.allows(service: service, method: method) else {
            denials.note(call.peer, "\(service)/\(method) is not granted")
            return .failure(.methodDenied(method))
        }
        return .success(grant)
    }

    /// Runs a read on the readers' threads and answers with what it gives.
    func read<Request, Response>(
        _ exchange: Exchange<Request, Response>, _ body: @escaping @Sendable () throws -> Response
    ) {
        readers.submit { [self] state in
            guard state == .active else { return exchange.refuse(.stopping) }
            if let deadline = exchange.deadline, deadline < .now() { return }
            do {
                exchange.succeed(try body())
            } catch let rejection as Rejection {
                exchange.refuse(rejection)
            } catch {
                logger.error("a read failed", metadata: ["error": "\(error)"])
                exchange.refuse(Rejection(reading: error))
            }
        }
    }
}
