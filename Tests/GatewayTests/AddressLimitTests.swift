import EventModel
import Gateway
import Testing

/// What counts against an address beside the events of known shops: guesses, and what nobody known has signed.
@Suite struct AddressLimitTests {
    static let strict = Harness.configuration {
        $0.limits.addressRate = RateLimit(perSecond: 1, burst: 3)
        $0.trustedProxies = ["127.0.0.0/8"].compactMap { AddressRange($0) }
    }

    private func statuses(_ count: Int, _ send: () async throws -> RawClient.Response) async throws -> [Int] {
        var statuses: [Int] = []
        for _ in 0..<count { statuses.append(try await send().status) }
        return statuses
    }

    private func deliver(
        _ harness: Harness, from address: String, _ body: [UInt8], signature: String, encoding: String = "identity"
    ) async throws -> RawClient.Response {
        let headers = [
            "x-shopify-topic": "products/create", "x-shopify-shop-domain": Harness.domain,
            "x-shopify-hmac-sha256": signature, "x-forwarded-for": address, "content-encoding": encoding,
        ]
        let request = RawClient.request("POST", "/webhooks", headers: headers, body: body)
        return try await harness.client.exchange([request])[0]
    }

    @Test func `unknown accounts count`() async throws {
        try await Harness.run(Self.strict) { harness in
            let guesses = try await statuses(5) {
                try await harness.pixel(event(), account: "guess", headers: ["x-forwarded-for": "1.1.1.1"])
            }
            #expect(guesses == [404, 404, 404, 429, 429])
            let limited = try await harness.pixel(event(), account: "guess", headers: ["x-forwarded-for": "1.1.1.1"])
            #expect(limited.headers["retry-after"] == "1")
            #expect(limited.headers["ratelimit"]?.hasPrefix("\"address\"") == true)
            let other = try await harness.pixel(event(), headers: ["x-forwarded-for": "1.1.1.2"])
            #expect(other.status == 202)
        }
    }

    @Test func `bad signatures count, and good ones do not`() async throws {
        let body = Array(#"{"id":1}"#.utf8)
        let zipped = try BadInputTests.gzip(body)
        try await Harness.run(Self.strict) { harness in
            let good = try await statuses(6) {
                try await deliver(harness, from: "1.1.1.1", body, signature: Signing.webhook(body))
            }
            #expect(good == Array(repeating: 200, count: 6))
            let bad = try await statuses(3) { try await deliver(harness, from: "1.1.1.1", body, signature: "AAAA") }
            #expect(bad == [401, 401, 401])
            // None is looked at any more.
            let late = try await deliver(harness, from: "1.1.1.1", body, signature: Signing.webhook(body))
            #expect(late.status == 429 && late.headers["retry-after"] == "1")
            let compressed = try await deliver(
                harness, from: "1.1.1.1", zipped, signature: Signing.webhook(zipped), encoding: "gzip")
            #expect(compressed.status == 429)
            let other = try await deliver(harness, from: "1.1.1.2", body, signature: Signing.webhook(body))
            #expect(other.status == 200)
            harness.clock.advance(1_000)
            let again = try await deliver(harness, from: "1.1.1.1", body, signature: Signing.webhook(body))
            #expect(again.status == 200)
        }
    }

    @Test func `bad tokens and proxy signatures count`() async throws {
        try await Harness.run(Self.strict) { harness in
            let event = #"{"sessionId":"a","token":"b.c","id":"1","name":"x"}"#
            let tokens = try await statuses(4) {
                try await harness.client.post("/apps/mattressai/event", event, headers: ["x-forwarded-for": "1.1.1.1"])
            }
            #expect(tokens == [401, 401, 401, 429])
            let path = "/apps/mattressai/session/start?signature=00"
            let proxied = try await statuses(4) {
                try await harness.client.post(path, "{}", headers: ["x-forwarded-for": "1.1.1.2"])
            }
            #expect(proxied == [401, 401, 401, 429])
        }
    }

    @Test(arguments: [false, true]) func `this machine's programs have no limit unless one is set`(isSet: Bool)
        async throws
    {
        let configuration = Harness.configuration {
            $0.limits.addressRate = RateLimit(perSecond: 1, burst: 2)
            $0.limits.limitsLoopback = isSet
        }
        try await Harness.run(configuration) { harness in
            let found = try await statuses(3) { try await harness.pixel(event()) }
            #expect(found == (isSet ? [202, 202, 429] : [202, 202, 202]))
        }
    }
}
