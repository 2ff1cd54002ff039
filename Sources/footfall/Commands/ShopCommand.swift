internal import ArgumentParser
internal import Endpoints
internal import EventModel
internal import Postgres
internal import Privacy
internal import ReadModels
internal import Registry

struct ShopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shop", abstract: "Tenants: add, list, show, move, remove.",
        subcommands: [Add.self, List.self, Show.self, Move.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a shop, or brings an uninstalled one back; prints the account id its pixel posts under.",
            discussion: "For a shop that is active only its other hosts may be given anew.")
        @Argument(help: "The shop's domain, NAME.myshopify.com.") var domain: String
        @Option(help: "IANA time zone, such as Europe/Berlin.") var timezone: String
        @Option(help: "ISO 4217 currency, such as EUR.") var currency: String
        @Option(help: "Another host that the storefront is served from; may be repeated.") var host: [String] = []
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var stores: StoreOptions

        func validate() throws {
            guard Zone(identifier: timezone) != nil else {
                throw ValidationError("\(timezone) is no IANA time zone such as Europe/Berlin.")
            }
            do {
                _ = try ShopRegistry.normalised(domain: domain)
                _ = try ShopRegistry.checked(currency: currency)
            } catch let refusal as ShopRegistry.Refusal {
                throw ValidationError(refusal.message)
            }
        }

        func run() async throws {
            let shop = try await stores.withSettings { settings in
                let vault = try Vault(currentKey: settings.appSecretKey, previousKey: settings.previousAppSecretKey)
                return try await settings.withPostgres { connection in
                    let active = try ShopRegistry.find(domain: domain, on: connection).flatMap {
                        $0.status == .active ? $0 : nil
                    }
                    try active.map(checkUnchanged)
                    return try ShopRegistry.add(
                        domain: domain, timezone: timezone, currency: currency,
                        hosts: host.isEmpty ? active?.hosts ?? [] : host, wrappedKey: vault.wrap(Vault.newKey()),
                        on: connection)
                }
            }
            try ShopLine(shop).show(json: json)
        }

        /// Days and amounts of the past were counted in the shop's zone and currency: they do not change by the way.
        private func checkUnchanged(_ shop: ShopRegistration) throws {
            guard shop.timezone != timezone || shop.currency != currency else { return }
            throw CommandFailure(
                "\(shop.domain) is active already, with \(shop.timezone) and \(shop.currency); nothing was changed. To have "
                    + "it begin anew with others: `footfall shop remove \(shop.domain)`, then add it again.")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists all shops.")
        @Flag(help: "Print a JSON array.") var json = false
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let shops = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { try ShopRegistry.list(on: $0) }
            }.map(ShopLine.init)
            if json { return try Terminal.print(json: shops) }
            Terminal.print(
                table: ["SHOP", "STATUS", "LANE", "TIMEZONE", "CURRENCY", "ACCOUNT"],
                shops.map { [$0.shop, $0.status, String($0.lane), $0.timezone, $0.currency, $0.account_id] })
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows one shop: its install, webhooks, web pixel and the import of its history.")
        @Argument var domain: String
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let domain = domain
            let line = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { connection in
                    guard let shop = try ShopRegistry.find(domain: domain, on: connection) else {
                        throw CommandFailure("There is no shop \(domain).")
                    }
                    let app = try Installation.read(shop.id, wanted: settings.shopify.scopes, on: connection)
                    return ShopLine(shop, app)
                }
            }
            try line.show(json: json)
        }
    }

    struct Move: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Puts a shop that has no events yet into another lane.",
            discussion: """
                A shop that has sent events stays where it is: its order, its repeats and its read models are of its \
                lane. What waits in the buffer is taken into the log first, to know. A lane that is new has to be \
                known to the processes that run: they read the lanes when they start.
                """)
        @Argument var domain: String
        @Option(help: "The lane's number; a new one is made.") var lane: Int16
        @OptionGroup var stores: StoreOptions

        func validate() throws {
            guard lane >= 0 else { throw ValidationError("A lane's number is 0 or more.") }
        }

        func run() async throws {
            let line = try await stores.withSettings(needsSecrets: false) { settings in
                try await ShopMove(settings, domain: domain, to: lane).run()
            }
            Terminal.print(line)
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends a tenancy: nothing more is accepted. What the log holds stays until it is redacted.")
        @Argument var domain: String
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let removed = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { try ShopRegistry.uninstall(domain: domain, on: $0) }
            }
            guard removed else { throw CommandFailure("There is no shop \(domain).") }
            Terminal.print("\(domain) is uninstalled.")
        }
    }
}

