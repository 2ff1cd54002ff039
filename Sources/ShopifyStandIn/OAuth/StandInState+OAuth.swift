/// Authorization and tokens (shopify.md, section 2; answers as in Tests/Fixtures/token_endpoint.json).
extension StandInState {
    /// A code must be exchanged within a minute.
    static let codeMillis: Int64 = 60_000

    mutating func authorize(
        _ request: inout LoggedRequest, _ query: [(String, String)], _ now: Int64
    ) -> StandInReply {
        func value(_ name: String) -> String { query.first { $0.0 == name }?.1 ?? "" }
        let redirect = value("redirect_uri")
        if value("client_id") != configuration.clientID { request.problems.append("authorize: unknown client_id") }
        if value("scope").isEmpty { request.problems.append("authorize: no scope") }
        if value("state").isEmpty { request.problems.append("authorize: no state") }
        if !configuration.redirectURIs.isEmpty, !configuration.redirectURIs.contains(redirect) {
            request.problems.append("authorize: redirect_uri \(redirect) is not allowed")
        }
        if Set(query.map(\.0)).count != query.count { request.problems.append("authorize: a parameter is repeated") }
        guard request.problems.isEmpty, !redirect.isEmpty else {
            return .text("Oauth error invalid_request: \(request.problems.joined(separator: "; "))", status: 400)
        }
        let scopes = Self.scopes(value("scope"))
        let isOnline = query.contains { $0.0 == "grant_options[]" && $0.1 == "per-user" }
        let location = grant(request.shop, scopes: scopes, isOnline: isOnline, state: value("state"), redirect, now)
        return .text("", status: 302, headers: [("Location", location)])
    }

    /// Where Shopify sends the merchant who agreed: the redirect address with a signed query.
    mutating func grant(
        _ shop: String, scopes: [String], isOnline: Bool, state: String, _ redirect: String, _ now: Int64
    ) -> String {
        let code = Self.randomName()
        codes[code] = PendingCode(
            shop: shop, scopes: scopes, isOnline: isOnline, expiresAt: now + Self.codeMillis)
        let host = Self.host(of: shop)
        let query = signer.callbackQuery([
            ("code", code), ("host", host), ("shop", shop), ("state", state), ("timestamp", String(now / 1000)),
        ])
        return redirect + (redirect.contains("?") ? "&" : "?") + query
    }

    static func scopes(_ text: String) -> [String] {
        text.split { $0 == "," || $0 == " " }.map(String.init)
    }

    mutating func accessToken(_ request: inout LoggedRequest, _ now: Int64) -> StandInReply {
        let type = request.header("content-type") ?? ""
        let body: WireValue
        if type.hasPrefix("application/json") {
            body = request.json
        } else if type.hasPrefix("application/x-www-form-urlencoded") {
            body = .object(
                QueryText.decode(String(decoding: request.body, as: UTF8.self)).map { WireMember($0.0, .string($0.1)) })
        } else {
            request.problems.append("access_token: content type \(type)")
            body = .null
        }
        guard body["client_id"].text == configuration.clientID, body["client_secret"].text == configuration.clientSecret
        else {
            request.problems.append("access_token: wrong client_id or client_secret")
            return .json(["error": "invalid_client", "error_description": "Unknown client or secret"], status: 401)
        }
        switch body["grant_type"].text {
        case nil, "authorization_code": return exchangeCode(body, request.shop, now)
        case "urn:ietf:params:oauth:grant-type:token-exchange": return exchangeToken(body, request.shop, now)
        case "refresh_token": return refresh(body, request.shop, now)
        default:
            request.problems.append("access_token: unknown grant_type")
            return .json(["error": "unsupported_grant_type"], status: 400)
        }
    }

    private mutating func exchangeCode(_ body: WireValue, _ shop: String, _ now: Int64) -> StandInReply {
        guard let name = body["code"].text, let code = codes.removeValue(forKey: name), code.shop == shop,
            code.expiresAt > now
        else {
            return .json(
                [
                    "error": "invalid_request",
                    "error_description": "The authorization code was not found or was already used",
                ], status: 400)
        }
        return issue(shop, code.scopes, isOnline: code.isOnline, isExpiring: Self.wantsExpiry(body), now)
    }

