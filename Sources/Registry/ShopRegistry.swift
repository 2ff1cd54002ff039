// Registry: who the tenants are. Rows of `registry.shop` in, value types out; wrapped keys stay wrapped here.

internal import Cryptography
package import EventModel
package import Postgres

/// Adds, finds and changes tenants. Every call is one transaction on the connection it is given.
package enum ShopRegistry {
    /// What a caller got wrong, in words for people.
    package struct Refusal: Error, Equatable {
        package let message: String
    }

    private static let columns =
        "id, domain, lane, account_id, timezone, currency, status, hosts, wrapped_key, shopify_id"

    /// Adds a shop, or returns the one that is there already (its zone and currency are then updated and an
    /// uninstalled one becomes active again). The lane with the fewest shops is chosen, of those that are drained.
    ///
    /// - Parameter wrappedKey: a fresh random 256-bit key, wrapped; used only for a new shop.
    /// - Parameter isNewInstallation: the installation begins now, also where we have not heard of the last one's end.
    package static func add(
        domain: String, timezone: String, currency: String, hosts: [String] = [], wrappedKey: [UInt8],
        isNewInstallation: Bool = false, on connection: PostgresConnection
    ) throws -> ShopRegistration {
        let domain = try normalised(domain: domain)
        let currency = try checked(currency: currency)
        let rows = try connection.query(
            """
            insert into registry.shop (domain, lane, account_id, timezone, currency, hosts, wrapped_key)
            values ($1, (\(freestLane)), $2, $3, $4, $5, $6)
            on conflict (domain) do update set timezone = excluded.timezone, currency = excluded.currency,
                hosts = excluded.hosts, status = 'active', uninstalled_at = null,
                installed_at = case when shop.status = 'active' and not $7 then shop.installed_at else now() end
            returning \(columns)
            """,
            [
                .text(domain), .text(accountID()), .text(timezone), .text(currency),
                .textArray(hosts.map { $0.lowercased() }), .bytes(wrappedKey), .bool(isNewInstallation),
            ])
        return try shop(rows[0])
    }

    /// All shops but redacted ones, whose keys are gone; by domain.
    package static func list(on connection: PostgresConnection) throws -> [ShopRegistration] {
        try connection.query(
            "select \(columns) from registry.shop where status <> 'redacted' order by domain"
        ).map(shop)
    }

    package static func find(domain: String, on connection: PostgresConnection) throws -> ShopRegistration? {
        try connection.query("select \(columns) from registry.shop where domain = $1", [.text(domain.lowercased())])
            .map(shop).first
    }

    package static func find(id: ShopID, on connection: PostgresConnection) throws -> ShopRegistration? {
        try connection.query("select \(columns) from registry.shop where id = $1", [.int4(id)]).map(shop).first
    }

    package static func find(accountID: String, on connection: PostgresConnection) throws -> ShopRegistration? {
        try connection.query("select \(columns) from registry.shop where account_id = $1", [.text(accountID)])
            .map(shop).first
    }

    /// Ends a tenancy: nothing more is accepted; what is in the log stays until it is redacted. False: no such shop.
    package static func uninstall(domain: String, on connection: PostgresConnection) throws -> Bool {
        try connection.query(
            "update registry.shop set status = 'uninstalled', uninstalled_at = now() where domain = $1 returning id",
            [.text(domain.lowercased())]
        ).count > 0
    }

    /// When the shop's present or last installation began, and its status then; the row stays locked for the caller's
    /// transaction. Nil: no such shop.
    package static func lockInstallation(
        of shop: ShopID, on connection: PostgresConnection
    ) throws -> (installedAtMillis: Int64, status: ShopRegistration.Status)? {
        try connection.query(
            "select installed_at, status from registry.shop where id = $1 for update", [.int4(shop)]
        ).first.map { ($0.timestampMillis(0), ShopRegistration.Status(rawValue: $0.text(1)) ?? .uninstalled) }
    }

    /// Refused unless it has the shape of ISO 4217's codes: three capital letters.
    package static func checked(currency: String) throws -> String {
        guard currency.utf8.count == 3, currency.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw Refusal(message: "\(currency) is no ISO 4217 currency code such as EUR.")
        }
        return currency
    }

    /// Lower-cased; refused unless it is a shop's domain (`ShopName`).
    package static func normalised(domain: String) throws -> String {
        guard let domain = ShopName.domain(domain) else {
            throw Refusal(message: "\(domain) is no shop domain; it must look like example.myshopify.com.")
        }
        return domain
    }

    /// 128 random bits in hex: unguessable, and fit for a URL.
    private static func accountID() -> String { Key128(bytes: SecureRandom.bytes(16)).hex }

    private static func shop(_ row: PostgresRow) throws -> ShopRegistration {
        ShopRegistration(
            id: row.int32(0), domain: row.text(1), lane: row.int16(2), accountID: row.text(3), timezone: row.text(4),
            currency: row.text(5), status: ShopRegistration.Status(rawValue: row.text(6)) ?? .uninstalled,
            hosts: row.textArray(7), wrappedKey: row.bytes(8), shopifyID: row.int64IfPresent(9))
    }
}
