import EventModel
import Gateway
import NIOCore
import NIOPosix
import Pipelines
import Privacy
import Synchronization
import TestSupport

/// A gateway with shops, a sink in memory, and a server on a port of its own.
struct Harness {
    let gateway: Gateway
    let sink: MemorySink
    let port: Int
    let clock: TestClock
    var client: RawClient { RawClient(port: port) }

    static let account = "acct_one"
    static let domain = "shop1.myshopify.io"
    /// Saturday, 2026-11-21T10:00:00Z.
    static let now: Int64 = 1_795_255_200_000
    static let secret = Array("test_secret_key".utf8)

    static let pipelines: PipelineCatalog = {
        do { return try PipelineCatalog.load(folder: PackageFolder.path("pipelines")) } catch { fatalError("\(error)") }
    }()

    static let tenants: [Tenant] = [
        tenant(1, domain, account: account, hosts: ["www.shop1.example"]),
        tenant(2, "gone.myshopify.com", account: "acct_gone", isActive: false),
        tenant(3, "snowdevil.myshopify.com", account: "acct_snow", lane: 2),
        tenant(4, "acme-widgets.myshopify.com", account: "acct_acme"),
        tenant(5, "demo.myshopify.com", account: "acct_demo"),
        tenant(6, "your-store.myshopify.com", account: "acct_store"),
        tenant(7, "test-store.myshopify.com", account: "acct_test"),
        tenant(8, "other-shop.myshopify.com", account: "acct_other"),
        tenant(9, "installed.myshopify.com", account: "acct_installed", shopifyID: 548_380_009),
        tenant(10, "neighbour.myshopify.com", account: "acct_neighbour", shopifyID: 548_380_010),
    ]

    static func tenant(
        _ id: ShopID, _ domain: String, account: String, hosts: [String] = [], lane: Lane = 0, isActive: Bool = true,
        shopifyID: Int64? = nil
    ) -> Tenant {
        let keys = ShopKeys(shopKey: [UInt8](repeating: UInt8(id), count: 32))
        return Tenant(
            id: id, lane: lane, domain: domain, accountID: account, hosts: hosts, isActive: isActive,
            shopifyID: shopifyID, keys: keys)
    }

    static func configuration(_ change: (inout GatewayConfiguration) -> Void = { _ in }) -> GatewayConfiguration {
        var configuration = GatewayConfiguration(clientSecrets: [secret])
        change(&configuration)
        return configuration
    }

    static func gateway(
        _ configuration: GatewayConfiguration, clock: TestClock, directory: TenantDirectory? = nil,
        chat: (any ChatDesk)? = nil
    ) -> Gateway {
        let tenants = directory ?? TenantDirectory()
        tenants.replace(with: Self.tenants)
        let day = now / DailySalts.dayMillis
        let salts = SaltBox(DailySalts([DailySalt(day: day, bytes: Array(repeating: 7, count: 32))]))
        let parts = Gateway.Parts(tenants: tenants, pipelines: pipelines, salts: salts, chat: chat)
        return Gateway(configuration: configuration, parts: parts, clock: { clock.millis })
    }

    /// Runs a gateway for the time of `body`.
    static func run(
        _ configuration: GatewayConfiguration = configuration(), rest: IngestChannel.Rest = .none,
        directory: TenantDirectory? = nil, chat: (any ChatDesk)? = nil,
        _ body: @Sendable (Harness) async throws -> Void
    ) async throws {
        let clock = TestClock(now)
        let gateway = gateway(configuration, clock: clock, directory: directory, chat: chat)
        let sink = MemorySink()
        let group = MultiThreadedEventLoopGroup.singleton
        let (ports, found) = AsyncStream.makeStream(of: Int.self)
        let server = IngestServer(gateway: gateway, host: "127.0.0.1", port: 0, eventLoopGroup: group, rest: rest) {
            found.yield($0)
        }
        let committer = GroupCommitter(gateway: gateway, sink: sink, eventLoopGroup: group)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await committer.run() }
            tasks.addTask { try await server.run() }
            for await port in ports {
                try await body(Harness(gateway: gateway, sink: sink, port: port, clock: clock))
                break
            }
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
    }

    func pixel(
        _ body: String, account: String = Harness.account, query: String = "",
        headers: [String: String] = ["content-type": "text/plain;charset=UTF-8"]
    ) async throws -> RawClient.Response {
        try await client.post("/v1/pixel/\(account)\(query)", body, headers: headers)
    }
}

final class TestClock: Sendable {
    private let now: Mutex<Int64>
    init(_ millis: Int64) { now = Mutex(millis) }
    var millis: Int64 { now.withLock { $0 } }
    func advance(_ millis: Int64) { now.withLock { $0 += millis } }
}

/// A pixel event as text.
func event(
    id: String = "sh-1", name: String = "page_viewed", time: String = "2026-11-21T09:59:00.000Z", more: String = ""
) -> String {
    #"{"id":"\#(id)","name":"\#(name)","timestamp":"\#(time)","clientId":"c7b3f99b-4d34-463b-835f-c879482a7750"\#(more)}"#
}
