/// Queries of bulk operations. Their rules (shopify.dev, "Bulk operations"; recordings in admin_graphql.json): one to
/// five connections, at most two deep, `edges { node }` only, `id` selected by each node that has children, no
/// connection inside a list.
extension AdminDocument {
    /// All products whatever their status, with their variants. `filter` is Shopify's search syntax.
    package static func bulkProducts(filter: String = everyStatus) -> AdminDocument {
        bulk("BulkProducts", "products", filter, Selection.product, [("variants", Selection.variant)])
    }

    /// Orders (without `read_all_orders` those of the last 60 days) with lines, shipping, discounts, transactions and
    /// refunds. The lines of refunds cannot be had this way: see `orderRefunds`.
    package static func bulkOrders(filter: String? = nil) -> AdminDocument {
        bulk(
            "BulkOrders", "orders", filter, Selection.order + "\nrefunds { \(Selection.refund) }",
            [
                ("lineItems", Selection.lineItem), ("shippingLines(includeRemovals: true)", Selection.shippingLine),
                ("discountApplications", Selection.discountApplication),
            ])
    }

    /// Customers with their default address.
    package static func bulkCustomers(filter: String? = nil) -> AdminDocument {
        bulk("BulkCustomers", "customers", filter, Selection.customer, [])
    }

    /// Checkouts that were left with an e-mail address or a phone number, with their lines.
    package static func bulkAbandonedCheckouts(filter: String? = nil) -> AdminDocument {
        bulk(
            "BulkAbandonedCheckouts", "abandonedCheckouts", filter, Selection.abandonedCheckout,
            [("lineItems", Selection.abandonedLineItem)])
    }

    /// The documentation leaves open which statuses a query without one means.
    package static let everyStatus = "status:ACTIVE,ARCHIVED,DRAFT,UNLISTED"

    private static func bulk(
        _ name: String, _ root: String, _ filter: String?, _ node: String, _ children: [(String, String)]
    ) -> AdminDocument {
        let arguments = filter.map { "(query: \(quoted($0)))" } ?? ""
        let inner = children.map { "\($0.0) { edges { node { \($0.1) } } }" }.joined(separator: "\n")
        return AdminDocument(
            name: name, text: "query \(name) {\n\(root)\(arguments) { edges { node {\n\(node)\n\(inner)\n} } }\n}",
            isBulkQuery: true)
    }

    /// A GraphQL string.
    static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.reduce(into: "") { out, scalar in
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case _ where scalar.value < 0x20: out += " "
            default: out.unicodeScalars.append(scalar)
            }
        }
        return "\"\(escaped)\""
    }
}
