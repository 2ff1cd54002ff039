import AsyncHTTPClient
import Cryptography
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// A shop of a deployment whose roles may be dead at any moment: what is sent is sent again, byte for byte, until it is
/// answered.
struct StormShop: Sendable {
    static let domain = "forget.myshopify.com"
    let deployment: Deployment
    let account: String
    let key: String

    struct Answer: Sendable {
        let status: Int, text: String

        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]  // no members
        }
    }
    struct Refused: Error { let path: String, answer: Answer }

    /// A shop with a key for its merchant.
    static func open(_ deployment: Deployment) throws -> StormShop {
        struct Line: Decodable { let key: String }
        let shop = try deployment.addShop(domain)
        let scopes = "analytics:read,leads:read,data:read,privacy:execute"
        let line = try deployment.command("key", "create", "--shop", domain, "--scopes", scopes, "--json")
        let key = try JSONDecoder().decode(Line.self, from: Data(line.utf8)).key
        return StormShop(deployment: deployment, account: shop.account_id, key: key)
    }

    /// The same shop, restored.
    func moved(to deployment: Deployment) -> StormShop {
        StormShop(deployment: deployment, account: account, key: key)
    }

    // MARK: What shoppers, Shopify and the merchant send

    func pixel(_ events: [[String: Any]]) async throws {
        try await send(.POST, .gateway, "/v1/pixel/\(account)", [:], try Self.json(events), expecting: [202])
    }

    /// The identity travels with the body, so that a repeat is known for one.
    func webhook(_ topic: String, _ payload: [String: Any], id: String) async throws {
        let body = try Self.json(payload)
        let mac = HMACSHA256(key: Array(Deployment.secret.utf8)).authenticate(Array(body))
        let headers = [
            "X-Shopify-Topic": topic, "X-Shopify-Shop-Domain": Self.domain, "X-Shopify-Webhook-Id": id,
            "X-Shopify-Hmac-Sha256": Data(mac).base64EncodedString(),
        ]
        try await send(.POST, .gateway, "/webhooks", headers, body, expecting: [200])
    }

    /// A lead of a browser of its own; `lead` lacks the session.
    func lead(_ lead: [String: Any], client: String, at time: String) async throws {
        let headers = ["Origin": "https://\(Self.domain)", "User-Agent": "Mozilla/5.0 (X11; rv:130.0) Firefox/130.0"]
        let start: [String: Any] = [
            "tenantId": Self.domain, "clientId": client, "timestamp": time,
            "page": ["url": "https://\(Self.domain)/", "title": "Shop"],
        ]
        let begun = try await send(
            .POST, .gateway, "/apps/mattressai/session/start", headers, try Self.json(start), expecting: [200])
        var lead = lead
        lead["sessionId"] = begun.json["sessionId"]
        lead["token"] = begun.json["token"]
        try await send(
            .POST, .gateway, "/apps/mattressai/lead", headers, try Self.json(lead), expecting: [200, 201, 202])
    }

    func get(_ path: String, expecting statuses: Set<Int> = [200]) async throws -> Answer {
        try await send(.GET, .api, path, ["Authorization": "Bearer \(key)"], nil, expecting: statuses)
    }

    func post(_ path: String, _ body: [String: Any], expecting statuses: Set<Int> = [200]) async throws -> Answer {
        let json = try Self.json(body)
        return try await send(.POST, .api, path, ["Authorization": "Bearer \(key)"], json, expecting: statuses)
    }

    private static func json(_ value: Any) throws -> Data { try JSONSerialization.data(withJSONObject: value) }

    /// Sends until one of `statuses` is answered; what is refused for good is not sent again.
    @discardableResult
    private func send(
        _ method: HTTPMethod, _ role: Deployment.Role, _ path: String, _ headers: [String: String], _ body: Data?,
        expecting statuses: Set<Int>
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: deployment.url(role, path))
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let ready = request
        var answer: Answer?
        let isAnswered = try await eventually(within: patience) {
            // A connection that dies is what this is about.
            guard let response = try? await HTTPClient.shared.execute(ready, timeout: .seconds(30)),
                let bytes = try? await response.body.collect(upTo: 64 << 20)
            else { return false }
            let heard = Answer(status: Int(response.status.code), text: String(buffer: bytes))
            answer = heard
            if statuses.contains(heard.status) { return true }
            guard heard.status >= 500 || heard.status == 429 else { throw Refused(path: path, answer: heard) }
            return false
        }
        try #require(isAnswered, "\(path) was never answered: \(answer?.text ?? "")")
        return try #require(answer)
    }
}

/// All rows of a list of the API.
extension StormShop {
    func list(_ path: String) async throws -> [[String: Any]] {
        var items: [[String: Any]] = []
        var cursor: String?
        repeat {
            let more = cursor.map { "&cursor=\($0)" } ?? ""
            let page = try await get("\(path)?first=50\(more)").json
            items += page["items"] as? [[String: Any]] ?? []
            let info = page["page_info"] as? [String: Any]
            cursor = info?["has_next_page"] as? Bool == true ? info?["end_cursor"] as? String : nil
        } while cursor != nil
        return items
    }

    /// Metrics of all time by a dimension, or in all.
    func query(_ metrics: [String], by dimensions: [String] = []) async throws -> [[Any]] {
        let body: [String: Any] = [
            "shop": Self.domain, "metrics": metrics, "dimensions": dimensions,
            "date_range": ["2026-11-01", "2026-12-31"], "limit": 1000,
        ]
        return try await post("/api/analytics/query", body).json["rows"] as? [[Any]] ?? []
    }

    /// Until everything answered before now is in the read models.
    func waitUntilComplete() async throws {
        let now = Date().addingTimeInterval(0.001).ISO8601Format(.init(includingFractionalSeconds: true))
        let body: [String: Any] = [
            "shop": Self.domain, "metrics": ["events"], "dimensions": [], "date_range": "today",
        ]
        let isComplete = try await eventually(within: patience) {
            let meta = try await post("/api/analytics/query", body).json["meta"] as? [String: Any]
            return (meta?["complete_until"] as? String ?? "") >= now
        }
        try #require(isComplete, "read models never caught up")
    }

    /// The shop's requests, when all that was asked for before now is over.
    func finishedRequests() async throws -> [[String: Any]] {
        try await waitUntilComplete()
        var requests: [[String: Any]] = []
        let isOver = try await eventually(within: patience) {
            // What nobody has looked at yet has made no request either.
            guard try await areReactorsIdle() else { return false }
            requests = try await list("/api/privacy/requests")
            return requests.allSatisfy { ["done", "refused", "failed"].contains($0["state"] as? String) }
        }
        try #require(isOver, "never over: \(requests)")
        return requests
    }

    /// Reactors have been asked about everything in the log, and no task of theirs is left to do.
    private func areReactorsIdle() async throws -> Bool {
        let lines = try await get("/metrics").text.split(separator: "\n")
        let lags = lines.filter { $0.hasPrefix("footfall_reactor_lag_events{") }
        let tasks = lines.filter { $0.hasPrefix("footfall_reactor_tasks{") && $0.contains("state=\"ready\"") }
        return !lags.isEmpty && (lags + tasks).allSatisfy { $0.hasSuffix(" 0") }
    }
}
