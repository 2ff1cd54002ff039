import AsyncHTTPClient
import Cryptography
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// A shop of a deployment, as its pixel, its widget, Shopify and its merchant reach it.
struct MarkedShop {
    let deployment: Deployment
    let domain: String
    private let account: String
    let key: String

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
