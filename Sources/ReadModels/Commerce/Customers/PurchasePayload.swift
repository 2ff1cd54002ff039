internal import EventModel
internal import Pipelines

/// Whose order it is and what it is worth to the shop.
struct PurchasePayload {
    var version: PayloadVersion
    var at: Int64
    var customer: Key128?
    var isTest: Bool
    /// As this payload has it.
    var worth: Int64
    var currency: String
    var exponent: Int
    /// The refunds that `worth` is without; nil where the payload lists none and its time has to tell.
    var refunds: [Int64]?

    /// An order counts as spent once it was paid; what was given back is out.
    private static let paid: Set<String> = ["paid", "partially_refunded", "refunded"]

    init(_ event: EventFacts, _ document: CommerceDocument) {
        let root = document.root
        version = PayloadVersion(event, document, updatedAt: root["updated_at"]?.time)
        at = root["processed_at"]?.time ?? root["created_at"]?.time ?? event.order.time
        customer = document.customer
        isTest = root["test"]?.bool ?? false
        // Part of an index.
        currency = PageAddress.text(root["currency"]?.text ?? "")
        exponent = MinorUnits.exponent(of: currency)
        let isPaid = Self.paid.contains(root["financial_status"]?.text?.lowercased() ?? "")
        let isCancelled = root["cancelled_at"]?.time != nil
        worth = isPaid && !isCancelled ? Self.worth(root, exponent) : 0
        if let listed = root["refunds"], listed.type == .array { refunds = listed.elements.compactMap { $0["id"]?.id } }
    }

    /// `current_total_price`, else the total without successful refunds.
    private static func worth(_ root: JSONNode, _ exponent: Int) -> Int64 {
        if let current = root["current_total_price"]?.amount(exponent) { return current }
        let back = (root["refunds"]?.elements ?? []).flatMap(RefundPayload.payments)
            .compactMap { $0.shopMoney("amount", exponent) }
        return max(0, back.reduce(root["total_price"]?.amount(exponent) ?? 0) { $0.subtracting($1) })
    }

    func write(_ writer: inout JSONWriter) {
        writer.members(version)
        writer.member(instant: "at", at)
        writer.member(hash: "customer", customer)
        writer.member("is_test", isTest)
        writer.member("worth", worth)
        writer.member("currency", currency)
        writer.member("exponent", Int64(exponent))
        writer.member("refunds") { writer in
            if let refunds { writer.array(refunds) { $0.integer($1) } } else { writer.null() }
        }
    }
}

/// What a refund gave back, as `refunds/create` tells: an order's payload that does not know of it yet shows too much.
struct RefundPayload {
    var order: Int64
    var id: Int64
    var version: PayloadVersion
    var at: Int64
    /// Millionths, since the delivery may not say of which currency the order is.
    var amount: Int64
    /// Empty where the delivery does not say.
    var currency: String

    init?(_ event: EventFacts, _ document: CommerceDocument) {
        let root = document.root
        guard let order = root["order_id"]?.id, let id = root["id"]?.id else { return nil }
        self.order = order
        self.id = id
        version = PayloadVersion(event, document, updatedAt: nil).ofNobody
        at = root["created_at"]?.time ?? event.order.time
        let payments = Self.payments(root)
        let currency = payments.first.map(Self.currency) ?? ""
        // Shopify refunds in the one currency that was paid in.
        let amounts = payments.filter { Self.currency($0) == currency }
            .map { max(0, $0.shopMoney("amount", OrderReader.microExponent) ?? 0) }
        self.currency = currency
        amount = amounts.saturatedSum()
    }

    /// The successful payments of a refund.
    static func payments(_ refund: JSONNode) -> [JSONNode] {
        (refund["transactions"]?.elements ?? []).filter {
            $0["kind"]?.text == "refund" && $0["status"]?.text == "success"
        }
    }

    private static func currency(_ payment: JSONNode) -> String {
        let shop = payment["amount_set"]?["shop_money"]
        return shop?["currency_code"]?.text ?? payment["currency"]?.text ?? ""
    }

    func write(_ writer: inout JSONWriter) {
        writer.member("order_id", order)
        writer.member("refund_id", id)
        writer.members(version)
        writer.member(instant: "at", at)
        writer.member("amount", amount)
        writer.member("currency", PageAddress.text(currency))
    }
}

extension Int64 {
    /// The difference, or the nearest number there is.
    fileprivate func subtracting(_ other: Int64) -> Int64 {
        let (value, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other > 0 ? .min : .max) : value
    }
}
