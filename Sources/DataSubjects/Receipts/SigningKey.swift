internal import Cryptography
internal import EventModel
package import Postgres
package import Privacy

/// The key that signs receipts: made at its first use, kept sealed under a data key that the vault wraps.
package struct SigningKey: Sendable {
    /// 32 bytes; publish them, so that receipts can be told from forgeries.
    package let publicKey: [UInt8]
    private let seed: [UInt8]

    /// The one there is, made now where there is none.
    package static func load(vault: Vault, on connection: PostgresConnection) throws -> SigningKey {
        if let key = try find(vault: vault, on: connection) { return key }
        let (seed, dataKey) = (SecureRandom.bytes(Ed25519.keyByteCount), Vault.newKey())
        let publicKey = try Ed25519.publicKey(seed: seed)
        let nonce = SecureRandom.bytes(AES256GCM.nonceByteCount)
        _ = try connection.query(
            """
            insert into privacy.signing_key (public_key, wrapped_key, sealed_private) values ($1, $2, $3)
            on conflict (id) do nothing
            """,
            [
                .bytes(publicKey), .bytes(vault.wrap(dataKey)),
                .bytes(nonce + AES256GCM(key: dataKey).seal(seed, nonce: nonce, aad: publicKey)),
            ])
        // Another process may have been faster; then its key is the one.
        guard let key = try find(vault: vault, on: connection) else {
            throw SubjectFailure("the signing key of receipts cannot be stored")
        }
        return key
    }

    /// A statement with its signature.
    func sign(_ body: [UInt8]) throws -> SignedReceipt {
        SignedReceipt(body: body, publicKey: publicKey, signature: try Ed25519.sign(body, seed: seed))
    }

    private static func find(vault: Vault, on connection: PostgresConnection) throws -> SigningKey? {
        guard
            let row = try connection.query(
                "select public_key, wrapped_key, sealed_private from privacy.signing_key"
            ).first
        else { return nil }
        let (publicKey, sealed, nonce) = (row.bytes(0), row.bytes(2), AES256GCM.nonceByteCount)
        let dataKey = try vault.unwrap(row.bytes(1))
        let seed = try AES256GCM(key: dataKey).open(
            Array(sealed[nonce...]), nonce: Array(sealed[..<nonce]), aad: publicKey)
        return SigningKey(publicKey: publicKey, seed: seed)
    }

    /// Wraps the data key again, where the current APP_SECRET_KEY did not; true when it did.
    package static func rewrap(vault: Vault, on connection: PostgresConnection) throws -> Bool {
        guard
            let old = try connection.query("select wrapped_key from privacy.signing_key").first?.bytes(0),
            vault.isStale(old)
        else { return false }
        return try connection.query(
            "update privacy.signing_key set wrapped_key = $2 where wrapped_key = $1",
            [.bytes(old), .bytes(vault.wrap(try vault.unwrap(old)))]
        ).affectedRows == 1
    }
}

/// `privacy.receipt`: rows that are never changed.
enum ReceiptTable {
    static func find(_ request: Key128, on connection: PostgresConnection) throws -> SignedReceipt? {
        try connection.query(
            "select body, public_key, signature from privacy.receipt where request = $1", [RequestTable.id(request)]
        ).first.map {
            SignedReceipt(body: Array($0.text(0).utf8), publicKey: $0.bytes(1), signature: $0.bytes(2))
        }
    }

    static func insert(_ receipt: SignedReceipt, of request: Key128, on connection: PostgresConnection) throws {
        _ = try connection.query(
            """
            insert into privacy.receipt (request, body, signature, public_key) values ($1, $2, $3, $4)
            on conflict (request) do nothing
            """,
            [
                RequestTable.id(request), .text(String(decoding: receipt.body, as: UTF8.self)),
                .bytes(receipt.signature), .bytes(receipt.publicKey),
            ])
    }
}
