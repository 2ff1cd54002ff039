internal import EventModel
internal import Postgres

/// A variant that a shopper can order.
package struct VariantChoice: Sendable, Equatable {
    package var id: Int64
    /// Its product's title, and its own where it has one.
    package var title: String
    /// Values of its options, as the shop writes them.
    package var options: [String]
    /// Decimal text in major units of the shop's currency.
    package var price: String?

    /// Appends the choice.
    func write(_ writer: inout JSONWriter, currency: String) {
        writer.object { writer in
            ResourceID.write(&writer, "ProductVariant", id)
            writer.member("title", title)
            writer.member("options", options)
            writer.member("price", MoneyValue(decimal: price, currency))
        }
    }
}

/// A line that a shopper wants ordered.
package struct WantedLine: Sendable, Equatable {
    package var variantID: Int64
    package var quantity: Int

    /// A line.
    package init(variantID: Int64, quantity: Int) {
        self.variantID = variantID
        self.quantity = quantity
    }
}

extension ProductFinder {
    /// Variants of one card: more are chosen from on the product's page.
    private static let variantsMax = 30

    /// The variants of these products, in the shop's order, at most `variantsMax` of each.
    func variants(of products: [Int64]) throws -> [Int64: [VariantChoice]] {
        let rows = try connection.query(
            """
            select p.product_id, v.id, v.title, v.options, v.price::text from unnest($3::int8[]) as p (product_id)
            cross join lateral (
                select * from products.variant v
                where v.lane = $1 and v.shop_id = $2 and v.product_id = p.product_id and v.is_current
                order by v.position_no, v.id limit $4) v
            """,
            [.int2(shop.lane), .int4(shop.shop), .int8Array(products), .int8(Int64(Self.variantsMax))])
        return Dictionary(grouping: rows) { $0.int64(0) }.mapValues { $0.map { Self.choice($0, from: 1) } }
    }

    /// Those of these variants that the shop sells now.
    func forSale(_ variants: [Int64]) throws -> [VariantChoice] {
        try connection.query(
            """
            select v.id, r.title || case when v.title in ('', 'Default Title') then '' else ', ' || v.title end,
                v.options, v.price::text
            from products.variant v
            join products.product r on r.lane = v.lane and r.shop_id = v.shop_id and r.id = v.product_id
            where v.lane = $1 and v.shop_id = $2 and v.id = any ($3::int8[]) and v.is_current and \(Self.isForSale)
            """, [.int2(shop.lane), .int4(shop.shop), .int8Array(variants)]
        ).map { Self.choice($0, from: 0) }
    }

    private static func choice(_ row: PostgresRow, from column: Int) -> VariantChoice {
        VariantChoice(
            id: row.int64(column), title: row.text(column + 1),
            options: row.optionalTextArray(column + 2).compactMap(\.self), price: row.textIfPresent(column + 3))
    }
}
