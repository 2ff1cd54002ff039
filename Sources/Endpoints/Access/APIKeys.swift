internal import Cryptography
package import Postgres
internal import ReadModels

/// API keys: `ffk_<id>_<secret>`, shown once when made and kept as a SHA-256 only.
package enum APIKeys {
    /// A key just made.
    package struct Created: Sendable {
        package var id: String
        /// The whole key; not to be had again.
        package var key: String
        /// The shop's domain; nil for all shops.
        package var shop: String?
        package var scopes: [Scope]
        /// Unix milliseconds.
        package var expiresAt: Int64?
    }

    /// A key as lists show it.
    package struct Listed: Sendable {
        package var id: String
        package var shop: String?
        package var scopes: [String]
        package var label: String
        package var createdAt: Int64
        package var expiresAt: Int64?
        package var revokedAt: Int64?
        package var lastUsedAt: Int64?
    }

    /// What a caller got wrong, in words for people.
    package struct Refusal: Error, Equatable {
        package let message: String
    }

    private static let prefix = "ffk_"
    private static let idBytes = 8
    private static let secretBytes = 32

    /// Makes a key for one shop, or for all where `domain` is nil. Throws `Refusal` without a scope, and for a shop that
    /// is unknown or has uninstalled the app.
    package static func create(
        domain: String?, scopes: [Scope], label: String = "", expiresAt: Int64? = nil, on connection: PostgresConnection
    ) throws -> Created {
        guard !scopes.isEmpty else { throw Refusal(message: "A key needs at least one scope.") }
        var shop: Int32?
        if let domain {
            let rows = try connection.query(
                "SELECT id, status = 'active' FROM registry.shop WHERE domain = $1", [.text(domain.lowercased())])
            guard let row = rows.first else { throw Refusal(message: "There is no shop \(domain).") }
            guard row.bool(1) else {
                throw Refusal(message: "The shop \(domain) has uninstalled the app; its keys would open nothing.")
            }
            shop = row.int32(0)
        }
        let id = Hex.encode(SecureRandom.bytes(idBytes))
        let key = prefix + id + "_" + Base64.encode(SecureRandom.bytes(secretBytes), .url)
        _ = try connection.query(
            "INSERT INTO registry.api_key (id, hash, shop_id, scopes, label, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
            [
                .text(id), .bytes(SHA256.hash(Array(key.utf8))), shop.map { .int4($0) } ?? .null,
                .textArray(scopes.map(\.rawValue)), .text(label), expiresAt.map { .timestamp($0) } ?? .null,
            ])
        return Created(id: id, key: key, shop: domain?.lowercased(), scopes: scopes, expiresAt: expiresAt)
    }

    /// All keys, the newest first.
    package static func list(on connection: PostgresConnection) throws -> [Listed] {
        try connection.query(
            """
            SELECT k.id, s.domain, k.scopes, k.label, k.created_at, k.expires_at, k.revoked_at, k.last_used_at
            FROM registry.api_key k LEFT JOIN registry.shop s ON s.id = k.shop_id ORDER BY k.created_at DESC, k.id
            """
        ).map { row in
            Listed(
                id: row.text(0), shop: row.textIfPresent(1), scopes: row.textArray(2), label: row.text(3),
                createdAt: row.timestampMillis(4), expiresAt: row.timestampMillisIfPresent(5),
                revokedAt: row.timestampMillisIfPresent(6), lastUsedAt: row.timestampMillisIfPresent(7))
        }
    }

    /// Ends a key now; servers refuse it within a second. False where there is no such key in use.
    package static func revoke(id: String, on connection: PostgresConnection) throws -> Bool {
        try connection.query(
            "UPDATE registry.api_key SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING id",
            [.text(id)]
        ).count > 0
    }

    /// The id inside a key; nil for what is no key.
    static func id(of key: String) -> String? {
        guard key.hasPrefix(prefix), key.utf8.count <= RequestLimits.parameterBytesMax else { return nil }
        let parts = key.dropFirst(prefix.count).split(separator: "_", maxSplits: 1)
        guard parts.count == 2, parts[0].utf8.count == idBytes * 2 else { return nil }
        return String(parts[0])
    }
}
