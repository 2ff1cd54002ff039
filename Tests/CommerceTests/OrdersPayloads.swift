import EventModel

/// Order payloads as Shopify's webhooks have them, as far as the read model looks.
struct OrderPayload {
    struct Line {
        var id: Int
        var price: String
        var quantity = 1
        var current: Int? = nil
        var discount = "0.00"
        var tax = "0.00"
        var rate = "0.1"
        var product = 11
    }

    var id: Int64 = 1001
    var updated = "2026-03-01T10:00:00Z"
    var processed = "2026-03-01T10:00:00Z"
    var cancelled: String? = nil
    var currency = "USD"
    var taxesIncluded = false
    var isTest = false
    var status = "paid"
    var source = "web"
    var lines: [Line] = []
    var shipping = "0.00"
    var shippingTax = "0.00"
    var shippingDiscount = "0.00"
    /// An edit took it away; it is still listed.
    var isShippingRemoved = false
    var totalDiscounts = "0.00"
    var totalTax = "0.00"
    var totalPrice = "0.00"
    var duties: String? = nil
    var refunds: [String] = []

    var json: String {
        let lines = self.lines.map { line in
            """
            {"id":\(line.id),"product_id":\(line.product),"variant_id":\(line.product * 10),"title":"T","sku":"S",\
            "vendor":"V","variant_title":null,"quantity":\(line.quantity),\
            "current_quantity":\(line.current ?? line.quantity),"price":"\(line.price)","total_discount":"0.00",\
            "discount_allocations":[\(allocation(line.discount))],"tax_lines":[\(tax(line.tax, line.rate))]}
            """
        }
        let charge =
            """
            {"id":77,"is_removed":\(isShippingRemoved),"price":"\(shipping)","discounted_price":"\(shipping)",\
            "discount_allocations":[\(allocation(shippingDiscount))],"tax_lines":[\(tax(shippingTax, "0.1"))]}
            """
        let duty = duties.map { "{\"shop_money\":{\"amount\":\"\($0)\",\"currency_code\":\"\(currency)\"}}" } ?? "null"
        return """
            {"id":\(id),"name":"#\(id)","order_number":\(id),"created_at":"\(processed)","processed_at":"\(processed)",\
            "updated_at":"\(updated)","cancelled_at":\(cancelled.map { "\"\($0)\"" } ?? "null"),"cancel_reason":null,\
            "test":\(isTest),"financial_status":"\(status)","fulfillment_status":null,"currency":"\(currency)",\
            "presentment_currency":"\(currency)","taxes_included":\(taxesIncluded),"total_discounts":"\(totalDiscounts)",\
            "total_tax":"\(totalTax)","total_price":"\(totalPrice)","original_total_duties_set":\(duty),\
            "source_name":"\(source)","tags":"vip, b","discount_codes":[{"code":"TEN"}],"cart_token":"c1",\
            "checkout_token":null,"payment_gateway_names":["bogus"],"line_items":[\(lines.joined(separator: ","))],\
            "shipping_lines":[\(shipping == "0.00" ? "" : charge)],"refunds":[\(refunds.joined(separator: ","))]}
            """
    }

    private func allocation(_ amount: String) -> String {
        amount == "0.00" ? "" : "{\"amount\":\"\(amount)\",\"discount_application_index\":0}"
    }

    private func tax(_ price: String, _ rate: String) -> String {
        price == "0.00" && totalTax == "0.00" ? "" : "{\"price\":\"\(price)\",\"rate\":\(rate),\"title\":\"VAT\"}"
    }

    func event(_ topic: String = "orders/updated", source: EventSource = .webhook) -> ShopEvent {
        ShopEvent(name: topic, body: json, source: source, time: Timestamp.parse(updated) ?? 0)
    }

    /// A refund of this order: (line, quantity, subtotal, tax), then (kind, amount, tax), then shipping as it is listed
    /// since 2024-10 (amount, and the charge's price and tax).
    func refund(
        _ refundID: Int, _ at: String, lines: [(Int, Int, String, String)],
        adjustments: [(String, String, String)] = [], shipping: (String, String, String)? = nil
    ) -> String {
        let returned = lines.enumerated().map { index, line in
            """
            {"id":\(refundID * 10 + index),"line_item_id":\(line.0),"quantity":\(line.1),"subtotal":\(line.2),\
            "total_tax":\(line.3)}
            """
        }
        let others = adjustments.enumerated().map { index, one in
            """
            {"id":\(refundID * 100 + index),"kind":"\(one.0)","amount":"\(one.1)","tax_amount":"\(one.2)"}
            """
        }
        let charge = shipping.map { amount, price, tax in
            """
            {"id":\(refundID * 1000),"shipping_line_id":77,"subtotal_amount_set":{"shop_money":{"amount":"\(amount)"}},\
            "shipping_line":{"id":77,"discounted_price":"\(price)","tax_lines":[{"price":"\(tax)"}]}}
            """
        }
        return """
            {"id":\(refundID),"order_id":\(id),"created_at":"\(at)","processed_at":"\(at)","note":"x",\
            "refund_shipping_lines":[\(charge ?? "")],\
            "refund_line_items":[\(returned.joined(separator: ","))],\
            "order_adjustments":[\(others.joined(separator: ","))],"transactions":[]}
            """
    }

    func refundEvent(_ body: String, _ at: String) -> ShopEvent {
        ShopEvent(name: "refunds/create", body: body, time: Timestamp.parse(at) ?? 0)
    }

    func edit(
        _ editID: Int, _ at: String, committed: String? = nil, added: [(Int, Int)] = [], removed: [(Int, Int)] = []
    ) -> ShopEvent {
        func deltas(_ all: [(Int, Int)]) -> String {
            all.map { "{\"id\":\($0.0),\"delta\":\($0.1)}" }.joined(separator: ",")
        }
        return ShopEvent(
            name: "orders/edited",
            body: """
                {"order_edit":{"id":\(editID),"order_id":\(id),"created_at":"\(at)",\
                "committed_at":\(committed.map { "\"\($0)\"" } ?? "null"),"line_items":{\
                "additions":[\(deltas(added))],"removals":[\(deltas(removed))]}}}
                """, time: Timestamp.parse(at) ?? 0)
    }

    var deletion: ShopEvent { ShopEvent(name: "orders/delete", body: "{\"id\":\(id)}") }
}
