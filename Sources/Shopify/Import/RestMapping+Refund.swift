extension RestMapping {
    /// A refund inside an order, as `refunds/create` brings it.
    static func refund(_ writer: inout RestWriter, _ node: GraphValue, order: String?) {
        let id = node["id"].gidNumber
        writer.identity(node)
        writer.number("order_id", order)
        writer.text("created_at", node["createdAt"].text)
        writer.text("processed_at", node["processedAt"].text)
        writer.text("note", node["note"].text)
        writer.list("refund_line_items", of: node["refundLineItems"].nodes) { line(&$0, $1) }
        writer.list("order_adjustments") { list in
            for adjustment in node["orderAdjustments"].nodes {
                list.object { Self.adjustment(&$0, adjustment, refund: id, order: order) }
            }
            for shipping in node["refundShippingLines"].nodes {
                list.object { Self.shippingRefund(&$0, shipping, refund: id, order: order) }
            }
        }
        writer.list("transactions", of: node["transactions"].nodes) { transaction(&$0, $1, order: order) }
        duties(node["duties"].elements, &writer)
    }

    private static func line(_ writer: inout RestWriter, _ node: GraphValue) {
        writer.number("id", node["id"].gidNumber)
        writer.gid("line_item_id", node["lineItem"])
        writer.gid("location_id", node["location"])
        writer.scalar("quantity", node["quantity"])
        writer.word("restock_type", node["restockType"])
        writer.money("subtotal", node["subtotalSet"])
        writer.money("total_tax", node["totalTaxSet"])
    }

    private static func adjustment(
        _ writer: inout RestWriter, _ node: GraphValue, refund: String?, order: String?
    ) {
        writer.number("id", node["id"].gidNumber)
        writer.number("order_id", order)
        writer.number("refund_id", refund)
        writer.text("kind", "refund_discrepancy")
        writer.word("reason", node["reason"])
        writer.money("amount", node["amountSet"])
        writer.money("tax_amount", node["taxAmountSet"])
    }

    /// REST shows refunded shipping as an adjustment with negative amounts (shopify.dev, REST "Refund").
    private static func shippingRefund(
        _ writer: inout RestWriter, _ node: GraphValue, refund: String?, order: String?
    ) {
        writer.number("id", node["id"].gidNumber)
        writer.number("order_id", order)
        writer.number("refund_id", refund)
        writer.text("kind", "shipping_refund")
        writer.text("reason", "Shipping refund")
        writer.money("amount", negated(node["subtotalAmountSet"]))
        writer.money("tax_amount", negated(node["taxAmountSet"]))
    }

    private static func duties(_ duties: [GraphValue], _ writer: inout RestWriter) {
        writer.list("duties", of: duties) { writer, duty in
            writer.gid("duty_id", duty["originalDuty"])
            writer.moneySet("amount_set", duty["amountSet"])
        }
    }

    /// A money bag with the other sign, by its text.
    static func negated(_ bag: GraphValue) -> GraphValue {
        switch bag {
        case .object(let members):
            .object(
                members.map { member in
                    guard member.name == "amount", let text = member.value.text else {
                        return GraphValue.Member(name: member.name, value: negated(member.value))
                    }
                    let isZero = text.allSatisfy { $0 == "0" || $0 == "." }
                    let other = text.hasPrefix("-") ? String(text.dropFirst()) : isZero ? text : "-" + text
                    return GraphValue.Member(name: member.name, value: .string(other))
                })
        case .null, .bool, .number, .string, .list: bag
        }
    }
}
