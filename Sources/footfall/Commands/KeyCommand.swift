internal import ArgumentParser
internal import Endpoints
internal import EventModel
internal import Foundation

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "API keys: shown once, stored hashed, scoped, expiring.",
        subcommands: [Create.self, List.self, Revoke.self, RotateVault.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes a key and prints it, once.")
        @Option(help: "The shop that the key opens.") var shop: String?
        @Flag(help: "The key opens every shop (operators).") var allShops = false
        @Option(help: "Scopes, separated by commas: \(Scope.allCases.map(\.rawValue).joined(separator: ", ")).")
        var scopes: String
        @Option(help: "How long it lives, such as 90d, 12h or 1y; for ever by default.") var expires: String?
        @Option(help: "What it is for.") var label = ""
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var stores: StoreOptions

        func validate() throws {
            guard (shop == nil) == allShops else { throw ValidationError("Give either --shop DOMAIN or --all-shops.") }
            _ = try parsedScopes()
            _ = try expiry()
        }

        func run() async throws {
            let scopes = try parsedScopes()
            let expiresAt = try expiry()
            let (domain, label) = (shop, label)
            let made = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres {
                    try APIKeys.create(domain: domain, scopes: scopes, label: label, expiresAt: expiresAt, on: $0)
                }
            }
            if json {
                try Terminal.print(json: CreatedLine(made))
            } else {
                Terminal.print(made.key)
                Terminal.error("This key is shown only now. Its id is \(made.id).")
            }
        }

        /// Each once, in the order they were given.
        private func parsedScopes() throws -> [Scope] {
            let names = scopes.split(separator: ",")
            guard !names.isEmpty else { throw ValidationError("Give at least one scope.") }
            var known: Set<Scope> = []
            return try names.map { name in
                guard let scope = Scope(rawValue: name.trimmingCharacters(in: .whitespaces)) else {
                    let all = Scope.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("\(name) is no scope; scopes are \(all).")
                }
                return scope
            }.filter { known.insert($0).inserted }
        }

        /// The end in Unix milliseconds.
        private func expiry() throws -> Int64? {
            guard let expires else { return nil }
            let units: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000]
            guard let unit = expires.last.flatMap({ units[$0] }), let count = Int64(expires.dropLast()), count > 0,
                count < 100_000
            else { throw ValidationError("--expires is a number and m, h, d, w or y, such as 90d.") }
            return (Int64(Date().timeIntervalSince1970) + count * unit) * 1000
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists all keys, never the keys themselves.")
        @Flag(help: "Print a JSON array.") var json = false
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let keys = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { try APIKeys.list(on: $0) }
            }.map(ListedLine.init)
            if json { return try Terminal.print(json: keys) }
            Terminal.print(
                table: ["ID", "SHOP", "SCOPES", "EXPIRES", "LAST USED", "LABEL"],
                keys.map {
                    [
                        $0.id, $0.shop ?? "all shops", $0.scopes.joined(separator: ","),
                        $0.revoked_at.map { "revoked " + $0 } ?? $0.expires_at ?? "never", $0.last_used_at ?? "never",
                        $0.label,
                    ]
                })
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Ends a key; servers refuse it within a second.")
        @Argument(help: "The key's id.") var id: String
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let id = self.id
            let revoked = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { try APIKeys.revoke(id: id, on: $0) }
            }
            guard revoked else { throw CommandFailure("There is no key \(id) in use.") }
            Terminal.print("Key \(id) is revoked.")
        }
    }
}

/// A key as `key create --json` prints it (contract: Commands).
private struct CreatedLine: Encodable {
    let id: String
    let key: String
    let shop: String?
    let scopes: [String]
    let expires_at: String?

    init(_ made: APIKeys.Created) {
        id = made.id
        key = made.key
        shop = made.shop
        scopes = made.scopes.map(\.rawValue)
        expires_at = made.expiresAt.map(Timestamp.text)
    }

    private enum CodingKeys: String, CodingKey { case id, key, shop, scopes, expires_at }

    /// Nulls are written, so that scripts find every name.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(key, forKey: .key)
        try container.encode(shop, forKey: .shop)
        try container.encode(scopes, forKey: .scopes)
        try container.encode(expires_at, forKey: .expires_at)
    }
}

private struct ListedLine: Encodable {
    let id: String
    let shop: String?
    let scopes: [String]
    let label: String
    let created_at: String
    let expires_at: String?
    let revoked_at: String?
    let last_used_at: String?

    init(_ key: APIKeys.Listed) {
        id = key.id
        shop = key.shop
        scopes = key.scopes
        label = key.label
        created_at = Timestamp.text(key.createdAt)
        expires_at = key.expiresAt.map(Timestamp.text)
        revoked_at = key.revokedAt.map(Timestamp.text)
        last_used_at = key.lastUsedAt.map(Timestamp.text)
    }
}
