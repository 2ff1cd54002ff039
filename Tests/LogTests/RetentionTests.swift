import Blocking
import EventModel
import Foundation
import Postgres
import TestSupport
import Testing

@testable import EventLog

/// Dropping old weeks: what goes, what stays, and that the log goes on being verified.
@Suite struct RetentionTests {
    static let day: Int64 = 86_400_000
    /// The end of the week of `Samples.noon`, a Wednesday.
    static let firstEnd = Samples.noon + 4 * day + day / 2

    /// Everything for so many days, but for `others`.
    static func rules(
        days: Int64, _ others: [String: Int64] = [:], overrides: [RetentionRules.Override] = []
    ) -> RetentionRules {
        let source = RetentionRules.Source(seconds: others.mapValues { $0 * 86_400 }, othersSeconds: days * 86_400)
        return RetentionRules(
            sources: [.pixel: source, .widget: source, .webhook: source], overrides: overrides)
    }

    /// A retention of which every lane is read up to `projected`.
    static func retention(
        _ connection: PostgresConnection, _ rules: RetentionRules, projected: Position = 1000
    ) -> LogRetention {
        LogRetention(connection, rules: rules) { _ in [0: projected, 1: projected] }
    }

    /// Three weeks of 100 events, in batches that cross the weeks' edges, and a late event of the first week.
    static func fill(_ connection: PostgresConnection) throws {
        let writer = LogWriter(connection)
        for start in stride(from: 0, to: 300, by: 40) {
            _ = try writer.append([Samples.batch((start..<min(300, start + 40)).map(record))], lane: 0)
        }
        _ = try writer.append([Samples.batch([Samples.record(1000)])], lane: 0)
    }

    private static func record(_ number: Int) -> EventRecord {
        Samples.record(number, occurredAt: Samples.noon + Int64(number / 100) * Samples.week + Int64(number) * 1000)
    }

    /// One event a week, of these shops, names and sources.
    private static func weekly(
        _ connection: PostgresConnection, _ events: [(week: Int64, shop: ShopID, name: String, source: EventSource)]
    ) throws {
        let records = events.enumerated().map { index, event in
            var record = Samples.record(
                index, shop: event.shop, occurredAt: Samples.noon + event.week * Samples.week, name: event.name)
            record.header.source = event.source
            return record
        }
        _ = try LogWriter(connection).append([Samples.batch(records)], lane: 0)
    }