/// A shop as `--json` prints it (contract: Commands).
private struct ShopLine: Encodable, Sendable {
    let shop: String
    let id: Int32
    let lane: Int16
    let account_id: String
    let status: String
    let timezone: String
    let currency: String
    let hosts: [String]
    /// Only where one shop is shown.
    let app: AppLine?

    init(_ shop: ShopRegistration) { self.init(shop, nil) }

    init(_ shop: ShopRegistration, _ installation: Installation?) {
        self.shop = shop.domain
        id = shop.id
        lane = shop.lane
        account_id = shop.accountID
        status = shop.status.rawValue
        timezone = shop.timezone
        currency = shop.currency
        hosts = shop.hosts
        app = installation.map { AppLine($0, of: shop.domain) }
    }

    func show(json: Bool) throws {
        if json { return try Terminal.print(json: self) }
        Terminal.print(
            """
            shop      \(shop)  (\(status), lane \(lane), \(timezone), \(currency))
            account   \(account_id)
            pixel     POST /v1/pixel/\(account_id)
            """)
        app?.show()
    }
}

/// How it stands with the app in a shop, as `shop show --json` prints it.
private struct AppLine: Encodable, Sendable {
    struct Pixel: Encodable, Sendable {
        let status: String
        let id: String?
        let version: Int64
        let detail: String?
    }

    struct PixelChangeLine: Encodable, Sendable {
        let at: String
        let action: String
        let status: String
        let version: Int64
        let detail: String?
    }

    struct Webhooks: Encodable, Sendable {
        let wanted: Int
        let registered: Int
        let failing: [String]
    }

    let connected: Bool
    let scopes: [String]
    let missing_scopes: [String]
    let webhooks: Webhooks?
    let pixel: Pixel?
    let pixel_history: [PixelChangeLine]
    let imports: [ImportLine]

    init(_ installation: Installation, of shop: String) {
        connected = installation.isConnected
        scopes = installation.scopes
        missing_scopes = installation.missingScopes
        webhooks = installation.webhooks.map {
            Webhooks(wanted: $0.wanted, registered: $0.registered, failing: $0.failing)
        }
        pixel = installation.pixel.map { Pixel(status: $0.status, id: $0.id, version: $0.version, detail: $0.detail) }
        pixel_history = installation.pixelHistory.map {
            PixelChangeLine(
                at: Timestamp.text($0.at), action: $0.action, status: $0.state.status, version: $0.state.version,
                detail: $0.state.detail)
        }
        imports = installation.imports.map { ImportLine($0, of: shop) }
    }

    func show() {
        let lacking = missing_scopes.isEmpty ? "" : ", not granted: \(missing_scopes.joined(separator: ", "))"
        Terminal.print("shopify   \(connected ? "connected" : "not connected")\(lacking)")
        if let webhooks {
            let failing = webhooks.failing.isEmpty ? "" : ", failing: \(webhooks.failing.joined(separator: ", "))"
            Terminal.print("webhooks  \(webhooks.registered) of \(webhooks.wanted)\(failing)")
        }
        if let pixel {
            Terminal.print("extension \(pixel.status), version \(pixel.version)\(pixel.detail.map { ": \($0)" } ?? "")")
        }
        for line in imports {
            let total = line.total.map { " of \($0)" } ?? ""
            Terminal.print("history   \(line.resource): \(line.status), \(line.count)\(total)")
        }
    }
}
