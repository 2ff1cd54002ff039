import EventModel
import Foundation
import Pipelines
import Postgres
import Projector
import ReadModels
import Testing

/// Leads as the list shows them: one a person, converted by the orders that followed, in whatever order all of it came.
@Suite struct LeadTests {
    private static let start = Timestamp.parse("2026-03-10T12:00:00Z") ?? 0

    private static func handles(_ email: UInt64?, _ phone: UInt64?) -> [(HandleKind, UInt64)] {
        [(HandleKind.email, email), (.phone, phone)].compactMap { kind, hash in hash.map { (kind, $0) } }
    }

    private static func lead(
        _ minute: Int64, email: UInt64? = nil, phone: UInt64? = nil, _ body: String = "", visitor: UInt64 = 1
    ) -> ShopEvent {
        ShopEvent(
            name: "lead", body: "{\"id\":\"lead-\(minute)\"\(body)}", source: .widget, time: start + minute * 60_000,
            handles: handles(email, phone), visitor: (.client, Key128(high: visitor, low: visitor)))
    }

    private static func order(
        _ id: Int64, _ minute: Int64, email: UInt64? = nil, phone: UInt64? = nil, isTest: Bool = false,
        _ topic: String = "orders/create"
    ) -> ShopEvent {
        let at = Timestamp.text(start + minute * 60_000)
        var order = OrderPayload(id: id, updated: at, processed: at)
        order.isTest = isTest
        order.lines = [.init(id: Int(id) * 10, price: "10.00", discount: "1.00")]
        var event = order.event(topic)
        event.handles = handles(email, phone)
        return event
    }

    /// The leads by the minute of their first submission, as answers show them.
    private static func list(_ log: CommerceLog) throws -> [Int64: [String: Any]] {
        let page = try LeadRecord.list(ShopKey(lane: 1, shop: 1), ListPage(), log.connection)
        var found: [Int64: [String: Any]] = [:]
        for record in page.items {
            var writer = JSONWriter()
            record.write(&writer, nil)
            let json = try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [String: Any]
            found[(record.firstSeenAt - start) / 60_000] = json
        }
        return found
    }

    /// Every order of arrival and every batching gives the same tables, and so does a rebuild.
    private static func always(
        _ events: [ShopEvent], _ check: ([Int64: [String: Any]]) throws -> Void
    ) async throws {
        var random = SplitMix(7)
        var dumps: Set<[String]> = []
        for round in 0..<4 {
            try await CommerceLog.with { log in
                try log.append(round == 0 ? events : events.shuffled(using: &random))
                try await log.project(ProjectionSchemas.names, batchSize: [1000, 1, 2, 3][round])
                try check(list(log))
                let positions = LeadPart.allCases.map { "\($0)_position" }
                dumps.insert(
                    try log.dump(
                        "leads", ["lead", "lead_handle", "purchase", "unlinked"],
                        without: ["version", "state"] + positions))
                guard round == 3 else { return }
                let comparisons = try await ProjectionRebuilder(log.configuration).verify()
                #expect(comparisons.filter { !$0.isEqual }.map(\.projection) == [])
            }
        }
        #expect(dumps.count == 1)
    }

    @Test func `An order converts by its own time`() async throws {
        let events = [
            Self.lead(0, email: 1), Self.order(1, -4000, email: 1),
            Self.lead(1, email: 2), Self.order(2, 30, email: 2), Self.order(3, 60, email: 2, "orders/updated"),
            Self.lead(2, email: 3), Self.order(4, 2, email: 3),
        ]
        try await Self.always(events) { leads in
            #expect([0, 1, 2].map { leads[$0]?["status"] as? String } == ["new", "converted", "converted"])
            #expect([0, 1, 2].map { leads[$0]?["orders"] as? Int } == [0, 2, 1])
            #expect(leads[1]?["converted_at"] as? String == Timestamp.text(Self.start + 30 * 60_000))
            #expect((leads[1]?["net_sales"] as? [String: Any])?["amount"] as? String == "18.00")
            #expect(leads[0]?["net_sales"] is NSNull && leads[0]?["converted_at"] is NSNull)
        }
    }

    @Test func `Test orders and deleted ones convert nobody`() async throws {
        let gone = ShopEvent(name: "orders/delete", body: "{\"id\":8}")
        let events = [
            Self.lead(0, email: 1), Self.order(7, 5, email: 1, isTest: true), Self.lead(1, email: 2),
            Self.order(8, 5, email: 2), gone,
        ]
        try await Self.always(events) { leads in
            #expect([0, 1].map { leads[$0]?["status"] as? String } == ["new", "new"])
        }
    }

