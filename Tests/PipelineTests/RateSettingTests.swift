import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Testing

/// The limits that an operator sets, in the real binary.
@Suite struct RateSettingTests {
    @Test(.timeLimit(.minutes(10)))
    func limitsAreWhatTheEnvironmentSays() async throws {
        let environment = ["FOOTFALL_RATE_SHOP": "77", "FOOTFALL_RATE_ADDRESS": "1/3"]
        try await Deployment.run(with: environment) { deployment in
            let shop = try deployment.addShop()
            try deployment.start(.gateway)
            let url = deployment.url(.gateway, "/v1/pixel/\(shop.account_id)")
            let isUp = await eventually(within: patience) {
                (try? await Self.post(url)) != nil  // refused until it listens
            }
            try #require(isUp)
            var answer = try await Self.post(url)
            // One a second comes back, so a slow machine sends some more.
            while answer.status.code == 202 { answer = try await Self.post(url) }
            #expect(answer.status.code == 429)
            #expect(answer.headers.first(name: "retry-after") == "1")
            #expect(answer.headers.first(name: "ratelimit-policy") == "\"shop\";q=770;w=10, \"address\";q=3;w=3")
        }
    }

    @Test(arguments: ["0", "x", "5/0", "5/5/5", "-1", "2000000"])
    func whatIsNoRateIsRefused(text: String) async throws {
        let environment = [
            "DATABASE_URL": "postgres:///none", "REDIS_URL": "redis://127.0.0.1:1", "FOOTFALL_RATE_SHOP": text,
            "APP_SECRET_KEY": String(repeating: "5a", count: 32), "SHOPIFY_API_SECRET": "x",
        ]
        let process = try FootfallProcess(["serve"], environment: environment)
        let hasEnded = await eventually(within: patience) { !process.isRunning }
        #expect(hasEnded)
        #expect(process.printed().contains("FOOTFALL_RATE_SHOP must be requests a second"))
    }

    private static func post(_ url: String) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.body = .bytes(ByteBuffer(string: #"{"id":"1","name":"page_viewed"}"#))
        return try await HTTPClient.shared.execute(request, timeout: .seconds(30))
    }
}
