internal import Configuration
internal import EventLog
internal import Foundation
internal import Gateway
internal import Logging
internal import Privacy
internal import Redis
internal import Registry

/// Everything the process is told from outside, validated at start-up. Secrets are never logged or printed.
///
/// | name | meaning | default |
/// |---|---|---|
/// | `DATABASE_URL`, `REDIS_URL` | the stores | required outside `up` |
/// | `APP_SECRET_KEY` (`_PREVIOUS`) | 32 bytes, hex or base64: wraps every shop's key | required outside `up` |
/// | `SESSION_SECRET_KEY` | 16 bytes or more: what is counted by address is kept under it | required by `serve` |
/// | `SHOPIFY_API_SECRET` (`_PREVIOUS`) | signs webhooks and the app proxy | required outside `up` |
/// | `FOOTFALL_LISTEN` | `host:port` | `127.0.0.1:8080` |
/// | `FOOTFALL_TRUSTED_PROXIES` | CIDRs whose forwarding headers are believed | none |
/// | `FOOTFALL_PROXY_ALLOWLIST` | CIDRs that requests signed by the app proxy must come from | anywhere |
/// | `FOOTFALL_RATE_SHOP` | events' requests of one shop in a second, `rate` or `rate/burst` | `100000/200000` |
/// | `FOOTFALL_RATE_ADDRESS` | the same of one client address; if set, of this machine's own too | `500/5000` |
/// | `CORS_ALLOWED_ORIGINS` | origins that may call the data side | none |
/// | `FOOTFALL_ERASURE_JOURNAL` | a file that keeps what was forgotten, outlasting the database | the data folder's |
/// | `FOOTFALL_COUNTRY_FILE` | a MaxMind country database | none |
/// | `FOOTFALL_RETENTION` | `apply`: what has outlived its time is dropped daily; `plan`: it is only told; `off` | `plan` |
/// | `LOG_LEVEL`, `LOG_FORMAT` | `info`; `text` or `json` | |
struct Settings: Sendable {
    var databaseURL: String
    var redisURL: String
    var appSecretKey: [UInt8]
    var previousAppSecretKey: [UInt8]?
    /// Nil where none is set, which `serve` refuses.
    var sessionSecret: [UInt8]?
    var apiSecrets: [String]
    var host: String
    var port: Int
    var trustedProxies: [String]
    var proxyAllowlist: [String]
    /// Nil where the gateway's own hold.
    var shopRate: RateLimit?
    var addressRate: RateLimit?
    var corsOrigins: [String]
    var shopify: ShopifySettings
    var erasureJournal: String?
    var countryFile: String?
    var userAgentExpressions: String?
    var logLevel: Logger.Level
    var logsJSON: Bool
    /// What the drain's role does about what has outlived its time.
    var retention: RetentionConfiguration.Mode
    /// The folder of private stores; nil where the stores are others'.
    var dataFolder: String?
    /// Roles of the database that sessions have; see `withAccessRoles`.
    var accessRoles: Set<AccessRole> = []
    /// The stores are those of a data folder, which this program runs itself.
    var ownsStores: Bool

    init(_ config: ConfigReader, needsSecrets: Bool = true) throws {
        func required(_ key: String, _ name: String, secret: Bool = false) throws -> String {
            guard let value = config.string(forKey: ConfigKey(key), isSecret: secret), !value.isEmpty else {
                throw CommandFailure("\(name) is not set. Set it in the environment, in .env or in footfall.yaml.")
            }
            return value
        }
        databaseURL = try required("database.url", "DATABASE_URL", secret: true)
        redisURL = try required("redis.url", "REDIS_URL", secret: true)
        if needsSecrets {
            appSecretKey = try Self.key(
                try required("app.secret.key", "APP_SECRET_KEY", secret: true), "APP_SECRET_KEY")
            apiSecrets = [try required("shopify.api.secret", "SHOPIFY_API_SECRET", secret: true)]
        } else {
            appSecretKey = []
            apiSecrets = []
        }
        sessionSecret = try config.string(forKey: "session.secret.key", isSecret: true)
            .flatMap { $0.isEmpty ? nil : try Self.sessionSecret($0) }
        previousAppSecretKey = try config.string(forKey: "app.secret.key.previous", isSecret: true)
            .map { try Self.key($0, "APP_SECRET_KEY_PREVIOUS") }
        if let previous = config.string(forKey: "shopify.api.secret.previous", isSecret: true), !previous.isEmpty {
            apiSecrets.append(previous)
        }
        (host, port) = try Self.address(config.string(forKey: "footfall.listen", default: "127.0.0.1:8080"))
        trustedProxies = Self.list(config.string(forKey: "footfall.trusted.proxies"))
        proxyAllowlist = Self.list(config.string(forKey: "footfall.proxy.allowlist"))
        shopRate = try RateLimit(config.string(forKey: "footfall.rate.shop"), "FOOTFALL_RATE_SHOP")
        addressRate = try RateLimit(config.string(forKey: "footfall.rate.address"), "FOOTFALL_RATE_ADDRESS")
        corsOrigins = try Self.list(config.string(forKey: "cors.allowed.origins")).map(Self.origin)
        shopify = try ShopifySettings(config)
        erasureJournal = config.string(forKey: "footfall.erasure.journal").flatMap { $0.isEmpty ? nil : $0 }
        countryFile = config.string(forKey: "footfall.country.file")
        userAgentExpressions = config.string(forKey: "footfall.uap.regexes")
        ownsStores = config.string(forKey: "footfall.private.stores") == "yes"
        retention = try Self.retention(config.string(forKey: "footfall.retention", default: "plan"))
        logLevel = try Self.level(config.string(forKey: "log.level", default: "info"))
        logsJSON = try Self.format(config.string(forKey: "log.format", default: "text"))
        do {
            try RedisConfiguration(url: redisURL).validate()
        } catch {
            throw CommandFailure("REDIS_URL: \(error)")
        }
    }

