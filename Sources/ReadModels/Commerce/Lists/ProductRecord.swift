package import EventModel
package import Postgres

/// One product as the data endpoints show it, with its variants.
package struct ProductRecord: CommerceRecord {
    package var id: Int64
    /// In the order of `textNames`.
    var texts: [String?]
    /// In the order of `timeNames`.
    var times: [Int64?]
    var tags: [String]
    /// JSON as Shopify sends it.
    var options: String?
    /// Decimal numbers of major units.
    var prices: (min: String?, max: String?)
    var currency: String
    var inventory: Int64?
    var variants: [VariantRecord] = []

    private static let textNames: [(column: String, name: String)] = [
        ("title", "title"), ("handle", "handle"), ("vendor", "vendor"), ("product_type", "product_type"),
        ("status", "status"), ("description", "description"), ("image_url", "image_url"),
    ]
    private static let timeNames = ["created_at", "updated_at", "published_at"]

    package static let model = "products"
    package static let order = ListOrder.byID
    package static let searchFields = SearchFields.products
    package static let select = """
        SELECT r.id, r.tags, r.options::text, r.price_min::text, r.price_max::text, s.currency, r.inventory,
            \((textNames.map(\.column) + timeNames).map { "r.\($0)" }.joined(separator: ", "))
        FROM products.product r JOIN registry.shop s ON s.id = r.shop_id
        """

    package init(_ row: PostgresRow) {
        id = row.int64(0)
        tags = row.textArray(1)
        options = row.textIfPresent(2)
        prices = (row.textIfPresent(3), row.textIfPresent(4))
        currency = row.text(5)
        inventory = row.int64IfPresent(6)
        texts = Self.textNames.indices.map { row.words(7 + $0) }
        times = Self.timeNames.indices.map { row.timestampMillisIfPresent(7 + Self.textNames.count + $0) }
    }

    package static func complete(
        _ records: inout [ProductRecord], _ shop: ShopKey, _ connection: PostgresConnection
    ) throws {
        let variants = Dictionary(
            grouping: try VariantRecord.of(records.map(\.id), shop, connection), by: \.productID)
        for index in records.indices { records[index].variants = variants[records[index].id] ?? [] }
    }

    package var place: ListCursor { ListCursor(id: id) }
    package var personalPosition: Position? { nil }

    package func write(_ writer: inout JSONWriter, _ opened: [UInt8]?) {
        writer.object { writer in
            ResourceID.write(&writer, "Product", id)
            for (name, value) in zip(Self.textNames, texts) { writer.member(name.name, value) }
            for (name, value) in zip(Self.timeNames, times) { writer.member(time: name, value) }
            writer.member("tags", tags)
            writer.member("options") { value in
                if let options {
                    value.raw(Array(options.utf8))
                } else {
                    value.array([Int]()) { $0.integer(Int64($1)) }
                }
            }
            writer.member("price_min", MoneyValue(decimal: prices.min, currency))
            writer.member("price_max", MoneyValue(decimal: prices.max, currency))
            writer.member(count: "total_inventory", inventory)
            writer.member("variants") { $0.array(variants) { $1.write(&$0, currency) } }
        }
    }
}

/// One variant of a product.
package struct VariantRecord: Sendable {
    var productID: Int64
    var id: Int64
    /// In the order of `textNames`.
    var texts: [String?]
    /// Decimal number of major units, as the next one.
    var price: String?
    var compareAtPrice: String?
    var inventory: Int64?
    var options: [String]

    private static let textNames = ["title", "sku", "barcode"]

    /// The variants of some products, in the merchant's order.
    static func of(_ products: [Int64], _ shop: ShopKey, _ connection: PostgresConnection) throws -> [VariantRecord] {
        try connection.query(
            """
            SELECT product_id, id, price::text, compare_at_price::text, inventory, options, \(textNames.joined(separator: ", "))
            FROM products.variant WHERE lane = $1 AND shop_id = $2 AND product_id = ANY ($3) AND is_current
            ORDER BY product_id, position_no, id
            """, [.int2(shop.lane), .int4(shop.shop), .int8Array(products)]
        ).map { row in
            VariantRecord(
                productID: row.int64(0), id: row.int64(1),
                texts: textNames.indices.map { row.words(6 + $0) }, price: row.textIfPresent(2),
                compareAtPrice: row.textIfPresent(3), inventory: row.int64IfPresent(4), options: row.textArray(5))
        }
    }

    func write(_ writer: inout JSONWriter, _ currency: String) {
        writer.object { writer in
            ResourceID.write(&writer, "ProductVariant", id)
            for (name, value) in zip(Self.textNames, texts) { writer.member(name, value) }
            writer.member("price", MoneyValue(decimal: price, currency))
            writer.member("compare_at_price", MoneyValue(decimal: compareAtPrice, currency))
            writer.member(count: "inventory_quantity", inventory)
            writer.member("options", options)
        }
    }
}
