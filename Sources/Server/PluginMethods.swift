import Kernel
import PluginHost
import RPC
import Schema
import SwiftProtobuf

extension ServerCore {
    var pluginMethods: [RPCMethod] {
        [
            method(Methods.Plugins.list) { exchange in
                let grant = exchange.grant
                self.read(exchange) { self.list(grant) }
            }
        ]
    }

    private func list(_ grant: Grant) -> Casework_V1_ListPluginsResponse {
        let statuses = Dictionary(plugins.statuses.map { ($0.digest, $0) }, uniquingKeysWith: { first, _ in first })
        return .with {
            $0.development = isDevelopment
            $0.plugins = catalog.entries.filter { grant.allows(type: $0.manifest.name) }.map { entry in
                .with {
                    $0.name = entry.manifest.name
                    $0.version = entry.manifest.version
                    $0.digest = entry.digest.hex
                    $0.definition = entry.definitionDigest.hex
                    $0.labelZh = entry.manifest.labelZh
                    $0.labelEn = entry.manifest.labelEn
                    $0.guards = entry.description.guards
                    $0.actions = entry.description.actions
                    $0.chart = entry.description.chart.data
                    guard let status = statuses[entry.digest] else { return }
                    $0.isolation = status.isolation.rawValue
                    $0.process = status.process
                    $0.restarts = status.restarts
                }
            }
        }
    }
}
