import EventModel
import Testing

@testable import ReadModels

/// States of orders that `OrderBounds` would not let in, as an older build may have stored them: whatever they hold, the
/// rows are made and their amounts can be added up.
@Suite struct OrderExtremesTests {
    private var random = SplitMix(11)

    private static let amounts: [Int64] = [.min, -.max, .max, .max - 1, -1, 0, 1, 5_000_000_000_000_000_000]

    private mutating func amount() -> Int64 { Self.amounts.randomElement(using: &random) ?? 0 }
    private mutating func units() -> Int64 { [0, 1, 2, OrderReader.quantityMax].randomElement(using: &random) ?? 0 }
    private mutating func coin() -> Bool { Bool.random(using: &random) }

    private mutating func snapshot(_ time: Int64) -> OrderSnapshot {
        var order = OrderSnapshot()
        order.version.time = time
        order.currency = ["USD", "JPY", "KWD"].randomElement(using: &random) ?? ""
        order.presentmentCurrency = coin() ? order.currency : "JPY"
        order.taxesIncluded = coin()
        order.cancelledAt = coin() ? 500 : nil
        order.totalDiscounts = coin() ? amount() : nil
        order.totalTax = coin() ? amount() : nil
        order.duties = amount()
        order.lines = (1...3).map { id in
            OrderLine(
                id: id, quantity: units(), currentQuantity: coin() ? units() : nil, price: amount(),
                discount: amount(), tax: amount(), taxRate: OrderReader.taxRateMax)
        }
        order.shippingLines = (1...2).map { ShippingLine(id: $0, price: amount(), discount: amount(), tax: amount()) }
        return order
    }

    private mutating func refund(_ id: Int64) -> OrderRefund {
        var refund = OrderRefund()
        refund.id = id
        refund.version.time = id * 10
        refund.duties = amount()
        refund.paid = amount()
        refund.paidCurrency = "USD"
        refund.lines = (1...4).map { line in
            RefundLine(id: line, line: line, quantity: units(), subtotal: amount(), tax: amount())
        }
        refund.adjustments = (1...2).map { id in
            RefundAdjustment(
                id: id, kind: coin() ? RefundAdjustment.shipping : "", amount: amount(), tax: amount())
        }
        let presentment = RefundSums(
            lines: amount(), lineTaxes: amount(), adjustments: amount(), adjustmentTaxes: amount(), duties: amount())
        refund.presentment = coin() ? presentment : nil
        return refund
    }

    private mutating func edit(_ id: Int64) -> OrderEdit {
        func deltas(_ units: [Int64]) -> [OrderEdit.Delta] {
            units.enumerated().map { OrderEdit.Delta(line: Int64($0) + 1, units: $1) }
        }
        return OrderEdit(
            id: id, at: id * 7, additions: deltas([units(), .max, units()]), removals: deltas([.max, units()]))
    }

    @Test mutating func anyStoredStateMakesRows() throws {
        for _ in 0..<60 {
            var state = OrderState()
            for time in 1...3 { state.merge(snapshot(Int64(time) * 100)) }
            for id in 1...2 {
                state.merge(refund(Int64(id)))
                state.merge(edit(Int64(id)))
            }
            let row = try #require(OrderRow(OrderID(shop: 1, order: 1), state))
            for amounts in row.entries.map(\.amounts) + [row.sold] {
                let all = [
                    amounts.quantity, amounts.gross, amounts.discounts, amounts.returns, amounts.taxes,
                    amounts.shipping, amounts.duties,
                ]
                #expect(all.allSatisfy { $0.magnitude <= SalesAmounts.limit.magnitude })
            }
            #expect(row.refunded.magnitude <= SalesAmounts.limit.magnitude)
            for refund in row.refunds { _ = row.presentmentAmount(of: refund) }
        }
    }
}