    @Test func `Submissions that share a handle are one lead`() async throws {
        let events = [
            // First the phone alone, then with an e-mail.
            Self.lead(0, phone: 1), Self.lead(10, email: 1, phone: 1), Self.order(1, 20, email: 1),
            // First the e-mail alone.
            Self.lead(1, email: 2), Self.lead(11, email: 2, phone: 2), Self.order(2, 20, phone: 2),
            // Two leads that turn out to be one.
            Self.lead(2, email: 3), Self.lead(3, phone: 3), Self.lead(12, email: 3, phone: 3),
        ]
        try await Self.always(events) { leads in
            #expect(leads.keys.sorted() == [0, 1, 2])
            #expect([0, 1, 2].map { leads[$0]?["submissions"] as? Int } == [2, 2, 3])
            #expect([0, 1, 2].map { leads[$0]?["orders"] as? Int } == [1, 1, 0])
        }
    }

    @Test func `A lead takes so many handles and no more`() async throws {
        let max: UInt64 = 64
        // Phone `n` comes in minute `n`; the last five are one too many.
        var events = (1...max + 4).map { Self.lead(Int64($0), email: 1001, phone: $0) }
        // A phone of the lead and one that it did not take, each with another e-mail.
        events += [Self.lead(200, email: 1002, phone: 1), Self.lead(300, email: 1003, phone: max + 4)]
        events += [Self.order(1, 400, phone: max - 1), Self.order(2, 400, phone: max)]
        var dumps: Set<[String]> = []
        for batchSize in [1000, 1, 7] {
            try await CommerceLog.with { log in
                try log.append(events)
                try await log.project(ProjectionSchemas.names, batchSize: batchSize)
                let leads = try Self.list(log)
                #expect(leads.keys.sorted() == [1, 200, 300])
                #expect([1, 200, 300].map { leads[$0]?["submissions"] as? UInt64 } == [max + 4, 1, 1])
                #expect([1, 200, 300].map { leads[$0]?["orders"] as? Int } == [1, 0, 0])
                // Only what is new is written: no other row was as much as locked.
                #expect(
                    try log.row("select count(*)::text, count(*) filter (where xmax <> 0)::text from leads.lead_handle")
                        == ["\(max + 3)", "0"])
                dumps.insert(try log.dump("leads", ["lead", "lead_handle"]))
            }
        }
        #expect(dumps.count == 1)
    }

    @Test func `A later submission replaces what it states and nothing else`() async throws {
        let events = [
            Self.lead(0, email: 1, ",\"name\":{\"sealed\":true},\"answers\":{\"firm\":{\"sealed\":true}}"),
            Self.lead(5, email: 1, ",\"name\":null,\"answers\":{}"), Self.lead(9, email: 1, phone: 1),
        ]
        try await CommerceLog.with { log in
            try log.append(events)
            try await log.project(ProjectionSchemas.names)
            let record = try LeadRecord.list(ShopKey(lane: 1, shop: 1), ListPage(), log.connection).items[0]
            #expect(record.contact.all == [1, 3])
            let opened = [
                Position(1): LeadContact(name: "Ann", email: "a@x.example", answers: Array("{\"firm\":1}".utf8)),
                3: LeadContact(email: "A@x.example", phone: "+49 1"),
            ]
            let contact = record.contact.contact(opened)
            #expect(contact?.name == "Ann" && contact?.email == "A@x.example" && contact?.phone == "+49 1")
            #expect(contact?.answers == Array("{\"firm\":1}".utf8))
        }
    }

    @Test func `A lead names its session and what led there`() async throws {
        let page = ShopEvent(
            name: "page_viewed",
            body: """
                {"id":"p1","name":"page_viewed","data":{},"context":{"document":{"location":{"href":\
                "https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=may"}}}}
                """, source: .pixel, time: Self.start - 60_000, visitor: (.client, Key128(high: 1, low: 1)))
        try await Self.always([page, Self.lead(0, email: 1), Self.lead(3000, email: 1)]) { leads in
            let touch = leads[0]?["touch"] as? [String: Any]
            #expect(touch?["channel"] as? String == "Email" && touch?["utm_campaign"] as? String == "may")
            let session = (leads[0]?["session_id"] as? String).flatMap(SessionAddress.init)
            #expect(session?.startedAt == Self.start - 60_000)
        }
    }
}
