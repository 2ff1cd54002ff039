package import Pipelines

/// Where in the read models something of a person is, and what an erasure makes of it: every column of every table is
/// declared, and a test compares the declaration with the schemas, so that none is forgotten.
///
/// Personal values themselves are in no column: they stay sealed in the log, where the destruction of keys takes them.
package enum Lineage {
    /// What happens to a column when a person is erased. When a shop is, all of its rows go.
    package enum Treatment: Sendable, Equatable {
        /// A pseudonym takes the handle's place (`Tombstone.pseudonym`): something is counted by it.
        case pseudonym
        /// Becomes null or empty.
        case emptied
        /// Becomes 0: it pointed at the event whose sealed part has the person's values.
        case unlinked
        /// Points at an event whose sealed part nobody can open any more.
        case sealedReference
        /// The row goes.
        case removed
        /// Packed bytes are decoded, treated as the columns beside them are, and packed again.
        case repacked
        /// A fingerprint of a payload; the half that depends on handles becomes 0 where the row is the person's.
        case fingerprint
        /// Nothing: it tells of no person.
        case none
    }

    /// A column.
    package struct Column: Sendable, Equatable {
        /// `schema.table`
        package let table: String
        /// Its name.
        package let name: String
        /// Whose keyed hashes can be in it, unpacked.
        package let handles: [HandleKind]
        /// What an erasure does.
        package let treatment: Treatment
    }

    /// All columns of all read models.
    package static let columns: [Column] = tables.flatMap(\.columns)

    /// Columns of type uuid that may hold handles; what a search after an erasure has to look into.
    package static let handleColumns = columns.filter { !$0.handles.isEmpty }

    /// The table of who is named where. After an erasure it still leads to the events of orders that are kept.
    package static let mentions = "subjects.mention"
}

extension Lineage {
    /// The columns of one table.
    struct Table {
        let columns: [Column]

        /// `personal` are treated; `others` tell of no person.
        init(_ table: String, _ personal: [(String, [HandleKind], Treatment)] = [], others: String) {
            columns =
                personal.map { Column(table: table, name: $0.0, handles: $0.1, treatment: $0.2) }
                + others.split(separator: " ").map {
                    Column(table: table, name: String($0), handles: [], treatment: .none)
                }
        }
    }

    private static let key = "lane shop_id "
    /// Times and worth of the payload that a row is from.
    private static let newest = "newest_at newest_rank newest_members "
    private static let checkpoint = "lane position projected_at"

    static let tables = sessions + counts + leads + orders + customers + carts + products + subjects

    /// A visitor is a browser, a customer without one, or a day's pseudonym, which no one can go back from once the day's
    /// salt is destroyed. Pages, referrers and campaigns were swept of addresses and secrets before they were stored.
    private static let sessions = [
        Table("sessions.checkpoint", others: checkpoint),
        Table(
            "sessions.session",
            [
                ("visitor", [.client, .customer], .pseudonym), ("customer", [.customer], .pseudonym),
                ("positions", [], .sealedReference),
            ],
            others: key + """
                started_at ended_at version visitor_kind flags pageviews events product_views add_to_carts checkouts \
                purchases leads entry_page exit_page source medium channel referrer utm_source utm_medium utm_campaign \
                utm_content utm_term device browser os country cart_token checkout_token cart_value checkout_value \
                currency activity state
                """),
        Table(
            "sessions.session_removed", [("visitor", [.client, .customer], .removed)],
            others: key + "version started_at"),
        Table("sessions.session_trimmed", others: key + "version"),
    ]

    /// Search terms were swept of e-mail addresses.
    private static let counts = [
        Table("pages.checkpoint", others: checkpoint),
        Table(
            "pages.event_bucket",
            others: key + "bucket dimension value bot events pageviews product_views add_to_carts checkouts purchases"),
        Table(
            "pages.event_delta",
            others: key + """
                bucket bot entries dimension value events pageviews product_views add_to_carts checkouts purchases
                """),
        Table("shops.checkpoint", others: checkpoint),
        Table(
            "shops.shop",
            others: key + """
                first_event_at last_event_at last_received_at version events pixel_events widget_events webhook_events
                """),
        Table("shops.shop_event", others: key + "source kind events last_received_at"),
    ]

    private static let leads = [
        Table("leads.checkpoint", others: checkpoint),
        Table(
            "leads.lead",
            [
                ("handle", [.email, .phone], .pseudonym), ("visitor", [.client, .customer], .emptied),
                ("name_position", [], .unlinked), ("email_position", [], .unlinked),
                ("phone_position", [], .unlinked), ("answers_position", [], .unlinked), ("state", [], .repacked),
                // Follows from the handle.
                ("id", [], .pseudonym), ("status", [], .none),
            ],
            others: key + "handle_kind version first_seen_at last_seen_at submissions source marketing_consent"),
        Table(
            "leads.lead_handle",
            [("handle", [.email, .phone], .pseudonym), ("lead", [.email, .phone], .pseudonym)], others: key),
        Table("leads.purchase", [("handle", [.email, .phone], .pseudonym)], others: key + "order_id"),
        Table("leads.unlinked", [("visitor", [.client, .customer], .pseudonym)], others: key + "at leads"),
    ]

