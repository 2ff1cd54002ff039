import AsyncHTTPClient
import Cryptography
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// Two shoppers of one browser, every personal field a marker: what is stored of them, what is handed out, and what is
/// left of the one who asks to be forgotten.
@Suite(.serialized) struct ForgettingTests {
    private static let domain = "forget.myshopify.com"
    private static let (listed, kept, other): (Int64, Int64, Int64) = (900_111, 900_222, 900_333)

    @Test(.timeLimit(.minutes(10)))
    func aShopperIsForgottenProvably() async throws {
        try await Deployment.run { deployment in
            try deployment.start(.all)
            let shop = try await MarkedShop.open(deployment, Self.domain)
            let ann = MarkedShopper("annq", number: 1, client: "one-browser")
            let bob = MarkedShopper("bobq", number: 2, client: "one-browser")
            try await theyShop(shop, ann, bob)
            let search = MarkerSearch([ann, bob].flatMap(\.markers.values) + ["ZqkeptVxannq"])
            try nothingIsPlain(shop, search)
            try await dataAreHandedOut(shop, bob)

            let before = try await Picture(shop)
            #expect(try await shop.webhook("customers/redact", ann.redaction(orders: [Self.listed])) == 200)
            let request = try await shop.finished("erasure")
            try receiptHolds(shop, try await shop.get("/api/privacy/requests/\(request)/receipt").text)

            try await annIsGone(shop, ann, before)
            try bobIsComplete(shop, bob)
            for model in try shop.readModels() { try deployment.command("projections", "rebuild", model) }
            try await annIsGone(shop, ann, before)
            try bobIsComplete(shop, bob)

            // The fence holds: what comes late is counted and keeps nothing of her.
            let late = ann.order(Self.listed, street: ann["street"], at: 300)
            #expect(try await shop.webhook("orders/updated", late) == 200)
            try await shop.waitUntilComplete()
            try expectNothing(of: ann, in: try shop.opened())
            try nothingIsPlain(shop, search)
            #expect(try deployment.command("log", "verify").isEmpty == false)
        }
    }

    private func theyShop(_ shop: MarkedShop, _ ann: MarkedShopper, _ bob: MarkedShopper) async throws {
        for (shopper, orders) in [(ann, [Self.listed, Self.kept]), (bob, [Self.other])] {
            #expect(try await shop.webhook("customers/create", shopper.created()) == 200)
            for (index, order) in orders.enumerated() {
                let minute = shopper.number * 100 + index * 40
                #expect(try await shop.pixel(shopper.visit(order: order, from: minute)) == 202)
                // The order that is not to be redacted went to a street of its own.
                let street = order == Self.kept ? "ZqkeptVxannq" : shopper["street"]
                let body = shopper.order(order, street: street, at: minute + 4)
                #expect(try await shop.webhook("orders/create", body) == 200)
                let checkout = shopper.order(order, street: street, at: minute)
                #expect(try await shop.webhook("checkouts/update", checkout) == 200)
            }
            try await shop.lead(of: shopper)
        }
        try await shop.waitUntilComplete()
    }

    /// Everything personal is sealed: in the stores' files, in what was printed, in the log as it is exported.
    private func nothingIsPlain(_ shop: MarkedShop, _ search: MarkerSearch) throws {
        #expect(try search.found(under: shop.deployment.folder) == [])
        #expect(search.found(in: shop.deployment.process(.all)?.printed() ?? "") == [])
        #expect(search.found(in: try shop.deployment.command("log", "export", "--format", "ndjson")) == [])
    }

    private func dataAreHandedOut(_ shop: MarkedShop, _ bob: MarkedShopper) async throws {
        #expect(try await shop.webhook("customers/data_request", bob.dataRequest(orders: [Self.other])) == 200)
        let request = try await shop.finished("access")
        let export = try await shop.get("/api/privacy/requests/\(request)/export")
        #expect(export.status == 200, "\(export.text)")
        for field in ["email", "first", "street", "city", "note", "answer"] {
            #expect(export.text.contains(bob[field]), "\(field) is missing")
        }
        #expect(!export.text.contains("annq"), "another person's data were handed out")
        let page = try await shop.get("/api/privacy/requests/\(request)/export?format=html")
        #expect(page.text.contains("<html") && page.text.contains(bob["street"]))
    }

