import EventModel
import Postgres
import TestSupport
import Testing

@testable import EventLog

@Suite struct ChainTests {
    private static func fill(_ connection: PostgresConnection) throws {
        let writer = LogWriter(connection)
        for start in stride(from: 0, to: 300, by: 30) {
            _ = try writer.append([Samples.batch(start..<start + 30)], lane: 1)
        }
        _ = try writer.append([Samples.batch([1])], lane: 1)
    }

    /// Changes the log as somebody with every right could, past the triggers.
    private static func tamper(_ connection: PostgresConnection, _ statement: String) throws {
        try connection.execute("set session_replication_role = replica; \(statement)")
    }

    @Test func anUntouchedChainIsIntact() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            try Self.fill(connection)
            let report = try LogVerifier(connection).verify(lane: 1)
            #expect(report.isIntact && report.events == 300 && report.appends == 11)
            #expect(try LogVerifier(connection).verify(lane: 2).isIntact)
        }
    }

    @Test(arguments: [
        ("update log.event set payload = '\\x00' where position = 200", LogVerifier.Damage.Kind.wrongHash, 7),
        ("update log.event set flags = (flags::integer | 32)::\"char\" where position = 31", .wrongHash, 2),
        ("update log.kind set name = 'other'", .wrongHash, 1),
        ("update log.event set content = content + 1 where position = 31", .wrongHash, 2),
        ("delete from log.event where position = 300", .missingEvent, 10),
        ("delete from log.batch where sequence = 4", .missingAppend, 4),
        (
            "update log.batch set stream_ms = 1, stream_seq = 0, stream_incarnation = gen_random_uuid() where sequence = 3",
            .wrongHash, 3
        ),
        ("update log.batch set accounting = '' where sequence = 5", .wrongAccounting, 5),
        (
            "insert into log.event select position + 1000, received_at, occurred_at, content, gen_random_uuid(), visitor, "
                + "shop_id, kind, lane, country, source, visitor_kind, flags, dictionary, payload, sealed from log.event "
                + "where position = 1", .surplusEvents, 11
        ),
    ])
    func everyChangeIsSeen(_ statement: String, _ kind: LogVerifier.Damage.Kind, _ sequence: Int64) async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            try Self.fill(connection)
            try Self.tamper(connection, statement)
            let first = try LogVerifier(connection).verify(lane: 1).damages.first
            #expect(first?.kind == kind && first?.sequence == sequence, "\(String(describing: first))")
        }
    }
}