    /// Amounts, articles and numbers of orders are the shop's books, which it must keep. Tags of an erased order go,
    /// because merchants write names into them.
    private static let orders = [
        Table("orders.checkpoint", others: checkpoint),
        Table("orders.order_state", [("state", [], .repacked)], others: key + "id"),
        Table(
            "orders.shop_order",
            [
                ("customer", [.customer], .pseudonym), ("email", [.email], .emptied), ("phone", [.phone], .emptied),
                ("client", [.client], .emptied), ("handle", [.order], .emptied), ("tags", [], .emptied),
                ("position", [], .sealedReference),
            ],
            others: key + """
                id version name number created_at ordered_at processed_at updated_at cancelled_at closed_at \
                cancel_reason is_test is_deleted financial_status fulfillment_status currency presentment_currency \
                exponent taxes_included gross discounts shipping tax duties total refunded units source_name \
                discount_codes gateways cart_token checkout_token current_total presentment_total
                """),
        Table(
            "orders.order_line",
            others: key + """
                order_id id product_id variant_id title variant_title sku vendor quantity current_quantity price \
                discount tax position_no
                """),
        Table(
            "orders.refund",
            others: key + "order_id id created_at processed_at note_present amount presentment_amount"),
        Table("orders.refund_line", others: key + "order_id refund_id id line_id quantity subtotal tax"),
        Table(
            "orders.transaction",
            others: key + """
                order_id id parent_id kind status gateway amount currency exponent created_at processed_at is_test \
                error_code presentment_amount presentment_currency
                """),
        Table(
            "orders.ledger",
            others: key + """
                order_id entry kind at at_order line_id product_id variant_id quantity gross discounts returns taxes \
                shipping duties currency
                """),
    ]

    private static let customers = [
        Table("customers.checkpoint", others: checkpoint),
        Table(
            "customers.customer",
            [
                ("handle", [.customer], .pseudonym), ("merged_into", [.customer], .pseudonym),
                ("email", [.email], .emptied), ("phone", [.phone], .emptied), ("tags", [], .emptied),
                ("position", [], .unlinked), ("newest_content", [], .fingerprint),
            ],
            others: key + newest + """
                version is_deleted is_erased verified_email tax_exempt created_at updated_at state marketing_state \
                marketing_at currency orders spent spent_currency spent_exponent first_order_at last_order_at
                """),
        Table(
            "customers.stated_tags",
            [("handle", [.customer], .removed), ("tags", [], .removed), ("newest_content", [], .removed)],
            others: key + newest),
        Table(
            "customers.tag_change", [("handle", [.customer], .removed), ("tag", [], .removed)],
            others: key + "at is_added"),
        Table(
            "customers.purchase", [("customer", [.customer], .pseudonym), ("newest_content", [], .fingerprint)],
            others: key + newest + "order_id is_deleted is_test at worth amount currency exponent is_erased refunds"),
        Table(
            "customers.purchase_refund", others: key + newest + "newest_content order_id refund_id at amount currency"),
        Table(
            "customers.purchase_sum", [("customer", [.customer], .pseudonym)],
            others: key + "currency orders amount"),
    ]

    /// Known by tokens, which the log keeps readable too; a row names nobody, and its fingerprint leads back to a person
    /// only for who knows the person's keyed hashes already.
    private static let carts = [
        Table("carts.checkpoint", others: checkpoint),
        Table(
            "carts.cart", [("source_position", [], .sealedReference)],
            others: key + """
                token id version created_at last_activity_at due_at lapsed_at completed_at order_id checkout_token \
                value exponent currency lines
                """),
        Table(
            "carts.source", [("source_position", [], .sealedReference)],
            others: key + newest
                + "newest_content token is_checkout cart_token completed_at value exponent currency lines"),
        Table("carts.activity", others: key + "token is_checkout spells"),
        Table("carts.purchase", others: key + newest + "newest_content order_id at cart_token checkout_token"),
    ]

    private static let products = [
        Table("products.checkpoint", others: checkpoint),
        Table(
            "products.product",
            others: key + newest + """
                newest_content id version is_deleted created_at updated_at published_at inventory price_min price_max \
                title handle vendor product_type status image_url tags options description variant_ids words search
                """),
        Table(
            "products.variant",
            others: key + newest + """
                newest_content product_id id is_current position_no price compare_at_price inventory title sku barcode \
                options
                """),
    ]

    private static let subjects = [
        Table("subjects.checkpoint", others: checkpoint),
        Table(
            mentions,
            [
                ("handle", [.customer, .email, .phone, .order, .checkout, .cart, .client], .removed),
                ("position", [], .removed),
            ], others: key + "kind is_left"),
    ]
}
