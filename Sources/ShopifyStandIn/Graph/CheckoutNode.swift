/// GraphQL's `AbandonedCheckout`.
struct CheckoutNode: GraphNode {
    let checkout: ShopCheckout
    let shop: String
    var typeName: String { "AbandonedCheckout" }

    private func bag(_ minor: Int64) -> GraphTree { .value(checkout.money(minor).bag) }

    func field(_ name: String) -> GraphTree? {
        switch name {
        case "id": .text(GlobalID.text("AbandonedCheckout", checkout.id))
        case "name": .text("#\(checkout.id)")
        case "note": .text("")
        case "abandonedCheckoutUrl":
            .text("https://\(shop)/\(checkout.id % 1000)/checkouts/ac/\(checkout.token)/recover?key=made-up-key")
        case "createdAt": .time(checkout.createdAt)
        case "updatedAt": .time(checkout.updatedAt)
        case "completedAt": .null
        case "customer": .node(checkout.customer.map(CustomerNode.init))
        case "billingAddress", "shippingAddress": .value(checkout.customer?.graphAddress ?? .null)
        case "customAttributes", "discountCodes": .value([])
        case "taxesIncluded": .flag(false)
        case "taxLines":
            .value([["title": "Tax", "rate": .number("0.08"), "priceSet": checkout.money(checkout.tax).bag]])
        case "lineItemsQuantity": .number(checkout.lines.reduce(0) { $0 + $1.quantity })
        case "subtotalPriceSet", "totalLineItemsPriceSet": bag(checkout.subtotal)
        case "totalTaxSet": bag(checkout.tax)
        case "totalDiscountSet": bag(0)
        case "totalDutiesSet": .null
        case "totalPriceSet": bag(checkout.subtotal + checkout.tax)
        case "lineItems": .list(checkout.lines.map { CheckoutLineNode(line: $0, checkout: checkout) })
        default: nil
        }
    }
}

/// GraphQL's `AbandonedCheckoutLineItem`.
struct CheckoutLineNode: GraphNode {
    let line: ShopLine
    let checkout: ShopCheckout
    var typeName: String { "AbandonedCheckoutLineItem" }

    func field(_ name: String) -> GraphTree? {
        switch name {
        case "id": .text(GlobalID.text("AbandonedCheckoutLineItem", line.id))
        case "title": .text(line.product.title)
        case "variantTitle": .text(line.variant.title)
        case "sku": .text(line.variant.sku)
        case "quantity": .number(line.quantity)
        case "product": .node(ProductNode(product: line.product))
        case "variant": .node(VariantNode(variant: line.variant, product: line.product))
        case "customAttributes": .value([])
        case "discountAllocations": .list([])
        case "image": .null
        case "originalUnitPriceSet", "discountedUnitPriceSet", "discountedUnitPriceWithCodeDiscount":
            .value(checkout.money(line.variant.price.minor).bag)
        case "originalTotalPriceSet": .value(checkout.money(line.gross).bag)
        case "discountedTotalPriceSet", "discountedTotalPriceWithCodeDiscount":
            .value(checkout.money(line.gross - line.discount).bag)
        default: nil
        }
    }
}

extension ShopCheckout {
    /// An amount, the same for shop and shopper.
    func money(_ minor: Int64) -> ShopMoneyPair {
        ShopMoneyPair(shop: ShopMoney(minor, currency), presentment: ShopMoney(minor, currency))
    }
}
