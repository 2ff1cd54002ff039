import Foundation
import Simulator
import Testing

/// What the merchant's books hold.
extension TruthTests {
    private static let sales = [
        "orders", "units", "gross_sales", "discounts", "returns", "net_sales", "taxes", "shipping", "total_sales",
        "new_customers",
    ]

    private static func numbers(_ truth: TrueOrders) -> [Int] {
        [
            truth.orders, truth.units, truth.grossSales, truth.discounts, truth.returns, truth.netSales, truth.taxes,
            truth.shipping, truth.totalSales, truth.newCustomers,
        ]
    }

    func compareSales(_ totals: TrueTotals, _ asker: Asker) async throws {
        #expect(totals.orders.orders > 0)
        // Over all time both bases agree.
        for basis in ["processed", "order"] {
            let all = try await asker.query(Self.sales, by: [], ["basis": basis]).rows.first
            #expect(all as? [Int] == Self.numbers(totals.orders), "\(basis)")
        }
        let means = try await asker.query(["aov_gross", "aov_net"], by: []).rows.first
        let sold = totals.orders.grossSales - totals.orders.discounts
        #expect(means as? [[Int]] == [[sold, totals.orders.orders], [totals.orders.netSales, totals.orders.orders]])
        try await compareDays(totals, asker)
        try await compareDimensions(totals, asker)
    }

    private func compareDays(_ totals: TrueTotals, _ asker: Asker) async throws {
        let days = try Self.dictionary(try await asker.query(Self.sales, by: ["time:day"]).rows)
        #expect(days == totals.orderDays.mapValues(Self.numbers))
        let month = try Self.dictionary(try await asker.query(Self.sales, by: ["time:month"]).rows)
        #expect(month == [String(totals.lastDay.prefix(7)): Self.numbers(totals.orders)])
        let hours = try await asker.query(Self.sales, by: ["time:hour"]).rows
        let summed = try hours.map { try #require(Array($0.dropFirst()) as? [Int]) }
            .reduce(Array(repeating: 0, count: Self.sales.count)) { zip($0, $1).map(+) }
        #expect(summed == Self.numbers(totals.orders))
    }

    private func compareDimensions(_ totals: TrueTotals, _ asker: Asker) async throws {
        let sources = try Self.dictionary(try await asker.query(["orders"], by: ["order:source"]).rows)
        #expect(sources == totals.orders.bySource.mapValues { [$0] })
        for dimension in ["order:product", "order:variant", "order:customer_type", "order:currency"] {
            let truth = try #require(totals.orderDimensions[dimension])
            let isOfLines = dimension == "order:product" || dimension == "order:variant"
            // Whose first order it is is asked of orders, not of what they are made of.
            let metrics = isOfLines ? Array(Self.sales.dropLast()) : Self.sales
            let found = try Self.dictionary(try await asker.query(metrics, by: [dimension]).rows)
            #expect(Set(found.keys) == Set(truth.keys), "\(dimension): values")
            for (value, orders) in truth {
                #expect(found[value] == Array(Self.numbers(orders).prefix(metrics.count)), "\(dimension) \(value)")
            }
        }
    }
}
