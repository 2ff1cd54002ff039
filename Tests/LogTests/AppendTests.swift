import EventModel
import Postgres
import TestSupport
import Testing

@testable import EventLog

@Suite struct AppendTests {
    @Test func positionsHaveNoGapsAndRecordsComeBackAsTheyWere() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let writer = LogWriter(PostgresConnection(configuration))
            let records = (0..<250).map { Samples.record($0) }
            let first = try writer.append([Samples.batch(Array(records[..<100]))], lane: 2)
            let second = try writer.append(
                [Samples.batch(Array(records[100..<180])), Samples.batch(Array(records[180...]))], lane: 2)
            #expect(first.head == 100 && first.sequence == 1 && first.total.committed == 100)
            #expect(second.head == 250 && second.sequence == 2 && second.total.committed == 150)

            let read = try LogReader(PostgresConnection(configuration)).all(lane: 2, pageSize: 77)
            #expect(read.map(\.position) == (1...250).map(Int64.init))
            #expect(read.map(\.record) == records)
            #expect(try LogReader(PostgresConnection(configuration)).all(lane: 1).isEmpty)
        }
    }

    @Test func repeatsWithinAndBetweenBatchesCountOnce() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let writer = LogWriter(PostgresConnection(configuration))
            let receipt = try writer.append([Samples.batch([1, 2, 1, 3, 2]), Samples.batch([3, 4])], lane: 0)
            #expect(receipt.total.committed == 4 && receipt.total.duplicate == 3)
            let again = try writer.append([Samples.batch([4, 5])], lane: 0)
            #expect(again.total.committed == 1 && again.total.duplicate == 1 && again.head == 5)
            // Another lane is another log.
            #expect(try writer.append([Samples.batch([1])], lane: 1).total.committed == 1)
        }
    }

    @Test func repeatsAreFoundAcrossPartitionsAndWeeks() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let writer = LogWriter(PostgresConnection(configuration))
            let week = Samples.week
            let early = Samples.record(1, occurredAt: Samples.noon, receivedAt: Samples.noon + 1000)
            #expect(try writer.append([Samples.batch([early])], lane: 0).total.committed == 1)
            // Sent again one day, one week, half a year later: each time received into another partition.
            for later in [Samples.noon + 86_400_000, Samples.noon + week, Samples.noon + 26 * week] {
                let repeated = Samples.record(1, occurredAt: Samples.noon, receivedAt: later)
                let receipt = try writer.append([Samples.batch([repeated])], lane: 0)
                #expect(receipt.total.duplicate == 1 && receipt.total.committed == 0)
            }
            // Midnight between Sunday and Monday UTC, where weeks meet.
            let monday = Samples.noon - 12 * 3_600_000 + 5 * 86_400_000
            let sunday = Samples.record(2, occurredAt: monday - 400, receivedAt: monday - 1)
            let over = Samples.record(2, occurredAt: monday - 400, receivedAt: monday)
            #expect(try writer.append([Samples.batch([sunday])], lane: 0).total.committed == 1)
            #expect(try writer.append([Samples.batch([over])], lane: 0).total.duplicate == 1)
        }
    }

    @Test func aClockAheadByWeeksDoesNotHideARepeat() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let writer = LogWriter(PostgresConnection(configuration))
            let ahead = Samples.noon + 3 * Samples.week
            let first = Samples.record(1, occurredAt: ahead, receivedAt: Samples.noon)
            let receipt = try writer.append([Samples.batch([first])], lane: 0)
            #expect(receipt.total.committed == 1)
            let repeated = Samples.record(1, occurredAt: ahead, receivedAt: ahead + Samples.week)
            let again = try writer.append([Samples.batch([repeated])], lane: 0)
            #expect(again.total.duplicate == 1)
        }
    }

    @Test func sameIdentityWithOtherContentIsQuarantinedAndTheFirstStands() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            let writer = LogWriter(connection)
            let first = Samples.record(1, content: 10)
            let other = Samples.record(1, content: 11)
            let receipt = try writer.append([Samples.batch([first, other])], lane: 0)
            #expect(receipt.total.committed == 1 && receipt.total.quarantined == 1)
            #expect(try writer.append([Samples.batch([other])], lane: 0).total.quarantined == 1)
            #expect(try LogReader(connection).all(lane: 0).map(\.record) == [first])
            let rows = try connection.query("select reason, shop_id, record from log.quarantine order by id")
            #expect(rows.map { $0.int16(0) } == [64, 64])
            var bytes: [UInt8] = []
            other.encode(into: &bytes)
            #expect(rows.first?.bytes(2) == bytes)
        }
    }

    @Test func aliasesAreIdentitiesToo() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let writer = LogWriter(PostgresConnection(configuration))
            let alias = Key128(high: 5, low: 6)
            let first = Samples.record(1, content: 10)
            // The same webhook, delivered again an hour later: another key, the same alias, the same bytes.
            let again = Samples.record(2, occurredAt: Samples.noon + 3_600_000, content: 10)
            let other = Samples.record(3, content: 11)
            let same = try writer.append([Samples.batch([first, again], aliases: [0: [alias], 1: [alias]])], lane: 0)
            #expect(same.total.committed == 1 && same.total.duplicate == 1)
            let later = try writer.append([Samples.batch([again, other], aliases: [0: [alias], 1: [alias]])], lane: 0)
            #expect(later.total.duplicate == 1 && later.total.quarantined == 1 && later.total.committed == 0)
        }
    }

    @Test func aMovedShopsEventsAreLookedUpInItsFormerLanes() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let writer = LogWriter(PostgresConnection(configuration))
            _ = try writer.append([Samples.batch([1], shop: 7)], lane: 0)
            let moved = try writer.append([Samples.batch([1, 2], shop: 7)], lane: 3, formerLanes: [7: [0]])
            #expect(moved.total.duplicate == 1 && moved.total.committed == 1)
        }
    }

    @Test func damagedBatchesAndUnstorableEventsNeverBlockTheLane() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            let writer = LogWriter(connection)
            var flipped = Samples.batch([1])
            flipped[40] ^= 1
            let zero = Samples.record(2, name: "a\0b")
            let ageless = Samples.record(3, occurredAt: .max - 2000)
            let receipt = try writer.append(
                [flipped, [], Array("nonsense".utf8), Samples.batch([zero, ageless, Samples.record(4)])], lane: 0)
            #expect(receipt.total.committed == 1 && receipt.total.quarantined == 5 && receipt.total.difference == 0)
            let reasons = try connection.query("select reason from log.quarantine order by id").map { $0.int16(0) }
            #expect(reasons.sorted() == [65, 65, 65, 65, 66])
        }
    }

    @Test func refusalsAndSubjectKeysTravelInTheSameTransaction() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            let key = SubjectKeyGrant(
                shop: 1, keyID: Key128(high: 1, low: 2), handleKind: 3, handle: Key128(high: 4, low: 5),
                wrapped: [9, 9])
            let refusal = RefusalTally(shop: 4, reason: .tooLarge, count: 12)
            let bytes = Samples.batch([Samples.record(1)], keys: [key], tallies: [refusal])
            for _ in 0..<2 { _ = try LogWriter(connection).append([bytes], lane: 0) }
            #expect(try connection.query("select wrapped from registry.subject_key").map { $0.bytes(0) } == [[9, 9]])
            let sheets = try connection.query("select accounting from log.batch order by sequence")
                .map { TallySheet(packed: $0.bytes(0)) }
            #expect(sheets.first?.shops[4]?.refused == 12 && sheets.first?.shops[1]?.committed == 1)
            #expect(sheets.last?.shops[1]?.duplicate == 1 && sheets.allSatisfy { $0.total.difference == 0 })
        }
    }

    @Test func theLogRefusesChange() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            _ = try LogWriter(connection).append([Samples.batch([1])], lane: 0)
            let partition = try connection.query("select tableoid::regclass::text from log.event").first?.text(0) ?? ""
            for statement in [
                "update log.event set shop_id = 0", "delete from log.event", "truncate log.event",
                "truncate \(partition)", "update \(partition) set shop_id = 0", "delete from log.batch",
                "update log.batch set event_count = 0", "truncate log.batch", "update log.kind set name = 'x'",
                "delete from log.kind", "truncate log.kind",
            ] {
                #expect(throws: PostgresError.self, "\(statement)") { try connection.execute(statement) }
            }
            #expect(try LogReader(connection).all(lane: 0).count == 1)
        }
    }

    @Test func aNameIsStoredOnceForAllWritersAndLanes() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            let names = ["page_viewed", "größe 😀", "x", ""]
            let records = (0..<40).map { Samples.record($0, name: names[$0 % 4]) }
            for lane in 0..<3 {
                _ = try LogWriter(PostgresConnection(configuration)).append([Samples.batch(records)], lane: Lane(lane))
            }
            #expect(try connection.query("select name from log.kind order by id").map { $0.text(0) } == names.sorted())
            for lane in 0..<3 {
                #expect(try LogReader(connection).all(lane: Lane(lane), pageSize: 7).map(\.record) == records)
            }
        }
    }
}
