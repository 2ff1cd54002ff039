import Cryptography
import DataSubjects
import EventModel
import Foundation
import Pipelines
import Postgres
import Privacy
import ReadModels
import Recorder
import Testing

/// What is gathered of a person, how it is kept, and who may read it.
@Suite struct ExportTests {
    private static let email = "marker-jon@example.com"

    private static func members(_ json: [UInt8]?) throws -> [String: Any] {
        let json = try #require(json)
        return try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
    }

    private static func items(_ document: [String: Any], _ name: String) -> [[String: Any]] {
        document[name] as? [[String: Any]] ?? []
    }

    @Test func `An export holds all of one person, opened, and nothing of another`() async throws {
        try await ExportWorld.with { world in
            try await world.order(1, customer: 7, email: Self.email)
            try await world.order(2, customer: 8, email: "marker-other@example.com")
            try await world.order(3, customer: 7, email: Self.email)
            try await world.project()
            let events = try await world.desk.make(world.subject(7, email: Self.email, [1, 3]), shop: world.shop)
            #expect(events == 2)
            let json = try #require(try await world.document())
            #expect(!String(decoding: json, as: UTF8.self).contains("marker-other"))
            let document = try Self.members(json)
            #expect((document["request"] as? [String: Any])?["shop"] as? String == ExportWorld.domain)
            let read = Self.items(document, "events")
            #expect(read.compactMap { $0["position"] as? Int } == [1, 3])
            #expect(read.allSatisfy { $0["readable"] as? Bool == true && $0["link"] as? String == "named" })
            #expect((read[0]["data"] as? [String: Any])?["email"] as? String == Self.email)
            #expect(read[0]["what"] as? String == "An order was made")
            let orders = Self.items(document, "orders")
            #expect(orders.compactMap { $0["id"] as? String } == ["1", "3"])
            #expect(orders.compactMap { $0["email"] as? String } == [Self.email, Self.email])
            let origins = Self.items(document, "origins")
            #expect(origins.first?["source"] as? String == "history")
            #expect(origins.first?["events"] as? Int == 2)
            #expect(try await world.names().filter { $0 == "privacy.exported" }.count == 1)
        }
    }

    @Test func `What was erased stays sealed and is said to be`() async throws {
        try await ExportWorld.with { world in
            try await world.order(1, customer: 7, email: Self.email)
            try await world.pool.run { try $0.execute("delete from registry.subject_key") }
            try await world.desk.make(world.subject(7, email: Self.email, [1]), shop: world.shop)
            let document = try Self.members(try await world.document())
            #expect((document["summary"] as? [String: Any])?["events_unreadable"] as? Int == 1)
            let event = try #require(Self.items(document, "events").first)
            #expect(event["readable"] as? Bool == false)
            #expect(((event["data"] as? [String: Any])?["email"] as? [String: Any])?["sealed"] as? Bool == true)
        }
    }

    @Test func `The page escapes everything and runs nothing`() async throws {
        try await ExportWorld.with { world in
            try await world.order(1, customer: 7, email: Self.email, name: "<script>alert('x')</script>&<b a=\\\"")
            try await world.desk.make(world.subject(7, email: Self.email, [1]), shop: world.shop)
            let json = try #require(try await world.document())
            let page = String(decoding: try #require(ExportPage.html(json)), as: UTF8.self)
            #expect(page.contains(Self.email))
            #expect(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&lt;b a=&quot;"))
            #expect(!page.contains("<script") && !page.contains("http:") && !page.contains("src="))
            #expect(ExportPage.html(Array("{}".utf8)) == nil)
        }
    }

    @Test func `It is kept sealed, opened by its link, and gone when its time is over`() async throws {
        try await ExportWorld.with { world in
            try await world.order(1, customer: 7, email: Self.email)
            try await world.desk.make(world.subject(7, email: Self.email, [1]), shop: world.shop)
            let stored = try await world.pool.run {
                try $0.query("select sealed from privacy.export")[0].bytes(0)
            }
            #expect(!String(decoding: stored, as: UTF8.self).contains("marker"))
            let status = try #require(try await Self.status(world))
            let token = try #require(status.token)
            #expect(status.isReady && status.expiresAt == ExportWorld.now + ExportLimits.lifeMillis)
            #expect(try await world.desk.isToken(token, of: world.request))
            #expect(try await !world.desk.isToken(token + "x", of: world.request))
            #expect(try await !world.desk.isToken(token, of: Key128(high: 1, low: 1)))
            #expect(try await world.document() != nil)
            // Once it was handed out, a day is left.
            let until = ExportWorld.now + ExportLimits.openedLifeMillis
            #expect(try await Self.status(world)?.expiresAt == until)
            #expect(try await world.pool.run { try ExportTable.expire(nowMillis: until - 1, on: $0) } == 0)
            #expect(try await world.pool.run { try ExportTable.expire(nowMillis: until, on: $0) } == 1)
            #expect(try await world.document() == nil)
            let gone = try #require(try await Self.status(world))
            #expect(!gone.isReady && gone.token == nil && gone.events == 1)
            #expect(try await !world.desk.isToken(token, of: world.request))
            let left = try await world.pool.run {
                try $0.query("select count(*) from privacy.export where wrapped_key is not null or sealed is not null")[
                    0
                ]
                .int64(0)
            }
            #expect(left == 0)
        }
    }

    @Test func `Another shop's key opens no export`() async throws {
        try await ExportWorld.with { world in
            try await world.order(1, customer: 7, email: Self.email)
            try await world.desk.make(world.subject(7, email: Self.email, [1]), shop: world.shop)
            let request = world.request
            await #expect(throws: PrivacyError.self) {
                try await world.pool.run { connection in
                    let other = ShopContext(shop: 2, keys: ShopKeys(shopKey: ExportWorld.shopKey))
                    return try ExportTable.open(
                        request, context: other, nowMillis: ExportWorld.now, on: connection)
                }
            }
        }
    }

