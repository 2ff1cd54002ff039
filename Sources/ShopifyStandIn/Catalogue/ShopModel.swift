/// A product of a made-up shop.
package struct ShopProduct: Sendable, Hashable {
    package var id: Int64
    package var title: String
    package var handle: String
    package var vendor: String
    package var type: String
    package var tags: [String]
    package var description: String
    package var createdAt: Int64
    package var updatedAt: Int64
    package var optionName: String
    package var variants: [ShopVariant]
    /// `ACTIVE`, `DRAFT` or `ARCHIVED`.
    package var status = "ACTIVE"
}

/// A variant of a product.
package struct ShopVariant: Sendable, Hashable {
    package var id: Int64
    package var title: String
    package var sku: String
    package var price: ShopMoney
    package var compareAt: ShopMoney?
    package var inventory: Int
    package var position: Int
}

/// A customer; everything in it that would be personal is made up.
package struct ShopCustomer: Sendable, Hashable {
    package var id: Int64
    package var firstName: String
    package var lastName: String
    package var email: String
    package var phone: String?
    package var street: String
    package var city: String
    package var zip: String
    package var createdAt: Int64
    package var updatedAt: Int64
    package var orders: Int
    package var spent: ShopMoney
    package var tags: [String]
    package var isSubscribed: Bool
}

/// One line of an order or checkout.
package struct ShopLine: Sendable, Hashable {
    package var id: Int64
    package var product: ShopProduct
    package var variant: ShopVariant
    package var quantity: Int
    /// Of all units together, shop money.
    package var discount: Int64
    package var tax: Int64
    /// Units that no refund took back.
    package var currentQuantity: Int

    /// Price times quantity, shop money.
    package var gross: Int64 { variant.price.minor * Int64(quantity) }
}

/// Money moved, or tried to.
package struct ShopTransaction: Sendable, Hashable {
    package var id: Int64
    package var parent: Int64?
    /// `SALE`, `AUTHORIZATION`, `CAPTURE`, `VOID` or `REFUND`.
    package var kind: String
    /// `SUCCESS`, `FAILURE` or `PENDING`.
    package var status: String
    /// Shop money.
    package var amount: Int64
    package var gateway: String
    package var at: Int64
    package var errorCode: String?
}

/// What was given back at one time.
package struct ShopRefund: Sendable, Hashable {
    /// Units of a line.
    package struct Line: Sendable, Hashable {
        package var id: Int64
        package var line: Int64
        package var quantity: Int
        /// Shop money, after discounts, without tax that is not included.
        package var subtotal: Int64
        package var tax: Int64
    }
    package var id: Int64
    package var at: Int64
    package var note: String?
    package var lines: [Line]
    /// Shipping given back, shop money.
    package var shipping: Int64
    package var transactions: [ShopTransaction]
}

/// An order.
package struct ShopOrder: Sendable, Hashable {
    package var id: Int64
    package var number: Int
    package var createdAt: Int64
    package var updatedAt: Int64
    package var cancelledAt: Int64?
    package var isTest: Bool
    package var customer: ShopCustomer?
    package var lines: [ShopLine]
    package var refunds: [ShopRefund] = []
    package var transactions: [ShopTransaction]
    /// Shop money.
    package var shipping: Int64
    package var taxesIncluded: Bool
    package var discountCode: String?
    package var currency: String
    package var presentment: String
    /// How many hundredths of the presentment currency one unit of the shop's costs.
    package var presentmentRate: Int64
    package var tags: [String]
    package var cartToken: String
    package var checkoutToken: String
    package var gateway: String
    package var isFulfilled: Bool
    /// The share of tax, in percent.
    package var taxPercent: Int64

    package var name: String { "#\(number)" }
    package var gross: Int64 { lines.reduce(0) { $0 + $1.gross } }
    package var discounts: Int64 { lines.reduce(0) { $0 + $1.discount } }
    package var tax: Int64 { lines.reduce(0) { $0 + $1.tax } }
    package var subtotal: Int64 { gross - discounts }
    package var total: Int64 { subtotal + shipping + (taxesIncluded ? 0 : tax) }
    package var units: Int { lines.reduce(0) { $0 + $1.quantity } }
    /// Money given back, shop money.
    package var refunded: Int64 {
        refunds.flatMap(\.transactions).filter { $0.status == "SUCCESS" }.reduce(0) { $0 + $1.amount }
    }
    /// Money received, shop money.
    package var received: Int64 {
        transactions.filter { ["SALE", "CAPTURE"].contains($0.kind) && $0.status == "SUCCESS" }
            .reduce(0) { $0 + $1.amount }
    }

    /// GraphQL's `displayFinancialStatus`; REST writes it in lower case.
    package var financialStatus: String {
        if received == 0 { return transactions.contains { $0.kind == "AUTHORIZATION" } ? "AUTHORIZED" : "PENDING" }
        if refunded >= received { return "REFUNDED" }
        return refunded > 0 ? "PARTIALLY_REFUNDED" : "PAID"
    }

    /// An amount of shop money beside what the shopper saw.
    package func money(_ minor: Int64) -> ShopMoneyPair {
        let shopper = presentment == currency ? minor : (minor * presentmentRate + 50) / 100
        return ShopMoneyPair(shop: ShopMoney(minor, currency), presentment: ShopMoney(shopper, presentment))
    }

    /// What is left of subtotal, tax and total after refunds.
    package var current: (subtotal: Int64, tax: Int64, total: Int64) {
        let lines = refunds.flatMap(\.lines)
        let subtotal = self.subtotal - lines.reduce(0) { $0 + $1.subtotal }
        let tax = self.tax - lines.reduce(0) { $0 + $1.tax }
        let shipping = self.shipping - refunds.reduce(0) { $0 + $1.shipping }
        return (subtotal, tax, subtotal + shipping + (taxesIncluded ? 0 : tax))
    }
}

/// A checkout that nobody completed.
package struct ShopCheckout: Sendable, Hashable {
    package var id: Int64
    package var token: String
    package var cartToken: String
    package var createdAt: Int64
    package var updatedAt: Int64
    package var customer: ShopCustomer?
    package var lines: [ShopLine]
    package var currency: String

    package var subtotal: Int64 { lines.reduce(0) { $0 + $1.gross - $1.discount } }
    package var tax: Int64 { lines.reduce(0) { $0 + $1.tax } }
}
