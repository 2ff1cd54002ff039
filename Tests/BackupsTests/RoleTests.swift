import EventLog
import EventModel
import Foundation
import Postgres
import Privacy
import Recorder
import TestSupport
import Testing

/// What each role may do, and that it is enough for what it does (schema/008_roles.sql).
@Suite struct RoleTests {
    private func connection(_ household: Household, _ role: String) -> PostgresConnection {
        var database = household.database
        database.role = "footfall_" + role
        return PostgresConnection(database)
    }

    /// The SQL state with which a statement is refused; nil where it is not.
    private func refusal(_ sql: String, _ connection: PostgresConnection) -> String? {
        do {
            try connection.execute(sql)
            return nil
        } catch {
            return error.sqlState
        }
    }

    private static let denied = "42501"

    @Test(arguments: ["gateway", "drain"])
    func appendingRolesAppend(_ role: String) async throws {
        try await Household.with { household in
            var database = household.database
            database.role = "footfall_" + role
            // Sealed, so with a subject's key, and of a week for which there is no partition yet.
            try await household.order([(customer: 1, marker: "a")], through: database, receivedAt: 1_900_000_000_000)
            let connection = PostgresConnection(database)
            #expect(try LogWriter(connection).head(lane: household.shop.lane).position == 1)
            _ = try LogWriter(connection).loadWindow(lane: household.shop.lane)
            for sql in [
                "select payload from log.event", "select sealed from log.event", "select visitor from log.event",
                "select wrapped from registry.subject_key", "delete from registry.subject_key",
                "select record from log.quarantine", "update log.event set lane = 1", "delete from log.batch",
                "truncate log.event", "select * from shopify.token", "select * from privacy.export",
                "insert into privacy.fence values (0, 1, 1, gen_random_uuid(), gen_random_uuid(), 1)",
                "create table log.mine (a int)", "select * from registry.api_key",
            ] {
                #expect(refusal(sql, connection) == Self.denied, "\(role): \(sql)")
            }
            let shopKeys = refusal("select wrapped_key from registry.shop", connection)
            #expect(shopKeys == (role == "gateway" ? nil : Self.denied))
        }
    }

    @Test func theRoleThatAnswersCannotWriteTheLog() async throws {
        try await Household.with { household in
            try await household.order([(customer: 1, marker: "a")])
            let connection = connection(household, "api")
            #expect(try connection.query("select length(payload) from log.event").count == 1)
            #expect(try connection.query("select wrapped from registry.subject_key").count == 1)
            for sql in [
                "insert into log.event select * from log.event", "insert into log.batch select * from log.batch",
                "insert into log.kind (name) values ('x')", "delete from registry.subject_key",
                "update log.quarantine set reason = 1", "select * from privacy.signing_key",
                "insert into privacy.receipt values (gen_random_uuid(), '', '', '')",
                "select * from registry.daily_salt",
                "insert into registry.api_key (id, hash, scopes) values ('x', '', '{admin}')",
                "update registry.api_key set scopes = '{admin}'", "update registry.api_key set revoked_at = null",
            ] {
                #expect(refusal(sql, connection) == Self.denied, "\(sql)")
            }
        }
    }

    @Test func theRoleThatAnswersNotesWhenAKeyWasUsed() async throws {
        try await Household.with { household in
            let connection = connection(household, "api")
            let sql = "update registry.api_key set last_used_at = now() where id = 'x' and last_used_at is null"
            #expect(refusal(sql, connection) == nil)
        }
    }

    @Test func theProjectorOwnsReadModelsAndOpensNothing() async throws {
        try await Household.with { household in
            try household.connection.execute("create schema orders; create table orders.checkpoint (lane smallint)")
            _ = try household.connection.query("select registry.grant_roles()")
            let projector = connection(household, "projector")
            #expect(refusal("insert into orders.checkpoint values (1)", projector) == nil)
            // As a rebuild does: a schema beside the live one, which the others may read at once.
            try projector.execute("create schema orders_next; create table orders_next.checkpoint (lane smallint)")
            try projector.execute("alter schema orders rename to orders_previous")
            try projector.execute("alter schema orders_next rename to orders")
            let api = connection(household, "api")
            #expect(try api.query("select * from orders.checkpoint").isEmpty)
            #expect(refusal("insert into orders.checkpoint values (1)", api) == Self.denied)
            for sql in [
                "select wrapped_key from registry.shop", "select * from registry.subject_key",
                "insert into log.event select * from log.event", "select * from shopify.token",
            ] {
                #expect(refusal(sql, projector) == Self.denied, "\(sql)")
            }
        }
    }

    @Test func theRetentionRoleForgetsAndRewritesNothing() async throws {
        try await Household.with { household in
            try await household.order([(customer: 1, marker: "a")])
            let connection = connection(household, "retention")
            #expect(refusal("delete from registry.subject_key", connection) == nil)
            #expect(refusal("vacuum registry.subject_key", connection) == nil)
            for sql in [
                "update log.event set lane = 2", "delete from log.event", "delete from log.batch", "truncate log.event",
                "insert into log.event select * from log.event",
            ] {
                #expect(refusal(sql, connection) == Self.denied, "\(sql)")
            }
            let partition = try household.connection.query(
                "select log.ensure_partition('2031-01-01')")[0].text(0)
            // A week goes as a whole, by a function that drops nothing else; its triggers stay on it until then.
            for sql in [
                "drop table log.\(partition)", "alter table log.\(partition) disable trigger all",
                "alter table log.\(partition) detach partition log.\(partition)", "delete from log.\(partition)",
            ] {
                #expect(refusal(sql, connection) == Self.denied, "\(sql)")
            }
            #expect(refusal("select log.lock_partition('\(partition)')", connection) == nil)
            #expect(refusal("select log.drop_partition('\(partition)')", connection) == nil)
            for name in [partition, "event", "batch", "event_20310101; drop table log.batch"] {
                #expect(refusal("select log.drop_partition('\(name)')", connection) == "42P01", "\(name)")
            }
            let gateway = self.connection(household, "gateway")
            #expect(refusal("select log.drop_partition('\(partition)')", gateway) == Self.denied)
        }
    }

    /// Managed databases: the user who migrates may make no roles.
    @Test func withoutRolesEverythingRunsUnderTheOwner() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { database in
            let connection = PostgresConnection(database)
            let owner = "owner_\(UInt32.random(in: 0 ... .max))"
            let name = try connection.query("select current_database()::text")[0].text(0)
            try connection.execute("create role \(owner); grant create on database \(name) to \(owner)")
            try connection.execute("grant create on schema public to \(owner)")
            var asOwner = database
            asOwner.role = owner
            let owned = PostgresConnection(asOwner)
            _ = try Migrator(folder: PackageFolder.path("schema")).migrate(owned)
            #expect(try owned.query("select cardinality(registry.grant_roles())")[0].int32(0) == 5)
            #expect(try owned.query("select log.ensure_partition('2031-01-01')").count == 1)
            owned.close()
        }
    }
}
