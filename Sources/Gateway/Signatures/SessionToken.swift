internal import Cryptography
package import EventModel

/// What a widget's session token says: which shop, which session, whose client, until when. Signed by a key of the
/// shop; nothing in it is secret from the browser that holds it.
///
/// Text form: base64url(shop i32 · key number u32 · expiry i64 seconds · session id 16 bytes · client id) `.`
/// base64url(HMAC-SHA-256).
///
/// The key changes every day (UTC): each is derived from the shop's widget key and the day's number, which the token
/// names. A day's key signs only tokens that begin on that day, so one that got out is worth nothing once they have
/// expired. The shop's keys stay the same when `APP_SECRET_KEY`, which only wraps them, is rotated, so tokens outlive
/// that.
package struct SessionToken: Equatable, Sendable {
    package let shop: ShopID
    package let expiresAtSeconds: Int64
    package let session: [UInt8]
    package let clientID: [UInt8]

    /// A widget's conversation outlives a closed laptop, not a week: 24 hours, from the start of the session.
    package static let lifetimeSeconds: Int64 = 24 * 3600
    /// Bytes of a session id.
    package static let sessionBytes = 16
    private static let daySeconds: Int64 = 24 * 3600
    /// How far the clocks of two gateways may be apart.
    private static let skewSeconds: Int64 = 300
    private static let fixedBytes = 16 + sessionBytes
    private static let textBytesMax = 1024

    /// The session's id as clients see it.
    package var sessionID: String { Hex.encode(session) }

    /// A token that is not signed yet; `expiresAtSeconds` is `lifetimeSeconds` after its beginning.
    package init(shop: ShopID, expiresAtSeconds: Int64, session: [UInt8], clientID: [UInt8]) {
        self.shop = shop
        self.expiresAtSeconds = expiresAtSeconds
        self.session = session
        self.clientID = clientID
    }

    /// The token's text, signed by the day's key of the shop's widget `key`.
    package func signed(_ key: [UInt8]) -> String {
        let number = Self.keyNumber(expiresAtSeconds)
        var bytes: [UInt8] = []
        bytes.appendInteger(shop)
        bytes.appendInteger(number)
        bytes.appendInteger(expiresAtSeconds)
        bytes += session + clientID
        let code = HMACSHA256.authenticate(bytes, key: Self.dayKey(key, number))
        return Base64.encode(bytes, .url) + "." + Base64.encode(code, .url)
    }

    /// The shop that a token claims to be of; not verified.
    package static func claimedShop(_ text: String) -> ShopID? { parts(text)?.bytes.integer(at: 0) }

    /// A token that was signed under the shop's widget `key` and has not expired; nil for every other text.
    package init?(_ text: String, key: [UInt8], nowMillis: Int64) {
        guard let (bytes, code) = Self.parts(text) else { return nil }
        let number: UInt32 = bytes.integer(at: 4)
        let expiresAtSeconds: Int64 = bytes.integer(at: 8)
        let now = nowMillis.flooredDivision(1000)
        guard expiresAtSeconds > now, expiresAtSeconds <= now + Self.lifetimeSeconds + Self.skewSeconds,
            number == Self.keyNumber(expiresAtSeconds),
            HMACSHA256(key: Self.dayKey(key, number)).isValid(code, for: bytes.span)
        else { return nil }
        self.shop = bytes.integer(at: 0)
        self.expiresAtSeconds = expiresAtSeconds
        self.session = Array(bytes[16..<Self.fixedBytes])
        self.clientID = Array(bytes[Self.fixedBytes...])
    }

    /// The number of the day on which a token began.
    private static func keyNumber(_ expiresAtSeconds: Int64) -> UInt32 {
        UInt32(clamping: (expiresAtSeconds - lifetimeSeconds).flooredDivision(daySeconds))
    }

    private static func dayKey(_ key: [UInt8], _ number: UInt32) -> [UInt8] {
        var info = Array("footfall widget token of day ".utf8)
        info.appendInteger(number)
        return HMACSHA256.authenticate(info, key: key)
    }

    private static func parts(_ text: String) -> (bytes: [UInt8], code: [UInt8])? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= textBytesMax, parts.count == 2, let bytes = Base64.decode(String(parts[0]), .url),
            let code = Base64.decode(String(parts[1]), .url), bytes.count >= fixedBytes
        else { return nil }
        return (bytes, code)
    }
}
