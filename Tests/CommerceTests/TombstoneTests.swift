import EventModel
import Pipelines
import Postgres
import Privacy
import Projector
import ReadModels
import Testing

/// How tombstones stand among events.
@Suite struct TombstoneTests {
    private static let order = OrderPayload(id: 7, lines: [.init(id: 1, price: "10.00")], totalPrice: "10.00")

    private static func ordered(_ person: Int, shop: ShopID = 1, updated: String = "2026-03-01T10:00:00Z") -> ShopEvent
    {
        var payload = order
        payload.id = Int64(100 + person)
        payload.updated = updated
        var event = payload.event()
        event.shop = shop
        event.handles = [HandleKind.customer, .email].map { ($0, ErasureShoppers.hash($0, person)) }
        return event
    }

    private static func page(_ person: Int, shop: ShopID = 1) -> ShopEvent {
        ShopEvent(
            name: "page_viewed", body: "{\"id\":\"\(person)-\(shop)\",\"name\":\"page_viewed\"}", source: .pixel,
            shop: shop,
            visitor: (.client, ErasureShoppers.handle(.client, person).hash))
    }

    private static func tombstone(_ person: Int) -> ShopEvent {
        ErasureShoppers.tombstone(
            [HandleKind.customer, .email, .client].map { ErasureShoppers.handle($0, person) }, request: UInt64(person))
    }

    @Test func aTombstoneIsABatchOfItsOwn() async throws {
        try await CommerceLog.with { log in
            try log.append([
                Self.ordered(1), Self.ordered(2), Self.tombstone(1), Self.tombstone(2), Self.ordered(3),
            ])
            let reader = LaneReader(lane: CommerceLog.lane, log.configuration)
            var batches: [(Position, Position, Int, Bool)] = []
            var after: Position = 0
            while true {
                let batch = try await reader.read(after: after, limit: 100)
                if batch.through == batch.after { break }
                batches.append((batch.after, batch.through, batch.events.count, batch.tombstone != nil))
                after = batch.through
            }
            await reader.close()
            #expect(batches.map(\.0) == [0, 2, 3, 4] && batches.map(\.1) == [2, 3, 4, 5])
            #expect(batches.map(\.2) == [2, 0, 0, 1] && batches.map(\.3) == [false, true, true, false])
        }
    }

    @Test func oneThatCannotBeReadStopsTheLane() async throws {
        try await CommerceLog.with { log in
            var broken = Self.tombstone(1)
            broken.body = "{\"request\":\"\(Key128(high: 1, low: 1).uuid)\",\"handles\":[{\"kind\":99,\"hash\":\"\"}]}"
            try log.append([Self.ordered(1), broken, Self.ordered(2)])
            await #expect(throws: Tombstone.Unreadable.self) { try await log.project(ProjectionSchemas.names) }
            #expect(try log.cells("select max(position) from orders.checkpoint") == ["1"])
        }
    }

    @Test func everyReadModelSaysWhatItRedacted() async throws {
        try await CommerceLog.with { log in
            try log.append([Self.ordered(1), Self.page(1), Self.tombstone(1)])
            try await log.project(ProjectionSchemas.names)
            let rows = try log.connection.query("select projection, rows from privacy.redaction where position = 3")
            let counts = Dictionary(uniqueKeysWithValues: rows.map { ($0.text(0), $0.int64(1)) })
            #expect(Set(counts.keys) == Set(ProjectionSchemas.names))
            #expect(counts["orders"] == 1 && counts["sessions"] == 1 && counts["subjects"] == 2 && counts["pages"] == 0)
            // Readers of the shop's visits begin anew, others go on.
            #expect(try log.cells("select shop_id, version from sessions.session_trimmed") == ["1", "3"])
        }
    }

    @Test func whatComesLaterDoesNotBringAnybodyBack() async throws {
        try await CommerceLog.with { log in
            let names = ["orders", "customers"]
            try log.append([Self.ordered(1), Self.tombstone(1)])
            try await log.project(names)
            let row = "select customer, email, array_length(tags, 1) from orders.shop_order"
            let before = try log.cells(row)
            #expect(before[0] != "null" && before[1] == "null")
            // The fence has left nothing personal in it.
            var later = Self.ordered(1, updated: "2026-03-05T10:00:00Z")
            later.handles = []
            try log.append([later])
            try await log.project(names)
            #expect(try log.cells(row) == before)
            #expect(try log.cells("select count(*), count(customer) from customers.purchase") == ["1", "1"])
            #expect(try log.cells("select updated_at = '2026-03-05T10:00:00Z' from orders.shop_order") == ["true"])
        }
    }

