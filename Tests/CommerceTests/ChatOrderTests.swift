import EventModel
import Pipelines
import Postgres
import ReadModels
import Testing

/// What a shopper wants ordered.
@Suite struct ChatOrderTests {
    /// message, units, words
    @Test(
        arguments: [
            ("order 2 of the blue hoodie", 2, ["blue", "hoodie"]),
            ("I'd like to buy two red shoes", 2, ["red", "shoes"]),
            ("Please order 3x pillow", 3, ["pillow"]), ("draft order for cloud pillow", 1, ["cloud", "pillow"]),
            ("can you make a draft order of 4 pillows?", 4, ["pillows"]), ("buy 1 x tea", 1, ["tea"]),
            ("buy cheap shoes", nil, ["shoes"]), ("where can I buy a hoodie", nil, ["where", "hoodie"]),
            ("buy 20", nil, ["20"]), ("order 0 shoes", nil, []), ("order 1002", nil, []),
            ("my order 7 of may", nil, []),
            ("draft order", nil, []),
        ] as [(String, Int?, [String])])
    func wishes(_ message: String, _ count: Int?, _ words: [String]) {
        let question = ShopperQuestion(message)
        #expect(question.wanted == count)
        if !question.isAboutOrder { #expect(question.words == words || words.isEmpty) }
    }

    private static func answers(_ requests: [(String, [WantedLine], DraftOrderNote?)]) async throws -> [ShopperAnswer] {
        try await CommerceLog.with { log in
            try log.addShop()
            try log.append(ChatSearchTests.catalogue)
            try await log.project(["products", "orders"])
            let pool = PostgresPool(log.database, size: 1)
            let engine = ProductSearch(pool: pool)
            var answers: [ShopperAnswer] = []
            for (message, lines, note) in requests {
                let shop = ShopKey(lane: CommerceLog.lane, shop: 1)
                answers.append(
                    try await engine.answer(
                        ShopperRequest(shop: shop, message: message, lines: lines, draftOrder: note)))
            }
            await pool.close()
            return answers
        }
    }

    @Test func oneVariantIsOrderedAndSeveralAreAskedFor() async throws {
        let wishes = [
            "order 2 red shoe", "order 2 of blue running shoes", "order 2 blue running shoes size L",
            "order 1 blue running shoes L under 50", "order 1 secret shoes", "order 1 purple umbrella",
        ]
        let answers = try await Self.answers(wishes.map { ($0, [], nil) })
        #expect(answers[0].wanted == [WantedLine(variantID: 20, quantity: 2)])
        #expect(answers[0].reply.contains("2 × Red shoe, L"))
        #expect(answers[1].wanted.isEmpty && answers[1].reply.hasPrefix("Which of these"))
        #expect(answers[1].products.first?.variants.map(\.id) == [10, 11])
        #expect(answers[2].wanted == [WantedLine(variantID: 11, quantity: 2)])
        #expect(answers[3...].allSatisfy { $0.wanted.isEmpty })
        let card = try JSONTree(answers[1].json).root["products"]?.elements.first
        let variant = card?["variants"]?.elements.first
        #expect(variant?["id"]?.text == "10" && variant?["price"]?["amount"]?.text == "80.00")
    }

    @Test func linesMustBeForSale() async throws {
        let sold = WantedLine(variantID: 20, quantity: 1)
        let lines = [
            [sold], [sold, WantedLine(variantID: 40, quantity: 1)], [WantedLine(variantID: 999, quantity: 1)],
        ]
        let answers = try await Self.answers(lines.map { ("", $0, nil) })
        #expect(answers.map(\.wanted) == [[sold], [], []])
        #expect(answers.map { $0.draftOrder?.state } == [nil, "refused", "refused"])
    }

    @Test func howTheOrderStandsIsToldWithoutALogin() async throws {
        let note = DraftOrderNote(state: "created", request: "r", name: "#D1", invoiceURL: "https://pay")
        let answers = try await Self.answers([
            ("Is my order ready?", [], note), ("", [], note), ("shoes", [], note), ("Is my order ready?", [], nil),
        ])
        #expect(answers[0].draftOrder == note && answers[1].draftOrder == note)
        #expect(answers[0].reply.contains("#D1"))
        #expect(answers[2].products.count == 2 && answers[3].reply.hasPrefix("Please log in"))
        let json = try JSONTree(answers[0].json).root["draftOrder"]
        #expect(json?["invoiceUrl"]?.text == "https://pay" && json?["state"]?.text == "created")
    }
}
