/// Pages of what changed, by time of change, for the daily reconciliation; variables `first` (at most 250), `after`,
/// and `query` such as `updated_at:>='2026-11-20T00:00:00Z'` (unquoted times are misread without an error). Rows move
/// while one pages, so overlap and upsert. A page that costs too much is asked for again with a smaller `first`.
extension AdminDocument {
    /// Orders with all that hangs on them; what does not fit is told by the inner `pageInfo`.
    package static let ordersUpdated = page(
        "OrdersUpdated", "orders", "sortKey: UPDATED_AT",
        """
        \(Selection.order)
        lineItems(first: 100) { \(Selection.pageInfo) nodes { \(Selection.lineItem) } }
        shippingLines(first: 20, includeRemovals: true) { nodes { \(Selection.shippingLine) } }
        discountApplications(first: 50) { nodes { \(Selection.discountApplication) } }
        refunds { \(Selection.refund) \(Selection.refundDetails) }
        """)

    /// Products with their first 100 variants.
    package static let productsUpdated = page(
        "ProductsUpdated", "products", "sortKey: UPDATED_AT",
        """
        \(Selection.product)
        variants(first: 100) { \(Selection.pageInfo) nodes { \(Selection.variant) } }
        """)

    /// Customers.
    package static let customersUpdated = page(
        "CustomersUpdated", "customers", "sortKey: UPDATED_AT", Selection.customer)

    /// Abandoned checkouts; Shopify cannot sort them by their change.
    package static let abandonedCheckoutsUpdated = page(
        "AbandonedCheckoutsUpdated", "abandonedCheckouts", "sortKey: ID",
        """
        \(Selection.abandonedCheckout)
        lineItems(first: 100) { \(Selection.pageInfo) nodes { \(Selection.abandonedLineItem) } }
        """)

    /// The refunds of orders in full, which the bulk query of orders cannot give; variable `ids`, at most 250 gids of
    /// orders (10 at a time cost little).
    package static let orderRefunds = AdminDocument(
        name: "OrderRefunds",
        text: """
            query OrderRefunds($ids: [ID!]!) {
              nodes(ids: $ids) { ... on Order { id refunds { \(Selection.refund) \(Selection.refundDetails) } } }
            }
            """)

    /// More lines of one order; variables `id`, `after`.
    package static let orderLineItems = AdminDocument(
        name: "OrderLineItems",
        text: """
            query OrderLineItems($id: ID!, $after: String) {
              order(id: $id) {
                id
                lineItems(first: 100, after: $after) { \(Selection.pageInfo) nodes { \(Selection.lineItem) } }
              }
            }
            """)

    /// More lines of one refund; variables `id`, `after`.
    package static let refundLineItems = AdminDocument(
        name: "RefundLineItems",
        text: """
            query RefundLineItems($id: ID!, $after: String) {
              refund(id: $id) {
                id
                refundLineItems(first: 100, after: $after) { \(Selection.pageInfo) nodes {
                  id quantity restockType priceSet \(Selection.money) subtotalSet \(Selection.money)
                  totalTaxSet \(Selection.money) lineItem { id } location { id } } }
              }
            }
            """)

    /// More variants of one product; variables `id`, `after`.
    package static let productVariants = AdminDocument(
        name: "ProductVariants",
        text: """
            query ProductVariants($id: ID!, $after: String) {
              product(id: $id) {
                id
                variants(first: 100, after: $after) { \(Selection.pageInfo) nodes { \(Selection.variant) } }
              }
            }
            """)

    private static func page(_ name: String, _ root: String, _ sorting: String, _ node: String) -> AdminDocument {
        AdminDocument(
            name: name,
            text: """
                query \(name)($first: Int!, $after: String, $query: String) {
                  \(root)(first: $first, after: $after, query: $query, \(sorting)) {
                    \(Selection.pageInfo)
                    nodes {
                \(node)
                    }
                  }
                }
                """)
    }
}
