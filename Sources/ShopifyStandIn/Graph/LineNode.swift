/// GraphQL's `LineItem`.
struct LineNode: GraphNode {
    let line: ShopLine
    let order: ShopOrder
    var typeName: String { "LineItem" }

    private var discounted: Int64 { line.gross - line.discount }

    func field(_ name: String) -> GraphTree? { plain(name) ?? money(name) }

    private func plain(_ name: String) -> GraphTree? {
        switch name {
        case "id": .text(GlobalID.text("LineItem", line.id))
        case "title": .text(line.product.title)
        case "variantTitle": .text(line.variant.title)
        case "name": .text("\(line.product.title) - \(line.variant.title)")
        case "sku": .text(line.variant.sku)
        case "vendor": .text(line.product.vendor)
        case "quantity": .number(line.quantity)
        case "currentQuantity", "refundableQuantity": .number(line.currentQuantity)
        case "fulfillableQuantity", "unfulfilledQuantity": .number(order.isFulfilled ? 0 : line.currentQuantity)
        case "nonFulfillableQuantity": .number(0)
        case "isGiftCard": .flag(false)
        case "taxable", "requiresShipping", "restockable", "merchantEditable": .flag(true)
        case "product": .node(ProductNode(product: line.product))
        case "variant": .node(VariantNode(variant: line.variant, product: line.product))
        case "customAttributes", "duties": .value([])
        case "sellingPlan", "contract", "lineItemGroup", "image": .null
        case "taxLines": .value(.array(line.tax == 0 ? [] : [order.taxLine(line.tax)]))
        case "discountAllocations":
            .list(line.discount == 0 ? [] : [AllocationNode(amount: line.discount, order: order)])
        default: nil
        }
    }

    private func money(_ name: String) -> GraphTree? {
        let unit = discounted / Int64(line.quantity)
        let minor: Int64? =
            switch name {
            case "originalUnitPriceSet": line.variant.price.minor
            case "originalTotalSet": line.gross
            case "totalDiscountSet": line.discount
            case "discountedTotalSet": discounted
            case "discountedUnitPriceSet", "discountedUnitPriceAfterAllDiscountsSet": unit
            case "unfulfilledOriginalTotalSet": order.isFulfilled ? 0 : line.gross
            case "unfulfilledDiscountedTotalSet": order.isFulfilled ? 0 : discounted
            default: nil
            }
        return minor.map { .value(order.money($0).bag) }
    }
}

/// GraphQL's `DiscountAllocation`.
struct AllocationNode: GraphNode {
    let amount: Int64
    let order: ShopOrder
    var typeName: String { "DiscountAllocation" }

    func field(_ name: String) -> GraphTree? {
        switch name {
        case "allocatedAmountSet": .value(order.money(amount).bag)
        case "allocatedAmount": .value(order.money(amount).shop.moneyV2)
        case "discountApplication": .node(DiscountNode(code: order.discountCode ?? ""))
        default: nil
        }
    }
}

/// GraphQL's `OrderTransaction`.
struct TransactionNode: GraphNode {
    let transaction: ShopTransaction
    let order: ShopOrder
    var typeName: String { "OrderTransaction" }

    func field(_ name: String) -> GraphTree? {
        switch name {
        case "id": .text(GlobalID.text("OrderTransaction", transaction.id))
        case "kind": .text(transaction.kind)
        case "status": .text(transaction.status)
        case "gateway": .text(transaction.gateway)
        case "formattedGateway": .text(transaction.gateway)
        case "createdAt", "processedAt": .time(transaction.at)
        case "test": .flag(order.isTest)
        case "manualPaymentGateway", "manuallyCapturable", "multiCapturable": .flag(false)
        case "errorCode": .text(transaction.errorCode)
        case "amountSet": .value(order.money(transaction.amount).bag)
        case "amountRoundingSet", "totalUnsettledSet", "authorizationCode", "paymentDetails", "receiptJson": .null
        case "settlementCurrency": .text(order.currency)
        case "paymentId": .text("\(order.name).\(transaction.id % 100)")
        case "parentTransaction":
            .node(
                transaction.parent.flatMap { id in order.transactions.first { $0.id == id } }
                    .map { TransactionNode(transaction: $0, order: order) })
        case "order": .node(OrderNode(order: order))
        default: nil
        }
    }
}

/// GraphQL's `Refund`.
struct RefundNode: GraphNode {
    let refund: ShopRefund
    let order: ShopOrder
    var typeName: String { "Refund" }

    func field(_ name: String) -> GraphTree? {
        switch name {
        case "id": .text(GlobalID.text("Refund", refund.id))
        case "legacyResourceId": .text(String(refund.id))
        case "createdAt", "processedAt", "updatedAt": .time(refund.at)
        case "note": .text(refund.note)
        case "duties": .value([])
        case "return", "staffMember": .null
        case "order": .node(OrderNode(order: order))
        case "totalRefundedSet": .value(order.money(refund.transactions.reduce(0) { $0 + $1.amount }).bag)
        case "refundLineItems": .list(refund.lines.map { RefundLineNode(line: $0, order: order) })
        case "transactions": .list(refund.transactions.map { TransactionNode(transaction: $0, order: order) })
        case "orderAdjustments": .list([])
        case "refundShippingLines":
            .list(refund.shipping == 0 ? [] : [RefundShippingNode(refund: refund, order: order)])
        default: nil
        }
    }
}

/// GraphQL's `RefundLineItem`.
struct RefundLineNode: GraphNode {
    let line: ShopRefund.Line
    let order: ShopOrder
    var typeName: String { "RefundLineItem" }

    func field(_ name: String) -> GraphTree? {
        switch name {
        case "id": .text(GlobalID.text("RefundLineItem", line.id))
        case "quantity": .number(line.quantity)
        case "restockType": .text("NO_RESTOCK")
        case "restocked": .flag(false)
        case "location": .null
        case "subtotalSet": .value(order.money(line.subtotal).bag)
        case "totalTaxSet": .value(order.money(line.tax).bag)
        case "priceSet": .value(order.money(line.subtotal / Int64(line.quantity)).bag)
        case "lineItem": .node(order.lines.first { $0.id == line.line }.map { LineNode(line: $0, order: order) })
        default: nil
        }
    }
}

/// GraphQL's `RefundShippingLine`.
struct RefundShippingNode: GraphNode {
    let refund: ShopRefund
    let order: ShopOrder
    var typeName: String { "RefundShippingLine" }

    func field(_ name: String) -> GraphTree? {
        switch name {
        case "id": .text(GlobalID.text("RefundShippingLine", refund.id))
        case "subtotalAmountSet": .value(order.money(refund.shipping).bag)
        case "taxAmountSet": .value(order.money(0).bag)
        case "shippingLine": .node(order.shippingLine)
        default: nil
        }
    }
}
