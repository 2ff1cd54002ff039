/// Orders and refunds.
extension WebhookRenderer {
    /// A whole order, before or after its refund.
    func order(_ order: PlannedOrder, isRefunded: Bool) -> String {
        let person = Person(number: order.person, seed: self.world.options.seed)
        let placed = self.calendar.shopText(order.time)
        let updated = isRefunded ? order.refund.map { self.calendar.shopText($0.time) } ?? placed : placed
        let refunds = isRefunded ? order.refund.map { [self.refund(order, $0)] } ?? [] : []
        return "{\"id\":\(order.id),\"admin_graphql_api_id\":\"gid://shopify/Order/\(order.id)\","
            + "\"app_id\":580111,\"browser_ip\":null,\"buyer_accepts_marketing\":false,\"cancel_reason\":null,"
            + "\"cancelled_at\":null,\"cart_token\":\(JSONText.optional(order.cartToken)),"
            + "\"checkout_token\":\(JSONText.optional(order.checkoutToken)),"
            + "\"client_details\":{\"accept_language\":\"\(order.place.languages[0])\",\"browser_ip\":null,"
            + "\"user_agent\":\(JSONText.optional(order.userAgent))},\"closed_at\":null,\"confirmed\":true,"
            + "\"contact_email\":\"\(person.email)\",\"created_at\":\"\(placed)\",\"processed_at\":\"\(placed)\","
            + "\"updated_at\":\"\(updated)\",\"currency\":\"\(self.money.currency)\","
            + "\"presentment_currency\":\"\(self.money.currency)\",\"customer_locale\":\"\(order.place.languages[0])\","
            + "\"email\":\"\(person.email)\",\"phone\":null,"
            + "\"financial_status\":\"\(self.status(order, isRefunded))\",\"fulfillment_status\":null,"
            + "\"landing_site\":\(JSONText.optional(order.landingSite)),"
            + "\"referring_site\":\(JSONText.optional(order.referringSite)),\"location_id\":null,"
            + "\"name\":\"#\(1000 + order.number)\",\"order_number\":\(1000 + order.number),\"note\":null,"
            + "\"note_attributes\":\(self.attributes(order)),\"payment_gateway_names\":[\"\(order.gateway)\"],"
            + "\"source_name\":\"\(order.sourceName)\",\"tags\":\"\",\"test\":false,"
            + "\"token\":\"\(self.world.token(IDKind.order, UInt64(order.number)))\",\(self.totals(order)),"
            + "\"billing_address\":\(self.address(order, person)),\"shipping_address\":\(self.address(order, person)),"
            + "\"customer\":\(self.customer(order)),\(self.discounts(order)),\"fulfillments\":[],"
            + "\"line_items\":\(JSONText.array(order.lines.map(self.line))),\(self.shippingLines(order)),"
            + "\"refunds\":\(JSONText.array(refunds)),\"returns\":[]}"
    }

    private func status(_ order: PlannedOrder, _ isRefunded: Bool) -> String {
        guard isRefunded else { return "paid" }
        return order.lines.count == 1 ? "refunded" : "partially_refunded"
    }

    private func totals(_ order: PlannedOrder) -> String {
        let subtotal = order.gross - order.discounts
        return [
            self.price("total_line_items_price", order.gross), self.price("total_discounts", order.discounts),
            self.price("subtotal_price", subtotal), self.price("current_subtotal_price", subtotal),
            self.price("total_tax", order.tax), self.price("current_total_tax", order.tax),
            self.price("total_price", order.total), self.price("current_total_price", order.total),
            "\"total_shipping_price_set\":\(self.money.set(order.shipping))",
            "\"taxes_included\":false", "\"total_outstanding\":\"\(self.money.decimal(0))\"", "\"total_weight\":0",
            "\"tax_lines\":\(self.taxLines(order.tax))",
        ].joined(separator: ",")
    }

    private func taxLines(_ minor: Int) -> String {
        guard minor > 0 else { return "[]" }
        return "[{\(self.price("price", minor)),\"rate\":0.08,\"title\":\"Tax\",\"channel_liable\":false}]"
    }

    private func discounts(_ order: PlannedOrder) -> String {
        guard order.discountPercent > 0 else { return "\"discount_codes\":[],\"discount_applications\":[]" }
        return "\"discount_codes\":[{\"code\":\"WELCOME10\",\"amount\":\"\(self.money.decimal(order.discounts))\","
            + "\"type\":\"percentage\"}],\"discount_applications\":[{\"target_type\":\"line_item\","
            + "\"type\":\"discount_code\",\"value\":\"\(order.discountPercent).0\",\"value_type\":\"percentage\","
            + "\"allocation_method\":\"across\",\"target_selection\":\"all\",\"code\":\"WELCOME10\"}]"
    }

