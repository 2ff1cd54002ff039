internal import Cryptography
internal import EventModel
internal import FoundationEssentials
internal import Privacy

/// The two tokens of a grant as they are stored.
struct TokenPair: Codable, Equatable {
    private let a: String
    private let r: String?

    init(access: Secret, refresh: Secret?) {
        self.a = access.revealed
        self.r = refresh?.revealed
    }

    var access: Secret { Secret(a) }
    var refresh: Secret? { r.map(Secret.init) }
}

extension TokenPair: CustomStringConvertible, CustomReflectable {
    var description: String { "[secret]" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// Seals a shop's tokens under a data key that is new with each sealing, and that key under the vault's. Rotating the
/// vault's key thus touches 62 bytes a row and never sees a token.
///
/// Sealed form: layout u8 (1) · nonce 12 · AES-256-GCM of the pair's JSON, bound to the shop's id.
enum TokenSeal {
    /// A row's two columns.
    struct Sealed: Equatable {
        let wrappedKey: [UInt8]
        let sealed: [UInt8]
    }

    private static let layout: UInt8 = 1

    static func seal(_ pair: TokenPair, shop: ShopID, vault: Vault) throws -> Sealed {
        let key = Vault.newKey()
        let nonce = SecureRandom.bytes(AES256GCM.nonceByteCount)
        let plain = [UInt8](try JSONEncoder().encode(pair))
        let body = AES256GCM(key: key).seal(plain, nonce: nonce, aad: binding(shop))
        return Sealed(wrappedKey: vault.wrap(key), sealed: [layout] + nonce + body)
    }

    /// Throws when the row was sealed under another key, for another shop, or was changed.
    static func open(_ row: Sealed, shop: ShopID, vault: Vault) throws -> TokenPair {
        let start = 1 + AES256GCM.nonceByteCount
        guard row.sealed.count > start + AES256GCM.tagByteCount, row.sealed[0] == layout else {
            throw AdminError(.notInstalled, "a stored token has not the form that this version writes")
        }
        let plain = try AES256GCM(key: try vault.unwrap(row.wrappedKey)).open(
            Array(row.sealed[start...]), nonce: Array(row.sealed[1..<start]), aad: binding(shop))
        return try JSONDecoder().decode(TokenPair.self, from: Data(plain))
    }

    private static func binding(_ shop: ShopID) -> [UInt8] {
        var bytes = Array("footfall shopify token".utf8)
        bytes.appendInteger(shop)
        return bytes
    }
}
