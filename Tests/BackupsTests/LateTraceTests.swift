import EventModel
import Foundation
import Pipelines
import Postgres
import Privacy
import TestSupport
import Testing

@testable import Backups

/// A backup from the middle of an erasure, and what came in meanwhile.
@Suite struct LateTraceTests {
    private static let anna = (customer: 11, marker: "annamarker")

    /// What came between an erasure's search and its end names handles that no tombstone of the journal names.
    @Test(arguments: [true, false]) func whatCameAfterTheSearchIsForgottenToo(isDecided: Bool) async throws {
        try await Household.with { household in
            try await household.order([Self.anna, (customer: 12, marker: "bertmarker")])
            let entry = household.entry(Self.anna.customer, Self.anna.marker)
            if isDecided { try household.decide(entry) }
            // Under an order's own key, and with another address.
            try await household.lateOrder(customer: Self.anna.customer, "latemarker", number: 6011)
            try household.index()
            let backup = try household.backUp()

            try await Household.restore(backup.folder, without: [entry]) { restorer, loaded, database, connection in
                #expect(try Household.opened(database).joined().contains("latemarker"))
                let forgotten = try restorer.forget([entry], loaded, on: connection)
                let texts = try Household.opened(database).joined()
                #expect(!texts.contains(Self.anna.marker) && texts.contains("bertmarker"))
                // Of a request that began after the backup the journal has all that the log had.
                #expect(texts.contains("latemarker") != isDecided)
                #expect(forgotten.unrecorded.count == (isDecided ? 2 : 1))
                guard isDecided else { return }
                let late = try #require(forgotten.unrecorded.last)
                let (order, email) = (
                    household.context.handle(.order, "6011"),
                    household.context.handle(.email, "latemarker@example.com")
                )
                #expect(Set(late.handles).isSuperset(of: [order, email].compactMap(\.self)) && late.sequence == 2)
                #expect(forgotten.entries.contains(late))
                // The protocol and the journal's file have it, too.
                #expect(try connection.query("select count(*) from privacy.round")[0].int64(0) == 2)
                #expect(try connection.query("select count(*) from privacy.erasure")[0].int64(0) == 2)
                #expect(try restorer.forget([entry, late], loaded, on: connection).unrecorded.isEmpty)
            }
        }
    }

    @Test func whereNothingCameNothingIsAdded() async throws {
        try await Household.with { household in
            try await household.order([Self.anna, (customer: 12, marker: "bertmarker")])
            let entry = household.entry(Self.anna.customer, Self.anna.marker)
            try household.decide(entry)
            try household.index()
            let backup = try household.backUp()
            try await Household.restore(backup.folder, without: [entry]) { restorer, loaded, _, connection in
                let forgotten = try restorer.forget([entry], loaded, on: connection)
                #expect(forgotten.unrecorded == [entry])
            }
        }
    }
}

extension Household {
    /// What the protocol has written down when it has found what belongs to a person.
    fileprivate func decide(_ entry: ErasureEntry) throws {
        let id = PostgresValue.uuid(entry.request.high, entry.request.low)
        let asked = entry.handles.filter { $0 == context.handle(.customer, "11") }
        _ = try connection.query(
            """
            insert into privacy.request (id, lane, shop_id, kind, origin, state, step, asked_handles, due_at)
            values ($1, $2, $3, 'erasure', 'api', 'working', 'recorded', $4, now())
            """, [id, .int2(entry.lane), .int4(entry.shop), .bytes(Handle.packed(asked))])
        _ = try connection.query(
            "insert into privacy.round (request, sequence, handles, occurred_at) values ($1, 1, $2, $3)",
            [id, .bytes(Handle.packed(entry.handles)), .timestamp(entry.atMillis)])
    }

    fileprivate func lateOrder(customer: Int, _ marker: String, number: Int) async throws {
        try await record(
            "orders/create",
            """
            {"id":\(number),"email":"\(marker)@example.com","created_at":"2026-11-20T11:00:00Z",\
            "updated_at":"2026-11-20T11:00:00Z","currency":"EUR","total_price":"10.00",\
            "customer":{"id":\(customer),"email":"\(marker)@example.com","first_name":"\(marker)"}}
            """, identity: "late \(number)")
    }

    /// Makes the index of who is named where, as its read model does.
    fileprivate func index() throws {
        let path = PackageFolder.path("schema/projections/subjects.sql")
        let tables = try String(contentsOfFile: path, encoding: .utf8)
        try connection.transaction {
            try connection.execute("create schema subjects; set local search_path to subjects; \(tables)")
        }
        for row in try connection.query("select position, sealed from log.event where lane = $1", [.int2(shop.lane)]) {
            let sealed = row.bytes(1)
            for handle in SealedHead(sealed.span)?.handles ?? [] {
                _ = try connection.query(
                    """
                    insert into subjects.mention (lane, shop_id, handle, kind, position) values ($1, $2, $3, $4, $5)
                    on conflict do nothing
                    """,
                    [
                        .int2(shop.lane), .int4(shop.id), .uuid(handle.hash.high, handle.hash.low),
                        .int2(Int16(handle.kind.rawValue)), .int8(row.int64(0)),
                    ])
            }
        }
    }
}
