/// GraphQL's `Order`.
struct OrderNode: GraphNode {
    let order: ShopOrder
    var typeName: String { "Order" }

    func field(_ name: String) -> GraphTree? { plain(name) ?? money(name) ?? related(name) }

    private func plain(_ name: String) -> GraphTree? {
        switch name {
        case "id": .text(GlobalID.text("Order", order.id))
        case "legacyResourceId": .text(String(order.id))
        case "name": .text(order.name)
        case "number": .number(order.number)
        case "createdAt", "processedAt": .time(order.createdAt)
        case "updatedAt": .time(order.updatedAt)
        case "cancelledAt": .time(order.cancelledAt)
        case "cancelReason": .text(order.cancelledAt == nil ? nil : "CUSTOMER")
        case "closedAt": .null
        case "closed", "edited", "taxExempt", "dutiesIncluded", "estimatedTaxes", "capturable": .flag(false)
        case "confirmed": .flag(true)
        case "test": .flag(order.isTest)
        case "taxesIncluded": .flag(order.taxesIncluded)
        case "fullyPaid": .flag(order.received >= order.total)
        case "unpaid": .flag(order.received == 0)
        case "displayFinancialStatus": .text(order.financialStatus)
        case "displayFulfillmentStatus": .text(order.isFulfilled ? "FULFILLED" : "UNFULFILLED")
        case "returnStatus": .text("NO_RETURN")
        case "currencyCode": .text(order.currency)
        case "presentmentCurrencyCode": .text(order.presentment)
        case "email": .text(order.customer?.email)
        case "phone": .text(order.customer?.phone)
        case "customerLocale": .text("en")
        case "clientIp": .text("192.0.2.7")
        case "note", "poNumber", "sourceIdentifier", "confirmationNumber", "landingPageUrl", "referrerUrl": .null
        case "sourceName": .text("web")
        case "discountCode": .text(order.discountCode)
        case "discountCodes": .texts(order.discountCode.map { [$0] } ?? [])
        case "tags": .texts(order.tags)
        case "paymentGatewayNames": .texts([order.gateway])
        case "cartToken": .text(order.cartToken)
        case "checkoutToken": .text(order.checkoutToken)
        case "subtotalLineItemsQuantity": .number(order.units)
        case "currentSubtotalLineItemsQuantity": .number(order.lines.reduce(0) { $0 + $1.currentQuantity })
        case "totalWeight": .text("0")
        default: nil
        }
    }

    private func money(_ name: String) -> GraphTree? {
        let minor: Int64? =
            switch name {
            case "subtotalPriceSet": order.subtotal
            case "totalPriceSet", "originalTotalPriceSet": order.total
            case "totalTaxSet": order.tax
            case "totalDiscountsSet", "cartDiscountAmountSet": order.discounts
            case "totalShippingPriceSet": order.shipping
            case "currentSubtotalPriceSet": order.current.subtotal
            case "currentTotalTaxSet": order.current.tax
            case "currentTotalPriceSet": order.current.total
            case "currentTotalDiscountsSet", "currentCartDiscountAmountSet": order.discounts
            case "currentShippingPriceSet": order.shipping - order.refunds.reduce(0) { $0 + $1.shipping }
            case "totalRefundedSet": order.refunded
            case "totalRefundedShippingSet": order.refunds.reduce(0) { $0 + $1.shipping }
            case "totalReceivedSet": order.received
            case "netPaymentSet": order.received - order.refunded
            case "totalOutstandingSet": max(0, order.current.total - order.received + order.refunded)
            case "totalCapturableSet", "totalTipReceivedSet", "refundDiscrepancySet": 0
            default: nil
            }
        if let minor { return .value(order.money(minor).bag) }
        return switch name {
        case "originalTotalDutiesSet", "currentTotalDutiesSet", "originalTotalAdditionalFeesSet",
            "currentTotalAdditionalFeesSet":
            .null
        default: nil
        }
    }

    private func related(_ name: String) -> GraphTree? {
        switch name {
        case "customer": .node(order.customer.map(CustomerNode.init))
        case "billingAddress", "shippingAddress", "displayAddress": .value(order.customer?.graphAddress ?? .null)
        case "lineItems": .list(order.lines.map { LineNode(line: $0, order: order) })
        case "transactions": .list(order.transactions.map { TransactionNode(transaction: $0, order: order) })
        case "refunds": .list(order.refunds.map { RefundNode(refund: $0, order: order) })
        case "shippingLine": .node(order.shippingLine)
        case "shippingLines": .list(order.shippingLine.map { [$0] } ?? [])
        case "taxLines", "currentTaxLines": .value(.array([order.taxLine(order.tax)]))
        case "discountApplications":
            .list(order.discountCode == nil ? [] : [DiscountNode(code: order.discountCode ?? "")])
        case "customAttributes", "additionalFees", "fulfillments", "returns", "disputes": .list([])
        case "app": .value(["id": .string(GlobalID.text("App", 580_111)), "name": "Online Store"])
        case "channelInformation", "publication", "physicalLocation", "retailLocation", "paymentTerms": .null
        default: nil
        }
    }
}

extension ShopOrder {
    /// GraphQL's `TaxLine`.
    func taxLine(_ minor: Int64) -> WireValue {
        [
            "title": "Tax", "rate": .number("0.0\(taxPercent)"), "ratePercentage": .number("\(taxPercent)"),
            "channelLiable": false, "source": "Shopify", "priceSet": money(minor).bag,
            "price": .string(money(minor).shop.padded),
        ]
    }

    var shippingLine: ShippingLineNode? { shipping == 0 ? nil : ShippingLineNode(order: self) }
}

/// GraphQL's `ShippingLine`.
struct ShippingLineNode: GraphNode {
    let order: ShopOrder
    var typeName: String { "ShippingLine" }

    func field(_ name: String) -> GraphTree? {
        switch name {
        case "id": .text(GlobalID.text("ShippingLine", order.id))
        case "title": .text("Standard")
        case "code": .text("standard")
        case "source": .text("shopify")
        case "carrierIdentifier", "deliveryCategory", "phone": .null
        case "custom", "isRemoved": .flag(false)
        case "originalPriceSet", "discountedPriceSet": .value(order.money(order.shipping).bag)
        case "currentDiscountedPriceSet":
            .value(order.money(order.shipping - order.refunds.reduce(0) { $0 + $1.shipping }).bag)
        case "taxLines", "discountAllocations": .value([])
        default: nil
        }
    }
}

/// GraphQL's `DiscountCodeApplication`.
struct DiscountNode: GraphNode {
    let code: String
    var typeName: String { "DiscountCodeApplication" }

    func field(_ name: String) -> GraphTree? {
        switch name {
        case "index": .number(0)
        case "code": .text(code)
        case "allocationMethod": .text("ACROSS")
        case "targetSelection": .text("ALL")
        case "targetType": .text("LINE_ITEM")
        case "value": .value(["__typename": "PricingPercentageValue", "percentage": .number("10.0")])
        default: nil
        }
    }
}
