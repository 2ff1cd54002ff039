import EventModel
import Foundation
import Gateway
import Privacy
import TestSupport
import Testing

@Suite struct ProxyTests {
    static let start = WidgetTests.base + "/session/start"

    static func query(_ pairs: [(String, String)] = [], at seconds: Int64 = Harness.now / 1000) -> String {
        Signing.proxy([("shop", Harness.domain), ("timestamp", String(seconds))] + pairs, Harness.secret)
    }

    @Test func `signatures of the vectors`() throws {
        let file = try #require(
            JSONSerialization.jsonObject(with: Vectors.load("app_proxy_signature")) as? [String: Any])
        for vector in try #require(file["cases"] as? [[String: Any]]) {
            let id = try #require(vector["id"] as? String)
            let query = try #require(vector["query"] as? String)
            let secrets = try #require(vector["secrets"] as? [String]).map { Array($0.utf8) }
            let expected = try #require(vector["expected"] as? [String: Any])
            if let text = vector["canonical_string"] as? String, expected["signature_valid"] is Bool {
                #expect(String(decoding: ProxySignature.canonicalText(of: query), as: UTF8.self) == text, "\(id)")
            }
            if let isValid = expected["signature_valid"] as? Bool {
                #expect(ProxySignature.verifies(query: query, secrets: secrets) == isValid, "\(id)")
            }
            if let isAccepted = expected["accepted"] as? Bool, let now = vector["now"] as? Int64 {
                let signature = ProxySignature(query: query, secrets: secrets, nowMillis: now * 1000)
                #expect((signature != nil) == isAccepted, "\(id)")
            }
        }
    }

    @Test(arguments: [
        ("b=2&a=1&b=", "a=1b=2,"), ("a&b=&=c&&d==", "=ca=b=d=="), ("B=1&a=1&%C3%A9=1&e=1", "B=1a=1e=1é=1"),
        ("q=%zz&r=%4&s=a%2Bb+c", "q=%zzr=%4s=a+b c"), ("a=1&a%3D=2", "a=1a==2"), ("signature=x&z=1&signature=y", "z=1"),
    ]) func `what is signed`(query: String, text: String) {
        #expect(String(decoding: ProxySignature.canonicalText(of: query), as: UTF8.self) == text)
    }

    @Test func `bytes are signed, not characters`() {
        #expect(ProxySignature.canonicalText(of: "a=%FF%FE") == Array("a=".utf8) + [0xFF, 0xFE])
        // One letter in two spellings is two names.
        let composed = ProxySignature.canonicalText(of: "%C3%A9=1&e%CC%81=2")
        #expect(composed == Array("e\u{301}=2".utf8) + Array("\u{E9}=1".utf8))
    }

    @Test func `who is logged in is said once`() {
        let now = Harness.now
        func proxy(_ query: String) -> ProxySignature? {
            ProxySignature(query: query, secrets: [Harness.secret], nowMillis: now)
        }
        #expect(proxy(Self.query([("logged_in_customer_id", "42")]))?.customerID == "42")
        #expect(proxy(Self.query([("logged_in_customer_id", "")]))?.customerID == "")
        // As the proxy would sign a shopper's own parameter beside its own.
        let both = Self.query([("logged_in_customer_id", "1,42")])
        #expect(proxy(both)?.customerID == "1,42")
        let split = both.replacingOccurrences(of: "=1,42", with: "=1&logged_in_customer_id=42")
        #expect(ProxySignature.verifies(query: split, secrets: [Harness.secret]))
        #expect(proxy(split) == nil)
    }

    @Test(arguments: ["session/start", "event", "lead", "chat"])
    func `a bad signature is 401 whatever the body is`(route: String) async throws {
        try await Harness.run { harness in
            let query = "?shop=\(Harness.domain)&timestamp=1&signature=00"
            for body in ["{", "[]", "{}", ""] {
                let answer = try await harness.client.post("\(WidgetTests.base)/\(route)\(query)", body)
                #expect(answer.status == 401, "\(body)")
            }
        }
    }

    @Test func `a signed query works again within its time, and not after`() async throws {
        try await Harness.run { harness in
            let query = Self.query(at: Harness.now / 1000 + 90)
            for _ in 0..<2 {
                let answer = try await harness.client.post(Self.start + "?" + query, "{}")
                #expect(answer.status == 200, "\(answer.body)")
            }
            harness.clock.advance(180_000)
            let last = try await harness.client.post(Self.start + "?" + query, "{}")
            #expect(last.status == 200)
            harness.clock.advance(1_000)
            let late = try await harness.client.post(Self.start + "?" + query, "{}")
            #expect(late.status == 401)
            let early = try await harness.client.post(
                Self.start + "?" + Self.query(at: harness.clock.millis / 1000 + 91), "{}")
            #expect(early.status == 401)
        }
    }

    @Test func `signed requests come from the proxies where these are known`() async throws {
        let configuration = Harness.configuration {
            $0.trustedProxies = ["127.0.0.0/8"].compactMap { AddressRange($0) }
            $0.proxyAllowlist = ["198.51.100.0/24", "2001:db8::/32"].compactMap { AddressRange($0) }
        }
        try await Harness.run(configuration) { harness in
            func status(_ address: String?, _ query: String, _ body: String) async throws -> Int {
                var headers = WidgetTests.origin
                headers["x-forwarded-for"] = address
                return try await harness.client.post(Self.start + query, body, headers: headers).status
            }
            let signed = "?" + Self.query()
            let tenant = #"{"tenantId":"\#(Harness.domain)"}"#
            let statuses = try await [
                status("198.51.100.7", signed, "{}"), status("2001:db8::9", signed, "{}"),
                // A shopper's own header stands before what the trusted proxy says.
                status("198.51.100.7, 203.0.113.1", signed, tenant), status(nil, signed, tenant),
                status("203.0.113.1", "", tenant),
            ]
            #expect(statuses == [200, 200, 401, 401, 200])
        }
    }

    @Test func `limits of the proxy are per shop and per address`() async throws {
        let configuration = Harness.configuration {
            $0.limits.addressRate = RateLimit(perSecond: 1, burst: 1)
            $0.limits.shopRate = RateLimit(perSecond: 1, burst: 3)
            $0.trustedProxies = ["127.0.0.0/8"].compactMap { AddressRange($0) }
        }
        try await Harness.run(configuration) { harness in
            var answers: [RawClient.Response] = []
            for address in ["1.1.1.1", "1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"] {
                let path = Self.start + "?" + Self.query([("n", String(answers.count))])
                answers.append(try await harness.client.post(path, "{}", headers: ["x-forwarded-for": address]))
            }
            #expect(answers.map(\.status) == [200, 429, 200, 200, 429])
            #expect(answers[1].headers["ratelimit"]?.hasPrefix("\"address\"") == true)
            #expect(answers[4].headers["ratelimit"]?.hasPrefix("\"shop\"") == true)
        }
    }

    // MARK: Session tokens

    static func token(beganAt seconds: Int64) -> SessionToken {
        SessionToken(
            shop: 9, expiresAtSeconds: seconds + SessionToken.lifetimeSeconds,
            session: [UInt8](repeating: 3, count: SessionToken.sessionBytes), clientID: Array("client".utf8))
    }

    @Test func `a token lasts its time, whatever day's key signed it`() {
        let key = [UInt8](repeating: 5, count: 32)
        // A second before midnight.
        let began = Harness.now / 86_400_000 * 86_400 - 1
        let text = Self.token(beganAt: began).signed(key)
        for (second, isGood) in [(0, true), (2, true), (86_399, true), (86_400, false), (-300, true), (-301, false)] {
            let token = SessionToken(text, key: key, nowMillis: (began + Int64(second)) * 1000)
            #expect((token == Self.token(beganAt: began)) == isGood, "\(second)")
        }
        #expect(SessionToken.claimedShop(text) == 9)
        #expect(SessionToken(text, key: [UInt8](repeating: 6, count: 32), nowMillis: began * 1000) == nil)
    }

    @Test func `each day has a key of its own, and no other text is a token`() throws {
        let key = [UInt8](repeating: 5, count: 32)
        let began = Harness.now / 1000
        let text = Self.token(beganAt: began).signed(key)
        let bytes = Array(text.utf8)
        for place in bytes.indices {
            var changed = bytes
            changed[place] = changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "Q") : UInt8(ascii: "A")
            let other = String(decoding: changed, as: UTF8.self)
            #expect(SessionToken(other, key: key, nowMillis: began * 1000) == nil, "\(place)")
        }
        // The same bytes but for the day.
        let next = Self.token(beganAt: began + 86_400).signed(key)
        let swapped = try "\(#require(next.split(separator: ".").first)).\(#require(text.split(separator: ".").last))"
        #expect(SessionToken(swapped, key: key, nowMillis: (began + 86_400) * 1000) == nil)
        #expect(SessionToken(next, key: key, nowMillis: (began + 86_400) * 1000) != nil)
    }

    @Test func `tokens outlive a rotation of the vault's key`() throws {
        let shopKey = Vault.newKey()
        let (old, new) = (Vault.newKey(), Vault.newKey())
        let wrapped = try Vault(currentKey: old).wrap(shopKey)
        let text = Self.token(beganAt: Harness.now / 1000).signed(ShopKeys(shopKey: shopKey).widgetToken)
        let rotating = try Vault(currentKey: new, previousKey: old)
        let rewrapped = try rotating.wrap(rotating.unwrap(wrapped))
        let keys = try ShopKeys(shopKey: Vault(currentKey: new).unwrap(rewrapped))
        #expect(SessionToken(text, key: keys.widgetToken, nowMillis: Harness.now) != nil)
    }
}
