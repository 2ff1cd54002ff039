import EventModel
import Pipelines
import Postgres
import Privacy
import Projector
import ReadModels
import Testing

/// What holds of erasures wherever they stand in any log.
@Suite struct ErasurePropertyTests {
    /// A log's events in order, with tombstones in it; after a person's tombstone the fence holds.
    static func log(_ seed: UInt64, _ count: Int) -> (events: [ShopEvent], erased: [Int]) {
        var shoppers = ErasureShoppers(seed: seed)
        var events: [ShopEvent] = []
        var erased: [Int] = []
        for minute in 0..<count {
            events.append(shoppers.event(minute))
            guard minute % (count / 4) == count / 4 - 1 else { continue }
            let person = erased.count
            erased.append(person)
            let handles = ErasureShoppers.handles(of: person)
            events.append(ErasureShoppers.tombstone(handles, request: UInt64(person) + 1))
            shoppers.fence.formUnion(handles)
        }
        return (events, erased)
    }

    @Test(arguments: [1, 2]) func anyBatchingAndARebuildGiveTheSameRows(seed: UInt64) async throws {
        let (events, _) = Self.log(seed, 160)
        var dumps: [[String]] = []
        for batchSize in [1000, 7] {
            try await CommerceLog.with { log in
                try log.append(events)
                try await log.project(ProjectionSchemas.names, batchSize: batchSize)
                dumps.append(try ErasureTables(connection: log.connection).dump().sorted())
                guard batchSize == 1000 else { return }
                let comparisons = try await ProjectionRebuilder(log.configuration).verify()
                #expect(comparisons.filter { !$0.isEqual }.map(\.projection) == [])
            }
        }
        #expect(dumps[1].difference(from: dumps[0]).map { "\($0)" } == [])
    }

    @Test(arguments: [4, 5]) func totalsStayAndHandlesGo(seed: UInt64) async throws {
        let (events, erased) = Self.log(seed, 160)
        try await CommerceLog.with { log in
            let tables = ErasureTables(connection: log.connection)
            var person = 0
            for stretch in events.split(whereSeparator: { $0.name == "privacy.erased" }) {
                try log.append(Array(stretch))
                try await log.project(ProjectionSchemas.names)
                let before = try tables.totals()
                let handles = ErasureShoppers.handles(of: person)
                #expect(try !tables.tables(with: handles).isEmpty)
                try log.append([ErasureShoppers.tombstone(handles, request: UInt64(person) + 1)])
                try await log.project(ProjectionSchemas.names)
                #expect(try tables.totals() == before)
                person += 1
                // Nor does what came after an earlier erasure bring anybody back; a browser may come again.
                for gone in 0..<person {
                    let kinds: [Handle] = ErasureShoppers.handles(of: gone).filter {
                        gone == person - 1 || $0.kind != .client && $0.kind != .customer
                    }
                    #expect(try tables.tables(with: kinds) == [])
                }
            }
            #expect(person == erased.count)
        }
    }
}
