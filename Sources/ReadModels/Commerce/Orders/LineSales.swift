/// What the positions of an order are worth before discount and tax, as ordered and edited.
struct LineSales {
    /// Of all units of a position.
    var gross: Int64
    var discounts: Int64
    var taxes: Int64

    var net: Int64 { gross - discounts }

    /// Split over `units`, which sum to the position's quantity; exact in each amount.
    func split(by units: [Int64]) -> [SalesAmounts] {
        let gross = Apportionment.split(self.gross, by: units)
        let discounts = Apportionment.split(self.discounts, by: units)
        let taxes = Apportionment.split(self.taxes, by: units)
        return units.indices.map { index in
            SalesAmounts(
                quantity: units[index], gross: gross[index], discounts: discounts[index], taxes: taxes[index])
        }
    }
}

extension OrderSnapshot {
    /// Sales of each line and each shipping line. Where the order states discounts or taxes that its lines do not show,
    /// they are split over the lines by what these cost; where prices include tax, it is taken out of gross and
    /// discounts, so that both are before tax.
    func sales() -> (lines: [LineSales], shipping: [ShippingLine]) {
        let prices = lines.map { $0.price * $0.quantity }
        let discounts = discounts(prices)
        let charges = shippingLines.map { $0.price - $0.discount }
        let taxes = taxes(zip(prices, discounts).map { $0 - $1 } + charges)
        let sold = lines.indices.map { index in
            let whole = LineSales(gross: prices[index], discounts: discounts[index], taxes: taxes[index])
            return taxesIncluded ? Self.withoutTax(whole, rate: lines[index].taxRate) : whole
        }
        var shipping = shippingLines
        for index in shipping.indices {
            shipping[index].tax = taxes[lines.count + index]
            shipping[index].price = charges[index] - (taxesIncluded ? shipping[index].tax : 0)
        }
        return (sold, shipping)
    }

    /// Each line's, with its part of what the order states beyond the discounts of its lines and its shipping. No line
    /// gets more than it costs.
    private func discounts(_ prices: [Int64]) -> [Int64] {
        let shown = lines.map(\.discount)
        let given = shown.reduce(0, +) + shippingLines.reduce(0) { $0 + $1.discount }
        let room = zip(prices, shown).map { max(0, $0 - $1) }
        let missing = min((totalDiscounts ?? 0) - given, room.reduce(0, +))
        guard missing > 0 else { return shown }
        return zip(shown, Apportionment.split(missing, by: room)).map { $0 + $1 }
    }

    /// Lines first, then shipping. A difference to the stated total that rounding cannot explain is not touched.
    private func taxes(_ charged: [Int64]) -> [Int64] {
        let shown = lines.map(\.tax) + shippingLines.map(\.tax)
        guard let totalTax else { return shown }
        let missing = totalTax - shown.reduce(0, +)
        guard missing != 0, shown.allSatisfy({ $0 == 0 }) || missing.magnitude <= UInt64(shown.count) else {
            return shown
        }
        return zip(shown, Apportionment.split(missing, by: charged)).map { $0 + $1 }
    }

    /// The tax that is in the discounts is what the tax rate makes of them; the rest is in the price, to the last unit.
    private static func withoutTax(_ whole: LineSales, rate: Int64) -> LineSales {
        let inDiscounts =
            whole.net > 0
            ? Apportionment.share(whole.discounts, whole.taxes, of: whole.net)
            : Apportionment.share(whole.discounts, rate, of: 1_000_000 + rate)
        return LineSales(
            gross: whole.gross - whole.taxes - inDiscounts, discounts: whole.discounts - inDiscounts,
            taxes: whole.taxes)
    }
}
