import GRDB
import Kernel

extension Totals {
    /// The totals after the last commit.
    static func read(_ database: Database) throws -> Totals {
        let query = try Query.cached(
            database, "SELECT last, cases, settled, incidents, hash FROM commits ORDER BY last DESC LIMIT 1")
        guard try query.step() else { return Totals() }
        defer { query.reset() }
        return Totals(
            position: query.unsigned(0), commitHash: query.blob(4), cases: Int(query.integer(1)),
            settled: Int(query.integer(2)), incidents: Int(query.integer(3)))
    }
}

extension Pool {
    /// True when it has all that is asked for; nil asks for anything.
    func isOf(fund: String?, county: String?, year: Int?) -> Bool {
        fund ?? self.fund == self.fund && county ?? self.county == self.county && year ?? self.year == self.year
    }
}

enum Balances {
    typealias Row = (pool: Pool, account: Account, amount: Int64)

    /// The balances of the pools asked for; nil asks for all.
    static func read(
        _ database: Database, fund: String? = nil, county: String? = nil, year: Int? = nil
    ) throws -> [Row] {
        let query = try Query.cached(
            database, "SELECT fund, county, year, account, amount FROM balances ORDER BY fund, county, year, account")
        var rows: [Row] = []
        while try query.step() {
            let pool = Pool(fund: query.text(0), county: query.text(1), year: Int(query.integer(2)))
            guard pool.isOf(fund: fund, county: county, year: year) else { continue }
            rows.append((pool, try account(query.integer(3)), query.integer(4)))
        }
        return rows
    }

    static func account(_ number: Int64) throws(StoreError) -> Account {
        guard let raw = UInt8(exactly: number), let account = Account(rawValue: raw) else {
            throw StoreError(.corrupt, "The store holds an account \(number), which there is not.")
        }
        return account
    }
}
