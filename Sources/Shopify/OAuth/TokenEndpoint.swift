internal import FoundationEssentials

/// Calls `POST https://{shop}/admin/oauth/access_token`. All tokens asked for are offline tokens that expire.
///
/// Source: shopify.dev, "Authorization code grant", "Token exchange", "Offline access tokens"; vectors in
/// Tests/Fixtures/token_endpoint.json.
package struct TokenEndpoint: TokenRenewal {
    private static let tokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
    private static let idToken = "urn:ietf:params:oauth:token-type:id_token"
    private static let offlineToken = "urn:shopify:params:oauth:token-type:offline-access-token"

    private let transport: AdminTransport
    private let address: AdminAddress
    private let credentials: AppCredentials

    /// Contacts nobody yet.
    package init(transport: AdminTransport, address: AdminAddress, credentials: AppCredentials) {
        self.transport = transport
        self.address = address
        self.credentials = credentials
    }

    /// Exchanges the code of a callback, which works once.
    package func exchange(code: Secret, shop: ShopDomain) async throws(OAuthError) -> TokenGrant {
        do throws(OAuthError) {
            return try await ask(shop, ["code": code.revealed, "expiring": "1"])
        } catch {
            // What Shopify says of subjects means the code: there is no session here.
            throw error.code == .sessionToken ? OAuthError(.grant, "Shopify does not accept the code") : error
        }
    }

    /// Exchanges a session token of the embedded page (managed installation).
    package func exchange(sessionToken: Secret, shop: ShopDomain) async throws(OAuthError) -> TokenGrant {
        try await ask(shop, Self.exchange(sessionToken, type: Self.idToken))
    }

    /// Buys a new pair. The old refresh token works again until the new one is used (at most 30 days), so that a lost
    /// answer is made good by asking again.
    package func refresh(_ token: Secret, shop: ShopDomain) async throws(OAuthError) -> TokenGrant {
        try await ask(shop, ["grant_type": "refresh_token", "refresh_token": token.revealed])
    }

    /// Exchanges an old token, which never ends, for a pair; the old one dies.
    package func migrate(_ token: Secret, shop: ShopDomain) async throws(OAuthError) -> TokenGrant {
        try await ask(shop, Self.exchange(token, type: Self.offlineToken))
    }

    private static func exchange(_ subject: Secret, type: String) -> [String: String] {
        [
            "grant_type": tokenExchange, "subject_token": subject.revealed, "subject_token_type": type,
            "requested_token_type": offlineToken, "expiring": "1",
        ]
    }

    private func ask(_ shop: ShopDomain, _ fields: [String: String]) async throws(OAuthError) -> TokenGrant {
        var body = fields
        body["client_id"] = credentials.clientID
        body["client_secret"] = credentials.secret.revealed
        let answer: AdminTransport.Answer
        do throws(AdminError) {
            answer = try await transport.post(address.accessToken(of: shop), json: try AdminRequest.encoded(body))
        } catch {
            throw OAuthError(.unavailable, error.message)
        }
        return try Self.grant(status: answer.status, body: answer.body)
    }

    private struct Refusal: Decodable { let error: String? }

    /// Reads an answer. Of a refusal only its code is looked at: its words may quote the token.
    package static func grant(status: Int, body: [UInt8]) throws(OAuthError) -> TokenGrant {
        guard status != 200 else {
            guard let grant = TokenGrant(json: body) else {
                throw OAuthError(.malformed, "the token endpoint's answer holds no token")
            }
            return grant
        }
        if status >= 500 || status == 408 || status == 429 {
            throw OAuthError(.unavailable, "the token endpoint answered \(status)")
        }
        // A page instead of JSON is a refusal without a code.
        switch (try? JSONDecoder().decode(Refusal.self, from: Data(body)))?.error {
        case "invalid_subject_token": throw OAuthError(.sessionToken, "Shopify does not accept the session token")
        case "invalid_client", "application_cannot_be_found":
            throw OAuthError(.credentials, "Shopify does not accept the app's id or secret")
        default: throw OAuthError(.grant, "the token endpoint refused the grant (\(status))")
        }
    }
}
