/// Sentences about products. Pure: what was found goes in, words come out.
enum ProductReply {
    /// Questions of one answer: more are not read.
    private static let followUpsMax = 3

    /// Nothing was asked yet.
    static func greeting(types: [String]) -> ShopperAnswer {
        ShopperAnswer(
            reply: "What are you looking for? Tell me in a few words, with a price or a size if you like.",
            followUps: types.map { "Show me \($0.lowercased())" })
    }

    /// Products that fulfil the question.
    static func found(_ products: [FoundProduct], _ question: ShopperQuestion) -> ShopperAnswer {
        let isWhole = products.allSatisfy { $0.hits == question.words.count }
        let count = products.count == 1 ? "one product" : "\(products.count) products"
        return ShopperAnswer(
            reply: isWhole
                ? "I found \(count)\(conditions(question))."
                : "Nothing has all of that; \(products.count == 1 ? "this comes" : "these come") closest.",
            products: products.map { card($0, question) }, followUps: followUps(products, question))
    }

    /// No product fulfils the question; `close` are those with its words.
    static func nothing(_ close: [FoundProduct], _ question: ShopperQuestion, types: [String]) -> ShopperAnswer {
        guard !close.isEmpty else {
            return ShopperAnswer(
                reply: "I found nothing for that.", followUps: types.map { "Show me \($0.lowercased())" })
        }
        var wider = question
        (wider.priceMin, wider.priceMax, wider.options) = (nil, nil, [])
        return ShopperAnswer(
            reply: "I found nothing\(conditions(question)), but something like it.",
            products: close.map { card($0, wider) }, followUps: followUps(close, question))
    }

    /// ` under 50, in m`
    private static func conditions(_ question: ShopperQuestion) -> String {
        let price =
            switch (question.priceMin, question.priceMax) {
            case (let low?, let high?): " between \(low) and \(high)"
            case (let low?, nil): " from \(low)"
            case (nil, let high?): " up to \(high)"
            case (nil, nil): ""
            }
        return price + (question.options.isEmpty ? "" : " in " + question.options.joined(separator: ", "))
    }

    private static func card(_ product: FoundProduct, _ question: ShopperQuestion) -> ProductCard {
        var reasons: [String] = []
        if product.hits > 0 {
            reasons.append(
                product.hits == question.words.count
                    ? "matches " + question.words.joined(separator: ", ")
                    : "matches \(product.hits) of \(question.words.count) words")
        }
        if question.priceMin != nil || question.priceMax != nil { reasons.append("within your price") }
        if !question.options.isEmpty { reasons.append("comes in " + question.options.joined(separator: ", ")) }
        var card = product.card
        card.reason = reasons.joined(separator: "; ")
        return card
    }

    private static func followUps(_ products: [FoundProduct], _ question: ShopperQuestion) -> [String] {
        var all: [String] = []
        if question.priceMax == nil, products.count > 1 { all.append("What should it cost at most?") }
        for option in products.flatMap(\.options) where option.values > 1 && question.options.isEmpty {
            let text = "Which \(option.name.lowercased()) do you need?"
            if !all.contains(text) { all.append(text) }
        }
        return Array(all.prefix(followUpsMax))
    }
}
