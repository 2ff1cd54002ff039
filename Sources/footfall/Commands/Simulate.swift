internal import ArgumentParser
internal import AsyncHTTPClient
internal import Cryptography
internal import EventModel
internal import Foundation
internal import NIOCore
internal import Registry
internal import Simulator

struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sends realistic storefront traffic over HTTP and prints its true totals as JSON.",
        discussion: """
            The same seed and the same end make the same events. Sending them again changes no number of pixel and orders; \
            the widget's sessions begin anew, as they would in a browser, and what they send again is quarantined.
            """)

    @Option(help: "The shop's domain; it must have been added.") var shop: String
    @Option(help: "Days of history up to the end.") var days = 30
    @Option(help: "Visits on an average day.") var rate = 200.0
    @Option(help: "Decides everything that is left to chance.") var seed: UInt64 = 1
    @Option(help: "The last instant, ISO 8601; the beginning of this hour by default.") var until: String?
    @Option(help: "Where Footfall listens.") var url: String?
    @Flag(
        help: "Tell visitors apart by X-Forwarded-For (Footfall must trust this machine as a proxy) and send countries."
    )
    var forwarded = false
    @Flag(inversion: .prefixedNo, help: "Send orders, carts and checkouts by webhook.") var webhooks = true
    @Flag(inversion: .prefixedNo, help: "Let a share of the visits use the widget.") var widget = true
    @Flag(help: "Accepted for scripts; the totals are JSON in any case.") var json = false
    @OptionGroup var stores: StoreOptions

    func validate() throws {
        guard days > 0, days <= 3660 else { throw ValidationError("--days is 1 to 3660.") }
        guard rate > 0 else { throw ValidationError("--rate is a positive number of visits a day.") }
        if let until, Timestamp.parse(until) == nil { throw ValidationError("--until must be an ISO 8601 time.") }
    }

    func run() async throws {
        let totals = try await stores.withSettings { settings in
            let domain = shop
            guard let tenant = try await settings.withPostgres({ try ShopRegistry.find(domain: domain, on: $0) }) else {
                throw CommandFailure("There is no shop \(shop); add it with `footfall shop add`.")
            }
            let base = url ?? "http://\(settings.host):\(settings.port)"
            let traffic = Traffic(tenant, secret: settings.apiSecrets[0], forwarded: forwarded)
            var plan = traffic.plan(seed: seed, endingAt: until.flatMap(Timestamp.parse) ?? Self.thisHour())
            plan.days = days
            plan.sessionsPerDay = rate
            plan.webhooks = webhooks
            if !widget { plan.shareWidget = 0 }
            return try await Self.send(plan, traffic.options, to: base)
        }
        try Terminal.print(json: totals)
    }

    private static func send(
        _ plan: PlanOptions, _ options: SimulationOptions, to base: String
    ) async throws -> TrueTotals {
        // An address where nobody listens is told at once, not tried until a request's time is over.
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(configuration: configuration)
        defer { client.shutdown { _ in } }
        try await reach(base, client)
        let progress = ProgressLine("sending")
        return try await Simulation.run(
            plan, options, client: client, baseURL: base, progress: { progress.show($0, of: $1) })
    }

    /// How long a server that is just being started is waited for.
    private static let reachMax: Duration = .seconds(10)
    /// Of one try, so that it is soon told that nobody answers.
    private static let reachAttemptSeconds: Int64 = 2
    private static let reachInterval: Duration = .milliseconds(250)

    /// Returns at the first answer, whatever it says; fails where none comes.
    private static func reach(_ base: String, _ client: HTTPClient) async throws {
        let deadline = ContinuousClock.now + reachMax
        var hasTold = false
        while true {
            do {
                let request = HTTPClientRequest(url: base + "/health/live")
                _ = try await client.execute(request, timeout: .seconds(reachAttemptSeconds))
                return
            } catch {
                let reason = "\(base) does not answer (\(error))"
                guard ContinuousClock.now < deadline, !(error is CancellationError) else {
                    throw CommandFailure("\(reason). Name the address by --url or FOOTFALL_LISTEN; nothing was sent.")
                }
                if !hasTold { Terminal.error("\(reason); trying for \(reachMax.components.seconds) s.") }
                hasTold = true
                try await Task.sleep(for: reachInterval)
            }
        }
    }

    private static func thisHour() -> Int64 {
        Int64(Date().timeIntervalSince1970) / 3600 * 3_600_000
    }
}

/// A shop's simulated traffic: what `simulate` and the demo have in common.
struct Traffic {
    let shop: ShopRegistration
    let options: SimulationOptions
    private let forwarded: Bool

    init(_ shop: ShopRegistration, secret: String, forwarded: Bool) {
        let key = Array(secret.utf8)
        self.shop = shop
        self.forwarded = forwarded
        var options = SimulationOptions(accountID: shop.accountID) { body in
            Base64.encode(HMACSHA256.authenticate(body, key: key))
        }
        options.addressing = forwarded ? .forwardedFor : .userAgentSuffix
        self.options = options
    }

    func plan(seed: UInt64, endingAt: Int64) -> PlanOptions {
        var plan = PlanOptions(
            seed: seed, shop: shop.domain, storefrontHost: shop.hosts.first ?? shop.domain, endingAt: endingAt)
        plan.currency = shop.currency
        plan.timezone = shop.timezone
        plan.countryHeader = forwarded ? "CF-IPCountry" : nil
        return plan
    }
}
