/// Amounts in minor units of shop money, and units. `net = gross - discounts - returns` and
/// `total = net + taxes + shipping + duties`.
struct SalesAmounts: Equatable {
    var quantity: Int64 = 0
    var gross: Int64 = 0
    var discounts: Int64 = 0
    var returns: Int64 = 0
    var taxes: Int64 = 0
    var shipping: Int64 = 0
    var duties: Int64 = 0

    var net: Int64 { gross - discounts - returns }
    var total: Int64 { net + taxes + shipping + duties }
    var isZero: Bool { self == SalesAmounts() }

    static func + (left: SalesAmounts, right: SalesAmounts) -> SalesAmounts {
        SalesAmounts(
            quantity: left.quantity + right.quantity, gross: left.gross + right.gross,
            discounts: left.discounts + right.discounts, returns: left.returns + right.returns,
            taxes: left.taxes + right.taxes, shipping: left.shipping + right.shipping,
            duties: left.duties + right.duties)
    }
}

/// One change of an order's sales. Its key is made of Shopify's ids, so the same fact is the same entry.
struct LedgerEntry: Equatable {
    enum Kind: String, CaseIterable {
        /// The order itself, without amounts: what `orders` counts.
        case order
        case line, discount, tax, shipping, duty
        /// What an edit added or removed.
        case edit
        case refundLine = "refund_line"
        case refundAdjustment = "refund_adjustment"
        case cancellation

        /// Counted on the order's day where a report asks for `basis=order`.
        var isReturn: Bool { self == .refundLine || self == .refundAdjustment || self == .cancellation }
    }

    var key: String
    var kind: Kind
    /// Unix milliseconds.
    var at: Int64
    var line: OrderLine?
    var amounts: SalesAmounts
}