    private func attributes(_ order: PlannedOrder) -> String {
        guard let clientID = order.clientID else { return "[]" }
        return "[{\"name\":\"_footfall_client_id\",\"value\":\"\(clientID)\"}]"
    }

    private func shippingLines(_ order: PlannedOrder) -> String {
        guard order.shipping > 0 else { return "\"shipping_lines\":[]" }
        let id = self.world.bigID(IDKind.line, order.number * 16 + 15)
        return "\"shipping_lines\":[{\"id\":\(id),\"code\":\"Standard\",\(self.price("price", order.shipping)),"
            + "\(self.price("discounted_price", order.shipping)),\"is_removed\":false,\"phone\":null,"
            + "\"source\":\"shopify\",\"title\":\"Standard\",\"tax_lines\":[],\"discount_allocations\":[]}]"
    }

    private func line(_ line: OrderLine) -> String {
        let variant = self.world.catalogue.variants[line.variant]
        let product = self.world.catalogue.products[variant.product]
        let amount = self.money.decimal(line.discount)
        let allocations =
            line.discount > 0
            ? "[{\"amount\":\"\(amount)\",\"amount_set\":\(self.money.set(line.discount)),"
                + "\"discount_application_index\":0}]" : "[]"
        return "{\"id\":\(line.id),\"admin_graphql_api_id\":\"gid://shopify/LineItem/\(line.id)\","
            + "\"current_quantity\":\(line.quantity),\"fulfillable_quantity\":\(line.quantity),"
            + "\"fulfillment_status\":null,\"gift_card\":false,\"grams\":100,"
            + "\"name\":\(JSONText.string(product.title)),\(self.price("price", line.price)),"
            + "\"product_exists\":true,\"product_id\":\(product.id),\"properties\":[],\"quantity\":\(line.quantity),"
            + "\"requires_shipping\":true,\"sku\":\(JSONText.string(variant.sku)),\"taxable\":true,"
            + "\"title\":\(JSONText.string(product.title)),\(self.price("total_discount", 0)),"
            + "\"variant_id\":\(variant.id),\"variant_title\":\(JSONText.string(variant.title)),"
            + "\"vendor\":\(JSONText.string(product.vendor)),\"tax_lines\":\(self.taxLines(line.tax)),\"duties\":[],"
            + "\"discount_allocations\":\(allocations)}"
    }

    /// A refund of one whole line; `subtotal` and `total_tax` are numbers here, as Shopify sends them.
    func refund(_ order: PlannedOrder, _ refund: PlannedRefund) -> String {
        let line = order.lines[refund.line]
        let time = self.calendar.shopText(refund.time)
        return "{\"id\":\(refund.id),\"order_id\":\(order.id),\"created_at\":\"\(time)\",\"note\":\"Did not fit\","
            + "\"user_id\":548380009,\"processed_at\":\"\(time)\",\"duties\":[],\"return\":null,\"restock\":true,"
            + "\"refund_shipping_lines\":[],\"admin_graphql_api_id\":\"gid://shopify/Refund/\(refund.id)\","
            + "\"order_adjustments\":[],\"refund_line_items\":[{\"id\":\(refund.id + 1),\"quantity\":\(line.quantity),"
            + "\"line_item_id\":\(line.id),\"location_id\":null,\"restock_type\":\"return\","
            + "\"subtotal\":\(self.money.number(line.net)),\"total_tax\":\(self.money.number(line.tax)),"
            + "\"subtotal_set\":\(self.money.set(line.net)),\"total_tax_set\":\(self.money.set(line.tax)),"
            + "\"line_item\":\(self.line(line))}],\"transactions\":[{\"id\":\(refund.id + 2),"
            + "\"order_id\":\(order.id),\"kind\":\"refund\",\"gateway\":\"\(order.gateway)\",\"status\":\"success\","
            + "\"message\":null,\"created_at\":\"\(time)\",\"test\":false,\"parent_id\":null,"
            + "\"processed_at\":\"\(time)\","
            + "\"amount\":\"\(self.money.decimal(line.net + line.tax))\",\"currency\":\"\(self.money.currency)\"}]}"
    }
}
