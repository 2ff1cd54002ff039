import AsyncHTTPClient
import EventModel
import Logging
import NIOCore
import NIOHTTP1
import Postgres
import Privacy
import Recorder
import Registry
import Shopify
import ShopifyStandIn
import Synchronization
import TestSupport
import Testing

/// An app between real stores and the stand-in; its time is the test's.
struct CoreWorld: Sendable {
    static let domain = "a.myshopify.com"
    static let scopes: [String] = ["read_orders", "write_products"]
    /// Of this process; the tests only ever borrow it.
    static let client = HTTPClient(configuration: AdminTransport.clientConfiguration)

    let standIn: StandIn
    let pool: PostgresPool
    let vault: Vault
    let time: ManualTime
    let tokens: TokenVault
    let admin: AdminClient
    let install: InstallService
    let recorded: Recorded

    /// What was announced.
    final class Recorded: Sendable {
        private let events = Mutex<[(ShopID, OwnEvent)]>([])
        private let isDown = Mutex(false)

        var all: [OwnEvent] { events.withLock { $0.map(\.1) } }
        var names: [String] { all.map(\.name) }
        func setDown(_ down: Bool) { isDown.withLock { $0 = down } }

        func take(_ new: [OwnEvent], _ shop: RecordedShop) throws(RecorderError) -> [RecordOutcome] {
            if isDown.withLock({ $0 }) { throw RecorderError(.unavailable, retryAfterSeconds: 1) }
            events.withLock { $0 += new.map { (shop.id, $0) } }
            return new.map { _ in .recorded }
        }
    }

    static func run(
        _ change: @Sendable (inout StandInConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (CoreWorld) async throws -> Void
    ) async throws {
        let time = ManualTime()
        var configuration = StandInConfiguration(clientID: "app-id", clientSecret: "app-secret") { time.now }
        configuration.schema = try StandInFixtures.schema.get()
        configuration.scopes = scopes
        change(&configuration)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let settings = configuration
        try await TestStores.shared.withDatabase { database in
            try await TestStores.shared.withRedis { redis in
                let pool = PostgresPool(database, size: 4)
                try await StandIn.serving(settings, logger: logger) { standIn in
                    let states = try OAuthStates(redis, credentials: credentials())
                    try await body(try await CoreWorld(standIn, pool, states, time))
                }
                await pool.close()
            }
        }
    }

    private static func credentials() throws -> AppCredentials {
        try #require(AppCredentials(clientID: "app-id", secret: Secret("app-secret")))
    }

    private init(_ standIn: StandIn, _ pool: PostgresPool, _ states: OAuthStates, _ time: ManualTime) async throws {
        let credentials = try Self.credentials()
        let address = try #require(AdminAddress(override: await standIn.address()))
        let transport = AdminTransport(client: Self.client)
        let endpoint = TokenEndpoint(transport: transport, address: address, credentials: credentials)
        let vault = try Vault(currentKey: Vault.newKey())
        let recorded = Recorded()
        tokens = TokenVault(pool: pool, vault: vault, endpoint: endpoint, timing: time.timing)
        admin = AdminClient(
            transport: transport, configuration: AdminConfiguration(address: address), tokens: tokens,
            timing: time.timing)
        install = InstallService(
            configuration: InstallConfiguration(
                credentials: credentials, scopes: Scopes(Self.scopes), redirectURI: "https://app.example/callback",
                address: address),
            states: states, endpoint: endpoint, tokens: tokens, admin: admin,
            announcements: Announcements(pool: pool, vault: vault) { events, shop throws(RecorderError) in
                try recorded.take(events, shop)
            })
        (self.standIn, self.pool, self.vault, self.time, self.recorded) = (standIn, pool, vault, time, recorded)
    }

    /// What a merchant's browser does: opens the address and comes back with a query.
    func agree(at address: String) async throws -> String {
        let answer = try await Self.client.execute(HTTPClientRequest(url: address), timeout: .seconds(10))
        let location = try #require(answer.headers.first(name: "Location"))
        #expect(location.hasPrefix("https://app.example/callback?"))
        return String(location.drop { $0 != "?" }.dropFirst())
    }

    /// An installation by the authorization code grant.
    func installed() async throws -> InstalledShop {
        try await install.finish(query: try await agree(at: try await install.begin(shop: Self.domain)))
    }

    func status() async throws -> ShopRegistration.Status? {
        try await pool.run { try ShopRegistry.find(domain: Self.domain, on: $0)?.status }
    }

    func tokenCount() async throws -> Int64 {
        try await pool.run { try $0.query("select count(*) from shopify.token")[0].int64(0) }
    }

    /// Moves the present installation into the past, as time would.
    func ageInstallation(days: Int) async throws {
        try await pool.run { connection in
            _ = try connection.query(
                "update registry.shop set installed_at = installed_at - make_interval(days => $1)",
                [.int4(Int32(days))])
        }
    }
}
