import Kernel
import RPC
import Schema
import Store
import SwiftProtobuf

extension ServerCore {
    /// Role that may set budgets.
    static let budgetRole = "finance.budget"

    var fundMethods: [RPCMethod] {
        [
            method(Methods.Funds.setBudget) { self.setBudget($0) },
            method(Methods.Funds.accounts) { exchange in
                self.read(exchange) { try self.accounts(exchange.request, exchange.grant) }
            },
        ]
    }

    private func setBudget(_ exchange: Exchange<Casework_V1_SetBudgetRequest, Casework_V1_CommandResponse>) {
        guard exchange.grant.has(role: Self.budgetRole) else { return exchange.refuse(.roleMissing(Self.budgetRole)) }
        let request = exchange.request
        guard exchange.grant.allows(county: request.county) else { return exchange.refuse(.placeDenied) }
        submit(exchange) { [self] () throws(Rejection) in
            var digest = CommandDigest(service: Methods.Funds.service, method: Methods.Funds.setBudget.name)
            digest.add(request.fund)
            digest.add(request.county)
            digest.add(Int64(request.year))
            digest.add(request.amountFen)
            digest.add(request.document)
            let pool = Pool(fund: request.fund, county: request.county, year: Int(request.year))
            return Command(
                key: try key(request.key), digest: digest.finish(), principal: exchange.principal,
                kind: .setBudget(pool: pool, amount: request.amountFen, document: request.document))
        }
    }

    private func accounts(
        _ request: Casework_V1_AccountsRequest, _ grant: Grant
    ) throws -> Casework_V1_AccountsResponse {
        let fund = request.fund.isEmpty ? nil : request.fund
        let county = request.county.isEmpty ? nil : request.county
        let year = request.year == 0 ? nil : Int(request.year)
        var pools: [Pool: [Account: Int64]] = [:]
        for line in try reader.balances(fund: fund, county: county, year: year) {
            pools[line.pool, default: [:]][line.account] = line.amount
        }
        // Cases may wait for money that nobody has granted yet.
        let waiting = try reader.waiting(fund: fund, county: county, year: year)
        for pool in waiting.keys where pools[pool] == nil { pools[pool] = [:] }
        return .with {
            $0.development = isDevelopment
            $0.pools = pools.sorted { $0.key < $1.key }.filter { grant.allows(county: $0.key.county) }
                .map { Self.balance(of: $0.key, $0.value, waiting: waiting[$0.key] ?? 0) }
        }
    }

    private static func balance(
        of pool: Pool, _ accounts: [Account: Int64], waiting: Int
    ) -> Casework_V1_PoolBalance {
        .with {
            $0.fund = pool.fund
            $0.county = pool.county
            $0.year = Int32(clamping: pool.year)
            // Kept as a negative balance: it is where the money comes from.
            $0.grantedFen = -accounts[.granted, default: 0]
            $0.availableFen = accounts[.available, default: 0]
            $0.reservedFen = accounts[.reserved, default: 0]
            $0.committedFen = accounts[.committed, default: 0]
            $0.orderedFen = accounts[.ordered, default: 0]
            $0.paidFen = accounts[.paid, default: 0]
            $0.waiting = Int32(clamping: waiting)
        }
    }
}