    @Test func anErasedShopLeavesNoRowAndMayComeBack() async throws {
        try await CommerceLog.with { log in
            let tables = ErasureTables(connection: log.connection)
            try log.append([
                Self.ordered(1), Self.page(1), Self.ordered(2, shop: 2), Self.page(2, shop: 2),
                ShopEvent(name: "products/update", body: "{\"id\":5,\"title\":\"T\"}"),
                CartsProjectionTests.cart("t", 1),
            ])
            // An event that waits goes too.
            try Self.damage(position: 2, log)
            try await log.project(ProjectionSchemas.names)
            let other = try tables.rows(of: 2)
            #expect(try tables.rows(of: 1) > 10 && other > 5)
            #expect(try log.cells("select count(*) > 0 from projection.waiting where shop_id = 1") == ["true"])
            try log.append([ErasureShoppers.shopRedacted(request: 9)])
            try await log.project(ProjectionSchemas.names)
            #expect(try tables.rows(of: 1) == 0)
            #expect(try tables.rows(of: 2) == other)
            #expect(try log.cells("select count(*) from projection.waiting where shop_id = 1") == ["0"])
            try log.append([Self.page(3)])
            try await log.project(ProjectionSchemas.names)
            #expect(try log.cells("select count(*) from sessions.session where shop_id = 1") == ["1"])
            #expect(try await ProjectionRebuilder(log.configuration).verify().allSatisfy { $0.isEqual })
        }
    }

    /// Breaks the payload of an event; gives what it was.
    @discardableResult
    private static func damage(position: Position, _ log: CommerceLog) throws -> [UInt8] {
        let whole = try log.connection.query("select payload from log.event where position = \(position)")[0].bytes(0)
        try set(position: position, [200, 0, 0, 0, 9, 9], log)
        return whole
    }

    private static func set(position: Position, _ payload: [UInt8], _ log: CommerceLog) throws {
        try log.connection.execute("set session_replication_role = replica")
        _ = try log.connection.query(
            "update log.event set payload = $1 where position = \(position)", [.bytes(payload)])
        try log.connection.execute("set session_replication_role = origin")
    }

    @Test func whatWaitedWhileATombstonePassedIsRedactedWhenItReturns() async throws {
        try await CommerceLog.with { log in
            let tables = ErasureTables(connection: log.connection)
            try log.append([Self.ordered(1), Self.ordered(2), Self.tombstone(1)])
            let whole = try Self.damage(position: 1, log)
            try await log.project(ProjectionSchemas.names)
            // Its head could be read all the same.
            #expect(try log.cells("select count(*) from subjects.mention where position = 1") == ["0"])
            #expect(try log.cells("select count(*) from subjects.mention where position = 2") == ["2"])
            #expect(try log.cells("select count(*) from orders.shop_order") == ["1"])
            let fenced = [HandleKind.customer, .email].map { ErasureShoppers.handle($0, 1) }
            for handle in fenced {
                _ = try log.connection.query(
                    """
                    insert into privacy.fence (lane, shop_id, kind, handle, request, generation)
                    values (1, 1, $1, $2, $3, 1)
                    """,
                    [
                        .int2(Int16(handle.kind.rawValue)), .uuid(handle.hash.high, handle.hash.low), .uuid(1, 1),
                    ])
            }
            try Self.set(position: 1, whole, log)
            try log.append([Self.ordered(3)])
            try await log.project(ProjectionSchemas.names)
            #expect(try log.cells("select count(*) from orders.shop_order") == ["3"])
            #expect(try tables.tables(with: fenced) == [])
            #expect(try log.cells("select count(*) from projection.waiting") == ["0"])
            #expect(try await ProjectionRebuilder(log.configuration).verify().allSatisfy { $0.isEqual })
        }
    }
}
