import EventModel
import Foundation
import Pipelines
import Privacy
import TestSupport
import Testing

/// Markers that stand for personal values: unlike anything else, and found again however they are written.
struct Markers {
    private(set) var all: [String] = []

    /// What every marker ends with.
    private static let core = "31415926"

    /// A new one: digits, so that it fits everywhere, also into a number.
    mutating func next() -> String {
        all.append("77\(String(format: "%05d", all.count))\(Self.core)")
        return all[all.count - 1]
    }

    /// The markers that `bytes` hold as they are; and one word for each other way in which markers stand there: base64 at
    /// any offset, hex, percent-encoded, with JSON escapes.
    func found(in bytes: [UInt8]) -> [String] {
        let data = Data(bytes)
        let encoded = Self.encodings.filter { data.range(of: Data($0.text.utf8)) != nil }.map(\.name)
        guard data.range(of: Data(Self.core.utf8)) != nil else { return encoded }
        return encoded + all.filter { data.range(of: Data($0.utf8)) != nil }
    }

    private static let encodings: [(name: String, text: String)] = {
        let hex = core.utf8.map { String(format: "%02x", $0) }
        let base64 = (0..<3).map { offset in
            // The first and the last characters mix with the neighbours' bits.
            let whole = Data([UInt8](repeating: 0, count: offset) + core.utf8).base64EncodedString()
            return ("base64", String(whole.dropFirst((offset * 8 + 5) / 6).prefix(10 - offset)))
        }
        return base64 + [
            ("hex", hex.joined()), ("percent", hex.map { "%" + $0 }.joined()),
            ("JSON escapes", hex.map { "\\u00" + $0 }.joined()),
        ]
    }()
}

/// One event of the vectors, or of the widget as the contract writes it.
struct DrillVector: CustomStringConvertible {
    let id: String
    let name: String
    let source: EventSource
    /// The event as it is sent.
    let text: String
    var description: String { "\(source.name) \(id)" }

    static func all() throws -> [DrillVector] {
        try load("pixel_events", .pixel) + load("webhook_payloads", .webhook) + load("compliance_webhooks", .webhook)
            + widget
    }

    func root() throws -> Any { try JSONSerialization.jsonObject(with: Data(text.utf8)) }

    private static func load(_ file: String, _ source: EventSource) throws -> [DrillVector] {
        let root = try JSONSerialization.jsonObject(with: Vectors.load(file)) as? [String: Any]
        return try #require(root?["cases"] as? [[String: Any]]).map { test in
            var text = test["body"] as? String ?? ""
            var name = (test["headers"] as? [String: String])?["X-Shopify-Topic"] ?? ""
            if let event = test["event"] as? [String: Any] {
                text = String(decoding: try JSONSerialization.data(withJSONObject: event), as: UTF8.self)
                name = event["name"] as? String ?? ""
            }
            return DrillVector(id: test["id"] as? String ?? "", name: name, source: source, text: text)
        }
    }

    private static let widget: [DrillVector] = [
        (
            "widget_session_started",
            #"{"tenantId":"a.myshopify.com","clientId":"c","page":{"url":"u","referrer":"r","title":"t"}}"#
        ),
        (
            "lead",
            #"{"sessionId":"s","id":"1","email":"e","phone":"p","name":"n","firstName":"f","customerId":"5","#
                + #""answers":[{"question":"q","answer":"a"},"b"],"message":"m","consent":{"marketing":true}}"#
        ),
        ("chat", #"{"sessionId":"s","message":"m","token":"t"}"#),
        (
            "quiz_answered",
            #"{"sessionId":"s","id":"1","name":"quiz_answered","data":{"answers":{"a":"b"},"user":{"email":"e","#
                + #""phone":"p","first_name":"f","zip":"z","customer_id":7},"page":{"url":"u"},"text":"x"}}"#
        ),
    ].map { name, text in DrillVector(id: name, name: name, source: .widget, text: text) }
}

/// What shopify.md 1.4 and 4.4 call personal, by hand and apart from the pipelines' own lists.
enum HandList {
    /// What is planted in a place.
    enum Planting {
        /// The value itself is personal.
        case value
        /// A text that may mention somebody, or an address with parameters.
        case text
    }

