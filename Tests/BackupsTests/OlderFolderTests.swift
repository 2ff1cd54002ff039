import EventModel
import Foundation
import Pipelines
import Postgres
import Privacy
import TestSupport
import Testing

@testable import Backups

/// A backup of what an older version has left in the read models.
@Suite struct OlderFolderTests {
    /// The last migration before the index of subjects was made anew.
    private static let lastOlder = 26

    /// An order was kept when its customer was erased, and erased itself later: the index still names the customer.
    @Test func whatAnOlderIndexStillNamesIsNoReasonToRefuse() async throws {
        try await Household.with { household in
            let entry = household.entry(11, "annamarker")
            let folder = household.folder + "-schema"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try Self.olderSchema(folder)
            try await TestStores.shared.withDatabase(migrated: false) { database in
                let connection = PostgresConnection(database)
                defer { connection.close() }
                _ = try Migrator(folder: folder).migrate(connection)
                try Self.fill(connection, entry, household)
                let backup = try BackupMaker(secret: Household.secret).make(
                    BackupMaker.Order(
                        target: household.folder, keysForMillis: Household.day, nowMillis: Household.now,
                        isDrained: true, journal: nil), from: connection)
                #expect(backup.manifest.installation == nil && backup.manifest.migration == Self.lastOlder)
                try await Household.restore(backup.folder, without: [entry]) { restorer, loaded, _, connection in
                    let forgotten = try restorer.forget([entry], loaded, on: connection)
                    #expect(forgotten.unrecorded.isEmpty)
                    _ = try restorer.verify(forgotten, on: connection)
                    try RestorationGate.check(connection)
                }
            }
        }
    }

    private static func olderSchema(_ folder: String) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let schema = PackageFolder.path("schema")
        for name in try files.contentsOfDirectory(atPath: schema) {
            guard let number = Int(name.prefix(3)), number <= lastOlder else { continue }
            try files.copyItem(atPath: schema + "/" + name, toPath: folder + "/" + name)
        }
    }

    /// A request that is over, its fence, and a mention that nothing leads to any more.
    private static func fill(_ connection: PostgresConnection, _ entry: ErasureEntry, _ household: Household) throws {
        let vault = try Vault(currentKey: Household.secret)
        _ = try connection.query(
            """
            insert into registry.shop (domain, lane, account_id, timezone, currency, wrapped_key)
            values ('hollow.myshopify.com', $1, 'hollow', 'UTC', 'EUR', $2)
            """, [.int2(entry.lane), .bytes(vault.wrap(Vault.newKey()))])
        let shop = try connection.query("select id from registry.shop")[0].int32(0)
        #expect(shop == entry.shop)
        try household.note(entry, on: connection)
        let id = PostgresValue.uuid(entry.request.high, entry.request.low)
        _ = try connection.query(
            """
            insert into privacy.request (id, lane, shop_id, kind, origin, state, due_at)
            values ($1, $2, $3, 'erasure', 'api', 'done', now())
            """, [id, .int2(entry.lane), .int4(shop)])
        try connection.execute(
            """
            create schema subjects;
            create table subjects.checkpoint (lane smallint primary key, position bigint not null,
                projected_at timestamptz not null default clock_timestamp());
            create table subjects.mention (lane smallint not null, shop_id integer not null, handle uuid not null,
                kind smallint not null, position bigint not null, primary key (lane, shop_id, handle, position));
            """)
        for handle in entry.handles {
            let hash = PostgresValue.uuid(handle.hash.high, handle.hash.low)
            _ = try connection.query(
                """
                insert into privacy.fence (lane, shop_id, kind, handle, request, generation)
                values ($1, $2, $3, $4, $5, 1)
                """, [.int2(entry.lane), .int4(shop), .int2(Int16(handle.kind.rawValue)), hash, id])
            _ = try connection.query(
                "insert into subjects.mention (lane, shop_id, handle, kind, position) values ($1, $2, $3, $4, 7)",
                [.int2(entry.lane), .int4(shop), hash, .int2(Int16(handle.kind.rawValue))])
        }
    }
}
