internal import Cryptography

/// The tokens that a shop has given our app.
struct TokenBook {
    struct Access: Hashable {
        var token: String
        var scopes: [String]
        /// Unix milliseconds; nil for a token that never ends.
        var expiresAt: Int64?
        var isOnline: Bool
    }

    struct Refresh: Hashable {
        var token: String
        var scopes: [String]
        var expiresAt: Int64
        /// The refresh token that replaced it; while nobody has used that one, this one may be tried again.
        var replacement: String?
    }

    private(set) var access: [Access] = []
    private(set) var refresh: [Refresh] = []
    /// Everything ever given out, so that a test can look for it where it must not be.
    private(set) var everIssued: [String] = []

    mutating func issueAccess(_ scopes: [String], expiresAt: Int64?, isOnline: Bool = false) -> String {
        let token = "shpat_" + Hex.encode(SecureRandom.bytes(16))
        access.append(Access(token: token, scopes: scopes, expiresAt: expiresAt, isOnline: isOnline))
        everIssued.append(token)
        return token
    }

    mutating func issueRefresh(_ scopes: [String], expiresAt: Int64) -> String {
        let token = "shprt_" + Hex.encode(SecureRandom.bytes(16))
        refresh.append(Refresh(token: token, scopes: scopes, expiresAt: expiresAt, replacement: nil))
        everIssued.append(token)
        return token
    }

    /// The token's grant, if it is alive.
    func grant(_ token: String, now: Int64) -> Access? {
        access.first { $0.token == token && ($0.expiresAt ?? .max) > now }
    }

    /// The refresh token, if it can be used: not expired, and its replacement not yet used.
    func usableRefresh(_ token: String, now: Int64) -> Refresh? {
        refresh.first { $0.token == token && $0.expiresAt > now }
    }

    /// Notes the replacement, drops what `token` itself had replaced, and any earlier replacement of it.
    mutating func rotate(_ token: String, to replacement: String) {
        refresh.removeAll { $0.replacement == token }
        guard let index = refresh.firstIndex(where: { $0.token == token }) else { return }
        if let earlier = refresh[index].replacement { refresh.removeAll { $0.token == earlier } }
        guard let index = refresh.firstIndex(where: { $0.token == token }) else { return }
        refresh[index].replacement = replacement
    }

    /// Ends one access token.
    mutating func revoke(_ token: String) { access.removeAll { $0.token == token } }

    /// Ends all tokens, as an uninstall does.
    mutating func revokeAll() {
        access = []
        refresh = []
    }
}
