import Endpoints
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Postgres
import ReadModels
import TestSupport

/// The endpoints over a world, with keys and a clock that stands.
struct Site: Sendable {
    let world: World
    let live: LiveFeed
    let keys: [String: String]
    let client: any TestClientProtocol

    static let now = instant("2026-11-20T12:00:00Z")

    /// Lends a site whose keys are `reader` (analytics and leads of the shop), `blind` (no scope that helps here),
    /// `operator` (all shops), `expired` and `revoked`, and what `Sessions` says for sessions.
    static func with<R: Sendable>(
        live isLive: Bool = false, drainedUntil: @escaping @Sendable (Int64) async -> Int64 = { $0 },
        configure: @Sendable (inout EndpointDependencies) -> Void = { _ in },
        _ body: @escaping @Sendable (Site) async throws -> R
    ) async throws -> R {
        try await World.with { world in
            let keys = try await makeKeys(world)
            let live = LiveFeed(world.configuration)
            var dependencies = EndpointDependencies(
                pool: world.pool, engine: QueryEngine(world.configuration, drainedUntil: drainedUntil),
                live: live,
                files: try StaticFiles(folder: PackageFolder.path("dashboards/merchant")), nowMillis: { now })
            dependencies.allowedOrigins = ["https://admin.example.com"]
            dependencies.healthChecks = [HealthCheck("stores") { .pass("fine") }]
            dependencies.samples = [{ [MetricSample("footfall_test_total", .counter, "A test.", value: 3)] }]
            dependencies.sessionTokens = Sessions()
            configure(&dependencies)
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let application = Application(
                router: buildRouter(dependencies), configuration: .init(address: .hostname("127.0.0.1", port: 0)),
                services: isLive ? [live] : [], logger: logger)
            return try await application.test(isLive ? .live : .router) { client in
                try await body(Site(world: world, live: live, keys: keys, client: client))
            }
        }
    }

    private static func makeKeys(_ world: World) async throws -> [String: String] {
        try await world.pool.run { connection in
            func make(_ domain: String?, _ scopes: [Scope], expiresAt: Int64? = nil) throws -> APIKeys.Created {
                try APIKeys.create(domain: domain, scopes: scopes, expiresAt: expiresAt, on: connection)
            }
            let revoked = try make(World.domain, [.analyticsRead])
            _ = try APIKeys.revoke(id: revoked.id, on: connection)
            let lacking = try Scope.allCases.map { scope in
                let others = Scope.allCases.filter { $0 != scope }
                return ("all but \(scope.rawValue)", try make(World.domain, others).key)
            }
            return Dictionary(uniqueKeysWithValues: lacking).merging([
                "reader": try make(World.domain, [.analyticsRead, .leadsRead]).key,
                "blind": try make(World.domain, [.exportsWrite]).key,
                "data": try make(World.domain, [.dataRead]).key,
                "stranger": try make("other.myshopify.com", Scope.allCases).key,
                "operator": try make(nil, [.analyticsRead]).key,
                "expired": try make(World.domain, [.analyticsRead], expiresAt: now - 1).key, "revoked": revoked.key,
                "merchant": "jwt.mattress.7", "stranger's merchant": "jwt.other.8", "stale": "jwt.stale.7",
                "wrong": revoked.key.dropLast() + "x", "garbage": "ffk_x_y", "none": "",
            ]) { first, _ in first }
        }
    }

    /// One request as JSON; `key` names one of the keys.
    func ask(
        _ path: String, _ method: HTTPRequest.Method = .get, key: String = "reader", body: String? = nil,
        headers extra: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = extra
        if let key = keys[key], !key.isEmpty { headers[.authorization] = "Bearer \(key)" }
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return try await client.execute(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
    }
}

/// Sessions of the shops `{name}.myshopify.com`: the token `jwt.{name}.{user}`.
struct Sessions: SessionTokenVerifier {
    func session(of token: String) async throws -> MerchantSession? {
        let parts = token.split(separator: ".")
        guard parts.count == 3, parts[0] == "jwt", parts[1] != "stale" else { return nil }
        return MerchantSession(shop: "\(parts[1]).myshopify.com", user: String(parts[2]))
    }
}

extension TestResponse {
    /// The body as text.
    var text: String { String(buffer: body) }

    /// The body's members.
    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }
}
