import EventModel
import Postgres
import TestSupport
import Testing

@testable import EventLog

@Suite struct OrderTests {
    /// Each batch overlaps with others of all writers.
    private static func numbers(_ writer: Int, _ round: Int) -> Range<Int> {
        let first = (round * 7 + writer * 3) * 5
        return first..<first + 20
    }

    /// Appends batches whose events overlap with other writers', some inside transactions that stay open for a while.
    private static func write(_ writer: Int, _ configuration: PostgresConfiguration) throws {
        let log = LogWriter(PostgresConnection(configuration))
        for round in 0..<25 {
            var planner = AppendPlanner(lane: 0)
            let plan = planner.plan([AppendEntry(bytes: Samples.batch(numbers(writer, round)))])
            _ = try log.append(plan) { _ in
                // A slow transaction: the next writer waits at the lane's lock meanwhile.
                if (round + writer) % 5 == 0 { _ = try log.connection.query("select pg_sleep(0.01)") }
            }
        }
    }

    @Test func aReaderBesideConcurrentWritersSeesOnlyPrefixes() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let written = try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 {
                    let session = PostgresSession(configuration)
                    group.addTask {
                        try await session.run { _ in try Self.write(writer, configuration) }
                    }
                }
                let reading = PostgresSession(configuration)
                group.addTask {
                    try await reading.run { connection in try Self.readPrefixes(connection) }
                }
                try await group.waitForAll()
                return try LogReader(PostgresConnection(configuration)).all(lane: 0)
            }
            #expect(written.map(\.position) == (1...Int64(written.count)).map { $0 })
            let identities = Set(written.map(\.record.header.key))
            #expect(identities.count == written.count, "each event once")
            var expected: Set<Int> = []
            for writer in 0..<4 {
                for round in 0..<25 { expected.formUnion(Self.numbers(writer, round)) }
            }
            #expect(written.count == expected.count)
            #expect(try LogVerifier(PostgresConnection(configuration)).verify(lane: 0).isIntact)
        }
    }

    /// Reads on until the log has not grown for a while; every read continues exactly where the last one ended.
    private static func readPrefixes(_ connection: PostgresConnection) throws {
        let reader = LogReader(connection)
        let follower = LogFollower(PostgresConnection(connection.configuration))
        var page = EventPage()
        var position: Position = 0
        var idle = 0
        while idle < 10 {
            let count = try reader.read(lane: 0, after: position, limit: 64, into: &page)
            for event in page.events {
                position += 1
                #expect(event.position == position)
            }
            // Nothing behind what was read may be there while something before it is missing.
            let row = try connection.query("select count(*), coalesce(max(position), 0) from log.event where lane = 0")
                .first
            #expect(row?.int64(0) == row?.int64(1))
            idle = try count == 0 && follower.wait(millis: 100).isEmpty ? idle + 1 : 0
        }
    }
}
