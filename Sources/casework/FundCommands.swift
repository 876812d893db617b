import ArgumentParser
import Schema
import SwiftProtobuf

struct FundCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fund", abstract: "Money by fund, county and year. 资金。",
        subcommands: [FundList.self, FundSet.self])
}

struct FundList: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Say how much of each grant is left, held, ordered and paid. 资金台账。",
        discussion: """
            Amounts are in yuan. The columns after the grant always add up to it.

            Examples:
              casework fund list
              casework fund list --fund rural-revitalization --county 220523 --year 2026
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "Name of the fund.") var fund: String?
    @Option(help: "Division code of the county.") var county: String?
    @Option(help: "Budget year.") var year: Int32?

    func run() async throws {
        try await connection.with { session in
            let answer = try await session.call(
                Methods.Funds.accounts,
                .with {
                    $0.fund = fund ?? ""
                    $0.county = county ?? ""
                    $0.year = year ?? 0
                })
            if output.json { return try output.print(answer) }
            output.terminal.sayStore(isDevelopment: answer.development)
            guard !answer.pools.isEmpty else {
                return output.terminal.say(Phrase("没有符合条件的资金。", "No fund fits."))
            }
            output.terminal.say(FundText.table(answer.pools, language: output.language))
        }
    }
}

struct FundSet: SpeakingCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Set the whole grant of a year; cases that wait for money go on in order. 下达指标。",
        discussion: """
            The amount replaces the grant of before; it cannot be less than what is
            already held or paid.

            Example:
              casework fund set rural-revitalization 220523 2026 21000 \\
                --document 吉财农指〔2026〕361号
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Name of the fund.") var fund: String
    @Argument(help: "Division code of the county.") var county: String
    @Argument(help: "Budget year.") var year: Int32
    @Argument(help: "Grant of the whole year in yuan.") var yuan: String
    @Option(help: "Number of the document that grants it.") var document: String
    @OptionGroup var key: KeyOptions

    func run() async throws {
        guard let fen = Money.fen(yuan: yuan) else {
            throw Failure.usage("“\(yuan)”不是金额", "“\(yuan)” is not an amount in yuan")
        }
        try await connection.with { session in
            try await key.once(in: output.language) { key throws(Failure) in
                try await session.call(
                    Methods.Funds.setBudget,
                    .with {
                        $0.key = key
                        $0.fund = fund
                        $0.county = county
                        $0.year = year
                        $0.amountFen = fen
                        $0.document = document
                    })
            } show: { answer throws(Failure) in
                if output.json { return try output.print(answer) }
                output.terminal.say(
                    Phrase("已下达 \(Money.yuan(fen)) 元。", "The grant is \(Money.yuan(fen)) yuan now."))
            }
        }
    }
}

enum FundText {
    static func table(_ pools: [Casework_V1_PoolBalance], language: Language) -> Table {
        let titles = [
            Phrase("资金", "fund"), Phrase("县", "county"), Phrase("年度", "year"), Phrase("指标", "granted"),
            Phrase("可用", "available"), Phrase("预留", "reserved"), Phrase("已批", "committed"),
            Phrase("在途", "ordered"), Phrase("已付", "paid"), Phrase("等待", "waiting"),
        ]
        var table = Table(
            columns: titles.enumerated().map { index, title in
                Table.Column(title: title.text(in: language), isRight: index >= 3, isElastic: index == 0)
            })
        table.rows = pools.map { pool in
            [pool.fund, pool.county, String(pool.year)]
                + [
                    pool.grantedFen, pool.availableFen, pool.reservedFen, pool.committedFen, pool.orderedFen,
                    pool.paidFen,
                ].map(Money.yuan) + [String(pool.waiting)]
        }
        return table
    }
}
