internal import EventModel

/// A payload with a number that cannot be kept as it is: folded, it would give wrong money, or a row that no list can
/// page past, without a word.
package struct UnreadableDocument: Error, Sendable, Equatable, CustomStringConvertible {
    /// Of what, and what is out of bounds, in words; nothing of the payload.
    package let description: String

    fileprivate static func order(_ fault: String) -> UnreadableDocument {
        UnreadableDocument(description: "order: \(fault)")
    }
}

/// Which numbers of order payloads can be folded, and which ids of products. Whatever is missing or null is no fault:
/// payloads lose fields.
enum OrderBounds {
    /// Members that hold ids, wherever they stand in what is read.
    private static let ids = ["id", "order_id", "line_item_id", "parent_id", "product_id", "variant_id"]
    /// Of those the ones that may be 0 where there is nothing to point at.
    private static let references: Set<String> = ["parent_id", "product_id", "variant_id"]
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

    /// Throws where an id is not positive or does not fit 64 bits, or amounts or units are beyond `OrderReader`'s
    /// limits. Of other topics nothing is looked at.
    static func check(_ document: CommerceDocument) throws(UnreadableDocument) {
        switch document.topic {
        case "orders/edited":
            guard let edit = document.root["order_edit"] else { return }
            try checkIDs(edit)
            if let lines = edit["line_items"] { try checkTree(lines) }
        case "refunds/create", "order_transactions/create": try checkTree(document.root)
        case let topic where topic.hasPrefix("orders/"): try checkTree(document.root)
        case let topic where topic.hasPrefix("products/"):
            try checkIDs(document.root, of: "product")
            for variant in document.root["variants"]?.elements ?? [] { try checkIDs(variant, of: "product") }
        default: break
        }
    }

    private static func checkTree(_ root: JSONNode) throws(UnreadableDocument) {
        var total = Total()
        try check(root, &total)
    }

    /// Of what was looked at so far.
    private struct Total {
        var amounts: Int128 = 0
        var parts = 0
    }

    private static func check(_ node: JSONNode, _ total: inout Total) throws(UnreadableDocument) {
        try checkIDs(node)
        let units = try units(node)
        for name in amounts {
            total.amounts += Int128(try amount(node, name)) * (name == "price" ? Int128(units) : 1)
        }
        guard total.amounts <= sumMax else { throw UnreadableDocument.order("its amounts are beyond all prices") }
        // Of refunded shipping the charge is read too.
        if let charge = node["shipping_line"] { try check(charge, &total) }
        for part in parts {
            let elements = node[part]?.elements ?? []
            total.parts += elements.count
            guard total.parts <= partsMax else { throw UnreadableDocument.order("it has too many parts") }
            for element in elements { try check(element, &total) }
        }
    }

    private static func checkIDs(_ node: JSONNode, of kind: String = "order") throws(UnreadableDocument) {
        for name in ids {
            guard let member = node[name], isID(member), member.id == nil,
                member.int64 != 0 || !references.contains(name)
            else { continue }
            throw UnreadableDocument(description: "\(kind): \(name) is no positive integer of 64 bits")
        }
    }

    /// 1 where the payload does not say.
    private static func units(_ node: JSONNode) throws(UnreadableDocument) -> Int64 {
        guard let member = node["quantity"], isNumber(member) else { return 1 }
        guard let units = member.int64, units <= OrderReader.quantityMax else {
            throw UnreadableDocument.order("quantity is beyond all orders")
        }
        return max(0, units)
    }

    /// In thousandths; the largest of all forms that the payload has, since any of them may be the one that is read.
    private static func amount(_ node: JSONNode, _ name: String) throws(UnreadableDocument) -> UInt64 {
        let set = node[name + "_set"]
        var largest: UInt64 = 0
        for form in [set?["shop_money"]?["amount"], set?["presentment_money"]?["amount"], node[name]] {
            guard let form, isNumber(form) else { continue }
            guard let amount = form.amount(3) else {
                throw UnreadableDocument.order("\(name) is beyond all prices")
            }
            largest = max(largest, amount.magnitude)
        }
        return largest
    }

    /// A number, or a gid that ends in one.
    private static func isID(_ node: JSONNode) -> Bool {
        if let text = node.text, text.hasPrefix("gid:") { return text.last?.isNumber == true }
        return isNumber(node)
    }

    /// A number, or a text that begins like one: with a digit, a minus sign or a point.
    private static func isNumber(_ node: JSONNode) -> Bool {
        switch node.type {
        case .number: true
        case .string: node.text?.utf8.first.map { "-.0123456789".utf8.contains($0) } ?? false
        case .object, .array, .true_, .false_, .null: false
        }
    }
}
