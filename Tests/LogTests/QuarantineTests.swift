import EventModel
import Postgres
import StreamBuffer
import TestSupport
import Testing

@testable import Drain
@testable import EventLog

@Suite struct QuarantineTests {
    private static let alias = Key128(high: 3, low: 4)

    /// A conflict of shop 1 in lane 0; returns its row's id.
    private static func conflict(_ connection: PostgresConnection) throws -> Int64 {
        let first = Samples.record(1, content: 10)
        let other = Samples.record(1, content: 11)
        _ = try LogWriter(connection).append(
            [Samples.batch([first, other], aliases: [0: [alias], 1: [alias]])], lane: 0)
        return try #require(try Quarantine(connection).list().first?.id)
    }

    private static func isBalanced(_ connection: PostgresConnection) throws -> Bool {
        let report = try LogAccounting(connection).report(lanes: [0, 1, 2, 3])
        return try report.difference == 0 && LogVerifier(connection).verify(lane: 0).isIntact
    }

    @Test func aConflictStaysUntilItIsFixed() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            let id = try Self.conflict(connection)
            let quarantine = Quarantine(connection)
            let item = try quarantine.show(id)
            #expect(item.reason == .idConflict && item.record == Samples.record(1, content: 11))
            #expect(item.aliases == [Self.alias])
            #expect(throws: EventLogError.self) { try quarantine.replay(id) }
            // Nobody has the keys here; the identity's change alone is looked at.
            let fix = Quarantine.Fix.asNewEvent { record, _, _ in record.sealed }
            let trial = try quarantine.replay(id, fix: fix, isDryRun: true)
            #expect(trial.total.committed == 1)
            #expect(try LogReader(connection).head(lane: 0) == 1 && quarantine.list().count == 1)
            let receipt = try quarantine.replay(id, fix: fix)
            #expect(receipt.head == 2 && receipt.total.received == 0 && receipt.total.quarantined == -1)
            #expect(try quarantine.list().isEmpty)
            #expect(throws: EventLogError.self) { try quarantine.replay(id, fix: fix) }
            #expect(try Self.isBalanced(connection))
        }
    }

    @Test func aDamagedBatchIsReplacedByAWholeOne() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            var damaged = Samples.batch(0..<4)
            damaged[30] ^= 0xFF
            _ = try LogWriter(connection).append([damaged], lane: 0)
            let quarantine = Quarantine(connection)
            let id = try #require(try quarantine.list().first?.id)
            #expect(throws: EventLogError.self) { try quarantine.replay(id) }
            let receipt = try quarantine.replay(id, fix: .replacing(Samples.batch(0..<4)))
            #expect(receipt.total.committed == 4)
            #expect(try Self.isBalanced(connection))
        }
    }

    /// Whoever writes into Redis may forge a batch that is whole, with a block that says it opens to 2 GiB.
    @Test func aCompressionBombIsPutAsideAndCounted() async throws {
        try await TestStores.shared.withDatabase { postgres in
            try await TestStores.shared.withRedis { redis in
                let bomb = Samples.record(1, payload: [0xFF, 0xFF, 0xFF, 0x7F, 0x1F, 0x00, 0x01, 0x00])
                let empty = Samples.record(2, payload: [])
                let whole = [Samples.record(0), Samples.record(3)]
                let batch = LaneBatch(lane: 0, bytes: Samples.batch([bomb] + whole + [empty]))
                #expect(await StreamAppender(redis, lanes: [0]).append([batch]) == [.durable])
                let connection = PostgresConnection(postgres)
                try await DrainTests.withDrain(DrainConfiguration(postgres: postgres, redis: redis, lanes: [0])) { _ in
                    try await DrainTests.eventually(postgres) { try LogReader(connection).head(lane: 0) == 2 }
                }
                let put = try Quarantine(connection).list()
                #expect(put.map(\.reason) == [.undecodable, .undecodable])
                let tally = try LogAccounting(connection).report(lanes: [0]).total
                #expect(tally.committed == 2 && tally.quarantined == 2)
                #expect(try Self.isBalanced(connection))
            }
        }
    }

    @Test func listsAreFiltered() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            let id = try Self.conflict(connection)
            var filter = Quarantine.Filter()
            filter.shop = 2
            #expect(try Quarantine(connection).list(filter).isEmpty)
            filter.shop = 1
            filter.reason = .badChecksum
            #expect(try Quarantine(connection).list(filter).isEmpty)
            filter.reason = .idConflict
            #expect(try Quarantine(connection).list(filter).map(\.id) == [id])
        }
    }
}
