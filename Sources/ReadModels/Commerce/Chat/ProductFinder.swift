internal import EventModel
internal import Postgres

/// A product that answers a question.
struct FoundProduct: Sendable, Equatable {
    var card: ProductCard
    /// Words of the question that it has.
    var hits: Int
    /// Names of its options with how many values each has.
    var options: [(name: String, values: Int)]

    static func == (left: FoundProduct, right: FoundProduct) -> Bool {
        left.card == right.card && left.hits == right.hits
    }
}

/// Looks for products of one shop that shoppers can buy.
struct ProductFinder {
    /// Cards of one answer: more are not read in a chat window.
    static let cardsMax = 6
    /// Kinds of product that are suggested.
    private static let typesMax = 3

    let shop: ShopKey
    let connection: PostgresConnection

    /// The products with the most words of the question, the most fitting first. Words hold letters and digits only, so
    /// nothing in them is an operator.
    func find(_ question: ShopperQuestion) throws -> [FoundProduct] {
        let rows = try connection.query(
            Self.sql,
            [
                .int2(shop.lane), .int4(shop.shop), .textArray(question.words),
                .textArray(question.words.map { "'\($0)'" }),
                .optional(question.priceMin), .optional(question.priceMax), .textArray(question.options),
                .int8(Int64(Self.cardsMax)),
            ])
        var found = rows.map(Self.product)
        let best = found.map(\.hits).max() ?? 0
        found.removeAll { $0.hits != best }
        let variants = try variants(of: found.map(\.card.id))
        for place in found.indices { found[place].card.variants = variants[found[place].card.id] ?? [] }
        return found
    }

    /// The kinds of product of which the shop has most.
    func types() throws -> [String] {
        try connection.query(
            """
            select r.product_type from products.product r
            where r.lane = $1 and r.shop_id = $2 and r.product_type <> '' and \(Self.isForSale)
            group by r.product_type order by count(*) desc, r.product_type limit $3
            """, [.int2(shop.lane), .int4(shop.shop), .int8(Int64(Self.typesMax))]
        ).map { $0.text(0) }
    }

    static let isForSale = "not r.is_deleted and r.status = 'active' and r.published_at is not null"

    /// `$3` are words as stems are made of, `$4` the same as lexemes, `$5` and `$6` prices, `$7` values of options.
    private static let sql = """
        select r.id, r.title, r.handle, r.image_url, r.price_min::text, r.price_max::text, s.currency,
            found.hits, array(select o ->> 'name' from jsonb_array_elements(r.options) o),
            array(select jsonb_array_length(o -> 'values')::int8 from jsonb_array_elements(r.options) o)
        from products.product r join registry.shop s on s.id = r.shop_id
        cross join lateral (
            select count(*) as hits, coalesce(sum(ts_rank(r.search, to_tsquery('english', w.stem))), 0) as rank
            from unnest($3::text[], $4::text[]) as w (stem, lexeme)
            where r.search @@ to_tsquery('english', w.stem) or r.words @@ w.lexeme::tsquery) found
        where r.lane = $1 and r.shop_id = $2 and \(isForSale)
            and (found.hits > 0 or cardinality($3::text[]) = 0)
            and (($5::text is null and $6::text is null and cardinality($7::text[]) = 0) or exists (
                select 1 from products.variant v
                where v.lane = r.lane and v.shop_id = r.shop_id and v.product_id = r.id and v.is_current
                    and v.price >= coalesce($5::text::numeric, v.price)
                    and v.price <= coalesce($6::text::numeric, v.price)
                    and $7::text[] <@ array(select lower(o) from unnest(v.options) o)))
        order by found.hits desc, found.rank desc, r.price_min, r.id limit $8
        """

    private static func product(_ row: PostgresRow) -> FoundProduct {
        let card = ProductCard(
            id: row.int64(0), title: row.text(1), handle: row.text(2), imageURL: row.textIfPresent(3),
            priceMin: row.textIfPresent(4), priceMax: row.textIfPresent(5), currency: row.text(6), reason: "")
        let options = zip(row.optionalTextArray(8), row.optionalInt64Array(9)).map { ($0 ?? "", Int($1 ?? 0)) }
        return FoundProduct(card: card, hits: Int(row.int64(7)), options: options)
    }
}
