import Foundation

/// A shopper whose every personal field is a word found nowhere else, and what the shop's pixel, widget and webhooks send
/// of them.
struct MarkedShopper {
    /// Ends every marker of this shopper.
    let tag: String
    let number: Int
    let client: String
    /// By the name of the field.
    private(set) var markers: [String: String] = [:]

    private static let fields = [
        "first", "last", "street", "flat", "city", "company", "note", "answer", "typed", "gift", "agent", "billing",
    ]

    /// `number` is a single digit; shoppers of one browser share `client`.
    init(_ tag: String, number: Int, client: String) {
        (self.tag, self.number, self.client) = (tag, number, client)
        for field in Self.fields { markers[field] = "Zq\(field)Vx\(tag)" }
        markers["email"] = "zq.mail.\(tag)@marker.example".lowercased()
        markers["phone"] = "+4915\(number)\(number)55019\(number)\(number)"
        markers["customer"] = "77001900\(number)\(number)\(number)31"
        markers["zip"] = "Z\(number)Q\(number)\(number)7V"
        markers["address"] = "203.0.113.\(100 + number)"
    }

    subscript(_ field: String) -> String { markers[field] ?? "" }
    private var customer: [String: Any] {
        [
            "id": Int64(self["customer"]) ?? 0, "email": self["email"], "phone": self["phone"],
            "first_name": self["first"], "last_name": self["last"], "note": self["note"],
            "admin_graphql_api_id": "gid://shopify/Customer/\(self["customer"])", "tags": "vip",
            "created_at": Self.time(1), "updated_at": Self.time(2),
        ]
    }

    private func address(_ street: String) -> [String: Any] {
        [
            "first_name": self["first"], "last_name": self["last"], "address1": street, "address2": self["flat"],
            "city": self["city"], "company": self["company"], "zip": self["zip"], "phone": self["phone"],
            "name": "\(self["first"]) \(self["last"])", "country_code": "DE", "country": "Germany",
        ]
    }

    /// Minutes into the test's day.
    static func time(_ minute: Int) -> String {
        String(format: "2026-11-18T%02d:%02d:00Z", 9 + minute / 60, minute % 60)
    }

    // MARK: Pixel

    /// A visit that ends in order `order`.
    func visit(order: Int64, from minute: Int) -> [[String: Any]] {
        let page: [String: Any] = [
            "document": [
                "location": ["href": "https://forget.myshopify.com/?email=\(self["email"])", "pathname": "/"],
                "referrer": "https://www.google.com/", "title": "Shop",
            ],
            "navigator": ["userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Firefox/130.0"],
        ]
        func event(_ name: String, _ offset: Int, _ data: [String: Any]) -> [String: Any] {
            [
                "id": "sh-\(tag)-\(order)-\(name)", "name": name, "clientId": client, "type": "standard",
                "timestamp": Self.time(minute + offset), "data": data, "context": page,
            ]
        }
        let street: [String: Any] = [
            "firstName": self["first"], "lastName": self["last"], "address1": self["billing"], "city": self["city"],
            "zip": self["zip"], "phone": self["phone"], "company": self["company"], "countryCode": "DE",
        ]
        var checkout: [String: Any] = [
            "token": "tok\(order)", "email": self["email"], "phone": self["phone"], "billingAddress": street,
            "shippingAddress": street, "currencyCode": "EUR", "totalPrice": ["amount": 25.0, "currencyCode": "EUR"],
            "attributes": [["key": "gift", "value": self["gift"]]],
        ]
        let begun = event("checkout_started", 2, ["checkout": checkout])
        checkout["order"] = ["id": String(order), "customer": ["id": self["customer"], "isFirstOrder": false]]
        return [
            event("page_viewed", 0, [:]),
            event("search_submitted", 1, ["searchResult": ["query": "gift for \(self["email"])"]]),
            begun, event("checkout_completed", 3, ["checkout": checkout]),
            event(
                "form_submitted", 4,
                ["element": ["id": "f", "elements": [["name": "who", "value": self["typed"]]]]]),
        ]
    }

    // MARK: Widget

    func lead(session: String) -> [String: Any] {
        [
            "sessionId": session, "id": "lead-\(tag)", "email": self["email"], "phone": self["phone"],
            "name": "\(self["first"]) \(self["last"])", "answers": ["how": self["answer"]],
            "consent": ["marketing": true],
        ]
    }