    private func receiptHolds(_ shop: MarkedShop, _ text: String) throws {
        let file = shop.deployment.folder.appending(path: "receipt.json")
        try text.write(to: file, atomically: true, encoding: .utf8)
        let verify = ["privacy", "receipt", "verify", file.path]
        // Without the stores: the receipt carries all that is needed.
        #expect(try FootfallProcess.run(verify, environment: ["DATABASE_URL": "", "REDIS_URL": ""]).status == 0)
        try text.replacing("erasure", with: "Erasure").write(to: file, atomically: true, encoding: .utf8)
        #expect(try FootfallProcess.run(verify, environment: [:]).status == 1)
    }

    /// All but the order that the request did not list.
    private func annIsGone(_ shop: MarkedShop, _ ann: MarkedShopper, _ before: Picture) async throws {
        let after = try await Picture(shop)
        #expect(after.totals == before.totals)
        // The log as it was, and more behind it.
        #expect(after.lines.prefix(before.lines.count).elementsEqual(before.lines))
        try expectNothing(of: ann, in: try shop.opened())
        for (order, isKept) in [(Self.listed, false), (Self.kept, true)] {
            let found = try await shop.get("/api/data/shopify/orders?order_id=\(order)").text
            #expect(found.contains("#\(order)") && found.contains(ann["email"]) == isKept, "\(found)")
        }
        let customers = try await shop.get("/api/data/shopify/customers?first=50").text
        #expect(!customers.contains(ann["email"]) && !customers.contains(ann["customer"]))
        let leads = try await shop.get("/api/analytics/leads?first=50").text
        #expect(!leads.contains(ann["email"]) && leads.contains("\"erased\""))
    }

    /// No line of the opened log, but those of the order that stays.
    private func expectNothing(of ann: MarkedShopper, in lines: [Substring]) throws {
        let search = MarkerSearch(ann.markers.values)
        let left = lines.filter { !$0.contains("\(Self.kept)") }.flatMap { search.found(in: String($0)) }
        #expect(Set(left) == [])
        #expect(lines.contains { $0.contains("ZqkeptVxannq") }, "an order was erased that was not to be")
    }

    private func bobIsComplete(_ shop: MarkedShop, _ bob: MarkedShopper) throws {
        let text = try shop.opened().joined(separator: "\n")
        for (field, marker) in bob.markers where field != "agent" && field != "address" {
            #expect(text.contains(marker), "\(field) of another shopper is gone")
        }
    }

    /// What a merchant sees in numbers, and the log's lines as anybody may see them.
    private struct Picture {
        let totals: String
        let lines: [Substring]

        init(_ shop: MarkedShop) async throws {
            totals = try await shop.totals()
            lines = try shop.deployment.command("log", "export", "--format", "ndjson").split(separator: "\n")
        }
    }
}

/// A shop of a deployment, as its pixel, its widget, Shopify and its merchant reach it.
struct MarkedShop {
    let deployment: Deployment
    let domain: String
    private let account: String
    private let key: String

    struct Answer { let status: Int, text: String }

    static func open(_ deployment: Deployment, _ domain: String) async throws -> MarkedShop {
        struct Line: Decodable { let key: String }
        let shop = try deployment.addShop(domain)
        let scopes = "analytics:read,leads:read,data:read,privacy:execute"
        let line = try deployment.command("key", "create", "--shop", domain, "--scopes", scopes, "--json")
        let key = try JSONDecoder().decode(Line.self, from: Data(line.utf8)).key
        let opened = MarkedShop(deployment: deployment, domain: domain, account: shop.account_id, key: key)
        let ready = await eventually(within: patience) {
            (try? await opened.get("/health/ready").status) == 200  // refused until it listens
        }
        try #require(ready, "never ready: \(deployment.process(.all)?.printed() ?? "")")
        return opened
    }

    func get(_ path: String) async throws -> Answer {
        try await send(.GET, path, ["Authorization": "Bearer \(key)"], nil)
    }

    func pixel(_ events: [[String: Any]]) async throws -> Int {
        try await send(.POST, "/v1/pixel/\(account)", [:], JSONSerialization.data(withJSONObject: events)).status
    }

    func webhook(_ topic: String, _ payload: [String: Any]) async throws -> Int {
        let body = try JSONSerialization.data(withJSONObject: payload)
        let mac = HMACSHA256(key: Array(Deployment.secret.utf8)).authenticate(Array(body))
        let headers = [
            "X-Shopify-Topic": topic, "X-Shopify-Shop-Domain": domain, "X-Shopify-Webhook-Id": UUID().uuidString,
            "X-Shopify-Hmac-Sha256": Data(mac).base64EncodedString(),
        ]
        return try await send(.POST, "/webhooks", headers, body).status
    }

