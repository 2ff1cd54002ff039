internal import EventModel
internal import Postgres

/// What a customer may hear of an order: its name, its day and how far it is. Never an address or what it cost.
struct OrderStatus: Sendable, Equatable {
    var name: String
    /// Unix milliseconds.
    var orderedAt: Int64
    var financialStatus: String
    var fulfillmentStatus: String
    var isCancelled: Bool

    /// Orders of one answer.
    private static let ordersMax = 3

    /// The newest orders of this customer, or the one of this name. The handle is part of the condition: another
    /// customer's order is not found, whatever its name.
    static func find(
        _ shop: ShopKey, customer: Key128, name: String?, _ connection: PostgresConnection
    ) throws -> [OrderStatus] {
        try connection.query(
            """
            select o.name, o.ordered_at, o.financial_status, o.fulfillment_status, o.cancelled_at is not null
            from orders.shop_order o
            where o.lane = $1 and o.shop_id = $2 and o.customer = $3 and not o.is_deleted
                and ($4::text is null or lower(ltrim(o.name, '#')) = $4)
            order by o.ordered_at desc, o.id desc limit $5
            """,
            [
                .int2(shop.lane), .int4(shop.shop), .uuid(customer.high, customer.low), .optional(name),
                .int8(Int64(ordersMax)),
            ]
        ).map { row in
            OrderStatus(
                name: row.text(0), orderedAt: row.timestampMillis(1), financialStatus: row.textIfPresent(2) ?? "",
                fulfillmentStatus: row.textIfPresent(3) ?? "", isCancelled: row.bool(4))
        }
    }

    /// Nobody vouches for a customer.
    static let loginNeeded = ShopperAnswer(
        reply: "Please log in to your account in this shop, then I can look up your orders.")

    /// Sentences about the orders found.
    static func answer(_ orders: [OrderStatus], name: String?) -> ShopperAnswer {
        guard !orders.isEmpty else {
            return ShopperAnswer(
                reply: name.map { "I found no order #\($0) in your account." } ?? "I found no order in your account.")
        }
        return ShopperAnswer(
            reply: orders.map(\.sentence).joined(separator: "\n"), followUps: ["What is the status of my last order?"])
    }

    /// `Order #1001 of 2026-03-01: paid, not shipped yet.`
    var sentence: String {
        let day = Timestamp.text(orderedAt).prefix(10)
        if isCancelled { return "Order \(name) of \(day): cancelled." }
        let payment = financialStatus.isEmpty ? "" : financialStatus.replacing("_", with: " ") + ", "
        let shipping =
            switch fulfillmentStatus {
            case "": "not shipped yet"
            case "fulfilled": "shipped"
            case "partial": "partly shipped"
            default: fulfillmentStatus.replacing("_", with: " ")
            }
        return "Order \(name) of \(day): \(payment)\(shipping)."
    }
}
