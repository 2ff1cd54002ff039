extension Selection {
    /// An order without what hangs on it by connections.
    static let order = """
        id name number createdAt updatedAt processedAt cancelledAt cancelReason closedAt test confirmed
        displayFinancialStatus displayFulfillmentStatus currencyCode presentmentCurrencyCode
        taxesIncluded dutiesIncluded taxExempt sourceName sourceIdentifier poNumber tags note email phone clientIp
        customerLocale cartToken checkoutToken discountCodes paymentGatewayNames subtotalLineItemsQuantity
        subtotalPriceSet \(money) totalDiscountsSet \(money) totalShippingPriceSet \(money) totalTaxSet \(money)
        originalTotalDutiesSet \(money) totalTipReceivedSet \(money) totalPriceSet \(money)
        currentSubtotalPriceSet \(money) currentTotalDiscountsSet \(money) currentShippingPriceSet \(money)
        currentTotalTaxSet \(money) currentTotalDutiesSet \(money) currentTotalPriceSet \(money)
        totalOutstandingSet \(money) totalRefundedSet \(money) totalReceivedSet \(money)
        app { id } \(attributes) \(taxLines) \(orderCustomer)
        billingAddress \(address) shippingAddress \(address)
        transactions(first: 100) { \(transaction) }
        """

    static let product = """
        id title handle vendor productType status tags descriptionHtml templateSuffix isGiftCard totalInventory
        createdAt updatedAt publishedAt options(first: 10) { id name position values }
        featuredMedia { preview { image { url altText } } }
        """

    static let variant = """
        __typename id title sku barcode price compareAtPrice position inventoryQuantity inventoryPolicy taxable
        createdAt updatedAt selectedOptions { name value }
        """

    /// Only the default address: the others serve nobody here.
    static let customer = """
        id firstName lastName state verifiedEmail taxExempt tags note locale createdAt updatedAt numberOfOrders
        amountSpent { amount currencyCode } lastOrder { id name }
        defaultEmailAddress { emailAddress marketingState marketingOptInLevel marketingUpdatedAt }
        defaultPhoneNumber { phoneNumber } defaultAddress \(address)
        """

    static let abandonedCheckout = """
        id name createdAt updatedAt completedAt abandonedCheckoutUrl note taxesIncluded discountCodes
        subtotalPriceSet \(money) totalDiscountSet \(money) totalDutiesSet \(money) totalLineItemsPriceSet \(money)
        totalTaxSet \(money) totalPriceSet \(money) \(attributes) \(taxLines) \(orderCustomer)
        billingAddress \(address) shippingAddress \(address)
        """

    static let abandonedLineItem = """
        __typename id title variantTitle sku quantity originalUnitPriceSet \(money) originalTotalPriceSet \(money)
        discountedTotalPriceSet \(money) \(attributes) product { id } variant { id }
        """
}
