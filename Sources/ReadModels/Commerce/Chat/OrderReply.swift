/// Sentences about what a shopper wants ordered. Pure.
enum OrderReply {
    /// What is ordered, if the shop sells all of it.
    static func answer(_ lines: [WantedLine], forSale: [VariantChoice]) -> ShopperAnswer {
        let titles = Dictionary(forSale.map { ($0.id, $0.title) }) { first, _ in first }
        let parts = lines.compactMap { line in titles[line.variantID].map { "\(line.quantity) × \($0)" } }
        guard parts.count == lines.count else {
            return ShopperAnswer(
                reply: "Not all of that is for sale in this shop, so I have ordered nothing.",
                draftOrder: DraftOrderNote(state: "refused"))
        }
        return ShopperAnswer(
            reply: "I am preparing an order of \(parts.joined(separator: ", ")). Ask me again for the link to pay.",
            followUps: ["Is my order ready?"], wanted: lines)
    }

    /// How the order stands that the shopper asked for.
    static func standing(_ note: DraftOrderNote) -> ShopperAnswer {
        let reply =
            switch note.state {
            case "created": "Your order \(note.name ?? "") is ready; follow its link to pay."
            case "asked": "Your order is being prepared."
            default: "Your order could not be prepared. Please add the products to your cart instead."
            }
        return ShopperAnswer(
            reply: reply, followUps: note.state == "asked" ? ["Is my order ready?"] : [], draftOrder: note)
    }

    /// The one variant that the question means; nil where it may be several. It has all words of the question, and of
    /// its product's variants the most of them in its options.
    static func choice(_ found: [FoundProduct], _ question: ShopperQuestion) -> Int64? {
        guard found.count == 1, let product = found.first, product.hits == question.words.count else { return nil }
        let variants = product.card.variants.map { variant in
            (id: variant.id, words: Set(variant.options.flatMap(SearchWords.split)), price: variant.price)
        }
        let asked = question.words + question.options.flatMap(SearchWords.split)
        let hits = variants.map { variant in asked.count { variant.words.contains($0) } }
        let best = hits.max() ?? 0
        let fitting = zip(variants, hits).filter { $1 == best && fits($0.price, question) }.map(\.0.id)
        return fitting.count == 1 ? fitting[0] : nil
    }

    private static func fits(_ price: String?, _ question: ShopperQuestion) -> Bool {
        guard question.priceMin != nil || question.priceMax != nil else { return true }
        // Prices of a chat are compared, never summed.
        guard let price = price.flatMap(Double.init) else { return false }
        return price >= question.priceMin.flatMap(Double.init) ?? price
            && price <= question.priceMax.flatMap(Double.init) ?? price
    }
}
