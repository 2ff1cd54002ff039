import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// The public webhook vectors against the real binary, under the shops that they name: some are in Shopify's
/// development domain.
@Suite struct WebhookVectorTests {
    private struct Vector: Decodable {
        struct Expected: Decodable {
            let hmac_valid: Bool
            let status: Int?
        }
        let id: String
        let secrets: [String]
        let body: String
        let headers: [String: String]
        let expected: Expected

        /// 401 whenever it does not verify; the API's version is not needed.
        func status(secrets known: [String]) -> Int? {
            if !expected.hmac_valid || Set(secrets).isDisjoint(with: known) { return 401 }
            return id == "js-missing-x-shopify-api-version" ? 200 : expected.status
        }

        var shop: String? { headers.first { $0.key.lowercased() == "x-shopify-shop-domain" }?.value }
    }

    private struct File: Decodable { let cases: [Vector] }

    @Test(.timeLimit(.minutes(10)))
    func theBinaryAnswersThemAll() async throws {
        let vectors = try JSONDecoder().decode(File.self, from: Vectors.load("webhook_hmac")).cases
        let secrets = ["test_secret_key", "hush"]
        let environment = ["SHOPIFY_API_SECRET": secrets[0], "SHOPIFY_API_SECRET_PREVIOUS": secrets[1]]
        try await Deployment.run(with: environment) { deployment in
            for shop in Set(vectors.compactMap(\.shop)) { #expect(try deployment.addShop(shop).shop == shop) }
            try deployment.start(.gateway)
            let isUp = await eventually(within: patience) {
                (try? await Self.get(deployment.url(.gateway, "/health/ready"))) == 200  // refused until it listens
            }
            try #require(isUp)
            for vector in vectors {
                guard let status = vector.status(secrets: secrets) else { continue }
                #expect(try await Self.deliver(vector, to: deployment) == status, "\(vector.id)")
            }
        }
    }

    private static func get(_ url: String) async throws -> Int {
        Int(try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(10)).status.code)
    }

    private static func deliver(_ vector: Vector, to deployment: Deployment) async throws -> Int {
        var request = HTTPClientRequest(url: deployment.url(.gateway, "/webhooks"))
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        for (name, value) in vector.headers { request.headers.replaceOrAdd(name: name, value: value) }
        request.body = .bytes(ByteBuffer(string: vector.body))
        return Int(try await HTTPClient.shared.execute(request, timeout: .seconds(30)).status.code)
    }
}
