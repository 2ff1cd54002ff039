import EventModel
import Pipelines
import Postgres
import Privacy
import Recorder
import Registry
import TestSupport
import Testing

@testable import DataSubjects

@Suite("Events that wait for a read model, and an erasure")
struct WaitingEventsTests {
    @Test("they lose the person's name, and the others' keep theirs")
    func waiting() async throws {
        try await ErasureWorld.with { world in
            try await world.order(101, of: "anna", customer: 11)
            try await world.order(201, of: "berta", customer: 22)
            try await world.project()
            let context = ShopContext(shop: world.shop.id, keys: try world.recorded.keys)
            for (position, customer) in [(1, "11"), (2, "22")] {
                let visitor = try #require(context.handle(.customer, customer)).hash
                _ = try world.connection.query(
                    """
                    insert into projection.waiting (projection, lane, position, shop_id, visitor, reason)
                    values ('sessions', $1, $2, $3, $4, 'refused by the database: 22000')
                    """,
                    [
                        .int2(world.shop.lane), .int8(Int64(position)), .int4(world.shop.id),
                        .uuid(visitor.high, visitor.low),
                    ])
            }
            let request = try await world.ask { $0.customerID = "11" }
            try await world.workOff(request.id, endingAt: .redacted)
            let search = DeepSearch(pool: world.pool, buffer: world.buffer)
            let found = try await search.findFenced(shop: world.shop.id, schemas: ErasureWorld.projections)
            #expect(found == [DeepSearch.Finding(place: "projection.waiting.visitor", count: 1)])

            try await world.workOff(request.id)
            let rows = try world.connection.query("select visitor from projection.waiting order by position")
            let berta = try #require(context.handle(.customer, "22")).hash
            #expect(rows.map { Key128(high: $0.uuid(0).0, low: $0.uuid(0).1) } == [.zero, berta])
            let steps = try await world.receipt(request.id)["steps"] as? [String: [String: Int]]
            #expect(steps?["quarantine"]?["waiting"] == 1 && steps?["searched"]?["waiting"] == 0)
        }
    }
}
