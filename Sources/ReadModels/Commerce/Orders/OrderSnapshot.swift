internal import EventModel

/// An order as one payload shows it. Amounts are minor units of shop money, times Unix milliseconds.
struct OrderSnapshot: Equatable {
    var version = PayloadVersion()
    /// Where in the log the payload is; personal values are opened from there.
    var position: Position = 0
    var name = ""
    var number: Int64?
    var createdAt: Int64?
    var processedAt: Int64?
    var updatedAt: Int64?
    var cancelledAt: Int64?
    var closedAt: Int64?
    var cancelReason: String?
    var isTest = false
    var financialStatus: String?
    var fulfillmentStatus: String?
    var currency = ""
    var presentmentCurrency = ""
    var taxesIncluded = false
    var totalDiscounts: Int64?
    var totalTax: Int64?
    var totalPrice: Int64?
    /// What the order is worth now: without what was given back and taken away.
    var currentTotalPrice: Int64?
    /// `total_price` in minor units of `presentmentCurrency`, the shopper's.
    var presentmentTotal: Int64?
    var duties: Int64 = 0
    var sourceName = ""
    var tags: [String] = []
    var discountCodes: [String] = []
    var gateways: [String] = []
    var cartToken = ""
    var checkoutToken = ""
    /// Keyed hashes: of the customer's id, the e-mail, the phone and the pixel's client id.
    var customer: Key128?
    var email: Key128?
    var phone: Key128?
    var client: Key128?
    var lines: [OrderLine] = []
    var shippingLines: [ShippingLine] = []

    /// The order's day is this instant's.
    var orderedAt: Int64 { processedAt ?? createdAt ?? version.time }
    var exponent: Int { MinorUnits.exponent(of: currency) }

    /// Millionths as minor units of the order's currency, halves away from zero.
    func minor(_ micros: Int64) -> Int64 { MinorUnits.minor(micros, exponent: exponent) }
}

/// A position of an order, as ordered.
struct OrderLine: Equatable {
    var id: Int64 = 0
    var product: Int64?
    var variant: Int64?
    var title = ""
    var variantTitle = ""
    var sku = ""
    var vendor = ""
    /// Ordered, with what was refunded and removed.
    var quantity: Int64 = 0
    /// Without what was refunded and removed; nil where the payload does not say.
    var currentQuantity: Int64?
    /// Of one unit.
    var price: Int64 = 0
    /// Of all units.
    var discount: Int64 = 0
    var tax: Int64 = 0
    /// Sum of the rates in millionths: 190,000 is 19 %.
    var taxRate: Int64 = 0
}

/// A shipping charge.
struct ShippingLine: Equatable {
    var id: Int64 = 0
    var price: Int64 = 0
    var discount: Int64 = 0
    var tax: Int64 = 0
}

/// Money given back, as Shopify says it belongs to lines and adjustments. Amounts are millionths: a refund that comes
/// without its order does not say in which currency it is.
struct OrderRefund: Equatable {
    var version = PayloadVersion()
    var id: Int64 = 0
    var createdAt: Int64?
    var processedAt: Int64?
    var hasNote = false
    var duties: Int64 = 0
    /// Sum of its successful transactions, where they have one currency.
    var paid: Int64 = 0
    var paidCurrency = ""
    var lines: [RefundLine] = []
    var adjustments: [RefundAdjustment] = []
    /// In the shopper's currency; nil where the payload does not say.
    var presentment: RefundSums?

    /// The day of the return is this instant's, whatever the transactions say.
    var at: Int64 { processedAt ?? createdAt ?? version.time }
}

/// What a refund is made of, added up; in millionths.
struct RefundSums: Equatable {
    var lines: Int64 = 0
    var lineTaxes: Int64 = 0
    var adjustments: Int64 = 0
    var adjustmentTaxes: Int64 = 0
    var duties: Int64 = 0
}

extension RefundSums {
    init(_ refund: OrderRefund) {
        lines = refund.lines.map(\.subtotal).saturatedSum()
        lineTaxes = refund.lines.map(\.tax).saturatedSum()
        adjustments = refund.adjustments.map(\.amount).saturatedSum()
        adjustmentTaxes = refund.adjustments.map(\.tax).saturatedSum()
        duties = refund.duties
    }
}

extension MinorUnits {
    /// Millionths as minor units, halves away from zero.
    static func minor(_ micros: Int64, exponent: Int) -> Int64 {
        var scale: Int64 = 1_000_000
        for _ in 0..<exponent { scale /= 10 }
        return Apportionment.share(micros, 1, of: scale)
    }
}

/// Units of one position given back.
struct RefundLine: Equatable {
    var id: Int64 = 0
    var line: Int64 = 0
    var quantity: Int64 = 0
    var subtotal: Int64 = 0
    var tax: Int64 = 0
}

/// What a refund gives back beside its lines (negative) or keeps (positive).
struct RefundAdjustment: Equatable {
    var id: Int64 = 0
    /// `shipping_refund` or `refund_discrepancy`.
    var kind = ""
    /// Kind of what gives shipping back.
    static let shipping = "shipping_refund"
    var amount: Int64 = 0
    var tax: Int64 = 0
}

/// What an edit added to and took from an order.
struct OrderEdit: Equatable {
    /// Units of one position.
    struct Delta: Equatable {
        var line: Int64 = 0
        var units: Int64 = 0
    }

    var version = PayloadVersion()
    var id: Int64 = 0
    var at: Int64 = 0
    var additions: [Delta] = []
    var removals: [Delta] = []
}

/// A movement of money, in its own currency.
struct OrderTransaction: Equatable {
    var version = PayloadVersion()
    var id: Int64 = 0
    var parent: Int64?
    var kind = ""
    var status = ""
    var gateway = ""
    var amount: Int64 = 0
    var currency = ""
    /// The same in the shopper's currency; nil where the payload does not say.
    var presentment: Int64?
    var presentmentCurrency = ""
    var createdAt: Int64?
    var processedAt: Int64?
    var isTest = false
    var errorCode: String?
}
