extension SearchFields {
    private static let variants = """
        products.variant v where v.lane = r.lane and v.shop_id = r.shop_id and v.product_id = r.id and v.is_current
        """

    /// Products, over `products.product r`; names and meanings of the Admin API 2026-07, `products(query:)`.
    package static let products = SearchFields(
        "products",
        [
            "id": SearchField("r.id", .id),
            "title": SearchField("r.words", .lexemes(weights: "A")),
            "handle": SearchField("r.handle", .keyword, list: true),
            "vendor": SearchField("r.vendor", .keyword, list: true),
            "product_type": SearchField("r.product_type", .keyword, list: true),
            "tag": SearchField("r.tags", .keywords, list: true),
            "tag_not": SearchField("r.tags", .keywords, list: true, negated: true),
            "status": SearchField("r.status", .cases(cases("r.status", productStatuses)), list: true),
            "created_at": SearchField("r.created_at", .time),
            "updated_at": SearchField("r.updated_at", .time),
            "published_at": SearchField("r.published_at", .time),
            "published_status": SearchField("r.published_at", .cases(publishedStatuses)),
            "inventory_total": SearchField("r.inventory", .integer),
            "price": SearchField("v.price", .decimal(exponent: nil), within: variants),
            "sku": SearchField("v.sku", .keyword, within: variants),
            "barcode": SearchField("v.barcode", .keyword, within: variants),
            "variant_id": SearchField("v.id", .id, within: variants),
            "variant_title": SearchField("v.title", .words, within: variants),
            "is_price_reduced": SearchField(
                "exists (select 1 from \(variants) and v.compare_at_price > v.price)", .boolean),
            "has_only_default_variant": SearchField(
                "not exists (select 1 from \(variants) and v.title <> 'Default Title')", .boolean),
        ],
        unsupported: [
            "bundles", "category_id", "collection_id", "combined_listing_role", "delivery_profile_id",
            "error_feedback", "gift_card", "has_only_composites", "has_variant_with_components", "metafields.",
            "out_of_stock_somewhere", "product_configuration_owner", "product_publication_status", "publication_ids",
            "publishable_status", "tracks_inventory",
        ],
        defaults: [SearchField("r.words", .lexemes(weights: ""))])

    private static let productStatuses = ["active", "archived", "draft", "unlisted"]
    private static let publishedStatuses = [
        "published": "r.published_at is not null", "visible": "r.published_at is not null",
        "unpublished": "r.published_at is null", "unavailable": "r.published_at is null",
    ]

    /// Each value with the condition that the column has it.
    static func cases(_ column: String, _ values: [String]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: values.map { ($0, "lower(\(column)) = '\($0)'") })
    }
}
