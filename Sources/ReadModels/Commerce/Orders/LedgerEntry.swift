/// Amounts in minor units of shop money, and units. `net = gross - discounts - returns` and
/// `total = net + taxes + shipping + duties`. Each is cut to `limit`.
struct SalesAmounts: Equatable {
    let quantity: Int64
    let gross: Int64
    let discounts: Int64
    let returns: Int64
    let taxes: Int64
    let shipping: Int64
    let duties: Int64

    /// More than a hundred times `OrderReader.amountMax`, so no order comes near it; and all amounts of a row can be
    /// added up without overflow, here and in statements.
    static let limit: Int64 = 1 << 56

    init(
        quantity: Int64 = 0, gross: Int64 = 0, discounts: Int64 = 0, returns: Int64 = 0, taxes: Int64 = 0,
        shipping: Int64 = 0, duties: Int64 = 0
    ) {
        func cut(_ amount: Int64) -> Int64 { Int64(cutting: Int128(amount), to: Self.limit) }
        self.quantity = cut(quantity)
        self.gross = cut(gross)
        self.discounts = cut(discounts)
        self.returns = cut(returns)
        self.taxes = cut(taxes)
        self.shipping = cut(shipping)
        self.duties = cut(duties)
    }

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
