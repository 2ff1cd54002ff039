import EventModel
import Foundation
import Postgres
import TestSupport
import Testing

@testable import EventLog

/// Dropping old weeks: what goes, what stays, and that the log goes on being verified.
@Suite struct RetentionTests {
    /// Three weeks of 100 events, in batches that cross the weeks' edges, and a late event of the first week.
    private static func fill(_ connection: PostgresConnection) throws {
        let writer = LogWriter(connection)
        for start in stride(from: 0, to: 300, by: 40) {
            _ = try writer.append([Samples.batch((start..<min(300, start + 40)).map(record))], lane: 0)
        }
        _ = try writer.append([Samples.batch([Samples.record(1000)])], lane: 0)
    }

    private static func record(_ number: Int) -> EventRecord {
        Samples.record(number, occurredAt: Samples.noon + Int64(number / 100) * Samples.week + Int64(number) * 1000)
    }

    /// The end of the week of `Samples.noon`, a Wednesday.
    private static let firstEnd = Samples.noon + 4 * 86_400_000 + 43_200_000

    @Test func aDroppedWeekIsBookedAndPassedOver() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            try Self.fill(connection)
            let head = try LogReader(connection).head(lane: 0)
            let outcomes = try LogRetention(connection).drop(endedBefore: Self.firstEnd, projected: [0: head])
            #expect(outcomes.filter { $0.eventCount > 0 }.map(\.eventCount) == [101])
            #expect(outcomes.allSatisfy { $0.refusal == nil })
            let left = try LogReader(connection).all(lane: 0, pageSize: 30)
            #expect(left.map(\.position) == Array(101...300))
            let report = try LogVerifier(connection).verify(lane: 0)
            #expect(report.isIntact && report.events == 200 && report.eventsDropped == 101, "\(report.damages)")
            #expect(report.dropped.first?.description.contains("101 events of positions 1 to 301") == true)
            #expect(try LogAccounting(connection).report(lanes: [0]).difference == 0)
            #expect(try LogStats(connection).lanes[0].events == 200)
            // Identity is kept over the whole retention and no longer.
            let again = try LogWriter(connection).append([Samples.batch([Self.record(5), Self.record(105)])], lane: 0)
            #expect(again.total.committed == 1 && again.total.duplicate == 1)
            #expect(try LogVerifier(connection).verify(lane: 0).isIntact)
        }
    }

    @Test func aWeekThatSomebodyHasNotReadStays() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            try Self.fill(connection)
            for projected in [[:], [Lane(0): Position(300)]] {
                let outcomes = try LogRetention(connection).drop(endedBefore: Self.firstEnd, projected: projected)
                #expect(outcomes.first { $0.eventCount == 101 }?.refusal?.contains("of 301") == true)
            }
            #expect(try LogReader(connection).all(lane: 0).count == 301)
            let report = try LogVerifier(connection).verify(lane: 0)
            #expect(report.isIntact && report.dropped.isEmpty)
        }
    }

    @Test(arguments: [
        ("delete from log.event where position = 150", LogVerifier.Damage.Kind.wrongBooks),
        ("update log.dropped set appends_hash = '\\x00'", .wrongBooks),
        ("update log.dropped set event_count = 5", .wrongBooks),
        ("update log.batch set hash = '\\x00' where sequence = 1", .wrongBooks),
        ("update log.batch set accounting = accounting || accounting where sequence = 2", .wrongBooks),
        ("delete from log.dropped", .missingEvent),
    ])
    func whatIsMissingBesidesIsSeen(_ statement: String, _ kind: LogVerifier.Damage.Kind) async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            try Self.fill(connection)
            _ = try LogRetention(connection).drop(endedBefore: Self.firstEnd, projected: [0: 301])
            try connection.execute("set session_replication_role = replica; \(statement)")
            let damages = try LogVerifier(connection).verify(lane: 0).damages
            #expect(damages.contains { $0.kind == kind }, "\(damages)")
        }
    }

    @Test func theKeeperDropsNothingUnlessItIsTold() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            let now = Int64(Date().timeIntervalSince1970 * 1000)
            let records = (0..<6).map { Samples.record($0, occurredAt: now - Int64($0) * Samples.week) }
            _ = try LogWriter(connection).append([Samples.batch(records)], lane: 0)
            #expect(try await PartitionKeeper(configuration).dropOld().isEmpty)
            #expect(try LogReader(connection).all(lane: 0).count == 6)
            let retention = PartitionKeeper.Retention(weeks: 3) { _ in [0: 6] }
            let outcomes = try await PartitionKeeper(configuration, retention: retention).dropOld()
            #expect(outcomes.reduce(0) { $0 + $1.eventCount } == 2)
            #expect(try LogReader(connection).all(lane: 0).map(\.position) == [1, 2, 3, 4])
        }
    }
}