    /// APP_SECRET_KEY, then the previous one while it is being rotated.
    static func appSecrets(_ config: ConfigReader) throws -> [[UInt8]] {
        try [("app.secret.key", "APP_SECRET_KEY"), ("app.secret.key.previous", "APP_SECRET_KEY_PREVIOUS")].compactMap {
            key, name in
            guard let text = config.string(forKey: ConfigKey(key), isSecret: true), !text.isEmpty else { return nil }
            return try Self.key(text, name)
        }
    }

    /// Names that look like ours and mean nothing: a misspelt setting would else be missed without a word.
    static var misspelt: [String] {
        ProcessInfo.processInfo.environment.keys
            .filter { $0.hasPrefix("FOOTFALL_") && !names.contains($0) }.sorted()
    }

    private static let names: Set = [
        "FOOTFALL_LISTEN", "FOOTFALL_DATA", "FOOTFALL_TRUSTED_PROXIES", "FOOTFALL_PROXY_ALLOWLIST",
        "FOOTFALL_RATE_SHOP", "FOOTFALL_RATE_ADDRESS",
        "FOOTFALL_ERASURE_JOURNAL", "FOOTFALL_COUNTRY_FILE", "FOOTFALL_UAP_REGEXES", "FOOTFALL_RETENTION",
        "FOOTFALL_CONFIG", "FOOTFALL_HOME", "FOOTFALL_PRIVATE_STORES", "FOOTFALL_CRASH_AT",
    ]

    /// Where this process listens; for links where the app's public address is not set.
    var ownURL: String { "http://\(host == "0.0.0.0" ? "127.0.0.1" : host):\(port)" }

    /// The bytes of a key of the vault; `name` is what a refusal calls it.
    static func key(_ text: String, _ name: String) throws -> [UInt8] {
        do {
            return try Vault.keyBytes(of: text)
        } catch {
            throw CommandFailure(
                "\(name) must be 32 bytes, as 64 hex digits or as base64. Make one: openssl rand -hex 32")
        }
    }

    private static func address(_ text: String) throws -> (String, Int) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { throw CommandFailure("FOOTFALL_LISTEN must be host:port, for example 127.0.0.1:8080.") }
        let host = text[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        return (host.isEmpty ? "0.0.0.0" : host, port)
    }

    /// Shorter ones are guessed.
    private static let sessionSecretBytesMin = 16

    private static func sessionSecret(_ text: String) throws -> [UInt8] {
        guard text.utf8.count >= sessionSecretBytesMin else {
            throw CommandFailure(
                "SESSION_SECRET_KEY must have \(sessionSecretBytesMin) bytes or more. Make one: openssl rand -hex 32")
        }
        return Array(text.utf8)
    }

    /// An origin as browsers send it. `*` is none: what the data side answers is for pages that are known.
    private static func origin(_ text: String) throws -> String {
        guard let url = URL(string: text), let scheme = url.scheme, ["https", "http"].contains(scheme),
            url.host() != nil, url.path().isEmpty, url.query() == nil
        else {
            throw CommandFailure(
                "CORS_ALLOWED_ORIGINS: \(text) is no origin such as https://dashboards.example.com.")
        }
        return text.lowercased()
    }

    private static func list(_ text: String?) -> [String] {
        (text ?? "").split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
    }

    private static func level(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text.lowercased()) else {
            let allowed = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure("LOG_LEVEL must be one of \(allowed).")
        }
        return level
    }

    private static func retention(_ text: String) throws -> RetentionConfiguration.Mode {
        guard let mode = RetentionConfiguration.Mode(rawValue: text) else {
            throw CommandFailure("FOOTFALL_RETENTION must be apply, plan or off.")
        }
        return mode
    }

    private static func format(_ text: String) throws -> Bool {
        guard ["json", "text"].contains(text) else { throw CommandFailure("LOG_FORMAT must be json or text.") }
        return text == "json"
    }
}
