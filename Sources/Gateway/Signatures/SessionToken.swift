internal import Cryptography
internal import EventModel

/// What a widget's session token says: which shop, which session, whose client, until when. Signed by a key of the
/// shop; nothing in it is secret from the browser that holds it.
///
/// Text form: base64url(shop i32 · expiry i64 seconds · session id 16 bytes · client id) `.`
/// base64url(HMAC-SHA-256).
struct SessionToken: Equatable {
    let shop: ShopID
    let expiresAtSeconds: Int64
    let session: [UInt8]
    let clientID: [UInt8]

    /// A widget's conversation outlives a closed laptop, not a week: 24 hours, from the start of the session.
    static let lifetimeSeconds: Int64 = 24 * 3600
    static let sessionBytes = 16
    private static let fixedBytes = 12 + sessionBytes
    private static let textBytesMax = 1024

    /// The session's id as clients see it.
    var sessionID: String { Hex.encode(session) }

    func signed(_ key: [UInt8]) -> String {
        var bytes: [UInt8] = []
        bytes.appendInteger(shop)
        bytes.appendInteger(expiresAtSeconds)
        bytes += session + clientID
        let code = HMACSHA256.authenticate(bytes, key: key)
        return Base64.encode(bytes, .url) + "." + Base64.encode(code, .url)
    }

    /// The shop that a token claims to be of; not verified.
    static func claimedShop(_ text: String) -> ShopID? { parts(text)?.bytes.integer(at: 0) }

    /// A token that was signed with `key` and has not expired; nil for every other text.
    init?(_ text: String, key: [UInt8], nowMillis: Int64) {
        guard let (bytes, code) = Self.parts(text), HMACSHA256(key: key).isValid(code, for: bytes.span) else {
            return nil
        }
        self.shop = bytes.integer(at: 0)
        self.expiresAtSeconds = bytes.integer(at: 4)
        self.session = Array(bytes[12..<Self.fixedBytes])
        self.clientID = Array(bytes[Self.fixedBytes...])
        guard expiresAtSeconds > nowMillis.flooredDivision(1000) else { return nil }
    }

    init(shop: ShopID, expiresAtSeconds: Int64, session: [UInt8], clientID: [UInt8]) {
        self.shop = shop
        self.expiresAtSeconds = expiresAtSeconds
        self.session = session
        self.clientID = clientID
    }

    private static func parts(_ text: String) -> (bytes: [UInt8], code: [UInt8])? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= textBytesMax, parts.count == 2, let bytes = Base64.decode(String(parts[0]), .url),
            let code = Base64.decode(String(parts[1]), .url), bytes.count >= fixedBytes
        else { return nil }
        return (bytes, code)
    }
}
