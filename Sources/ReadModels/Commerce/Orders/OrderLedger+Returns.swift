extension OrderLedger {
    /// A refund's lines, and what it gave back or kept beside them. A refund after a cancellation has nothing left to
    /// return, so it makes no entries.
    mutating func addRefund(_ refund: OrderRefund) {
        for line in refund.lines {
            let (subtotal, tax) = (order.minor(line.subtotal), order.minor(line.tax))
            add(
                .refundLine, "\(refund.id):\(line.id)", refund.at, lines[line.line] ?? OrderLine(id: line.line),
                SalesAmounts(
                    quantity: -line.quantity, returns: order.taxesIncluded ? subtotal - tax : subtotal, taxes: -tax))
        }
        let isTaxInside = hasTaxInside(refund)
        for adjustment in refund.adjustments {
            let tax = order.minor(adjustment.tax)
            let amount = order.minor(adjustment.amount) - (isTaxInside ? tax : 0)
            add(
                .refundAdjustment, "\(refund.id):\(adjustment.id)", refund.at, nil,
                adjustment.kind == RefundAdjustment.shipping
                    ? SalesAmounts(taxes: tax, shipping: amount) : SalesAmounts(returns: -amount, taxes: tax))
        }
        add(.refundAdjustment, "\(refund.id):duties", refund.at, nil, SalesAmounts(duties: -order.minor(refund.duties)))
    }

    /// What the order's refunds were worth, whether or not a cancellation left them anything to return.
    static func value(of refund: OrderRefund, in order: OrderSnapshot) -> Int64 {
        var only = OrderLedger(alone: order)
        only.addRefund(refund)
        return -only.entries.map(\.amounts.total).saturatedSum()
    }

    /// The same in minor units of the shopper's currency; nil where the payload does not say.
    static func presentmentValue(of refund: OrderRefund, in order: OrderSnapshot) -> Int64? {
        guard let sums = refund.presentment else {
            return order.presentmentCurrency == order.currency ? value(of: refund, in: order) : nil
        }
        let isTaxInside = OrderLedger(alone: order).hasTaxInside(refund)
        let parts = [
            sums.lines, order.taxesIncluded ? 0 : sums.lineTaxes, -max(sums.adjustments, -.max),
            isTaxInside ? 0 : -max(sums.adjustmentTaxes, -.max), sums.duties,
        ]
        return MinorUnits.minor(parts.saturatedSum(), exponent: MinorUnits.exponent(of: order.presentmentCurrency))
    }

    /// Shopify says that an adjustment's tax comes on top of its amount; where prices include tax, its payments may say
    /// otherwise, and money that moved is right.
    private func hasTaxInside(_ refund: OrderRefund) -> Bool {
        let tax = refund.adjustments.map(\.tax).saturatedSum()
        guard order.taxesIncluded, tax != 0, refund.paidCurrency == order.currency else { return false }
        let returned = refund.lines.map(\.subtotal).saturatedSum() +| refund.duties
        return refund.paid == returned -| refund.adjustments.map(\.amount).saturatedSum()
    }

    /// All that refunds have not returned yet goes back on the cancellation's own day. What was given back beside the
    /// lines counts against them.
    mutating func addCancellation(_ at: Int64) {
        let lines = allLines.filter { left[$0.id] != nil }
        let rests = lines.map { left[$0.id] ?? SalesAmounts() }
        let all = entries.map(\.amounts).reduce(SalesAmounts(), +)
        let (returns, otherReturns) = Self.owed(rests.map(\.net), of: all.net)
        let (taxes, otherTaxes) = Self.owed(rests.map(\.taxes), of: all.taxes)
        for (index, line) in lines.enumerated() {
            add(
                .cancellation, "\(line.id)", at, line,
                SalesAmounts(
                    quantity: -max(0, rests[index].quantity), returns: returns[index], taxes: -taxes[index]))
        }
        add(
            .cancellation, "", at, nil,
            SalesAmounts(
                returns: otherReturns, taxes: -otherTaxes, shipping: -max(0, all.shipping),
                duties: -max(0, all.duties)))
    }

    /// What is owed for each line, and beside the lines, of what is left `of` the whole order.
    private static func owed(_ rests: [Int64], of all: Int64) -> (lines: [Int64], others: Int64) {
        let lines = rests.map { max(0, $0) }
        let sum = lines.saturatedSum()
        if all >= sum { return (lines, all - sum) }
        return (Apportionment.split(max(0, all), by: lines), 0)
    }
}
