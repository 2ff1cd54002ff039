internal import EventModel
internal import Pipelines

extension OrderReader {
    /// The order as the payload shows it.
    func snapshot(_ root: JSONNode, _ version: PayloadVersion) -> OrderSnapshot {
        let currency = root["currency"]?.text ?? ""
        let exponent = MinorUnits.exponent(of: currency)
        func text(_ name: String) -> String { root[name]?.text ?? "" }
        func time(_ name: String) -> Int64? { root[name]?.time }
        var order = OrderSnapshot()
        order.version = version
        order.position = event.position
        // An index holds it.
        order.name = PageAddress.text(text("name"))
        order.number = root["order_number"]?.int64
        order.createdAt = time("created_at")
        order.processedAt = time("processed_at")
        order.updatedAt = time("updated_at")
        order.cancelledAt = time("cancelled_at")
        order.closedAt = time("closed_at")
        order.cancelReason = root["cancel_reason"]?.text
        order.isTest = root["test"]?.bool ?? false
        order.financialStatus = root["financial_status"]?.text
        order.fulfillmentStatus = root["fulfillment_status"]?.text
        order.currency = currency
        order.presentmentCurrency = root["presentment_currency"]?.text ?? currency
        order.taxesIncluded = root["taxes_included"]?.bool ?? false
        order.totalDiscounts = root.shopMoney("total_discounts", exponent)
        order.totalTax = root.shopMoney("total_tax", exponent)
        order.totalPrice = root.shopMoney("total_price", exponent)
        order.currentTotalPrice = root.shopMoney("current_total_price", exponent)
        let shown = root.money("total_price", MinorUnits.exponent(of: order.presentmentCurrency), .presentment)
        order.presentmentTotal = shown ?? (order.presentmentCurrency == currency ? order.totalPrice : nil)
        order.duties = root.shopMoney("original_total_duties", exponent) ?? 0
        order.sourceName = text("source_name")
        order.cartToken = text("cart_token")
        order.checkoutToken = text("checkout_token")
        readLists(root, &order)
        order.customer = document.customer
        order.email = document.email
        order.phone = document.phone
        order.client = document.handle(.client)
        order.lines = (root["line_items"]?.elements ?? []).compactMap { line($0, exponent) }.firstOfEach(\.id)
        order.shippingLines = shippingLines(root, exponent)
        return order
    }

    private func readLists(_ root: JSONNode, _ order: inout OrderSnapshot) {
        order.tags = (root["tags"]?.text ?? "").split(separator: ",").map(Self.trimmed).filter { !$0.isEmpty }
        order.discountCodes = (root["discount_codes"]?.elements ?? []).compactMap { $0["code"]?.text }
        order.gateways = (root["payment_gateway_names"]?.elements ?? []).compactMap(\.text)
    }

    private static func trimmed(_ text: Substring) -> String {
        let kept = text.drop { $0.isWhitespace }
        return String(kept.reversed().drop { $0.isWhitespace }.reversed())
    }

    private func line(_ node: JSONNode, _ exponent: Int) -> OrderLine? {
        guard let id = node["id"]?.id else { return nil }
        let allocated = Self.allocated(node, exponent)
        return OrderLine(
            id: id, product: node["product_id"]?.id, variant: node["variant_id"]?.id,
            title: node["title"]?.text ?? node["name"]?.text ?? "", variantTitle: node["variant_title"]?.text ?? "",
            sku: node["sku"]?.text ?? "", vendor: node["vendor"]?.text ?? "", quantity: node.units("quantity") ?? 0,
            currentQuantity: node.units("current_quantity"), price: node.shopMoney("price", exponent) ?? 0,
            discount: allocated ?? node.shopMoney("total_discount", exponent) ?? 0,
            tax: Self.taxes(node, exponent),
            taxRate: (node["tax_lines"]?.elements ?? []).map {
                min(max(0, $0["rate"]?.amount(Self.microExponent) ?? 0), Self.taxRateMax)
            }.saturatedSum())
    }

    private func shippingLines(_ root: JSONNode, _ exponent: Int) -> [ShippingLine] {
        if let lines = root["shipping_lines"] {
            return lines.elements.filter { $0["is_removed"]?.bool != true }.enumerated().map { index, node in
                let price = node.shopMoney("price", exponent) ?? 0
                let discounted = node.shopMoney("discounted_price", exponent) ?? price
                return ShippingLine(
                    id: node["id"]?.id ?? Int64(index), price: price,
                    discount: Self.allocated(node, exponent) ?? max(0, price - discounted),
                    tax: Self.taxes(node, exponent))
            }
        }
        guard let price = root.shopMoney("total_shipping_price", exponent), price != 0 else { return [] }
        return [ShippingLine(price: price)]
    }

    /// Discounts that the payload gives to a line; nil where it lists none.
    private static func allocated(_ node: JSONNode, _ exponent: Int) -> Int64? {
        guard let list = node["discount_allocations"]?.elements, !list.isEmpty else { return nil }
        return list.map { $0.shopMoney("amount", exponent) ?? 0 }.saturatedSum()
    }

    private static func taxes(_ node: JSONNode, _ exponent: Int) -> Int64 {
        (node["tax_lines"]?.elements ?? []).map { $0.shopMoney("price", exponent) ?? 0 }.saturatedSum()
    }
}
