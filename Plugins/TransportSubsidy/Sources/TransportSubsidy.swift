public import CPluginABI
import CaseworkPluginKit
import Schema
import SwiftProtobuf

/// The one-off subsidy for the way to work in another province (notice 2021-83, part 2 (6)).
///
/// What the notice leaves to the counties comes as policy values; a county without an amount takes no applications.
struct TransportSubsidy: TransportSubsidyHandlers {
    typealias Record = Cases_TransportSubsidy_V1_Record

    /// 衔接推进乡村振兴补助资金: the money consolidating the end of poverty (notice part 2 (6)).
    static let fund = "rural-revitalization"

    static let manifest = Manifest.with {
        $0.name = "transport-subsidy"
        $0.version = "0.1.0"
        $0.labelZh = "跨省就业一次性交通补助"
        $0.labelEn = "One-off transport subsidy"
        $0.pools = [fund]
        $0.policyValues = [
            Amount.modeName, Amount.flatName, Amount.adjacentName, Amount.otherName, Stay.monthsName,
            Register.categoriesName,
        ]
        $0.recordMessage = Record.protoMessageName
        $0.payloads = payloads.map { event, message in
            .with { $0.event = event.rawValue; $0.message = message }
        }
        $0.numberPrefix = "TS"
    }

    private static let payloads: [(event: TransportSubsidyEvent, message: String)] = [
        (.caseOpen, Cases_TransportSubsidy_V1_Application.protoMessageName),
        (.villageDenied, Cases_TransportSubsidy_V1_Reason.protoMessageName),
        (.objectionRaised, Cases_TransportSubsidy_V1_Reason.protoMessageName),
        (.objectionUpheld, Cases_TransportSubsidy_V1_Reason.protoMessageName),
        (.employmentDenied, Cases_TransportSubsidy_V1_Reason.protoMessageName),
        (.registryAnswered, Cases_TransportSubsidy_V1_RegistryAnswer.protoMessageName),
        (.approvalDenied, Cases_TransportSubsidy_V1_Reason.protoMessageName),
        (.paymentSettled, Cases_TransportSubsidy_V1_BankResult.protoMessageName),
        (.paymentReturned, Cases_TransportSubsidy_V1_Reason.protoMessageName),
        // Only its card number is read.
        (.accountCorrected, Cases_TransportSubsidy_V1_Person.protoMessageName),
    ]

    static var descriptors: [UInt8] { TransportSubsidyDescriptors.fileDescriptorSet }
}

@c @implementation
public func casework_plugin_main(
    _ host: UnsafePointer<casework_host>, _ plugin: UnsafeMutablePointer<casework_plugin>
) -> Int32 { export(TransportSubsidy(), to: host, plugin) }
