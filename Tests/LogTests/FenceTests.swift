import EventModel
import Postgres
import TestSupport
import Testing

@testable import EventLog

/// No key of an erased person gets into the key table behind the erasure's back.
@Suite struct FenceTests {
    private static let erased = Key128(high: 0xE, low: 1)
    private static let other = Key128(high: 0xF, low: 2)

    private func grant(_ handle: Key128, key: UInt64, shop: ShopID = 1) -> SubjectKeyGrant {
        SubjectKeyGrant(
            shop: shop, keyID: Key128(high: 7, low: key), handleKind: 1, handle: handle, wrapped: [1, 2, 3])
    }

    private func keys(_ connection: PostgresConnection) throws -> [UInt64] {
        try connection.query("select key_id from registry.subject_key order by key_id").map { $0.uuid(0).1 }
    }

    /// What an erasure does under the lane's lock.
    private func fence(_ handle: Key128, shop: ShopID = 1, lane: Lane = 0, on connection: PostgresConnection) throws {
        _ = try connection.query(
            """
            insert into privacy.fence (lane, shop_id, kind, handle, request, generation)
            values ($1, $2, 1, $3, gen_random_uuid(), nextval('privacy.fence_generation'))
            """, [.int2(lane), .int4(shop), .uuid(handle.high, handle.low)])
        _ = try connection.query(
            "delete from registry.subject_key where lane = $1 and shop_id = $2 and handle = $3",
            [.int2(lane), .int4(shop), .uuid(handle.high, handle.low)])
    }

    @Test func aGrantFromBeforeTheFenceStaysOutAndOthersComeIn() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            let writer = LogWriter(connection)
            let before = Samples.batch(
                [Samples.record(1)], keys: [grant(Self.erased, key: 1), grant(Self.other, key: 2)])
            _ = try writer.append([before], lane: 0)
            #expect(try keys(connection) == [1, 2])
            try connection.transaction {
                try LaneLock.hold(0, on: connection)
                try fence(Self.erased, on: connection)
            }
            #expect(try keys(connection) == [2])
            // Sealed before its gateway knew: once under the same key again, once under a new one.
            let after = Samples.batch(
                [Samples.record(2)],
                keys: [grant(Self.erased, key: 1), grant(Self.erased, key: 3), grant(Self.other, key: 4)])
            #expect(try writer.append([after], lane: 0).total.committed == 1)
            #expect(try keys(connection) == [2, 4])
            // The same hash in another shop is another person.
            let elsewhere = Samples.batch([Samples.record(3, shop: 2)], keys: [grant(Self.erased, key: 5, shop: 2)])
            _ = try writer.append([elsewhere], lane: 0)
            #expect(try keys(connection) == [2, 4, 5])
        }
    }

    @Test func aFenceHoldsAfterItsShopWasMoved() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            try fence(Self.erased, lane: 0, on: connection)
            let batch = Samples.batch(
                [Samples.record(1)], keys: [grant(Self.erased, key: 1), grant(Self.other, key: 2)])
            _ = try LogWriter(connection).append([batch], lane: 3, formerLanes: [1: [0]])
            #expect(try keys(connection) == [2])
        }
    }

    @Test func anAppendThatWaitedForTheErasureSeesItsFence() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let erasure = PostgresConnection(configuration)
            let batch = Samples.batch(
                [Samples.record(1)], keys: [grant(Self.erased, key: 1), grant(Self.other, key: 2)])
            let appender = PostgresSession(configuration, label: "test.append")
            try erasure.execute("begin")
            try LaneLock.hold(0, on: erasure)
            async let receipt = appender.run { connection in try LogWriter(connection).append([batch], lane: 0) }
            let waiting = """
                select 1 from pg_locks l join pg_database d on d.oid = l.database
                where d.datname = current_database() and locktype = 'advisory' and not granted
                """
            while try erasure.query(waiting).isEmpty { await Task.yield() }
            try fence(Self.erased, on: erasure)
            try erasure.execute("commit")
            #expect(try await receipt.total.committed == 1)
            #expect(try keys(erasure) == [2])
        }
    }
}
