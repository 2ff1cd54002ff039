extension ShopOrder {
    /// How much of an order is given back.
    package enum RefundExtent: Sendable, Hashable {
        case all(shipping: Bool)
        case units(Int, ofLine: Int)
    }

    /// Gives back what is asked for, as far as it is still there, with one successful transaction of that amount.
    ///
    /// `updatedAt` moves to `millis`; `cancelling` also cancels the order.
    package mutating func refund(_ extent: RefundExtent, at millis: Int64, cancelling: Bool = false) {
        let number = refunds.count
        // Ids of refunds follow the order's own, a block of 16 each.
        let base = id % 1_000_000_000 * 16
        var refund = ShopRefund(
            id: 730_000_000_000_000_000 + base + Int64(number), at: millis, note: "Given back", lines: [],
            shipping: 0, transactions: [])
        for index in lines.indices {
            let units: Int
            switch extent {
            case .all(let withShipping):
                units = lines[index].currentQuantity
                refund.shipping = withShipping ? shipping - refunds.reduce(0) { $0 + $1.shipping } : 0
            case .units(let count, let line): units = line == index ? min(count, lines[index].currentQuantity) : 0
            }
            guard units > 0 else { continue }
            let line = lines[index]
            let share = { (amount: Int64) in amount * Int64(units) / Int64(line.quantity) }
            refund.lines.append(
                .init(
                    id: refund.id * 10 % 900_000_000_000_000_000 + Int64(index), line: line.id, quantity: units,
                    subtotal: share(line.gross - line.discount), tax: share(line.tax)))
            lines[index].currentQuantity -= units
        }
        let tax = taxesIncluded ? 0 : refund.lines.reduce(0) { $0 + $1.tax }
        let amount = refund.lines.reduce(0) { $0 + $1.subtotal } + tax + refund.shipping
        refund.transactions = [
            ShopTransaction(
                id: 740_000_000_000_000_000 + base + Int64(number),
                parent: transactions.last { $0.status == "SUCCESS" }?.id, kind: "REFUND", status: "SUCCESS",
                amount: amount, gateway: gateway, at: millis, errorCode: nil)
        ]
        refunds.append(refund)
        updatedAt = max(updatedAt, millis)
        if cancelling { cancelledAt = millis }
    }
}
