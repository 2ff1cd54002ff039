/// What the positions of an order are worth before discount and tax, as ordered and edited.
struct LineSales: Equatable {
    /// Of all units of a position.
    var gross: Int64 = 0
    var discounts: Int64 = 0
    var taxes: Int64 = 0

    var net: Int64 { gross -| discounts }

    static func - (left: LineSales, right: LineSales) -> LineSales {
        LineSales(
            gross: left.gross -| right.gross, discounts: left.discounts -| right.discounts,
            taxes: left.taxes -| right.taxes)
    }

    static func + (left: LineSales, right: LineSales) -> LineSales {
        LineSales(
            gross: left.gross +| right.gross, discounts: left.discounts +| right.discounts,
            taxes: left.taxes +| right.taxes)
    }

    /// Without units.
    var amounts: SalesAmounts { SalesAmounts(gross: gross, discounts: discounts, taxes: taxes) }

    /// Split over `units`; exact in each amount.
    func split(by units: [Int64]) -> [SalesAmounts] {
        let gross = Apportionment.split(self.gross, by: units)
        let discounts = Apportionment.split(self.discounts, by: units)
        let taxes = Apportionment.split(self.taxes, by: units)
        return units.indices.map { index in
            SalesAmounts(gross: gross[index], discounts: discounts[index], taxes: taxes[index])
        }
    }

    /// What the units behind the first `start` and up to `end` are worth, of `units` in all. Parts that follow one
    /// another sum to the whole.
    func part(_ start: Int64, _ end: Int64, of units: Int64) -> SalesAmounts {
        func part(_ amount: Int64) -> Int64 {
            Apportionment.share(amount, end, of: units) -| Apportionment.share(amount, start, of: units)
        }
        return SalesAmounts(quantity: end - start, gross: part(gross), discounts: part(discounts), taxes: part(taxes))
    }
}

extension LineSales {
    init(_ amounts: SalesAmounts) {
        self.init(gross: amounts.gross, discounts: amounts.discounts, taxes: amounts.taxes)
    }
}

extension OrderSnapshot {
    /// Sales of each line and each shipping line. Where the order states discounts or taxes that its lines do not show,
    /// they are split over the lines by what these cost; where prices include tax, it is taken out of gross and
    /// discounts, so that both are before tax.
    func sales() -> (lines: [LineSales], shipping: [ShippingLine]) {
        let prices = lines.map { $0.price *| $0.quantity }
        let discounts = discounts(prices)
        let charges = shippingLines.map { $0.price -| $0.discount }
        let taxes = taxes(zip(prices, discounts).map { $0 -| $1 } + charges)
        let sold = lines.indices.map { index in
            let whole = LineSales(gross: prices[index], discounts: discounts[index], taxes: taxes[index])
            return taxesIncluded ? Self.withoutTax(whole, rate: lines[index].taxRate) : whole
        }
        var shipping = shippingLines
        for index in shipping.indices {
            shipping[index].tax = taxes[lines.count + index]
            shipping[index].price = charges[index] -| (taxesIncluded ? shipping[index].tax : 0)
        }
        return (sold, shipping)
    }

    /// Each line's, with its part of what the order states beyond the discounts of its lines and its shipping. No line
    /// gets more than it costs.
    private func discounts(_ prices: [Int64]) -> [Int64] {
        let shown = lines.map(\.discount)
        let given = (shown + shippingLines.map(\.discount)).saturatedSum()
        let room = zip(prices, shown).map { max(0, $0 -| $1) }
        let missing = min((totalDiscounts ?? 0) -| given, room.saturatedSum())
        guard missing > 0 else { return shown }
        return zip(shown, Apportionment.split(missing, by: room)).map { $0 +| $1 }
    }

    /// Lines first, then shipping. A difference to the stated total that rounding cannot explain is not touched.
    private func taxes(_ charged: [Int64]) -> [Int64] {
        let shown = lines.map(\.tax) + shippingLines.map(\.tax)
        guard let totalTax else { return shown }
        let missing = totalTax -| shown.saturatedSum()
        guard missing != 0, shown.allSatisfy({ $0 == 0 }) || missing.magnitude <= UInt64(shown.count) else {
            return shown
        }
        return zip(shown, Apportionment.split(missing, by: charged)).map { $0 +| $1 }
    }

    /// The tax that is in the discounts is what the tax rate makes of them; the rest is in the price, to the last unit.
    private static func withoutTax(_ whole: LineSales, rate: Int64) -> LineSales {
        let inDiscounts =
            whole.net > 0
            ? Apportionment.share(whole.discounts, whole.taxes, of: whole.net)
            : Apportionment.share(whole.discounts, rate, of: 1_000_000 + rate)
        return LineSales(
            gross: whole.gross -| whole.taxes -| inDiscounts, discounts: whole.discounts -| inDiscounts,
            taxes: whole.taxes)
    }
}
