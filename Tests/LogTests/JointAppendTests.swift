import EventLog
import EventModel
import Postgres
import TestSupport
import Testing

@testable import Drain

/// Several lanes' appends in one transaction.
@Suite struct JointAppendTests {
    private static let buffer = Key128(high: 77, low: 88)

    private static func plan(_ lane: Lane, _ numbers: Range<Int>, place: Int64 = 1) -> AppendPlan {
        var planner = AppendPlanner(lane: lane)
        let place = StreamPlace(millis: place, sequence: 0)
        return planner.plan([AppendEntry(place: place, bytes: Samples.batch(numbers))], incarnation: buffer)
    }

    @Test func lanesAppendTogetherAsEachWouldByItself() async throws {
        try await TestStores.shared.withDatabase { postgres in
            let connection = PostgresConnection(postgres)
            let writer = LogWriter(connection)
            _ = try writer.append(Self.plan(1, 0..<3))
            let plans = [Self.plan(2, 0..<5), Self.plan(1, 2..<7, place: 2), Self.plan(0, 0..<0)]
            let receipts = try writer.append(together: plans)
            #expect(receipts.map { $0?.lane } == [2, 1, 0])
            #expect(receipts.map { $0?.head } == [5, 7, 0])
            #expect(receipts.map { $0?.total.duplicate } == [0, 1, 0])
            let transactions = try connection.query("select count(distinct xmin::text), count(*) from log.batch")[0]
            #expect(transactions.int64(0) == 2 && transactions.int64(1) == 4)
            // The reply to COMMIT was lost.
            let again = try writer.append(together: plans)
            #expect(again.allSatisfy { $0?.wasCommitted == true })
            #expect(try LogAccounting(connection).report(lanes: [0, 1, 2]).difference == 0)
            for lane: Lane in 0...2 { #expect(try LogVerifier(connection).verify(lane: lane).isIntact) }
        }
    }

    @Test func aLaneThatSomebodyHoldsIsLeftOut() async throws {
        try await TestStores.shared.withDatabase { postgres in
            let (holder, writer) = (PostgresConnection(postgres), LogWriter(PostgresConnection(postgres)))
            try holder.transaction {
                try LaneLock.hold(1, on: holder)
                let receipts = try writer.append(together: [Self.plan(1, 0..<3), Self.plan(2, 0..<4)])
                #expect(receipts.map { $0?.head } == [nil, 4])
            }
            #expect(try writer.append(Self.plan(1, 0..<3)).head == 3)
        }
    }

    @Test func whatOneLaneIsRefusedNoneAppends() async throws {
        try await TestStores.shared.withDatabase { postgres in
            let connection = PostgresConnection(postgres)
            try connection.execute(
                """
                create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
                create trigger refuse before insert on log.batch for each row when (new.lane = 1) execute function refuse()
                """)
            let writer = LogWriter(connection)
            #expect(throws: PostgresError.self) {
                try writer.append(together: [Self.plan(0, 0..<3), Self.plan(1, 0..<3)])
            }
            #expect(try writer.head(lane: 0) == .empty)
            let joint = JointLog(postgres, logger: Samples.silent)
            async let first = joint.append(Self.plan(0, 0..<3))
            async let second = joint.append(Self.plan(2, 0..<4))
            #expect(await first?.head == 3)
            #expect(await second?.head == 4)
            #expect(await joint.append(Self.plan(1, 0..<3)) == nil)
        }
    }
}
