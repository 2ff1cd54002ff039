internal import Pipelines

extension SearchFields {
    private static let lines = """
        orders.order_line l where l.lane = r.lane and l.shop_id = r.shop_id and l.order_id = r.id
        """
    /// What an order is worth now: as its payload says, else as ordered, without what was given back.
    private static let currentTotal = "coalesce(r.current_total, r.total - r.refunded)"

    /// Orders, over `orders.shop_order r`; names and meanings of the Admin API 2026-07, `orders(query:)`.
    package static let orders = SearchFields(
        "orders",
        [
            "id": SearchField("r.id", .id),
            "name": SearchField("r.name", .orderName),
            "status": SearchField("r.id", .cases(orderStatuses)),
            "financial_status": SearchField("r.financial_status", .cases(financialStatuses), list: true),
            "fulfillment_status": SearchField("r.fulfillment_status", .cases(fulfillmentStatuses), list: true),
            "created_at": SearchField("r.created_at", .time),
            "processed_at": SearchField("r.processed_at", .time),
            "updated_at": SearchField("r.updated_at", .time),
            "test": SearchField("r.is_test", .boolean),
            "tag": SearchField("r.tags", .keywords, list: true),
            "tag_not": SearchField("r.tags", .keywords, list: true, negated: true),
            "discount_code": SearchField("r.discount_codes", .keywords),
            "gateway": SearchField("r.gateways", .keywords),
            "source_name": SearchField("r.source_name", .keyword),
            "cart_token": SearchField("r.cart_token", .keyword),
            "checkout_token": SearchField("r.checkout_token", .keyword),
            "current_total_price": SearchField(currentTotal, .decimal(exponent: "r.exponent")),
            "subtotal_line_items_quantity": SearchField("r.units", .integer),
            "sku": SearchField("l.sku", .keyword, within: lines),
            "customer_id": SearchField("r.customer", .handle(.customer)),
            "email": SearchField("r.email", .handle(.email)),
        ],
        unsupported: [
            "channel", "channel_id", "chargeback_status", "confirmation_number", "credit_card_last4",
            "delivery_method", "fraud_protection_level", "fulfillment_location_id", "location_id", "metafields.",
            "payment_id", "payment_provider_id", "po_number", "reference_location_id", "return_status", "risk_level",
            "sales_channel", "source_identifier", "total_weight",
        ],
        defaults: [
            SearchField("r.name", .orderName), SearchField("r.id", .id),
            SearchField("r.email", .handle(.email)), SearchField("r.tags", .keywords),
            SearchField("r.discount_codes", .keywords), SearchField("l.sku", .keyword, within: lines),
            SearchField("l.title", .words, within: lines),
        ],
        defaultWarning: """
            A bare value is looked for in names, ids, tags, discount codes, skus and titles of lines, and as a whole \
            e-mail address; names of customers are sealed.
            """)

    private static let orderStatuses = [
        "open": "r.closed_at is null and r.cancelled_at is null", "closed": "r.closed_at is not null",
        "cancelled": "r.cancelled_at is not null", "not_closed": "r.closed_at is null",
    ]
    private static let financialStatuses =
        cases(
            "r.financial_status",
            [
                "paid", "pending", "authorized", "partially_paid", "partially_refunded", "refunded", "voided",
                "expired",
            ]
        ).merging(["unpaid": "r.financial_status in ('authorized', 'partially_paid', 'pending')"]) { $1 }
    /// Shopify's payloads say `null`, `partial`, `fulfilled`; the syntax has older names too. Its `scheduled`,
    /// `on_hold` and `request_declined` no payload tells apart: they are refused rather than found nowhere.
    private static let fulfillmentStatuses =
        cases("r.fulfillment_status", ["fulfilled", "partial"]).merging([
            "shipped": "r.fulfillment_status = 'fulfilled'",
            "unshipped": "coalesce(r.fulfillment_status, '') in ('', 'unfulfilled')",
            "unfulfilled": "coalesce(r.fulfillment_status, '') in ('', 'unfulfilled')",
        ]) { $1 }

    /// Transactions, over `orders.transaction r`. Shopify has no search for them; the fields are those of its REST
    /// resource.
    package static let transactions = SearchFields(
        "transactions",
        [
            "id": SearchField("r.id", .id),
            "order_id": SearchField("r.order_id", .id),
            "parent_id": SearchField("r.parent_id", .id),
            "kind": SearchField("r.kind", .keyword, list: true),
            "status": SearchField("r.status", .keyword, list: true),
            "gateway": SearchField("r.gateway", .keyword, list: true),
            "currency": SearchField("r.currency", .keyword, list: true),
            "error_code": SearchField("r.error_code", .keyword, list: true),
            "amount": SearchField("r.amount", .decimal(exponent: "r.exponent")),
            "created_at": SearchField("r.created_at", .time),
            "processed_at": SearchField("r.processed_at", .time),
            "test": SearchField("r.is_test", .boolean),
        ])
}
