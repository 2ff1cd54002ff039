internal import ReadModels

/// The schemas of the data endpoints.
enum DataSchemas {
    static let all: [String: JSONValue] = [
        "DataRequest": request, "Money": money, "Warning": warning, "Products": list("Product"), "Product": product,
        "Orders": list("Order"), "Order": order, "Customers": list("Customer"), "Customer": customer,
        "Transactions": list("Transaction"), "Transaction": transaction, "Carts": Schemas.list("Cart"), "Cart": cart,
    ]

    private static let (text, textOrNull) = (Schemas.text, Schemas.textOrNull)
    private static let (integer, integerOrNull) = (Schemas.integer, Schemas.integerOrNull)
    private static let texts = Schemas.array(Schemas.text)
    private static let amount = Schemas.orNull(Schemas.reference("Money"))

    private static let request = Schemas.object([
        "shop": text,
        "first": .object([
            "type": .string("integer"), "minimum": .integer(1), "maximum": .integer(Int64(ListPage.firstMax)),
            "default": .integer(Int64(ListPage.firstDefault)),
        ]), "cursor": text, "custom_query": text,
        "order_id": .object(["type": .array([.string("string"), .string("integer")])]),
    ])

    private static let money = Schemas.object(
        ["amount": text, "minor": integer, "currency": text], required: ["amount", "minor", "currency"])

    private static let warning = Schemas.object(
        ["code": text, "field": textOrNull, "message": text], required: ["code", "message"])

    /// A page with what a search's answer differs in from Shopify's.
    private static func list(_ item: String) -> JSONValue {
        guard case .object(var members) = Schemas.list(item), case .object(var properties)? = members["properties"]
        else {
            return Schemas.list(item)
        }
        properties["warnings"] = Schemas.array(Schemas.reference("Warning"))
        members["properties"] = .object(properties)
        return .object(members)
    }

    private static let identity: [String: JSONValue] = ["id": text, "gid": text]

    private static func item(_ properties: [String: JSONValue]) -> JSONValue {
        Schemas.object(properties.merging(identity) { first, _ in first }, required: ["id", "gid"])
    }

    private static func named(_ names: [String], _ schema: JSONValue) -> [String: JSONValue] {
        Dictionary(names.map { ($0, schema) }) { first, _ in first }
    }

    private static let product = item(
        named(["title", "handle", "vendor", "product_type", "status", "description", "image_url"], textOrNull)
            .merging(named(["created_at", "updated_at", "published_at"], textOrNull)) { first, _ in first }
            .merging([
                "tags": texts, "options": Schemas.array(Schemas.anything), "price_min": amount, "price_max": amount,
                "total_inventory": integerOrNull, "variants": Schemas.array(variant),
            ]) { first, _ in first })

    private static let variant = item([
        "title": textOrNull, "sku": textOrNull, "barcode": textOrNull, "price": amount, "compare_at_price": amount,
        "inventory_quantity": integerOrNull, "options": texts,
    ])

    private static let order = item(
        named(
            [
                "name", "cancel_reason", "financial_status", "fulfillment_status", "currency", "presentment_currency",
                "source_name", "created_at", "processed_at", "updated_at", "closed_at", "cancelled_at", "email",
                "phone",
            ], textOrNull
        ).merging(
            named(
                [
                    "gross_sales", "discounts", "total_shipping", "total_duties", "total_tax",
                    "total_price", "total_refunded", "presentment_total_price",
                ], amount)
        ) { first, _ in first }.merging([
            "number": integerOrNull, "units": integer, "test": Schemas.flag, "taxes_included": Schemas.flag,
            "tags": texts, "discount_codes": texts, "payment_gateway_names": texts,
            "customer": Schemas.orNull(contact),
            "line_items": Schemas.array(line), "refunds": Schemas.array(refund),
            "transactions": Schemas.array(Schemas.reference("Transaction")),
        ]) { first, _ in first })

    private static let contact = Schemas.object(
        named(["id", "gid", "email", "phone", "first_name", "last_name"], textOrNull))

    private static let line = item([
        "product_id": textOrNull, "variant_id": textOrNull, "title": textOrNull, "variant_title": textOrNull,
        "sku": textOrNull, "vendor": textOrNull, "quantity": integer, "current_quantity": integerOrNull,
        "price": amount, "total_discount": amount, "total_tax": amount,
    ])

    private static let refund = item([
        "created_at": textOrNull, "processed_at": textOrNull, "amount": amount, "presentment_amount": amount,
        "refund_line_items": Schemas.array(
            Schemas.object([
                "id": text, "line_item_id": textOrNull, "quantity": integer, "subtotal": amount, "total_tax": amount,
            ])),
    ])

    private static let transaction = item([
        "order_id": text, "parent_id": textOrNull, "kind": textOrNull, "status": textOrNull, "gateway": textOrNull,
        "error_code": textOrNull, "amount": amount, "presentment_amount": amount, "created_at": textOrNull,
        "processed_at": textOrNull,
        "test": Schemas.flag,
    ])

    private static let cart = Schemas.object([
        "token": text, "checkout_token": textOrNull,
        "state": Schemas.names(CartState.allCases.map(\.rawValue)), "created_at": Schemas.time,
        "last_activity_at": Schemas.time, "abandoned_at": textOrNull, "completed_at": textOrNull,
        "order": Schemas.orNull(Schemas.object(identity)), "value": amount, "lines": integer,
    ])

    /// Who a customer is may have been erased; the other facts stay.
    private static let customer = Schemas.object(
        named(
            [
                "id", "gid", "email", "phone", "first_name", "last_name", "state", "email_marketing_state", "currency",
                "created_at", "updated_at", "first_order_at", "last_order_at",
            ], textOrNull
        ).merging([
            "tags": texts, "verified_email": Schemas.flagOrNull, "tax_exempt": Schemas.flagOrNull,
            "orders_count": integer, "total_spent": amount,
        ]) { first, _ in first })
}
