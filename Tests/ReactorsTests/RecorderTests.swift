import EventLog
import EventModel
import Foundation
import Pipelines
import Postgres
import Privacy
import Recorder
import TestSupport
import Testing

@Suite("Recorder: Footfall's own events")
struct RecorderTests {
    private static let order = Array(
        """
        {"id":820982911946154508,"name":"#1001","email":"jane@example.com","updated_at":"2026-01-02T03:04:05Z",
        "total_price":"31.00","customer":{"id":115310627314723954,"first_name":"Jane"},"line_items":[]}
        """.utf8)

    private func order(_ payload: [UInt8] = Self.order, at time: Int64 = 1_767_323_045_000) -> OwnEvent {
        OwnEvent(
            source: .history, name: "orders/updated", payload: payload, occurredAt: time,
            identity: "820982911946154508:1767323045000")
    }

    @Test("history is sealed like a webhook, stored once, and found as the webhook's kind")
    func history() async throws {
        try await World.with { world in
            for _ in 0..<2 {
                let outcomes = try await world.recorder.record([self.order(), self.order()], for: world.shop)
                #expect(outcomes == [.recorded, .recorded])
            }
            let rows = try world.connection.query(
                """
                select k.name, e.source, e.payload, e.sealed, e.occurred_at, e.shop_id
                from log.event e join log.kind k on k.id = e.kind
                """)
            #expect(rows.count == 1)
            #expect(rows[0].text(0) == "orders/updated" && rows[0].int16(1) == EventSource.history.rawValue)
            #expect(rows[0].timestampMillis(4) == 1_767_323_045_000 && rows[0].int32(5) == 7)
            let text = String(decoding: rows[0].bytes(2) + rows[0].bytes(3), as: UTF8.self)
            for secret in ["jane@example.com", "Jane", "115310627314723954"] { #expect(!text.contains(secret)) }
            let sealed = rows[0].bytes(3)
            let found = SealedHead(sealed.span)
            let head = try #require(found)
            #expect(Set(head.handles.map(\.kind)) == [.customer, .email, .order])
            #expect(try world.connection.query("select 1 from registry.subject_key").count == 1)
            let tally = try world.connection.query("select sum(received_count), sum(duplicate_count) from log.batch")[0]
            #expect(tally.int64(0) == 4 && tally.int64(1) == 3)
        }
    }

    @Test("the same resource with other content is another event, not a conflict")
    func changed() async throws {
        try await World.with { world in
            try await world.recorder.record([self.order()], for: world.shop)
            let other = Array(String(decoding: Self.order, as: UTF8.self).replacing("31.00", with: "32.00").utf8)
            try await world.recorder.record([self.order(other)], for: world.shop)
            #expect(try world.names() == ["orders/updated", "orders/updated"])
            #expect(try world.connection.query("select 1 from log.quarantine").isEmpty)
        }
    }

    @Test("a system event stands as it was first recorded, whatever the time of the next try")
    func system() async throws {
        try await World.with { world in
            func event(_ text: String, at time: Int64) -> OwnEvent {
                .system(.importFinished, payload: Array(text.utf8), occurredAt: time, identity: "import:1")
            }
            try await world.recorder.record([event(#"{"count":1}"#, at: World.now)], for: world.shop)
            try await world.recorder.record([event(#"{"count":1}"#, at: World.now + 60_000)], for: world.shop)
            #expect(try world.names() == ["import.finished"])
            try await world.recorder.record([event(#"{"count":2}"#, at: World.now)], for: world.shop)
            #expect(try world.names() == ["import.finished"])
            #expect(try world.connection.query("select 1 from log.quarantine").count == 1)
        }
    }

    @Test("what cannot be stored is refused and counted; the rest of the call is taken")
    func refused() async throws {
        try await World.with { world in
            let events = [
                self.order(Array("{".utf8)), self.order(),
                OwnEvent(source: .system, name: "", payload: Array("{}".utf8), occurredAt: 1, identity: "x"),
                self.order([UInt8](repeating: 0x20, count: 11 << 20)),
            ]
            let outcomes = try await world.recorder.record(events, for: world.shop)
            #expect(outcomes == [.refused(.notJSON), .recorded, .refused(.missingName), .refused(.tooLarge)])
            let row = try world.connection.query("select sum(refused_count), sum(event_count) from log.batch")[0]
            #expect(row.int64(0) == 3 && row.int64(1) == 1)
        }
    }

    @Test("more events than a batch holds go in several batches, in order")
    func batches() async throws {
        try await World.with { world in
            let events = (0..<1203).map { index in
                OwnEvent(
                    source: .history, name: "products/update", payload: Array(#"{"id":\#(index)}"#.utf8),
                    occurredAt: 1_700_000_000_000 + Int64(index), identity: "\(index)")
            }
            #expect(try await world.recorder.record(events, for: world.shop).count == 1203)
            let counts = try world.connection.query("select event_count from log.batch order by sequence")
            #expect(counts.map { $0.int32(0) } == [500, 500, 203])
        }
    }

    @Test("nothing is promised while no store answers, and the key of a subject travels again")
    func away() async throws {
        try await World.with { world in
            await world.sink.set(away: true)
            await #expect(throws: RecorderError(.unavailable, retryAfterSeconds: 1)) {
                try await world.recorder.record([self.order()], for: world.shop)
            }
            await world.sink.set(away: false)
            try await world.recorder.record([self.order()], for: world.shop)
            #expect(try world.connection.query("select 1 from registry.subject_key").count == 1)
            #expect(try world.names() == ["orders/updated"])
        }
    }
}