    @Test func `An erasure takes the person's exports and no others`() async throws {
        try await ExportWorld.with { world in
            try await world.order(1, customer: 7, email: Self.email)
            try await world.desk.make(world.subject(7, email: Self.email, [1]), shop: world.shop)
            let (mine, others) = (try world.handle(.customer, "7"), try world.handle(.customer, "8"))
            try await world.pool.run { connection in
                _ = try connection.query(
                    "update privacy.request set asked_handles = $1", [.bytes(Handle.packed([mine]))])
            }
            #expect(try await world.pool.run { try ExportTable.destroy(of: [others], shop: 1, on: $0) } == 0)
            #expect(try await world.pool.run { try ExportTable.destroy(of: [mine], shop: 2, on: $0) } == 0)
            #expect(try await world.pool.run { try ExportTable.destroy(of: [mine], shop: 1, on: $0) } == 1)
            #expect(try await world.document() == nil)
        }
    }

    private static func status(_ world: ExportWorld) async throws -> ExportTable.Status? {
        let (request, keys) = (world.request, world.shop.keys)
        return try await world.pool.run { connection in
            try ExportTable.status(
                request, context: ShopContext(shop: 1, keys: keys), nowMillis: ExportWorld.now, on: connection)
        }
    }
}

/// Openings of personal data in the log.
@Suite struct ExportAuditTests {
    private static let email = "marker-jon@example.com"

    @Test func `Each handing out is one event, and the next export tells of it`() async throws {
        try await ExportWorld.with { world in
            for id in 1...3 { try await world.order(id, customer: 7, email: Self.email) }
            let subject = try world.subject(7, email: Self.email, [1, 2, 3])
            try await world.desk.make(subject, shop: world.shop)
            _ = try await world.document("key:9")
            #expect(try await world.names().filter { $0 == "personal.opened" }.count == 1)
            try await world.desk.make(subject, shop: world.shop)
            let json = try #require(try await world.document("key:10"))
            let text = String(decoding: json, as: UTF8.self)
            #expect(text.contains(#""readers":[{"at":"2026-05-28T20:26:40.000Z","reader":"key:9""#))
        }
    }

    @Test func `What cannot be noted is not handed out`() async throws {
        try await ExportWorld.with { world in
            try await world.order(1, customer: 7, email: Self.email)
            try await world.desk.make(world.subject(7, email: Self.email, [1]), shop: world.shop)
            await world.sink.set(away: true)
            let refused = await #expect(throws: OpeningNotNoted.self) { try await world.document() }
            #expect(refused?.retryAfterSeconds == 4)
            await world.sink.set(away: false)
            #expect(try await world.document() != nil)
        }
    }

    @Test func `An event of the audit log says who and what, and nothing of the person`() async throws {
        try await ExportWorld.with { world in
            try await world.order(1, customer: 7, email: Self.email)
            let audit = OpeningAudit(pool: world.pool, recorder: world.recorder, nowMillis: { ExportWorld.now })
            let reading = PersonalReading(reader: "session:4", route: "GET /api/analytics/leads")
            try await audit.note(Array(1...50), by: reading, shop: world.shop)
            try await audit.note([], by: reading, shop: world.shop)
            let payloads = try await world.payloads(of: "personal.opened")
            #expect(payloads.count == 1)
            let text = try #require(payloads.first)
            #expect(text.hasPrefix(#"{"reader":"session:4","route":"GET /api/analytics/leads","events":50,"#))
        }
    }
}
