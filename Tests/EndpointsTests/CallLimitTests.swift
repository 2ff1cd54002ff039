import Endpoints
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Postgres
import ReadModels
import Synchronization
import Testing

/// Limits of calls, and what answers say about them; bodies and answers that must not be taken or kept.
@Suite struct CallLimitTests {
    /// Lets two calls of a shop and four of an address through.
    private final class Limiter: CallLimiter {
        private let counts = Mutex<[String: Int]>([:])

        private func take(_ policy: CallRate.Policy, _ name: String, burst: Int) -> CallRate {
            let used = counts.withLock { counts in
                counts[name, default: 0] += 1
                return counts[name] ?? 0
            }
            return CallRate(
                policy: policy, burst: burst, windowSeconds: 60, remaining: max(0, burst - used), resetSeconds: 9,
                retryAfterSeconds: used > burst ? 3 : nil)
        }

        func take(from peer: SocketAddress?, headers: HTTPFields) -> CallRate? {
            take(.address, headers[.userAgent] ?? "", burst: 4)
        }

        func take(for shop: Int32) -> CallRate { take(.shop, "\(shop)", burst: 2) }
    }

    private static let rate = HTTPField.Name("RateLimit")
    private static let policy = HTTPField.Name("RateLimit-Policy")

    @Test func `A shop that asks too much has to wait`() async throws {
        try await Site.with(configure: { $0.limiter = Limiter() }) { site in
            let (rate, policy) = (try #require(Self.rate), try #require(Self.policy))
            let first = try await site.ask("/api/analytics/shop")
            #expect(first.headers[rate] == #""shop";r=1;t=9"#)
            #expect(first.headers[policy] == #""shop";q=2;w=60"#)
            let unknown = try await site.ask("/api/analytics/sessions/1")
            #expect(unknown.status == .notFound)
            #expect(unknown.headers[rate] == #""shop";r=0;t=9"#)
            let over = try await site.ask("/api/analytics/shop")
            #expect(over.status == .tooManyRequests)
            #expect(over.headers[.retryAfter] == "3")
            #expect(over.headers[rate] == #""shop";r=0;t=9"#)
            #expect(over.json["type"] as? String == "urn:footfall:problem:rate-limited")
            // Another shop has calls of its own.
            #expect(
                try await site.ask(
                    "/api/analytics/shop?shop=other.myshopify.com", key: "operator", headers: [.userAgent: "b"]
                ).status == .ok)
        }
    }

    @Test func `An address that asks too much has to wait, with or without a key`() async throws {
        try await Site.with(configure: { $0.limiter = Limiter() }) { site in
            let (rate, policy) = (try #require(Self.rate), try #require(Self.policy))
            for left in (0..<4).reversed() {
                let answer = try await site.ask("/api/analytics/shop", key: "garbage")
                #expect(answer.status == .unauthorized)
                #expect(answer.headers[rate] == "\"address\";r=\(left);t=9")
            }
            let over = try await site.ask("/api/analytics/shop", key: "garbage")
            #expect(over.status == .tooManyRequests)
            #expect(over.headers[policy] == #""address";q=4;w=60"#)
            for path in ["/health/live", "/openapi.json"] {
                #expect(try await site.ask(path, key: "none").headers[rate] == nil)
            }
        }
    }

    @Test func `A compressed body is refused`() async throws {
        try await Site.with { site in
            for coding in ["gzip", "deflate", "br"] {
                let answer = try await site.ask(
                    "/api/analytics/query", .post, body: "{}", headers: [.contentEncoding: coding])
                #expect(answer.status == .unsupportedMediaType)
                #expect(answer.headers[.acceptEncoding] == "identity")
            }
            let plain = try await site.ask(
                "/api/analytics/query", .post, body: #"{"metrics":["sessions"],"date_range":"7d"}"#,
                headers: [.contentEncoding: "identity"])
            #expect(plain.status == .ok)
        }
    }

    @Test func `Nobody on the way keeps personal data`() async throws {
        try await Site.with(configure: { $0.recordOpener = Opener() }) { site in
            try await site.world.addOrders([1])
            for list in ["orders", "customers", "transactions"] {
                let answer = try await site.ask("/api/data/shopify/\(list)", key: "data")
                #expect(answer.headers[.cacheControl] == "no-store", "\(list)")
                #expect(answer.headers[.eTag] != nil)
            }
            #expect(try await site.ask("/api/analytics/leads").headers[.cacheControl] == "no-store")
            #expect(
                try await site.ask("/api/data/shopify/products", key: "data").headers[.cacheControl]
                    == "private, no-cache")
        }
    }

    @Test func `Nothing is opened for an answer that is known, or while openings cannot be noted`() async throws {
        let opener = Opener()
        try await Site.with(configure: {
            $0.leadOpener = Refusing()
            $0.recordOpener = opener
        }) { site in
            try await site.world.addOrders([1])
            let path = "/api/data/shopify/orders"
            let tag = try #require(try await site.ask(path, key: "data").headers[.eTag])
            #expect(try await site.ask(path, key: "data", headers: [.ifNoneMatch: tag]).status == .notModified)
            #expect(opener.readings.withLock { $0.count } == 1)
            #expect(opener.readings.withLock { $0.first?.contains("GET /api/data/shopify/orders") } == true)
            try await site.world.addLead()
            let refused = try await site.ask("/api/analytics/leads")
            #expect(refused.status == .serviceUnavailable)
            #expect(refused.headers[.retryAfter] == "2")
        }
    }

    private struct Refusing: LeadOpener {
        func open(
            _ shop: ShopKey, _ positions: [Int64], for reading: PersonalReading
        ) async throws -> [Int64: LeadContact] { throw OpeningNotNoted(retryAfterSeconds: 2) }
    }
}

extension World {
    /// One lead whose contact data stand at position 5.
    func addLead() async throws {
        try await pool.run {
            try $0.execute(
                """
                INSERT INTO leads.lead (lane, shop_id, handle, handle_kind, version, id, first_seen_at, last_seen_at,
                    submissions, status, visitor, source,
                    name_position, email_position, phone_position, answers_position, state)
                VALUES (1, 1, gen_random_uuid(), 3, 1, gen_random_uuid(), '2026-11-01Z', '2026-11-01Z', 1, 'new',
                    gen_random_uuid(), 'widget', 5, 5, 5, 5, '')
                """)
        }
    }
}