    @Test func aDroppedWeekIsBookedAndPassedOver() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            try Self.fill(connection)
            let retention = Self.retention(connection, Self.rules(days: 10))
            let now = Self.firstEnd + 10 * Self.day
            let plan = try retention.plan(at: now)
            #expect(plan.events == 101)
            #expect(try LogReader(connection).all(lane: 0).count == 301)
            let report = try retention.apply(at: now)
            #expect(report.weeks == plan.weeks && report.shops == plan.shops)
            #expect(try retention.apply(at: now).weeks.isEmpty)
            let left = try LogReader(connection).all(lane: 0, pageSize: 30)
            #expect(left.map(\.position) == Array(101...300))
            let walk = try LogVerifier(connection).verify(lane: 0)
            #expect(walk.isIntact && walk.events == 200 && walk.eventsDropped == 101, "\(walk.damages)")
            #expect(walk.dropped.first?.description.contains("101 events of positions 1 to 301") == true)
            #expect(try LogAccounting(connection).report(lanes: [0]).difference == 0)
            #expect(try LogStats(connection).lanes[0].events == 200)
            // What indexes positions is told which are gone.
            let gone = try connection.query("select lane, positions::text from privacy.dropped_stretch")
            #expect(gone.map { $0.text(1) } == ["{[1,101),[301,302)}"] && gone[0].int16(0) == 0)
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
            for projected in [0, 300] as [Position] {
                let retention = Self.retention(connection, Self.rules(days: 10), projected: projected)
                let report = try retention.apply(at: Self.firstEnd + 10 * Self.day)
                #expect(report.weeks.first { $0.events == 101 }?.fate == .unread(lane: 0, by: projected, of: 301))
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
            _ = try Self.retention(connection, Self.rules(days: 10)).apply(at: Self.firstEnd + 10 * Self.day)
            try connection.execute("set session_replication_role = replica; \(statement)")
            let damages = try LogVerifier(connection).verify(lane: 0).damages
            #expect(damages.contains { $0.kind == kind }, "\(damages)")
        }
    }

    @Test func oneEventWithALongTimeKeepsItsWeek() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            try Self.weekly(
                connection,
                [
                    (0, 1, "page_viewed", .pixel), (0, 1, "orders/create", .history), (1, 1, "page_viewed", .pixel),
                    (2, 2, "page_viewed", .pixel), (3, 2, "page_viewed", .pixel),
                ])
            let overrides = [
                RetentionRules.Override(shop: 2, subject: .source(.pixel), days: 60),
                RetentionRules.Override(shop: 2, subject: .event(.pixel, "page_viewed"), days: 40),
            ]
            let rules = Self.rules(days: 30, ["orders/create": 365], overrides: overrides)
            // 45 days after the second week: its only event is over, the first week's order and shop 2's third are not.
            let now = Samples.noon + Samples.week + 45 * Self.day
            let retention = Self.retention(connection, rules)
            let plan = try retention.plan(at: now)
            let report = try retention.apply(at: now)
            #expect(report.weeks == plan.weeks)
            let fates = report.weeks.filter { $0.events ?? 0 > 0 }.map(\.fate)
            #expect(
                fates == [
                    .keeps(
                        shop: 1, .event(.webhook, "orders/create"), until: Samples.noon + 1500 + 365 * Self.day),
                    .goes([RetentionReport.Share(shop: 1, subject: .event(.pixel, "page_viewed"), events: 1)]),
                    .keeps(
                        shop: 2, .event(.pixel, "page_viewed"),
                        until: Samples.noon + 2 * Samples.week + 1500 + 40 * Self.day),
                ])
            // What stays for certain is not counted again, and is again when a rule changes.
            let next = try retention.plan(at: now)
            #expect(next.weeks.filter { $0.fate == fates[0] }.map(\.events) == [nil])
            let shorter = Self.rules(
                days: 30, ["orders/create": 365],
                overrides: [RetentionRules.Override(shop: 1, subject: .everything, days: 20)])
            #expect(try Self.retention(connection, shorter).plan(at: now).weeks.contains { $0.events == 2 && $0.goes })
            #expect(try LogVerifier(connection).verify(lane: 0).isIntact)
        }
    }

    @Test func tombstonesOutlastWhatTheyErased() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            try Self.weekly(
                connection, [(0, 1, "orders/create", .webhook), (1, 1, "privacy.erased", .system)])
            let rules = Self.rules(
                days: 30, ["orders/create": 365],
                overrides: [RetentionRules.Override(shop: nil, subject: .source(.system), days: 30)])
            let retention = Self.retention(connection, rules)
            let early = try retention.apply(at: Samples.noon + 200 * Self.day)
            #expect(early.weeks.last { $0.events == 1 }?.fate == .records(before: "event_20261116"))
            #expect(try retention.apply(at: Samples.noon + 400 * Self.day).events == 2)
        }
    }

    @Test func aCrashBetweenTheBookingAndTheDropChangesNothing() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            try Self.fill(connection)
            try connection.execute(
                """
                create function cut() returns event_trigger language plpgsql as
                    $$ begin perform pg_terminate_backend(pg_backend_pid()); end $$;
                create event trigger cut on sql_drop execute function cut();
                """)
            let now = Self.firstEnd + 10 * Self.day
            #expect(throws: PostgresError.self) {
                _ = try Self.retention(PostgresConnection(configuration), Self.rules(days: 10)).apply(at: now)
            }
            #expect(try LogReader(connection).all(lane: 0).count == 301)
            #expect(try LogRetention.untold(on: connection).isEmpty)
            let report = try LogVerifier(connection).verify(lane: 0)
            #expect(report.isIntact && report.dropped.isEmpty)
            try connection.execute("drop event trigger cut")
            #expect(try Self.retention(connection, Self.rules(days: 10)).apply(at: now).events == 101)
        }
    }

    @Test func oneAtATimeAndAWeekInUseWaits() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let (connection, other) = (PostgresConnection(configuration), PostgresConnection(configuration))
            try Self.fill(connection)
            let retention = Self.retention(connection, Self.rules(days: 10))
            try Self.retention(other, Self.rules(days: 10)).acquire()
            #expect(throws: EventLogError.self) { _ = try retention.apply(at: Self.firstEnd + 10 * Self.day) }
            other.close()
            // An event that came in after the count: the next run decides.
            let census = try PartitionCensus(of: "event_20261116", connection)
            _ = try LogWriter(other).append([Samples.batch([Samples.record(2000)])], lane: 0)
            #expect(try !retention.drop(census, .zero))
            #expect(try LogReader(connection).all(lane: 0).count == 302)
        }
    }
}
