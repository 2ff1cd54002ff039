import EventModel
import Postgres
import ReadModels
import Testing

/// The sessions of a shop in memory: how they are read first, and how they follow what changes.
@Suite struct ColumnTests {
    private static let sessions = #"{"metrics":["sessions","visitors"],"date_range":["2021-01-01","2024-12-31"]}"#
    private static let byDay = """
        {"metrics":["sessions","visitors","engaged_sessions"],"dimensions":["time:day"],
         "date_range":["2021-01-01","2024-12-31"]}
        """

    /// Puts visits of one visitor into the world, 31 minutes apart.
    private func crowd(_ world: World, _ count: Int) async throws {
        try await world.project([Visit(1, "2022-01-01T00:00:00Z")], at: 1)
        try await world.pool.run { connection in
            try connection.execute(
                """
                INSERT INTO sessions.session SELECT (visit).* FROM (
                    SELECT jsonb_populate_record(s, jsonb_build_object('started_at', at, 'ended_at', at)) AS visit
                    FROM sessions.session s, generate_series(1, \(count - 1)) n,
                        LATERAL (SELECT s.started_at + n * interval '31 min' AS at) m
                    OFFSET 0) visits
                """)
        }
    }

    /// Makes a change as one projection transaction.
    private func change(_ world: World, at position: Position, _ sql: String) async throws {
        try await world.pool.run { connection in
            try connection.execute("\(sql); UPDATE sessions.checkpoint SET position = \(position) WHERE lane = 1")
        }
    }

    /// Walking through the visitor's visits for each of them would take a hundred million steps.
    @Test func `A visitor with very many visits is read and followed`() async throws {
        try await World.with { world in
            try await crowd(world, 20_000)
            let ask = Asking(world)
            #expect(texts(try await ask(Self.sessions).rows.first) == "20000 1")
            try await change(world, at: 2, "UPDATE sessions.session SET version = 2")
            #expect(texts(try await ask(Self.sessions).rows.first) == "20000 1")
        }
    }

    /// Rows are taken away, come back, and change, all of one visitor and in one refresh.
    @Test func `What is followed is what is read anew`() async throws {
        try await World.with { world in
            try await crowd(world, 200)
            let follower = Asking(world)
            _ = try await follower(Self.sessions)
            let edits = [
                """
                WITH gone AS (DELETE FROM sessions.session WHERE date_part('minute', started_at) = 31 RETURNING *)
                INSERT INTO sessions.session_removed SELECT lane, shop_id, 2, visitor, started_at FROM gone
                """,
                """
                INSERT INTO sessions.session SELECT (jsonb_populate_record(s, jsonb_build_object('version', 3,
                        'started_at', s.started_at - interval '7 min'))).*
                    FROM sessions.session s WHERE date_part('hour', started_at) = 3;
                UPDATE sessions.session SET version = 3, flags = 4, customer = gen_random_uuid()
                    WHERE date_part('hour', started_at) = 4
                """,
                """
                INSERT INTO sessions.session_removed SELECT lane, shop_id, 4, visitor, started_at FROM sessions.session;
                UPDATE sessions.session SET version = 4, started_at = started_at - interval '1 min'
                """,
            ]
            for (index, edit) in edits.enumerated() {
                try await change(world, at: Position(index) + 2, edit)
                for query in [Self.sessions, Self.byDay] {
                    let (followed, read) = (try await follower(query).rows, try await Asking(world)(query).rows)
                    #expect(followed.map { texts($0) } == read.map { texts($0) }, "edit \(index)")
                }
            }
        }
    }

    /// The view of sessions says as country how long its reader lets the statement take.
    @Test func `The first read of a shop takes as long as it needs`() async throws {
        try await World.with { world in
            try await crowd(world, 3)
            try await world.pool.run { connection in
                try connection.execute(
                    """
                    ALTER TABLE sessions.session RENAME TO stored;
                    DO $$ BEGIN EXECUTE (
                        SELECT 'CREATE VIEW sessions.session AS SELECT ' || string_agg(CASE column_name
                            WHEN 'country' THEN 'current_setting(''statement_timeout'') AS country'
                            ELSE column_name::text END, ', ' ORDER BY ordinal_position) || ' FROM sessions.stored'
                        FROM information_schema.columns
                        WHERE table_schema = 'sessions' AND table_name = 'stored');
                    END $$
                    """)
            }
            let ask = Asking(world)
            let byCountry =
                #"{"metrics":["sessions"],"dimensions":["visit:country"],"date_range":["2021-01-01","2024-12-31"]}"#
            #expect(texts(try await ask(byCountry).rows.first) == "10min 3")
            try await change(world, at: 2, "UPDATE sessions.stored SET version = 2")
            let usual = world.configuration.statementTimeoutMillis / 1000
            #expect(texts(try await ask(byCountry).rows.first) == "\(usual)s 3")
        }
    }
}