    /// Sent as text by one official library and as a number by the other.
    private static func wantsExpiry(_ body: WireValue) -> Bool {
        body["expiring"] == "1" || body["expiring"] == 1 || body["expiring"] == true
    }

    private mutating func exchangeToken(_ body: WireValue, _ shop: String, _ now: Int64) -> StandInReply {
        let offline = "urn:shopify:params:oauth:token-type:offline-access-token"
        let online = "urn:shopify:params:oauth:token-type:online-access-token"
        let subject = body["subject_token"].text ?? ""
        let requested = body["requested_token_type"].text
        guard requested == offline || requested == online else {
            return .json(
                ["error": "invalid_request", "error_description": "Invalid requested token type"], status: 400)
        }
        switch body["subject_token_type"].text {
        case "urn:ietf:params:oauth:token-type:id_token":
            guard isSession(subject, of: shop, now) else {
                return .json(["error": "invalid_subject_token"], status: 400)
            }
            let scopes = configuration.scopes
            return issue(shop, scopes, isOnline: requested == online, isExpiring: Self.wantsExpiry(body), now)
        case offline where Self.wantsExpiry(body):
            guard let old = withShop(shop, { $0.tokens.grant(subject, now: now) }), old.expiresAt == nil else {
                return .json(["error": "invalid_request", "error_description": "Invalid subject token"], status: 400)
            }
            withShop(shop) { $0.tokens.revoke(subject) }
            return issue(shop, old.scopes, isOnline: false, isExpiring: true, now)
        default:
            return .json(["error": "invalid_request", "error_description": "Invalid subject token"], status: 400)
        }
    }

    private func isSession(_ token: String, of shop: String, _ now: Int64) -> Bool {
        guard let claims = signer.claims(of: token) else { return false }
        return claims["aud"].text == configuration.clientID && claims["dest"].text == "https://\(shop)"
            && claims["iss"].text == "https://\(shop)/admin" && (claims["exp"].integer ?? 0) * 1000 > now
    }

    private mutating func refresh(_ body: WireValue, _ shop: String, _ now: Int64) -> StandInReply {
        let token = body["refresh_token"].text ?? ""
        guard let grant = withShop(shop, { $0.tokens.usableRefresh(token, now: now) }) else {
            return .json(
                ["error": "invalid_grant", "error_description": "The refresh token is invalid or expired"], status: 400)
        }
        return issue(shop, grant.scopes, isOnline: false, isExpiring: true, now, replacing: token)
    }

    private mutating func issue(
        _ shop: String, _ scopes: [String], isOnline: Bool, isExpiring: Bool, _ now: Int64, replacing old: String? = nil
    ) -> StandInReply {
        let (seconds, refreshSeconds) = (configuration.accessTokenSeconds, configuration.refreshTokenSeconds)
        return withShop(shop) { shop in
            shop.isInstalled = true
            shop.scopes = scopes
            let ends = isExpiring || isOnline ? now + seconds * 1000 : nil
            var answer: WireValue = [
                "access_token": .string(shop.tokens.issueAccess(scopes, expiresAt: ends, isOnline: isOnline)),
                "scope": .string(scopes.joined(separator: ",")),
            ]
            if ends != nil { answer = answer.setting("expires_in", WireValue(seconds)) }
            if isOnline {
                answer = answer.setting("associated_user_scope", .string(scopes.joined(separator: ",")))
                    .setting("associated_user", Self.user)
            } else if isExpiring {
                let token = shop.tokens.issueRefresh(scopes, expiresAt: now + refreshSeconds * 1000)
                if let old { shop.tokens.rotate(old, to: token) }
                answer = answer.setting("refresh_token", .string(token))
                    .setting("refresh_token_expires_in", WireValue(refreshSeconds))
            }
            return .json(answer)
        }
    }

    private static let user: WireValue = [
        "id": 8_675_309, "first_name": "John", "last_name": "Smith", "email": "john@example.com",
        "email_verified": true, "account_owner": true, "locale": "en", "collaborator": false,
    ]
}