    private static let address: Set = [
        "address1", "address2", "city", "company", "firstName", "first_name", "lastName", "last_name", "name", "phone",
        "zip", "latitude", "longitude",
    ]
    private static let contact: Set = [
        "email", "phone", "contact_email", "smsMarketingPhone", "firstName", "lastName", "first_name", "last_name",
        "browser_ip", "user_agent", "customer_email", "shop_owner", "note", "order_status_url", "invoice_url",
        "abandoned_checkout_url", "credit_card_name", "credit_card_number", "credit_card_bin", "customerId",
        "customer_id", "accept_language", "session_hash",
    ]
    private static let texts: Set = ["href", "search", "referrer", "query", "message", "url", "title", "pathname"]

    /// What belongs at `path` (indices of lists are `*`).
    static func planting(_ path: [String], _ vector: DrillVector, denied: Bool) -> Planting? {
        guard let key = path.last(where: { $0 != "*" }) else { return nil }
        let parents = path.dropLast()
        let parent = parents.last { $0 != "*" } ?? ""
        if denied, ["clientId", "userAgent"].contains(key) { return .value }
        if vector.source == .widget, ["email", "phone", "message", "token", "customerId", "zip"].contains(key) {
            return .value
        }
        if ["lead", "quiz_answered"].contains(vector.name), path.contains("answers") { return .value }
        if vector.name == "lead", path == ["name"] { return .value }
        if [
            "billingAddress", "shippingAddress", "billing_address", "shipping_address", "default_address",
            "destination",
        ]
        .contains(parent) || parents.contains("addresses") {
            if address.contains(key) { return .value }
        }
        if vector.name.hasPrefix("app/"), ["address1", "city", "zip", "latitude", "longitude"].contains(key) {
            return .value
        }
        if parents.contains("note_attributes") || parents.contains("properties") || parents.contains("attributes") {
            return ["name", "key", "value"].contains(key) ? .value : nil
        }
        if parent == "customer", ["id", "admin_graphql_api_id", "tags", "note"].contains(key) { return .value }
        if vector.name.hasPrefix("customers/"), ["id", "admin_graphql_api_id"].contains(path.joined()) {
            return .value
        }
        if ["element", "elements", "alert"].contains(parent), key == "value" { return .value }
        // Of the shop, of a product's seller, of a place.
        if contact.contains(key), !["shop", "line_items", "location"].contains(parent) { return .value }
        if ["landing_site", "referring_site"].contains(key) { return .text }
        // Products have titles and addresses too; they are the shop's.
        let isOfPage = !["title", "url"].contains(key) || ["document", "page"].contains(parent)
        return vector.source != .webhook && isOfPage && texts.contains(key) ? .text : nil
    }
}

/// Puts markers into a document.
struct Planter {
    var markers = Markers()
    let vector: DrillVector
    let isDenied: Bool

    /// The document with markers where the hand list says that something is personal, present or null.
    mutating func planted(_ value: Any, _ path: [String] = []) -> Any {
        if let members = value as? [String: Any] {
            return Dictionary(
                uniqueKeysWithValues: members.keys.sorted().map { key in
                    (key, planted(members[key] ?? NSNull(), path + [key]))
                })
        }
        if let items = value as? [Any] { return items.map { planted($0, path + ["*"]) } }
        switch HandList.planting(path, vector, denied: isDenied) {
        case .value: return value is NSNumber ? (NSNumber(value: Int64(markers.next()) ?? 0) as Any) : markers.next()
        case .text: return text()
        case nil: return value
        }
    }

    mutating func text() -> String {
        let encoded =
            "/a?key=\(markers.next())&mail=\(markers.next())%40example.com&u=x%3Fm%3D\(markers.next())%2540x.de"
        return "https://\(markers.next())@example.com\(encoded)&b=\(markers.next())@example.com#z"
    }

    /// `text` with markers at every value that the pipeline's own rules seal or remove.
    mutating func planted(
        _ text: [UInt8], at matches: ArraySlice<JSONMatch>, _ rules: [FieldRule]
    ) -> [UInt8] {
        var planted = text
        var limit = text.count
        let places = matches.filter { rules[$0.pointer].action > .keep && $0.type != .null }
        // From behind; of nested and repeated ones the innermost, which is read first.
        for match in places.sorted(by: { ($0.start, -$0.end) > ($1.start, -$1.end) }) where match.end <= limit {
            var value = "\"\(rules[match.pointer].action == .sealInside ? self.text() : markers.next())\""
            if match.type == .object {
                value = "{\"a\":\(value)}"
            } else if match.type == .array {
                value = "[\(value)]"
            }
            planted.replaceSubrange(match.range, with: Array(value.utf8))
            limit = match.start
        }
        return planted
    }
}
