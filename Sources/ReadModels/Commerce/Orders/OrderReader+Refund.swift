extension OrderReader {
    /// One refund, of an order's payload or alone.
    func refund(_ node: JSONNode, _ version: PayloadVersion) -> OrderRefund? {
        guard let id = node["id"]?.id else { return nil }
        var refund = returned(node, .shop)
        refund.version = version
        refund.id = id
        refund.createdAt = node["created_at"]?.time
        refund.processedAt = node["processed_at"]?.time
        refund.hasNote = node["note"]?.isSealed == true || node["note"]?.text?.isEmpty == false
        let presentment = RefundSums(returned(node, .presentment))
        if presentment != RefundSums() || RefundSums(refund) == RefundSums() { refund.presentment = presentment }
        let paid = (node["transactions"]?.elements ?? []).filter {
            $0["kind"]?.text == "refund" && $0["status"]?.text == "success"
        }
        let currencies = Set(paid.map { $0["currency"]?.text ?? "" })
        if let currency = currencies.first, currencies.count == 1 {
            refund.paidCurrency = currency
            refund.paid = paid.map { $0["amount"]?.amount(Self.microExponent) ?? 0 }.saturatedSum()
        }
        return refund
    }

    /// What was given back, in one of its two currencies.
    private func returned(_ node: JSONNode, _ side: MoneySide) -> OrderRefund {
        var refund = OrderRefund()
        refund.duties = node.money("total_duties", Self.microExponent, side) ?? duties(node, side)
        refund.lines = (node["refund_line_items"]?.elements ?? []).compactMap { line($0, side) }.firstOfEach(\.id)
        refund.adjustments = (node["order_adjustments"]?.elements ?? []).compactMap { adjustment($0, side) }
            .firstOfEach(\.id)
        // Since 2024-10 refunded shipping is listed by itself (shopify.dev, REST "Refund"). Some payloads have the
        // older adjustment too; it says the same, and its tax.
        let isAdjusted = node["order_adjustments"]?.elements.contains { $0["kind"]?.text == RefundAdjustment.shipping }
        if isAdjusted != true { refund.adjustments += shipping(node["refund_shipping_lines"], side) }
        return refund
    }

    /// A refund of the Admin API has its duties one by one.
    private func duties(_ node: JSONNode, _ side: MoneySide) -> Int64 {
        (node["duties"]?.elements ?? []).map { $0.money("amount", Self.microExponent, side) ?? 0 }.saturatedSum()
    }

    private func line(_ node: JSONNode, _ side: MoneySide) -> RefundLine? {
        guard let line = node["line_item_id"]?.id ?? node["line_item"]?["id"]?.id else { return nil }
        return RefundLine(
            id: node["id"]?.id ?? line, line: line, quantity: node.units("quantity") ?? 0,
            subtotal: node.money("subtotal", Self.microExponent, side) ?? 0,
            tax: node.money("total_tax", Self.microExponent, side) ?? 0)
    }

    private func adjustment(_ node: JSONNode, _ side: MoneySide) -> RefundAdjustment? {
        guard let id = node["id"]?.id, let amount = node.money("amount", Self.microExponent, side) else { return nil }
        return RefundAdjustment(
            id: id, kind: node["kind"]?.text ?? "", amount: amount,
            tax: node.money("tax_amount", Self.microExponent, side) ?? 0)
    }

    /// Refunded shipping as adjustments, which are negative for what is given back.
    private func shipping(_ list: JSONNode?, _ side: MoneySide) -> [RefundAdjustment] {
        (list?.elements ?? []).enumerated().map { index, node in
            let amount = node.money("subtotal_amount", Self.microExponent, side) ?? 0
            let tax = node.money("tax_amount", Self.microExponent, side) ?? shippingTax(node, of: amount, side)
            let id = node["id"]?.id ?? node["shipping_line_id"]?.id ?? Int64(index)
            return RefundAdjustment(id: id, kind: RefundAdjustment.shipping, amount: -amount, tax: -tax)
        }.firstOfEach(\.id)
    }

    /// Recorded deliveries state no tax of refunded shipping: it is the part of the charge's tax that the amount is of
    /// the charge.
    private func shippingTax(_ node: JSONNode, of amount: Int64, _ side: MoneySide) -> Int64 {
        guard let line = node["shipping_line"] else { return 0 }
        let taxes = (line["tax_lines"]?.elements ?? []).map { $0.money("price", Self.microExponent, side) ?? 0 }
        let charge = line.money("discounted_price", Self.microExponent, side)
        return Apportionment.share(amount, taxes.saturatedSum(), of: charge ?? 0)
    }
}

/// Which of its two currencies an amount is read in.
enum MoneySide {
    /// The shop's, in which all is reported.
    case shop
    /// The one that the shopper saw.
    case presentment
}

extension JSONNode {
    /// The member `name` in shop money, of its `_set`, else as it stands; or in presentment money, which only sets have.
    func money(_ name: String, _ exponent: Int, _ side: MoneySide) -> Int64? {
        switch side {
        case .shop: shopMoney(name, exponent)
        case .presentment: self[name + "_set"]?["presentment_money"]?["amount"]?.amount(exponent)
        }
    }
}
