import Cryptography
import ShopifyStandIn
import Testing

/// Authorization and tokens, as Shopify's own libraries expect them.
@Suite struct StandInOAuthTests {
    private static let offline = "urn:shopify:params:oauth:token-type:offline-access-token"

    @Test func authorizationLeadsBackWithASignedCodeForOneUse() async throws {
        try await StandInClient.run { client in
            let redirect = "https://app.example/api/auth/shopify/callback"
            let query = QueryText.encode([
                ("client_id", "test-key"), ("scope", "read_orders,write_pixels"), ("redirect_uri", redirect),
                ("state", "nonce"),
            ])
            let answer = try await client.send("GET", "/admin/oauth/authorize?\(query)")
            #expect(answer.status == 302)
            let location = try #require(answer.location)
            #expect(location.hasPrefix(redirect + "?"))
            let parameters = Dictionary(
                uniqueKeysWithValues: QueryText.decode(String(location.dropFirst(redirect.count + 1))))
            #expect(parameters["shop"] == StandInClient.shop)
            #expect(parameters["state"] == "nonce")
            let text = parameters.filter { $0.key != "hmac" }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let code = HMACSHA256.authenticate(Array(text.joined(separator: "&").utf8), key: Array("test-secret".utf8))
            #expect(parameters["hmac"] == Hex.encode(code))

            let grant: WireValue = ["code": WireValue(parameters["code"]), "expiring": "1"]
            let granted = try await client.token(grant).json
            #expect(granted["scope"] == "read_orders,write_pixels")
            #expect(granted["expires_in"] == 3600)
            #expect(granted["refresh_token_expires_in"] == 7_776_000)
            let again = try await client.token(grant)
            #expect(again.status == 400)
            #expect(client.standIn.problems == [])
            #expect(client.standIn.issuedTokens.contains(granted["access_token"].text ?? "-"))
        }
    }

    @Test(arguments: ["client_id=x&scope=a&state=s&redirect_uri=u", "client_id=test-key&scope=a&redirect_uri=u"])
    func badAuthorizationIsRefused(query: String) async throws {
        try await StandInClient.run { client in
            let answer = try await client.send("GET", "/admin/oauth/authorize?\(query)")
            #expect(answer.status == 400)
            #expect(client.standIn.problems.count == 1)
        }
    }

    @Test func sessionTokensAreExchanged() async throws {
        try await StandInClient.run { client in
            func exchange(_ token: String) async throws -> StandInClient.Answer {
                try await client.token([
                    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": .string(token),
                    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
                    "requested_token_type": .string(Self.offline), "expiring": 1,
                ])
            }
            let token = client.standIn.mintSessionToken(shop: StandInClient.shop)
            let granted = try await exchange(token).json
            #expect(granted["refresh_token"].text != nil)
            #expect(try await client.admin("{ shop { id } }", token: granted["access_token"].text).status == 200)

            let other = client.standIn.mintSessionToken(shop: "other.myshopify.com")
            let forged = token.dropLast(4) + "AAAA"
            client.clock.advance(seconds: 61)
            for bad in [token, other, String(forged)] {
                let answer = try await exchange(bad)
                #expect(answer.status == 400)
                #expect(answer.json == ["error": "invalid_subject_token"])
            }
        }
    }

    @Test func refreshTokensRotateAndALostAnswerCanBeAskedForAgain() async throws {
        try await StandInClient.run { client in
            func refresh(_ token: WireValue) async throws -> StandInClient.Answer {
                try await client.token(["grant_type": "refresh_token", "refresh_token": token])
            }
            let code = try await code(client)
            let first = try await client.token(["code": .string(code), "expiring": 1]).json["refresh_token"]
            let lost = try await refresh(first)
            let second = try await refresh(first)
            #expect(lost.status == 200 && second.status == 200)
            // The answer that was lost is dead once another took its place.
            #expect(try await refresh(lost.json["refresh_token"]).status == 400)
            let third = try await refresh(second.json["refresh_token"])
            #expect(third.status == 200)
            let used = try await refresh(first)
            #expect(used.status == 400)
            #expect(used.json["error"] == "invalid_grant")
        }
    }

    @Test func accessTokensEndAndOldOnesAreMigrated() async throws {
        try await StandInClient.run { client in
            let old = client.standIn.install(StandInClient.shop, scopes: ["read_orders"], isExpiring: false)
            let migration: WireValue = [
                "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": .string(old),
                "subject_token_type": .string(Self.offline), "requested_token_type": .string(Self.offline),
                "expiring": "1",
            ]
            let new = try await client.token(migration).json
            #expect(try await client.admin("{ shop { id } }", token: old).status == 401)
            #expect(try await client.admin("{ shop { id } }", token: new["access_token"].text).status == 200)
            #expect(try await client.token(migration).json["error"] == "invalid_request")
            client.clock.advance(seconds: 3601)
            #expect(try await client.admin("{ shop { id } }", token: new["access_token"].text).status == 401)
        }
    }

    @Test func anUninstalledShopAnswersNothing() async throws {
        try await StandInClient.run { client in
            client.standIn.uninstall(StandInClient.shop)
            let answer = try await client.admin("{ shop { id } }")
            #expect(answer.status == 401)
            #expect(!client.standIn.isInstalled(StandInClient.shop))
        }
    }

    private func code(_ client: StandInClient) async throws -> String {
        let address = client.standIn.callback(
            StandInClient.shop, scopes: ["read_orders"], state: "s", redirect: "https://app.example/callback")
        let query = QueryText.decode(address.split(separator: "?").last.map(String.init) ?? "")
        return try #require(query.first { $0.0 == "code" }?.1)
    }
}
