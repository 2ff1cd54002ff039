import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import ShopifyStandIn
import Synchronization

/// A stand-in that runs during a test, and an app's requests to it.
struct StandInClient: Sendable {
    static let shop = "made-up.myshopify.com"
    static let scopes = [
        "read_orders", "read_products", "read_customers", "write_draft_orders", "write_pixels", "read_customer_events",
    ]
    let standIn: StandIn
    let clock: TestClock
    let token: String

    /// Time that only moves when it is told to.
    final class TestClock: Sendable {
        private let millis = Mutex<Int64>(1_795_132_800_000)
        var now: Int64 { millis.withLock { $0 } }
        func advance(seconds: Int64) { millis.withLock { $0 += seconds * 1000 } }
    }

    static func run(
        _ change: (inout StandInConfiguration) -> Void = { _ in },
        _ body: @Sendable (StandInClient) async throws -> Void
    ) async throws {
        let clock = TestClock()
        var configuration = StandInConfiguration(
            clientID: "test-key", clientSecret: "test-secret", nowMillis: { clock.now })
        configuration.schema = try StandInFixtures.schema.get()
        configuration.scopes = scopes
        change(&configuration)
        try await StandIn.serving(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) {
            let token = $0.install(shop, scopes: scopes)
            try await body(StandInClient(standIn: $0, clock: clock, token: token))
        }
    }

    struct Answer: Sendable {
        var status: Int
        var location: String?
        var body: [UInt8]
        var json: WireValue { (try? WireValue(json: body)) ?? .null }  // what is no JSON has no members
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// A request; the path begins after the shop.
    func send(
        _ method: String, _ path: String, _ headers: [(String, String)] = [], body: WireValue? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: standIn.address(of: Self.shop) + path)
        request.method = .init(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.replaceOrAdd(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body.json()))
        }
        let answer = try await Self.client.execute(request, timeout: .seconds(20))
        let bytes = try await answer.body.collect(upTo: 64 * 1024 * 1024)
        return Answer(
            status: Int(answer.status.code), location: answer.headers.first(name: "Location"),
            body: Array(bytes.readableBytesView))
    }

    private static let client = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))

    func admin(_ query: String, _ variables: WireValue = .object([]), token: String? = nil) async throws -> Answer {
        try await send(
            "POST", "/admin/api/2026-07/graphql.json", [("X-Shopify-Access-Token", token ?? self.token)],
            body: ["query": .string(query), "variables": variables])
    }

    /// The `data` of an answer that must have no errors.
    func data(_ query: String, _ variables: WireValue = .object([])) async throws -> WireValue {
        let answer = try await admin(query, variables)
        guard answer.status == 200, !answer.json.has("errors") else { throw Refused(answer: answer.text) }
        return answer.json["data"]
    }

    func token(_ body: WireValue) async throws -> Answer {
        try await send(
            "POST", "/admin/oauth/access_token",
            body: .object(
                [WireMember("client_id", "test-key"), WireMember("client_secret", "test-secret")] + body.members))
    }

    struct Refused: Error { let answer: String }
}
