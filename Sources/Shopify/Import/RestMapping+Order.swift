extension RestMapping {
    /// An order as `orders/updated` brings it, with its transactions beside (`transactions`, as `order_transactions`
    /// deliveries show each).
    static func order(_ object: HistoryObject, _ writer: inout RestWriter) {
        let node = object.node
        writer.identity(node)
        header(node, &writer)
        totals(node, &writer)
        writer.list("discount_codes") { list in
            for code in node["discountCodes"].elements { list.object { $0.text("code", code.text) } }
        }
        writer.list("payment_gateway_names") { list in
            for name in node["paymentGatewayNames"].elements { list.element(name.text ?? "") }
        }
        writer.attributes("note_attributes", node["customAttributes"])
        writer.taxLines(node["taxLines"])
        person(node["customer"], &writer)
        writer.address("billing_address", node["billingAddress"])
        writer.address("shipping_address", node["shippingAddress"])
        writer.list("line_items", of: object.children["LineItem"] ?? []) { lineItem(&$0, $1) }
        writer.list("shipping_lines", of: object.children["ShippingLine"] ?? []) { shippingLine(&$0, $1) }
        let order = node["id"].gidNumber
        writer.list("transactions", of: node["transactions"].elements) { transaction(&$0, $1, order: order) }
        writer.list("refunds", of: node["refunds"].elements) { refund(&$0, $1, order: order) }
    }

    private static func header(_ node: GraphValue, _ writer: inout RestWriter) {
        writer.text("name", node["name"].text)
        writer.scalar("order_number", node["number"])
        for (key, member) in [
            ("created_at", "createdAt"), ("updated_at", "updatedAt"), ("processed_at", "processedAt"),
            ("cancelled_at", "cancelledAt"), ("closed_at", "closedAt"), ("currency", "currencyCode"),
            ("presentment_currency", "presentmentCurrencyCode"), ("source_name", "sourceName"),
            ("source_identifier", "sourceIdentifier"), ("po_number", "poNumber"), ("note", "note"),
            ("email", "email"), ("phone", "phone"), ("browser_ip", "clientIp"),
            ("customer_locale", "customerLocale"), ("cart_token", "cartToken"), ("checkout_token", "checkoutToken"),
        ] { writer.text(key, node[member].text) }
        writer.word("cancel_reason", node["cancelReason"])
        writer.word("financial_status", node["displayFinancialStatus"])
        writer.text("fulfillment_status", fulfilment(node["displayFulfillmentStatus"].text))
        for (key, member) in [
            ("test", "test"), ("confirmed", "confirmed"), ("taxes_included", "taxesIncluded"),
            ("duties_included", "dutiesIncluded"), ("tax_exempt", "taxExempt"),
        ] { writer.bool(key, node[member].isTrue) }
        writer.tags(node["tags"])
        writer.gid("app_id", node["app"])
    }

    /// REST knows null, partial, fulfilled and restocked.
    private static func fulfilment(_ status: String?) -> String? {
        switch status {
        case nil, "UNFULFILLED", "OPEN", "SCHEDULED", "ON_HOLD", "PENDING_FULFILLMENT", "REQUEST_DECLINED": nil
        case "PARTIALLY_FULFILLED", "IN_PROGRESS": "partial"
        case let status?: status.lowercased()
        }
    }

    private static func totals(_ node: GraphValue, _ writer: inout RestWriter) {
        for (key, member) in [
            ("subtotal_price", "subtotalPriceSet"), ("total_discounts", "totalDiscountsSet"),
            ("total_shipping_price", "totalShippingPriceSet"), ("total_tax", "totalTaxSet"),
            ("total_price", "totalPriceSet"), ("total_tip_received", "totalTipReceivedSet"),
            ("current_subtotal_price", "currentSubtotalPriceSet"),
            ("current_total_discounts", "currentTotalDiscountsSet"), ("current_total_tax", "currentTotalTaxSet"),
            ("current_total_price", "currentTotalPriceSet"), ("total_outstanding", "totalOutstandingSet"),
        ] { writer.money(key, node[member]) }
        // These two REST has as sets only.
        writer.moneySet("original_total_duties_set", node["originalTotalDutiesSet"])
        writer.moneySet("current_total_duties_set", node["currentTotalDutiesSet"])
    }

    /// The customer of an order or a checkout.
    static func person(_ node: GraphValue, _ writer: inout RestWriter) {
        guard !node.isNull else { return writer.number("customer", nil) }
        writer.object("customer") { writer in
            writer.identity(node)
            writer.text("email", node["defaultEmailAddress"]["emailAddress"].text)
            writer.text("phone", node["defaultPhoneNumber"]["phoneNumber"].text)
            writer.text("first_name", node["firstName"].text)
            writer.text("last_name", node["lastName"].text)
            writer.word("state", node["state"])
            writer.tags(node["tags"])
            writer.text("created_at", node["createdAt"].text)
            writer.text("updated_at", node["updatedAt"].text)
        }
    }

    private static func lineItem(_ writer: inout RestWriter, _ node: GraphValue) {
        writer.identity(node)
        for (key, member) in [
            ("title", "title"), ("name", "name"), ("variant_title", "variantTitle"), ("sku", "sku"),
            ("vendor", "vendor"),
        ] { writer.text(key, node[member].text) }
        writer.scalar("quantity", node["quantity"])
        writer.scalar("current_quantity", node["currentQuantity"])
        writer.gid("product_id", node["product"])
        writer.gid("variant_id", node["variant"])
        writer.bool("gift_card", node["isGiftCard"].isTrue)
        writer.bool("requires_shipping", node["requiresShipping"].isTrue)
        writer.bool("taxable", node["taxable"].isTrue)
        writer.money("price", node["originalUnitPriceSet"])
        writer.money("total_discount", node["totalDiscountSet"])
        writer.discountAllocations(node["discountAllocations"])
        writer.taxLines(node["taxLines"])
        writer.attributes("properties", node["customAttributes"])
    }

    private static func shippingLine(_ writer: inout RestWriter, _ node: GraphValue) {
        writer.number("id", node["id"].gidNumber)
        for (key, member) in [
            ("title", "title"), ("code", "code"), ("source", "source"), ("carrier_identifier", "carrierIdentifier"),
        ] { writer.text(key, node[member].text) }
        writer.bool("is_removed", node["isRemoved"].isTrue)
        writer.money("price", node["originalPriceSet"])
        writer.money("discounted_price", node["discountedPriceSet"])
        writer.discountAllocations(node["discountAllocations"])
        writer.taxLines(node["taxLines"])
    }

    static func transaction(_ writer: inout RestWriter, _ node: GraphValue, order: String?) {
        let money = node["amountSet"]["shopMoney"]
        writer.identity(node)
        writer.number("order_id", order)
        writer.gid("parent_id", node["parentTransaction"])
        writer.word("kind", node["kind"])
        writer.word("status", node["status"])
        writer.text("gateway", node["gateway"].text)
        writer.bool("test", node["test"].isTrue)
        writer.text("amount", money["amount"].text)
        writer.text("currency", money["currencyCode"].text)
        writer.moneySet("amount_set", node["amountSet"])
        writer.text("created_at", node["createdAt"].text)
        writer.text("processed_at", node["processedAt"].text)
        writer.word("error_code", node["errorCode"])
        writer.text("payment_id", node["paymentId"].text)
    }
}