    // MARK: Webhooks

    func created() -> [String: Any] { customer }

    /// An order of 20.00 and 5.00 shipping, sent to `street`.
    func order(_ id: Int64, street: String, at minute: Int) -> [String: Any] {
        [
            "id": id, "name": "#\(id)", "order_number": id, "email": self["email"], "phone": self["phone"],
            "contact_email": self["email"], "created_at": Self.time(minute), "processed_at": Self.time(minute),
            "updated_at": Self.time(minute + 1), "currency": "EUR", "presentment_currency": "EUR", "test": false,
            "financial_status": "paid", "subtotal_price": "20.00", "total_price": "25.00", "total_tax": "0.00",
            "taxes_included": false, "browser_ip": self["address"], "checkout_token": "tok\(id)",
            "note": self["note"], "note_attributes": [["name": "_footfall_client_id", "value": client]],
            "client_details": ["browser_ip": self["address"], "user_agent": self["agent"]],
            "customer": customer, "billing_address": address(self["billing"]), "shipping_address": address(street),
            "line_items": [
                ["id": id * 10, "title": "Mug", "quantity": 2, "price": "10.00", "product_id": 5, "variant_id": 6]
            ],
            "shipping_lines": [["id": id * 10 + 1, "title": "Post", "price": "5.00"]],
        ]
    }

    /// What Shopify sends when the shopper asks to be forgotten.
    func redaction(orders: [Int64]) -> [String: Any] {
        ["shop_id": 1, "shop_domain": "forget.myshopify.com", "customer": subject, "orders_to_redact": orders]
    }

    /// What Shopify sends when the shopper asks what is held.
    func dataRequest(orders: [Int64]) -> [String: Any] {
        [
            "shop_id": 1, "shop_domain": "forget.myshopify.com", "customer": subject, "orders_requested": orders,
            "data_request": ["id": 4711],
        ]
    }

    private var subject: [String: Any] {
        ["id": Int64(self["customer"]) ?? 0, "email": self["email"], "phone": self["phone"]]
    }
}

/// Looks for texts in bytes, also as encodings would show them.
struct MarkerSearch {
    private let needles: [(name: String, bytes: Data)]

    init(_ markers: some Sequence<String>) {
        needles = markers.flatMap { marker in
            let bytes = Data(marker.utf8)
            let hex = bytes.map { String(format: "%02x", $0) }.joined()
            var forms = [("plain", marker), ("hex", hex), ("HEX", hex.uppercased())]
            forms.append(("url", marker.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? marker))
            // Of base64 the part that does not depend on the neighbours, for each of the three phases.
            for phase in 0..<3 {
                let text = (Data(repeating: 0, count: phase) + bytes).base64EncodedString()
                let sure = text.dropFirst((phase * 8 + 5) / 6).prefix((bytes.count * 8 - 10) / 6)
                forms.append(("base64", String(sure)))
            }
            return forms.map { ("\(marker) as \($0.0)", Data($0.1.utf8)) }
        }
    }

    /// Names of what is in `data`.
    func found(in data: Data) -> [String] { needles.filter { data.range(of: $0.bytes) != nil }.map(\.name) }

    func found(in text: String) -> [String] { found(in: Data(text.utf8)) }

    /// What is in the files of a folder.
    func found(under folder: URL) throws -> [String] {
        try files(under: folder).flatMap { file in
            // A file that went away meanwhile holds nothing.
            guard let data = try? Data(contentsOf: URL(fileURLWithPath: file), options: .alwaysMapped) else {
                return [String]()
            }
            return found(in: data).map { "\($0) in \(file.split(separator: "/").last ?? "")" }
        }
    }

    /// The files that hold any of the forms: grep reads a cluster in a second.
    private func files(under folder: URL) throws -> [String] {
        let patterns = FileManager.default.temporaryDirectory.appending(path: "markers-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: patterns) }  // a leftover file harms nobody
        try Data(needles.map(\.bytes).joined(separator: [10])).write(to: patterns)
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // Devices, sockets and pipes are skipped: they hold nothing.
        process.arguments = ["LC_ALL=C", "grep", "-rlasF", "-D", "skip", "-f", patterns.path, folder.path]
        process.standardOutput = pipe
        try process.run()
        let found = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: found, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
