internal import ArgumentParser
internal import EventModel
internal import Foundation
internal import Postgres
internal import Privacy
internal import Registry

struct ShopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shop", abstract: "Tenants: add, list, show, move, remove.",
        subcommands: [Add.self, List.self, Show.self, Move.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a shop, or brings an uninstalled one back; prints the account id its pixel posts under.")
        @Argument(help: "The shop's domain, NAME.myshopify.com.") var domain: String
        @Option(help: "IANA time zone, such as Europe/Berlin.") var timezone: String
        @Option(help: "ISO 4217 currency, such as EUR.") var currency: String
        @Option(help: "Another host that the storefront is served from; may be repeated.") var host: [String] = []
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var stores: StoreOptions

        func validate() throws {
            guard TimeZone(identifier: timezone) != nil else {
                throw ValidationError("\(timezone) is no IANA time zone such as Europe/Berlin.")
            }
        }

        func run() async throws {
            let shop = try await stores.withSettings { settings in
                let vault = try Vault(currentKey: settings.appSecretKey, previousKey: settings.previousAppSecretKey)
                return try await settings.withPostgres { connection in
                    try ShopRegistry.add(
                        domain: domain, timezone: timezone, currency: currency, hosts: host,
                        wrappedKey: vault.wrap(Vault.newKey()), on: connection)
                }
            }
            try ShopLine(shop).show(json: json)
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
        static let configuration = CommandConfiguration(abstract: "Shows one shop.")
        @Argument var domain: String
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let shop = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { try ShopRegistry.find(domain: domain, on: $0) }
            }
            guard let shop else { throw CommandFailure("There is no shop \(domain).") }
            try ShopLine(shop).show(json: json)
        }
    }

    struct Move: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Puts a shop that has no events yet into another lane.")
        @Argument var domain: String
        @Option(help: "The lane's number; a new one is made.") var lane: Int16
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let moved = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { try ShopRegistry.move(domain: domain, to: lane, on: $0) }
            }
            guard moved else { throw CommandFailure("There is no shop \(domain).") }
            Terminal.print("\(domain) is in lane \(lane) from now on.")
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
private struct ShopLine: Encodable {
    let shop: String
    let id: Int32
    let lane: Int16
    let account_id: String
    let status: String
    let timezone: String
    let currency: String
    let hosts: [String]

    init(_ shop: ShopRegistration) {
        self.shop = shop.domain
        id = shop.id
        lane = shop.lane
        account_id = shop.accountID
        status = shop.status.rawValue
        timezone = shop.timezone
        currency = shop.currency
        hosts = shop.hosts
    }

    func show(json: Bool) throws {
        if json { return try Terminal.print(json: self) }
        Terminal.print(
            """
            shop      \(shop)  (\(status), lane \(lane), \(timezone), \(currency))
            account   \(account_id)
            pixel     POST /v1/pixel/\(account_id)
            """)
    }
}
