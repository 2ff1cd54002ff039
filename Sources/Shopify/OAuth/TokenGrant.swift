internal import FoundationEssentials

/// What the token endpoint gives.
package struct TokenGrant: Sendable, Equatable {
    /// Calls the Admin API.
    package let access: Secret
    /// As granted, sorted.
    package let scopes: Scopes
    /// The access token's life; nil for the old kind that never ends.
    package let expiresInSeconds: Int64?
    /// Buys the next grant, and ends with it.
    package let refresh: Secret?
    /// The refresh token's life.
    package let refreshExpiresInSeconds: Int64?
    /// Set for online tokens, which belong to a member of staff and are never kept.
    package let userID: Int64?

    /// A grant.
    package init(
        access: Secret, scopes: Scopes, expiresInSeconds: Int64? = nil, refresh: Secret? = nil,
        refreshExpiresInSeconds: Int64? = nil, userID: Int64? = nil
    ) {
        self.access = access
        self.scopes = scopes
        self.expiresInSeconds = expiresInSeconds
        self.refresh = refresh
        self.refreshExpiresInSeconds = refreshExpiresInSeconds
        self.userID = userID
    }

    /// Reads the endpoint's answer; nil when it is none.
    init?(json: [UInt8]) {
        // The decoder's words would quote the answer, which is a secret.
        guard let wire = try? JSONDecoder().decode(Wire.self, from: Data(json)), !wire.access_token.isEmpty else {
            return nil
        }
        self.init(
            access: Secret(wire.access_token), scopes: Scopes(wire.scope ?? ""), expiresInSeconds: wire.expires_in,
            refresh: wire.refresh_token.map(Secret.init), refreshExpiresInSeconds: wire.refresh_token_expires_in,
            userID: wire.associated_user?.id)
    }

    private struct Wire: Decodable {
        let access_token: String
        let scope: String?
        let expires_in: Int64?
        let refresh_token: String?
        let refresh_token_expires_in: Int64?
        let associated_user: User?
    }

    /// The id comes as a number or as text.
    private struct User: Decodable {
        let id: Int64

        private enum Keys: CodingKey { case id }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Keys.self)
            if let number = try? values.decode(Int64.self, forKey: .id) {  // else it is a text
                id = number
            } else {
                id = Int64(try values.decode(String.self, forKey: .id)) ?? 0
            }
        }
    }
}
