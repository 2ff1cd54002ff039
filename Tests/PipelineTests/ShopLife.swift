import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import ShopifyStandIn
import Synchronization
import TestSupport
import Testing

/// A shop at the stand-in, and the app as a real process: what merchants, shoppers and Shopify do to it.
final class ShopLife: Sendable {
    static let domain = "life.myshopify.com"
    static let publicAddress = "https://footfall.example"
    static let clientID = "life-client"
    static let appSecret = "c0ffee1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdeffedcba987654"
    let standIn: StandIn
    let deployment: Deployment
    /// What was answered, and what must not be found anywhere.
    let heard = Mutex<[String]>([])
    let secrets = Mutex<[(name: String, text: String)]>([])
    /// Every answer has to be as it says; nil until the process is ready.
    private let document = Mutex<OpenAPICheck?>(nil)

    /// Starts the stand-in, the stores and all roles, and ends them however `body` ends.
    static func run(_ body: @escaping @Sendable (ShopLife) async throws -> Void) async throws {
        var configuration = StandInConfiguration(
            clientID: clientID, clientSecret: Deployment.secret,
            nowMillis: { Int64(Date().timeIntervalSince1970 * 1000) })
        let schema = PackageFolder.path("Tests/Fixtures/admin-2026-07-subset.graphql")
        configuration.schema = try GraphQLSchema(sdl: String(contentsOfFile: schema, encoding: .utf8))
        configuration.pixelSettings = ["accountID", "endpoint"]
        configuration.redirectURIs = [publicAddress + "/api/auth/shopify/callback"]
        configuration.scopes = [
            "read_products", "read_orders", "read_customers", "read_customer_events", "write_pixels",
            "write_draft_orders", "write_app_proxy",
        ]
        // As the app's configuration file says.
        configuration.appSubscriptions = ["customers/data_request", "customers/redact", "shop/redact"].map {
            ($0, "/webhooks")
        }
        try await StandIn.serving(configuration, logger: Logger(label: "stand-in") { _ in SwiftLogNoOpLogHandler() }) {
            standIn in
            let environment = [
                "SHOPIFY_API_KEY": clientID, "SHOPIFY_APP_URL": publicAddress,
                "SHOPIFY_ADMIN_BASE_URL": await standIn.address(), "APP_SECRET_KEY": appSecret,
                // All that could be said is said, so that it can be looked through.
                "LOG_LEVEL": "trace",
            ]
            try await Deployment.run(with: environment) { deployment in
                try deployment.start(.all)
                standIn.leads(publicAddress, to: deployment.url(.all, ""))
                let life = ShopLife(standIn: standIn, deployment: deployment)
                try await life.waitUntilReady()
                try await body(life)
            }
        }
    }

    private init(standIn: StandIn, deployment: Deployment) {
        self.standIn = standIn
        self.deployment = deployment
    }

    private func waitUntilReady() async throws {
        let ready = await eventually(within: patience) {
            (try? await get("/health/ready").status) == 200  // refused until it listens
        }
        try #require(ready, "never ready: \(printed)")
        let described = try OpenAPICheck(Data(try await get("/openapi.json").text.utf8))
        document.withLock { $0 = described }
    }

    private func expectDocumented(_ method: HTTPMethod, _ path: String, _ answer: Answer) {
        let address = String(path.prefix { $0 != "?" })
        guard let document = document.withLock({ $0 }), let known = document.path(of: address) else { return }
        let problems = document.problems(
            method.rawValue, known, status: answer.status, headers: Set(answer.headers.map { $0.name.lowercased() }),
            type: answer.headers.first(name: "content-type"), body: Data(answer.text.utf8))
        #expect(problems == [])
    }

    /// Everything that the process has printed.
    var printed: String { deployment.process(.all)?.printed() ?? "" }

    // MARK: Requests

    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let text: String
        var json: WireValue { (try? WireValue(jsonText: text)) ?? .null }  // what is no JSON has no members
    }

    private static let client = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))

    func send(
        _ method: HTTPMethod, _ url: String, _ headers: [(String, String)] = [], _ body: WireValue? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.replaceOrAdd(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body.json()))
        }
        let answer = try await Self.client.execute(request, timeout: .seconds(60))
        let bytes = try await answer.body.collect(upTo: 64 << 20)
        let text = String(buffer: bytes)
        let told = Answer(status: Int(answer.status.code), headers: answer.headers, text: text)
        let base = deployment.url(.all, "")
        if url.hasPrefix(base) {
            heard.withLock { $0.append("\(answer.headers) \(text)") }
            expectDocumented(method, "/" + url.dropFirst(base.count).drop { $0 == "/" }, told)
        }
        return told
    }

    func get(_ path: String) async throws -> Answer { try await send(.GET, deployment.url(.all, path)) }

    /// A request of the merchant's embedded page, with a fresh session token.
    func merchant(_ method: HTTPMethod, _ path: String, _ body: WireValue? = nil) async throws -> Answer {
        let token = standIn.mintSessionToken(shop: Self.domain)
        secrets.withLock { $0.append(("session token", token)) }
        return try await send(method, deployment.url(.all, path), [("Authorization", "Bearer \(token)")], body)
    }

    // MARK: What it knows

    /// All items of a list of the data side.
    func items(_ name: String, query: String? = nil) async throws -> [WireValue] {
        var items: [WireValue] = []
        var cursor = WireValue.null
        repeat {
            let answer = try await merchant(
                .POST, "/api/data/shopify/\(name)",
                ["shop": .string(Self.domain), "first": 50, "cursor": cursor, "custom_query": WireValue(query)])
            try #require(answer.status == 200, "\(name): \(answer.status) \(answer.text)")
            items += answer.json["items"].elements
            let page = answer.json["page_info"]
            cursor = page["has_next_page"] == true ? page["end_cursor"] : .null
        } while !cursor.isNull
        return items
    }

    /// The order as the data side has it.
    func order(_ id: Int64) async throws -> WireValue? {
        let answer = try await merchant(
            .POST, "/api/data/shopify/orders", ["shop": .string(Self.domain), "order_id": .string(String(id))])
        return answer.json["items"].elements.first
    }

    /// Totals of all time.
    func totals(_ metrics: [String]) async throws -> [WireValue] {
        let answer = try await merchant(
            .POST, "/api/analytics/query",
            [
                "shop": .string(Self.domain), "metrics": WireValue(metrics), "dimensions": [],
                "date_range": ["2026-01-01", "2026-12-31"],
            ])
        try #require(answer.status == 200, "\(metrics): \(answer.text)")
        return answer.json["rows"].elements.first?.elements ?? []
    }

    func state() async throws -> WireValue { try await merchant(.GET, "/app/api/status").json }

    /// Waits until `condition` holds; what Footfall printed is in the failure.
    func expectEventually(
        _ what: String, _ condition: () async throws -> Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let holds = try await eventually(within: patience, condition)
        try #require(
            holds, "never: \(what)\n\(standIn.problems)\n\(printed.suffix(4000))", sourceLocation: sourceLocation)
    }
}
