internal import EventModel

/// An order's payload with a number that cannot be kept as it is: folded, it would give wrong money without a word.
package struct UnreadableOrder: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is out of bounds, in words; nothing of the payload.
    package let description: String
}

/// Which numbers of order payloads can be folded. Whatever is missing or null is no fault: payloads lose fields.
enum OrderBounds {
    /// Members that hold ids, wherever they stand in what is read.
    private static let ids: Set<String> = ["id", "order_id", "line_item_id", "parent_id", "product_id", "variant_id"]
    /// Members that hold one amount of the order or of its parts.
    private static let amounts = [
        "total_discounts", "total_tax", "total_price", "original_total_duties", "total_shipping_price", "total_duties",
        "price", "discounted_price", "total_discount", "amount", "subtotal", "tax_amount", "subtotal_amount",
    ]
    /// Lists whose elements are read like the order itself.
    private static let parts = [
        "line_items", "shipping_lines", "refunds", "refund_line_items", "order_adjustments", "transactions",
        "tax_lines", "discount_allocations", "duties", "refund_shipping_lines", "additions", "removals",
    ]
    /// Elements of all lists together. An order has 500 lines at most (shopify.dev, "Order"), and some taxes,
    /// allocations and refunds of each; many more are no order, and would hold up all others.
    private static let partsMax = 50_000
    /// Thousandths of all amounts together, since no currency has smaller units: inside 64 bits also as millionths.
    private static let sumMax = Int128(OrderReader.amountMax)

    /// Throws where an id does not fit 64 bits, or amounts or units are beyond `OrderReader`'s limits. Of other topics
    /// nothing is looked at.
    static func check(_ document: CommerceDocument) throws(UnreadableOrder) {
        switch document.topic {
        case "orders/edited":
            guard let edit = document.root["order_edit"] else { return }
            try checkIDs(edit)
            if let lines = edit["line_items"] { try checkTree(lines) }
        case "refunds/create", "order_transactions/create": try checkTree(document.root)
        case let topic where topic.hasPrefix("orders/"): try checkTree(document.root)
        default: break
        }
    }

    private static func checkTree(_ root: JSONNode) throws(UnreadableOrder) {
        var total = Total()
        try check(root, &total)
    }

    /// Of what was looked at so far.
    private struct Total {
        var amounts: Int128 = 0
        var parts = 0
    }

    private static func check(_ node: JSONNode, _ total: inout Total) throws(UnreadableOrder) {
        try checkIDs(node)
        let units = try units(node)
        for name in amounts {
            guard let amount = try amount(node, name) else { continue }
            total.amounts += Int128(amount.magnitude) * (name == "price" ? Int128(units) : 1)
        }
        guard total.amounts <= sumMax else { throw UnreadableOrder(description: "its amounts are beyond all prices") }
        // Of refunded shipping the charge is read too.
        if let charge = node["shipping_line"] { try check(charge, &total) }
        for part in parts {
            let elements = node[part]?.elements ?? []
            total.parts += elements.count
            guard total.parts <= partsMax else { throw UnreadableOrder(description: "it has too many parts") }
            for element in elements { try check(element, &total) }
        }
    }

    private static func checkIDs(_ node: JSONNode) throws(UnreadableOrder) {
        for name in ids {
            guard let member = node[name], isID(member), member.id == nil else { continue }
            throw UnreadableOrder(description: "\(name) is no integer of 64 bits")
        }
    }

    /// 1 where the payload does not say.
    private static func units(_ node: JSONNode) throws(UnreadableOrder) -> Int64 {
        guard let member = node["quantity"], isNumber(member) else { return 1 }
        guard let units = member.int64, units <= OrderReader.quantityMax else {
            throw UnreadableOrder(description: "quantity is beyond all orders")
        }
        return max(0, units)
    }

    /// In thousandths; of the shop's money where the payload has both.
    private static func amount(_ node: JSONNode, _ name: String) throws(UnreadableOrder) -> Int64? {
        let set = node[name + "_set"]?["shop_money"]?["amount"]
        guard let member = set ?? node[name], isNumber(member) else { return nil }
        guard let amount = member.amount(3) else {
            throw UnreadableOrder(description: "\(name) is beyond all prices")
        }
        return amount
    }

    /// A number, or a gid that ends in one.
    private static func isID(_ node: JSONNode) -> Bool {
        if let text = node.text, text.hasPrefix("gid:") { return text.last?.isNumber == true }
        return isNumber(node)
    }

    /// A number, or a text that begins like one.
    private static func isNumber(_ node: JSONNode) -> Bool {
        switch node.type {
        case .number: true
        case .string: node.text?.utf8.first.map { $0 == 0x2D || (0x30...0x39).contains($0) } ?? false
        case .object, .array, .true_, .false_, .null: false
        }
    }
}
