internal import EventModel
package import Postgres

/// Answers from the read models alone: products by their words, prices and options; the status of orders of the
/// customer who is logged in. No call to anybody else.
package struct ProductSearch: AnsweringEngine {
    private let pool: PostgresPool

    /// Reads through the pool.
    package init(pool: PostgresPool) { self.pool = pool }

    /// The answer to one question: at most `ProductFinder.cardsMax` products, of those the shop shows.
    package func answer(_ request: ShopperRequest) async throws -> ShopperAnswer {
        let shop = request.shop
        if !request.lines.isEmpty {
            let lines = request.lines
            return try await pool.run { connection in
                let finder = ProductFinder(shop: shop, connection: connection)
                return OrderReply.answer(lines, forSale: try finder.forSale(lines.map(\.variantID)))
            }
        }
        let question = ShopperQuestion(request.message)
        if let note = request.draftOrder, question.isAboutOrder ? request.customer == nil : request.message.isEmpty {
            return OrderReply.standing(note)
        }
        if question.isAboutOrder {
            guard let customer = request.customer else { return OrderStatus.loginNeeded }
            let name = question.orderName
            let orders = try await pool.run { connection in
                try OrderStatus.find(shop, customer: customer, name: name, connection)
            }
            return OrderStatus.answer(orders, name: name)
        }
        return try await pool.run { connection in
            try Self.answer(question, ProductFinder(shop: shop, connection: connection))
        }
    }

    /// Tries all that was asked, then the words alone, so that a shopper sees what comes close.
    private static func answer(_ question: ShopperQuestion, _ finder: ProductFinder) throws -> ShopperAnswer {
        guard !question.isEmpty else {
            return ProductReply.greeting(types: try finder.types())
        }
        let found = try finder.find(question)
        if !found.isEmpty {
            return try question.wanted.map { try order($0, found, question, finder) }
                ?? ProductReply.found(found, question)
        }
        var wider = question
        (wider.priceMin, wider.priceMax, wider.options) = (nil, nil, [])
        let close = wider.isEmpty ? [] : try finder.find(wider)
        return ProductReply.nothing(close, question, types: try finder.types())
    }

    /// Orders what was found where that is one variant, and asks which one otherwise.
    private static func order(
        _ quantity: Int, _ found: [FoundProduct], _ question: ShopperQuestion, _ finder: ProductFinder
    ) throws -> ShopperAnswer {
        guard let variant = OrderReply.choice(found, question) else {
            var answer = ProductReply.found(found, question)
            answer.reply = "Which of these do you want to order? Name the product and its options."
            return answer
        }
        let lines = [WantedLine(variantID: variant, quantity: quantity)]
        return OrderReply.answer(lines, forSale: try finder.forSale([variant]))
    }
}
