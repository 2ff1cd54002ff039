internal import EventModel
internal import Recorder

/// A resource whose history is read from the Admin API.
package enum HistoryResource: String, Sendable, CaseIterable, Codable {
    case products, customers, orders
    case abandonedCheckouts = "abandoned_checkouts"

    /// The webhook whose name and shape its events have.
    var topic: String {
        switch self {
        case .products: "products/update"
        case .customers: "customers/update"
        case .orders: "orders/updated"
        case .abandonedCheckouts: "checkouts/update"
        }
    }

    /// All of it, as a bulk query.
    var bulkQuery: AdminDocument {
        switch self {
        case .products: .bulkProducts()
        case .customers: .bulkCustomers()
        case .orders: .bulkOrders()
        case .abandonedCheckouts: .bulkAbandonedCheckouts()
        }
    }

    /// A page of what has changed.
    var page: AdminDocument {
        switch self {
        case .products: .productsUpdated
        case .customers: .customersUpdated
        case .orders: .ordersUpdated
        case .abandonedCheckouts: .abandonedCheckoutsUpdated
        }
    }

    /// The field of the query's root.
    var root: String { self == .abandonedCheckouts ? "abandonedCheckouts" : rawValue }
}

/// An object of the Admin API with what hangs on it, wherever it was read.
struct HistoryObject: Sendable {
    /// The object itself.
    var node: GraphValue
    /// Its children by the name of their type (`LineItem`), in the order in which they came.
    var children: [String: [GraphValue]] = [:]
}

/// Maps objects of the Admin API to the payloads of webhooks: same names, ids as whole numbers, money as decimal text
/// with its `_set`. Values that webhooks have and the Admin API has not are left out.
enum RestMapping {
    /// The event of an object; nil where it lacks its id.
    static func event(_ object: HistoryObject, _ resource: HistoryResource) -> OwnEvent? {
        guard let id = object.node["id"].gidNumber else { return nil }
        let payload = RestWriter.object { writer in
            switch resource {
            case .products: product(object, &writer)
            case .customers: customer(object.node, &writer)
            case .orders: order(object, &writer)
            case .abandonedCheckouts: checkout(object, &writer)
            }
        }
        let time = object.node["updatedAt"].text ?? object.node["createdAt"].text
        let millis = time.flatMap { Timestamp.parse($0) } ?? 0
        return OwnEvent(
            source: .history, name: resource.topic, payload: payload, occurredAt: millis, identity: "\(id):\(millis)")
    }
}

extension RestWriter {
    /// `id` and `admin_graphql_api_id`.
    mutating func identity(_ node: GraphValue) {
        number("id", node["id"].gidNumber)
        text("admin_graphql_api_id", node["id"].text)
    }

    /// The number of a gid, or null.
    mutating func gid(_ name: String, _ node: GraphValue) { number(name, node["id"].gidNumber) }

    /// Money in shop currency as text, and both currencies as `NAME_set`.
    mutating func money(_ name: String, _ bag: GraphValue) {
        text(name, bag["shopMoney"]["amount"].text)
        moneySet(name + "_set", bag)
    }

    /// Both currencies, or null.
    mutating func moneySet(_ name: String, _ bag: GraphValue) {
        guard !bag.isNull else { return number(name, nil) }
        object(name) { writer in
            for (key, member) in [("shop_money", "shopMoney"), ("presentment_money", "presentmentMoney")] {
                let money = bag[member]
                guard !money.isNull else { continue }
                writer.object(key) {
                    $0.text("amount", money["amount"].text)
                    $0.text("currency_code", money["currencyCode"].text)
                }
            }
        }
    }

    /// An enum's value in lower case, as REST writes it.
    mutating func word(_ name: String, _ value: GraphValue) { text(name, value.text?.lowercased()) }

    /// Tags as REST writes them: one text.
    mutating func tags(_ value: GraphValue) { text("tags", value.elements.compactMap(\.text).joined(separator: ", ")) }

    /// `customAttributes` as a list of names and values.
    mutating func attributes(_ name: String, _ value: GraphValue) {
        list(name, of: value.elements) { writer, attribute in
            writer.text("name", attribute["key"].text)
            writer.text("value", attribute["value"].text)
        }
    }

    mutating func taxLines(_ value: GraphValue) {
        list("tax_lines", of: value.elements) { writer, line in
            writer.text("title", line["title"].text)
            writer.scalar("rate", line["rate"])
            writer.bool("channel_liable", line["channelLiable"].isTrue)
            writer.money("price", line["priceSet"])
        }
    }

    mutating func discountAllocations(_ value: GraphValue) {
        list("discount_allocations", of: value.elements) { writer, allocation in
            writer.money("amount", allocation["allocatedAmountSet"])
            writer.scalar("discount_application_index", allocation["discountApplication"]["index"])
        }
    }

    mutating func address(_ name: String, _ node: GraphValue) {
        guard !node.isNull else { return number(name, nil) }
        object(name) { writer in
            for (key, member) in Self.addressFields { writer.scalar(key, node[member]) }
        }
    }

    private static let addressFields = [
        ("first_name", "firstName"), ("last_name", "lastName"), ("name", "name"), ("company", "company"),
        ("address1", "address1"), ("address2", "address2"), ("city", "city"), ("zip", "zip"),
        ("province", "province"), ("province_code", "provinceCode"), ("country", "country"),
        ("country_code", "countryCodeV2"), ("phone", "phone"), ("latitude", "latitude"), ("longitude", "longitude"),
    ]
}
