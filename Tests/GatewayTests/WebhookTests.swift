import EventModel
import Foundation
import Gateway
import TestSupport
import Testing

/// One signed delivery of the vector files.
struct WebhookVector: Sendable, CustomTestStringConvertible {
    let id: String
    let secrets: [String]
    let body: String
    let headers: [String: String]
    let isSigned: Bool?
    let status: Int?
    var testDescription: String { id }

    static func load(_ name: String) throws -> [WebhookVector] {
        let file = try #require(JSONSerialization.jsonObject(with: Vectors.load(name)) as? [String: Any])
        return try #require(file["cases"] as? [[String: Any]]).map { vector in
            let expected = vector["expected"] as? [String: Any] ?? [:]
            return try WebhookVector(
                id: #require(vector["id"] as? String), secrets: vector["secrets"] as? [String] ?? ["test_secret_key"],
                body: #require(vector["body"] as? String), headers: #require(vector["headers"] as? [String: String]),
                isSigned: expected["hmac_valid"] as? Bool, status: expected["status"] as? Int)
        }
    }

    /// The contract's answer: 401 whenever it does not verify; the API's version is not needed.
    var expectedStatus: Int? {
        if isSigned == false { return 401 }
        return id == "js-missing-x-shopify-api-version" ? 200 : status
    }
}

@Suite struct WebhookTests {
    static let json = ["content-type": "application/json"]

    @Test(arguments: try WebhookVector.load("webhook_hmac") + WebhookVector.load("compliance_webhooks"))
    func `deliveries of the vectors`(vector: WebhookVector) async throws {
        let configuration = GatewayConfiguration(clientSecrets: vector.secrets.map { Array($0.utf8) })
        try await Harness.run(configuration) { harness in
            let answer = try await harness.client.post(
                "/webhooks", vector.body, headers: vector.headers.merging(Self.json) { old, _ in old })
            if let expected = vector.expectedStatus { #expect(answer.status == expected, "\(answer.body)") }
            #expect(answer.headers["access-control-allow-origin"] == nil)
            let stored = try harness.sink.events()
            let isKept =
                answer.status == 200 && vector.headers["X-Shopify-Shop-Domain"] != "never-installed.myshopify.com"
            #expect(stored.count == (isKept ? 1 : 0))
        }
    }

    @Test func `a compressed delivery is checked as it was sent`() async throws {
        let body = #"{"id":1,"email":"jane@example.com"}"#
        let compressed = try BadInputTests.gzip(Array(body.utf8))
        let bomb = try BadInputTests.gzip([UInt8](repeating: 0x20, count: 16 << 20))
        try await Harness.run { harness in
            func request(_ body: [UInt8], signed: [UInt8], encoding: String = "gzip") -> [UInt8] {
                let headers = [
                    "content-encoding": encoding, "x-shopify-topic": "orders/create",
                    "x-shopify-shop-domain": Harness.domain, "x-shopify-hmac-sha256": Signing.webhook(signed),
                ]
                return RawClient.request("POST", "/webhooks", headers: headers, body: body)
            }
            let good = request(compressed, signed: compressed)
            // The signature of what is inside is none of the delivery's; the connection goes on.
            let opened = request(compressed, signed: Array(body.utf8))
            let answers = try await harness.client.exchange(
                [opened + good + request(Array(body.utf8), signed: Array(body.utf8), encoding: "identity") + good],
                answers: 4)
            #expect(answers.map(\.status) == [401, 200, 200, 200])
            let stored = try harness.sink.events()
            #expect(stored.count == 3)
            #expect(Set(stored.map(\.payload)).count == 1)
            for (request, status) in [
                (request(bomb, signed: bomb), 413), (request(bomb, signed: compressed), 401),
                (request(Array(body.utf8), signed: Array(body.utf8)), 400),
                (request(Array(compressed.dropLast(9)), signed: Array(compressed.dropLast(9))), 400),
                (request(compressed, signed: compressed, encoding: "br"), 415),
            ] {
                let answer = try await harness.client.exchange([request])[0]
                #expect(answer.status == status)
            }
            #expect(harness.gateway.metrics.snapshot().receivingBytes == 0)
        }
    }

    @Test func `real payloads keep nothing personal in the clear`() async throws {
        let vectors = try WebhookVector.load("webhook_payloads")
        let shops = Set(vectors.compactMap { $0.headers["X-Shopify-Shop-Domain"]?.lowercased() })
        let directory = TenantDirectory(finder: { key in
            guard case .domain(let domain) = key, let index = shops.sorted().firstIndex(of: domain) else { return nil }
            return Harness.tenant(ShopID(100 + index), domain, account: domain)
        })
        try await Harness.run(directory: directory) { harness in
            for vector in vectors {
                let answer = try await harness.client.post("/webhooks", vector.body, headers: vector.headers)
                #expect(answer.status == 200, "\(vector.id): \(answer.body)")
            }
            let stored = try harness.sink.events()
            #expect(stored.count == vectors.count)
            #expect(stored.allSatisfy { !$0.payload.contains("@example.com") })
        }
    }

    @Test func `repeats share an alias whatever their webhook id`() async throws {
        let vector = try #require(WebhookVector.load("webhook_payloads").first)
        let directory = TenantDirectory(finder: { _ in Harness.tenant(50, "jsmith.myshopify.com", account: "x") })
        try await Harness.run(directory: directory) { harness in
            _ = try await harness.client.post("/webhooks", vector.body, headers: vector.headers)
            harness.clock.advance(1_000)
            _ = try await harness.client.post("/webhooks", vector.body, headers: vector.headers)
            let other = vector.headers.merging(["X-Shopify-Webhook-Id": "another"]) { $1 }
            _ = try await harness.client.post("/webhooks", vector.body, headers: other)
            let stored = try harness.sink.events()
            #expect(stored.count == 3)
            #expect(Set(stored[0].aliases) == Set(stored[1].aliases))
            #expect(stored[0].aliases.count == 2)
            #expect(Set(stored[0].aliases).intersection(stored[2].aliases).count == 1)
            #expect(Set(stored.map(\.record.header.content)).count == 1)
        }
    }

    @Test func `after an uninstall everything is 200 and only compliance topics are kept`() async throws {
        try await Harness.run { harness in
            func deliver(_ topic: String) async throws -> Int {
                let body = #"{"shop_domain":"gone.myshopify.com"}"#
                let headers = [
                    "X-Shopify-Topic": topic, "X-Shopify-Shop-Domain": "Gone.myshopify.com",
                    "X-Shopify-Webhook-Id": topic, "X-Shopify-Hmac-Sha256": Signing.webhook(body, Harness.secret),
                ]
                return try await harness.client.post("/webhooks", body, headers: headers).status
            }
            for topic in ["orders/create", "customers/redact", "shop/redact"] {
                let status = try await deliver(topic)
                #expect(status == 200)
            }
            let names = try harness.sink.events().map(\.record.name)
            #expect(names == ["customers/redact", "shop/redact"])
            let tallies = try harness.sink.tallies()
            #expect(tallies == [.uninstalled: 1])
        }
    }

    @Test(arguments: ["GET", "HEAD", "PUT"]) func `probes are 405`(method: String) async throws {
        try await Harness.run { harness in
            let answer = try await harness.client.send(method, "/webhooks")
            #expect(answer.status == 405)
            #expect(answer.headers["allow"] == "POST, OPTIONS")
        }
    }
}
