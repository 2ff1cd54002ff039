/// Selections that several documents share. Deprecated fields are left out where there is another way.
enum Selection {
    static let money = "{ shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }"
    static let pageInfo = "pageInfo { hasNextPage endCursor }"
    static let taxLines = "taxLines { title rate channelLiable priceSet \(money) }"
    static let attributes = "customAttributes { key value }"
    static let discountAllocations =
        "discountAllocations { allocatedAmountSet \(money) discountApplication { index } }"

    static let address = """
        { firstName lastName name company address1 address2 city zip province provinceCode country countryCodeV2
          phone latitude longitude }
        """

    /// The person an order or a checkout belongs to. Reading it needs `read_customers`; without the approval for
    /// protected customer data the fields are null.
    static let orderCustomer = """
        customer { id firstName lastName state tags createdAt updatedAt numberOfOrders
          defaultEmailAddress { emailAddress } defaultPhoneNumber { phoneNumber } }
        """

    static let lineItem = """
        __typename id title name variantTitle sku vendor quantity currentQuantity requiresShipping taxable isGiftCard
        originalUnitPriceSet \(money) totalDiscountSet \(money) \(discountAllocations) \(taxLines) \(attributes)
        product { id } variant { id } duties { id price \(money) }
        """

    static let shippingLine = """
        __typename id title code source carrierIdentifier isRemoved originalPriceSet \(money)
        discountedPriceSet \(money) \(discountAllocations) \(taxLines)
        """

    /// Has no id: its index in the order is what the allocations name.
    static let discountApplication = """
        __typename index allocationMethod targetSelection targetType
        value { __typename ... on MoneyV2 { amount currencyCode } ... on PricingPercentageValue { percentage } }
        ... on DiscountCodeApplication { code }
        ... on AutomaticDiscountApplication { title }
        ... on ManualDiscountApplication { title description }
        ... on ScriptDiscountApplication { title }
        """

    static let transaction = """
        id kind status gateway test createdAt processedAt errorCode paymentId parentTransaction { id }
        amountSet \(money)
        """

    /// A refund without its lines, which a bulk query cannot reach (a connection inside a list).
    static let refund = """
        id createdAt processedAt updatedAt note totalRefundedSet \(money)
        duties { amountSet \(money) originalDuty { id } }
        """

    static let refundDetails = """
        refundLineItems(first: 100) { \(pageInfo) nodes { id quantity restockType priceSet \(money)
          subtotalSet \(money) totalTaxSet \(money) lineItem { id } location { id } } }
        orderAdjustments(first: 20) { \(pageInfo) nodes { id reason amountSet \(money) taxAmountSet \(money) } }
        refundShippingLines(first: 20) { \(pageInfo) nodes { id subtotalAmountSet \(money) taxAmountSet \(money)
          shippingLine { id } } }
        transactions(first: 50) { \(pageInfo) nodes { \(transaction) } }
        """
}