    func lead(of shopper: MarkedShopper) async throws {
        let origin = ["Origin": "https://\(domain)"]
        let start: [String: Any] = [
            "tenantId": domain, "clientId": shopper.client, "page": ["url": "https://\(domain)/", "title": "Shop"],
        ]
        let begun = try await send(
            .POST, "/apps/mattressai/session/start", origin, JSONSerialization.data(withJSONObject: start))
        let session = try JSONSerialization.jsonObject(with: Data(begun.text.utf8)) as? [String: Any]
        var lead = shopper.lead(session: session?["sessionId"] as? String ?? "")
        lead["token"] = session?["token"] as? String
        let answer = try await send(
            .POST, "/apps/mattressai/lead", origin, JSONSerialization.data(withJSONObject: lead))
        #expect((200..<300).contains(answer.status), "\(answer.text)")
    }

    /// Every sum that an erasure must leave as it is, by the dimensions that a person could vanish from.
    func totals() async throws -> String {
        let queries: [([String], [String])] = [
            (["sessions", "visitors", "pageviews", "events", "engaged_sessions", "leads", "lead_rate"], ["time:day"]),
            (["sessions", "purchases", "checkouts"], ["visit:source"]),
            (["orders", "units", "gross_sales", "net_sales", "total_sales", "new_customers"], ["time:day"]),
            (["orders", "net_sales"], ["order:customer_type"]),
        ]
        var texts: [String] = []
        for (metrics, dimensions) in queries {
            let body: [String: Any] = [
                "shop": domain, "metrics": metrics, "dimensions": dimensions,
                "date_range": ["2026-11-01", "2026-12-31"],
            ]
            let answer = try await send(
                .POST, "/api/analytics/query", ["Authorization": "Bearer \(key)"],
                JSONSerialization.data(withJSONObject: body))
            try #require(answer.status == 200, "\(answer.text)")
            let json = try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [String: Any]
            let cells: [Any] = [json?["rows"] ?? [], json?["totals"] ?? []]
            texts.append(String(decoding: try JSONSerialization.data(withJSONObject: cells), as: UTF8.self))
        }
        return texts.joined(separator: "\n")
    }

    func waitUntilComplete() async throws {
        let now = Date().addingTimeInterval(0.001).ISO8601Format(.init(includingFractionalSeconds: true))
        let body: [String: Any] = ["shop": domain, "metrics": ["events"], "dimensions": [], "date_range": "today"]
        let complete = try await eventually(within: patience) {
            let answer = try await send(
                .POST, "/api/analytics/query", ["Authorization": "Bearer \(key)"],
                JSONSerialization.data(withJSONObject: body))
            let json = try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [String: Any]
            let meta = json?["meta"] as? [String: Any]
            return (meta?["complete_until"] as? String ?? "") >= now
        }
        try #require(complete, "read models never caught up")
    }

    /// The id of the newest request of a kind, once it is done.
    func finished(_ kind: String) async throws -> String {
        var id: String?
        var last = ""
        let done = try await eventually(within: patience) {
            last = try await get("/api/privacy/requests").text
            let json = try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any]
            let items = json?["items"] as? [[String: Any]] ?? []
            let request = items.first { $0["kind"] as? String == kind }
            id = request?["id"] as? String
            return request?["state"] as? String == "done"
        }
        try #require(done, "never done: \(last)\n\(deployment.process(.all)?.printed().suffix(4000) ?? "")")
        return try #require(id)
    }

    /// The log with everything that any key still opens.
    func opened() throws -> [Substring] {
        try deployment.command("log", "export", "--format", "ndjson", "--open-personal").split(separator: "\n")
    }

    func readModels() throws -> [String] {
        let list = try deployment.command("projections", "list", "--json")
        let json = try JSONSerialization.jsonObject(with: Data(list.utf8)) as? [[String: Any]]
        return Set((json ?? []).compactMap { $0["name"] as? String }).sorted()
    }

    private func send(
        _ method: HTTPMethod, _ path: String, _ headers: [String: String], _ body: Data?
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: deployment.url(.all, path))
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        return Answer(
            status: Int(response.status.code), text: String(buffer: try await response.body.collect(upTo: 64 << 20)))
    }
}
